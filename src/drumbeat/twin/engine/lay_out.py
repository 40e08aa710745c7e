"""Lay a network and its uncertainty out as flat arrays for the compiled kernel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int32s, Int64s
from drumbeat.basics.calendars import DAY_SECONDS, OpenTimes, intersect_calendars
from drumbeat.basics.streams import FIXED, LOGNORMAL, key_of, keys_of
from drumbeat.scheduling.engine.problem import FAR_FUTURE
from drumbeat.twin.engine.problem import Absences, Keys, Network, Uncertainty, absence_horizon

MOST_CV = 10.0
"""No lot's scrap varies more than this against its mean."""

SHIFTS_PER_DAY = 24
"""Shifts that start in the same hour of the day are worked by the same people."""


class Work(NamedTuple):
    """The tasks; shape (N,) each. A cause of C (the number of causes) is always on."""

    key: Keys
    job: Int32s
    release: Int64s
    setup: Int64s
    run: Floats
    planned: Int64s
    can_pause: Bools
    calendar: Int32s
    distribution: Int32s
    shape: Floats
    factor: Floats
    run_cause: Int32s
    quantity: Floats
    scrap: Floats
    scrap_sigma: Floats
    planned_scrap: Floats
    scrap_cause: Int32s


class Bounds(NamedTuple):
    """What starts and ends wait for: CSR over tasks, as in `Arcs`."""

    start_ptr: Int64s
    start_source: Int32s
    start_lag: Int64s
    end_ptr: Int64s
    end_source: Int32s
    end_lag: Int64s


class Lives(NamedTuple):
    """Lives: one failure mode of one unit each, shape (S,); `ptr` and `life` are CSR over tasks."""

    ptr: Int64s
    life: Int32s
    key: Keys
    is_busy: Bools
    distribution: Int32s
    mean: Floats
    shape: Floats
    repair: Int32s
    repair_mean: Floats
    repair_shape: Floats
    is_down: Bools
    cause: Int32s


class Receipts(NamedTuple):
    """Receipts, shape (Q,), and the lateness of suppliers.

    `base` is what lateness is counted from, `done` the probability of less lateness than it already has.
    """

    key: Keys
    time: Int64s
    base: Int64s
    done: Floats
    supplier: Int32s
    quantiles: Floats
    cause: Int32s


class Times(NamedTuple):
    """Calendars of tasks: open when everything that the task holds is there; calendar 0 is always open.

    Intervals of gated calendars carry gates: closed when fewer than `gate_need` people are present in shift
    `gate_shift`. `gated` lists those calendars, `gated_end` the end of the last interval with a gate, for each of them.
    """

    ptr: Int64s
    start: Int64s
    end: Int64s
    gate_ptr: Int64s
    gate_shift: Int32s
    gate_need: Int32s
    gated: Int32s
    gated_end: Int64s


class Crews(NamedTuple):
    """Shifts in the order of time within each pool, and the crews that work them: same pool, same hour of the day."""

    crew: Int32s
    day: Int64s
    size: Int64s
    key: Keys
    first: Int64s
    rate: Floats
    stay: Floats
    cause: Int32s


class Model(NamedTuple):
    """What every replication reads: in parts, because handing over one large tuple costs more than a task does."""

    work: Work
    bounds: Bounds
    lives: Lives
    receipts: Receipts
    times: Times
    crews: Crews
    due: Int64s
    is_placed: Bools
    num_causes: int


@dataclass(frozen=True, slots=True)
class _Shifts:
    """Shifts of pools that people may be away from: CSR over pools, and the crews that work them."""

    ptr: Int64s
    start: Int64s
    end: Int64s
    size: Int64s
    crew: Int32s
    crew_pool: Int64s
    crew_key: Keys
    crew_first: Int64s


def lay_out(network: Network, uncertainty: Uncertainty) -> Model:
    """Lay out what the kernel reads.

    Parameters
    ----------
    network
        From `build_network`.
    uncertainty
        Of the same scheduling problem.

    Returns
    -------
    Model
        Equal inputs give equal models.
    """
    shifts = _cut_shifts(network, uncertainty.absences)
    num_causes = len(uncertainty.causes.kind)
    of_task, times = _combine_calendars(network, uncertainty.absences, shifts)
    arcs, ends = network.start_arcs, network.end_arcs
    return Model(
        work=_lay_out_work(network, uncertainty, of_task),
        bounds=Bounds(arcs.ptr, arcs.source, arcs.lag, ends.ptr, ends.source, ends.lag),
        lives=_lay_out_lives(network, uncertainty),
        receipts=_lay_out_receipts(network, uncertainty),
        times=times,
        crews=_lay_out_crews(uncertainty.absences, shifts, num_causes),
        due=network.due,
        is_placed=network.num_unplaced == 0,
        num_causes=num_causes,
    )


def _lay_out_work(network: Network, uncertainty: Uncertainty, calendar: Int32s) -> Work:
    task, scrap, run_times = network.task, uncertainty.scrap, uncertainty.run_times
    num_causes = len(uncertainty.causes.kind)
    distribution, shape, share = run_times.distribution[task], run_times.shape[task], scrap.share[task]
    return Work(
        key=keys_of(network.keys),
        job=network.job,
        release=network.release,
        setup=network.setup_seconds,
        run=network.run_seconds.astype(np.float64),
        planned=network.setup_seconds + network.run_seconds,
        can_pause=network.can_pause,
        calendar=calendar,
        distribution=np.where((distribution == LOGNORMAL) & (shape <= 0), FIXED, distribution).astype(np.int32),
        shape=shape,
        factor=run_times.factor[task],
        run_cause=_or_always(run_times.cause[task], num_causes),
        quantity=scrap.quantity[task],
        scrap=share,
        scrap_sigma=np.sqrt(np.log1p(np.minimum(scrap.spread[task] / np.maximum(share, 1e-9), MOST_CV) ** 2)),
        planned_scrap=scrap.planned_share[task],
        scrap_cause=_or_always(scrap.cause[task], num_causes),
    )


def _lay_out_receipts(network: Network, uncertainty: Uncertainty) -> Receipts:
    lateness = uncertainty.lateness
    late = lateness.already_late_seconds
    done = [_share_below(lateness.quantiles, s, t) for s, t in zip(lateness.supplier, late, strict=True)]
    return Receipts(
        key=keys_of(network.receipt_keys),
        time=network.receipt_time,
        base=np.where(late > 0, -late, network.receipt_time),
        done=np.array(done, dtype=np.float64),
        supplier=lateness.supplier,
        quantiles=lateness.quantiles,
        cause=_or_always(lateness.cause, len(uncertainty.causes.kind)),
    )


def _lay_out_crews(absences: Absences, shifts: _Shifts, num_causes: int) -> Crews:
    return Crews(
        crew=shifts.crew,
        day=shifts.start // DAY_SECONDS,
        size=shifts.size,
        key=shifts.crew_key,
        first=shifts.crew_first,
        rate=absences.rate[shifts.crew_pool],
        stay=_stay(absences)[shifts.crew_pool],
        cause=_or_always(absences.cause[shifts.crew_pool], num_causes),
    )


def _or_always(cause: Int32s, num_causes: int) -> Int32s:
    return np.where(cause < 0, num_causes, cause).astype(np.int32)


def _stay(absences: Absences) -> Floats:
    """Day-to-day correlation of a person's absence: 1 - P(returns) - P(leaves) of the two-state chain."""
    back = 1.0 / np.maximum(absences.spell_days, 1.0)
    return np.maximum(1.0 - back / (1.0 - absences.rate), 0.0)


def _share_below(quantiles: Floats, supplier: int, late: int) -> float:
    """Probability that a supplier's lateness is at most `late` seconds; 0 for what is not late yet."""
    if supplier < 0 or late <= 0:
        return 0.0
    row = quantiles[supplier]
    if late >= row[-1]:
        return 1.0
    i = int(np.searchsorted(row, late, side="right"))
    if i == 0:
        return 0.0
    return float((i - 1 + (late - row[i - 1]) / (row[i] - row[i - 1])) / (len(row) - 1))


def _lay_out_lives(network: Network, uncertainty: Uncertainty) -> Lives:
    """Lives of the units that tasks hold."""
    failures, holds = uncertainty.failures, network.holds
    by_resource = np.argsort(failures.resource, kind="stable")
    num_resources = len(network.resource_keys)
    ptr = np.concatenate(([0], np.cumsum(np.bincount(failures.resource, minlength=num_resources)))).astype(np.int64)
    count = np.diff(ptr)[holds.resource]
    entry = np.repeat(np.arange(len(count)), count)
    offset = np.arange(len(entry)) - np.repeat(np.cumsum(count) - count, count)
    mode = by_resource[ptr[holds.resource[entry]] + offset]
    pairs, life = np.unique(np.stack([mode, holds.unit[entry]], axis=1), axis=0, return_inverse=True)
    owner = np.repeat(np.arange(network.num_tasks), np.diff(holds.ptr))[entry]
    task_ptr = np.concatenate(([0], np.cumsum(np.bincount(owner, minlength=network.num_tasks)))).astype(np.int64)
    of = pairs[:, 0]
    return Lives(
        ptr=task_ptr,
        life=life.ravel().astype(np.int32),
        key=keys_of(f"{failures.keys[m]}#{unit}" for m, unit in pairs),
        is_busy=failures.is_busy_clock[of],
        distribution=failures.distribution[of],
        mean=failures.mean_seconds[of],
        shape=failures.shape[of],
        repair=failures.repair_distribution[of],
        repair_mean=failures.repair_mean_seconds[of],
        repair_shape=failures.repair_shape[of],
        is_down=failures.is_down[of],
        cause=_or_always(failures.cause[of], len(uncertainty.causes.kind)),
    )


def _cut_shifts(network: Network, absences: Absences) -> _Shifts:
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
    return _Shifts(
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


def _combine_calendars(network: Network, absences: Absences, shifts: _Shifts) -> tuple[Int32s, Times]:
    """Find the sets of resources that tasks need at once, and when each set is there."""
    holds = network.holds
    pool = np.full(len(network.resource_keys), -1, dtype=np.int64)
    pool[absences.resource] = np.arange(len(absences.resource))
    gate = np.where(np.isin(pool[holds.resource], absences.rate.nonzero()[0]), pool[holds.resource], -1)
    level = -(-holds.need.astype(np.int64) // network.resource_capacity[holds.resource])
    need = np.where(gate >= 0, holds.need, 0)
    rows = np.stack([network.resource_calendar[holds.resource].astype(np.int64), level, gate, need], axis=1)
    kinds, kind = np.unique(rows, axis=0, return_inverse=True)
    is_always = (kinds[:, 0] < 0) & (kinds[:, 1] <= 1) & (kinds[:, 2] < 0)
    kind = np.where(is_always[kind.ravel()], -1, kind.ravel()) if len(kind) else kind.ravel()
    width = int(np.diff(holds.ptr).max(initial=0))
    matrix = np.full((network.num_tasks, max(width, 1)), -1, dtype=np.int64)
    owner = np.repeat(np.arange(network.num_tasks), np.diff(holds.ptr))
    matrix[owner, np.arange(len(owner)) - holds.ptr[owner]] = kind
    # Work of no length needs nobody to be there.
    matrix[network.setup_seconds + network.run_seconds == 0] = -1
    matrix.sort(axis=1)
    sets, of_task = np.unique(np.concatenate([np.full((1, matrix.shape[1]), -1), matrix]), axis=0, return_inverse=True)
    parts = [_open_together(network, kinds[[k for k in members if k >= 0]], shifts) for members in sets]
    ptr = np.concatenate(([0], np.cumsum([len(part[0]) for part in parts]))).astype(np.int64)
    gates = np.concatenate([part[2] for part in parts])
    gated = [i for i, part in enumerate(parts) if len(part[3])]
    return of_task.ravel()[1:].astype(np.int32), Times(
        ptr=ptr,
        start=np.concatenate([part[0] for part in parts]),
        end=np.concatenate([part[1] for part in parts]),
        gate_ptr=np.concatenate(([0], np.cumsum(gates))).astype(np.int64),
        gate_shift=np.concatenate([part[3] for part in parts]).astype(np.int32),
        gate_need=np.concatenate([part[4] for part in parts]).astype(np.int32),
        gated=np.array(gated, dtype=np.int32),
        gated_end=np.array([ptr[i] + np.flatnonzero(parts[i][2])[-1] + 1 for i in gated], dtype=np.int64),
    )


def _open_together(network: Network, kinds: Int64s, shifts: _Shifts) -> tuple[Int64s, Int64s, Int64s, Int64s, Int64s]:
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
