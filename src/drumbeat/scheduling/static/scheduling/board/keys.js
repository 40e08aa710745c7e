// The keyboard: arrows pan until a bar has the focus, then they walk from bar to bar.

const WALK = { ArrowRight: "next", ArrowLeft: "previous", ArrowDown: "below", ArrowUp: "above" };

/** Wire the canvas' keys to the board. */
export function listenToKeys(canvas, board) {
  const plain = {
    "+": () => board.zoom(0.7), "=": () => board.zoom(0.7), "-": () => board.zoom(1 / 0.7), _: () => board.zoom(1 / 0.7),
    0: () => board.fit(), n: () => board.goNow(), "/": () => board.search.focus(),
    Home: () => board.goTo(board.scene.schedule.horizon[0]), End: () => board.goTo(board.scene.schedule.horizon[1]),
    PageDown: () => board.scroll(board.scene.view.height - 80), PageUp: () => board.scroll(80 - board.scene.view.height),
    Enter: () => board.openFocused(), " ": () => board.openFocused(), Escape: () => board.leave(),
  };
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { scene } = board;
    if (WALK[event.key]) {
      event.preventDefault();
      if (scene.focused >= 0 && !event.shiftKey) board.walk(WALK[event.key]);
      else if (event.key === "ArrowLeft") board.pan(-scene.view.plot / 8);
      else if (event.key === "ArrowRight") board.pan(scene.view.plot / 8);
      else board.scroll(event.key === "ArrowDown" ? 64 : -64);
      return;
    }
    const action = plain[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
  canvas.addEventListener("blur", () => board.setFocus(-1));
}
