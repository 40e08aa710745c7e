"""The same problem without the rules that placing demand by demand does not know, and which those are."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from drumbeat.basics.arrays import Bools, Int64s
from drumbeat.basics.findings import Finding
from drumbeat.scheduling.engine.features import describe
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.result import SKIPPED, Schedule


@dataclass(frozen=True, slots=True)
class Plain:
    """A problem that placing demand by demand can solve.

    Parameters
    ----------
    problem
        The same tasks; an alternative that is not taken lasts no time.
    names
        Rules that it lacks, in words; empty when it is the whole problem.
    is_left
        Shape (T,): alternatives of choices that are not taken, the first one being taken.
    """

    problem: Problem
    names: tuple[str, ...]
    is_left: Bools

    def finish(self, schedule: Schedule) -> Schedule:
        """Return a schedule of the plain problem with the alternatives that are not taken left out."""
        if not self.is_left.any():
            return schedule
        nowhere: Int64s = np.where(self.is_left, -1, 0)
        return replace(
            schedule,
            mode=np.where(self.is_left, SKIPPED, schedule.mode).astype(np.int32),
            start=np.where(self.is_left, nowhere, schedule.start),
            setup_seconds=np.where(self.is_left, 0, schedule.setup_seconds),
            end=np.where(self.is_left, nowhere, schedule.end),
        )

    def tell(self) -> Finding | None:
        """Say which rules it lacks; None when it lacks none."""
        if not self.names:
            return None
        rule = "a finite plan knows machines, calendars, people, material, deadlines and most waits"
        remedy = "Make a schedule (drumbeat schedule): it honours these too"
        return Finding("finite plan", rule, remedy, value="not looked at: " + ", ".join(self.names), severity="note")


def leave_out_rules(problem: Problem) -> Plain:
    """Leave out batches, campaigns, sequences of lines, tanks, budgets and options; of a choice, the first is done."""
    features = describe(problem)
    known = {
        "ovens run one task in each place": features.has_batches,
        "cleaning after campaigns": features.has_campaigns,
        "lines that keep their sequence": features.has_order_groups,
        "storage maxima": features.has_tanks,
        "budgets": features.has_budgets,
        "leaving tasks out": features.has_options,
    }
    names = tuple(name for name, is_used in known.items() if is_used)
    is_left = _find_left(problem)
    if not names:
        return Plain(problem, names, is_left)
    tasks, modes, resources, materials = problem.tasks, problem.modes, problem.resources, problem.materials
    none = np.zeros(0, dtype=np.int64)
    matrix = resources.setup_matrix
    if len(resources.is_batch):
        matrix = np.where(resources.is_batch, -1, matrix).astype(np.int32)
    owner = np.repeat(is_left, np.diff(modes.task_ptr))
    plain = replace(
        problem,
        tasks=replace(
            tasks, skip_cost=none.astype(np.float64), choice=none.astype(np.int32), goes_with=none.astype(np.int32)
        ),
        modes=replace(
            modes,
            run_seconds=np.where(owner, 0, modes.run_seconds),
            setup_seconds=np.where(owner, 0, modes.setup_seconds),
        ),
        resources=replace(
            resources,
            setup_matrix=matrix,
            is_batch=none.astype(np.bool_),
            most_campaign=none,
            clean_seconds=none,
            order_group=none.astype(np.int32),
        ),
        materials=replace(materials, most=none.astype(np.float64)),
        budgets=type(problem.budgets)(),
    )
    return Plain(plain, names, is_left)


def _find_left(problem: Problem) -> Bools:
    """Alternatives of choices but for one: that which is fixed, else the first."""
    tasks = problem.tasks
    is_left = np.zeros(problem.num_tasks, dtype=np.bool_)
    if not len(tasks.choice):
        return is_left
    rows = np.flatnonzero(tasks.choice >= 0)
    rows = rows[np.lexsort((rows, tasks.fixed_start[rows] < 0, tasks.choice[rows]))]
    is_left[rows] = True
    is_left[rows[np.unique(tasks.choice[rows], return_index=True)[1]]] = False
    if len(tasks.goes_with):
        follows = tasks.goes_with >= 0
        is_left[follows] = is_left[tasks.goes_with[follows]]
    return is_left
