// Moving a task by hand: drag its bar, see what it does, keep it or put it back.

import { rectangle } from "./draw_overlay.js";

const HOUR = 3600, SNAP = 300; // a drop is rounded to five minutes

export class Mover {
  /** `root` carries data-move-url; `board` is the board; nothing happens until `turn(true)`. */
  constructor(root, board) {
    Object.assign(this, { root, board, address: root.dataset.moveUrl, isOn: false, drag: null, asked: null });
    board.panel.box.addEventListener("click", (event) => {
      const wish = event.target.closest("[data-move]")?.dataset.move;
      if (wish === "keep") this.keep();
      else if (wish === "drop") this.putBack();
    });
    board.canvas.addEventListener("keydown", (event) => this.nudge(event));
  }

  get scene() { return this.board.scene; }

  async turn(isOn) {
    this.isOn = isOn;
    this.root.classList.toggle("is-moving", isOn);
    if (!isOn) { this.putBack(); return; }
    this.say("Drag a bar in time or to another machine. Ctrl and the arrows move the focused bar by an hour.");
    const answer = await fetch(`${this.address}ready`, { credentials: "same-origin" });
    if (!answer.ok) this.complain(await this.read(answer));
  }

  // --- the drag itself

  /** Whether a bar was taken hold of. */
  begin(bar, x, y) {
    if (!this.isOn || bar < 0) return false;
    const box = rectangle(this.scene, bar);
    this.drag = { bar, x, y, dx: 0, dy: 0, box };
    return true;
  }

  follow(x, y) {
    Object.assign(this.drag, { dx: x - this.drag.x, dy: y - this.drag.y });
    const { bar, box, dx, dy } = this.drag;
    this.scene.ghosts = [{ left: box.left + dx, top: box.top + dy, width: box.width, height: box.height, bar }];
    this.board.redrawOverlay();
  }

  drop() {
    const { bar, box, dx, dy } = this.drag;
    const { view, layout, schedule } = this.scene;
    this.drag = null;
    const strip = layout.strips[layout.at(box.top + dy + box.height / 2 - view.axis + view.top)];
    const row = strip && strip.row >= 0 ? strip.row : schedule.row[bar];
    this.ask(bar, row, schedule.start[bar] + dx * view.scale);
  }

  /** Forget a drag that ended nowhere. */
  cancel() {
    this.drag = null;
    this.clear();
  }

  nudge(event) {
    const step = { ArrowLeft: -HOUR, ArrowRight: HOUR }[event.key];
    const { focused, schedule } = this.scene;
    if (!this.isOn || !event.ctrlKey || step === undefined || focused < 0) return;
    event.preventDefault();
    const again = this.asked?.bar === focused ? this.asked : { time: schedule.start[focused], row: schedule.row[focused] };
    this.ask(focused, again.row, again.time + step);
  }

  // --- the server

  async ask(bar, row, time) {
    const { schedule } = this.scene;
    const rounded = Math.max(Math.round(time / SNAP) * SNAP, 0);
    this.asked = { bar, row, time: rounded };
    const asked = this.asked;
    this.board.showPanel("Working it out…");
    const answer = await this.send(false);
    if (asked !== this.asked) return;
    const told = await this.read(answer);
    if (!answer.ok) { this.complain(told); return; }
    this.board.showPanel(told.html, true);
    this.outline(told.outlines);
    this.say(`${told.count} tasks would move.`);
    this.root.dataset.moved = told.count;
    this.root.dataset.milliseconds = told.milliseconds;
  }

  async keep() {
    const answer = await this.send(true);
    const told = await this.read(answer);
    if (answer.ok) window.location.assign(told.address);
    else this.complain(told);
  }

  send(keep) {
    const { schedule, unix } = this.scene, { bar, row, time } = this.asked;
    const body = new URLSearchParams({
      order: schedule.orders.code[schedule.order[bar]], resource: schedule.resources.code[schedule.row[bar]],
      start: unix(schedule.start[bar]), to_resource: schedule.resources.code[row], to_start: unix(time),
    });
    if (keep) body.set("keep", "on");
    const token = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");
    return fetch(this.address, { method: "POST", body, headers: token, credentials: "same-origin" });
  }

  async read(answer) {
    try { return await answer.json(); } catch { return { detail: `The server answered ${answer.status}.` }; }
  }

  // --- what is shown

  outline({ resource, start, end }) {
    const { schedule, seconds } = this.scene;
    const rows = new Map(schedule.resources.code.map((code, row) => [code, row]));
    this.scene.outlines = resource.map((code, index) => ({
      row: rows.get(code), start: seconds(start[index]), end: seconds(end[index]),
    })).filter(({ row }) => row !== undefined);
    this.scene.ghosts = [];
    this.board.redrawOverlay();
  }

  complain(told) {
    this.clear();
    this.board.closePanel();
    window.drumbeat.notify("error", told.detail ?? "That did not work.");
  }

  putBack() {
    this.clear();
    this.board.closePanel();
  }

  clear() {
    this.asked = null;
    this.scene.ghosts = this.scene.outlines = [];
    this.board.redrawOverlay();
  }

  say(text) { this.board.live.textContent = text; }
}
