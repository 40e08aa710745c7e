"""What people ask of the scorecard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drumbeat.data.snapshot import Snapshot
from drumbeat.kpis.compile_problem import compile_problem
from drumbeat.kpis.engine.judge_portfolio import judge_portfolio
from drumbeat.kpis.engine.measure_cost import measure_cost
from drumbeat.kpis.engine.measure_delivery import measure_delivery, measure_variance
from drumbeat.kpis.engine.measure_effectiveness import measure_effectiveness
from drumbeat.kpis.engine.measure_upkeep import measure_upkeep
from drumbeat.kpis.engine.measure_yield import measure_yield
from drumbeat.kpis.engine.result import Figure, Scorecard, sort_figures

if TYPE_CHECKING:
    from drumbeat.scheduling.actions import ScheduleRun

__all__ = ["Figure", "Scorecard", "measure_scorecard"]


def measure_scorecard(snapshot: Snapshot, schedule: ScheduleRun | None = None, *, weeks: int = 13) -> Scorecard:
    """Measure what happened: OEE, delivery, yield, schedule variance, maintenance, overtime, cost.

    Parameters
    ----------
    snapshot
        The production system with its facts.
    schedule
        Adds how many open orders are scheduled on time; optional.
    weeks
        Weeks of the period, which ends at the snapshot's moment, >= 1; trends look back over a year where there is one.

    Returns
    -------
    The scorecard; figures that nothing was recorded for say "not enough data".
    """
    problem = compile_problem(snapshot, schedule, weeks=weeks)
    effectiveness, oee = measure_effectiveness(problem)
    figures = [
        *effectiveness,
        *measure_delivery(problem),
        *measure_yield(problem),
        *measure_variance(problem),
        *measure_upkeep(problem),
        *measure_cost(problem),
    ]
    return Scorecard(
        as_of=snapshot.as_of,
        start=problem.window.start,
        end=problem.window.end,
        figures=sort_figures(judge_portfolio(figures)),
        findings=tuple(str(finding) for finding in oee.findings),
    )
