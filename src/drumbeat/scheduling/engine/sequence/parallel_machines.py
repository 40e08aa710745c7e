"""Recognise machines side by side: every job is one task that runs on any of some machines, at its own speed there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from drumbeat.basics.arrays import Int64s
from drumbeat.scheduling.engine.features import Features
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.result import Schedule
from drumbeat.scheduling.engine.sequence.flow_shop import is_bare

NEVER = 2**50
"""Seconds of a job on a machine that it may not run on; longer than all work together."""
MOST_PAIRS = 4_000_000
"""Jobs x machines at most."""


class ParallelMachines(NamedTuple):
    """n jobs and m machines, for makespan.

    Parameters
    ----------
    run
        Shape (n, m): seconds of each job on each machine, `NEVER` where it may not run.
    mode
        Shape (n, m): the job's mode on that machine, -1 for none.
    """

    run: Int64s
    mode: Int64s


def find_parallel_machines(problem: Problem, features: Features) -> ParallelMachines | None:
    """Return the parallel machines that a problem is; None when it is none."""
    n, m, modes = problem.num_tasks, problem.num_resources, problem.modes
    if not n or not is_bare(features) or not features.is_flexible or len(problem.links.before):
        return None
    if features.aims != {"makespan"} or len(problem.objective.order) > 1 or features.has_setups:
        return None
    if features.has_releases or features.has_order_groups or n * m > MOST_PAIRS:
        return None
    run, mode = np.full((n, m), NEVER, np.int64), np.full((n, m), -1, np.int64)
    owner = np.repeat(np.arange(n), np.diff(modes.task_ptr))
    # Of several modes on one machine, the shortest, which comes last here.
    rank = np.argsort(-modes.run_seconds, kind="stable")
    machine = modes.resource[modes.resource_ptr[:-1]]
    run[owner[rank], machine[rank]] = modes.run_seconds[rank]
    mode[owner[rank], machine[rank]] = rank
    if float(run[run < NEVER].sum(dtype=np.float64)) >= NEVER:
        return None
    used = (mode >= 0).any(axis=0)
    return ParallelMachines(np.ascontiguousarray(run[:, used]), np.ascontiguousarray(mode[:, used]))


def make_parallel_schedule(machines: ParallelMachines, chosen: Int64s) -> Schedule:
    """Make a schedule of the machine chosen for each job, shape (n,): each machine does its jobs without a pause."""
    jobs = np.arange(len(chosen))
    run = machines.run[jobs, chosen]
    order = np.argsort(chosen, kind="stable")
    done = np.cumsum(run[order])
    first = np.searchsorted(chosen[order], chosen[order])
    end = np.empty(len(chosen), np.int64)
    end[order] = done - (done - run[order])[first]
    return Schedule(machines.mode[jobs, chosen].astype(np.int32), end - run, np.zeros(len(chosen), np.int64), end)
