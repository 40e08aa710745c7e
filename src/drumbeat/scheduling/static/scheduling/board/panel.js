// The panel of a selected order: the server writes it, the board opens and closes it.

export class Panel {
  constructor(box, address, { close, goTo }) {
    Object.assign(this, { box, address, goTo, wanted: 0 });
    box.addEventListener("click", (event) => {
      const jump = event.target.closest("[data-task-start]");
      if (event.target.closest("[data-close]")) close();
      else if (jump) this.goTo(Number(jump.dataset.taskStart), Number(jump.dataset.taskEnd), jump.dataset.resource);
    });
    box.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  }

  get isOpen() { return !this.box.hidden; }

  async open(code, { focus = false } = {}) {
    const number = ++this.wanted;
    this.box.hidden = false;
    this.box.setAttribute("aria-busy", "true");
    let body;
    try {
      const answer = await fetch(this.address.replace("__code__", encodeURIComponent(code)), { credentials: "same-origin" });
      if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
      body = await answer.text();
    } catch (error) {
      body = null;
      if (number === this.wanted) this.box.textContent = `The order could not be read: ${error.message}.`;
    }
    if (number !== this.wanted) return;
    if (body !== null) this.box.innerHTML = body; // written by our own template, which escapes
    this.box.removeAttribute("aria-busy");
    if (focus) this.box.querySelector("a, button")?.focus();
  }

  /** Show what is not an order: a text, or markup of our own template. */
  show(content, isMarkup) {
    this.wanted += 1;
    this.box.hidden = false;
    this.box.removeAttribute("aria-busy");
    if (isMarkup) this.box.innerHTML = content; // written by our own template, which escapes
    else this.box.replaceChildren(Object.assign(document.createElement("p"), { className: "panel-main", textContent: content }));
  }

  close() {
    this.wanted += 1;
    this.box.hidden = true;
    this.box.replaceChildren();
  }
}
