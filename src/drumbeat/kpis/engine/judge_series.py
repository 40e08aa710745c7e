"""Signal or noise: whether the last point of a series says anything."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from drumbeat.kpis.engine.result import Trend, Verdict

BASELINE = 24
"""Weeks of the baseline: with 24 points, a stable normal series crosses the limits in about 1 % of the weeks."""

LEAST_BASELINE = 8
"""Fewer points give limits so uncertain that a verdict would be a guess (Wheeler 1993 asks for at least 6 to 10)."""

_SIGMA_FACTOR = 2.659574468085106
"""3 / d2 with d2 = 1.128 for moving ranges of two points."""


def judge_series(values: Sequence[float | None], better: Literal["up", "down", ""] = "up") -> Trend:
    """Judge the last point of a weekly series by the limits of its baseline (XmR chart, rule 1).

    Parameters
    ----------
    values
        Oldest first; None = nothing was measured that week (left out).
    better
        Which direction is good.

    Returns
    -------
    The verdict on the last point, and the limits. The baseline is the first 24 measured points, or all but the
    last when there are fewer; "not enough data" below 8, and when the last week itself was not measured.

    Notes
    -----
    Natural limits: mean +- 3 / 1.128 x mean moving range (Wheeler and Chambers 1992).
    """
    known = [float(value) for value in values if value is not None]
    num_baseline = min(BASELINE, len(known) - 1)
    if num_baseline < LEAST_BASELINE or values[-1] is None:
        return Trend(num_baseline=max(num_baseline, 0))
    base = known[:num_baseline]
    centre = sum(base) / num_baseline
    moving = sum(abs(after - before) for before, after in pairwise(base)) / (num_baseline - 1)
    # Rounding must not turn a constant series into a signal.
    reach = _SIGMA_FACTOR * moving + 1e-12 * max(1.0, abs(centre))
    lower, upper = centre - reach, centre + reach
    num_signals = sum(not lower <= value <= upper for value in known[num_baseline:])
    last = known[-1]
    verdict: Verdict = "noise"
    if not lower <= last <= upper:
        is_up = last > upper
        verdict = "changed" if not better else ("better" if is_up == (better == "up") else "worse")
    return Trend(verdict, centre, lower, upper, num_baseline, num_signals)
