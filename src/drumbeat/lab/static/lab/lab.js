// A slider and a number that show the same value.
document.addEventListener("input", (event) => {
  const other = event.target.dataset && event.target.dataset.mirror && document.getElementById(event.target.dataset.mirror);
  if (other) other.value = event.target.value;
});

// What was typed and not sent yet is kept in this browser, for this person and this round: a window may be closed.
const drafts = "drumbeat-draft:";

function draftOf(form) {
  return `${drafts}${form.getAttribute("action")}:${form.dataset.draft}`;
}

function keepDraft(form) {
  const told = [...form.elements]
    .filter((one) => one.name && one.type !== "hidden" && one.tagName !== "FIELDSET" && one.tagName !== "BUTTON")
    .map((one) => (["radio", "checkbox"].includes(one.type) ? one.checked : one.value));
  try { localStorage.setItem(draftOf(form), JSON.stringify(told)); } catch { /* no room, or not allowed */ }
}

function readDraft(form) {
  let told = null;
  try { told = JSON.parse(localStorage.getItem(draftOf(form))); } catch { /* not ours */ }
  const fields = [...form.elements]
    .filter((one) => one.name && one.type !== "hidden" && one.tagName !== "FIELDSET" && one.tagName !== "BUTTON");
  if (!Array.isArray(told) || told.length !== fields.length) return;
  fields.forEach((one, at) => {
    if (one.disabled) return;
    if (["radio", "checkbox"].includes(one.type)) one.checked = told[at];
    else one.value = told[at];
    const other = one.dataset.mirror && document.getElementById(one.dataset.mirror);
    if (other) other.value = one.value;
  });
}

function dropDrafts(beginning, but) {
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(beginning) && !but.includes(key)) localStorage.removeItem(key);
    }
  } catch { /* not allowed */ }
}

const forms = [...document.querySelectorAll("form[data-draft]")];
const game = location.pathname.match(/^.*\/games\/\d+\//);
if (game) dropDrafts(drafts + game[0], forms.map(draftOf));
forms.forEach((form) => {
  readDraft(form);
  form.addEventListener("input", () => keepDraft(form));
  if ("draftSent" in form.dataset) form.addEventListener("submit", () => dropDrafts(draftOf(form), []));
});
