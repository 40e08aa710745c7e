"""One thread's tabu search: its own graph, memory and luck."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from drumbeat.basics.arrays import Floats, Int32s
from drumbeat.basics.streams import luck_of
from drumbeat.scheduling.engine.jobshop.construct import construct, find_static, order_by_key
from drumbeat.scheduling.engine.jobshop.graph import Graph, copy_graph
from drumbeat.scheduling.engine.jobshop.moves import HELD, SEEN, Memory
from drumbeat.scheduling.engine.jobshop.pool import Elite
from drumbeat.scheduling.engine.jobshop.tabu import BEST, begin, read_starts, search_tabu

TENURE, FLEXIBLE_TENURE = 12, 6
"""Iterations for which what a move undoes is forbidden at least; more where many tasks meet on few machines. Shorter
where tasks may change their machines."""
TENURE_PER_WAY = 2.0
"""Where tasks have many ways, some runs take up to so many iterations for each: on some shops the search goes in
circles with less, on others it is lost with more."""
PATIENCE, FLEXIBLE_PATIENCE, PATIENCE_PER_TASK = 12_000, 50_000, 30
"""Iterations without improvement before a new start: at least, where tasks may change machines, and for each task."""
TASKS_PER_TENURE = 500
"""One iteration more for so many tasks: large shops have many paths that are nearly critical."""
SECONDS_PER_MOVE = 3e-6
SECONDS_PER_MOVE_AND_TASK = 1e-8
"""What an iteration takes on an ordinary core."""
CHUNK_SECONDS = 0.05
"""After this time, at most, the clock and cancelling are heard."""


class Explorer:
    """A tabu search that starts from constructed or blended schedules.

    Parameters
    ----------
    graph
        The shop; copied.
    seed, number
        Of the luck.

    `patience` is for how many iterations without improvement a run should go on.
    """

    def __init__(self, graph: Graph, seed: int, number: int) -> None:
        self.graph = copy_graph(graph)
        n = len(graph.order)
        machines = len(graph.first)
        self._luck = np.array([np.int64(np.uint64(luck_of(seed, number)) >> np.uint64(1)) | 1], dtype=np.int64)
        meet = int(np.bincount(graph.mode_machine, minlength=1).max(initial=1))
        self._memory = Memory(
            np.zeros(1 << 14, np.int64),
            np.zeros((HELD + 1, 4), np.int64),
            np.zeros((HELD, meet), np.int32),
            self._luck,
            np.zeros(n + 1, np.int32),
            np.zeros(n + 1, np.int32),
            np.zeros(n + 1, np.int64),
            np.zeros(SEEN + 1, np.int64),
            np.zeros((4 * n + 4, 3), np.int64),
        )
        self._state = np.zeros(4, np.int64)
        self._order, self._mode = np.zeros(n, np.int32), np.zeros(n, np.int32)
        self.static = find_static(self.graph)
        crowd = n / machines
        self._is_flexible = len(graph.mode_run) > n
        ways = len(graph.mode_run) / n
        more = crowd / machines + n / TASKS_PER_TENURE
        least = FLEXIBLE_TENURE if self._is_flexible else TENURE
        most = max(least, TENURE_PER_WAY * ways) if self._is_flexible else least
        self._tenures = int(min(least + more, HELD // 2)), int(min(most + more, HELD // 2))
        self._spread_share = 0.4 if crowd <= 2 * machines else 0.5
        self.patience = max(FLEXIBLE_PATIENCE if self._is_flexible else PATIENCE, PATIENCE_PER_TASK * n)
        self.move_seconds = SECONDS_PER_MOVE * ways + SECONDS_PER_MOVE_AND_TASK * n
        self._chunk = max(int(CHUNK_SECONDS / self.move_seconds), 1)

    def draw(self, count: int) -> Floats:
        """Draw uniform numbers, at least 0 and below 1."""
        state = np.uint64(self._luck[0])
        numbers = np.empty(count)
        with np.errstate(over="ignore"):
            for i in range(count):
                state ^= state << np.uint64(13)
                state ^= state >> np.uint64(7)
                state ^= state << np.uint64(17)
                numbers[i] = float(state >> np.uint64(11)) * 2.0**-53
        self._luck[0] = np.int64(state.astype(np.int64))
        return numbers

    def construct(self, noise: float) -> tuple[Int32s, Int32s]:
        """Make an active schedule, those with the most work after them first, give or take a share of `noise`."""
        n = len(self._order)
        priority = self.static[0].astype(np.float64)
        if noise:
            priority *= 1.0 + noise * (self.draw(n) - 0.5)
        order, mode = np.empty(n, np.int32), np.full(n, -1, np.int32)
        construct(self.graph, priority, np.full(n, -1, np.int32), order, mode)
        return order, mode

    def blend(self, first: Elite, second: Elite, share: float) -> tuple[Int32s, Int32s]:
        """Make a schedule between two: as far from the first as `share` of the way to the second.

        Run starts are blended, so that tasks on which both agree keep their order; of the tasks whose modes differ, a
        share takes those of the second.
        """
        key = (1.0 - share) * first.start / max(first.makespan, 1) + share * second.start / max(second.makespan, 1)
        mode = np.where(self.draw(len(key)) < share, second.mode, first.mode) if self._is_flexible else first.mode
        return order_by_key(self.graph, key, self.static[1]), mode.astype(np.int32)

    def run(
        self, start: tuple[Int32s, Int32s], patience: int, goal: int, hear: Callable[[Explorer, int], bool]
    ) -> Elite:
        """Search from a schedule until `patience` iterations bring nothing better, the goal is met or `hear` says so.

        `hear` is told the best makespan of this run after each chunk, and returns whether to stop.
        """
        begin(self.graph, self._memory, self._state, *start, self._order, self._mode)
        least, most = self._tenures
        tenure = least + int((most - least + 1) * self.draw(1)[0]) if most > least else least
        while True:
            is_over = search_tabu(
                self.graph,
                self._memory,
                self._state,
                self._order,
                self._mode,
                self._chunk,
                patience,
                goal,
                tenure,
                int(tenure * self._spread_share),
                self._is_flexible,
            )
            if hear(self, int(self._state[BEST])) or is_over:
                return self.best()

    @property
    def chunk_seconds(self) -> float:
        """What a chunk takes on an ordinary core."""
        return self._chunk * self.move_seconds

    def best(self) -> Elite:
        """Return the best schedule of the run; the search can go on only from a new start."""
        start = read_starts(self.graph, self._order, self._mode)[0]
        before = self.graph.node["machine_before"][:-1].copy()
        return Elite(self._order.copy(), self._mode.copy(), start, before, int(self._state[BEST]))

    def peek(self) -> tuple[Int32s, Int32s]:
        """Return order and modes of the best schedule of the run under way."""
        return self._order, self._mode
