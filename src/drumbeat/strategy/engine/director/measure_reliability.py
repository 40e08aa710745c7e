"""Reliability and downtime exposure: the contribution that breakdowns take in the worst tenth of quarters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from drumbeat.basics.arrays import Floats
from drumbeat.strategy.engine.director.play_downtime import Machines
from drumbeat.strategy.engine.director.result import DirectorKpi, Evidence, Fan, KpiPart

TAIL = 0.9
"""The worst tenth."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """Maintenance that is overdue, and who can do it.

    Parameters
    ----------
    overdue_hours
        Crew hours of preventive care that is due and not done.
    capacity_hours
        Hours a week of those who do care.
    due_hours
        Crew hours a week of care that falls due, mean of the last quarter.
    rows
        The overdue orders as plain values, the largest first.
    """

    overdue_hours: float
    capacity_hours: float
    due_hours: float
    rows: tuple[dict[str, Any], ...] = ()

    @property
    def crew_weeks(self) -> float | None:
        """Weeks that all who do care would need for the backlog alone; None where nobody is known."""
        return self.overdue_hours / self.capacity_hours if self.capacity_hours > 0 else None

    @property
    def weeks_to_clear(self) -> float | None:
        """Weeks until it is gone beside what falls due anew; None where it never is."""
        rest = self.capacity_hours - self.due_hours
        return self.overdue_hours / rest if rest > 0 else None


def expected_shortfall(losses: Floats, tail: float = TAIL) -> float:
    """Return the mean of the losses beyond the quantile `tail` (CVaR; Rockafellar and Uryasev 2000).

    Parameters
    ----------
    losses
        Equally probable ones; shape (n,), n >= 1. The loss at the border counts with the part of it that is beyond.
    tail
        0 to below 1; 0 gives the mean.

    Raises
    ------
    ValueError
        Without losses, or with a tail outside of 0 to 1.
    """
    ordered = np.sort(np.asarray(losses, dtype=np.float64))[::-1]
    if ordered.size == 0 or not 0 <= tail < 1:
        raise ValueError("a shortfall needs losses, and a tail from 0 to below 1")
    mass = ordered.size * (1.0 - tail)
    weight = np.clip(mass - np.arange(ordered.size), 0.0, 1.0)
    return float((ordered * weight).sum() / weight.sum())


def measure_reliability(
    machines: Machines, down: Floats, batch: int, backlog: Backlog, starts: Sequence[datetime], currency: str
) -> DirectorKpi:
    """Measure what breakdowns may cost.

    Parameters
    ----------
    machines
        With what an hour of each is worth, in one currency.
    down
        Of `play_downtime`: shape (replications, M, W).
    batch
        Replications that share what is not known of the rates.
    backlog
        Maintenance that is put off.
    starts
        Start of each week ahead.
    currency
        Of the worth.

    Returns
    -------
    The mean of the worst tenth of losses over the weeks ahead. Unknown without failure modes, or where no hour is worth
    anything.
    """
    by_machine = down.sum(axis=2)
    losses = by_machine @ machines.worth
    known = machines.mode_machine.size > 0 and float(machines.worth.max(initial=0.0)) > 0 and down.shape[0] > 0
    value = low = high = None
    if known:
        value = expected_shortfall(losses)
        batches = [losses[i : i + batch] for i in range(0, losses.size, batch)]
        tails = np.array([expected_shortfall(one) for one in batches if one.size == batch] or [value])
        low, high = (float(np.quantile(tails, share)) for share in (0.1, 0.9))
        # A batch is smaller than the whole: its tail is noisier, its middle is the same.
        low, high = min(low, value), max(high, value)
    weekly = np.cumsum(np.einsum("rmw,m->rw", down, machines.worth), axis=1)
    p10, p50, p90 = (tuple(np.quantile(weekly, share, axis=0).tolist()) for share in (0.1, 0.5, 0.9))
    hours = by_machine.sum(axis=1)
    return DirectorKpi(
        key="downtime_exposure",
        name="Reliability and downtime exposure",
        value=value,
        low=low,
        high=high,
        unit=currency,
        better="down",
        measure=f"Contribution lost to breakdowns over {machines.num_weeks} weeks, in the worst tenth of plays",
        formula="CVaR90 (Rockafellar and Uryasev 2000) of hours down x contribution of an hour of the machine; renewal "
        "processes of the failure modes. Backlog: overdue care / weekly hours of those who do it (SMRP 5.4.9)",
        words=_words(value, losses, backlog, currency),
        parts=(
            KpiPart("Expected loss", float(losses.mean()) if known else None, unit=currency),
            KpiPart.between("Hours down", float(hours.mean()), _span(hours), unit="h", note="of all machines"),
            KpiPart("Maintenance backlog", backlog.crew_weeks, unit="crew-weeks", note="overdue care alone"),
            KpiPart("Weeks to clear it", backlog.weeks_to_clear, unit="weeks", note="beside the care that falls due"),
        ),
        fan=Fan("Contribution lost to breakdowns, added up", currency, tuple(starts), p10, p50, p90) if known else None,
        evidence=_evidence(machines, by_machine, backlog),
        n=int(machines.failures_seen.sum()),
        counted="failures on record",
        note="" if known else "no failure modes, or no contribution by which an hour could be valued",
    )


def _span(values: Floats) -> tuple[float, float]:
    return float(np.quantile(values, 0.1)), float(np.quantile(values, 0.9))


def _words(value: float | None, losses: Floats, backlog: Backlog, currency: str) -> str:
    late = f"; {backlog.overdue_hours:,.0f} h of care are overdue" if backlog.overdue_hours > 0 else ""
    if value is None:
        return "What breakdowns cost cannot be told yet" + late
    return f"One quarter in ten costs {value:,.0f} {currency} on average, the usual one {np.median(losses):,.0f}" + late


def _evidence(machines: Machines, by_machine: Floats, backlog: Backlog) -> tuple[Evidence, ...]:
    mean = by_machine.mean(axis=0) if by_machine.shape[0] else np.zeros(machines.keys.size)
    order = np.argsort(-(mean * machines.worth), kind="stable")
    rows = tuple(
        {
            "resource": str(machines.keys[m]), "site": str(machines.sites[m]), "hours down": round(float(mean[m]), 1),
            "an hour is worth": round(float(machines.worth[m]), 2),
            "expected loss": round(float(mean[m] * machines.worth[m]), 2),
        }
        for m in order[:50] if mean[m] > 0
    )  # fmt: skip
    return tuple(
        one
        for one in (
            Evidence("Where it is lost", "resource", rows, int((mean > 0).sum()), "availability"),
            Evidence("Care that is overdue", "maintenance_order", backlog.rows[:50], len(backlog.rows),
                     "maintenance_compliance"),
        )
        if one.rows
    )  # fmt: skip
