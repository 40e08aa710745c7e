"""Judge roadmaps by the twin: the plant is played through every period, with what is in force by then.

Where the throughput model reckons hours, the twin has queues, setups, batches, people and breakdowns. It is dearer: the
model screens thousands of roadmaps, the twin ranks those that are left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int64s
from drumbeat.basics.parallel import run_blocks
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.strategy.engine.roadmap.draw_futures import Futures
from drumbeat.strategy.engine.roadmap.evaluate import ThroughputModel, do_nothing
from drumbeat.strategy.engine.roadmap.improve import take_futures
from drumbeat.strategy.engine.roadmap.problem import NEVER, RoadmapProblem
from drumbeat.strategy.engine.roadmap.result import Roadmap
from drumbeat.twin.engine.floor.carry import carry_state
from drumbeat.twin.engine.floor.problem import FloorProblem
from drumbeat.twin.engine.floor.simulate import simulate_floor
from drumbeat.twin.engine.floor.state import State

HALF = 0.5
"""An initiative changes the floor from the period on in which half of its effect is in force."""

FloorOf = Callable[[Bools, float], FloorProblem]
"""Makes the floor on which some initiatives (shape (I,)) are in force, with so many times today's demand."""


@dataclass(frozen=True, slots=True)
class TwinPlant:
    """A plant as the twin plays it.

    Parameters
    ----------
    floor_of
        Makes its floor; equal arguments give equal floors.
    margin
        Shape (P,): money for a good piece of each product of the floor.
    seconds
        Length of a period.
    warm_up
        Seconds that are played before the first period, with nothing in force: the plant does not begin empty.
    """

    floor_of: FloorOf
    margin: Floats
    seconds: float
    warm_up: float


@dataclass(frozen=True, slots=True)
class TwinRanking:
    """Roadmaps as the twin ranks them.

    Parameters
    ----------
    order
        Indices of the roadmaps that were played to the end, the best first.
    values
        Shape (len(order), R): net present value less that of doing nothing in the same future, R futures.
    screening
        Shape (n,): the throughput model's value of each roadmap, by which the others fell out.
    agreement
        Spearman's rank correlation of model and twin over the roadmaps that the twin played in the first round.
    plays
        Periods of the plant that were played.
    """

    order: Int64s
    values: Floats
    screening: Floats
    agreement: float
    plays: int


class TwinEvaluator:
    """Values roadmaps by playing the plant; remembers what it has played.

    Roadmaps that have done the same until a period, in the same future, share the plays until then: they are branches
    of one tree of states.

    Parameters
    ----------
    problem
        The plant as the throughput model has it, and its initiatives: costs and effects come from there.
    plant
        The plant as the twin plays it.
    seed
        Of the plays' luck.
    """

    def __init__(self, problem: RoadmapProblem, plant: TwinPlant, seed: int = 1) -> None:
        self.problem, self.plant, self.seed = problem, plant, seed
        self.model = ThroughputModel(problem)
        self.plays = 0
        self._floors: dict[tuple[bytes, float], FloorProblem] = {}

    def __call__(self, roadmaps: list[Roadmap], futures: Futures, first: int = 0) -> Floats:
        """Return the net present value of each roadmap in each future; shape (roadmaps, R).

        `first` is the number of the first future, by which its luck is found.
        """
        values = np.empty((len(roadmaps), futures.count))
        flows = [self.model.find_cash(one, futures) for one in roadmaps]
        discount = self.problem.discount()
        discount[-1] += self.problem.tail_worth()
        for r in range(futures.count):
            tree: dict[bytes, tuple[State, FloorProblem, float]] = {}
            for d, roadmap in enumerate(roadmaps):
                margin = self._play(roadmap, futures, r, first + r, tree)
                spent = flows[d].cash[r] - flows[d].margin[r]
                values[d, r] = float((margin + spent) @ discount)
        return values

    def _play(
        self, roadmap: Roadmap, futures: Futures, r: int, number: int,
        tree: dict[bytes, tuple[State, FloorProblem, float]],
    ) -> Floats:  # fmt: skip
        """Margin of each period of one roadmap in one future."""
        force = find_force(self.problem, roadmap, futures, r)
        factor = self.problem.outlook.factor[futures.way[r]]
        margin = np.empty(self.problem.num_periods)
        path = b""
        state, floor = self._begin(number, tree)
        for t in range(len(margin)):
            path += np.packbits(force[:, t]).tobytes()
            if path not in tree:
                after = self._floor(force[:, t], float(factor[t]))
                if after is not floor:
                    state = carry_state(state, floor, after)
                end = self.plant.warm_up + (t + 1) * self.plant.seconds
                told = simulate_floor(after, until=end, starts=[state], keep_states=True)
                self.plays += 1
                tree[path] = (told.states[0], after, float(told.pieces_finished[0] @ self.plant.margin))
            state, floor, margin[t] = tree[path]
        return margin

    def _begin(self, number: int, tree: dict[bytes, tuple[State, FloorProblem, float]]) -> tuple[State, FloorProblem]:
        if b"" not in tree:
            floor = self._floor(np.zeros(self.problem.num_initiatives, dtype=bool), 1.0)
            told = simulate_floor(
                floor, until=self.plant.warm_up, seed=self.seed, replications=1, first=number, keep_states=True
            )
            tree[b""] = (told.states[0], floor, 0.0)
        state, floor, _ = tree[b""]
        return state, floor

    def _floor(self, force: Bools, factor: float) -> FloorProblem:
        key = (force.tobytes(), factor)
        if key not in self._floors:
            self._floors[key] = self.plant.floor_of(force, factor)
        return self._floors[key]


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
                share = np.where(ages >= 0, own.share[i, np.maximum(ages, 0)], 0.0)
                force[i] = share * min(futures.effect[r, i], 1.0) >= HALF
        left = [i for i in left if i not in ready]
    return force


def rank_by_twin(
    problem: RoadmapProblem, plant: TwinPlant, roadmaps: Sequence[Roadmap], futures: Futures, *,
    short_list: int = 24, plays: Sequence[int] = (2, 4, 8), seed: int = 1, cores: int = 1, progress: Progress = silent,
) -> TwinRanking:  # fmt: skip
    """Rank roadmaps: the throughput model screens all of them, the twin plays those that are left, again and again.

    Successive halving on common random numbers: all on the short list are played in the first few futures, the better
    half in more, and so on. The last round's order is the twin's alone.

    Parameters
    ----------
    problem, plant
        The plant as the model has it, and as the twin plays it.
    roadmaps
        Candidates, at least one.
    futures
        At least as many as all rounds take.
    short_list
        Roadmaps that the twin plays first.
    plays
        Futures that each round adds.
    seed, cores
        Luck of the plays; threads, 0 = all. The answer does not depend on the threads.
    progress
        Hears of each future.
    """
    model = ThroughputModel(problem, cores)
    nothing = do_nothing(problem)
    base = model([nothing], futures)[0]
    progress(0.0, "screening")
    screening = (model(list(roadmaps), futures) - base).mean(axis=1)
    kept = np.argsort(-screening, kind="stable")[:short_list]
    values, counted, agreement, periods = np.zeros((len(kept), 0)), 0, float("nan"), 0
    for number, more in enumerate(plays):
        tried = [nothing, *[roadmaps[at] for at in kept]]
        told = part_of(progress, 0.1 + 0.9 * number / len(plays), 0.1 + 0.9 * (number + 1) / len(plays))
        fresh, played = _play_futures(problem, plant, tried, futures, counted, more, seed, cores, told)
        counted, periods = counted + more, periods + played
        values = np.hstack([values, fresh[1:] - fresh[0]])
        order = np.argsort(-values.mean(axis=1), kind="stable")
        if number == 0 and len(kept) > 2:
            agreement = _spearman(screening[kept], values.mean(axis=1))
        keep = max(1, len(kept) // 2) if number < len(plays) - 1 else len(kept)
        kept, values = kept[order[:keep]], values[order[:keep]]
    return TwinRanking(kept.astype(np.int64), values, screening, agreement, periods)


def _play_futures(
    problem: RoadmapProblem, plant: TwinPlant, roadmaps: list[Roadmap], futures: Futures, first: int, count: int,
    seed: int, cores: int, progress: Progress,
) -> tuple[Floats, int]:  # fmt: skip
    """Play roadmaps in some futures, one future a thread; shape (roadmaps, count), and the periods that were played."""

    def play(low: int, high: int) -> tuple[Floats, int]:
        judge = TwinEvaluator(problem, plant, seed)
        chosen = take_futures(futures, np.arange(first + low, first + high))
        return judge(roadmaps, chosen, first + low), judge.plays

    done = run_blocks(play, count, cores=cores, block=1, progress=progress, message="playing the plant")
    return np.hstack([values for values, _ in done]), sum(plays for _, plays in done)


def _spearman(first: Floats, second: Floats) -> float:
    ranks = [np.argsort(np.argsort(one)) for one in (first, second)]
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])
