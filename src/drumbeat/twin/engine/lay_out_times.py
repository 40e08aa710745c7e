"""Lay out when tasks may work: the hours of all that they hold, and the shifts of people who may be away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drumbeat.basics.arrays import Int32s, Int64s
from drumbeat.basics.calendars import DAY_SECONDS, OpenTimes, intersect_calendars
from drumbeat.basics.streams import key_of
from drumbeat.scheduling.engine.problem import FAR_FUTURE
from drumbeat.twin.engine.model import Times
from drumbeat.twin.engine.problem import Absences, Keys, Network, absence_horizon

SHIFTS_PER_DAY = 24
"""Shifts that start in the same hour of the day are worked by the same people."""


@dataclass(frozen=True, slots=True)
class Shifts:
    """Shifts of pools that people may be away from: CSR over pools, and the crews that work them."""

    ptr: Int64s
    start: Int64s
    end: Int64s
    size: Int64s
    crew: Int32s
    crew_pool: Int64s
    crew_key: Keys
    crew_first: Int64s


def cut_shifts(network: Network, absences: Absences) -> Shifts:
    """Cut the calendars of pools into shifts of at most a day, up to some time after the planned end."""
    until = absence_horizon(network)
    ptr, starts, ends, sizes, crews = [0], [], [], [], []
    crew_pool: list[int] = []
    crew_keys: list[np.uint64] = []
    crew_sizes: list[int] = []
    for p, resource in enumerate(absences.resource):
        own, capacity = _own_calendar(network, int(resource)), int(network.resource_capacity[resource])
        numbers: dict[int, int] = {}
        for opens, closes, level in zip(own.open_start, own.open_end, own.level, strict=True):
            for start in range(int(opens), min(int(closes), until), DAY_SECONDS):
                hour = start % DAY_SECONDS * SHIFTS_PER_DAY // DAY_SECONDS
                if hour not in numbers:
                    numbers[hour] = len(crew_pool)
                    crew_pool.append(p)
                    crew_keys.append(key_of(f"{network.resource_keys[resource]}@{hour}"))
                    crew_sizes.append(0)
                crew = numbers[hour]
                starts.append(start)
                ends.append(min(start + DAY_SECONDS, int(closes)))
                sizes.append(capacity * int(level))
                crews.append(crew)
                crew_sizes[crew] = max(crew_sizes[crew], sizes[-1])
        ptr.append(len(starts))
    return Shifts(
        np.array(ptr, dtype=np.int64),
        np.array(starts, dtype=np.int64),
        np.array(ends, dtype=np.int64),
        np.array(sizes, dtype=np.int64),
        np.array(crews, dtype=np.int32),
        np.array(crew_pool, dtype=np.int64),
        np.array(crew_keys, dtype=np.uint64),
        np.concatenate(([0], np.cumsum(crew_sizes))).astype(np.int64),
    )


def _own_calendar(network: Network, resource: int) -> OpenTimes:
    calendar = int(network.resource_calendar[resource])
    if calendar < 0:
        return intersect_calendars([])
    span = slice(network.calendars.ptr[calendar], network.calendars.ptr[calendar + 1])
    own = network.calendars
    return OpenTimes(own.open_start[span], own.open_end[span], own.level[span])


def number_rows(rows: Int64s) -> tuple[Int64s, Int64s]:
    """Return the different rows of a table, sorted, and for each row which of them it is; shapes (D, C) and (N,).

    As `numpy.unique` of rows, which sorts them as records and takes tens of times as long.
    """
    number = np.zeros(len(rows), dtype=np.int64)
    for column in rows.T:
        values, place = np.unique(column, return_inverse=True)
        # Numbered anew after each column, so that the product stays small however many columns there are.
        number = np.unique(number * max(len(values), 1) + place, return_inverse=True)[1].astype(np.int64)
    different = np.zeros((int(number.max(initial=-1)) + 1, rows.shape[1]), dtype=np.int64)
    different[number] = rows
    return different, number


def combine_calendars(network: Network, absences: Absences, shifts: Shifts) -> tuple[Int32s, Times]:
    """Find the sets of resources that tasks need at once, and when each set is there."""
    holds = network.holds
    pool = np.full(len(network.resource_keys), -1, dtype=np.int64)
    pool[absences.resource] = np.arange(len(absences.resource))
    gate = np.where(np.isin(pool[holds.resource], absences.rate.nonzero()[0]), pool[holds.resource], -1)
    level = -(-holds.need.astype(np.int64) // network.resource_capacity[holds.resource])
    need = np.where(gate >= 0, holds.need, 0)
    rows = np.stack([network.resource_calendar[holds.resource].astype(np.int64), level, gate, need], axis=1)
    kinds, kind = number_rows(rows)
    is_always = (kinds[:, 0] < 0) & (kinds[:, 1] <= 1) & (kinds[:, 2] < 0)
    kind = np.where(is_always[kind], -1, kind) if len(kind) else kind
    width = int(np.diff(holds.ptr).max(initial=0))
    matrix = np.full((network.num_tasks, max(width, 1)), -1, dtype=np.int64)
    owner = np.repeat(np.arange(network.num_tasks), np.diff(holds.ptr))
    matrix[owner, np.arange(len(owner)) - holds.ptr[owner]] = kind
    # Work of no length needs nobody to be there.
    matrix[network.setup_seconds + network.run_seconds == 0] = -1
    matrix.sort(axis=1)
    sets, of_task = number_rows(np.concatenate([np.full((1, matrix.shape[1]), -1), matrix]))
    parts = [_open_together(network, kinds[[k for k in members if k >= 0]], shifts) for members in sets]
    ptr = np.concatenate(([0], np.cumsum([len(part[0]) for part in parts]))).astype(np.int64)
    gates = np.concatenate([part[2] for part in parts])
    gated = [i for i, part in enumerate(parts) if len(part[3])]
    return of_task[1:].astype(np.int32), Times(
        ptr=ptr,
        start=np.concatenate([part[0] for part in parts]),
        end=np.concatenate([part[1] for part in parts]),
        gate_ptr=np.concatenate(([0], np.cumsum(gates))).astype(np.int64),
        gate_shift=np.concatenate([part[3] for part in parts]).astype(np.int32),
        gate_need=np.concatenate([part[4] for part in parts]).astype(np.int32),
        gated=np.array(gated, dtype=np.int32),
        gated_end=np.array([ptr[i] + np.flatnonzero(parts[i][2])[-1] + 1 for i in gated], dtype=np.int64),
    )


def _open_together(network: Network, kinds: Int64s, shifts: Shifts) -> tuple[Int64s, Int64s, Int64s, Int64s, Int64s]:
    """When a set is open: start, end, number of gates by interval; shift and people needed by gate."""
    parts, calendars = [], network.calendars
    for calendar, level, _, _ in kinds:
        if calendar >= 0:
            span = slice(calendars.ptr[calendar], calendars.ptr[calendar + 1])
            keep = calendars.level[span] >= level
            parts.append(
                OpenTimes(calendars.open_start[span][keep], calendars.open_end[span][keep], calendars.level[span][keep])
            )
    both = intersect_calendars(parts)
    start, end = both.open_start, both.open_end
    if len(end) == 0 or end[-1] < FAR_FUTURE:
        # Far beyond the plan everything counts as there, so that work always finds an end.
        after = int(network.calendars.open_start.max(initial=0))
        start, end = np.append(start[start < after], after), np.append(end[start < after], FAR_FUTURE)
        end[:-1] = np.minimum(end[:-1], after)
    gates = [(shifts.start[span], shifts.end[span], int(shifts.ptr[p]), int(need)) for _, _, p, need in kinds
             if p >= 0 for span in [slice(shifts.ptr[p], shifts.ptr[p + 1])]]  # fmt: skip
    if not gates:
        return start, end, np.zeros(len(start), np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64)
    cuts = np.unique(np.concatenate([start, end, *(moment for gate in gates for moment in gate[:2])]))
    where = np.searchsorted(start, cuts[:-1], side="right") - 1
    inside = (where >= 0) & (cuts[:-1] < end[np.maximum(where, 0)])
    start, end = cuts[:-1][inside], cuts[1:][inside]
    found = np.full((len(start), len(gates)), -1, dtype=np.int64)
    for g, (opens, closes, first, _) in enumerate(gates):
        at = np.searchsorted(opens, start, side="right") - 1
        is_in = (at >= 0) & (start < closes[np.maximum(at, 0)])
        found[:, g] = np.where(is_in, first + at, -1)
    needs = np.broadcast_to(np.array([gate[3] for gate in gates]), found.shape)
    return start, end, (found >= 0).sum(axis=1), found[found >= 0], needs[found >= 0]
