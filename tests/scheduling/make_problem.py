"""Small problems for tests: by hand, and drawn by Hypothesis with every feature there is."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
from hypothesis import strategies as st

from drumbeat.scheduling.engine.objective import Objective, Previous
from drumbeat.scheduling.engine.problem import (
    FAR_FUTURE,
    Calendars,
    Jobs,
    Links,
    Materials,
    Modes,
    Problem,
    Resources,
    Setups,
    Skills,
    Tasks,
)

LONGEST_RUN = 12


@dataclass
class TaskRow:
    """One task: its job, its modes as (run, fixed setup, [(resource, units), ...]), and the rest by name."""

    job: int
    modes: list[tuple[int, int, list[tuple[int, int]]]]
    release: int = 0
    family: int = -1
    can_pause: bool = True
    fixed_start: int = -1
    fixed_mode: int = -1  # which of its own modes
    uses: list[tuple[int, float]] = field(default_factory=list)
    skip_cost: float = math.inf
    choice: int = -1
    goes_with: int = -1
    heads: list[tuple[int, int]] = field(default_factory=list)  # (skill, count)


@dataclass
class ResourceRow:
    calendar: int = -1
    capacity: int = 1
    matrix: int = -1
    initial_family: int = -1
    setup_crew: int = -1
    is_batch: bool = False
    most_campaign: int = FAR_FUTURE
    clean_seconds: int = 0
    order_group: int = -1
    hold_pay: float = 0.0


def _pointer(sizes):
    return np.concatenate(([0], np.cumsum(list(sizes)))).astype(np.int64)


def _column(rows, name, nothing, dtype):
    """One field of all rows; empty where every row has nothing."""
    values = np.array([getattr(row, name) for row in rows], dtype=dtype)
    return values if (values != nothing).any() else values[:0]


def _make_skills(tasks, skills):
    if not len(skills):
        return Skills()
    return Skills(
        np.array([f"S{s}" for s in range(len(skills))], dtype=object),
        _pointer(len(workers) for workers in skills),
        np.array([worker for workers in skills for worker in workers], dtype=np.int32),
        _pointer(len(task.heads) for task in tasks),
        np.array([skill for task in tasks for skill, _ in task.heads], dtype=np.int32),
        np.array([count for task in tasks for _, count in task.heads], dtype=np.int32),
    )


def make_problem(
    tasks: list[TaskRow],
    resources: list[ResourceRow],
    *,
    jobs: list[tuple] | None = None,
    links: list[tuple] = (),
    calendars: list[list[tuple]] = (),
    setups: list[list[list[int]]] = (),
    setup_cost: list[list[list[float]]] = (),
    is_ahead: bool = False,
    stock: list[float] = (),
    most_stock: list[float] = (),
    receipts: list[tuple[int, int, float]] = (),
    skills: list[list[int]] = (),
    previous: list[tuple[int, int]] = (),
    objective: Objective | None = None,
) -> Problem:
    """Make a problem of rows.

    Jobs are (due, weight, release[, deadline]), links (before, after, kind, lag[, most]), calendars of intervals
    (start, end, level[, is overtime]), skills their workers, previous (start, mode) of each task.
    """
    if jobs is None:
        jobs = [(FAR_FUTURE, 1.0, 0)] * (max((task.job for task in tasks), default=-1) + 1)
    modes = [mode for task in tasks for mode in task.modes]
    first = _pointer(len(task.modes) for task in tasks)
    entries = [entry for mode in modes for entry in mode[2]]
    uses = [sorted(task.uses) for task in tasks]
    families = 1 + max([task.family for task in tasks] + [row.initial_family for row in resources], default=-1)
    matrix = np.array(setups, dtype=np.int64) if len(setups) else np.zeros((0, families + 1, families), np.int64)
    intervals = [interval for calendar in calendars for interval in calendar]

    def ints(values, dtype=np.int64):
        return np.array(list(values), dtype=dtype)

    def extra(rows, place, nothing, dtype=np.int64):
        """A column that rows may be too short for; empty where all are."""
        values = ints((row[place] if len(row) > place else nothing for row in rows), dtype)
        return values if any(len(row) > place for row in rows) else values[:0]

    return Problem(
        Jobs(
            np.array([f"J{j}" for j in range(len(jobs))], dtype=object),
            ints(job[0] for job in jobs),
            ints((job[1] for job in jobs), float),
            ints(job[2] for job in jobs),
            extra(jobs, 3, FAR_FUTURE),
        ),
        Tasks(
            np.array([f"T{t}" for t in range(len(tasks))], dtype=object),
            ints((task.job for task in tasks), np.int32),
            ints(task.release for task in tasks),
            ints((task.family for task in tasks), np.int32),
            ints((task.can_pause for task in tasks), bool),
            ints(task.fixed_start for task in tasks),
            ints(
                (first[t] + task.fixed_mode if task.fixed_mode >= 0 else -1 for t, task in enumerate(tasks)), np.int32
            ),
            _column(tasks, "skip_cost", math.inf, float),
            _column(tasks, "choice", -1, np.int32),
            _column(tasks, "goes_with", -1, np.int32),
        ),
        Modes(
            first,
            ints(mode[0] for mode in modes),
            ints(mode[1] for mode in modes),
            _pointer(len(mode[2]) for mode in modes),
            ints((entry[0] for entry in entries), np.int32),
            ints((entry[1] for entry in entries), np.int32),
        ),
        Resources(
            np.array([f"R{r}" for r in range(len(resources))], dtype=object),
            ints((row.calendar for row in resources), np.int32),
            ints((row.capacity for row in resources), np.int32),
            ints((row.matrix for row in resources), np.int32),
            ints((row.initial_family for row in resources), np.int32),
            _column(resources, "setup_crew", -1, np.int32),
            _column(resources, "is_batch", False, bool),
            most := _column(resources, "most_campaign", FAR_FUTURE, np.int64),
            ints(row.clean_seconds for row in resources)[: len(most)],
            _column(resources, "order_group", -1, np.int32),
            _column(resources, "hold_pay", 0.0, float),
        ),
        Links(
            *(ints((link[i] for link in links), np.int64 if i == 3 else np.int32) for i in range(4)),
            extra(links, 4, FAR_FUTURE),
        ),
        Calendars(
            _pointer(len(calendar) for calendar in calendars),
            ints(interval[0] for interval in intervals),
            ints(interval[1] for interval in intervals),
            ints((interval[2] for interval in intervals), np.int32),
            extra(intervals, 3, False, bool),
        ),
        Setups(
            matrix,
            np.array([f"F{f}" for f in range(matrix.shape[2])], dtype=object),
            np.array(setup_cost, dtype=float) if len(setup_cost) else np.zeros((0, 1, 0)),
            is_ahead,
        ),
        Materials(
            np.array([f"K{k}" for k in range(len(stock))], dtype=object),
            ints(stock, float),
            _pointer(len(use) for use in uses),
            ints((use[0] for row in uses for use in row), np.int32),
            ints((use[1] for row in uses for use in row), float),
            ints((receipt[0] for receipt in receipts), np.int32),
            ints(receipt[1] for receipt in receipts),
            ints((receipt[2] for receipt in receipts), float),
            np.array([f"PO{i}" for i in range(len(receipts))], dtype=object),
            ints(most_stock, float),
        )
        if len(stock)
        else Materials(),
        skills=_make_skills(tasks, skills),
        previous=Previous(ints(row[0] for row in previous), ints((row[1] for row in previous), np.int32)),
        objective=objective or Objective(),
    )


@st.composite
def calendars(draw, longest: int = 30, count: int = 12):
    """A calendar with breaks, levels 1 to 3; the last interval stays open for ever."""
    moment, intervals = draw(st.integers(0, 5)), []
    for _ in range(draw(st.integers(0, count))):
        length = draw(st.integers(1, longest))
        level = draw(st.integers(1, 3))
        gap = draw(st.integers(0, 10))
        if intervals and intervals[-1][1] == moment and intervals[-1][2] == level:
            moment += 1
        intervals.append((moment, moment + length, level))
        moment += length + gap
    if intervals and intervals[-1][1] == moment and intervals[-1][2] == 1:
        moment += 1
    return [*intervals, (moment, FAR_FUTURE, 1)]


@st.composite
def problem_rows(draw, most_jobs: int = 5, with_fixed: bool = True):
    """What `make_problem` takes for any small problem of what dispatching knows."""
    num_resources = draw(st.integers(1, 4))
    books = draw(st.lists(calendars(), max_size=2))
    families = draw(st.integers(0, 3))
    matrices = draw(
        st.lists(
            st.lists(
                st.lists(st.integers(0, 6), min_size=families, max_size=families),
                min_size=families + 1,
                max_size=families + 1,
            ),
            max_size=1 if families else 0,
        )
    )
    resources = []
    for _ in range(num_resources):
        matrix = draw(st.integers(-1, len(matrices) - 1))
        capacity = 1 if matrix >= 0 else draw(st.integers(1, 3))
        first = draw(st.integers(-1, families - 1)) if families else -1
        calendar = draw(st.integers(-1, len(books) - 1))
        if matrix >= 0 and calendar >= 0 and any(interval[2] > 1 for interval in books[calendar]):
            calendar = -1  # with a setup matrix, one task at a time
        resources.append(ResourceRow(calendar, capacity, matrix, first))
    num_materials = draw(st.integers(0, 2))
    tasks, links, jobs = [], [], []
    for job in range(draw(st.integers(1, most_jobs))):
        jobs.append(
            (draw(st.integers(0, 60) | st.just(FAR_FUTURE)), draw(st.integers(1, 3)) * 1.0, draw(st.integers(0, 8)))
        )
        for step in range(draw(st.integers(1, 4))):
            modes = []
            for _ in range(draw(st.integers(1, 3))):
                held = draw(st.lists(st.integers(0, num_resources - 1), max_size=3, unique=True))
                modes.append(
                    (
                        draw(st.integers(0, LONGEST_RUN)),
                        draw(st.integers(0, 3)),
                        [(r, draw(st.integers(1, resources[r].capacity))) for r in held],
                    )
                )
            row = TaskRow(
                job, modes, draw(st.integers(0, 10)), draw(st.integers(-1, families - 1)), draw(st.booleans())
            )
            if num_materials and draw(st.booleans()):
                row.uses = [(draw(st.integers(0, num_materials - 1)), float(draw(st.sampled_from([-3, -1, 2]))))]
            if step:
                lag = draw(st.integers(-3, 8))
                links.append((len(tasks) - 1, len(tasks), draw(st.integers(0, 3)), lag))
            tasks.append(row)
    if with_fixed and draw(st.booleans()):
        tasks[0].fixed_start, tasks[0].fixed_mode = draw(st.integers(0, 20)), 0
        tasks[0].uses = []
    return {
        "tasks": tasks,
        "resources": resources,
        "jobs": jobs,
        "links": links,
        "calendars": books,
        "setups": matrices,
        "stock": [float(draw(st.integers(0, 5))) for _ in range(num_materials)],
        "receipts": [
            (draw(st.integers(0, num_materials - 1)), draw(st.integers(0, 40)), float(draw(st.integers(1, 6))))
            for _ in range(draw(st.integers(0, 3)) if num_materials else 0)
        ],
        "objective": Objective(
            1.0, draw(st.sampled_from([0.0, 0.5])), draw(st.sampled_from([0.0, 1.0])), draw(st.sampled_from([0.0, 0.5]))
        ),
    }


@st.composite
def problems(draw, most_jobs: int = 5, with_fixed: bool = True):
    """Any small problem of what dispatching knows."""
    return make_problem(**draw(problem_rows(most_jobs, with_fixed)))


FEATURES = (
    "deadlines", "most", "options", "setup_crews", "batches", "campaigns", "order_groups", "skills", "tanks",
    "is_ahead", "previous", "money",
)  # fmt: skip
"""What `rich_problems` adds to `problems`; "money" is overtime, hold pay and the cost of setups."""


@st.composite
def rich_problems(draw, features: tuple[str, ...] = FEATURES, most_jobs: int = 5, with_fixed: bool = True):
    """Any small problem that may have some of these features; it has no errors, but maybe no complete schedule."""
    rows = draw(problem_rows(most_jobs, with_fixed))
    # In the order of FEATURES: some look at what others have added.
    for feature in FEATURES:
        if feature in features and draw(st.booleans()):
            ADD[feature](draw, rows)
    return make_problem(**rows)


def _add_deadlines(draw, rows):
    rows["jobs"] = [(*job, draw(st.just(FAR_FUTURE) | st.integers(200, 600))) for job in rows["jobs"]]


def _add_most(draw, rows):
    rows["links"] = [
        (*link, link[3] + draw(st.integers(20, 60))) if draw(st.booleans()) else link for link in rows["links"]
    ]


def _add_options(draw, rows):
    free = [task for task in rows["tasks"] if task.fixed_start < 0]
    for task in free:
        if draw(st.booleans()):
            task.skip_cost = float(draw(st.integers(0, 9)))
    if len(free) >= 2 and draw(st.booleans()):
        for task in free[: draw(st.integers(2, 3))]:
            task.choice = 0
        _add_routes(draw, rows["tasks"])


def _add_routes(draw, tasks):
    """Let some tasks go with one of the choice."""
    leaders = [t for t, task in enumerate(tasks) if task.choice == 0]
    for task in tasks:
        if task.choice < 0 and task.fixed_start < 0 and draw(st.booleans()):
            task.goes_with, task.skip_cost = draw(st.sampled_from(leaders)), math.inf


def _add_setup_crews(draw, rows):
    crew = len(rows["resources"])
    for resource in rows["resources"]:
        if draw(st.booleans()):
            resource.setup_crew = crew
    calendar = draw(st.integers(-1, len(rows["calendars"]) - 1))
    rows["resources"].append(ResourceRow(calendar, draw(st.integers(1, 2))))


def _add_batches(draw, rows):
    oven = rows["resources"][0]
    oven.is_batch = True
    oven.capacity = max(oven.capacity, draw(st.integers(1, 4)))


def _is_alone(rows, resource):
    """Whether a resource does one task at a time."""
    levels = [interval[2] for interval in rows["calendars"][resource.calendar]] if resource.calendar >= 0 else [1]
    return resource.capacity == 1 and max(levels) == 1


def _add_campaigns(draw, rows):
    for resource in rows["resources"]:
        if (_is_alone(rows, resource) or resource.is_batch) and draw(st.booleans()):
            resource.most_campaign = draw(st.integers(LONGEST_RUN, 3 * LONGEST_RUN))
            resource.clean_seconds = draw(st.integers(0, 8))


def _add_order_groups(draw, rows):
    for resource in rows["resources"]:
        resource.order_group = draw(st.integers(-1, 0))


def _add_skills(draw, rows):
    first, size = len(rows["resources"]), draw(st.integers(1, 3))
    plain = [c for c, book in enumerate(rows["calendars"]) if all(interval[2] == 1 for interval in book)]
    rows["resources"] += [ResourceRow(draw(st.sampled_from([-1, *plain]))) for _ in range(size)]
    workers = st.lists(st.integers(first, first + size - 1), min_size=1, unique=True)
    rows["skills"] = draw(st.lists(workers, min_size=1, max_size=2))
    for task in rows["tasks"]:
        if draw(st.booleans()):
            skill = draw(st.integers(0, len(rows["skills"]) - 1))
            task.heads = [(skill, draw(st.integers(1, len(rows["skills"][skill]))))]
    if len(rows["skills"]) == 2 and len(set(rows["skills"][0]) | set(rows["skills"][1])) >= 2:
        rows["tasks"][-1].heads = [(0, 1), (1, 1)]


def _add_tanks(draw, rows):
    rows["most_stock"] = [draw(st.sampled_from([math.inf, stock + 2, stock + 9])) for stock in rows["stock"]]


def _add_is_ahead(draw, rows):
    rows["is_ahead"] = True


def _add_previous(draw, rows):
    first, previous = 0, []
    for task in rows["tasks"]:
        mode = first + draw(st.integers(0, len(task.modes) - 1))
        previous.append((draw(st.integers(0, 60)), mode) if draw(st.booleans()) else (-1, -1))
        first += len(task.modes)
    rows["previous"] = previous
    rows["objective"] = replace(rows["objective"], moved_hours=1.0, moved_tasks=0.1, changed_modes=2.0)


def _add_money(draw, rows):
    rows["calendars"] = [[(*interval, draw(st.booleans())) for interval in book] for book in rows["calendars"]]
    for resource in rows["resources"]:
        resource.hold_pay = float(draw(st.integers(0, 3)))
    rows["setup_cost"] = [[[2.0 * s for s in row] for row in matrix] for matrix in rows["setups"]]
    rows["objective"] = replace(
        rows["objective"], setup_cost=0.5, overtime=1.0, hold_pay=1.0, earliness=0.1, in_process=0.1
    )


ADD = {name: globals()[f"_add_{name}"] for name in FEATURES}
