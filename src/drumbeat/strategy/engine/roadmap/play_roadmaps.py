"""Play roadmaps on the twin: the plant goes through every period with what is in force by then.

Where the throughput model reckons hours, the twin has queues, setups, batches, people and breakdowns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from drumbeat.basics.arrays import Bools, Floats
from drumbeat.basics.progress import Progress, silent
from drumbeat.strategy.engine.roadmap.draw_futures import Futures
from drumbeat.strategy.engine.roadmap.problem import NEVER, RoadmapProblem
from drumbeat.strategy.engine.roadmap.result import Roadmap
from drumbeat.twin.engine.floor.carry import carry_state
from drumbeat.twin.engine.floor.problem import FloorProblem
from drumbeat.twin.engine.floor.simulate import simulate_floor
from drumbeat.twin.engine.floor.state import State

HALF = 0.5
"""An initiative changes the floor from the period on in which half of its effect is in force."""


@dataclass(frozen=True, slots=True)
class TwinFloor:
    """A plant's floor at one time, and what it earns.

    Parameters
    ----------
    problem
        What is played.
    margin
        Shape (P,): money for a good piece of each product of the floor.
    is_sold
        Shape (P,): whether customers wait for it.
    """

    problem: FloorProblem
    margin: Floats
    is_sold: Bools


FloorOf = Callable[[Bools, float], TwinFloor]
"""Makes the floor on which some initiatives (shape (I,)) are in force, with so many times today's demand."""


@dataclass(frozen=True, slots=True)
class TwinPlant:
    """A plant as the twin plays it.

    Parameters
    ----------
    floor_of
        Makes its floor; equal arguments give equal floors.
    seconds
        Length of a period.
    warm_up
        Seconds that are played before the first period, with nothing in force: the plant does not begin empty. 0 = it
        begins as it stands now.
    touches
        Shape (I,): whether an initiative changes the floor; of the others the twin knows the money alone.
    """

    floor_of: FloorOf
    seconds: float
    warm_up: float
    touches: Bools


class FloorBook:
    """The floors of a plant, each made once.

    Parameters
    ----------
    plant
        Whose floors.
    """

    def __init__(self, plant: TwinPlant) -> None:
        self.plant = plant
        self._floors: dict[tuple[bytes, float], TwinFloor] = {}

    def floor(self, force: Bools, factor: float) -> TwinFloor:
        """Return the floor with what is in force, at so many times today's demand."""
        force = force & self.plant.touches
        key = (force.tobytes(), factor)
        if key not in self._floors:
            self._floors[key] = self.plant.floor_of(force, factor)
        return self._floors[key]

    def prepare(
        self, problem: RoadmapProblem, roadmaps: list[Roadmap], futures: Futures, progress: Progress = silent
    ) -> None:
        """Make all floors that roadmaps need in some futures: threads that play them make none twice."""
        needed = {}
        for r in range(futures.count):
            factor = problem.outlook.factor[futures.way[r]]
            for roadmap in roadmaps:
                force = find_force(problem, roadmap, futures, r) & self.plant.touches[:, None]
                needed |= {(force[:, t].tobytes(), float(factor[t])): force[:, t] for t in range(len(factor))}
        needed[bytes(len(self.plant.touches)), 1.0] = np.zeros(len(self.plant.touches), dtype=bool)
        missing = [key for key in sorted(needed) if key not in self._floors]
        for number, key in enumerate(missing):
            progress(number / len(missing), f"making floor {number + 1} of {len(missing)}")
            self.floor(needed[key], key[1])


@dataclass(frozen=True, slots=True)
class _Node:
    """A plant at the end of a period: its state and floor, what the period earned, orders in it and those in time."""

    state: State
    floor: TwinFloor
    margin: float
    orders: int
    in_time: int


@dataclass(frozen=True, slots=True)
class Played:
    """What plays of D roadmaps in R futures gave, period by period (T).

    Parameters
    ----------
    margin
        Shape (D, R, T): money that good pieces earned.
    orders, in_time
        Shape (D, R, T): orders of customers that were finished, and those of them in time.
    plays
        Periods of the plant that were played: roadmaps that have done the same until then share them.
    """

    margin: Floats
    orders: Floats
    in_time: Floats
    plays: int


def play_roadmaps(
    problem: RoadmapProblem, book: FloorBook, roadmaps: list[Roadmap], futures: Futures, first: int = 0, seed: int = 1
) -> Played:
    """Play roadmaps through all periods of some futures.

    Roadmaps that have done the same until a period, in the same future, share the plays until then: they are branches
    of one tree of states. Luck is shared by all.

    Parameters
    ----------
    problem, book
        Initiatives and outlooks; the floors.
    roadmaps, futures
        D and R of them.
    first
        Number of the first future, by which its luck is found.
    seed
        Of the plays' luck.
    """
    shape = (len(roadmaps), futures.count, problem.num_periods)
    margin, orders, in_time, plays = np.empty(shape), np.empty(shape), np.empty(shape), 0
    for r in range(futures.count):
        tree: dict[bytes, _Node] = {}
        if book.plant.warm_up > 0:
            tree[b""] = _warm_up(book, first + r, seed)
        factor = problem.outlook.factor[futures.way[r]]
        for d, roadmap in enumerate(roadmaps):
            force = find_force(problem, roadmap, futures, r) & book.plant.touches[:, None]
            path = b""
            for t in range(problem.num_periods):
                before, path = path, path + np.packbits(force[:, t]).tobytes()
                if path not in tree:
                    floor = book.floor(force[:, t], float(factor[t]))
                    tree[path] = _play_period(book.plant, tree.get(before), floor, t, first + r, seed)
                    plays += 1
                node = tree[path]
                margin[d, r, t], orders[d, r, t], in_time[d, r, t] = node.margin, node.orders, node.in_time
    return Played(margin, orders, in_time, plays)


def _warm_up(book: FloorBook, number: int, seed: int) -> _Node:
    floor = book.floor(np.zeros(len(book.plant.touches), dtype=bool), 1.0)
    told = simulate_floor(
        floor.problem, until=book.plant.warm_up, seed=seed, replications=1, first=number, keep_states=True
    )
    return _Node(told.states[0], floor, 0.0, 0, 0)


def _play_period(
    plant: TwinPlant, before: _Node | None, floor: TwinFloor, t: int, number: int, seed: int
) -> _Node:  # fmt: skip
    end = plant.warm_up + (t + 1) * plant.seconds
    if before is None:
        told = simulate_floor(floor.problem, until=end, seed=seed, replications=1, first=number, keep_states=True)
    else:
        state = before.state
        if floor.problem is not before.floor.problem:
            state = carry_state(state, before.floor.problem, floor.problem)
        told = simulate_floor(floor.problem, until=end, starts=[state], keep_states=True)
    margin = float(told.pieces_finished[0] @ floor.margin)
    orders, in_time = (int(told_of[0][floor.is_sold].sum()) for told_of in (told.orders_finished, told.orders_on_time))
    return _Node(told.states[0], floor, margin, orders, in_time)


def find_force(problem: RoadmapProblem, roadmap: Roadmap, futures: Futures, r: int) -> Bools:
    """Say in which periods each initiative changes the floor in a future; shape (I, T)."""
    own, periods = problem.initiatives, problem.num_periods
    starts, stops = roadmap.starts[futures.way[r]], roadmap.stops[futures.way[r]]
    force = np.zeros((problem.num_initiatives, periods), dtype=bool)
    works = np.zeros(problem.num_initiatives, dtype=bool)
    left = [i for i, start in enumerate(starts.tolist()) if start != NEVER]
    while left:
        ready = [i for i in left if not any(own.requires[i, j] for j in left)]
        for i in ready:
            is_stopped = stops[i] != NEVER or futures.failed_gate[r, i] >= 0
            works[i] = futures.works[r, i] and not is_stopped and bool(np.all(works[own.requires[i]]))
            if works[i]:
                ages = np.arange(periods) - starts[i]
                force[i] = (ages >= 0) & (own.share[i, np.maximum(ages, 0)] >= HALF)
        left = [i for i in left if i not in ready]
    return force
