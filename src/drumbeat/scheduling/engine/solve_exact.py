"""Solve small problems by CP-SAT from nothing, whatever they use; where there is no schedule, say why."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.findings import Finding, InputError
from drumbeat.scheduling.engine.explain_infeasible import explain_infeasible, tell_conflicts
from drumbeat.scheduling.engine.features import Features
from drumbeat.scheduling.engine.improve_windows import improve_windows
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.result import UNSCHEDULED, Schedule
from drumbeat.scheduling.engine.search import Search, run_lanes
from drumbeat.scheduling.engine.solve_cpsat import CpsatAnswer, solve_cpsat

MOST_SMALL = 60
"""Tasks up to which CP-SAT is the first choice."""
MOST_WITH_TEAMS = 150
"""Likewise where people with several skills are assigned."""
MOST_INTERVALS = 200
"""Open intervals of all calendars up to which CP-SAT soon finds a schedule from nothing: shifts of a year are more."""
WHOLE_SHARE = 0.4
"""Share of the time for the whole of a larger problem; what is left is for windows."""
EXPLAIN_SECONDS = 20.0


def fits_exact(problem: Problem, features: Features) -> bool:
    """Return whether a problem is small and uses what plain dispatching does not honour."""
    most = MOST_WITH_TEAMS if features.has_skills else MOST_SMALL
    is_small = problem.num_tasks <= most and len(problem.calendars.open_start) <= MOST_INTERVALS
    return is_small and not features.is_dispatchable


def solve_exact(search: Search) -> None:
    """Find, and prove where time allows, the best schedule.

    Where none is found in time, all tasks are left unscheduled.

    Raises
    ------
    InputError
        Where it is proven that there is none, with the facts that contradict each other.
    """
    problem = search.problem
    share = 1.0 if problem.num_tasks <= MOST_WITH_TEAMS else WHOLE_SHARE
    answer = solve_cpsat(
        problem,
        search.schedule,
        seconds=share * (search.seconds if search.is_deterministic else max(search.seconds - search.spent, 0.1)),
        seed=search.seed,
        workers=search.workers,
        is_deterministic=search.is_deterministic,
        progress=lambda _, message: search.tell(message),
        hear=None if search.is_deterministic else lambda schedule: _take(search, schedule),
        hear_bound=None if search.is_deterministic or problem.objective.order else search.raise_bound,
        is_over=None if search.is_deterministic else search.is_over,
    )
    if answer.is_infeasible and search.schedule is None:
        refuse_infeasible(search)
    if answer.schedule is not None:
        search.offer(answer.schedule, "CP-SAT")
        take_proof(search, answer)
    search.count(share * search.seconds)
    if search.schedule is not None and not search.is_over():
        run_lanes(search, *([improve_windows] * (1 if search.is_deterministic else max(search.workers, 1))))
    elif search.schedule is None:
        search.offer(leave_unscheduled(problem), "nothing placed")


def take_proof(search: Search, answer: CpsatAnswer) -> None:
    """Take over what CP-SAT proved: that its schedule, which was offered, is the best, or a bound."""
    is_ordered = bool(search.problem.objective.order)
    if answer.is_optimal and is_ordered:
        search.settle()
    search.raise_bound(search.objective if answer.is_optimal and not is_ordered else answer.bound)


def _take(search: Search, schedule: Schedule) -> None:
    search.offer(schedule, "CP-SAT")


def refuse_infeasible(search: Search) -> None:
    """Say why a problem has no schedule.

    Raises
    ------
    InputError
        Always, with the facts that contradict each other where they are found in time.
    """
    search.tell("looking for what contradicts itself")
    conflicts = explain_infeasible(search.problem, seconds=EXPLAIN_SECONDS, tell_time=search.tell_time)
    rule, remedy = "there is a schedule that honours all rules", "Relax deadlines, fixed starts or limits"
    raise InputError(tell_conflicts(conflicts) if conflicts else Finding("schedule", rule, remedy))


def leave_unscheduled(problem: Problem) -> Schedule:
    """Return the schedule in which nothing is placed."""
    none = np.full(problem.num_tasks, UNSCHEDULED, dtype=np.int64)
    team = np.full(int(problem.skills.count.sum()), -1, dtype=np.int32)
    return Schedule(none.astype(np.int32), none, np.zeros_like(none), none.copy(), team)
