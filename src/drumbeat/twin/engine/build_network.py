"""Turn a schedule into the network of moments that the twin replays."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np

from drumbeat.basics.arrays import Bools, Int64s
from drumbeat.basics.compiled import njit
from drumbeat.scheduling.engine.problem import FINISH_FINISH, FINISH_START, START_START, Calendars, Problem
from drumbeat.scheduling.engine.result import SKIPPED, UNSCHEDULED, Schedule
from drumbeat.twin.engine.assign_units import assign_units, least_level
from drumbeat.twin.engine.extend_calendars import extend_calendars
from drumbeat.twin.engine.peg_materials import peg_materials
from drumbeat.twin.engine.problem import Arcs, Holds, Network

LONGEST_EXTENSION = 3 * 366 * 86_400
"""Calendars are carried on by as long as the schedule takes and eight weeks, but never by more seconds than this."""


def build_network(problem: Problem, schedule: Schedule) -> Network:
    """Fix a schedule's sequences and machines, and drop its moments.

    A task waits for the tasks linked to it, for those that hold its units before it (units are handed out lowest
    first, in the order of the schedule), and for the receipts and tasks that bring its material, first in, first out
    in the order of the schedule. A bound that the schedule itself breaks is left out, so that without any spread no
    task ends later than scheduled (but where a fixed start lies in closed hours: it waits for the next opening).

    Parameters
    ----------
    problem
        What was scheduled.
    schedule
        Any schedule of it. Tasks without a place are left out; their jobs count as never on time. What was left out on
        purpose is not missed.

    Returns
    -------
    Network
        Tasks in an order in which all arcs point forwards, early starts first.
    """
    placed = np.flatnonzero(schedule.mode >= 0)
    # Rank: the order of the schedule. Of two tasks at one moment, the one of no length comes first.
    order = placed[np.lexsort((placed, schedule.end[placed], schedule.start[placed]))]
    rank = np.full(problem.num_tasks, -1, dtype=np.int64)
    rank[order] = np.arange(len(order))
    start, end, mode = schedule.start[order], schedule.end[order], schedule.mode[order].astype(np.int64)
    held = _hold(problem, order, start, end, mode)
    ahead = schedule.setup_seconds[order] * problem.setups.is_ahead
    source, target, lag, is_end = _collect_arcs(problem, rank, start, end, held, ahead)
    position, kept = _sort(source, target, len(order))
    dropped = int((~kept).sum())
    old = np.argsort(position)
    tasks, jobs = problem.tasks, problem.jobs
    chosen = order[old]
    at = np.concatenate([2 * position, 2 * position + 1]).reshape(2, -1).T.ravel()
    moved = (
        np.where(source < 2 * len(order), at[np.minimum(source, 2 * len(order) - 1)], source) if len(order) else source
    )
    arcs = [
        _group(position[target[rows]], moved[rows], lag[rows], len(order)) for rows in (kept & ~is_end, kept & is_end)
    ]
    until = int(end.max(initial=0)) + min(int(end.max(initial=0)) + 8 * 7 * 86_400, LONGEST_EXTENSION)
    job = tasks.job[chosen]
    release = np.maximum(tasks.release[chosen], jobs.release[job])
    if problem.setups.is_ahead:
        release = np.minimum(release, np.maximum(release - schedule.setup_seconds[chosen], 0))
    release = np.maximum(release, tasks.fixed_start[chosen])
    is_fixed = tasks.fixed_start[chosen] >= 0
    unplaced = np.bincount(tasks.job[schedule.mode == UNSCHEDULED], minlength=problem.num_jobs)
    no_task = np.bincount(tasks.job[schedule.mode != SKIPPED], minlength=problem.num_jobs) == 0
    return Network(
        task=chosen.astype(np.int32),
        keys=tasks.keys[chosen],
        job=job.astype(np.int32),
        release=np.where(is_fixed, tasks.fixed_start[chosen], np.maximum(release, 0)).astype(np.int64),
        setup_seconds=schedule.setup_seconds[chosen].astype(np.int64),
        run_seconds=problem.modes.run_seconds[mode[old]].astype(np.int64),
        can_pause=tasks.can_pause[chosen],
        planned_start=start[old].astype(np.int64),
        planned_end=end[old].astype(np.int64),
        start_arcs=arcs[0],
        end_arcs=arcs[1],
        holds=_order_holds(held, old),
        job_keys=jobs.keys,
        due=jobs.due,
        num_unplaced=(unplaced + no_task).astype(np.int64),
        resource_keys=problem.resources.keys,
        resource_calendar=problem.resources.calendar,
        resource_capacity=problem.resources.capacity,
        calendars=extend_calendars(problem.calendars, until),
        receipt_keys=problem.materials.receipt_keys,
        receipt_time=np.maximum(problem.materials.receipt_time, 0),
        num_links_dropped=dropped,
    )


@dataclass(frozen=True, slots=True)
class _Held:
    """Units held, entry by entry in the order of the tasks, and who takes them over from whom (ranks)."""

    ptr: Int64s
    resource: Int64s
    unit: Int64s
    need: Int64s
    before: Int64s
    after: Int64s


def _hold(problem: Problem, order: Int64s, start: Int64s, end: Int64s, mode: Int64s) -> _Held:
    modes, resources, calendars = problem.modes, problem.resources, problem.calendars
    sizes = modes.resource_ptr[mode + 1] - modes.resource_ptr[mode]
    ptr = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
    owner = np.repeat(np.arange(len(order)), sizes)
    entry = np.arange(len(owner)) - ptr[owner] + modes.resource_ptr[mode][owner]
    resource, units = modes.resource[entry].astype(np.int64), modes.units[entry].astype(np.int64)
    by_resource = np.argsort(resource, kind="stable")
    resource_ptr = np.concatenate(([0], np.cumsum(np.bincount(resource, minlength=problem.num_resources))))
    unit, need, before, after = assign_units(
        resource_ptr.astype(np.int64),
        owner[by_resource],
        units[by_resource],
        start[owner[by_resource]],
        end[owner[by_resource]],
        resources.capacity * _highest_levels(calendars)[resources.calendar],
    )
    first, highest = np.empty(len(owner), dtype=np.int64), np.empty(len(owner), dtype=np.int64)
    first[by_resource], highest[by_resource] = unit, need
    at_hand = resources.capacity[resource] * least_level(
        resources.calendar[resource], start[owner], end[owner], calendars.ptr, calendars.open_start,
        calendars.open_end, calendars.level,
    )  # fmt: skip
    return _Held(ptr, resource, first, np.where(highest <= at_hand, highest, units), before, after)


def _highest_levels(calendars: Calendars) -> Int64s:
    """Highest level of each calendar; the last entry, found by index -1, is that of always open."""
    count = len(calendars.ptr) - 1
    spans = [calendars.level[calendars.ptr[c] : calendars.ptr[c + 1]] for c in range(count)]
    return np.array([*(int(level.max(initial=1)) for level in spans), 1], dtype=np.int64)


def _order_holds(held: _Held, old: Int64s) -> Holds:
    sizes = np.diff(held.ptr)[old]
    ptr = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
    owner = np.repeat(np.arange(len(old)), sizes)
    entry = np.arange(len(owner)) - ptr[owner] + held.ptr[old][owner]
    return Holds(
        ptr, held.resource[entry].astype(np.int32), held.unit[entry].astype(np.int32), held.need[entry].astype(np.int32)
    )


def _collect_arcs(
    problem: Problem, rank: Int64s, start: Int64s, end: Int64s, held: _Held, ahead: Int64s
) -> tuple[Int64s, Int64s, Int64s, Bools]:
    """All arcs between ranks that the schedule keeps: source moment, target, lag, whether it bounds the end.

    `ahead`: by how much each run starts after its task, where links bind the run and not the setup before it.
    """
    links = problem.links
    before, after = rank[links.before], rank[links.after]
    both = (before >= 0) & (after >= 0)
    from_end = (links.kind == FINISH_START) | (links.kind == FINISH_FINISH)
    to_start = (links.kind == FINISH_START) | (links.kind == START_START)
    peg_source, peg_task = _peg(problem, rank, start, end)
    source = np.concatenate([(2 * before + from_end)[both], 2 * held.before + 1, peg_source])
    target = np.concatenate([after[both], held.after, peg_task])
    lags = (
        links.lag + np.where(from_end, 0, ahead[before]) - np.where(to_start, ahead[after], 0)
        if len(start)
        else links.lag
    )
    lag = np.concatenate([lags[both], np.zeros(len(target) - int(both.sum()), dtype=np.int64)])
    is_end = np.concatenate([~to_start[both], np.zeros(len(target) - int(both.sum()), dtype=bool)])
    # Of several arcs between the same two moments, the longest lag is enough.
    order = np.lexsort((-lag, is_end, target, source))
    source, target, lag, is_end = source[order], target[order], lag[order], is_end[order]
    is_new = np.ones(len(source), dtype=bool)
    is_new[1:] = (np.diff(source) != 0) | (np.diff(target) != 0) | (np.diff(is_end.astype(np.int8)) != 0)
    planned = np.concatenate([np.stack([start, end], axis=1).ravel(), np.maximum(problem.materials.receipt_time, 0)])
    is_kept = planned[source] + lag <= np.where(is_end, end[target], start[target])
    rows = is_new & is_kept
    return source[rows], target[rows], lag[rows], is_end[rows]


def _peg(problem: Problem, rank: Int64s, start: Int64s, end: Int64s) -> tuple[Int64s, Int64s]:
    materials = problem.materials
    if len(materials.task_ptr) == 0:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    task = rank[np.repeat(np.arange(problem.num_tasks), np.diff(materials.task_ptr))]
    made, used = (task >= 0) & (materials.quantity > 0), (task >= 0) & (materials.quantity < 0)
    num, num_materials = len(start), len(materials.stock)
    moments = 2 * num + np.arange(len(materials.receipt_time))
    material = np.concatenate([np.arange(num_materials), materials.receipt_material, materials.material[made]])
    time = np.concatenate([np.full(num_materials, -1), np.maximum(materials.receipt_time, 0), end[task[made]]])
    quantity = np.concatenate([materials.stock, materials.receipt_quantity, materials.quantity[made]])
    source = np.concatenate([np.full(num_materials, -1), moments, 2 * task[made] + 1])
    supplies = np.lexsort((np.arange(len(source)), time, material))
    uses = np.lexsort((task[used], start[task[used]], materials.material[used]))
    supply_ptr = np.concatenate(([0], np.cumsum(np.bincount(material, minlength=num_materials))))
    use_ptr = np.concatenate(([0], np.cumsum(np.bincount(materials.material[used], minlength=num_materials))))
    return peg_materials(
        supply_ptr.astype(np.int64), quantity[supplies], source[supplies].astype(np.int64),
        use_ptr.astype(np.int64), -materials.quantity[used][uses], task[used][uses],
    )  # fmt: skip


def _group(target: Int64s, source: Int64s, lag: Int64s, size: int) -> Arcs:
    order = np.lexsort((source, target))
    ptr = np.concatenate(([0], np.cumsum(np.bincount(target, minlength=size)))).astype(np.int64)
    return Arcs(ptr, source[order].astype(np.int32), lag[order].astype(np.int64))


def _sort(source: Int64s, target: Int64s, size: int) -> tuple[Int64s, Bools]:
    """Return each rank's position in an order in which arcs point forwards, and which arcs are kept for it."""
    from_task = source < 2 * size
    if bool((source[from_task] // 2 < target[from_task]).all()):
        return np.arange(size), np.ones(len(source), dtype=bool)
    rows = np.flatnonzero(from_task)
    tail, head = source[rows] // 2, target[rows]
    by_tail = np.argsort(tail, kind="stable")
    ptr = np.concatenate(([0], np.cumsum(np.bincount(tail, minlength=size)))).astype(np.int64)
    position, num_sorted = _topological(ptr, head[by_tail], size)
    kept = np.ones(len(source), dtype=bool)
    if num_sorted < size:
        # A ring: only overlaps against the sequence on a resource can close one. What points backwards goes.
        in_ring = (position[tail] < 0) & (position[head] < 0)
        kept[rows[in_ring & (tail >= head)]] = False
        left = np.flatnonzero(kept[rows][by_tail])
        ptr = np.concatenate(([0], np.cumsum(np.bincount(tail[by_tail][left], minlength=size)))).astype(np.int64)
        position, _ = _topological(ptr, head[by_tail][left], size)
    return position, kept


@njit(cache=True)
def _topological(ptr: Int64s, head: Int64s, size: int) -> tuple[Int64s, int]:
    waits = np.zeros(size, np.int64)
    for a in range(len(head)):
        waits[head[a]] += 1
    position = np.full(size, -1, np.int64)
    heap = [np.int64(i) for i in range(size) if waits[i] == 0]
    num_sorted = 0
    while len(heap) > 0:
        i = heapq.heappop(heap)
        position[i] = num_sorted
        num_sorted += 1
        for a in range(ptr[i], ptr[i + 1]):
            waits[head[a]] -= 1
            if waits[head[a]] == 0:
                heapq.heappush(heap, head[a])
    return position, num_sorted
