// Mouse, pen and fingers: wheel, drag, pinch, hover and click.

import { barAt } from "./find.js";

const CLICK_SLACK = 4; // pixels that a click may stray

/** Wire the canvas; `board` offers zoom, pan, hover, select and fold. */
export function listenToPointer(canvas, board) {
  const { scene } = board;
  const fingers = new Map();
  let moved = 0, pinch = null, held = false; // held: a bar is in the hand, and the board stands still

  canvas.addEventListener("wheel", (event) => {
    const step = event.deltaMode === 1 ? 16 : 1;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      board.zoom(Math.exp(Math.max(-60, Math.min(60, event.deltaY * step)) * 0.005), event.offsetX);
    } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault();
      board.pan((event.deltaX || event.deltaY) * step);
    }
  }, { passive: false });

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, [event.offsetX, event.offsetY]);
    moved = fingers.size > 1 ? CLICK_SLACK + 1 : 0;
    if (fingers.size === 1) held = board.mover?.begin(barAt(scene, event.offsetX, event.offsetY), event.offsetX, event.offsetY);
    else if (held) { board.mover.cancel(); held = false; }
    pinch = measurePinch(fingers);
  });

  canvas.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) {
      if (event.pointerType !== "touch") board.hover(barAt(scene, event.offsetX, event.offsetY), event);
      return;
    }
    fingers.set(event.pointerId, [event.offsetX, event.offsetY]);
    if (fingers.size > 1) {
      const now = measurePinch(fingers);
      if (pinch && now.span > 10 && pinch.span > 10) {
        board.zoom(pinch.span / now.span, now.middle);
        board.pan(pinch.middle - now.middle);
      }
      pinch = now;
      return;
    }
    const [dx, dy] = [event.offsetX - before[0], event.offsetY - before[1]];
    moved += Math.abs(dx) + Math.abs(dy);
    if (moved <= CLICK_SLACK) return;
    canvas.classList.add("is-dragged");
    board.hover(-1);
    if (held) { board.mover.follow(event.offsetX, event.offsetY); return; }
    board.pan(-dx);
    if (event.pointerType !== "touch") board.scroll(-dy); // fingers scroll the rows by themselves
  });

  const release = (event) => {
    const wasDown = fingers.delete(event.pointerId);
    pinch = measurePinch(fingers);
    canvas.classList.remove("is-dragged");
    if (held) {
      const isDrop = event.type === "pointerup" && moved > CLICK_SLACK;
      held = false;
      if (isDrop) { board.mover.drop(); return; }
      board.mover.cancel();
    }
    if (!wasDown || event.type !== "pointerup" || moved > CLICK_SLACK) return;
    click(board, event);
  };
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, release);
  canvas.addEventListener("pointerleave", () => board.hover(-1));
  canvas.addEventListener("dblclick", (event) => board.zoom(0.4, event.offsetX));
}

function click(board, event) {
  const { layout, view } = board.scene;
  const strip = layout.strips[layout.at(event.offsetY - view.axis + view.top)];
  if (event.offsetY > view.axis && strip && strip.row < 0) {
    board.fold(strip.group);
    return;
  }
  const bar = barAt(board.scene, event.offsetX, event.offsetY);
  board.hover(-1);
  board.select(bar, event);
}

/** Distance and middle of two fingers; null for fewer. */
function measurePinch(fingers) {
  if (fingers.size !== 2) return null;
  const [[x0, y0], [x1, y1]] = [...fingers.values()];
  return { span: Math.hypot(x1 - x0, y1 - y0), middle: (x0 + x1) / 2 };
}
