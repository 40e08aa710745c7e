"""Improve a roadmap decision by decision: another start, none, a swap, an exchange, a stop; for all ways or for some.

A decision belongs to an outlook: it holds in all ways that go through it, and is taken no earlier than it begins. So
whatever is found knows nothing that could not be known (non-anticipativity).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.progress import Progress, silent
from drumbeat.strategy.engine.roadmap.draw_futures import Futures
from drumbeat.strategy.engine.roadmap.evaluate import ThroughputModel
from drumbeat.strategy.engine.roadmap.place import Rules, keep_rules, list_rules
from drumbeat.strategy.engine.roadmap.problem import NEVER, RoadmapProblem
from drumbeat.strategy.engine.roadmap.result import Roadmap, worst_mean

LEAST_GAIN = 1e-9
"""A step is better by this share of the value, or it is not taken."""

SCREENED, KEPT = 64, 12
"""Where futures are many, all moves are judged in so many of them, and so many of the best moves in all futures."""


@dataclass(frozen=True, slots=True)
class _Branch:
    """An outlook: the ways through it, and the first period in which it is known."""

    ways: Int64s
    first: int


def list_branches(problem: RoadmapProblem) -> list[_Branch]:
    """List the outlooks that decisions can depend on, those of more ways first; all ways together come first."""
    ways = np.arange(problem.num_ways)
    found = {tuple(ways.tolist()): _Branch(ways, 0)}
    for way in ways.tolist():
        for period in range(problem.num_periods):
            same = np.array([other for other in ways.tolist() if problem.outlook.first_apart(way, other) > period])
            found.setdefault(tuple(same.tolist()), _Branch(same, period))
    return sorted(found.values(), key=lambda branch: (branch.first, -len(branch.ways), int(branch.ways[0])))


def take_futures(futures: Futures, chosen: Int64s) -> Futures:
    """Return some of the futures."""
    return Futures(
        futures.way[chosen], futures.failed_gate[chosen], futures.works[chosen], futures.effect[chosen],
        futures.cost_factor[chosen], futures.hours[chosen],
    )  # fmt: skip


def judge(values: Floats, caution: float) -> Floats:
    """Weigh the mean against the worst tenth; shape (n, R) to (n,).

    Parameters
    ----------
    caution
        0 = the mean alone, 1 = the mean of the worst tenth alone.
    """
    mean: Floats = values.mean(axis=1)
    if caution <= 0:
        return mean
    worst = np.array([worst_mean(row) for row in values])
    weighed: Floats = (1 - caution) * mean + caution * worst
    return weighed


class _Search:
    """A roadmap while it is improved."""

    def __init__(
        self, problem: RoadmapProblem, model: ThroughputModel, futures: Futures, base: Floats, caution: float
    ) -> None:
        self.problem, self.model, self.futures, self.base, self.caution = problem, model, futures, base, caution
        self.rules: Rules = list_rules(problem)

    def begin(self, roadmap: Roadmap) -> None:
        self.now = roadmap
        self.values = self.model([roadmap], self.futures)[0] - self.base
        self.score = float(judge(self.values[None], self.caution)[0])

    def try_moves(self, branch: _Branch) -> bool:
        """Take the best move of a branch; return whether there was one."""
        rows, stops = _list_moves(self.problem, self.now, branch)
        if not len(rows):
            return False
        fits = np.ones(len(rows), dtype=bool)
        for other in branch.ways:
            full = np.where(rows != NEVER - 1, rows, self.now.starts[other])
            kept = np.where(stops != NEVER - 1, stops, self.now.stops[other])
            fits &= keep_rules(self.rules, full, kept)
        chosen = np.flatnonzero(np.isin(self.futures.way, branch.ways))
        if not fits.any() or not len(chosen):
            return False
        tried = [self._apply(branch, rows[at], stops[at]) for at in np.flatnonzero(fits)]
        if len(chosen) > SCREENED and len(tried) > KEPT:
            scores = judge(self._revalue(tried, chosen[:SCREENED]), self.caution)
            tried = [tried[at] for at in np.sort(np.argsort(-scores, kind="stable")[:KEPT])]
        values = self._revalue(tried, chosen)
        scores = judge(values, self.caution)
        best = int(np.argmax(scores))
        if scores[best] <= self.score + LEAST_GAIN * max(abs(self.score), 1.0):
            return False
        self.now, self.values, self.score = tried[best], values[best], float(scores[best])
        return True

    def _revalue(self, tried: list[Roadmap], chosen: Int64s) -> Floats:
        """Values of roadmaps that differ from the present one in some futures alone; shape (n, R)."""
        values = np.tile(self.values, (len(tried), 1))
        values[:, chosen] = self.model(tried, take_futures(self.futures, chosen)) - self.base[chosen]
        return values

    def _apply(self, branch: _Branch, row: Int64s, stop: Int64s) -> Roadmap:
        starts, stops = self.now.starts.copy(), self.now.stops.copy()
        for way in branch.ways:
            starts[way] = np.where(row != NEVER - 1, row, starts[way])
            stops[way] = np.where(stop != NEVER - 1, stop, stops[way])
        return replace(self.now, starts=starts, stops=stops)


def _list_moves(problem: RoadmapProblem, now: Roadmap, branch: _Branch) -> tuple[Int64s, Int64s]:
    """Rows of starts and stops to try in all ways of a branch; `NEVER - 1` = as it is in each way.

    What starts before the branch is known stays; in a branch of several ways, what differs between them is left to
    those ways, unless it is made the same.
    """
    own, size, periods = problem.initiatives, problem.num_initiatives, problem.num_periods
    keep = NEVER - 1
    starts = now.starts[branch.ways]
    is_open = np.all((starts == NEVER) | (starts >= branch.first), axis=0)
    same = np.all(starts == starts[:1], axis=0)
    rows, stops = [], []

    def add(changes: dict[int, int], stopped: dict[int, int] | None = None) -> None:
        row, stop = np.full(size, keep), np.full(size, keep)
        for i, start in changes.items():
            row[i] = start
            stop[i] = NEVER
        for i, gate in (stopped or {}).items():
            stop[i] = gate
        rows.append(row)
        stops.append(stop)

    for i in np.flatnonzero(is_open).tolist():
        for start in [NEVER, *range(max(branch.first, int(own.earliest[i])), min(periods - 1, int(own.latest[i])) + 1)]:
            if not (same[i] and starts[0, i] == start):
                add({i: start})
                for j in np.flatnonzero(own.requires[i]).tolist() if start != NEVER else []:
                    if is_open[j] and np.all(starts[:, j] == NEVER) and start - own.build[j] >= branch.first:
                        add({i: start, j: start - int(own.build[j])})
    together = np.flatnonzero(is_open & same)
    for i in together.tolist():
        for j in together.tolist():
            a, b = int(starts[0, i]), int(starts[0, j])
            if i < j and a != b:
                add({i: b, j: a})
            if a != NEVER and b != NEVER and a < b:
                add({j: a, i: NEVER})
                add({i: a + 1, j: a}) if a + 1 < periods else None
    _add_stops(problem, now, branch, add)
    return np.array(rows).reshape(-1, size), np.array(stops).reshape(-1, size)


def _add_stops(problem: RoadmapProblem, now: Roadmap, branch: _Branch, add: Callable[..., None]) -> None:
    """Stops, and goings-on, at gates that are decided when the branch is known."""
    own = problem.initiatives
    starts, stops = now.starts[branch.ways], now.stops[branch.ways]
    for i in range(problem.num_initiatives):
        if np.any(starts[:, i] == NEVER) or np.any(starts[:, i] != starts[0, i]):
            continue
        for gate in range(own.gate_age.shape[1]):
            age = int(own.gate_age[i, gate])
            if age < 0 or starts[0, i] + age < branch.first:
                continue
            add({}, {i: NEVER if np.all(stops[:, i] == gate) else gate})


def improve(
    problem: RoadmapProblem, model: ThroughputModel, futures: Futures, base: Floats, roadmap: Roadmap, *,
    is_adaptive: bool = True, caution: float = 0.0, most_steps: int = 200, progress: Progress = silent,
) -> Roadmap:  # fmt: skip
    """Improve a roadmap until no single decision makes it better.

    Where futures are many, only the moves that look best in the first of them are judged in all.

    Parameters
    ----------
    problem, model, futures
        What is decided, and the futures in which it is judged.
    base
        Shape (R,): value of doing nothing in the same futures.
    roadmap
        Where to begin; it keeps all rules.
    is_adaptive
        Whether decisions may depend on how demand goes.
    caution
        See `judge`.
    most_steps
        Most moves that are taken.
    progress
        Hears of every sweep over the branches.

    Returns
    -------
    Roadmap
        Keeps all rules, at least as good in these futures as where it began.
    """
    search = _Search(problem, model, futures, base, caution)
    search.begin(roadmap)
    branches = list_branches(problem) if is_adaptive else [_Branch(np.arange(problem.num_ways), 0)]
    steps, is_better = 0, problem.num_initiatives > 0
    tried = [b""] * len(branches)  # by branch, the roadmap that it could not make better
    while is_better and steps < most_steps:
        is_better = False
        for number, branch in enumerate(branches):
            progress(min(steps / most_steps, 1.0), f"improving: branch {number + 1} of {len(branches)}")
            while steps < most_steps and search.now.key() != tried[number] and search.try_moves(branch):
                steps, is_better = steps + 1, True
            tried[number] = search.now.key()
    return search.now
