"""What a judge looks at: a problem, a schedule, and what of it holds what from when to when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from drumbeat.basics.arrays import Bools, Int64s
from drumbeat.basics.findings import SHOWN_PER_RULE, Finding, Findings
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.result import Schedule

REMEDY = "Report this schedule: what made it broke the rule"


@dataclass(frozen=True, slots=True)
class Holds:
    """Who holds what, one row each: task, resource, units and whether it is the mode's first resource."""

    task: Int64s
    resource: Int64s
    units: Int64s
    is_machine: Bools


@dataclass
class Evidence:
    """A schedule under judgement; tasks with a mode are done, all others have no times.

    Parameters
    ----------
    problem, schedule
        The schedule has one row for each task, and modes that exist.
    findings
        Where broken rules are told.
    """

    problem: Problem
    schedule: Schedule
    findings: Findings = field(default_factory=Findings)

    @cached_property
    def done(self) -> Bools:
        """Whether each task is scheduled."""
        result: Bools = self.schedule.mode >= 0
        return result

    @cached_property
    def free(self) -> Bools:
        """Whether each task is scheduled and not fixed."""
        result: Bools = self.done & (self.problem.tasks.fixed_start < 0)
        return result

    def report(
        self, place: str, rule: str, keys: object, bad: Bools | Int64s, value: Callable[[int], str] | None = None
    ) -> None:
        """Report a broken rule for each bad row: the first ones with key and value, the rest by number."""
        rows = np.flatnonzero(bad) if bad.dtype == bool else bad
        for row in rows[:SHOWN_PER_RULE].tolist():
            shown = f"{keys[row]}: {value(row)}" if value else str(keys[row])  # type: ignore[index]
            self.findings.add(Finding(place, rule, REMEDY, value=shown))
        if len(rows) > SHOWN_PER_RULE:
            self.findings.add(Finding(place, rule, REMEDY), times=len(rows) - SHOWN_PER_RULE)

    @cached_property
    def machine(self) -> Int64s:
        """First resource of each scheduled task's mode; -1 for none."""
        machine = np.full(self.problem.num_tasks, -1, dtype=np.int64)
        holds = self.mode_holds
        machine[holds.task[holds.is_machine]] = holds.resource[holds.is_machine]
        return machine

    @cached_property
    def mode_holds(self) -> Holds:
        """What the modes of scheduled tasks hold."""
        modes = self.problem.modes
        rows = np.flatnonzero(self.done)
        mode = self.schedule.mode[rows]
        sizes = modes.resource_ptr[mode + 1] - modes.resource_ptr[mode]
        first = np.cumsum(sizes) - sizes
        entry = np.arange(int(sizes.sum())) + np.repeat(modes.resource_ptr[mode] - first, sizes)
        is_machine = np.zeros(len(entry), dtype=bool)
        is_machine[first[sizes > 0]] = True
        return Holds(
            np.repeat(rows, sizes),
            modes.resource[entry].astype(np.int64),
            modes.units[entry].astype(np.int64),
            is_machine,
        )

    @cached_property
    def head_task(self) -> Int64s:
        """Task of each head in the team."""
        skills = self.problem.skills
        if not len(skills.count):
            return np.zeros(0, dtype=np.int64)
        return np.repeat(np.repeat(np.arange(self.problem.num_tasks), np.diff(skills.task_ptr)), skills.count)

    @cached_property
    def holds(self) -> Holds:
        """What modes and teams hold."""
        held, team = self.mode_holds, self.schedule.team
        if not len(self.head_task):
            return held
        filled = np.flatnonzero((team >= 0) & self.done[self.head_task])
        return Holds(
            np.concatenate((held.task, self.head_task[filled])),
            np.concatenate((held.resource, team[filled].astype(np.int64))),
            np.concatenate((held.units, np.ones(len(filled), dtype=np.int64))),
            np.concatenate((held.is_machine, np.zeros(len(filled), dtype=bool))),
        )

    @cached_property
    def batch(self) -> Int64s:
        """First task of the batch of each task: itself where it is alone or in no batch."""
        batch = np.arange(self.problem.num_tasks)
        is_batch = self.problem.resources.is_batch
        if not is_batch.any():
            return batch
        held, start, end = self.mode_holds, self.schedule.start, self.schedule.end
        rows = np.flatnonzero(is_batch[held.resource] & (end[held.task] > start[held.task]))
        task, resource = held.task[rows], held.resource[rows]
        order = np.lexsort((task, end[task], start[task], resource))
        task, resource = task[order], resource[order]
        again = np.zeros(len(task), dtype=bool)
        again[1:] = (resource[1:] == resource[:-1]) & (start[task[1:]] == start[task[:-1]])
        again[1:] &= end[task[1:]] == end[task[:-1]]
        leader = np.maximum.accumulate(np.where(again, 0, np.arange(len(task))))
        batch[task] = task[leader]
        return batch

    def longest_in_batch(self, seconds: Int64s) -> Int64s:
        """Return for each task the longest of its batch."""
        longest = seconds.copy()
        if self.problem.resources.is_batch.any():
            np.maximum.at(longest, self.batch, seconds)
            longest = longest[self.batch]
        return longest

    @cached_property
    def run(self) -> Int64s:
        """Run seconds of each scheduled task, or of its batch; 0 for the others."""
        run = self.problem.modes.run_seconds[np.maximum(self.schedule.mode, 0)]
        return self.longest_in_batch(np.where(self.done, run, 0))
