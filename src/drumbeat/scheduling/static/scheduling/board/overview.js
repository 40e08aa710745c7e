// The strip below the board: how busy the whole schedule is over its time, where it is late, and the window.

export class Overview {
  constructor(canvas, scene, moveTo) {
    Object.assign(this, { canvas, scene, moveTo, context: canvas.getContext("2d"), grip: null });
    canvas.addEventListener("pointerdown", (event) => this.take(event));
    canvas.addEventListener("pointermove", (event) => this.drag(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => { this.grip = null; });
  }

  resize() {
    const ratio = window.devicePixelRatio || 1;
    this.width = this.canvas.clientWidth;
    this.height = this.canvas.clientHeight;
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.measure();
  }

  /** Busy resources, and those busy with late orders, by pixel. */
  measure() {
    const { schedule } = this.scene;
    const columns = Math.max(1, Math.floor(this.width / 2));
    const busy = new Float64Array(columns + 1), late = new Float64Array(columns + 1);
    const [from, to] = schedule.horizon, scale = columns / Math.max(1, to - from);
    for (let bar = 0; bar < schedule.size; bar++) {
      const first = Math.max(0, Math.min(columns, Math.floor((schedule.start[bar] - from) * scale)));
      const last = Math.max(first, Math.min(columns, Math.ceil((schedule.end[bar] - from) * scale)));
      busy[first] += 1; busy[last] -= 1;
      if (schedule.isLate(bar)) { late[first] += 1; late[last] -= 1; }
    }
    for (let column = 1; column <= columns; column++) {
      busy[column] += busy[column - 1];
      late[column] += late[column - 1];
    }
    Object.assign(this, { busy, late, columns, most: Math.max(1, ...busy) });
  }

  x(time) {
    const [from, to] = this.scene.schedule.horizon;
    return ((time - from) / Math.max(1, to - from)) * this.width;
  }

  draw() {
    const { context, width, height, scene } = this;
    const { paint, view, schedule } = scene;
    context.clearRect(0, 0, width, height);
    const step = width / this.columns, tall = (height - 6) / this.most;
    context.fillStyle = paint.muted;
    context.globalAlpha = 0.45;
    for (let column = 0; column < this.columns; column++) {
      context.fillRect(column * step, height - this.busy[column] * tall, step, this.busy[column] * tall);
    }
    context.globalAlpha = 1;
    context.fillStyle = paint.lateFill;
    for (let column = 0; column < this.columns; column++) {
      if (this.late[column]) {
        context.fillRect(column * step, height - this.late[column] * tall, step, this.late[column] * tall);
      }
    }
    context.fillStyle = paint.accent;
    context.fillRect(this.x(schedule.now) - 0.5, 0, 1.5, height);
    const left = Math.max(0, this.x(view.from)), right = Math.min(width, this.x(view.to));
    context.globalAlpha = 0.13;
    context.fillRect(left, 0, Math.max(3, right - left), height);
    context.globalAlpha = 1;
    context.strokeStyle = paint.accent;
    context.lineWidth = 1.5;
    context.strokeRect(left + 0.75, 0.75, Math.max(3, right - left - 1.5), height - 1.5);
  }

  timeAt(event) {
    const [from, to] = this.scene.schedule.horizon;
    return from + (event.offsetX / this.width) * (to - from);
  }

  take(event) {
    this.canvas.setPointerCapture(event.pointerId);
    const { view } = this.scene, time = this.timeAt(event), span = view.to - view.from;
    const isInside = time >= view.from && time <= view.to;
    this.grip = isInside ? time - view.from : span / 2;
    if (!isInside) this.moveTo({ from: time - span / 2 });
  }

  drag(event) {
    if (this.grip !== null) this.moveTo({ from: this.timeAt(event) - this.grip });
  }
}
