"""Timelines of a problem: a schedule that single tasks can be put into and taken out of, in microseconds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int64s
from drumbeat.scheduling.engine.plant.find_place import make_scratch
from drumbeat.scheduling.engine.plant.lay_out import lay_out
from drumbeat.scheduling.engine.plant.lines import Lines, make_lines
from drumbeat.scheduling.engine.plant.move_tasks import insert_tasks, put_fixed, put_schedule, take_tasks
from drumbeat.scheduling.engine.plant.records import Plant
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.result import Schedule


@dataclass(frozen=True, slots=True)
class Timelines:
    """A schedule under change: every resource keeps its timeline, every material its stock.

    Make one with `Timelines.of`. Some 0.3 microseconds a task to build, 1 to 5 to insert or take one.
    """

    problem: Problem
    plant: Plant
    lines: Lines
    scratch: Int64s

    @classmethod
    def of(
        cls,
        problem: Problem,
        schedule: Schedule | None = None,
        keep: Bools | None = None,
        *,
        plant: Plant | None = None,
        journal: int = 1,
    ) -> Timelines:
        """Build timelines.

        Parameters
        ----------
        problem
            A problem without errors (`check_problem`).
        schedule
            Where tasks stand; None: only the fixed ones stand.
        keep
            Shape (T,): which tasks of the schedule stand; None: all. Those left out are absent: insert them. What is
            left out must not leave a wrong setup behind: better take it with `remove`.
        plant
            The problem laid out (`lay_out`), where several timelines are made of one problem.
        journal
            How many changes can be taken back by kernels that journal (`go_back`).
        """
        plant = lay_out(problem) if plant is None else plant
        timelines = cls(problem, plant, make_lines(plant, journal), make_scratch())
        if schedule is not None:
            mode = schedule.mode.astype(np.int64)
            if keep is not None:
                mode[~keep] = -1
            order = np.lexsort((schedule.end, schedule.start))
            put_schedule(plant, timelines.lines, order, mode, schedule.start, schedule.setup_seconds, schedule.end)
        fixed = np.flatnonzero(problem.tasks.fixed_start >= 0)
        if len(fixed):
            put_fixed(plant, timelines.lines, fixed[np.argsort(problem.tasks.fixed_start[fixed], kind="stable")])
        return timelines

    @property
    def absent(self) -> Int64s:
        """Tasks that have no place."""
        return np.flatnonzero(self.lines.task["mode"] == -1)

    def insert(self, tasks: Int64s, rank: Floats | None = None, earliest: Int64s | None = None) -> int:
        """Insert absent tasks where each ends first, gaps included, over its modes; nobody else moves.

        Parameters
        ----------
        tasks
            Absent tasks, each once.
        rank
            Shape of `tasks`: the smallest first among those whose forerunners are placed; None: in the order given.
        earliest
            Shape of `tasks`: no start before, seconds; None: as the problem allows.

        Returns
        -------
        int
            How many of them found no place: their forerunners are absent, their material never comes, or what follows
            them leaves no room. They stay absent.
        """
        tasks = np.asarray(tasks, np.int64)
        rank = np.arange(len(tasks), dtype=np.float64) if rank is None else np.asarray(rank, np.float64)
        earliest = np.zeros(len(tasks), np.int64) if earliest is None else np.asarray(earliest, np.int64)
        return int(insert_tasks(self.plant, self.lines, tasks, rank, earliest, self.scratch))

    def remove(self, tasks: Int64s, *, has_followers: bool = True) -> Int64s:
        """Take tasks out, with all that must not stay without them.

        Parameters
        ----------
        tasks
            Placed tasks; fixed ones stay.
        has_followers
            Whether all that links put after them goes too; otherwise they must fit before it again.

        Returns
        -------
        Int64s
            All that were taken: with followers, and tasks whose setup would have to grow where there is no room.
        """
        return take_tasks(self.plant, self.lines, np.asarray(tasks, np.int64), has_followers, self.scratch)

    def to_schedule(self) -> Schedule:
        """Return the schedule as it stands; absent tasks are `UNSCHEDULED`."""
        task = self.lines.task
        return Schedule(task["mode"].astype(np.int32), task["start"].copy(), task["setup"].copy(), task["end"].copy())
