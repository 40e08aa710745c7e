"""Finds from which size a statistic of `scan_changes` is an alarm: quantiles over series without any change.

`python -m benchmarks.strategy.calibrate_signals` prints the tables of `drumbeat.kpis.engine.find_changes`.
"""

from __future__ import annotations

import math
import sys

import numpy as np

from drumbeat.basics.compiled import njit
from drumbeat.basics.streams import luck_of, normal_quantile, uniform
from drumbeat.kpis.engine.scan_changes import scan_last, spread_means

SIZES = (9, 12, 16, 20, 26, 36, 52)
LEVELS = (1e-2, 1e-3, 1e-4, 1e-5)
CORRELATIONS = (0.0, 0.3, 0.6)
FREEDOMS = (0, 5)
"""Degrees of freedom of Student's t that the weeks' shocks follow; 0 = normal."""


@njit
def draw_series(luck, key, size, correlation, freedom, values):  # type: ignore[no-untyped-def]
    """Draw a series around 0: autoregression of order 1 of normal or Student shocks, long at rest before it begins."""
    last = 0.0
    for t in range(-20, size):
        n = t + 20
        shock = normal_quantile(uniform(luck, key, 1, n))
        if freedom > 0:
            squares = 0.0
            for i in range(freedom):
                squares += normal_quantile(uniform(luck, key, 2 + i, n)) ** 2
            shock /= math.sqrt(squares / freedom)
        last = correlation * last + shock
        if t >= 0:
            values[t] = last


@njit
def draw_statistics(seed, size, correlation, freedom, spread, found):  # type: ignore[no-untyped-def]
    """Draw series and scan each; `found` has a row of two statistics for each."""
    values = np.empty(size)
    out = np.empty(2)
    for i in range(found.shape[0]):
        luck = luck_of(seed, i)
        draw_series(np.uint64(luck), np.uint64(size), size, correlation, freedom, values)
        scan_last(values, 0.0, spread, out)
        found[i, 0] = abs(out[0])
        found[i, 1] = abs(out[1])


def main() -> None:
    """Print, for each size and level, the largest quantile over correlations and tails, of both statistics."""
    count = int(float(sys.argv[1])) if len(sys.argv) > 1 else 200_000
    found = np.empty((count, 2))
    tables = np.zeros((2, len(SIZES), len(LEVELS)))
    for i, size in enumerate(SIZES):
        for correlation in CORRELATIONS:
            for freedom in FREEDOMS:
                draw_statistics(20260302, size, correlation, freedom, spread_means(correlation), found)
                quantiles = np.quantile(found, [1 - level for level in LEVELS], axis=0).T
                print(size, correlation, freedom, np.round(quantiles, 2).tolist(), flush=True)
                tables[:, i] = np.maximum(tables[:, i], quantiles)
    for name, table in zip(("LASTING", "OUTLIER"), tables, strict=True):
        print(name, "=", np.round(table, 2).tolist())


if __name__ == "__main__":
    main()
