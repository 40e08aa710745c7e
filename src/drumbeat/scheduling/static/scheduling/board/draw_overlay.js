// What moves over the board without redrawing it: the bar under the pointer, the focus, the path of an order.

/** Rectangle of a bar on the canvas; null while its row is hidden. */
export function rectangle(scene, bar) {
  const { view, layout, schedule } = scene;
  const band = layout.band(bar);
  if (!band) return null;
  const left = view.x(schedule.start[bar]);
  return {
    left, width: Math.max(2, view.x(schedule.end[bar]) - left),
    top: band.top - view.top + view.axis, height: Math.max(2, band.height),
  };
}

export function drawOverlay(context, scene) {
  const { view } = scene;
  context.clearRect(0, 0, view.width, view.height);
  context.save();
  context.beginPath();
  context.rect(view.gutter, view.axis, view.plot, view.height - view.axis);
  context.clip();
  if (scene.selected >= 0) drawPath(context, scene, scene.selected);
  for (const { row, start, end } of scene.outlines) drawOutline(context, scene, row, start, end);
  for (const box of scene.ghosts) drawGhost(context, scene, box);
  if (scene.hovered >= 0) outline(context, scene, scene.hovered, scene.paint.text, 1.5, 0);
  if (scene.focused >= 0) outline(context, scene, scene.focused, scene.paint.accent, 3, 2);
  context.restore();
}

/** Where a task would be. */
function drawOutline(context, scene, row, start, end) {
  const { view, layout, paint } = scene, strip = layout.strips[layout.ofRow[row]];
  if (!strip || end < view.from || start > view.to) return;
  const left = view.x(start), top = strip.top - view.top + view.axis + 3;
  context.strokeStyle = paint.accent;
  context.lineWidth = 2;
  context.setLineDash([5, 3]);
  context.beginPath();
  context.roundRect(left, top, Math.max(3, view.x(end) - left), strip.height - 6, 4);
  context.stroke();
  context.setLineDash([]);
}

/** The bar in the hand. */
function drawGhost(context, scene, box) {
  context.globalAlpha = 0.35;
  context.fillStyle = scene.paint.accent;
  context.beginPath();
  context.roundRect(box.left, box.top, box.width, box.height, 3);
  context.fill();
  context.globalAlpha = 1;
}

function outline(context, scene, bar, colour, width, gap) {
  const box = rectangle(scene, bar);
  if (!box) return;
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.beginPath();
  context.roundRect(box.left - gap, box.top - gap, box.width + 2 * gap, box.height + 2 * gap, 3 + gap);
  context.stroke();
}

/** Links from each task of an order to the next, and its due time. */
function drawPath(context, scene, order) {
  const { schedule, view, paint } = scene;
  const bars = schedule.barsOf(order);
  context.lineWidth = 1.75;
  for (let index = 0; index + 1 < bars.length; index++) {
    const from = rectangle(scene, bars[index]), to = rectangle(scene, bars[index + 1]);
    if (from && to) drawLink(context, paint, from, to);
  }
  const due = schedule.due(order);
  if (due === null) return;
  const x = view.x(due), isLate = schedule.order_late[order] > 0;
  context.strokeStyle = context.fillStyle = isLate ? paint.late : paint.text;
  context.setLineDash([5, 4]);
  context.beginPath();
  context.moveTo(x, view.axis);
  context.lineTo(x, view.height);
  context.stroke();
  context.setLineDash([]);
  drawFlag(context, paint, x, view);
}

function drawLink(context, paint, from, to) {
  const x0 = from.left + from.width, y0 = from.top + from.height / 2;
  const x1 = to.left, y1 = to.top + to.height / 2;
  const bend = Math.max(14, Math.min(60, Math.abs(x1 - x0) / 2));
  for (const [colour, width] of [[paint.surface, 4.5], [paint.text, 1.75]]) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(x0, y0);
    context.bezierCurveTo(x0 + bend, y0, x1 - bend, y1, x1 - 5, y1);
    context.stroke();
  }
  context.fillStyle = paint.text;
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x1 - 7, y1 - 4);
  context.lineTo(x1 - 7, y1 + 4);
  context.fill();
}

function drawFlag(context, paint, x, view) {
  const fill = context.fillStyle;
  context.font = `600 10px ${paint.font}`;
  const width = context.measureText("due").width + 10;
  context.beginPath();
  context.roundRect(x, view.axis, width, 16, [0, 0, 6, 0]);
  context.fill();
  context.fillStyle = paint.ink(fill);
  context.textBaseline = "middle";
  context.fillText("due", x + 5, view.axis + 8.5);
}
