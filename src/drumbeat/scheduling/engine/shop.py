"""The shop: a problem laid out as flat arrays for the compiled kernels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from drumbeat.basics.calendars import NEVER, OpenTimes, count_worked, intersect_calendars
from drumbeat.scheduling.engine.problem import Bools, Floats, Int32s, Int64s, Problem


class Shop(NamedTuple):
    """What never changes while a schedule is made; T tasks, M modes, R resources, E = resource entries of modes.

    `mode_calendar` is the calendar in which all resources of a mode are open at once (-1 = always), in `cal_*`;
    `level_*` are the resources' own calendars. `pair` numbers (queue, resource) pairs, so that a queue that waits for
    a crew is found again when the crew is released: those of resource r are `pair_ptr[r]` to `pair_ptr[r + 1] - 1`.
    """

    task_job: Int32s
    task_release: Int64s
    task_family: Int32s
    task_can_pause: Bools
    task_fixed_start: Int64s
    task_fixed_mode: Int32s
    task_mode_ptr: Int64s
    mode_task: Int32s
    mode_run: Int64s
    mode_setup: Int64s
    mode_calendar: Int32s
    mode_queue: Int32s
    entry_ptr: Int64s
    entry_resource: Int32s
    entry_units: Int32s
    entry_pair: Int32s
    pair_ptr: Int64s
    pair_queue: Int32s
    queue_ptr: Int64s
    num_before: Int32s
    after_ptr: Int64s
    after_task: Int32s
    after_kind: Int32s
    after_lag: Int64s
    capacity: Int64s
    initial_family: Int32s
    matrix: Int32s
    setup_seconds: Int64s
    varies: Bools
    resource_calendar: Int32s
    level_ptr: Int64s
    level_start: Int64s
    level_end: Int64s
    level: Int32s
    cal_ptr: Int64s
    cal_start: Int64s
    cal_end: Int64s
    cal_worked: Int64s
    fixed_ptr: Int64s
    fixed_start: Int64s
    fixed_end: Int64s
    fixed_units: Int32s
    active_ptr: Int64s
    use_ptr: Int64s
    use_material: Int32s
    use_quantity: Floats
    stock: Floats
    reserved: Floats
    receipt_material: Int32s
    receipt_time: Int64s
    receipt_quantity: Floats
    due: Floats
    weight: Floats
    tail: Floats
    mean_run: float
    mean_setup: float


def group_rows(group: Int32s | Int64s, num_groups: int) -> tuple[Int64s, Int64s]:
    """Return the pointer array of rows grouped by `group`, and the rows in that order (stable)."""
    pointer = np.zeros(num_groups + 1, dtype=np.int64)
    np.cumsum(np.bincount(group, minlength=num_groups), out=pointer[1:])
    return pointer, np.argsort(group, kind="stable")


def own_calendar(problem: Problem, calendar: int) -> OpenTimes:
    """Return one calendar of a problem; always open for -1."""
    if calendar < 0:
        return intersect_calendars([])
    all_calendars = problem.calendars
    span = slice(all_calendars.ptr[calendar], all_calendars.ptr[calendar + 1])
    return OpenTimes(all_calendars.open_start[span], all_calendars.open_end[span], all_calendars.level[span])


def _mode_calendars(problem: Problem) -> tuple[Int32s, list[OpenTimes]]:
    """Number the sets of (calendar, least level) that modes need at once, and intersect each set."""
    modes, resources = problem.modes, problem.resources
    num_modes = len(modes.run_seconds)
    calendar = resources.calendar[modes.resource].astype(np.int64)
    least = -(-modes.units.astype(np.int64) // resources.capacity[modes.resource])
    pairs, kind = np.unique(np.stack((calendar, least), axis=1), axis=0, return_inverse=True)
    sets: list[frozenset[int]] = [frozenset()]
    combined = np.zeros(num_modes, dtype=np.int64)
    sizes = np.diff(modes.resource_ptr)
    for place in range(int(sizes.max(initial=0))):
        rows = np.flatnonzero(sizes > place)
        code = combined[rows] * len(pairs) + kind.ravel()[modes.resource_ptr[rows] + place]
        codes, where = np.unique(code, return_inverse=True)
        numbers: dict[frozenset[int], int] = {known: i for i, known in enumerate(sets)}
        new = np.empty(len(codes), dtype=np.int64)
        for i, value in enumerate(codes):
            old, added = divmod(int(value), len(pairs))
            is_always = pairs[added][0] < 0 and pairs[added][1] <= 1
            joined = sets[old] if is_always else sets[old] | {added}
            new[i] = numbers.setdefault(joined, len(sets))
            if new[i] == len(sets):
                sets.append(joined)
        combined[rows] = new[where]
    times = []
    for members in sets[1:]:
        parts = []
        for member in members:
            number, level = (int(value) for value in pairs[member])
            own = own_calendar(problem, number)
            keep = own.level >= level
            parts.append(OpenTimes(own.open_start[keep], own.open_end[keep], own.level[keep]))
        times.append(intersect_calendars(parts))
    return (combined - 1).astype(np.int32), times


def _pairs(queue: Int32s, problem: Problem) -> tuple[Int32s, Int64s, Int32s]:
    modes = problem.modes
    num_resources = problem.num_resources
    owner = np.repeat(queue, np.diff(modes.resource_ptr)).astype(np.int64)
    code = modes.resource.astype(np.int64) * (num_resources + 1) + owner
    codes, where = np.unique(code, return_inverse=True)
    pointer = np.zeros(num_resources + 1, dtype=np.int64)
    np.cumsum(np.bincount(codes // (num_resources + 1), minlength=num_resources), out=pointer[1:])
    return where.astype(np.int32), pointer, (codes % (num_resources + 1)).astype(np.int32)


@njit(cache=True)
def _tails(shortest: Int64s, ptr: Int64s, after: Int32s, kind: Int32s, lag: Int64s, num_before: Int32s) -> Floats:
    """Longest remaining work from the start of each task to the end of its chain; cycles count as nothing."""
    n = len(shortest)
    left = num_before.copy()
    order = np.empty(n, np.int64)
    size = 0
    for t in range(n):
        if left[t] == 0:
            order[size] = t
            size += 1
    i = 0
    while i < size:
        for e in range(ptr[order[i]], ptr[order[i] + 1]):
            left[after[e]] -= 1
            if left[after[e]] == 0:
                order[size] = after[e]
                size += 1
        i += 1
    tail = shortest.astype(np.float64)
    for i in range(size - 1, -1, -1):
        t = order[i]
        for e in range(ptr[t], ptr[t + 1]):
            ahead = tail[after[e]] + lag[e]
            if kind[e] == 0:
                ahead += shortest[t]
            elif kind[e] == 2:
                ahead += shortest[t] - shortest[after[e]]
            elif kind[e] == 3:
                ahead -= shortest[after[e]]
            tail[t] = max(tail[t], ahead)
    return tail


def _fixed(problem: Problem, mode_calendar: Int32s) -> tuple[Int64s, Int64s, Int64s, Int32s]:
    """Spans of fixed tasks by resource, sorted by start; the ends leave pauses and matrix setups out."""
    tasks, modes = problem.tasks, problem.modes
    fixed = np.flatnonzero(tasks.fixed_start >= 0)
    mode = np.where(tasks.fixed_mode[fixed] >= 0, tasks.fixed_mode[fixed], modes.task_ptr[fixed])
    sizes = modes.resource_ptr[mode + 1] - modes.resource_ptr[mode]
    owner = np.repeat(np.arange(len(fixed)), sizes)
    offsets = np.arange(len(owner)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    entry = modes.resource_ptr[mode][owner] + offsets
    start = tasks.fixed_start[fixed][owner]
    end = start + (modes.run_seconds[mode] + modes.setup_seconds[mode])[owner]
    resource = modes.resource[entry]
    order = np.lexsort((start, resource))
    pointer, _ = group_rows(resource[order], problem.num_resources)
    return pointer, start[order], end[order], modes.units[entry][order]


def build_shop(problem: Problem) -> Shop:
    """Lay a problem out for the kernels.

    Parameters
    ----------
    problem
        A problem without errors (`check_problem`).

    Returns
    -------
    Shop
        Flat arrays; equal problems give equal shops.
    """
    tasks, modes, links = problem.tasks, problem.modes, problem.links
    resources, setups, materials = problem.resources, problem.setups, problem.materials
    num_tasks, num_resources = problem.num_tasks, problem.num_resources
    sizes = np.diff(modes.task_ptr)
    has_resource = np.diff(modes.resource_ptr) > 0
    queue = np.full(len(modes.run_seconds), num_resources, dtype=np.int32)
    queue[has_resource] = modes.resource[modes.resource_ptr[:-1][has_resource]]
    mode_calendar, times = _mode_calendars(problem)
    cal_ptr = np.cumsum([0, *(len(part.open_start) for part in times)], dtype=np.int64)
    cal_start = np.concatenate([np.zeros(0, np.int64), *(part.open_start for part in times)])
    cal_end = np.concatenate([np.zeros(0, np.int64), *(part.open_end for part in times)])
    entry_pair, pair_ptr, pair_queue = _pairs(queue, problem)
    after_ptr, order = group_rows(links.before, num_tasks)
    shortest = (
        np.minimum.reduceat(modes.run_seconds + modes.setup_seconds, modes.task_ptr[:-1])
        if num_tasks
        else np.zeros(0, np.int64)
    )
    num_before = np.bincount(links.after, minlength=num_tasks).astype(np.int32)
    after = (links.after[order], links.kind[order], links.lag[order])
    tail = _tails(shortest, after_ptr, *after, num_before)
    own = problem.calendars
    highest = np.ones(len(own.ptr) - 1, dtype=np.int64)
    varies = np.zeros(len(own.ptr) - 1, dtype=bool)
    for c in range(len(own.ptr) - 1):
        level = own.level[own.ptr[c] : own.ptr[c + 1]]
        highest[c] = level.max(initial=1)
        varies[c] = len(level) > 0 and bool((level != level[0]).any())
    is_open = resources.calendar < 0
    calendar = np.where(is_open, 0, resources.calendar)
    resource_varies = ~is_open & (varies[calendar] if len(varies) else False)
    peak = resources.capacity * np.where(is_open, 1, highest[calendar] if len(highest) else 1)
    fixed = _fixed(problem, mode_calendar)
    tracked = resource_varies | ((np.diff(fixed[0]) > 0) & (peak > 1))
    num_entries = np.bincount(modes.resource, minlength=num_resources)
    has_use = len(materials.task_ptr) > 0
    use_ptr = materials.task_ptr if has_use else np.zeros(num_tasks + 1, np.int64)
    reserved = np.zeros(len(materials.stock))
    if has_use:
        rows = np.repeat(tasks.fixed_start >= 0, np.diff(use_ptr)) & (materials.quantity < 0)
        np.add.at(reserved, materials.material[rows], -materials.quantity[rows])
    arrivals = np.argsort(materials.receipt_time, kind="stable")
    due = np.minimum(problem.jobs.due, _latest_due(problem)).astype(np.float64)
    return Shop(
        tasks.job,
        np.maximum(np.maximum(tasks.release, problem.jobs.release[tasks.job]), 0),
        tasks.family,
        tasks.can_pause,
        tasks.fixed_start,
        tasks.fixed_mode,
        modes.task_ptr,
        np.repeat(np.arange(num_tasks, dtype=np.int32), sizes),
        modes.run_seconds,
        modes.setup_seconds,
        mode_calendar,
        queue,
        modes.resource_ptr,
        modes.resource,
        modes.units,
        entry_pair,
        pair_ptr,
        pair_queue,
        group_rows(queue, num_resources + 1)[0],
        num_before,
        after_ptr,
        *after,
        resources.capacity.astype(np.int64),
        resources.initial_family,
        resources.setup_matrix,
        setups.seconds,
        resource_varies,
        resources.calendar,
        own.ptr,
        own.open_start,
        own.open_end,
        own.level,
        cal_ptr,
        cal_start,
        cal_end,
        count_worked(cal_ptr, cal_start, cal_end),
        *fixed,
        np.concatenate(([0], np.cumsum(np.where(tracked, np.minimum(peak, num_entries) + np.diff(fixed[0]), 0)))),
        use_ptr,
        materials.material,
        materials.quantity,
        materials.stock,
        reserved,
        materials.receipt_material[arrivals],
        materials.receipt_time[arrivals],
        materials.receipt_quantity[arrivals],
        due,
        problem.jobs.weight,
        tail,
        float(max(modes.run_seconds.mean(), 1.0)) if len(modes.run_seconds) else 1.0,
        float(max(setups.seconds.mean(), 1.0)) if setups.seconds.size else 1.0,
    )


def _latest_due(problem: Problem) -> int:
    """A due time for jobs without one: later than all others, small enough to keep every second in a float."""
    finite = problem.jobs.due[problem.jobs.due < NEVER]
    return int(min(finite.max(initial=0) + 10 * 366 * 86_400, 2**50))
