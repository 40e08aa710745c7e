// Past demand and its forecast: drawn anew when the theme or the width changes.
(function () {
  "use strict";
  const place = document.getElementById("demand-chart");
  const told = JSON.parse(document.getElementById("demand-data").textContent);
  const chart = window.echarts.init(place, null, { renderer: "canvas" });
  const format = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

  function colour(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }

  function draw() {
    const last = told.past.length ? told.past[told.past.length - 1] : null;
    const join = last ? [last] : [];
    const ahead = told.ahead;
    const hasEdits = ahead.some(function (row) { return Math.abs(row[1] - row[4]) > 1e-9; });
    const muted = colour("--muted"), line = colour("--line"), ink = colour("--ink");
    chart.setOption({
      animation: false,
      textStyle: { fontFamily: "IBM Plex Sans, system-ui, sans-serif", color: ink },
      grid: { left: 56, right: 14, top: 16, bottom: 52 },
      xAxis: { type: "time", axisLabel: { color: muted, hideOverlap: true }, axisLine: { lineStyle: { color: line } }, splitLine: { show: false } },
      yAxis: { type: "value", name: told.unit, nameTextStyle: { color: muted }, axisLabel: { color: muted }, splitLine: { lineStyle: { color: line } } },
      dataZoom: [{ type: "slider", height: 18, bottom: 8, borderColor: line, textStyle: { color: muted }, startValue: told.past.length > 60 ? told.past[told.past.length - 60][0] : undefined }],
      tooltip: { trigger: "axis", confine: true, backgroundColor: colour("--surface"), borderColor: line, textStyle: { color: ink, fontSize: 12 }, valueFormatter: function (value) { return value === null || value === undefined ? "–" : format.format(value); } },
      series: [
        { name: "A tenth lie below", type: "line", data: ahead.map(function (row) { return [row[0], row[2]]; }), stack: "band", lineStyle: { opacity: 0 }, symbol: "none", silent: true, color: colour("--accent") },
        { name: "Band", type: "line", data: ahead.map(function (row) { return [row[0], row[3] - row[2]]; }), stack: "band", lineStyle: { opacity: 0 }, areaStyle: { color: colour("--accent"), opacity: .16 }, symbol: "none", silent: true, color: colour("--accent") },
        { name: "Past", type: "line", data: told.past, symbol: "none", lineStyle: { width: 1.6 }, color: muted },
        { name: "Without edits", type: "line", data: hasEdits ? ahead.map(function (row) { return [row[0], row[4]]; }) : [], symbol: "none", lineStyle: { width: 1.4, type: "dashed" }, color: colour("--ink-2") },
        { name: "Forecast", type: "line", data: join.concat(ahead.map(function (row) { return [row[0], row[1]]; })), symbol: "circle", symbolSize: 4, lineStyle: { width: 2.2 }, color: colour("--accent") },
        { name: "Cleaned", type: "scatter", data: told.cleaned.map(function (row) { return [row[0], row[1]]; }), symbol: "circle", symbolSize: 10, itemStyle: { color: "transparent", borderColor: colour("--beat"), borderWidth: 2 } },
      ],
    }, true);
  }

  draw();
  new ResizeObserver(function () { chart.resize(); }).observe(place);
  new MutationObserver(draw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });

  // The form in a row: one at a time; Cancel or Escape takes it away.
  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-drop-row]")) event.target.closest("tr").remove();
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape" && event.target.closest(".edit-row")) event.target.closest(".edit-row").remove();
  });
  document.body.addEventListener("htmx:beforeSwap", function (event) {
    if (event.detail.target.closest && event.detail.target.closest("#periods")) document.querySelectorAll(".edit-row").forEach(function (row) { row.remove(); });
  });
  document.body.addEventListener("htmx:afterSwap", function () {
    const field = document.querySelector(".edit-row [name=amount]");
    if (field) { field.focus(); field.select(); }
  });
})();
