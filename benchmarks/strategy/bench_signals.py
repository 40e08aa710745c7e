"""How often are KPIs called changed that are not, and how soon those that are? On simulated scorecards.

A scorecard of 100 series, a year and more by week; weeks resemble the week before, each series by a degree of its own
(0 to .5), and half of them have long tails (Student's t of 5 degrees). None of it are the data on which the limits were
calibrated.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.strategy.calibrate_signals import draw_series
from drumbeat.basics.streams import luck_of
from drumbeat.kpis.engine.find_changes import QUARTER, alarm_level, alarm_limits, estimate_correlation, find_changes
from drumbeat.kpis.engine.scan_changes import make_scratch, spread_means, walk_series

RESULT = Path(__file__).resolve().parents[1] / "results" / "strategy_signals.json"
SERIES, WEEKS, BASELINE, SCORECARDS = 100, 65, 26, 60
SIGMA_FACTOR = 2.659574468085106


def draw_portfolio(seed: int, most_correlation: float) -> np.ndarray:
    """Draw a scorecard of series without any change, each with a deviation of 1; shape (SERIES, WEEKS)."""
    portfolio = np.empty((SERIES, WEEKS))
    for i in range(SERIES):
        correlation, freedom = most_correlation * i / SERIES, 5 * (i % 2)
        luck = np.uint64(luck_of(seed, i))
        draw_series(luck, np.uint64(i), WEEKS, correlation, freedom, portfolio[i])
        portfolio[i] /= np.sqrt((5 / 3 if freedom else 1.0) / (1 - correlation**2))
    return portfolio


def count_alarms(portfolio: np.ndarray) -> dict[str, float]:
    """Count false alarms a quarter of three ways to judge, from week 26 on; each change counts once."""
    level, correlation = alarm_level(SERIES), estimate_correlation(portfolio[:, :BASELINE].tolist())
    ours = sum(_our_alarms(series, level, correlation) for series in portfolio)
    quarters = (WEEKS - BASELINE) / QUARTER
    base = portfolio[:, :24]
    reach = SIGMA_FACTOR * np.abs(np.diff(base, axis=1)).mean(axis=1)
    apart = np.abs(portfolio[:, BASELINE:] - base.mean(axis=1)[:, None]) > reach[:, None]
    arrows = np.abs(np.diff(portfolio[:, BASELINE - 1 :], axis=1)) > base.std(axis=1, ddof=1)[:, None]
    return {
        "ours": ours / quarters, "xmr_rule_1": float(apart.sum()) / quarters, "arrow": float(arrows.sum()) / quarters,
        "xmr_share": float(apart.mean()), "arrow_share": float(arrows.mean()),
    }  # fmt: skip


def _our_alarms(series: np.ndarray, level: float, correlation: float) -> int:
    """Changes and outliers that somebody who looks each week would be told of; one told of in a row counts once."""
    cuts, seen, outliers = make_scratch(series.size)
    count = walk_series(series, 0.0, spread_means(correlation), alarm_limits(level), cuts, seen, outliers)
    apart = outliers >= 0
    begins = apart[BASELINE:] & ~apart[BASELINE - 1 : -1]
    return int((seen[:count] >= BASELINE).sum() + begins.sum())


def measure_power(size: float) -> dict[str, Any]:
    """Shift every series by `size` deviations from week 39 on: how many are seen within a quarter, and how soon."""
    level, seen = alarm_level(SERIES), []
    for seed in range(8):
        portfolio = draw_portfolio(5000 + seed, 0.3)
        correlation = estimate_correlation(portfolio.tolist())
        portfolio[:, 39:] += size
        for series in portfolio:
            changes = find_changes(series[: 39 + QUARTER].tolist(), level, correlation=correlation).changes
            seen.append(min((change.seen - 38 for change in changes if change.at >= 35), default=0))
    told = np.array(seen)
    return {
        "shift": size, "seen_within_a_quarter": float((told > 0).mean()),
        "median_weeks": float(np.median(told[told > 0])) if (told > 0).any() else None,
    }  # fmt: skip


def main() -> None:
    """Measure and write."""
    started = time.perf_counter()
    rows = []
    for most in (0.0, 0.5):
        counts = [count_alarms(draw_portfolio(seed, most)) for seed in range(SCORECARDS)]
        means = {name: float(np.mean([one[name] for one in counts])) for name in counts[0]}
        rows.append({"most_correlation": most, **means})
        print(json.dumps(rows[-1]), flush=True)
    power = [measure_power(size) for size in (1.0, 1.5, 2.0, 3.0)]
    told = {"series": SERIES, "weeks": WEEKS, "scorecards": SCORECARDS, "rows": rows, "power": power,
            "seconds": round(time.perf_counter() - started, 1), "load_average": os.getloadavg()[0]}  # fmt: skip
    RESULT.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(told["power"]))


if __name__ == "__main__":
    main()
