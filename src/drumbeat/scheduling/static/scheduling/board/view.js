// The window onto the schedule: which time and which rows are on the canvas.

const CLOSEST = 1; // seconds a pixel
export const GROUP_HEIGHT = 28, ROW_HEIGHT = 32, LANE_HEIGHT = 20, AXIS_HEIGHT = 48;

export class View {
  constructor() {
    Object.assign(this, { width: 0, height: 0, gutter: 200, axis: AXIS_HEIGHT, top: 0, from: 0, scale: 60 });
    this.limits = [0, 1];
  }

  resize(width, height) {
    const end = this.to;
    const hadSize = this.plot > 0;
    this.width = width;
    this.height = height;
    this.gutter = width < 600 ? 104 : 208;
    if (hadSize) this.scale = (end - this.from) / this.plot;
    this.clamp();
  }

  /** Pixels that time is drawn on. */
  get plot() { return this.width - this.gutter; }
  get to() { return this.from + this.plot * this.scale; }
  x(time) { return this.gutter + (time - this.from) / this.scale; }
  time(x) { return this.from + (x - this.gutter) * this.scale; }

  /** Where the window would be with `factor` times as much time on it, the time under `x` staying put. */
  zoomed(factor, x = this.gutter + this.plot / 2) {
    const scale = Math.min(this.widest, Math.max(CLOSEST, this.scale * factor));
    return { from: this.time(x) - (x - this.gutter) * scale, scale };
  }

  /** Where the window would be with these times on it. */
  fitted(from, to, margin = 0.03) {
    const span = Math.max(to - from, 60);
    const scale = Math.min(this.widest, Math.max(CLOSEST, (span * (1 + 2 * margin)) / Math.max(1, this.plot)));
    return { from: (from + to) / 2 - (scale * this.plot) / 2, scale };
  }

  /** Scale at which the whole schedule takes two thirds of the window. */
  get widest() { return ((this.limits[1] - this.limits[0]) * 1.5) / Math.max(1, this.plot); }

  move({ from = this.from, scale = this.scale }) {
    this.from = from;
    this.scale = scale;
    this.clamp();
  }

  panBy(pixels) { this.move({ from: this.from + pixels * this.scale }); }

  /** Keep at least a quarter of the window on the schedule. */
  clamp() {
    const keep = (this.to - this.from) / 4;
    this.from = Math.min(Math.max(this.from, this.limits[0] - 3 * keep), this.limits[1] - keep);
  }
}

/** The strips of the board from top to bottom: a heading for each group, then its rows. */
export class Layout {
  constructor(schedule) {
    this.schedule = schedule;
    this.folded = new Set();
    this.wanted = null; // rows to show; null = all
    this.arrange();
  }

  arrange() {
    const { schedule } = this;
    this.strips = [];
    this.ofRow = new Int32Array(schedule.numRows).fill(-1);
    let top = 0, group = -1;
    for (let row = 0; row < schedule.numRows; row++) {
      if (this.wanted && !this.wanted[row]) continue;
      if (schedule.resources.group[row] !== group) {
        group = schedule.resources.group[row];
        this.strips.push({ group, row: -1, top, height: GROUP_HEIGHT });
        top += GROUP_HEIGHT;
      }
      if (this.folded.has(group)) continue;
      const lanes = schedule.rowLane[row + 1] - schedule.rowLane[row];
      const height = lanes === 1 ? ROW_HEIGHT : Math.min(lanes * LANE_HEIGHT, 400) + 8;
      this.ofRow[row] = this.strips.length;
      this.strips.push({ group, row, top, height });
      top += height;
    }
    this.height = top;
  }

  /** Index of the strip at a height, -1 above and below all. */
  at(y) {
    if (y < 0 || y >= this.height) return -1;
    let low = 0, high = this.strips.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.strips[middle].top <= y) low = middle; else high = middle - 1;
    }
    return low;
  }

  /** Top and height of a bar's lane, from the top of the layout; null while its row is hidden. */
  band(bar) {
    const row = this.schedule.row[bar], strip = this.strips[this.ofRow[row]];
    return strip ? this.lane(strip, this.schedule.lane[bar] - this.schedule.rowLane[row]) : null;
  }

  lane(strip, index) {
    const lanes = this.schedule.rowLane[strip.row + 1] - this.schedule.rowLane[strip.row];
    const inner = (strip.height - 8) / lanes;
    return { top: strip.top + 4 + index * inner, height: inner - (lanes > 1 ? 2 : 0) };
  }

  toggle(group) {
    if (!this.folded.delete(group)) this.folded.add(group);
    this.arrange();
  }

  show(rows) {
    this.wanted = rows;
    this.arrange();
  }
}
