// What every page needs: real links, the side panel, small conveniences of forms and tables. No inline handlers anywhere.
(function () {
  "use strict";

  // A link that htmx answers must still open in a new tab with ctrl, shift or the middle button.
  document.addEventListener("click", function (event) {
    if ((event.ctrlKey || event.metaKey || event.shiftKey) && event.target.closest("a[href]")) event.stopImmediatePropagation();
  }, true);

  // The side panel opens when something was put into it, and closes on Escape, on its cross, or on a click beside it.
  const panel = document.getElementById("panel");
  let opener = null;
  document.body.addEventListener("htmx:afterSwap", function (event) {
    if (event.detail.target.id !== "panel-body" || panel.open) return;
    opener = document.activeElement;
    panel.showModal();
    const first = panel.querySelector("[autofocus], input:not([type=hidden]):not([disabled]), select, textarea");
    if (first) first.focus();
  });
  panel.addEventListener("click", function (event) {
    if (event.target === panel || event.target.closest("[data-close-panel]")) { event.preventDefault(); panel.close(); }
  });
  panel.addEventListener("close", function () { if (opener && opener.isConnected) opener.focus(); });
  document.body.addEventListener("close-panel", function () { if (panel.open) panel.close(); });

  // A full page that comes back for a fragment (signed out, an error page) is shown as a page.
  document.body.addEventListener("htmx:responseError", function (event) {
    const text = event.detail.xhr.responseText;
    if (event.detail.xhr.status >= 500 || !text) return notify("error", "The server could not answer. Try again; if it stays, tell your administrator.");
    const page = new DOMParser().parseFromString(text, "text/html");
    const said = page.querySelector("[data-error-text]");
    notify("error", said ? said.textContent.trim() : "That did not work (" + event.detail.xhr.status + ").");
  });
  document.body.addEventListener("htmx:sendError", function () { notify("error", "The server cannot be reached."); });

  function notify(level, text) {
    const box = document.createElement("div");
    box.className = "notice notice-" + level;
    box.textContent = text;
    document.getElementById("messages").replaceChildren(box);
    box.scrollIntoView({ block: "nearest" });
  }
  document.body.addEventListener("say", function (event) { notify("success", event.detail.value); });
  window.drumbeat = { notify: notify, theme: function () { return document.documentElement.dataset.bsTheme; } };

  // "/" jumps to the page's search field.
  document.addEventListener("keydown", function (event) {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const field = document.querySelector("[data-search]");
    if (field) { event.preventDefault(); field.focus(); field.select(); }
  });

  // In a table with data-rows, arrow keys move between the rows' links.
  document.addEventListener("keydown", function (event) {
    const row = event.target.closest("[data-rows] tbody tr");
    if (!row || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
    const next = event.key === "ArrowDown" ? row.nextElementSibling : row.previousElementSibling;
    const link = next && next.querySelector("a[href]");
    if (link) { event.preventDefault(); link.focus(); }
  });

  // A click on a row's empty part follows the row's first link; text can still be selected.
  document.addEventListener("click", function (event) {
    const row = event.target.closest("[data-rows] tbody tr");
    if (!row || event.target.closest("a, button, input, select, label") || String(window.getSelection())) return;
    const link = row.querySelector("a[href]");
    if (link) link.click();
  });

  // <select data-submit> and <input data-submit> send their form when changed.
  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  });

  // <input type=file data-file-list="ID"> says what was chosen, and how large it is; drop zones accept files.
  document.addEventListener("change", function (event) {
    const field = event.target.closest("input[type=file][data-file-list]");
    if (!field) return;
    const list = document.getElementById(field.dataset.fileList);
    list.replaceChildren(...Array.from(field.files).map(function (file) {
      const line = document.createElement("li");
      line.textContent = file.name + " · " + (file.size / 1e6).toFixed(file.size < 1e5 ? 3 : 1) + " MB";
      return line;
    }));
  });
  ["dragover", "dragleave", "drop"].forEach(function (kind) {
    document.addEventListener(kind, function (event) {
      const zone = event.target.closest && event.target.closest("[data-drop]");
      if (!zone) return;
      event.preventDefault();
      zone.classList.toggle("is-over", kind === "dragover");
      if (kind !== "drop") return;
      const field = zone.querySelector("input[type=file]");
      field.files = event.dataTransfer.files;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    });
  });
})();
