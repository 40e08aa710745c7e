"""What things cost against lateness: the objective of a plant's schedule."""

from __future__ import annotations

from dataclasses import dataclass

from drumbeat.data.snapshot import Snapshot
from drumbeat.scheduling.engine.objective import Objective
from drumbeat.scheduling.engine.problem import Calendars, Resources, Setups


@dataclass(frozen=True, slots=True)
class Prices:
    """What the company pays.

    Parameters
    ----------
    late_hour
        For an hour that an order of priority 1 is late; 0 = money is not weighed at all.
    overtime_hour
        More for an hour of a machine in overtime.
    """

    late_hour: float
    overtime_hour: float

    def in_hours(self, money: float) -> float:
        """Return for how many hours late one may pay so much; 0 where money is not weighed."""
        return money / self.late_hour if self.late_hour else 0.0


def read_prices(snapshot: Snapshot) -> Prices:
    """Read the prices of the first company that has any."""
    rows = snapshot["company"].select("late_hour_cost", "overtime_hour_cost")
    for late, overtime in rows.iter_rows():
        if late:
            return Prices(float(late), float(overtime or 0))
    return Prices(0.0, 0.0)


def weigh(prices: Prices, setups: Setups, resources: Resources, calendars: Calendars) -> Objective:
    """Weigh in hours late what the problem has a price for; without prices, only lateness counts."""
    if not prices.late_hour:
        return Objective()
    each = prices.in_hours(1.0)
    return Objective(
        setup_cost=each if setups.cost.any() else 0.0,
        hold_pay=each if resources.hold_pay.any() else 0.0,
        overtime=prices.in_hours(prices.overtime_hour) if calendars.is_overtime.any() else 0.0,
    )
