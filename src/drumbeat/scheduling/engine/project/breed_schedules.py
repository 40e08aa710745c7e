"""The genetic search over schedules, a chunk of children at a time."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Int64s
from drumbeat.scheduling.engine.project.build_model import Incumbent
from drumbeat.scheduling.engine.project.build_network import Project
from drumbeat.scheduling.engine.project.evolve import adopt, breed, fill, make_population
from drumbeat.scheduling.engine.project.justify import make_bench
from drumbeat.scheduling.engine.project.luck import make_luck
from drumbeat.scheduling.engine.project.place_tasks import make_room

SECONDS_PER_TASK, SECONDS_PER_TASK_OF_MODES = 5e-7, 1e-6
"""What it takes to breed a child, for each of its tasks, where they have one mode and where they have several;
deterministic searches count it."""
CHUNK_SECONDS = 0.06
CHILDREN = 400
"""Children of each member until a herd has little left to gain: the more time there is, the more members."""
LEAST_SIZE, MOST_SIZE, SIZE_OF_MODES = 100, 3000, 300
"""Of a herd; where tasks have several modes, many short runs get further than a long one."""
MOVES = 0.02
OPENNESS = 0.3
"""See `breed`."""
PATIENCE = 60
"""A herd starts anew after so many times its size of children without a better one."""


def size_herd(project: Project, seconds: float) -> int:
    """Return the number of schedules that have bred enough when the time is up."""
    if _is_flexible(project):
        return SIZE_OF_MODES
    num_children = seconds / (_count_seconds(project) * max(len(project.network.release), 1))
    return int(min(max(num_children / CHILDREN, LEAST_SIZE), MOST_SIZE))


def _count_seconds(project: Project) -> float:
    return SECONDS_PER_TASK_OF_MODES if _is_flexible(project) else SECONDS_PER_TASK


def _is_flexible(project: Project) -> bool:
    return len(project.network.run) > len(project.network.release)


class Herd:
    """A population of schedules that breeds.

    When nothing better has come for long it starts anew.

    Parameters
    ----------
    project
        The problem.
    base
        Modes within budgets, shape (T,).
    seed, lane
        Of its luck.
    size
        Number of schedules.

    `cost` is that of the best since it last began, `cost_ever` that of `best_ever`.
    """

    def __init__(self, project: Project, base: Int64s, seed: int, lane: int, size: int) -> None:
        network = project.network
        self.project = project
        self.base = base
        self._kernel = network, make_room(network), make_bench(network)
        self._luck = make_luck(seed, lane)
        self._population = make_population(network, size)
        self.size = size
        self._num_filled = 0
        self._stale = 0
        self.cost = np.inf
        self.best_ever: Incumbent | None = None
        self.cost_ever = np.inf
        self._child_seconds = _count_seconds(project) * len(base)
        self._chunk = max(1, int(CHUNK_SECONDS / max(self._child_seconds, SECONDS_PER_TASK)))

    @property
    def is_full(self) -> bool:
        """Whether the first generation is there."""
        return self._num_filled == self.size

    def work(self) -> float:
        """Make or breed a chunk of schedules; return the seconds that this takes on an ordinary core."""
        if self.is_full:
            num_children = self._chunk
            best, _ = breed(*self._kernel, self._population, self._luck, num_children, MOVES, OPENNESS)
        else:
            until = min(self.size, self._num_filled + max(1, self._chunk // 2)) if self._num_filled else 1
            num_children = until - self._num_filled
            fill(*self._kernel, self._population, self._num_filled, until, self.base, self._luck)
            self._num_filled = until
            best = int(np.argmin(self._population.cost[:-1]))
        self._hear(best, num_children)
        return self._child_seconds * num_children

    def _hear(self, best: int, num_children: int) -> None:
        cost = float(self._population.cost[best])
        if cost < self.cost_ever:
            self.cost_ever = cost
            self.best_ever = Incumbent(self._population.mode[best].copy(), self._population.start[best].copy())
        if cost < self.cost:
            self.cost, self._stale = cost, 0
            return
        self._stale += num_children
        if self.is_full and self._stale > PATIENCE * self.size:
            self.restart(self.size)

    def restart(self, size: int) -> None:
        """Begin anew with so many schedules; what was best comes back later, as a gift does."""
        self.size = size
        self._population = make_population(self.project.network, size)
        self._num_filled, self._stale, self.cost = 0, 0, np.inf

    def adopt(self, incumbent: Incumbent) -> None:
        """Let a schedule from elsewhere take the place of the worst."""
        if self.is_full:
            adopt(*self._kernel, self._population, incumbent.mode, incumbent.start)

    def elite(self) -> list[Incumbent]:
        """Return schedules that cost as little as the best, the best ever first; some ten at most."""
        pop = self._population
        rows = np.flatnonzero(pop.cost[:-1] <= self.cost_ever + 1e-9)[:10]
        first = [self.best_ever] if self.best_ever is not None else []
        return first + [Incumbent(pop.mode[row].copy(), pop.start[row].copy()) for row in rows]
