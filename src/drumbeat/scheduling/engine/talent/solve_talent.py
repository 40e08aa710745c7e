"""Talent scheduling: annealing for good orders of scenes, dynamic programming over sets for the proof."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from drumbeat.basics.arrays import Int64s
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.result import Schedule
from drumbeat.scheduling.engine.search import Lane, Search, run_lanes
from drumbeat.scheduling.engine.talent.find_cast import Cast, find_cast
from drumbeat.scheduling.engine.talent.order_scenes import anneal_order, cost_order
from drumbeat.scheduling.engine.talent.search_sets import MOST_BITS, search_sets

FIRST_WIDTH = 4096
"""States a layer in the first pass; each pass has eight times as many as the one before."""
MOST_WIDTH = 2**21
"""States a layer at most, some 2 GB in all."""
FIRST_TRIALS = 40_000
"""Trials of the first annealing; each has twice as many as the one before."""
CHUNK_TRIALS = 20_000
SECONDS_PER_TRIAL = 4e-7


def solve_talent(search: Search) -> None:
    """Find, and where it can be proved prove, the order of scenes with the least pay (`is_talent`).

    The objective is all pay from first to last scene, that for work included (`Worth.hold_pay`).
    """
    cast = find_cast(search.problem)
    found = _Orders(search.problem, cast)
    search.offer(found.schedule(found.best), "scenes as they come")
    search.raise_bound(search.problem.objective.hold_pay * cast.work_pay)
    # Counted work is done in one lane: it ends with the proof, and a second one would not hear of it.
    seeds = range(1 if search.is_deterministic else max(search.workers, 1))
    run_lanes(search, *(lambda lane, seed=seed: _work(search, found, lane, seed) for seed in seeds))


class _Orders:
    """The cast as the kernels want it, and the best order found so far."""

    def __init__(self, problem: Problem, cast: Cast) -> None:
        self.problem, self.cast = problem, cast
        scene, actor = np.nonzero(cast.plays.T)
        self.actor: Int64s = actor.astype(np.int64)
        self.ptr: Int64s = np.searchsorted(scene, np.arange(len(cast.hours) + 1)).astype(np.int64)
        self.best: Int64s = np.arange(len(cast.hours), dtype=np.int64)
        self.worked = float(cast.pay @ (cast.plays @ cast.hours))

    def share(self, order: Int64s) -> None:
        """Keep an order for other lanes where it is the best."""
        if self.waiting(order) < self.waiting(self.best):
            self.best = order.copy()

    def waiting(self, order: Int64s) -> float:
        """Pay for waiting, work left out."""
        came, left = np.empty(len(self.cast.pay)), np.zeros(len(self.cast.pay))
        whole = cost_order(order, self.cast.hours, self.ptr, self.actor, self.cast.pay, came, left)
        return max(whole - self.worked, 0.0)

    def schedule(self, order: Int64s) -> Schedule:
        """Shoot all tasks of each scene in a row, without a pause."""
        modes, rank = self.problem.modes, np.argsort(order)
        tasks = np.lexsort((self.cast.place, rank[self.cast.scene]))
        start = np.zeros(self.problem.num_tasks, dtype=np.int64)
        end = start.copy()
        end[tasks] = np.cumsum(modes.run_seconds[tasks])
        start = end - modes.run_seconds
        return Schedule(np.arange(self.problem.num_tasks, dtype=np.int32), start, np.zeros_like(start), end)


def _work(search: Search, found: _Orders, lane: Lane, seed: int) -> None:
    """Anneal and, in lane 0, pass through the layers, in turns, each longer than the one before."""
    num_scenes, num_actors = found.cast.plays.shape[1], len(found.cast.pay)
    can_prove = lane.number == 0 and max(num_scenes, num_actors) <= MOST_BITS
    state = np.array([(search.seed * 1_000_003 + seed + 1) * 0x9E3779B97F4A7C15 % 2**64 or 1], dtype=np.uint64)
    best, trials, width = found.best.copy(), FIRST_TRIALS, FIRST_WIDTH
    while not lane.is_over():
        best = _anneal(found, lane, best, state, trials)
        found.share(best)
        best = found.best.copy()
        trials = min(2 * trials, 5_000_000)
        if can_prove and width <= MOST_WIDTH and not lane.is_over():
            best, is_proved = _pass_layers(search, found, lane, best, width)
            width *= 8
            if is_proved:
                return
        elif not can_prove and num_scenes < 3:
            return


def _anneal(found: _Orders, lane: Lane, best: Int64s, state: NDArray[np.uint64], trials: int) -> Int64s:
    """Anneal once from the best; offer what is better."""
    cast = found.cast
    if len(cast.hours) < 2 or not len(cast.pay):
        return best
    before = found.waiting(best)
    order, least = best.copy(), best.copy()
    hot = max(0.1 * before / len(cast.hours), 1e-6) * 2.0
    cooling = 1e-3 ** (1.0 / trials)
    for first in range(0, trials, CHUNK_TRIALS):
        heat = hot * cooling**first
        anneal_order(
            order, least, cast.hours, found.ptr, found.actor, cast.pay, state, heat, cooling,
            min(CHUNK_TRIALS, trials - first),
        )  # fmt: skip
        lane.count(CHUNK_TRIALS * SECONDS_PER_TRIAL)
        lane.tell(f"annealing {found.waiting(least) + cast.work_pay:,.1f}")
        if lane.is_over():
            break
    if found.waiting(least) < before:
        lane.offer(found.schedule(least), "annealing")
    return least


def _pass_layers(search: Search, found: _Orders, lane: Lane, best: Int64s, width: int) -> tuple[Int64s, bool]:
    """Pass through the layers once; return the best order, and whether it is proved to be the best of all."""
    limit = found.waiting(best)

    def is_over(seconds: float) -> bool:
        lane.count(seconds)
        lane.tell("dynamic programming over sets of scenes")
        return lane.is_over()

    answer = search_sets(found.cast, limit, width, is_over)
    if answer is None:
        return best, False
    if answer.order is not None:
        best = answer.order
        lane.offer(found.schedule(best), "dynamic programming")
    search.raise_bound(search.problem.objective.hold_pay * (found.cast.work_pay + min(answer.bound, limit)))
    return best, answer.is_complete or found.waiting(best) <= answer.bound * (1 + 1e-12)


def warm_up_talent() -> None:
    """Have the kernels compiled, on two actors of two scenes each."""
    cast = Cast(
        np.arange(3),
        np.arange(3),
        np.ones(3),
        np.array([[True, True, False], [False, True, True]]),
        np.ones(2),
        work_pay=4.0,
    )
    search_sets(cast, 10.0, 2, lambda _seconds: False)
    scene, actor = np.nonzero(cast.plays.T)
    order, state = np.arange(3), np.ones(1, dtype=np.uint64)
    anneal_order(
        order, order.copy(), cast.hours, np.searchsorted(scene, np.arange(4)), actor, cast.pay, state, 1.0, 0.5, 1
    )
