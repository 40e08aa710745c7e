"""The best schedules found, unlike each other, that the next ones are blended from."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

import numpy as np

from drumbeat.basics.arrays import Int32s, Int64s

LEAST_APART = 0.03
"""Two members differ in the machine predecessors of at least this share of all tasks."""
MOST_FAILURES = 3
"""After so many failures for each place in the pool, it has run dry."""


@dataclass(frozen=True, slots=True)
class Elite:
    """A schedule worth keeping; shape (n,) each.

    Parameters
    ----------
    order, mode
        What makes it (`Graph`).
    start
        Run starts in seconds.
    before
        Machine predecessors, n for none.
    makespan
        In seconds.
    """

    order: Int32s
    mode: Int32s
    start: Int64s
    before: Int32s
    makespan: int


class Pool:
    """The best schedules; threads share it.

    Parameters
    ----------
    size
        Members at most, >= 2.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.members: list[Elite] = []
        self.is_ready = False
        self._failures = 0
        self._lock = Lock()

    def add(self, elite: Elite) -> None:
        """Take a schedule in, in place of those like it that are no better, or of the worst."""
        with self._lock:
            twins = [other for other in self.members if np.mean(elite.before != other.before) < LEAST_APART]
            if any(other.makespan <= elite.makespan for other in twins):
                self._fail()
                return
            self.members = [other for other in self.members if not any(other is twin for twin in twins)]
            self.members.append(elite)
            self.members.sort(key=lambda member: member.makespan)
            if len(self.members) > self.size:
                lost = self.members.pop()
                self.is_ready = True
                if lost is elite:
                    self._fail()
                    return
            self._failures = 0

    def _fail(self) -> None:
        self._failures += 1
        if self._failures > MOST_FAILURES * self.size and self.is_ready:
            # Nothing new comes of these: begin anew beside the best.
            del self.members[1:]
            self._failures, self.is_ready = 0, False

    def draw(self, rank: float, other: float) -> tuple[Elite, Elite] | None:
        """Return two different members, by uniform numbers; None where there are not two."""
        with self._lock:
            count = len(self.members)
            if count < 2:
                return None
            first, second = int(rank * count), int(other * (count - 1))
            return self.members[first], self.members[second + (second >= first)]
