// Bars: only those in the window, and where they are thinner than a pixel, one mark for all of a pixel.

import { firstAbove } from "./data.js";

const THIN = 1.5; // pixels below which bars are merged
const DIM = 0.16; // what is left of a bar that is not meant

/** Draw the bars of one lane between the window's edges. */
export function drawLane(context, scene, lane, top, height) {
  const { schedule, view, matches, selected } = scene;
  const { start, end, order } = schedule;
  const [first, last] = schedule.visible(lane, view.from, view.to);
  const band = { top, height, dim: selected >= 0 || matches !== null ? DIM : 1 };
  for (let bar = first; bar < last;) {
    if (end[bar] - start[bar] >= THIN * view.scale) {
      drawBar(context, scene, bar, band);
      bar += 1;
    } else {
      bar = drawMerged(context, scene, bar, last, band);
    }
  }
  scene.drawn += last - first;
  if (band.dim === 1) return;
  const bright = { ...band, dim: 1 };
  for (let bar = first; bar < last; bar++) {
    if (selected >= 0 ? order[bar] === selected : matches[bar]) drawBar(context, scene, bar, bright);
  }
}

/** Merge bars from `bar` on while they are thin and touch, into one mark; return the next bar. */
function drawMerged(context, scene, bar, last, band) {
  const { schedule, view, paint } = scene;
  const { start, end, lateBefore, workBefore } = schedule;
  const left = Math.floor(view.x(start[bar]));
  let next = bar, reach = view.from + (left + 1 - view.gutter) * view.scale, right = left + 1;
  while (next < last && start[next] < reach && end[next] - start[next] < THIN * view.scale) {
    if (end[next] > reach) {
      right += 1;
      reach += view.scale;
    }
    next += 1;
    if (right - left >= 6) break; // short marks keep the shades of a busy row apart
  }
  const share = (workBefore[next] - workBefore[bar]) / ((right - left) * view.scale);
  const isLate = lateBefore[next] > lateBefore[bar];
  context.globalAlpha = band.dim * (0.4 + 0.6 * Math.min(1, share));
  context.fillStyle = isLate && paint.mode === "lateness" ? paint.lateFill : paint.merged;
  context.fillRect(left, band.top, right - left, band.height);
  context.globalAlpha = 1;
  if (isLate && band.dim === 1) {
    context.fillStyle = paint.late;
    context.fillRect(left, band.top + band.height - 3, right - left, 3);
  }
  scene.marks += 1;
  return Math.max(next, bar + 1);
}

function drawBar(context, scene, bar, { top, height, dim }) {
  const { schedule, view, paint, fills } = scene;
  const order = schedule.order[bar];
  const left = Math.max(view.x(schedule.start[bar]), view.gutter - 4);
  const right = Math.min(view.x(schedule.end[bar]), view.width + 4);
  const box = { left, width: Math.max(right - left, 1), top, height, fill: fills[order] };
  context.globalAlpha = dim;
  context.fillStyle = box.fill;
  if (box.width >= 7 && dim === 1) {
    context.beginPath();
    context.roundRect(left + 0.5, top, box.width - 1, height, 3);
    context.fill();
  } else {
    context.fillRect(left, top, box.width > 3 ? box.width - 0.75 : box.width, height);
  }
  scene.marks += 1;
  if (dim === 1) {
    if (box.width >= 8) drawPauses(context, scene, bar, box);
    if (box.width >= 5 && schedule.setup[bar]) drawSetup(context, scene, bar, box);
    if (schedule.order_late[order] > 0) drawLateMark(context, paint, box);
    if (box.width >= 34 && height >= 12) drawLabel(context, scene, bar, box);
  }
  context.globalAlpha = 1;
}

/** Closed hours inside a bar are pale: the task pauses there. */
function drawPauses(context, { schedule, view, paint }, bar, { left, width, top, height }) {
  const calendar = schedule.calendarOf(schedule.row[bar]);
  if (!calendar) return;
  const { starts, ends } = calendar, end = view.time(left + width);
  context.fillStyle = paint.surface;
  context.globalAlpha = 0.5;
  let index = firstAbove(ends, Math.max(schedule.start[bar], view.time(left)), 0, ends.length);
  for (; index + 1 < starts.length && ends[index] < end; index++) {
    const from = view.x(ends[index]), to = Math.min(view.x(starts[index + 1]), left + width - 1);
    if (to - from > 2) context.fillRect(from, top, to - from, height);
  }
  context.globalAlpha = 1;
}

/** The part of a bar in which the machine is set up, hatched; it stretches over closed hours as the bar does. */
function drawSetup(context, { schedule, view, paint }, bar, { left, width, top, height, fill }) {
  const until = schedule.advance(schedule.row[bar], schedule.start[bar], schedule.setup[bar]);
  const right = Math.min(view.x(until), left + width - 0.5);
  if (right - left < 2) return;
  context.fillStyle = paint.hatch(context, paint.ink(fill));
  context.fillRect(left + 0.5, top, right - left, height);
}

/** A late order's bar has a line along its foot and a marked corner: seen without telling colours apart. */
function drawLateMark(context, paint, { left, width, top, height, fill }) {
  const inset = width >= 7 ? 2 : 0;
  context.fillStyle = fill === paint.lateFill ? paint.ink(fill) : paint.late;
  context.fillRect(left + inset, top + height - 3, width - 2 * inset, 2);
  if (width < 12) return;
  context.beginPath();
  context.moveTo(left + width - 9, top);
  context.lineTo(left + width - 0.5, top);
  context.lineTo(left + width - 0.5, top + 8);
  context.fill();
}

function drawLabel(context, { schedule, view, paint }, bar, { left, width, top, height, fill }) {
  const order = schedule.order[bar];
  const from = Math.max(left, view.gutter) + 6;
  const room = Math.floor((left + width - from - 8) / 6.2);
  if (room < 4) return;
  const item = schedule.items.name[schedule.order_item[order]] ?? "";
  const code = schedule.orders.code[order];
  let text = item && room > code.length + 6 ? `${code}  ${item}` : code;
  if (text.length > room) text = text === code ? `…${code.slice(1 - room)}` : `${text.slice(0, room - 1)}…`;
  if (schedule.setup[bar]) drawPlate(context, from, text.length * 6.2, top, height, fill);
  context.fillStyle = paint.ink(fill);
  context.font = `500 11px ${paint.font}`;
  context.textBaseline = "middle";
  context.fillText(text, from, top + height / 2 + 0.5);
}

/** Ground under a label that would lie on a hatch. */
function drawPlate(context, left, width, top, height, fill) {
  context.globalAlpha = 0.82;
  context.fillStyle = fill;
  context.fillRect(left - 2, top + 2, width + 4, height - 6);
  context.globalAlpha = 1;
}
