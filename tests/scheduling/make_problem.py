"""Small problems for tests: by hand, and drawn by Hypothesis with every feature there is."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from hypothesis import strategies as st

from drumbeat.scheduling.engine.objective import Objective
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
    Tasks,
)


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


@dataclass
class ResourceRow:
    calendar: int = -1
    capacity: int = 1
    matrix: int = -1
    initial_family: int = -1


def make_problem(
    tasks: list[TaskRow],
    resources: list[ResourceRow],
    *,
    jobs: list[tuple[int, float, int]] | None = None,
    links: list[tuple[int, int, int, int]] = (),
    calendars: list[list[tuple[int, int, int]]] = (),
    setups: list[list[list[int]]] = (),
    stock: list[float] = (),
    receipts: list[tuple[int, int, float]] = (),
    objective: Objective | None = None,
) -> Problem:
    """Make a problem of rows; jobs are (due, weight, release), links (before, after, kind, lag)."""
    if jobs is None:
        jobs = [(FAR_FUTURE, 1.0, 0)] * (max((task.job for task in tasks), default=-1) + 1)
    modes = [mode for task in tasks for mode in task.modes]
    first = np.concatenate(([0], np.cumsum([len(task.modes) for task in tasks]))).astype(np.int64)
    entries = [entry for mode in modes for entry in mode[2]]
    uses = [sorted(task.uses) for task in tasks]
    matrix = np.array(setups, dtype=np.int64) if len(setups) else np.zeros((0, 1, 0), np.int64)
    intervals = [interval for calendar in calendars for interval in calendar]

    def ints(values, dtype=np.int64):
        return np.array(list(values), dtype=dtype)

    return Problem(
        Jobs(
            np.array([f"J{j}" for j in range(len(jobs))], dtype=object),
            ints(job[0] for job in jobs),
            ints((job[1] for job in jobs), float),
            ints(job[2] for job in jobs),
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
        ),
        Modes(
            first,
            ints(mode[0] for mode in modes),
            ints(mode[1] for mode in modes),
            np.concatenate(([0], np.cumsum([len(mode[2]) for mode in modes]))).astype(np.int64),
            ints((entry[0] for entry in entries), np.int32),
            ints((entry[1] for entry in entries), np.int32),
        ),
        Resources(
            np.array([f"R{r}" for r in range(len(resources))], dtype=object),
            ints((row.calendar for row in resources), np.int32),
            ints((row.capacity for row in resources), np.int32),
            ints((row.matrix for row in resources), np.int32),
            ints((row.initial_family for row in resources), np.int32),
        ),
        Links(*(ints((link[i] for link in links), np.int64 if i == 3 else np.int32) for i in range(4))),
        Calendars(
            np.concatenate(([0], np.cumsum([len(calendar) for calendar in calendars]))).astype(np.int64),
            ints(interval[0] for interval in intervals),
            ints(interval[1] for interval in intervals),
            ints((interval[2] for interval in intervals), np.int32),
        ),
        Setups(matrix, np.array([f"F{f}" for f in range(matrix.shape[2])], dtype=object)),
        Materials(
            np.array([f"K{k}" for k in range(len(stock))], dtype=object),
            ints(stock, float),
            np.concatenate(([0], np.cumsum([len(use) for use in uses]))).astype(np.int64),
            ints((use[0] for row in uses for use in row), np.int32),
            ints((use[1] for row in uses for use in row), float),
            ints((receipt[0] for receipt in receipts), np.int32),
            ints(receipt[1] for receipt in receipts),
            ints((receipt[2] for receipt in receipts), float),
            np.array([f"PO{i}" for i in range(len(receipts))], dtype=object),
        )
        if len(stock)
        else Materials(),
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
def problems(draw, most_jobs: int = 5, with_fixed: bool = True):
    """Any small problem."""
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
        if matrix >= 0 and calendar >= 0 and any(level > 1 for _, _, level in books[calendar]):
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
                        draw(st.integers(0, 12)),
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
    return make_problem(
        tasks,
        resources,
        jobs=jobs,
        links=links,
        calendars=books,
        setups=matrices,
        stock=[float(draw(st.integers(0, 5))) for _ in range(num_materials)],
        receipts=[
            (draw(st.integers(0, num_materials - 1)), draw(st.integers(0, 40)), float(draw(st.integers(1, 6))))
            for _ in range(draw(st.integers(0, 3)) if num_materials else 0)
        ],
        objective=Objective(
            1.0, draw(st.sampled_from([0.0, 0.5])), draw(st.sampled_from([0.0, 1.0])), draw(st.sampled_from([0.0, 0.5]))
        ),
    )
