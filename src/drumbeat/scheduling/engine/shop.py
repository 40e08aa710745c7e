"""The shop: a problem laid out as flat arrays for the compiled kernels."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np

from drumbeat.basics.arrays import Floats, Int32s, Int64s
from drumbeat.basics.calendars import NEVER, OpenTimes, count_worked, intersect_calendars
from drumbeat.basics.compiled import njit
from drumbeat.scheduling.engine.problem import Problem

Records: TypeAlias = Any
"""An array of records of one of the types below."""


def _record(integers: str, floats: str = "") -> np.dtype[np.void]:
    fields: list[tuple[str, type]] = [(name, np.int64) for name in integers.split()]
    fields += [(name, np.float64) for name in floats.split()]
    return np.dtype(fields)


TASK = _record("job release family fixed_start fixed_mode num_before mode0 after0 use0 can_pause", "due weight tail")
"""One row more than tasks: rows t and t + 1 of `mode0`, `after0` and `use0` bound the modes, followers and materials
of t. `tail` is the longest remaining work from its start; `due` and `weight` are the job's."""

MODE = _record("task run setup calendar queue entry0", "value")
"""One row more than modes. `calendar` is that in which all its resources are open at once, -1 = always; `queue` its
machine, or the number of resources where it has none; `value` the logarithm of its weight for a second of run."""

ENTRY = _record("resource units pair")
"""What a mode holds; `pair` numbers (queue, resource), so that who waits for a crew is found when it is released."""

RESOURCE = _record("capacity calendar matrix initial_family pair0 queue0 fixed0 active0 varies")
"""Two rows more than resources: the queue of modes without a machine, and the end. `varies`: its level changes;
`active0` bounds its room for running tasks where they must be known later."""

AFTER = _record("task kind lag")
FIXED = _record("start end units")
USE = _record("material", "quantity")
RECEIPT = _record("material time", "quantity")


class Shop(NamedTuple):
    """What never changes while a schedule is made.

    The calendars `cal_*` are first the resources' own, then those of modes; `setup_seconds` as in `Setups`.
    """

    task: Records
    mode: Records
    entry: Records
    resource: Records
    after: Records
    fixed: Records
    use: Records
    receipt: Records
    pair_queue: Int64s
    setup_seconds: Int64s
    stock: Floats
    reserved: Floats
    cal_ptr: Int64s
    cal_start: Int64s
    cal_end: Int64s
    cal_worked: Int64s
    cal_level: Int64s
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


def _number_values(values: Int64s) -> tuple[Int64s, Int64s]:
    """Return the different values (>= 0), sorted, and the number of each; without sorting where they are small."""
    if values.max(initial=0) > 4 * len(values) + 1000:
        different, number = np.unique(values, return_inverse=True)
        return different, number.astype(np.int64).ravel()
    is_there = np.bincount(values) > 0
    return np.flatnonzero(is_there), (np.cumsum(is_there) - 1)[values]


def number_calendars(problem: Problem) -> tuple[Int64s, list[OpenTimes]]:
    """Number the sets of (calendar, least level) that modes need at once, and intersect each set."""
    modes, resources = problem.modes, problem.resources
    num_modes = len(modes.run_seconds)
    calendar = resources.calendar[modes.resource].astype(np.int64)
    least = -(-modes.units.astype(np.int64) // resources.capacity[modes.resource])
    highest = int(least.max(initial=0)) + 1
    codes, kind = _number_values((calendar + 1) * highest + least)
    pairs = np.stack((codes // highest - 1, codes % highest), axis=1)
    sets: list[frozenset[int]] = [frozenset()]
    combined = np.zeros(num_modes, dtype=np.int64)
    sizes = np.diff(modes.resource_ptr)
    for place in range(int(sizes.max(initial=0))):
        rows = np.flatnonzero(sizes > place)
        codes, where = _number_values(combined[rows] * len(pairs) + kind[modes.resource_ptr[rows] + place])
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
    return combined - 1, times


def _pairs(queue: Int64s, problem: Problem) -> tuple[Int64s, Int64s, Int64s]:
    modes = problem.modes
    num_resources = problem.num_resources
    owner = np.repeat(queue, np.diff(modes.resource_ptr)).astype(np.int64)
    code = modes.resource.astype(np.int64) * (num_resources + 1) + owner
    codes, where = np.unique(code, return_inverse=True)
    pointer = np.zeros(num_resources + 1, dtype=np.int64)
    np.cumsum(np.bincount(codes // (num_resources + 1), minlength=num_resources), out=pointer[1:])
    return where.astype(np.int64), pointer, codes % (num_resources + 1)


@njit(cache=True)
def _tails(shortest: Int64s, ptr: Int64s, after: Int64s, kind: Int64s, lag: Int64s, num_before: Int64s) -> Floats:
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


def find_tails(shop: Shop, work: Int64s) -> Floats:
    """Return the most `work`, an amount for each task, from each task on to the end of a chain; shape (T,)."""
    task, after = shop.task, shop.after["task"].copy()
    nothing = np.zeros(len(after), np.int64)
    return _tails(work, task["after0"].copy(), after, nothing, nothing, task["num_before"][:-1].copy())


def _fixed(problem: Problem) -> tuple[Int64s, Records]:
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
    return pointer, _pack(FIXED, len(order), start=start[order], end=end[order], units=modes.units[entry][order])


def _pack(layout: np.dtype[np.void], size: int, /, **columns: Any) -> Records:
    """Make records of columns; a column may be shorter than `size`, the rest is zero."""
    records = np.zeros(size, layout)
    for name, values in columns.items():
        records[name][: len(values)] = values
    return records


def _padded(pointer: Int64s) -> Int64s:
    return np.append(pointer, pointer[-1])


def _build_tasks(problem: Problem, use_ptr: Int64s) -> tuple[Records, Records]:
    """Task records and their followers."""
    tasks, modes, links = problem.tasks, problem.modes, problem.links
    num_tasks = problem.num_tasks
    after_ptr, order = group_rows(links.before, num_tasks)
    after, kind, lag = (part[order].astype(np.int64) for part in (links.after, links.kind, links.lag))
    work = modes.run_seconds + modes.setup_seconds
    shortest = np.minimum.reduceat(work, modes.task_ptr[:-1]) if num_tasks else np.zeros(0, np.int64)
    num_before = np.bincount(links.after, minlength=num_tasks)
    due = np.minimum(problem.jobs.due, _latest_due(problem))
    records = _pack(
        TASK,
        num_tasks + 1,
        job=tasks.job,
        release=np.maximum(np.maximum(tasks.release, problem.jobs.release[tasks.job]), 0),
        family=tasks.family,
        fixed_start=tasks.fixed_start,
        fixed_mode=tasks.fixed_mode,
        num_before=num_before,
        mode0=modes.task_ptr,
        after0=after_ptr,
        use0=use_ptr,
        due=due[tasks.job],
        weight=problem.jobs.weight[tasks.job],
        tail=_tails(shortest, after_ptr, after, kind, lag, num_before),
        can_pause=tasks.can_pause,
    )
    return records, _pack(AFTER, len(after), task=after, kind=kind, lag=lag)


def _build_resources(problem: Problem, queue: Int64s, pair_ptr: Int64s, fixed_ptr: Int64s) -> Records:
    resources, own = problem.resources, problem.calendars
    highest, varies = np.ones(len(own.ptr), dtype=np.int64), np.zeros(len(own.ptr), dtype=bool)
    for c in range(len(own.ptr) - 1):
        level = own.level[own.ptr[c] : own.ptr[c + 1]]
        highest[c] = level.max(initial=1)
        varies[c] = len(level) > 0 and bool((level != level[0]).any())
    # The last entry, reached by -1, is "always".
    peak = resources.capacity * highest[resources.calendar]
    is_varying = varies[resources.calendar]
    num_fixed = np.diff(fixed_ptr)
    tracked = is_varying | ((num_fixed > 0) & (peak > 1))
    num_entries = np.bincount(problem.modes.resource, minlength=problem.num_resources)
    room = np.where(tracked, np.minimum(peak, num_entries) + num_fixed, 0)
    num_queues = problem.num_resources + 1
    return _pack(
        RESOURCE,
        num_queues + 1,
        capacity=np.append(resources.capacity, 2**31),
        calendar=np.append(resources.calendar, -1),
        matrix=np.append(resources.setup_matrix, -1),
        initial_family=np.append(resources.initial_family, -1),
        pair0=_padded(pair_ptr),
        queue0=group_rows(queue, num_queues)[0],
        fixed0=_padded(fixed_ptr),
        active0=_padded(np.concatenate(([0], np.cumsum(room)))),
        varies=is_varying,
    )


def build_shop(problem: Problem) -> Shop:
    """Lay a problem out for the kernels.

    Parameters
    ----------
    problem
        A problem without errors (`check_problem`).

    Returns
    -------
    Shop
        Flat records; equal problems give equal shops.
    """
    modes, materials, own = problem.modes, problem.materials, problem.calendars
    num_tasks, num_modes = problem.num_tasks, len(modes.run_seconds)
    has_resource = np.diff(modes.resource_ptr) > 0
    queue = np.full(num_modes, problem.num_resources, dtype=np.int64)
    queue[has_resource] = modes.resource[modes.resource_ptr[:-1][has_resource]]
    numbers, times = number_calendars(problem)
    sizes = np.concatenate((np.diff(own.ptr), [len(part.level) for part in times])).astype(np.int64)
    cal_ptr = np.concatenate(([0], np.cumsum(sizes)))
    cal_start = np.concatenate((own.open_start, *(part.open_start for part in times)))
    cal_end = np.concatenate((own.open_end, *(part.open_end for part in times)))
    pair, pair_ptr, pair_queue = _pairs(queue, problem)
    fixed_ptr, fixed = _fixed(problem)
    use_ptr = materials.task_ptr if len(materials.task_ptr) else np.zeros(num_tasks + 1, np.int64)
    reserved = np.zeros(len(materials.stock))
    rows = np.repeat(problem.tasks.fixed_start >= 0, np.diff(use_ptr)) & (materials.quantity < 0)
    np.add.at(reserved, materials.material[rows], -materials.quantity[rows])
    receipts = np.argsort(materials.receipt_time, kind="stable")
    task, after = _build_tasks(problem, use_ptr)
    setups = problem.setups.seconds
    return Shop(
        task,
        _pack(
            MODE,
            num_modes + 1,
            task=np.repeat(np.arange(num_tasks), np.diff(modes.task_ptr)),
            run=modes.run_seconds,
            setup=modes.setup_seconds,
            calendar=np.where(numbers < 0, -1, numbers + len(own.ptr) - 1),
            queue=queue,
            entry0=modes.resource_ptr,
            value=np.log(np.repeat(task["weight"][:-1], np.diff(modes.task_ptr)) / np.maximum(modes.run_seconds, 1)),
        ),
        _pack(ENTRY, len(pair), resource=modes.resource, units=modes.units, pair=pair),
        _build_resources(problem, queue, pair_ptr, fixed_ptr),
        after,
        fixed,
        _pack(USE, len(materials.material), material=materials.material, quantity=materials.quantity),
        _pack(
            RECEIPT,
            len(receipts),
            material=materials.receipt_material[receipts],
            time=materials.receipt_time[receipts],
            quantity=materials.receipt_quantity[receipts],
        ),
        pair_queue,
        setups,
        materials.stock,
        reserved,
        cal_ptr,
        cal_start,
        cal_end,
        count_worked(cal_ptr, cal_start, cal_end),
        np.concatenate((own.level, *(part.level for part in times))).astype(np.int64),
        float(max(modes.run_seconds.mean(), 1.0)) if num_modes else 1.0,
        float(max(setups.mean(), 1.0)) if setups.size else 1.0,
    )


def _latest_due(problem: Problem) -> int:
    """A due time for jobs without one: later than all others, small enough to keep every second in a float."""
    finite = problem.jobs.due[problem.jobs.due < NEVER]
    return int(min(finite.max(initial=0) + 10 * 366 * 86_400, 2**50))
