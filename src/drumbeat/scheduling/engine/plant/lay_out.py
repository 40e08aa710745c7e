"""Lay a problem of any kind out for timelines."""

from __future__ import annotations

from typing import Any

import numpy as np

from drumbeat.basics.arrays import Floats, Int32s, Int64s
from drumbeat.basics.calendars import OpenTimes, count_worked, intersect_calendars
from drumbeat.scheduling.engine.objective import Objective
from drumbeat.scheduling.engine.plant.pools import WIDTH
from drumbeat.scheduling.engine.plant.records import (
    AIMS,
    ENTRY,
    JOB,
    LINE,
    LINK,
    MATERIAL,
    MODE,
    POOL,
    RESOURCE,
    TASK,
    Plant,
    Records,
)
from drumbeat.scheduling.engine.problem import FAR_FUTURE, Problem
from drumbeat.scheduling.engine.shop import Shop, build_shop, group_rows

STEP_OF_RANK = 1e-3
"""Where the objective is a row of parts, each counts so much of the one before."""


def _pack(layout: np.dtype[np.void], size: int, /, **columns: Any) -> Records:
    records = np.zeros(size, layout)
    for name, values in columns.items():
        records[name][: np.size(values)] = values
    return records


def _weigh_aims(objective: Objective) -> Floats:
    if not objective.order:
        return np.array([getattr(objective, name) for name in AIMS], dtype=np.float64)
    rank = {name: STEP_OF_RANK**i for i, name in enumerate(objective.order)}
    return np.array([rank.get(name, 0.0) for name in AIMS], dtype=np.float64)


def _links_from(problem: Problem, here: Int32s, there: Int32s) -> tuple[Int64s, Records]:
    """Links grouped by the task at one end."""
    links = problem.links
    pointer, order = group_rows(here, problem.num_tasks)
    most = links.most if len(links.most) else np.full(len(here), FAR_FUTURE, np.int64)
    return pointer, _pack(LINK, len(here), task=there[order], kind=links.kind[order], lag=links.lag[order],
                          most=most[order])  # fmt: skip


def _lay_out_resources(problem: Problem, shop: Shop, has_lines: bool) -> Records:
    """Resources with the room for their sequences (one row an entry) and steps (two rows an entry)."""
    resources, modes, num = problem.resources, problem.modes, problem.num_resources
    highest = np.ones(len(problem.calendars.ptr), np.int64)  # the last, reached by -1, is "always"
    for c, (a, b) in enumerate(zip(problem.calendars.ptr[:-1], problem.calendars.ptr[1:], strict=True)):
        highest[c] = problem.calendars.level[a:b].max(initial=1)
    crew = resources.setup_crew if len(resources.setup_crew) else np.full(num, -1, np.int32)
    kind = np.where(resources.capacity * highest[resources.calendar] == 1, LINE, POOL)
    kind[crew[crew >= 0]] = POOL
    kind[problem.skills.worker] = POOL
    is_machine = np.zeros(num, bool)
    has_resource = np.diff(modes.resource_ptr) > 0
    is_machine[modes.resource[modes.resource_ptr[:-1][has_resource]]] = True
    kind[~is_machine] = POOL
    num_entries = np.bincount(modes.resource, minlength=num)
    if not has_lines:
        kind[:] = POOL
        asked = np.bincount(problem.skills.skill, minlength=len(problem.skills.keys))
        np.add.at(num_entries, problem.skills.worker, np.repeat(asked, np.diff(problem.skills.worker_ptr)))
    np.add.at(num_entries, crew[crew >= 0], np.bincount(modes.resource, minlength=num)[crew >= 0])
    leaves = np.where(kind == LINE, num_entries // WIDTH + 1, (2 * num_entries + 4) // 6 + 2)
    return _pack(
        RESOURCE,
        num + 1,
        kind=kind,
        capacity=resources.capacity,
        calendar=resources.calendar,
        matrix=resources.setup_matrix,
        initial_family=resources.initial_family,
        crew=crew,
        room0=np.concatenate(([0], WIDTH * np.cumsum(leaves))),
        varies=shop.resource["varies"][:num],
    )


def _lay_out_tasks(problem: Problem, shop: Shop, into0: Int64s, out0: Int64s) -> Records:
    num_tasks = problem.num_tasks
    deadline = problem.jobs.deadline if len(problem.jobs.deadline) else np.full(problem.num_jobs, FAR_FUTURE)
    task = _pack(TASK, num_tasks + 1, into0=into0, out0=out0, deadline=deadline[problem.tasks.job] if num_tasks else 0)
    for name in (
        *("job", "release", "family", "fixed_start", "fixed_mode", "mode0", "use0", "can_pause"),
        *("due", "weight", "tail"),
    ):
        task[name] = shop.task[name]
    return task


def _lay_out_modes(problem: Problem, shop: Shop, setup_calendar: Int64s) -> Records:
    machine = np.where(shop.mode["queue"] < problem.num_resources, shop.mode["queue"], -1)
    mode = _pack(MODE, len(shop.mode), machine=machine, setup_calendar=setup_calendar)
    for name in ("task", "run", "setup", "calendar", "entry0"):
        mode[name] = shop.mode[name]
    return mode


def _join_crew_hours(problem: Problem, shop: Shop) -> tuple[Int64s, list[OpenTimes]]:
    """Calendar of each mode while its machine is set up, and those that come after the shop's."""
    crew, calendar = problem.resources.setup_crew, shop.mode["calendar"].copy()
    if not len(crew):
        return calendar, []
    queue = shop.mode["queue"]
    has_crew = (queue < problem.num_resources) & (np.append(crew, -1)[np.minimum(queue, problem.num_resources)] >= 0)
    rows = np.flatnonzero(has_crew[:-1])
    hours = problem.resources.calendar[crew[queue[rows]]].astype(np.int64)
    rows, hours = rows[hours >= 0], hours[hours >= 0]
    pairs, where = np.unique(np.stack((calendar[rows], hours), axis=1), axis=0, return_inverse=True)
    times: list[OpenTimes] = []
    number = np.empty(len(pairs), np.int64)
    for i, (own, of_crew) in enumerate(pairs.tolist()):
        number[i] = of_crew if own in (-1, of_crew) else len(shop.cal_ptr) - 1 + len(times)
        if own not in (-1, of_crew):
            times.append(intersect_calendars([_times_of(shop, own), _times_of(shop, of_crew)]))
    calendar[rows] = number[where.ravel()]
    return calendar, times


def _times_of(shop: Shop, calendar: int) -> OpenTimes:
    part = slice(shop.cal_ptr[calendar], shop.cal_ptr[calendar + 1])
    return OpenTimes(shop.cal_start[part], shop.cal_end[part], shop.cal_level[part].astype(np.int32))


def _lay_out_materials(problem: Problem) -> Records:
    materials = problem.materials
    size = len(materials.stock)
    num_events = np.bincount(materials.material, minlength=size)
    num_events += np.bincount(materials.receipt_material, minlength=size)
    room0 = np.concatenate(([0], np.cumsum(num_events + 1)))
    most = materials.most if len(materials.most) else np.inf
    return _pack(MATERIAL, size + 1, room0=room0, stock=materials.stock, most=most)


def lay_out(problem: Problem, *, has_lines: bool = True) -> Plant:
    """Lay a problem out for timelines.

    Parameters
    ----------
    problem
        A problem without errors (`check_problem`).
    has_lines
        Whether machines that do one task at a time keep their sequences; otherwise all resources are pools.

    Returns
    -------
    Plant
        Some 2 microseconds a task.
    """
    shop, links, setups = build_shop(problem), problem.links, problem.setups
    into0, into = _links_from(problem, links.after, links.before)
    out0, out = _links_from(problem, links.before, links.after)
    task0, member = group_rows(problem.tasks.job, problem.num_jobs)
    setup_calendar, times = _join_crew_hours(problem, shop)
    cal_ptr = np.append(shop.cal_ptr, shop.cal_ptr[-1] + np.cumsum([len(part.level) for part in times], dtype=np.int64))
    cal_start = np.concatenate((shop.cal_start, *(part.open_start for part in times)))
    cal_end = np.concatenate((shop.cal_end, *(part.open_end for part in times)))
    return Plant(
        _lay_out_tasks(problem, shop, into0, out0),
        _lay_out_modes(problem, shop, setup_calendar),
        _pack(ENTRY, len(shop.entry), resource=shop.entry["resource"], units=shop.entry["units"]),
        _lay_out_resources(problem, shop, has_lines),
        into,
        out,
        shop.use,
        _pack(JOB, problem.num_jobs + 1, task0=task0, due=problem.jobs.due, weight=problem.jobs.weight),
        member,
        _lay_out_materials(problem),
        shop.receipt,
        setups.seconds,
        setups.cost if setups.cost.shape == setups.seconds.shape else np.zeros((1, 1, 1)),
        cal_ptr,
        cal_start,
        cal_end,
        count_worked(cal_ptr, cal_start, cal_end) if times else shop.cal_worked,
        np.concatenate((shop.cal_level, *(part.level.astype(np.int64) for part in times))),
        _weigh_aims(problem.objective),
        setups.is_ahead,
    )
