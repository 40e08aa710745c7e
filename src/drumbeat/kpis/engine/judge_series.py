"""Signal or noise: whether the level of a series changed, and whether its last weeks lie apart."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from drumbeat.kpis.engine.find_changes import LOOSEST, QUARTER, USUAL_CORRELATION, find_changes
from drumbeat.kpis.engine.result import Trend, Verdict

BASELINE = 24
"""Weeks of the baseline: with 24 points, a stable normal series crosses the limits in about 1 % of the weeks."""

LEAST_BASELINE = 8
"""Fewer points give limits so uncertain that a verdict would be a guess (Wheeler 1993 asks for at least 6 to 10)."""

_SIGMA_FACTOR = 2.659574468085106
"""3 / d2 with d2 = 1.128 for moving ranges of two points."""


def judge_series(
    values: Sequence[float | None],
    better: Literal["up", "down", ""] = "up",
    *,
    level: float = LOOSEST,
    correlation: float = USUAL_CORRELATION,
    floor: float = 0.0,
) -> Trend:
    """Judge a weekly series: a change of its level within the last quarter, else last weeks that lie apart, else noise.

    Parameters
    ----------
    values
        Oldest first; None = nothing was measured that week (left out).
    better
        Which direction is good.
    level, correlation, floor
        As in `find_changes`: chance of a false alarm in a week, resemblance of weeks, least variance.

    Returns
    -------
    The verdict, what it rests on, and the natural limits of the present level; "not enough data" below 8 measured weeks
    before the last one, and when the last week itself was not measured.

    Notes
    -----
    The verdict comes from `find_changes`, which holds the false alarms of a whole portfolio down. Natural limits (mean
    +- 3 / 1.128 x mean moving range, Wheeler and Chambers 1992) are for reading a chart: of 100 stable series one
    crosses them every week, so that alone they are no verdict. They rest on the present level's first 24 weeks.
    """
    places = [place for place, value in enumerate(values) if value is not None]
    known = [float(values[place]) for place in places]  # type: ignore[arg-type]
    if len(known) - 1 < LEAST_BASELINE or values[-1] is None:
        return Trend(num_baseline=max(len(known) - 1, 0))
    found = find_changes(known, level, correlation=correlation, floor=floor)
    centre, lower, upper, num_baseline = _natural_limits(known, found.start)
    signals = [not lower <= value <= upper for value in known[found.start + num_baseline :]]
    verdict: Verdict = "noise"
    changed: int | None = None
    before = after = None
    if found.changes:
        last = found.changes[-1]
        changed, before, after = places[last.at], last.before, last.after
    if found.outlier is not None and (changed is None or changed < len(values) - QUARTER):
        apart = known[found.outlier :]
        changed, before, after = places[found.outlier], _mean(known[found.start : found.outlier]), _mean(apart)
    is_recent = changed is not None and changed >= len(values) - QUARTER
    if is_recent and before is not None and after is not None:
        verdict = "changed" if not better else ("better" if (after > before) == (better == "up") else "worse")
    return Trend(
        verdict=verdict,
        centre=centre,
        lower=lower,
        upper=upper,
        num_baseline=num_baseline,
        num_signals=sum(signals),
        changed=changed,
        before=before,
        after=after,
        is_last_outside=not lower <= known[-1] <= upper,
    )


def _natural_limits(known: Sequence[float], start: int) -> tuple[float, float, float, int]:
    """Centre, lower and upper limit, and how many weeks they rest on; a young level borrows the old one's spread."""
    present = known[start:]
    base = present[: min(BASELINE, max(len(present) - 1, 1))]
    if len(base) >= LEAST_BASELINE:
        ranges = [abs(after - before) for before, after in pairwise(base)]
    else:
        base = present
        ranges = [abs(after - before) for before, after in pairwise(known[max(start - BASELINE, 0) : start])]
        ranges += [abs(after - before) for before, after in pairwise(present)]
    centre = _mean(base)
    # Rounding must not turn a constant series into a signal.
    reach = _SIGMA_FACTOR * _mean(ranges) + 1e-12 * max(1.0, abs(centre))
    return centre, centre - reach, centre + reach, len(base)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
