"""Quality performance: how sure it is that enough comes out right the first time, what escapes, and what it costs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from scipy.special import stdtr, stdtrit

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.kpis.engine.measure_yield import rolled_yield
from drumbeat.strategy.engine.director.jackknife import jackknife_error, jackknife_interval, leave_each_out
from drumbeat.strategy.engine.director.result import CHANCE, DirectorKpi, Evidence, Fan, KpiPart

LEAST_WEEKS = 4


@dataclass(frozen=True)
class QualityFacts:
    """What came off, what escaped, what it cost; W weeks of the last quarter.

    Parameters
    ----------
    good, total, item
        Of `drumbeat.kpis.engine.measure_yield.lay_out_steps`.
    target
        Rolled first-pass yield that is asked for, 0 to 1.
    target_source
        Who says so.
    escaped, delivered
        Shape (W,): units that customers complained about, and units delivered.
    poor_cost, revenue
        Shape (W,): cost of poor quality and revenue, in one currency.
    poor_parts
        What the cost is made of: name and amount over all weeks.
    currency
        Of cost and revenue.
    worst_steps, escapes
        Evidence: operations that lose most, and complaints, as plain values.
    """

    good: Floats
    total: Floats
    item: Int64s
    target: float
    target_source: str
    escaped: Floats
    delivered: Floats
    poor_cost: Floats
    revenue: Floats
    poor_parts: tuple[tuple[str, float], ...] = ()
    currency: str = ""
    worst_steps: tuple[dict[str, Any], ...] = ()
    escapes: tuple[dict[str, Any], ...] = ()


def chance_of_target(value: float, left_out: Sequence[float], target: float) -> float:
    """Return the probability that the true figure is at least the target: Student's t around the measured one.

    No surer than the weeks themselves can make it, whatever their distribution: if the target were missed in the long
    run, n weeks that all meet it would come by chance in one case of 2^n (sign test).

    Parameters
    ----------
    value, left_out
        Measured figure, and its values without one week each (at least two).
    target
        What is asked for.
    """
    error = jackknife_error(left_out)
    doubt = 0.5 ** len(left_out)
    if error <= 0:
        return 1.0 - doubt if value >= target else doubt
    return float(np.clip(stdtr(len(left_out) - 1, (value - target) / error), doubt, 1.0 - doubt))


def measure_quality(facts: QualityFacts, starts: Sequence[datetime]) -> DirectorKpi:
    """Measure quality performance.

    Parameters
    ----------
    facts
        Of the last quarter.
    starts
        Start of each week ahead, for the fan.

    Returns
    -------
    P(rolled first-pass yield >= target). Unknown with fewer than four recorded weeks.
    """
    weeks = np.flatnonzero(facts.total.sum(axis=1) > 0)
    value = low = high = None
    parts: list[KpiPart] = []
    fan = None
    if weeks.size >= LEAST_WEEKS:
        measure = _measurer(facts, weeks)
        rolled = measure(np.arange(weeks.size, dtype=np.float64))
        left = leave_each_out(weeks.size, measure)
        value = chance_of_target(rolled, left, facts.target)
        again = [
            chance_of_target(one, [measure(np.delete(np.arange(weeks.size), [i, j])) for j in range(weeks.size) if j !=
            i],
                             facts.target)
            for i, one in enumerate(left)
        ]  # fmt: skip
        low, high = jackknife_interval(value, again) or (None, None)
        bounds = jackknife_interval(rolled, left)
        parts.append(KpiPart.between("Rolled first-pass yield", rolled, bounds, note=f"target {facts.target:.1%}"))
        fan = _fan(facts, weeks, rolled, left, starts)
    parts += _cost_parts(facts)
    return DirectorKpi(
        key="quality_performance",
        name="Quality performance",
        value=value,
        low=low,
        high=high,
        unit=CHANCE,
        better="up",
        measure="Probability that the rolled first-pass yield reaches its target",
        formula="Student's t around the product of the first-pass yields of an item's operations, items weighted by "
        "units; error from the jackknife over weeks (Efron and Tibshirani 1993); never surer than a sign test of the "
        "weeks. Escapes: units complained about / units delivered",
        words=_words(value, facts),
        parts=tuple(parts),
        fan=fan,
        evidence=_evidence(facts),
        n=int(weeks.size),
        counted="weeks",
        note=facts.target_source if value is not None else f"{weeks.size} of at least {LEAST_WEEKS} weeks are recorded",
    )


def _evidence(facts: QualityFacts) -> tuple[Evidence, ...]:
    found = (
        Evidence("Operations that lose most", "production_report", facts.worst_steps, len(facts.worst_steps),
                 "first_pass_yield"),
        Evidence("What customers complained about", "nonconformance", facts.escapes, len(facts.escapes)),
    )  # fmt: skip
    return tuple(one for one in found if one.rows)


def _measurer(facts: QualityFacts, weeks: Int64s) -> Any:
    def measure(left: Floats) -> float:
        at = weeks[np.asarray(left, dtype=np.int64)]
        return rolled_yield(facts.good[at].sum(axis=0), facts.total[at].sum(axis=0), facts.item) or 0.0

    return measure


def _ratio(part: Floats, whole: Floats, *, counts: bool = False) -> tuple[float | None, float | None, float | None]:
    """A ratio of sums over weeks with its 80 % interval; None where nothing was measured."""
    if float(whole.sum()) <= 0:
        return None, None, None
    known = np.flatnonzero(whole > 0)

    def measure(left: Floats) -> float:
        at = known[np.asarray(left, dtype=np.int64)]
        return float(part[at].sum() / whole[at].sum())

    value = float(part.sum() / whole.sum())
    if known.size < 3:
        return value, None, None
    if not part[known].any():
        # Nothing was seen, which is not never: exact limit of a rate of which no case was seen (Poisson, Garwood 1936).
        return value, 0.0, -math.log(0.1) / float(whole.sum()) if counts else None
    low, high = jackknife_interval(value, leave_each_out(known.size, measure), 0.0, math.inf) or (None, None)
    return value, low, high


def _cost_parts(facts: QualityFacts) -> list[KpiPart]:
    escaped, low, high = (
        None if one is None else 1e6 * one for one in _ratio(facts.escaped, facts.delivered, counts=True)
    )
    share, least, most = _ratio(facts.poor_cost, facts.revenue)
    made_of = ", ".join(f"{name} {amount:,.0f}" for name, amount in facts.poor_parts)
    return [
        KpiPart(
            "Escapes", escaped, low, high, unit="ppm", note="units that customers complained about / units delivered"
        ),
        KpiPart("Cost of poor quality / revenue", share, least, most, note=made_of),
    ]


def _fan(
    facts: QualityFacts, weeks: Int64s, rolled: float, left: Sequence[float], starts: Sequence[datetime]
) -> Fan | None:
    """A coming week's rolled yield: the measured one, with the spread of weeks and of the estimate."""
    each = [rolled_yield(facts.good[w], facts.total[w], facts.item) for w in weeks]
    known = np.array([one for one in each if one is not None])
    if known.size < 3:
        return None
    spread = math.hypot(float(known.std(ddof=1)), jackknife_error(left))
    reach = float(stdtrit(known.size - 1, 0.9)) * spread
    return Fan(
        "Rolled yield of a coming week, if nothing changes", "share", tuple(starts),
        (max(rolled - reach, 0.0),) * len(starts), (rolled,) * len(starts), (min(rolled + reach, 1.0),) * len(starts),
    )  # fmt: skip


def _words(value: float | None, facts: QualityFacts) -> str:
    if value is None:
        return "Too little is recorded to say how much comes out right the first time"
    how = "almost surely" if value > 0.95 else "probably" if value > 0.5 else "probably not" if value > 0.05 else "not"
    return f"The target of {facts.target:.1%} is {how} met"
