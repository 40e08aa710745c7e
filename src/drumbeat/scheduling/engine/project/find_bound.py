"""Lower bounds of a project problem: the critical path, and the work that resources must do."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Int64s
from drumbeat.scheduling.engine.measure_worth import HOUR
from drumbeat.scheduling.engine.problem import FAR_FUTURE
from drumbeat.scheduling.engine.project.build_network import Project

MOST_CUTS = 60
"""Moments tried from either end, for each resource."""


def find_bound(project: Project) -> float:
    """Find a lower bound of the objective, in hours; 0 where it has an order."""
    problem, net = project.problem, project.network
    aim, hours = problem.objective, project.unit / HOUR
    if aim.order or not len(net.release):
        return 0.0
    heads = find_heads(project)
    shortest = np.minimum.reduceat(net.run, net.mode_ptr[:-1])
    ends = np.zeros(len(net.due), dtype=np.int64)
    np.maximum.at(ends, net.job, heads + shortest)
    over = np.where(net.due < FAR_FUTURE, np.maximum(ends - net.due, 0), 0)
    bound = aim.tardiness * float((problem.jobs.weight * over).sum()) * hours + aim.num_late * int((over > 0).sum())
    if aim.makespan:
        bound += aim.makespan * find_least_span(project, heads) * hours
    return bound


def find_heads(project: Project) -> Int64s:
    """Earliest start of each task by links and releases alone, shape (T,)."""
    net = project.network
    heads = net.release.copy()
    shortest = np.minimum.reduceat(net.run, net.mode_ptr[:-1]) if len(heads) else net.run
    for task in project.topology:
        span = slice(net.before_ptr[task], net.before_ptr[task + 1])
        others = net.before[span]
        heads[task] = max(heads[task], (heads[others] + shortest[others] + net.before_lag[span]).max(initial=0))
    return heads


def find_least_span(project: Project, heads: Int64s) -> int:
    """Least makespan: of the critical path, and of what each resource must do between a head and a tail."""
    net = project.network
    least = int((heads + net.tail).max(initial=0))
    shortest = np.minimum.reduceat(net.run, net.mode_ptr[:-1])
    rest = net.tail - shortest
    work = np.zeros((len(net.run), len(net.capacity)))
    owner = np.repeat(np.arange(len(net.run)), np.diff(net.entry_ptr))
    np.add.at(work, (owner, net.resource), net.units * net.run[owner])
    works = np.minimum.reduceat(work, net.mode_ptr[:-1], axis=0)
    for resource, capacity in enumerate(net.capacity.tolist()):
        rows = np.flatnonzero(works[:, resource])
        if not len(rows):
            continue
        for begin in _pick_cuts(heads[rows]):
            late = rows[heads[rows] >= begin]
            by_rest = late[np.argsort(rest[late], kind="stable")[::-1]]
            needed = np.ceil(np.cumsum(works[by_rest, resource]) / capacity - 1e-9)
            least = max(least, int((begin + needed + rest[by_rest]).max()))
    return least


def _pick_cuts(moments: Int64s) -> Int64s:
    cuts = np.unique(moments)
    step = max(1, len(cuts) // MOST_CUTS)
    return cuts[::step]
