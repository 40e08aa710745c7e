"""How good and how fast forecasts are: the M3 competition, promoted weeks of orange juice, 30,000 items at sites.

Run with `python -m benchmarks.demand.bench_forecast FOLDER` (the folder of m3.csv and oj_promotions.csv, or
DRUMBEAT_SERIES); writes `benchmarks/results/demand_forecast.json`. Warm: what is compiled on first use is left out.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "drumbeat.site.settings")

import numpy as np
import polars as pl

from benchmarks.demand.read_series import (
    CYCLES,
    make_history,
    measure_smape,
    measure_wape,
    read_m3,
    read_promotions,
)
from drumbeat.demand.engine.forecast import forecast

RESULTS = Path(__file__).resolve().parents[1] / "results" / "demand_forecast.json"
THETA = {"MONTHLY": 13.89, "QUARTERLY": 8.96, "YEARLY": 16.97, "OTHER": 4.41, "ALL": 13.05}
"""What the theta method, the competition's best, reached: as published."""
WEEKS = (4, 8, 12, 20)
SPORADIC = [
    [0, 0, 3, 0, 0, 0, 2, 0, 5, 0, 0, 0, 0, 4, 0, 0, 1, 0, 0, 6, 0, 0, 0, 2],
    [0, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 3, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [5, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 7, 0, 0, 6, 0, 0, 0, 9, 0],
]
PUBLISHED = {
    "SBA": [0.924729, 0.455321, 2.562329],
    "TSB": [1.156776, 0.065081, 1.841487],
    "ADIDA": [0.986945, 0.255352, 1.753175],
    "IMAPA": [0.951451, 0.252157, 1.968567],
}
"""What statsforecast 2.1.1 forecasts for those series (TSB with both weights .2)."""
ITEMS, SITES, MONTHS = 15_000, ("NORTH", "SOUTH"), 36


def measure_m3(path: Path) -> list[dict[str, object]]:
    """Forecast all 3,003 series on one core; processor seconds."""
    rows: list[dict[str, object]] = []
    total, cells, spent, count = 0.0, 0, 0.0, 0
    for period in CYCLES:
        past, future = read_m3(path, period)
        first = make_history([past.values[: past.ptr[1]]], past.cycle)
        forecast(first, future.shape[1], cores=1)
        began = time.process_time()
        result = forecast(past, future.shape[1], cores=1)
        seconds = time.process_time() - began
        error = measure_smape(future, result.mean)
        rows.append(_tell(period, past.num_series, error, seconds))
        total, cells = total + error * future.size, cells + future.size
        spent, count = spent + seconds, count + past.num_series
    return [*rows, _tell("ALL", count, total / cells, spent)]


def _tell(period: str, count: int, error: float, seconds: float) -> dict[str, object]:
    return {
        "period": period,
        "series": count,
        "smape": round(error, 3),
        "theta_smape": THETA[period],
        "cpu_seconds_per_1000": round(seconds / count * 1000, 3),
    }


def measure_promotions(path: Path) -> list[dict[str, object]]:
    """Forecast held-out weeks whose prices and promotions are known."""
    rows: list[dict[str, object]] = []
    for weeks in WEEKS:
        past, effects, actual, promoted = read_promotions(path, weeks)
        mean = forecast(past, weeks, effects=effects, cores=1).mean
        wape = measure_wape(actual, mean, promoted)
        whole = measure_wape(actual, mean, np.ones_like(promoted))
        rows.append({"weeks": weeks, "series": past.num_series, "wape": round(wape, 3), "wape_all": round(whole, 3)})
    return rows


def measure_sporadic() -> dict[str, float]:
    """Largest difference of each sporadic model from the published one, as a share."""
    past = make_history([np.array(values, dtype=np.float64) for values in SPORADIC], 1)
    found = {}
    for model, expected in PUBLISHED.items():
        mean = forecast(past, 1, models=[model], cores=1).mean[:, 0]
        found[model] = float(np.max(np.abs(mean / expected - 1)))
    return found


def measure_many() -> dict[str, object]:
    """Forecast 30,000 items at sites from tables to tables, levels added up; wall seconds on two cores."""
    import django

    django.setup()
    from drumbeat.data.snapshot import Snapshot
    from drumbeat.demand.actions import make_forecast

    months = pl.DataFrame({"number": range(MONTHS)}).select(
        "number", period_start=pl.date(2023 + pl.col("number") // 12, pl.col("number") % 12 + 1, 1)
    )
    items = pl.DataFrame({"place": range(ITEMS)}).select("place", item=pl.format("ITEM-{}", "place"))
    history = items.join(pl.DataFrame({"site": SITES}), how="cross").join(months, how="cross")
    wave = (pl.col("number") * 0.5236 + pl.col("place") % 12).sin() * 0.3 + 1
    jitter = ((pl.col("place") * 7919 + pl.col("number") * 104_729) % 101) / 100
    sporadic = pl.col("place") % 4 == 0
    wanted = pl.when(sporadic & (jitter > 0.3)).then(0.0).otherwise((20 + pl.col("place") % 80) * wave * (0.7 + jitter))
    frames = {
        "item": items.select(code="item", cost=pl.lit(10.0), price=pl.lit(25.0)),
        "site": pl.DataFrame({"code": SITES}),
        "item_family": items.select("item", family=pl.format("FAMILY-{}", pl.col("place") % 300)),
        "demand_history": history.select("item", "site", "period_start", quantity=wanted.round(1)),
    }
    snapshot = Snapshot.of(frames, datetime.combine(date(2026, 1, 2), datetime.min.time(), UTC))
    began = time.perf_counter()
    run = make_forecast(snapshot)
    seconds = time.perf_counter() - began
    return {
        "series": run.series.height,
        "months": MONTHS,
        "seconds": round(seconds, 2),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def main(arguments: list[str] | None = None) -> None:
    """Measure, print and write; without a folder there is nothing to measure."""
    folder = (arguments or [os.environ.get("DRUMBEAT_SERIES", "")])[0]
    if not folder:
        print("no series: name a folder with m3.csv and oj_promotions.csv, or set DRUMBEAT_SERIES")
        return
    path = Path(folder)
    found = {
        "machine": f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "m3": measure_m3(path / "m3.csv"),
        "promotions": measure_promotions(path / "oj_promotions.csv"),
        "sporadic": measure_sporadic(),
        "many": measure_many(),
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main(sys.argv[1:])
