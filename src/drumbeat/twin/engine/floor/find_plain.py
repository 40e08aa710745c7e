"""Find what is plain on a floor: groups and steps for which the kernel has a short way."""

from __future__ import annotations

from typing import Any

import numpy as np

from drumbeat.basics.arrays import Bools, Int64s
from drumbeat.twin.engine.floor import records as r
from drumbeat.twin.engine.floor.kinds import DURING_BOTH, PER_PIECE, SPT
from drumbeat.twin.engine.floor.problem import FloorProblem


def mark_groups(problem: FloorProblem, is_so: Bools) -> Bools:
    """Groups that have a step of which something is so."""
    marked = np.zeros(len(problem.groups.keys), np.bool_)
    marked[problem.steps.group[is_so & (problem.steps.group >= 0)]] = True
    return marked


def find_outcomes(problem: FloorProblem) -> Int64s:
    """What may become of a lot after each step."""
    steps = problem.steps
    is_any = (steps.defect > 0) | (steps.detect > 0) | (steps.limit_to >= 0)
    is_any |= (steps.scrap > 0) & ((steps.scrap_unit == PER_PIECE) | (steps.drift > 0))
    if (problem.pools.build > 0).any():
        is_any |= (steps.scrap > 0) & (np.diff(steps.needs.ptr) > 0)
    is_plain = (steps.scrap > 0) | (steps.rework > 0)
    return np.where(is_any, r.ANY_OUTCOME, np.where(is_plain, r.PLAIN_OUTCOME, r.NO_OUTCOME))


def _need_alike(problem: FloorProblem) -> Bools:
    """Which groups' steps all need the same units of pools, for setup and run."""
    steps, count = problem.steps, len(problem.groups.keys)
    found: list[set[Any]] = [set() for _ in range(count)]
    needs = steps.needs
    for s in np.flatnonzero(steps.group >= 0):
        span = slice(needs.ptr[s], needs.ptr[s + 1])
        taken = tuple(
            zip(needs.of[span].tolist(), needs.phase[span].tolist(), needs.amount[span].tolist(), strict=True)
        )
        found[steps.group[s]].add(taken)
    return np.array(
        [len(kinds) <= 1 and all(phase == DURING_BOTH for taken in kinds for _, phase, _ in taken) for kinds in found],
        np.bool_,
    )


def find_plain(problem: FloorProblem) -> Bools:
    """Which groups take their lots in the order of the queue, whatever machine is free."""
    groups, steps, machines = problem.groups, problem.steps, problem.machines
    count = len(groups.keys)
    plain = (groups.rule <= SPT) & _need_alike(problem)
    served = np.bincount(groups.machine, minlength=len(machines.keys))
    is_special = (served > 1) | (machines.least_run > 0)
    for g in range(count):
        plain[g] &= not is_special[groups.machine[groups.ptr[g] : groups.ptr[g + 1]]].any()
    is_target = np.zeros(len(steps.keys), np.bool_)
    is_target[steps.dedicate_to[steps.dedicate_to >= 0]] = True
    hard = (steps.batch_family >= 0) | (np.diff(steps.uses.ptr) > 0) | is_target
    has_group = steps.group >= 0
    plain[np.unique(steps.group[hard & has_group])] = False
    return plain & ~(groups.is_setup_first & mark_groups(problem, steps.family >= 0))


def find_steady(problem: FloorProblem) -> Bools:
    """Which machines nothing can stop at work: no breakdown, no closing, no outage, and whose wear does not grow."""
    machines, care = problem.machines, problem.care
    steady = np.asarray(machines.calendar < 0)
    steady[problem.lives.machine] = False
    steady[problem.outages.machine] = False
    steady[care.machine[care.growth > 0.0]] = False
    return steady


def find_kept_units(problem: FloorProblem) -> Bools:
    """Which steps need no units of pools, or the same for setup and run."""
    needs = problem.steps.needs
    owner = np.repeat(np.arange(len(problem.steps.keys)), np.diff(needs.ptr))
    kept = np.ones(len(problem.steps.keys), np.bool_)
    kept[owner[needs.phase != DURING_BOTH]] = False
    return kept
