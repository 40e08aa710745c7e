// Colours: read from the page's tokens, given to bars by order, state or lateness, with ink that can be read on them.

import { DAY } from "./ticks.js";

const ORDERS = {
  light: ["#4a7ab5", "#4f9a86", "#bd8646", "#8672b5", "#b56a7c", "#6b974c", "#479cb0", "#a27c34", "#7183a6", "#ab699e",
    "#57896a", "#967560"],
  dark: ["#6b9fdc", "#66b89f", "#d6a262", "#a591d8", "#d88b9d", "#8dbb6c", "#66bdd1", "#c49d52", "#93a6c9", "#cc8abf",
    "#7db38c", "#bb9982"],
};
const STATES = {
  light: ["#a9b8c9", "#4a7ab5", "#2f8a7e", "#7a5fb5", "#8a94a3", "#8a94a3"],
  dark: ["#7f90a6", "#6b9fdc", "#4fb8a9", "#a591d8", "#6d7786", "#6d7786"],
};
const SLACK = {
  light: { late: "#c2412d", tight: "#dba53c", ample: "#3d8c88", none: "#96a0ae" },
  dark: { late: "#f0705a", tight: "#e3b457", ample: "#57b5b0", none: "#7a8594" },
};
export const TIGHT = DAY; // an order with less slack than a day is tight

const TOKENS = {
  surface: "--board-surface", stripe: "--board-stripe", closed: "--board-closed", line: "--board-line",
  text: "--board-text", muted: "--board-muted", accent: "--board-accent", late: "--board-late",
  heading: "--board-heading",
};

/** [red, green, blue] of any colour that CSS knows. */
function readRgb(context, colour) {
  context.clearRect(0, 0, 1, 1);
  context.fillStyle = "#000";
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  return context.getImageData(0, 0, 1, 1).data.slice(0, 3);
}

/** Relative luminance, 0 to 1 (WCAG 2.2). */
export function luminance([red, green, blue]) {
  const part = (value) => (value / 255 <= 0.04045 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue);
}

export class Paint {
  constructor(root) {
    this.root = root;
    this.probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    this.mode = "lateness";
    this.read();
  }

  /** Read the page's tokens again, after it went dark or light. */
  read() {
    const probe = this.root.appendChild(document.createElement("i"));
    for (const [name, token] of Object.entries(TOKENS)) {
      probe.style.color = `var(${token})`;
      this[name] = `rgb(${readRgb(this.probe, getComputedStyle(probe).color).join(" ")})`;
    }
    this.font = getComputedStyle(this.root).fontFamily;
    probe.remove();
    this.theme = luminance(readRgb(this.probe, this.surface)) > 0.3 ? "light" : "dark";
    this.inks = new Map();
    this.hatches = new Map();
  }

  /** Black or white, whichever contrasts more with a fill. */
  ink(fill) {
    let found = this.inks.get(fill);
    if (!found) {
      const light = luminance(readRgb(this.probe, fill));
      found = 1.05 / (light + 0.05) > (light + 0.05) / 0.05 ? "#ffffff" : "#10151c";
      this.inks.set(fill, found);
    }
    return found;
  }

  /** How an order stands against its due time: "late", "tight", "ample" or "none". */
  slackClass(schedule, order) {
    if (schedule.order_late[order] > 0) return "late";
    const slack = schedule.slack(order);
    return slack === null ? "none" : slack < TIGHT ? "tight" : "ample";
  }

  /** Colours of all orders in the current mode, by order. */
  fills(schedule) {
    const fills = new Array(schedule.numOrders);
    for (let order = 0; order < fills.length; order++) {
      if (this.mode === "order") {
        fills[order] = ORDERS[this.theme][(order * 5) % 12];
      } else if (this.mode === "state") {
        fills[order] = STATES[this.theme][schedule.order_state[order]];
      } else {
        fills[order] = SLACK[this.theme][this.slackClass(schedule, order)];
      }
    }
    return fills;
  }

  /** Colour of pixels in which several bars are merged. */
  get merged() {
    return this.mode === "lateness" ? SLACK[this.theme].ample : ORDERS[this.theme][0];
  }

  get lateFill() {
    return SLACK[this.theme].late;
  }

  /** What the colours mean: [{fill, label}]. */
  legend(schedule) {
    if (this.mode === "lateness") {
      const seen = new Set(schedule.orders.code.map((_, order) => this.slackClass(schedule, order)));
      const words = { late: "Late", tight: "Less than a day of slack", ample: "On time", none: "No due date" };
      return Object.entries(words).filter(([name]) => seen.has(name))
        .map(([name, label]) => ({ fill: SLACK[this.theme][name], label, isLate: name === "late" }));
    }
    if (this.mode === "state") {
      const seen = new Set(schedule.order_state);
      return schedule.states
        .map((label, index) => ({ fill: STATES[this.theme][index], label, index }))
        .filter(({ index }) => seen.has(index));
    }
    return [{ fill: ORDERS[this.theme][0], label: "One colour an order" }];
  }

  /** Diagonal lines that mark a setup. */
  hatch(context, ink) {
    let found = this.hatches.get(ink);
    if (!found) {
      const tile = document.createElement("canvas");
      tile.width = tile.height = 6;
      const pen = tile.getContext("2d");
      pen.strokeStyle = ink;
      pen.lineWidth = 1.4;
      pen.globalAlpha = 0.55;
      for (const shift of [-6, 0, 6]) {
        pen.beginPath();
        pen.moveTo(shift - 1, 7);
        pen.lineTo(shift + 7, -1);
        pen.stroke();
      }
      found = context.createPattern(tile, "repeat");
      this.hatches.set(ink, found);
    }
    return found;
  }
}
