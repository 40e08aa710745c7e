"""What an order is worth, reckoned one job after the other, as one would by hand; and all orders tried."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import permutations

import numpy as np

from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.features import describe
from drumbeat.scheduling.engine.portfolio import choose_method
from drumbeat.scheduling.engine.problem import FAR_FUTURE, Problem
from drumbeat.scheduling.engine.result import Result
from drumbeat.scheduling.engine.solve import solve


def pass_flow(
    run: np.ndarray, order: Sequence[int], setup: np.ndarray | None = None, no_wait: bool = False
) -> list[int]:
    """Ends of jobs on the last machine, by job; `setup[k, i, j]` is done ahead, the first is free."""
    m = run.shape[1]
    free, ends, last = [0] * m, [0] * len(run), -1
    for j in order:
        ready = [free[k] + (0 if setup is None or last < 0 else int(setup[k, last, j])) for k in range(m)]
        if no_wait:
            before = np.concatenate(([0], np.cumsum(run[j])[:-1]))
            start = max(0, *(ready[k] - int(before[k]) for k in range(m)))
            free = [start + int(before[k]) + int(run[j, k]) for k in range(m)]
        else:
            end = 0
            for k in range(m):
                end = max(end, ready[k]) + int(run[j, k])
                free[k] = end
        ends[j], last = free[-1], j
    return ends


def pass_machine(problem: Problem, order: Sequence[int]) -> list[int]:
    """Ends of the tasks of a single machine."""
    now, last, ends = 0, -1, [0] * problem.num_tasks
    release = np.maximum(problem.tasks.release, problem.jobs.release[problem.tasks.job])
    for t in order:
        setup = int(problem.setups.seconds[0, last, t]) if problem.setups.seconds.size else 0
        ahead = setup if problem.setups.is_ahead else 0
        now = max(now + ahead, int(release[t])) + setup - ahead
        now += int(problem.modes.run_seconds[t])
        ends[t], last = now, t
    return ends


def weigh(problem: Problem, ends: Sequence[int]) -> float:
    """Objective in seconds of job ends: makespan or weighted tardiness."""
    if problem.objective.makespan:
        return float(max(ends))
    due = problem.jobs.due
    late = np.where(due < FAR_FUTURE, np.maximum(np.array(ends) - due, 0), 0)
    return float((problem.jobs.weight * late).sum())


def find_best(problem: Problem, ends_of: Callable[[Sequence[int]], list[int]]) -> float:
    """Least objective over all orders, in seconds."""
    return min(weigh(problem, ends_of(order)) for order in permutations(range(problem.num_jobs)))


def solve_checked(problem: Problem, method: str, seconds: float = 0.03) -> Result:
    """Solve in deterministic mode, after checking who solves, and have the schedule and the bound judged."""
    assert choose_method(problem, describe(problem)).name == method
    result = solve(problem, seconds=seconds, is_deterministic=True)
    assert not check_schedule(problem, result.schedule), check_schedule(problem, result.schedule).shown
    assert result.bound <= result.worth.objective + 1e-9
    return result
