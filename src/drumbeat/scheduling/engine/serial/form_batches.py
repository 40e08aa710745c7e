"""Form batches for ovens: who goes in together, when and where, by the rule BATCS, and by a beam of its choices.

BATCS is the batch apparent tardiness cost with setups: ATC (Vepsalainen and Morton 1987) for whole batches, with a
factor for how full they are (Mason, Fowler and Carlyle 2002), moments to come at which more would be there (Mönch,
Balasubramanian, Fowler and Pfund 2005), and a factor for setups (Lee, Bhaskaran and Pinedo 1997).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import exp

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int64s
from drumbeat.basics.calendars import NEVER, add_working, fit_unpaused, next_open
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.shop import Shop

MOST_MOMENTS = 6
"""Arrivals of a family for which a batch may be kept waiting that are looked at."""


@dataclass(frozen=True, slots=True)
class BatchParams:
    """What BATCS goes by.

    Parameters
    ----------
    look_ahead
        How far ahead slack is looked at, in mean run times of the ovens, > 0.
    setup_weight
        How much setups count, in mean setups of the ovens, > 0.
    most_wait
        How long an oven may be kept waiting for more to come, in mean run times, >= 0.
    """

    look_ahead: float = 2.0
    setup_weight: float = 1.0
    most_wait: float = 0.5

    def __post_init__(self) -> None:
        if not self.look_ahead > 0 or not self.setup_weight > 0:
            raise ValueError(f"look_ahead and setup_weight are above 0, not {self.look_ahead}, {self.setup_weight}")
        if not self.most_wait >= 0:
            raise ValueError(f"most_wait is 0 or more, not {self.most_wait}")

    @property
    def name(self) -> str:
        """Name of the rule with its parameters."""
        return f"BATCS k={self.look_ahead:g}, {self.setup_weight:g}, wait {self.most_wait:g}"


@dataclass(frozen=True, slots=True)
class Way:
    """What may be done in one oven: rows of the tasks, with mode, run, setup and units of each, shape (K,)."""

    oven: int
    row: Int64s
    mode: Int64s
    run: Int64s
    setup: Int64s
    units: Int64s


@dataclass(frozen=True, slots=True)
class Ovens:
    """Work for ovens.

    Parameters
    ----------
    task
        Shape (N,): tasks that an oven does in one of their modes, none of them fixed.
    family, weight, due, tail
        Shape (N,): of each; `tail` the work from its start to its job's end, seconds.
    ways
        One for each oven.
    mean_run, mean_setup
        Of all of it in seconds, > 0.
    """

    problem: Problem
    shop: Shop
    task: Int64s
    family: Int64s
    weight: Floats
    due: Floats
    tail: Floats
    ways: dict[int, Way]
    mean_run: float
    mean_setup: float

    @classmethod
    def of(cls, problem: Problem, shop: Shop) -> Ovens:
        """Lay the ovens of a problem out; `shop` is the problem's, or that of its plain part."""
        modes, resources = problem.modes, problem.resources
        first = np.minimum(modes.resource_ptr[:-1], max(len(modes.resource) - 1, 0))
        machine = np.where(np.diff(modes.resource_ptr) > 0, modes.resource[first], -1).astype(np.int64)
        is_oven = np.append(resources.is_batch if len(resources.is_batch) else np.zeros(problem.num_resources), 0) > 0
        owner = np.repeat(np.arange(problem.num_tasks), np.diff(modes.task_ptr))
        rows = np.flatnonzero(is_oven[machine] & (problem.tasks.fixed_start[owner] < 0))  # -1 reaches what was added
        task, place = np.unique(owner[rows], return_inverse=True)
        ways = {}
        for oven in np.unique(machine[rows]).tolist():
            mine = machine[rows] == oven
            mode = rows[mine]
            ways[oven] = Way(oven, place.ravel()[mine], mode, modes.run_seconds[mode], modes.setup_seconds[mode],
                             modes.units[modes.resource_ptr[mode]].astype(np.int64))  # fmt: skip
        matrix = np.unique(resources.setup_matrix[np.array(list(ways), np.int64)])
        changes = problem.setups.seconds[matrix[matrix >= 0]]
        return cls(
            problem,
            shop,
            task,
            problem.tasks.family[task].astype(np.int64),
            shop.task["weight"][task].copy(),
            shop.task["due"][task].copy(),
            shop.task["tail"][task].copy(),
            ways,
            max(float(modes.run_seconds[rows].mean()), 1.0) if len(rows) else 1.0,
            max(float(changes.mean()), 1.0) if changes.size else 1.0,
        )

    def time(self, mode: int, moment: int, setup: int, run: int) -> tuple[int, int]:
        """Start and end of a batch in a mode's hours, the start at `moment` or later; `NEVER` where it never fits."""
        shop, work = self.shop, setup + run
        c = int(shop.mode["calendar"][mode])
        if c < 0:
            return moment, moment + work
        low, high = int(shop.cal_ptr[c]), int(shop.cal_ptr[c + 1])
        if not self.problem.tasks.can_pause[shop.mode["task"][mode]]:
            start = int(fit_unpaused(shop.cal_start, shop.cal_end, low, high, moment, work))
            return start, (start + work if start < NEVER else NEVER)
        start = int(next_open(shop.cal_start, shop.cal_end, low, high, moment))
        if start >= NEVER:
            return NEVER, NEVER
        return start, int(add_working(shop.cal_start, shop.cal_end, shop.cal_worked, low, high, start, work))


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch that could be next in an oven: its value by BATCS, who is in it, in which modes, and when."""

    value: float
    oven: int
    family: int
    row: Int64s
    mode: Int64s
    start: int
    end: int


@dataclass
class Firing:
    """Ovens on their way through time: what is done, and when each is free.

    Parameters
    ----------
    ovens
        The work.
    ready
        Shape (N,): when each task can start, seconds.
    """

    ovens: Ovens
    ready: Int64s
    start: Int64s = field(init=False)
    mode: Int64s = field(init=False)
    batch: Int64s = field(init=False)
    is_open: Bools = field(init=False)
    free: list[tuple[int, int]] = field(init=False)
    last: dict[int, int] = field(init=False)
    cost: float = 0.0
    num_batches: int = 0

    def __post_init__(self) -> None:
        n = len(self.ovens.task)
        self.start, self.mode, self.batch = np.full(n, -1), np.full(n, -1), np.full(n, -1)
        self.is_open = np.ones(n, np.bool_)
        self.free = [(0, oven) for oven in self.ovens.ways]  # a heap: all are free at 0
        self.last = {oven: int(self.ovens.problem.resources.initial_family[oven]) for oven in self.ovens.ways}

    def copy(self) -> Firing:
        """A copy that goes its own way."""
        other = Firing(self.ovens, self.ready)
        other.start, other.mode, other.batch = self.start.copy(), self.mode.copy(), self.batch.copy()
        other.is_open, other.free, other.last = self.is_open.copy(), list(self.free), dict(self.last)
        other.cost, other.num_batches = self.cost, self.num_batches
        return other

    def list_next(self, params: BatchParams, most: int = 1) -> list[Batch]:
        """The best batches, at most so many, for the oven that is free first; nothing when all is done."""
        resources = self.ovens.problem.resources
        while self.free:
            moment, oven = self.free[0]
            way = self.ovens.ways[oven]
            # What is too large for this oven is never its work.
            left = np.flatnonzero(self.is_open[way.row] & (way.units <= resources.capacity[oven]))
            first = int(self.ready[way.row[left]].min(initial=NEVER))
            if not len(left) or first >= NEVER:
                heappop(self.free)
                continue
            if first > moment:  # nothing is there: others may be free before something is
                heappop(self.free)
                heappush(self.free, (first, oven))
                continue
            found = self._list_batches(params, way, left, moment)
            if found:
                return sorted(found, key=lambda batch: -batch.value)[:most]
            # What is there never fits into its hours: what comes later may.
            heappop(self.free)
            ready = self.ready[way.row[left]]
            later = int(ready[ready > moment].min(initial=NEVER))
            if later < NEVER:
                heappush(self.free, (later, oven))
        return []

    def _list_batches(self, params: BatchParams, way: Way, left: Int64s, moment: int) -> list[Batch]:
        """A batch of each family at each moment that may be worth waiting for."""
        close = moment + int(params.most_wait * self.ovens.mean_run)
        left = left[self.ready[way.row[left]] <= close]
        family, ready, found = self.ovens.family[way.row[left]], self.ready[way.row[left]], []
        for each in np.unique(family).tolist():
            mine = left[family == each]
            arrivals = np.unique(np.maximum(ready[family == each], moment))
            for begin in arrivals[:MOST_MOMENTS].tolist():
                batch = self._fill(params, way, mine[self.ready[way.row[mine]] <= begin], moment, begin, each)
                if batch is not None:
                    found.append(batch)
        return found

    def _fill(self, params: BatchParams, way: Way, mine: Int64s, moment: int, begin: int, family: int) -> Batch | None:
        """Fill a batch by ATC with those who are there when it begins; None where it never fits into hours."""
        ovens, resources = self.ovens, self.ovens.problem.resources
        row, matrix = way.row[mine], int(resources.setup_matrix[way.oven])
        change = 0
        if matrix >= 0 and family >= 0:
            change = int(ovens.problem.setups.seconds[matrix, self.last[way.oven], family])
        slack = np.maximum(ovens.due[row] - ovens.tail[row] - (begin + change), 0.0)
        urgency = ovens.weight[row] * np.exp(-slack / (params.look_ahead * ovens.mean_run))
        room, taken = int(resources.capacity[way.oven]), []
        for i in np.lexsort((row, -urgency / np.maximum(way.run[mine], 1))).tolist():
            if way.units[mine[i]] <= room:
                room -= int(way.units[mine[i]])
                taken.append(i)
        if not taken:
            return None
        inside = mine[taken]
        setup, run = change + int(way.setup[inside].max()), int(way.run[inside].max())
        start, end = ovens.time(int(way.mode[inside[0]]), begin, setup, run)
        if end >= NEVER:
            return None
        fullness = 1.0 - room / max(int(resources.capacity[way.oven]), 1)
        value = float(urgency[taken].sum()) / max(end - moment, 1) * fullness
        value *= exp(-setup / (params.setup_weight * ovens.mean_setup))
        return Batch(value, way.oven, family, row[taken], way.mode[inside], start, end)

    def add(self, batch: Batch) -> None:
        """Put a batch into its oven, the first in the heap."""
        heappop(self.free)
        heappush(self.free, (batch.end, batch.oven))
        ovens, row = self.ovens, batch.row
        if batch.family >= 0:
            self.last[batch.oven] = batch.family
        self.start[row], self.mode[row], self.batch[row] = batch.start, batch.mode, self.num_batches
        self.is_open[row] = False
        self.num_batches += 1
        run = ovens.problem.modes.run_seconds[batch.mode]
        ends = batch.end + ovens.tail[row] - run
        self.cost += float((ovens.weight[row] * np.maximum(ends - ovens.due[row], 0.0)).sum())

    def finish(self, params: BatchParams) -> Firing:
        """Go on to the end by the rule alone."""
        while found := self.list_next(params):
            self.add(found[0])
        return self


def form_batches(ovens: Ovens, ready: Int64s, params: BatchParams) -> Firing:
    """Form batches by BATCS: whenever an oven is free, the batch of the greatest value is its next.

    Parameters
    ----------
    ovens
        The work.
    ready
        Shape (N,): when each task can start, seconds.
    params
        What the rule goes by.

    Returns
    -------
    Firing
        At its end: `start`, `mode` and `batch` of each task, -1 for those that no oven can do in its hours.
    """
    return Firing(ovens, ready).finish(params)


def search_beam(
    ovens: Ovens,
    ready: Int64s,
    params: BatchParams,
    *,
    width: int = 3,
    choices: int = 3,
    is_over: Callable[[], bool] = lambda: False,
) -> Firing:
    """Form batches by a beam: of each partial plan the best few next batches are tried, each judged by the weighted
    tardiness at the end of BATCS after it; the best few go on.

    Parameters
    ----------
    ovens, ready, params
        As in `form_batches`.
    width, choices
        How many partial plans go on, and how many next batches of each are tried, >= 1.
    is_over
        Asked before each step; when it says so, the best so far is the answer.

    Returns
    -------
    Firing
        No worse than that of `form_batches` in its own `cost`, weighted seconds of tardiness.
    """
    best = form_batches(ovens, ready, params)
    beam = [Firing(ovens, ready)]
    while beam and best.cost > 0 and not is_over():
        judged: list[tuple[float, int, Firing]] = []
        for firing in beam:
            for batch in firing.list_next(params, choices):
                after = firing.copy()
                after.add(batch)
                whole = after.copy().finish(params)
                judged.append((whole.cost, len(judged), after))
                if whole.cost < best.cost and (whole.start >= 0).sum() >= (best.start >= 0).sum():
                    best = whole
        judged.sort(key=lambda row: row[:2])
        beam, seen = [], set[bytes]()
        for _, _, after in judged:
            mark = after.start.tobytes() + after.mode.tobytes()
            if mark not in seen and len(beam) < width:
                seen.add(mark)
                beam.append(after)
    return best
