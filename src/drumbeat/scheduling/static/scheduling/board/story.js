// The story of a bar in words: shown beside the pointer, and spoken for the keyboard.

import { formatMoment, formatSpan, formatTime } from "./ticks.js";

const number = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });

/** How the order stands against its due time, in words. */
export function describeSlack(schedule, order) {
  if (schedule.order_late[order] > 0) return { text: `${formatSpan(schedule.order_late[order])} late`, kind: "late" };
  const slack = schedule.slack(order);
  if (slack === null) return { text: "no due date", kind: "none" };
  return { text: slack === 0 ? "just on time" : `on time, ${formatSpan(slack)} of slack`, kind: "ample" };
}

/** What a bar is about, as lines of [label, value]. */
export function tellStory(scene, bar) {
  const { schedule } = scene;
  const order = schedule.order[bar], row = schedule.row[bar];
  const zone = scene.zoneOf(row);
  const clock = (time) => zone.clock(scene.unix(time));
  const start = clock(schedule.start[bar]), end = clock(schedule.end[bar]);
  const sameDay = formatMoment(start).slice(0, -5) === formatMoment(end).slice(0, -5);
  const item = schedule.order_item[order];
  const slack = describeSlack(schedule, order);
  const due = schedule.due(order);
  const lines = [
    ["Operation", schedule.operations[schedule.operation[bar]]],
    ["On", schedule.resources.name[row] || schedule.resources.code[row]],
    ["Time", `${formatMoment(start)} – ${sameDay ? formatTime(end) : formatMoment(end)}`],
    describeSetup(schedule, bar),
    ["Together with", listSome([...schedule.ordersBeside(bar)])],
    ["Due", due === null ? "" : formatMoment(clock(due))],
    ["Waits for", describeWait(schedule, order)],
  ];
  return {
    order: schedule.orders.code[order],
    title: item < 0 ? "" : schedule.items.name[item] || schedule.items.code[item],
    quantity: `${number.format(schedule.quantity[bar])} ${item < 0 ? "" : schedule.items.unit[item]}`.trim(),
    slack,
    lines: lines.filter(([, value]) => value),
  };
}

/** How long the machine is set up or cleaned before the run, and from what to what. */
function describeSetup(schedule, bar) {
  const seconds = schedule.setup[bar], note = schedule.notes[schedule.note[bar]] ?? "";
  if (!seconds) return ["Setup", ""];
  if (note === "cleaning") return ["Cleaning", formatSpan(seconds)];
  return ["Setup", note ? `${formatSpan(seconds)}, ${note}` : formatSpan(seconds)];
}

/** A few words of a list, and how many more there are. */
function listSome(words) {
  return words.slice(0, 4).join(", ") + (words.length > 4 ? ` and ${words.length - 4} more` : "");
}

/** The longest thing that the order waits for. */
export function describeWait(schedule, order) {
  const cause = schedule.order_cause[order];
  if (cause < 0) return "";
  return `${schedule.texts[cause]}, ${formatSpan(schedule.order_wait[order])}`;
}

/** The story as one sentence. */
export function speak(scene, bar) {
  const story = tellStory(scene, bar);
  const lines = story.lines.map(([label, value]) => `${label}: ${value}`).join("; ");
  return `Order ${story.order}, ${story.title}, ${story.quantity}, ${story.slack.text}. ${lines}.`;
}

function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

/** Fill the box beside the pointer and put it where it covers neither the bar nor the edge. */
export function showTip(box, scene, bar, x, y) {
  const story = tellStory(scene, bar);
  const head = element("div", "board-tip-head", "");
  head.append(element("strong", "", story.order), element("span", `board-chip is-${story.slack.kind}`, story.slack.text));
  const list = element("dl", "", "");
  for (const [label, value] of story.lines) list.append(element("dt", "", label), element("dd", "", value));
  box.replaceChildren(head, element("div", "board-tip-title", `${story.title} · ${story.quantity}`), list);
  box.hidden = false;
  const left = x + 16 + box.offsetWidth > scene.view.width ? x - box.offsetWidth - 12 : x + 16;
  const top = y + 18 + box.offsetHeight > scene.view.height ? y - box.offsetHeight - 12 : y + 18;
  box.style.transform = `translate(${Math.max(4, Math.round(left))}px, ${Math.max(4, Math.round(top))}px)`;
}
