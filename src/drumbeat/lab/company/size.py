"""How big the demo company is, and when it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

AS_OF = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
"""Monday, 06:00 in Aalen: the early shift begins."""

HISTORY_WEEKS = 26
HISTORY_START = datetime(2025, 9, 1, tzinfo=UTC)
"""Monday, 26 weeks before the week of `AS_OF`."""

WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is of everything.

    Parameters
    ----------
    cells
        Cells in each plant; a cell is some 17 machines with their people and its own products.
    demand_weeks
        Weeks ahead for which customers have ordered.
    firm_weeks
        Weeks ahead for which production orders exist; what is later is the planner's to propose.
    task_days
        Orders due within so many days are released and have tasks of their own.
    recorded_cells
        Cells in each plant whose machines are recorded (events and reports of 26 weeks).
    projects
        Projects running in the studio.
    """

    cells: int
    demand_weeks: int
    firm_weeks: int
    task_days: int
    recorded_cells: int
    projects: int


SIZES = {
    "s": Size(cells=1, demand_weeks=3, firm_weeks=2, task_days=4, recorded_cells=1, projects=5),
    "m": Size(cells=6, demand_weeks=6, firm_weeks=3, task_days=5, recorded_cells=3, projects=12),
    "l": Size(cells=45, demand_weeks=9, firm_weeks=9, task_days=7, recorded_cells=6, projects=60),
    "xl": Size(cells=432, demand_weeks=13, firm_weeks=13, task_days=400, recorded_cells=8, projects=400),
}
"""About 60 orders; 1,000 orders; 70,000 tasks; 1,000,000 tasks."""
