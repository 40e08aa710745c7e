// Starts the plan board on its page and wires the toolbar.

import { Board } from "./board.js";
import { fetchSchedule } from "./data.js";
import { Mover } from "./move.js";
import { DAY } from "./ticks.js";

const number = new Intl.NumberFormat("en");

function writeLegend(root, board) {
  const { paint, schedule } = board.scene;
  const entries = paint.legend(schedule).map(({ fill, label, isLate }) => {
    const entry = document.createElement("li"), swatch = document.createElement("i");
    swatch.style.background = fill;
    if (isLate) swatch.className = "is-late";
    entry.append(swatch, label);
    return entry;
  });
  root.querySelector("[data-legend]").replaceChildren(...entries);
}

function wireToolbar(root, board) {
  const actions = {
    in: () => board.zoom(0.6), out: () => board.zoom(1 / 0.6), fit: () => board.fit(), now: () => board.goNow(),
    day: () => board.span(DAY), week: () => board.span(7 * DAY), month: () => board.span(30 * DAY),
  };
  root.addEventListener("click", (event) => actions[event.target.closest("[data-board]")?.dataset.board]?.());
  for (const choice of root.querySelectorAll("[data-colour]")) {
    choice.addEventListener("change", () => board.recolour(choice.value));
  }
  root.addEventListener("board:legend", () => writeLegend(root, board));
}

function wireSearch(root, board) {
  const text = root.querySelector("[data-search]"), rows = root.querySelector("[data-only-rows]");
  const told = root.querySelector("[data-found]");
  const run = () => {
    const found = board.find(text.value, rows.checked);
    told.textContent = found ? `${number.format(found.count)} ${found.count === 1 ? "task" : "tasks"}` : "";
    board.foundBar = undefined;
  };
  text.addEventListener("input", run);
  rows.addEventListener("change", run);
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      if (board.found?.exact >= 0) board.focusOrder(board.scene.schedule.orders.code[board.found.exact]);
      else board.nextFound();
    } else if (event.key === "Escape") {
      text.value = "";
      run();
    }
  });
}

/** For those who may plan: a switch that lets bars be dragged. */
function wireMover(root, board) {
  const choice = root.querySelector("[data-move-switch]");
  if (!choice) return;
  board.mover = new Mover(root, board);
  choice.addEventListener("change", () => board.mover.turn(choice.checked));
  if (choice.checked) board.mover.turn(true);
}

async function start(root) {
  const message = root.querySelector("[data-message]");
  try {
    const began = performance.now();
    const schedule = await fetchSchedule(root.dataset.url);
    const fetched = performance.now();
    if (!schedule.size) {
      message.textContent = "This schedule has no tasks on resources that you may see.";
      return;
    }
    message.hidden = true;
    const board = new Board(root, schedule);
    root.board = board; // for tests and measurements
    board.milliseconds = { fetch: fetched - began, draw: performance.now() - fetched };
    wireToolbar(root, board);
    wireSearch(root, board);
    wireMover(root, board);
    board.recolour(root.querySelector("[data-colour]:checked")?.value ?? "lateness");
    const wanted = new URLSearchParams(window.location.search);
    if (wanted.get("order")) {
      root.querySelector("[data-only-rows]").checked = board.onlyRows = true; // the whole path in sight
      board.focusOrder(wanted.get("order"));
    }
    if (wanted.get("find")) {
      board.search.value = wanted.get("find");
      board.search.dispatchEvent(new Event("input"));
      board.nextFound();
    }
    root.dataset.ready = "";
  } catch (error) {
    message.hidden = false;
    message.textContent = `The schedule could not be drawn: ${error.message}. Reload the page to try again.`;
  }
}

for (const root of document.querySelectorAll("[data-board-root]")) start(root);
