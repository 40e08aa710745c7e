// Scrubs through one replication on the plan board: what has not come yet lies under a veil, repairs are drawn.

const SECONDS_A_DAY = 86400, PLAY_DAY = 6000; // milliseconds that a day takes
const number = new Intl.NumberFormat("en");

/** The board that main.js puts on its root once it has read the data. */
function whenReady(root) {
  return new Promise((resolve) => {
    if (root.board) resolve(root.board);
    const watch = new MutationObserver(() => {
      if (!root.board) return;
      watch.disconnect();
      resolve(root.board);
    });
    watch.observe(root, { attributes: true });
  });
}

class Scrubber {
  constructor(board, page) {
    this.board = board;
    this.schedule = board.scene.schedule;
    this.veil = page.querySelector("[data-veil]");
    this.pen = this.veil.getContext("2d");
    this.slider = page.querySelector("[data-time]");
    this.told = page.querySelector("[data-told]");
    this.button = page.querySelector("[data-play]");
    this.list = page.querySelector("[data-events]");
    this.events = Array.from(this.list.querySelectorAll("li[data-from]"), (entry) => ({
      entry, kind: entry.dataset.kind, row: this.schedule.resources.code.indexOf(entry.dataset.subject),
      from: Number(entry.dataset.from) - this.schedule.origin, to: Number(entry.dataset.to) - this.schedule.origin,
    }));
    const last = this.schedule.end.reduce((most, end) => Math.max(most, end), 0);
    Object.assign(this.slider, { min: 0, max: Math.ceil(last / 60) * 60, step: 60, value: 0 });
    this.moment = 0;
    this.finishes = Float64Array.from(this.schedule.order_finish).sort();
    const late = Array.from(this.schedule.order_finish.keys()).filter((order) => this.schedule.order_late[order] > 0);
    this.lates = Float64Array.from(late, (order) => this.schedule.order_due[order]).sort();
    this.wire(page);
    this.place(0);
  }

  wire(page) {
    const draw = this.board.draw.bind(this.board);
    this.board.draw = () => { draw(); this.paint(); };
    this.slider.addEventListener("input", () => { this.stop(); this.place(Number(this.slider.value)); });
    this.button.addEventListener("click", () => (this.motion ? this.stop() : this.play()));
    this.list.addEventListener("click", (event) => {
      const entry = event.target.closest("button")?.closest("li");
      if (!entry) return;
      this.stop();
      this.place(Math.max(0, Number(entry.dataset.from) - this.schedule.origin), true);
    });
  }

  play() {
    if (this.moment >= Number(this.slider.max)) this.place(0);
    this.button.setAttribute("aria-pressed", "true");
    this.button.querySelector("span").textContent = "Pause";
    let before = performance.now();
    const step = (now) => {
      const passed = Math.min(now - before, 250);
      before = now;
      this.place(Math.min(this.moment + (passed / PLAY_DAY) * SECONDS_A_DAY, Number(this.slider.max)));
      if (this.moment >= Number(this.slider.max)) this.stop(); else this.motion = requestAnimationFrame(step);
    };
    this.motion = requestAnimationFrame(step);
  }

  stop() {
    cancelAnimationFrame(this.motion);
    this.motion = undefined;
    this.button.setAttribute("aria-pressed", "false");
    this.button.querySelector("span").textContent = "Play";
  }

  /** Go to a moment; keep it in the window. */
  place(moment, isCentred = false) {
    this.moment = moment;
    this.schedule.now = moment;
    this.slider.value = moment;
    const { view } = this.board.scene, span = view.to - view.from;
    if (isCentred || moment > view.from + 0.85 * span || moment < view.from) {
      this.board.place({ from: moment - 0.35 * span });
    }
    this.tell();
    this.board.redraw();
  }

  tell() {
    const stamp = new Date((this.schedule.origin + this.moment) * 1000);
    const words = stamp.toLocaleString("en-GB", {
      timeZone: this.schedule.zone, weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit",
    });
    const done = countUpTo(this.finishes, this.moment), late = countUpTo(this.lates, this.moment);
    let down = 0, latest = null;
    for (const { entry, kind, from, to } of this.events) {
      if (from <= this.moment) latest = entry;
      const isNow = from <= this.moment && this.moment < to;
      entry.classList.toggle("is-now", isNow);
      entry.classList.toggle("is-later", from > this.moment);
      if (isNow && kind === "breakdown") down += 1;
    }
    if (latest) this.list.scrollTop = latest.offsetTop - this.list.offsetTop - this.list.clientHeight / 2;
    this.told.textContent = `${words} · ${number.format(done)} of ${number.format(this.finishes.length)} orders done, `
      + `${number.format(late)} late · ${number.format(down)} down`;
    this.slider.setAttribute("aria-valuetext", this.told.textContent);
  }

  paint() {
    const { canvas, scene } = this.board, { view, layout, paint } = scene, { pen, veil } = this;
    if (veil.width !== canvas.width || veil.height !== canvas.height) {
      veil.width = canvas.width;
      veil.height = canvas.height;
      veil.style.width = canvas.style.width;
      veil.style.height = canvas.style.height;
    }
    const ratio = window.devicePixelRatio || 1;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, view.width, view.height);
    pen.save();
    pen.beginPath();
    pen.rect(view.gutter, view.axis, view.plot, view.height - view.axis);
    pen.clip();
    for (const { kind, row, from, to } of this.events) {
      const strip = layout.strips[layout.ofRow[row]];
      if (kind !== "breakdown" || !strip || from > this.moment) continue;
      const left = view.x(from), right = view.x(Math.min(to, this.moment));
      if (right < view.gutter || left > view.width) continue;
      pen.globalAlpha = 0.8;
      pen.fillStyle = paint.late;
      pen.fillRect(left, strip.top - view.top + view.axis + 2, Math.max(2, right - left), strip.height - 4);
    }
    pen.globalAlpha = 0.72;
    pen.fillStyle = paint.surface;
    const from = Math.max(view.gutter, view.x(this.moment) + 1);
    pen.fillRect(from, view.axis, Math.max(0, view.width - from), view.height);
    pen.restore();
  }
}

/** How many of some rising values are at most `limit`. */
function countUpTo(values, limit) {
  let low = 0, high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle] <= limit) low = middle + 1; else high = middle;
  }
  return low;
}

for (const root of document.querySelectorAll("[data-board-root]")) {
  whenReady(root).then((board) => {
    root.scrubber = new Scrubber(board, document); // for tests
    document.querySelector("[data-scrub]").dataset.ready = "";
  });
}
