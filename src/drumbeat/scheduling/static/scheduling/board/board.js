// The plan board: joins the data, the window, the drawing and the hands on it.

import { Paint } from "./colours.js";
import { drawBoard } from "./draw_frame.js";
import { drawOverlay } from "./draw_overlay.js";
import { findBars, neighbour, nextMatch } from "./find.js";
import { listenToKeys } from "./keys.js";
import { Overview } from "./overview.js";
import { Panel } from "./panel.js";
import { listenToPointer } from "./pointer.js";
import { showTip, speak } from "./story.js";
import { DAY, Zone } from "./ticks.js";
import { Layout, View } from "./view.js";

const still = window.matchMedia("(prefers-reduced-motion: reduce)");

export class Board {
  constructor(root, schedule) {
    this.root = root;
    const find = (selector) => root.querySelector(selector);
    Object.assign(this, {
      canvas: find(".board-canvas"), overlay: find(".board-overlay"), scroller: find(".board-scroll"),
      spacer: find(".board-spacer"), tip: find(".board-tip"), live: find("[data-spoken]"), search: find("[data-search]"),
    });
    const paint = new Paint(root), view = new View(), zones = new Map();
    const zone = (name) => zones.get(name) ?? zones.set(name, new Zone(name)).get(name);
    this.scene = {
      schedule, paint, view, layout: new Layout(schedule), zone: zone(schedule.zone), fills: paint.fills(schedule),
      cutNames: new Map(), hovered: -1, focused: -1, selected: -1, matches: null, drawn: 0, marks: 0,
      ghosts: [], outlines: [],
      unix: (seconds) => schedule.origin + seconds, seconds: (unix) => unix - schedule.origin,
      zoneOf: (row) => zone(schedule.groups[schedule.resources.group[row]].zone),
    };
    view.limits = schedule.horizon;
    this.pens = [this.canvas, this.overlay].map((canvas) => canvas.getContext("2d"));
    this.overview = new Overview(find(".board-overview"), this.scene, (place) => this.place(place));
    this.panel = new Panel(find(".board-panel"), root.dataset.panelUrl, {
      close: () => this.unselect(), goTo: (from, to, resource) => this.show(from, to, resource),
    });
    listenToPointer(this.canvas, this);
    listenToKeys(this.canvas, this);
    this.scroller.addEventListener("scroll", () => { view.top = this.scroller.scrollTop; this.redraw(); });
    new ResizeObserver(() => this.resize()).observe(this.scroller);
    this.watchTheme();
    this.resize();
    this.startWindow();
  }

  /** Begin at now with what is next: two weeks, or all where that is less. */
  startWindow() {
    const { schedule, view } = this.scene;
    const [from, to] = schedule.horizon;
    const start = Math.max(from, Math.min(schedule.now - 0.4 * DAY, to));
    const days = view.plot < 500 ? 2 : 6;
    view.move(view.fitted(start, Math.min(to, start + days * DAY), 0.01));
    this.draw();
  }

  resize() {
    const { view, layout, cutNames } = this.scene;
    const width = this.scroller.clientWidth, height = this.scroller.clientHeight;
    if (!width || !height) return;
    const ratio = window.devicePixelRatio || 1;
    for (const [index, canvas] of [this.canvas, this.overlay].entries()) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
      this.pens[index].setTransform(ratio, 0, 0, ratio, 0, 0);
    }
    view.resize(width, height);
    this.spacer.style.height = `${layout.height + view.axis + 8}px`;
    cutNames.clear();
    this.overview.resize();
    this.draw();
  }

  watchTheme() {
    const change = () => { this.scene.paint.read(); this.recolour(); };
    new MutationObserver(change).observe(document.documentElement, { attributeFilter: ["data-bs-theme", "class"] });
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", change);
  }

  recolour(mode = this.scene.paint.mode) {
    this.scene.paint.mode = mode;
    this.scene.fills = this.scene.paint.fills(this.scene.schedule);
    this.root.dispatchEvent(new CustomEvent("board:legend"));
    this.redraw();
  }

  /** Draw with the screen's next frame, once however often it is asked for. */
  redraw() {
    this.frame ??= requestAnimationFrame(() => this.draw());
  }

  redrawOverlay() {
    this.overlayFrame ??= requestAnimationFrame(() => {
      this.overlayFrame = undefined;
      drawOverlay(this.pens[1], this.scene);
    });
  }

  draw() {
    if (this.frame !== undefined) cancelAnimationFrame(this.frame);
    this.frame = undefined;
    const began = performance.now();
    drawBoard(this.pens[0], this.scene);
    drawOverlay(this.pens[1], this.scene);
    this.overview.draw();
    this.drawMilliseconds = performance.now() - began;
    const { view, drawn, marks } = this.scene;
    Object.assign(this.root.dataset, { from: Math.round(view.from), to: Math.round(view.to), drawn, marks });
  }

  // --- where the window is

  place(where) {
    cancelAnimationFrame(this.motion);
    this.target = null;
    this.scene.view.move(where);
    this.redraw();
  }

  zoom(factor, x) { this.place(this.scene.view.zoomed(factor, x)); }
  pan(pixels) { this.place({ from: this.scene.view.from + pixels * this.scene.view.scale }); }
  scroll(pixels) { this.scroller.scrollTop += pixels; }
  fit() { this.glide(this.scene.view.fitted(...this.scene.schedule.horizon)); }
  span(seconds) { this.glide({ from: this.aim.from, scale: seconds / this.scene.view.plot }); }
  goNow() { this.glide({ from: this.scene.schedule.now - 0.12 * this.scene.view.plot * this.aim.scale }); }
  goTo(time) { this.glide({ from: time - (this.scene.view.plot * this.aim.scale) / 2 }); }

  /** Where the window is, or will be once it has come to rest. */
  get aim() { return this.target ?? this.scene.view; }

  /** Move there in a fifth of a second, or at once for those who want no motion. */
  glide({ from, scale = this.aim.scale }) {
    cancelAnimationFrame(this.motion);
    this.target = { from, scale };
    const { view } = this.scene;
    const [from0, scale0, began] = [view.from, view.scale, performance.now()];
    const step = (now) => {
      const share = still.matches ? 1 : Math.min(1, Math.max(0, now - began) / 220);
      const eased = 1 - (1 - share) ** 3;
      view.move({ from: from0 + (from - from0) * eased, scale: scale0 * (scale / scale0) ** eased });
      this.draw();
      if (share < 1) this.motion = requestAnimationFrame(step); else this.target = null;
    };
    this.motion = requestAnimationFrame(step);
  }

  /** Bring a bar into sight, both ways. */
  reveal(bar) {
    const { schedule, view, layout } = this.scene;
    const band = layout.band(bar);
    if (!band) return;
    const low = this.scroller.scrollTop + 28, high = this.scroller.scrollTop + view.height - view.axis;
    if (band.top < low) this.scroller.scrollTop = band.top - 60;
    else if (band.top + band.height > high) this.scroller.scrollTop = band.top + band.height + view.axis + 40 - view.height;
    const isSeen = schedule.end[bar] > view.from && schedule.start[bar] < view.to;
    if (!isSeen) this.goTo((schedule.start[bar] + schedule.end[bar]) / 2);
  }

  /** Show a time on a resource, from the panel's list of tasks (Unix seconds). */
  show(from, to, code) {
    const { schedule, view, layout, seconds } = this.scene;
    const strip = layout.strips[layout.ofRow[schedule.resources.code.indexOf(code)]];
    if (strip) this.scroller.scrollTop = Math.max(0, strip.top - (view.height - view.axis) / 2);
    const middle = (seconds(from) + seconds(to)) / 2, span = Math.max(seconds(to) - seconds(from), 3600) * 4;
    this.glide({ from: middle - span / 2, scale: span / view.plot });
  }

  // --- what is meant

  hover(bar, event) {
    if (bar !== this.scene.hovered) {
      this.scene.hovered = bar;
      this.canvas.classList.toggle("is-over", bar >= 0);
      this.redrawOverlay();
    }
    if (bar >= 0) showTip(this.tip, this.scene, bar, event.offsetX, event.offsetY);
    else this.tip.hidden = true;
  }

  select(bar, { focus = false } = {}) {
    if (bar < 0) { this.unselect(); return; }
    this.selectOrder(this.scene.schedule.order[bar], { focus });
  }

  selectOrder(order, { focus = false } = {}) {
    this.scene.selected = order;
    this.panel.open(this.scene.schedule.orders.code[order], { focus });
    this.root.classList.add("has-panel");
    this.chooseRows();
  }

  unselect() {
    if (this.scene.selected < 0) {
      if (this.mover?.asked) this.mover.putBack();
      return;
    }
    const hadFocus = this.panel.box.contains(document.activeElement);
    this.scene.selected = -1;
    this.panel.close();
    this.root.classList.remove("has-panel");
    if (hadFocus) this.canvas.focus({ preventScroll: true });
    this.chooseRows();
  }

  /** Put a text, or our own template's markup, into the panel; no order is selected then. */
  showPanel(content, isMarkup = false) {
    this.scene.selected = -1;
    this.panel.show(content, isMarkup);
    this.root.classList.add("has-panel");
    this.redrawOverlay();
  }

  closePanel() {
    this.panel.close();
    this.root.classList.remove("has-panel");
    if (document.activeElement === document.body) this.canvas.focus({ preventScroll: true });
  }

  /** Show the whole of an order and open its panel. */
  focusOrder(code) {
    const { schedule, view } = this.scene, order = schedule.orderByCode.get(code);
    if (order === undefined) return false;
    const bars = schedule.barsOf(order);
    this.selectOrder(order);
    if (bars.length) {
      const ends = Array.from(bars, (bar) => schedule.end[bar]);
      const first = schedule.start[bars[0]], last = Math.max(...ends, schedule.due(order) ?? 0);
      const hidden = view.width > 767 ? 400 : 0; // the panel lies over the right of the board
      view.move(view.fitted(first, first + ((last - first) * view.plot) / Math.max(200, view.plot - hidden), 0.05));
      this.reveal(bars[0]);
    }
    return true;
  }

  find(text, onlyRows) {
    const found = findBars(this.scene.schedule, text);
    this.scene.matches = found?.bars ?? null;
    Object.assign(this, { found, onlyRows });
    this.chooseRows();
    return found;
  }

  /** Show all rows, or only those of the selected order or of what was found. */
  chooseRows() {
    const { schedule, selected, layout } = this.scene;
    let rows = null;
    if (this.onlyRows && selected >= 0) {
      rows = new Uint8Array(schedule.numRows);
      for (const bar of schedule.barsOf(selected)) rows[schedule.row[bar]] = 1;
    } else if (this.onlyRows) {
      rows = this.found?.rows ?? null;
    }
    layout.show(rows);
    this.fitRows();
  }

  nextFound() {
    if (!this.found?.count) return;
    this.foundBar = nextMatch(this.scene.schedule, this.found.bars, this.foundBar ?? -1);
    this.reveal(this.foundBar);
    this.setFocus(this.foundBar);
  }

  fold(group) {
    this.scene.layout.toggle(group);
    this.fitRows();
  }

  fitRows() {
    this.spacer.style.height = `${this.scene.layout.height + this.scene.view.axis + 8}px`;
    this.scene.view.top = this.scroller.scrollTop;
    this.redraw();
  }

  // --- the keyboard's focus

  setFocus(bar) {
    this.scene.focused = bar;
    this.live.textContent = bar >= 0 ? speak(this.scene, bar) : "";
    this.redrawOverlay();
  }

  walk(where) {
    const bar = neighbour(this.scene, this.scene.focused, where);
    this.reveal(bar);
    this.setFocus(bar);
  }

  openFocused() {
    const { focused, schedule, view, layout } = this.scene;
    if (focused >= 0) { this.select(focused, { focus: true }); return; }
    for (let index = Math.max(0, layout.at(view.top)); index < layout.strips.length; index++) {
      const { row } = layout.strips[index];
      if (row < 0) continue;
      for (let lane = schedule.rowLane[row]; lane < schedule.rowLane[row + 1]; lane++) {
        const [first, last] = schedule.visible(lane, view.from, view.to);
        if (first < last) { this.reveal(first); this.setFocus(first); return; }
      }
    }
  }

  leave() {
    if (this.scene.selected >= 0 || this.mover?.asked) this.unselect();
    else this.setFocus(-1);
  }
}
