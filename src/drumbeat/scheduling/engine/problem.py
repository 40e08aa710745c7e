"""The scheduling problem: tasks, their modes and links, resources, calendars, setups and materials.

Arrays rather than objects: a million tasks are ordinary. All times are int64 seconds from the
horizon's start; all indices are 0-based; ragged lists are stored as a pointer array of length n + 1
and a flat array ("CSR": the entries of i are `flat[ptr[i]:ptr[i + 1]]`). What only some problems have is
an array that may be empty: then nobody has it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int32s, Int64s, Texts
from drumbeat.scheduling.engine.objective import Objective, Previous

FAR_FUTURE = 2**60
"""A time later than any horizon: "never" for due dates, deadlines and ends of open intervals."""

FINISH_START, START_START, FINISH_FINISH, START_FINISH = 0, 1, 2, 3
"""Kinds of link: `FINISH_START` = the successor starts `lag` after the predecessor's end, and so on."""


def _ints(*values: int) -> Int64s:
    return np.array(values, dtype=np.int64)


def _indices(*values: int) -> Int32s:
    return np.array(values, dtype=np.int32)


def _numbers() -> Floats:
    return np.zeros(0, dtype=np.float64)


def _flags() -> Bools:
    return np.zeros(0, dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Jobs:
    """What is promised: an order or a project; shape (J,) each.

    Parameters
    ----------
    keys
        Business key of each job (the order's code).
    due
        Due time in seconds; `FAR_FUTURE` for none.
    weight
        Importance, > 0; multiplies tardiness in hours in the objective.
    release
        Earliest start of any of its tasks, seconds.
    deadline
        Latest end of any of its tasks, a rule and not a wish; `FAR_FUTURE` for none. Empty: no job has one.
    """

    keys: Texts
    due: Int64s
    weight: Floats
    release: Int64s
    deadline: Int64s = field(default_factory=_ints)


@dataclass(frozen=True, slots=True)
class Tasks:
    """Pieces of work; shape (T,) each unless said otherwise.

    Parameters
    ----------
    keys
        Business key of each task.
    job
        Index of the task's job.
    release
        Earliest start in seconds (>= 0).
    family
        Setup family index, -1 for none.
    can_pause
        Whether the task pauses when its resources close and goes on when they open;
        otherwise it must fit between an opening and a closing.
    fixed_start
        Start that may not be changed (in progress or frozen), -1 when free.
    fixed_mode
        Index into the modes, of the mode of a fixed task, -1 when free.
    skip_cost
        What leaving the task out costs, in units of the objective; infinite where it must be done. A task that is
        left out has the mode `SKIPPED`, and its links and materials bind nobody. Empty: all must be done.
    choice
        Group of which exactly one task is done, the others are skipped without cost; -1 for none. Empty: none.
    goes_with
        Task of a choice that this one is done with, and skipped with: so a choice is between whole routes, of which
        each has one task that is chosen, and others that go with it; -1 for none. Empty: none.
    """

    keys: Texts
    job: Int32s
    release: Int64s
    family: Int32s
    can_pause: Bools
    fixed_start: Int64s
    fixed_mode: Int32s
    skip_cost: Floats = field(default_factory=_numbers)
    choice: Int32s = field(default_factory=_indices)
    goes_with: Int32s = field(default_factory=_indices)

    @property
    def choice_of_route(self) -> Int32s:
        """Choice in which each task stands, by itself or through what it goes with; -1 for none; shape (T,)."""
        found = self.choice.copy() if len(self.choice) else np.full(len(self.job), -1, dtype=np.int32)
        if len(self.goes_with):
            rows = np.flatnonzero(self.goes_with >= 0)
            # Those of tasks that go with others are read before any is written: going with goes one step far.
            found[rows] = found[self.goes_with[rows]]
        return found


@dataclass(frozen=True, slots=True)
class Modes:
    """Ways to do a task: one of them is chosen; M modes in all, grouped by task.

    Parameters
    ----------
    task_ptr
        Shape (T + 1,): the modes of task t are `task_ptr[t]` to `task_ptr[t + 1] - 1`; at least one.
    run_seconds
        Shape (M,): working time of the task in this mode, setup excluded, >= 0.
    setup_seconds
        Shape (M,): working time of a setup that depends on nothing, before the run; where the mode's
        first resource has a setup matrix, the matrix' time is added to it.
    resource_ptr, resource, units
        CSR over modes: the resources held from the start of the setup to the end of the run, and how
        many units of each (>= 1). The first one listed is the machine: it carries the setup matrix.
    """

    task_ptr: Int64s
    run_seconds: Int64s
    setup_seconds: Int64s
    resource_ptr: Int64s
    resource: Int32s
    units: Int32s


@dataclass(frozen=True, slots=True)
class Links:
    """Precedence between tasks; shape (L,) each.

    Parameters
    ----------
    before, after
        Task indices.
    kind
        `FINISH_START`, `START_START`, `FINISH_FINISH` or `START_FINISH`.
    lag
        Least time in seconds between the two moments (negative: may overlap by so much).
        Elapsed, not working, time.
    most
        Most time in seconds between the two moments (>= lag); `FAR_FUTURE` for none. Finish-start with lag 0
        and most 0 is "no wait". Empty: no link has one.

    An overlap by transfer lots is two links: start-start with the time of the first lot, finish-finish with that of
    the last.
    """

    before: Int32s = field(default_factory=_indices)
    after: Int32s = field(default_factory=_indices)
    kind: Int32s = field(default_factory=_indices)
    lag: Int64s = field(default_factory=_ints)
    most: Int64s = field(default_factory=_ints)


@dataclass(frozen=True, slots=True)
class Resources:
    """What tasks hold; shape (R,) each.

    Parameters
    ----------
    keys
        Business key of each resource.
    calendar
        Index into the calendars, -1 for always open.
    capacity
        Units at hand while open (>= 1) when `calendar` is -1 or the calendar's own level is 1;
        in general units at a moment = capacity x the calendar's level.
    setup_matrix
        Index into the setup matrices, -1 for none. Only for resources of capacity 1.
    initial_family
        Family that the resource is set up for at the start, -1 for unknown.
    setup_crew
        Resource of which one unit is held during setups on this one, which go on only while it is open too; -1 for
        none. Empty: none.
    is_batch
        Whether tasks run in it together, as in an oven: those that are in it at one moment are of one family and
        start their run and end together, the run being the longest of theirs; together they hold at most its capacity.
        A batch has one setup, the longest of theirs: all have the same start, `setup_seconds` and end, and it works
        while what any of them holds is open. Empty: none.
    most_campaign
        Run seconds of tasks of one family in a row after which the machine is cleaned before the next task, even of
        the same family (a task may not begin where the campaign would grow longer); `FAR_FUTURE` for never. Another
        family begins a new campaign without cleaning; tasks without a family count for nothing. Empty: never.
    clean_seconds
        Working time of that cleaning, >= 0; it takes the place of the whole setup if it is longer. Empty with
        `most_campaign`.
    order_group
        The resources of one group take the jobs in the same order (a permutation flow shop); -1 for none. Empty:
        none.
    hold_pay
        Pay per hour from the start of the first task that holds it to the end of the last (an actor on location), for
        the objective. Empty: none.
    """

    keys: Texts
    calendar: Int32s
    capacity: Int32s
    setup_matrix: Int32s
    initial_family: Int32s
    setup_crew: Int32s = field(default_factory=_indices)
    is_batch: Bools = field(default_factory=_flags)
    most_campaign: Int64s = field(default_factory=_ints)
    clean_seconds: Int64s = field(default_factory=_ints)
    order_group: Int32s = field(default_factory=_indices)
    hold_pay: Floats = field(default_factory=_numbers)


@dataclass(frozen=True, slots=True)
class Calendars:
    """When resources are open: CSR over calendars, intervals sorted and disjoint.

    Parameters
    ----------
    ptr
        Shape (C + 1,).
    open_start, open_end
        Seconds; `open_end` exclusive. The last interval may end at `FAR_FUTURE`.
    level
        Multiplier of the resource's capacity in the interval, >= 1 (a crew of 3 by day and 1 by night
        is a resource of capacity 1 with levels 3 and 1). Touching intervals differ in level or in overtime.
    is_overtime
        Whether the interval is overtime, for the objective. Empty: none is.
    """

    ptr: Int64s = field(default_factory=lambda: _ints(0))
    open_start: Int64s = field(default_factory=_ints)
    open_end: Int64s = field(default_factory=_ints)
    level: Int32s = field(default_factory=_indices)
    is_overtime: Bools = field(default_factory=_flags)


@dataclass(frozen=True, slots=True)
class Setups:
    """Sequence-dependent setups.

    Parameters
    ----------
    seconds
        Shape (S, F + 1, F): working time to change matrix s from family i (row F: from an unknown
        state) to family j.
    families
        Shape (F,): names of the families.
    cost
        Shape of `seconds`: what a change costs in money, for the objective. Empty: nothing.
    is_ahead
        Whether machines are set up before the piece of work has come: links and releases then bind the start of the
        run, not that of the setup: the first open moment after the setup. Materials are still taken at the task's
        start.
    """

    seconds: Int64s = field(default_factory=lambda: np.zeros((0, 1, 0), dtype=np.int64))
    families: Texts = field(default_factory=lambda: np.array([], dtype=np.object_))
    cost: Floats = field(default_factory=lambda: np.zeros((0, 1, 0), dtype=np.float64))
    is_ahead: bool = False


@dataclass(frozen=True, slots=True)
class Skills:
    """People with several skills: while a task runs, each head that it needs is a different worker with that skill.

    A worker is a resource of capacity 1; he does one skill a task, and one task at a time. He is held as a mode's
    resources are, from the start of the setup to the end, and the task works while he is there.

    Parameters
    ----------
    keys
        Shape (S,): names of the skills.
    worker_ptr, worker
        CSR over skills: the resources that have each.
    task_ptr, skill, count
        CSR over tasks: how many heads (>= 1) of which skill a task needs, in whichever mode.
    """

    keys: Texts = field(default_factory=lambda: np.array([], dtype=np.object_))
    worker_ptr: Int64s = field(default_factory=lambda: _ints(0))
    worker: Int32s = field(default_factory=_indices)
    task_ptr: Int64s = field(default_factory=_ints)
    skill: Int32s = field(default_factory=_indices)
    count: Int32s = field(default_factory=_indices)


@dataclass(frozen=True, slots=True)
class Materials:
    """Stock that tasks consume when they start and produce when they end; it may never fall below zero.

    Parameters
    ----------
    keys
        Shape (K,): business key of each material at its place ("SCREW @ NORTH").
    stock
        Shape (K,): quantity at time 0, >= 0.
    task_ptr, material, quantity
        CSR over tasks: negative = consumed at the task's start, positive = produced at its end.
    receipt_material, receipt_time, receipt_quantity
        Shape (Q,): what arrives from outside, when (seconds) and how much (> 0).
    receipt_keys
        Shape (Q,): business key of each receipt (the purchase order's code).
    most
        Shape (K,): what the tank or store holds at most, infinite for no bound: what a task brings at its end must
        find room, what it takes at its start makes room at once; receipts are let in whatever the level. Empty: no
        bounds.
    """

    keys: Texts = field(default_factory=lambda: np.array([], dtype=np.object_))
    stock: Floats = field(default_factory=lambda: np.array([], dtype=np.float64))
    task_ptr: Int64s = field(default_factory=_ints)
    material: Int32s = field(default_factory=_indices)
    quantity: Floats = field(default_factory=lambda: np.array([], dtype=np.float64))
    receipt_material: Int32s = field(default_factory=_indices)
    receipt_time: Int64s = field(default_factory=_ints)
    receipt_quantity: Floats = field(default_factory=lambda: np.array([], dtype=np.float64))
    receipt_keys: Texts = field(default_factory=lambda: np.array([], dtype=np.object_))
    most: Floats = field(default_factory=_numbers)


@dataclass(frozen=True, slots=True)
class Budgets:
    """What is spent for good, and of which there is so much for the whole horizon: money, licences, steel in a project.

    The modes that are chosen may together take no more than there is, whenever they run. Whole numbers: choose a unit
    small enough (cents, grams).

    Parameters
    ----------
    keys
        Shape (B,): business key of each budget.
    amount
        Shape (B,): what there is of each, >= 0.
    mode_ptr, budget, taken
        CSR over modes: what a mode takes (>= 0) of which budget. `mode_ptr` is empty where no mode takes any, else of
        length M + 1.
    """

    keys: Texts = field(default_factory=lambda: np.array([], dtype=np.object_))
    amount: Int64s = field(default_factory=_ints)
    mode_ptr: Int64s = field(default_factory=_ints)
    budget: Int32s = field(default_factory=_indices)
    taken: Int64s = field(default_factory=_ints)


@dataclass(frozen=True, slots=True)
class Problem:
    """A finite-capacity scheduling problem, whoever it comes from: a plant, a studio, a benchmark.

    `materials.task_ptr` is either empty (no task touches stock) or of length T + 1.
    """

    jobs: Jobs
    tasks: Tasks
    modes: Modes
    resources: Resources
    links: Links = field(default_factory=Links)
    calendars: Calendars = field(default_factory=Calendars)
    setups: Setups = field(default_factory=Setups)
    materials: Materials = field(default_factory=Materials)
    budgets: Budgets = field(default_factory=Budgets)
    skills: Skills = field(default_factory=Skills)
    previous: Previous = field(default_factory=Previous)
    objective: Objective = field(default_factory=Objective)

    @property
    def num_tasks(self) -> int:
        """Number of tasks."""
        return len(self.tasks.job)

    @property
    def num_jobs(self) -> int:
        """Number of jobs."""
        return len(self.jobs.due)

    @property
    def num_resources(self) -> int:
        """Number of resources."""
        return len(self.resources.capacity)
