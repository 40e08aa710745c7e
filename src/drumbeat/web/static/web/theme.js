// Sets the theme before anything is painted: the one chosen, else the system's.
(function () {
  const KEY = "drumbeat-theme";
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  function chosen() {
    try { return localStorage.getItem(KEY) || "auto"; } catch { return "auto"; }
  }
  function apply() {
    const value = chosen();
    const theme = value === "auto" ? (system.matches ? "dark" : "light") : value;
    document.documentElement.dataset.bsTheme = theme;
    document.querySelectorAll("[data-theme-value]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.dataset.themeValue === value));
    });
    document.dispatchEvent(new CustomEvent("drumbeat:theme", { detail: theme }));
  }
  system.addEventListener("change", apply);
  document.addEventListener("DOMContentLoaded", apply);
  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-theme-value]");
    if (!button) return;
    try { localStorage.setItem(KEY, button.dataset.themeValue); } catch { /* private window: for this page only */ }
    apply();
  });
  apply();
})();
