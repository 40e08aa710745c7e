// Search: which bars an order, item or resource matches.

/** Bars that match a text (a Uint8Array, their count, and which rows hold them); null for no text. */
export function findBars(schedule, text) {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return null;
  const hit = (...parts) => parts.some((part) => part && part.toLowerCase().includes(wanted));
  const items = schedule.items.code.map((code, index) => hit(code, schedule.items.name[index]));
  const orders = schedule.orders.code.map((code, index) => hit(code) || (items[schedule.order_item[index]] ?? false));
  const rows = schedule.resources.code.map((code, index) => hit(code, schedule.resources.name[index]));
  const bars = new Uint8Array(schedule.size), holds = new Uint8Array(schedule.numRows);
  let count = 0, first = -1;
  for (let bar = 0; bar < schedule.size; bar++) {
    if (!orders[schedule.order[bar]] && !rows[schedule.row[bar]]) continue;
    bars[bar] = 1;
    holds[schedule.row[bar]] = 1;
    count += 1;
    if (first < 0 || schedule.start[bar] < schedule.start[first]) first = bar;
  }
  rows.forEach((isHit, row) => { if (isHit) holds[row] = 1; });
  const exact = schedule.orders.code.findIndex((code) => code.toLowerCase() === wanted);
  return { bars, rows: holds, count, first, exact };
}

/** The next matching bar after one, by start; wraps around; -1 when there is none. */
export function nextMatch(schedule, matches, after) {
  let best = -1, earliest = -1;
  const later = (a, b) => schedule.start[a] - schedule.start[b] || a - b;
  for (let bar = 0; bar < schedule.size; bar++) {
    if (!matches[bar]) continue;
    if (earliest < 0 || later(bar, earliest) < 0) earliest = bar;
    if (after >= 0 && later(bar, after) > 0 && (best < 0 || later(bar, best) < 0)) best = bar;
  }
  return best >= 0 ? best : earliest;
}

/** Bar at a point of the canvas, -1 where there is none; forgiving by two pixels. */
export function barAt(scene, x, y) {
  const { view, layout, schedule } = scene;
  if (x < view.gutter || y < view.axis) return -1;
  const height = y - view.axis + view.top, index = layout.at(height);
  if (index < 0 || layout.strips[index].row < 0) return -1;
  const strip = layout.strips[index];
  const from = view.time(x - 2), to = view.time(x + 2), time = view.time(x);
  for (let lane = schedule.rowLane[strip.row]; lane < schedule.rowLane[strip.row + 1]; lane++) {
    const band = layout.lane(strip, lane - schedule.rowLane[strip.row]);
    if (height < band.top || height > band.top + band.height) continue;
    const [first, last] = schedule.visible(lane, from, to);
    for (let bar = first; bar < last; bar++) if (schedule.end[bar] >= time || bar === last - 1) return bar;
  }
  return -1;
}

/** Neighbour of a bar: "next" and "previous" in its lane's row, "below" and "above" the bar nearest in time. */
export function neighbour(scene, bar, where) {
  const { schedule, layout } = scene;
  const row = schedule.row[bar];
  if (where === "next" || where === "previous") {
    const step = where === "next" ? 1 : -1, lane = schedule.lane[bar], other = bar + step;
    return other >= schedule.lanePtr[lane] && other < schedule.lanePtr[lane + 1] ? other : bar;
  }
  const step = where === "below" ? 1 : -1;
  const middle = (schedule.start[bar] + schedule.end[bar]) / 2;
  let lane = schedule.lane[bar] + step;
  for (; lane >= 0 && lane + 1 < schedule.lanePtr.length; lane += step) {
    const from = schedule.lanePtr[lane], to = schedule.lanePtr[lane + 1];
    if (from === to || layout.ofRow[schedule.row[from]] < 0) continue;
    const [first] = schedule.visible(lane, middle, middle);
    return nearest(schedule, Math.max(from, first - 1), Math.min(to, first + 2), middle);
  }
  return row >= 0 ? bar : -1;
}

function nearest(schedule, from, to, time) {
  let best = from;
  const far = (bar) => Math.max(schedule.start[bar] - time, time - schedule.end[bar], 0);
  for (let bar = from + 1; bar < to; bar++) if (far(bar) < far(best)) best = bar;
  return best;
}
