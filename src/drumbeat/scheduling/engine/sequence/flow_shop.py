"""Recognise a permutation flow shop: every job visits all machines on one route, and all machines keep one order."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from drumbeat.basics.arrays import Floats, Int32s, Int64s
from drumbeat.scheduling.engine.features import Features
from drumbeat.scheduling.engine.problem import FAR_FUTURE, Problem
from drumbeat.scheduling.engine.result import Schedule

LARGEST = 2**30
"""All work and setups together stay below, in seconds (34 years), so that kernels reckon in 32 bits."""
MOST_SETUPS = 10**8
"""Entries of the table of setups at most."""


class FlowShop(NamedTuple):
    """A permutation flow shop of n jobs and m machines; times in seconds.

    Parameters
    ----------
    run
        Shape (n, m): duration of each job on each machine, in the order of the route.
    setup
        Shape (n + 1, n, m): setup of each machine from the first job (n: from the start) to the second; (1, 1, 1)
        when there are none.
    has_setups
        Whether there are any. Machines are set up ahead, before the piece of work has come.
    is_no_wait
        Whether jobs go from machine to machine without waiting.
    for_makespan
        Whether the makespan is what counts; otherwise weighted tardiness.
    due, weight
        Shape (n,): due time and weight of each job; weight 0 where it has no due time.
    task
        Shape (n, m): which task of the problem each is.
    """

    run: Int32s
    setup: Int32s
    has_setups: bool
    is_no_wait: bool
    for_makespan: bool
    due: Int32s
    weight: Floats
    task: Int64s


def is_bare(features: Features) -> bool:
    """Whether a problem is no more than machines of capacity 1, always open, finish-start links and regular aims."""
    return features.is_single and not (
        features.has_calendars
        or features.has_materials
        or features.has_skills
        or features.has_batches
        or features.has_campaigns
        or features.has_setup_crews
        or features.has_fixed
        or features.has_options
        or features.has_deadlines
        or features.has_tanks
        or getattr(features, "has_budgets", False)
    )


def find_routes(problem: Problem) -> Int64s | None:
    """Return the tasks of each job in the order of its chain, shape (n, m); None when jobs are no chains of one length.

    The links must be chains (`Features.is_chain`).
    """
    n, links = problem.num_tasks, problem.links
    num_jobs = problem.num_jobs
    if not num_jobs or n % num_jobs or len(links.before) != n - num_jobs:
        return None
    after = np.full(n + 1, n, np.int64)
    after[links.before] = links.after
    heads = np.setdiff1d(np.arange(n), links.after)
    if len(heads) != num_jobs or len(np.unique(problem.tasks.job[heads])) != num_jobs:
        return None
    route = np.empty((num_jobs, n // num_jobs), np.int64)
    route[:, 0] = heads[np.argsort(problem.tasks.job[heads])]
    for k in range(1, route.shape[1]):
        route[:, k] = after[route[:, k - 1]]
    return None if (route == n).any() else route


def shrink_dates(problem: Problem) -> tuple[Int32s, Floats]:
    """Return due times that fit 32 bits, and weights, 0 where a job has no due time; shape (n,) each."""
    jobs = problem.jobs
    weight = np.where(jobs.due < FAR_FUTURE, jobs.weight, 0.0)
    return np.clip(jobs.due, -LARGEST, LARGEST).astype(np.int32), weight


def find_flow_shop(problem: Problem, features: Features) -> FlowShop | None:
    """Return the flow shop that a problem is; None when it is none, or asks for more than the kernels honour."""
    links, modes, resources = problem.links, problem.modes, problem.resources
    if not is_bare(features) or features.is_flexible or not features.is_chain or features.has_releases:
        return None
    if problem.objective.order or features.aims not in ({"makespan"}, {"tardiness"}) or modes.setup_seconds.any():
        return None
    no_wait = bool(len(links.most) and (links.most == 0).all())
    route = find_routes(problem)
    if route is None or (features.has_most and not no_wait) or route.shape[1] < 2:
        return None
    machine = modes.resource[modes.resource_ptr[route]]
    if (machine != machine[0]).any() or len(np.unique(machine[0])) != route.shape[1]:
        return None
    group = resources.order_group[machine[0]] if len(resources.order_group) else np.full(route.shape[1], -1)
    if not no_wait and ((group < 0).any() or (group != group[0]).any()):
        return None
    run = modes.run_seconds[route]
    setup = _gather_setups(problem, route, machine[0]) if features.has_setups else np.zeros((1, 1, 1), np.int32)
    if setup is None or float(run.sum(dtype=np.float64)) + float(setup.max(initial=0)) * run.size >= LARGEST:
        return None
    due, weight = shrink_dates(problem)
    aim = "makespan" in features.aims
    return FlowShop(run.astype(np.int32), setup, features.has_setups, no_wait, aim, due, weight, route)


def _gather_setups(problem: Problem, route: Int64s, machine: Int32s) -> Int32s | None:
    """Setups of a flow shop, shape (n + 1, n, m); None when some task has no family where its machine has setups."""
    n, m = route.shape
    setups, resources = problem.setups, problem.resources
    if (n + 1) * n * m > MOST_SETUPS or not setups.is_ahead:
        return None
    table = np.zeros((n + 1, n, m), np.int32)
    for k in range(m):
        matrix = resources.setup_matrix[machine[k]]
        if matrix < 0:
            continue
        family = problem.tasks.family[route[:, k]]
        if (family < 0).any() or setups.seconds[matrix].max(initial=0) >= LARGEST:
            return None
        first = int(resources.initial_family[machine[k]])
        table[:n, :, k] = setups.seconds[matrix][np.ix_(family, family)]
        table[n, :, k] = setups.seconds[matrix][first, family]  # -1 is the row of the unknown state, the last
    return table


def time_flow(shop: FlowShop, order: Int64s) -> tuple[Int64s, Int64s]:
    """Time an order of the jobs as early as may be, waiting allowed.

    Parameters
    ----------
    shop
        The flow shop.
    order
        Shape (n,): the jobs in the order in which all machines take them.

    Returns
    -------
    tuple
        End and setup of each job on each machine, seconds, shape (n, m).
    """
    n, m = shop.run.shape
    end, setup = np.zeros((n, m), np.int64), np.zeros((n, m), np.int64)
    free = np.zeros(m, np.int64)
    last = n
    for j in order.tolist():
        if shop.has_setups:
            setup[j] = shop.setup[last, j]
        ready = free + setup[j]
        # An end is the latest of the ready times of this and earlier machines, each with the work from there on.
        work = np.cumsum(shop.run[j].astype(np.int64))
        free = np.maximum.accumulate(ready - work + shop.run[j]) + work
        end[j] = free
        last = j
    return end, setup


def make_schedule(shop: FlowShop, end: Int64s, setup: Int64s) -> Schedule:
    """Make a schedule of ends and setups, shape (n, m) each; every setup ends when its run starts."""
    size = shop.task.size
    start = np.empty(size, np.int64)
    ends, setups = np.empty(size, np.int64), np.empty(size, np.int64)
    start[shop.task] = end - shop.run - setup
    ends[shop.task], setups[shop.task] = end, setup
    # No task has a choice: its mode is its own number.
    return Schedule(np.arange(size, dtype=np.int32), start, setups, ends)
