"""Leadership alignment: whether the functions want the same first, and plan the same amounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.special import stdtrit

from drumbeat.basics.arrays import Floats
from drumbeat.strategy.engine.alignment.measure_gaps import mean_gap, measure_gap
from drumbeat.strategy.engine.director.result import DirectorKpi, Evidence, KpiPart

LEAST_RATERS = 3
"""Two raters agree or not; concordance begins with three."""
LEAST_PRIORITIES = 2


def concordance(ranks: Floats) -> float:
    """Return Kendall's coefficient of concordance W: 1 = all rank alike, 0 = nothing in common.

    Parameters
    ----------
    ranks
        Shape (raters, priorities): what each gives each, 1 = first; equal ones share their mean rank. At least two
        each.

    Returns
    -------
    W, corrected for ties; 1 where everybody ranks everything alike (then nobody contradicts anybody).

    Raises
    ------
    ValueError
        With fewer than two raters or priorities, or a rank that is no finite number.

    Notes
    -----
    Kendall and Babington Smith (1939), with Kendall's (1970) correction for ties.
    """
    table = np.asarray(ranks, dtype=np.float64)
    if table.ndim != 2 or min(table.shape) < 2 or not np.isfinite(table).all():
        raise ValueError(f"concordance needs two raters and two priorities with finite ranks, not {table.shape}")
    raters, items = table.shape
    shared = np.array([_mean_ranks(row) for row in table])
    sums = shared.sum(axis=0)
    squares = float(((sums - sums.mean()) ** 2).sum())
    ties = sum(float((counts**3 - counts).sum()) for counts in (np.unique(row, return_counts=True)[1] for row in table))
    most = (raters**2 * (items**3 - items) - raters * ties) / 12.0
    return 1.0 if most <= 0 else min(squares / most, 1.0)


def _mean_ranks(row: Floats) -> Floats:
    """Rank a row anew, 1 = smallest, equal ones by their mean: raters may leave gaps or begin at 0."""
    values, place, counts = np.unique(row, return_inverse=True, return_counts=True)
    after = np.cumsum(counts)
    ranks: Floats = ((after - counts + 1 + after) / 2.0)[place] if values.size else row
    return ranks


def measure_alignment(
    ratings: Mapping[str, Mapping[str, float]], plans: Mapping[str, Mapping[str, float]]
) -> DirectorKpi:
    """Measure leadership alignment.

    Parameters
    ----------
    ratings
        By function, by priority: its rank, 1 = first. Priorities that not every function ranked are left out.
    plans
        By what is planned (a family in a month), by function: how much.

    Returns ------- Concordance x (1 - mean relative gap of the plans), from 0 to 1. Unknown below three raters or two
    priorities that all of them ranked. Without plans of two functions the gap counts as 0, and the note says so.

    Notes
    -----
    The interval is a jackknife over raters with Student's t (Efron and Tibshirani 1993, 11.5): what would it be with
    other people in the room?
    """
    raters = sorted(ratings)
    priorities = sorted(set.intersection(*(set(ratings[name]) for name in raters))) if raters else []
    gaps = {what: gap for what, by in sorted(plans.items()) if (gap := measure_gap(by)) is not None}
    apart = mean_gap(list(gaps.values()))
    closeness = 1.0 - min(apart or 0.0, 1.0)
    agreed = low = high = None
    if len(raters) >= LEAST_RATERS and len(priorities) >= LEAST_PRIORITIES:
        table = np.array([[float(ratings[name][one]) for one in priorities] for name in raters])
        agreed = concordance(table)
        left = np.array([concordance(np.delete(table, i, axis=0)) for i in range(len(raters))])
        spread = float(np.sqrt((len(raters) - 1) / len(raters) * ((left - left.mean()) ** 2).sum()))
        reach = float(stdtrit(len(raters) - 1, 0.9)) * spread
        low, high = max(agreed - reach, 0.0) * closeness, min(agreed + reach, 1.0) * closeness
    note = f"{len(raters)} raters, {len(priorities)} priorities that all of them ranked"
    return DirectorKpi(
        key="leadership_alignment",
        name="Leadership alignment",
        value=None if agreed is None else agreed * closeness,
        low=low,
        high=high,
        unit="",
        better="up",
        measure="Whether the functions put the same first and plan the same amounts",
        formula="Kendall's W of their rankings (corrected for ties) x (1 - mean relative gap between their plans)",
        words=_words(agreed, apart, len(raters)),
        parts=(
            KpiPart("Kendall's W", agreed, unit="", note=note),
            KpiPart("Mean gap between plans", apart, note=f"{len(gaps)} plans of two or more functions"),
        ),
        evidence=_evidence(ratings, raters, priorities, plans, gaps),
        n=len(raters),
        counted="raters",
        note=_note(agreed, apart, note),
    )


def _words(agreed: float | None, apart: float | None, raters: int) -> str:
    if agreed is None:
        return f"Not shown: {raters} of at least {LEAST_RATERS} functions have ranked the priorities"
    order = "agree" if agreed >= 0.7 else "agree in part" if agreed >= 0.4 else "do not agree"
    return f"The functions {order} on what comes first" + (f"; their plans lie {apart:.0%} apart" if apart else "")


def _note(agreed: float | None, apart: float | None, counts: str) -> str:
    if agreed is None:
        return counts
    return "" if apart is not None else "no plan of two functions was entered; the gap counts as none"


def _evidence(
    ratings: Mapping[str, Mapping[str, float]],
    raters: Sequence[str],
    priorities: Sequence[str],
    plans: Mapping[str, Mapping[str, float]],
    gaps: Mapping[str, object],
) -> tuple[Evidence, ...]:
    ranked = tuple({"priority": one, **{name: ratings[name][one] for name in raters}} for one in priorities)
    wide = sorted(gaps, key=lambda what: (-getattr(gaps[what], "share", 0.0), what))
    planned = tuple({"plan": what, **dict(sorted(plans[what].items()))} for what in wide)
    tables = (("Rankings", "priority_rating", ranked), ("Plans side by side", "volume_plan", planned))
    return tuple(Evidence(title, table, rows[:50], len(rows)) for title, table, rows in tables if rows)
