"""Solve a job shop by the dispatchers of job-shop-lib: each of its rules once, then random orders until time is up.

A peer as `drumbeat.scheduling.ask_peer` describes; its Python needs job-shop-lib, and nothing of ours but the nouns.
It knows shops of single machines whose alternatives take the same time; anything else is refused.
"""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from drumbeat.scheduling.engine.features import describe
from drumbeat.scheduling.engine.problem import Problem

RULES = (
    "most_work_remaining", "shortest_processing_time", "largest_processing_time", "first_come_first_served",
    "most_operations_remaining",
)  # fmt: skip
RANDOM = "random"


def build(problem: Problem) -> Any:
    """Tell a problem to job-shop-lib; None where it has no words for it."""
    from job_shop_lib import JobShopInstance, Operation

    features = describe(problem)
    has_others = features.has_setups or features.has_releases or not features.is_chain or not features.is_shop
    if has_others or features.aims != {"makespan"}:
        return None
    modes = problem.modes
    jobs: list[list[Any]] = [[] for _ in range(problem.num_jobs)]
    for t in range(problem.num_tasks):
        span = slice(int(modes.task_ptr[t]), int(modes.task_ptr[t + 1]))
        run = modes.run_seconds[span]
        if (run != run[0]).any():
            return None
        machines = modes.resource[modes.resource_ptr[span]].tolist()
        jobs[int(problem.tasks.job[t])].append(Operation(machines, int(run[0])))
    return JobShopInstance([job for job in jobs if job])


def read_back(problem: Problem, schedule: Any) -> dict[str, np.ndarray]:
    """Our words again; tasks of a job are in its order in both."""
    first = np.searchsorted(problem.tasks.job, np.unique(problem.tasks.job))
    modes = problem.modes
    mode, start = np.zeros(problem.num_tasks, dtype=np.int32), np.zeros(problem.num_tasks, dtype=np.int64)
    for machine, row in enumerate(schedule.schedule):
        for placed in row:
            task = int(first[placed.operation.job_id]) + placed.operation.position_in_job
            ways = np.arange(modes.task_ptr[task], modes.task_ptr[task + 1])
            mode[task] = ways[modes.resource[modes.resource_ptr[ways]] == machine][0]
            start[task] = placed.start_time
    end = start + modes.run_seconds[mode]
    return {"mode": mode, "start": start, "setup_seconds": np.zeros(problem.num_tasks, dtype=np.int64), "end": end}


def main() -> None:
    """Read the problem, dispatch until time is up, write the answer."""
    asked, answer, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    problem: Problem = pickle.loads(Path(asked).read_bytes())
    made = build(problem)
    if made is None:
        np.savez(answer, reason=np.asarray("job-shop-lib has no words for it"))
        return
    from job_shop_lib.dispatching.rules import DispatchingRuleSolver

    best, method, curve = None, "", []
    turn, began = 0, perf_counter()
    while perf_counter() - began < seconds:
        rule = RULES[turn] if turn < len(RULES) else RANDOM
        schedule = DispatchingRuleSolver(dispatching_rule=rule).solve(made)
        turn += 1
        if best is None or schedule.makespan() < best.makespan():
            best, method = schedule, rule
            curve.append((perf_counter() - began, float(schedule.makespan())))
    told: dict[str, Any] = {"method": method, "seconds": perf_counter() - began, "curve": np.array(curve)}
    if best is not None:
        told |= read_back(problem, best)
    np.savez(answer, **{name: np.asarray(value) for name, value in told.items()})


if __name__ == "__main__":
    main()
