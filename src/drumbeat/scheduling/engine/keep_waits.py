"""Place tasks one after the other so that none waits longer than its links allow.

What a task may wait for the next one is known only when the next one has its place: a machine may be closed or busy
until then. So both are placed as if it might wait for ever, and what comes too early is placed later by what it waits
too long, until nothing does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.scheduling.engine.plant import Timelines
from drumbeat.scheduling.engine.problem import FAR_FUTURE, FINISH_FINISH, FINISH_START, START_START, Links
from drumbeat.scheduling.engine.shop import group_rows

MOST_ROUNDS = 50
"""How often what comes too early is placed later; a chain of waits takes a round for each of its links."""


@dataclass(frozen=True, slots=True)
class Waits:
    """The links of a problem that bound a wait, and the same timelines without the bounds.

    Parameters
    ----------
    links
        The problem's.
    loose
        Timelines on the same lines as those of the problem, whose links bound no wait.
    ptr, rows
        CSR over tasks: the bounded links that lead to each.
    """

    links: Links
    loose: Timelines
    ptr: Int64s
    rows: Int64s

    @classmethod
    def of(cls, lines: Timelines) -> Waits | None:
        """Find them; None where nothing bounds a wait."""
        links, plant = lines.problem.links, lines.plant
        bounded = np.flatnonzero(links.most < FAR_FUTURE) if len(links.most) else np.zeros(0, np.int64)
        if not len(bounded):
            return None
        into, out = plant.into.copy(), plant.out.copy()
        into["most"], out["most"] = FAR_FUTURE, FAR_FUTURE
        loose = replace(lines, plant=plant._replace(into=into, out=out))
        ptr, rows = group_rows(links.after[bounded], lines.problem.num_tasks)
        return cls(links, loose, ptr, bounded[rows])

    def insert(self, lines: Timelines, tasks: Int64s, rank: Floats, earliest: Int64s) -> int:
        """Insert absent tasks as `Timelines.insert` does, so that none waits too long; return how many found no place.

        Parameters
        ----------
        lines
            The timelines that these were made of.
        tasks, rank, earliest
            As `Timelines.insert` takes them.
        """
        lost = lines.insert(tasks, rank, earliest)
        if not lost or not (self.ptr[tasks + 1] > self.ptr[tasks]).any():
            return lost
        earliest, mode = earliest.copy(), lines.lines.task["mode"]
        for _ in range(MOST_ROUNDS):
            rest = np.flatnonzero(mode[tasks] < 0)
            self.loose.insert(tasks[rest], rank[rest], earliest[rest])
            is_moved = self._put_off(tasks, earliest)
            lines.remove(tasks[mode[tasks] >= 0])
            lost = lines.insert(tasks, rank, earliest)
            if not lost or not is_moved:
                break
        return lost

    def _put_off(self, tasks: Int64s, earliest: Int64s) -> bool:
        """Put off what waits too long for what follows it, in place of `earliest`; whether anything does."""
        state, at = self.loose.lines.task, {int(task): place for place, task in enumerate(tasks.tolist())}
        is_moved = False
        for task in tasks.tolist():
            for row in self.rows[self.ptr[task] : self.ptr[task + 1]].tolist():
                before = int(self.links.before[row])
                if before not in at or state["mode"][task] < 0 or state["mode"][before] < 0:
                    continue
                too_long = self._measure(row, before, task) - int(self.links.most[row])
                if too_long > 0:
                    place = at[before]
                    earliest[place] = max(int(earliest[place]), int(state["start"][before]) + too_long)
                    is_moved = True
        return is_moved

    def _measure(self, row: int, before: int, after: int) -> int:
        """Seconds between the two moments that a link is about, as both stand."""
        state, kind = self.loose.lines.task, int(self.links.kind[row])
        start = "run_start" if self.loose.plant.is_ahead else "start"
        first = state["end" if kind in (FINISH_START, FINISH_FINISH) else start][before]
        last = state[start if kind in (FINISH_START, START_START) else "end"][after]
        return int(last) - int(first)
