// Everything around the bars: rows, closed hours, the axis, the line of now, the names of resources.

import { drawLane } from "./draw_bars.js";
import { firstAbove } from "./data.js";
import { makeTicks } from "./ticks.js";

/** Draw the whole window. */
export function drawBoard(context, scene) {
  const { view, layout, paint } = scene;
  scene.drawn = scene.marks = 0;
  context.clearRect(0, 0, view.width, view.height);
  context.fillStyle = paint.surface;
  context.fillRect(0, 0, view.width, view.height);
  const ticks = makeTicks(scene.zone, scene.unix(view.from), scene.unix(view.to), view.scale);
  const first = Math.max(0, layout.at(view.top)), bottom = view.top + view.height - view.axis;
  const strips = [];
  for (let index = first; index < layout.strips.length && layout.strips[index].top < bottom; index++) {
    strips.push(layout.strips[index]);
  }
  context.save();
  context.beginPath();
  context.rect(view.gutter, view.axis, view.plot, view.height - view.axis);
  context.clip();
  for (const strip of strips) if (strip.row >= 0) drawGround(context, scene, strip);
  drawGrid(context, scene, ticks);
  for (const strip of strips) if (strip.row >= 0) drawRow(context, scene, strip);
  context.restore();
  for (const strip of strips) {
    if (strip.row >= 0) drawName(context, scene, strip); else drawGroup(context, scene, strip, strip.top - view.top);
  }
  if (strips.length) drawPinnedGroup(context, scene, strips);
  drawAxis(context, scene, ticks);
  drawNow(context, scene);
}

function drawGround(context, scene, strip) {
  const { view, schedule, paint } = scene;
  const y = strip.top - view.top + view.axis;
  const calendar = schedule.calendarOf(strip.row);
  context.fillStyle = paint.closed;
  if (calendar) {
    const { starts, ends } = calendar;
    let closed = view.from, index = firstAbove(ends, view.from, 0, ends.length);
    for (; index < starts.length && starts[index] < view.to; index++) {
      // Closings thinner than a pixel are breaks that nobody could see.
      if (starts[index] - closed > view.scale) {
        context.fillRect(view.x(closed), y, (starts[index] - closed) / view.scale, strip.height);
      }
      closed = ends[index];
    }
    if (closed < view.to) context.fillRect(view.x(closed), y, (view.to - closed) / view.scale, strip.height);
  }
  context.fillStyle = paint.line;
  context.fillRect(view.gutter, y + strip.height - 1, view.plot, 1);
}

function drawGrid(context, scene, ticks) {
  const { view, paint } = scene;
  context.fillStyle = paint.line;
  for (const { at } of ticks.small) context.fillRect(Math.round(view.x(scene.seconds(at))), view.axis, 1, view.height);
  context.fillStyle = paint.muted;
  context.globalAlpha = 0.35;
  for (const { at } of ticks.large) context.fillRect(Math.round(view.x(scene.seconds(at))), view.axis, 1, view.height);
  context.globalAlpha = 1;
}

function drawRow(context, scene, strip) {
  const { view, layout, schedule } = scene;
  const lanes = schedule.rowLane[strip.row + 1] - schedule.rowLane[strip.row];
  for (let lane = 0; lane < lanes; lane++) {
    const { top, height } = layout.lane(strip, lane);
    drawLane(context, scene, schedule.rowLane[strip.row] + lane, top - view.top + view.axis, Math.max(2, height));
  }
}

/** Text cut to a width, with an ellipsis before the number at its end: machines of a kind differ by that. */
function cut(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  const tail = /\s\S{1,3}$/.exec(text)?.[0] ?? "";
  let low = 0, high = text.length - tail.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (context.measureText(`${text.slice(0, middle)}…${tail}`).width <= width) low = middle; else high = middle - 1;
  }
  return `${text.slice(0, low).trimEnd()}…${tail}`;
}

function drawName(context, scene, strip) {
  const { view, schedule, paint } = scene;
  const y = strip.top - view.top + view.axis;
  const middle = y + Math.min(strip.height, 32) / 2;
  context.fillStyle = paint.surface;
  context.fillRect(0, y, view.gutter, strip.height);
  context.fillStyle = paint.line;
  context.fillRect(0, y + strip.height - 1, view.gutter, 1);
  context.fillRect(view.gutter - 1, y, 1, strip.height);
  const load = schedule.load(strip.row, view.from, view.to);
  const isWide = view.gutter > 150;
  context.textBaseline = "middle";
  if (load !== null && isWide) drawLoad(context, scene, load, middle);
  context.font = `500 12px ${paint.font}`;
  context.fillStyle = paint.text;
  const left = isWide ? 16 : 8;
  const name = scene.cutNames.get(strip.row)
    ?? cut(context, schedule.resources.name[strip.row] || schedule.resources.code[strip.row],
      view.gutter - left - (isWide ? 56 : 8));
  scene.cutNames.set(strip.row, name);
  context.fillText(name, left, middle);
}

/** How full a resource is in the window, as a figure and a short bar. */
function drawLoad(context, scene, load, middle) {
  const { view, paint } = scene;
  const right = view.gutter - 12, width = 32;
  context.font = `11px ${paint.font}`;
  context.textAlign = "right";
  context.fillStyle = load > 0.9 ? paint.text : paint.muted;
  context.fillText(`${Math.round(load * 100)} %`, right, middle - 3);
  context.textAlign = "left";
  context.fillStyle = paint.line;
  context.fillRect(right - width, middle + 6, width, 3);
  context.fillStyle = load > 0.9 ? paint.late : paint.accent;
  context.fillRect(right - width, middle + 6, width * Math.min(1, load), 3);
}

function drawGroup(context, scene, strip, top) {
  const { view, schedule, layout, paint } = scene;
  const y = top + view.axis, isFolded = layout.folded.has(strip.group);
  context.fillStyle = paint.heading;
  context.fillRect(0, y, view.width, strip.height);
  context.fillStyle = paint.line;
  context.fillRect(0, y + strip.height - 1, view.width, 1);
  context.fillStyle = paint.muted;
  context.beginPath();
  const middle = y + strip.height / 2;
  if (isFolded) {
    context.moveTo(8, middle - 4); context.lineTo(13, middle); context.lineTo(8, middle + 4);
  } else {
    context.moveTo(6, middle - 3); context.lineTo(14, middle - 3); context.lineTo(10, middle + 3);
  }
  context.fill();
  context.font = `600 11px ${paint.font}`;
  context.textBaseline = "middle";
  context.fillStyle = paint.text;
  context.fillText(schedule.groups[strip.group].name, 20, middle + 0.5);
}

/** Keep the heading of the group at the top in sight while its rows scroll by. */
function drawPinnedGroup(context, scene, strips) {
  const { view } = scene;
  const [first] = strips;
  if (first.row < 0 && first.top >= view.top) return;
  const next = strips.find((strip) => strip.row < 0 && strip.top > view.top);
  const heading = { group: first.group, height: 28 };
  const push = next ? Math.min(0, next.top - view.top - heading.height) : 0;
  context.save();
  context.beginPath();
  context.rect(0, view.axis, view.width, view.height);
  context.clip();
  drawGroup(context, scene, heading, push);
  context.restore();
}

function drawAxis(context, scene, ticks) {
  const { view, paint } = scene;
  context.fillStyle = paint.surface;
  context.fillRect(0, 0, view.width, view.axis);
  context.fillStyle = paint.line;
  context.fillRect(0, view.axis - 1, view.width, 1);
  context.textBaseline = "middle";
  context.save();
  context.beginPath();
  context.rect(view.gutter, 0, view.plot, view.axis);
  context.clip();
  context.font = `600 12px ${paint.font}`;
  context.fillStyle = paint.text;
  ticks.large.forEach(({ at, label }, index) => {
    const next = ticks.large[index + 1];
    const width = context.measureText(label).width;
    const end = next ? view.x(scene.seconds(next.at)) - width - 12 : Infinity;
    const x = Math.min(Math.max(view.x(scene.seconds(at)) + 6, view.gutter + 6), end);
    context.fillText(label, x, 15);
  });
  context.font = `11px ${paint.font}`;
  const now = view.x(scene.schedule.now);
  for (const { at, label } of ticks.small) {
    const x = Math.round(view.x(scene.seconds(at)));
    context.fillStyle = paint.line;
    context.fillRect(x, 26, 1, view.axis - 26);
    context.fillStyle = paint.muted;
    const isClear = Math.abs(x + 20 - now) > 34; // the word "now" lies on the axis too
    if (isClear) context.fillText(label, x + 6, 36);
  }
  context.restore();
  context.font = `11px ${paint.font}`;
  context.fillStyle = paint.muted;
  context.fillText(cut(context, scene.zone.name.replace("_", " "), view.gutter - 20), view.gutter > 150 ? 16 : 8, 36);
  context.fillStyle = paint.line;
  context.fillRect(view.gutter - 1, 0, 1, view.axis);
}

function drawNow(context, scene) {
  const { view, paint, schedule } = scene;
  const x = Math.round(view.x(schedule.now));
  if (x < view.gutter || x > view.width) return;
  context.fillStyle = paint.accent;
  context.fillRect(x - 0.5, 26, 2, view.height);
  context.font = `600 10px ${paint.font}`;
  const width = context.measureText("now").width + 10;
  const left = Math.min(Math.max(x - width / 2, view.gutter), view.width - width);
  context.beginPath();
  context.roundRect(left, 26, width, 16, 8);
  context.fill();
  context.fillStyle = paint.ink(paint.accent);
  context.textBaseline = "middle";
  context.fillText("now", left + 5, 34.5);
}
