"""The functions' plans side by side, with the gap between them and who closes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from drumbeat.strategy.engine.alignment.measure_gaps import Gap, mean_gap, measure_gap
from drumbeat.strategy.models import FunctionPlan, GapOwner

WIDE = 0.05
"""Share of the highest plan above which a gap needs an owner."""


@dataclass
class PlanLine:
    """What the functions plan of one thing in one period."""

    subject: str
    period_start: date
    unit: str = ""
    plans: dict[str, float] = field(default_factory=dict)
    owner: str = ""
    note: str = ""

    @property
    def gap(self) -> Gap | None:
        """Between the highest and the lowest plan; None with fewer than two."""
        return measure_gap(self.plans)

    @property
    def is_open(self) -> bool:
        """Whether nobody closes a wide gap."""
        return self.gap is not None and self.gap.share > WIDE and not self.owner


def compare_functions() -> list[PlanLine]:
    """Return a line for each thing and period that any function plans, by thing and period."""
    lines: dict[tuple[str, date], PlanLine] = {}
    for row in FunctionPlan.objects.order_by("subject", "period_start", "function"):
        line = lines.setdefault((row.subject, row.period_start), PlanLine(row.subject, row.period_start, row.unit))
        line.plans[row.function] = row.value
    for owned in GapOwner.objects.all():
        found = lines.get((owned.subject, owned.period_start))
        if found is not None:
            found.owner, found.note = owned.owner, owned.note
    return list(lines.values())


def measure_mean_gap(lines: list[PlanLine]) -> float | None:
    """Mean relative gap over all lines with two plans or more; None without any."""
    return mean_gap([line.gap for line in lines if line.gap is not None])
