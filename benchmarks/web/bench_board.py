"""How fast the plan board draws and zooms in a real browser, with 10,000 and 100,000 bars.

Writes results/web_board.json. Headless Chromium, no GPU, a window of 1280 x 800. A frame is the time from one screen
update to the next while the window zooms from the whole schedule to half a day, so it contains everything that the
browser does and cannot be shorter than 16.7 ms; the script's own part of it stands beside.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Any

from benchmarks.web.serve_site import ARGUMENTS, CHROMIUM, open_home, serve_site, sign_in_cookie

RESULTS = Path(__file__).resolve().parents[1] / "results" / "web_board.json"
SIZES = {10_000: 60, 100_000: 120}
"""Machines by number of bars."""

ZOOM = """async () => {
  const board = document.querySelector('[data-board-root]').board, frame = () => new Promise(requestAnimationFrame);
  board.place(board.scene.view.fitted(...board.scene.schedule.horizon));
  await frame(); await frame();
  const frames = [], scripts = [], whole = board.scene.drawn, marks = board.scene.marks;
  let last = await frame();
  for (let step = 0; step < 90; step++) {
    board.zoom(step < 45 ? 0.9 : 1 / 0.9, 640);
    const now = await frame();
    frames.push(now - last); scripts.push(board.drawMilliseconds);
    last = now;
  }
  return { frames, scripts, whole, marks };
}"""


def spread(values: list[float]) -> dict[str, float]:
    """Median and 95th percentile, in milliseconds."""
    return {"median_ms": round(median(values), 1), "p95_ms": round(quantiles(values, n=20)[-1], 1)}


def measure(num_tasks: int, num_machines: int) -> dict[str, Any]:
    """Store a schedule in a fresh installation, and look at its board three times."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder:
        open_home(Path(folder))
        from benchmarks.web.make_board import make_schedule
        from drumbeat.scheduling.pack_board import pack_board

        schedule = make_schedule(num_tasks, num_machines)
        began = perf_counter()
        body = pack_board(schedule)
        packed = perf_counter() - began
        visits, zoom = [], {}
        with serve_site() as address, sync_playwright() as play:
            browser = play.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            context = browser.new_context(viewport={"width": 1280, "height": 800})
            context.add_cookies([{"name": "sessionid", "value": sign_in_cookie(), "url": address}])
            page = context.new_page()
            for _ in range(3):
                page.goto(f"{address}/board/")
                page.locator("[data-board-root][data-ready]").wait_for()
                visits.append(page.evaluate("document.querySelector('[data-board-root]').board.milliseconds"))
            zoom = page.evaluate(ZOOM)
            browser.close()
    return {
        "bars": num_tasks,
        "rows": num_machines,
        "pack_on_server_s": round(packed, 3),
        "body_kb": round(len(body) / 1000),
        "fetch_and_decode_ms": round(median(visit["fetch"] for visit in visits), 1),
        "first_draw_ms": round(median(visit["draw"] for visit in visits), 1),
        "zoom_frame": spread(zoom["frames"]),
        "zoom_script": spread(zoom["scripts"]),
        "bars_in_the_whole_window": zoom["whole"],
        "marks_drawn_for_them": zoom["marks"],
    }


def main() -> None:
    """Measure each size in its own process and write the table."""
    rows = []
    for num_tasks, num_machines in SIZES.items():
        command = [sys.executable, "-m", "benchmarks.web.bench_board", str(num_tasks), str(num_machines)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        rows.append(json.loads(done.stdout.splitlines()[-1]))
        print(json.dumps(rows[-1]))
    table = {
        "machine": platform.machine(), "cores": os.cpu_count(), "load_average": list(os.getloadavg()),
        "browser": "headless Chromium, no GPU, 1280 x 800", "rows": rows,
    }  # fmt: skip
    RESULTS.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]))))
    else:
        main()
