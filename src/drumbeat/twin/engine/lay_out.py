"""Lay a network and its uncertainty out as flat arrays for the compiled kernel."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

from drumbeat.basics.arrays import Floats, Int32s
from drumbeat.basics.calendars import DAY_SECONDS
from drumbeat.basics.streams import FIXED, LOGNORMAL, keys_of
from drumbeat.twin.engine.lay_out_times import Shifts, combine_calendars, cut_shifts, number_rows
from drumbeat.twin.engine.model import Bounds, Crews, Lives, Model, Receipts, Sets, Work
from drumbeat.twin.engine.pick_parameters import pick_parameters
from drumbeat.twin.engine.problem import Absences, Lateness, Network, Uncertainty

MOST_CV = 10.0
"""No lot's scrap varies more than this against its mean."""


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
    shifts = cut_shifts(network, uncertainty.absences)
    num_causes = len(uncertainty.causes.kind)
    of_task, times = combine_calendars(network, uncertainty.absences, shifts)
    arcs, ends = network.start_arcs, network.end_arcs
    lives, receipts = _lay_out_lives(network, uncertainty), _lay_out_receipts(network, uncertainty)
    crews = _lay_out_crews(uncertainty.absences, shifts, num_causes)
    model = Model(
        work=_lay_out_work(network, uncertainty, of_task),
        bounds=Bounds(arcs.ptr, arcs.source, arcs.lag, ends.ptr, ends.source, ends.lag),
        lives=lives,
        receipts=receipts,
        times=times,
        crews=crews,
        sets=_lay_out_sets(uncertainty, lives, crews, shifts),
        due=network.due,
        is_placed=network.num_unplaced == 0,
        num_causes=num_causes,
    )
    return _lay_in_rows(model)


Part = TypeVar("Part")


def _lay_in_rows(part: Part) -> Part:
    """Lay every array out row by row, as one block that may be written: kernels are compiled anew for any other."""
    if isinstance(part, tuple):
        return type(part)(*(_lay_in_rows(one) for one in part))
    if isinstance(part, np.ndarray):
        return np.require(part, requirements=["C", "W"])
    return part


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
        group=_group_runs(uncertainty)[task],
        tables=run_times.tables,
        quantity=scrap.quantity[task],
        scrap=share,
        scrap_sigma=np.sqrt(np.log1p(np.minimum(scrap.spread[task] / np.maximum(share, 1e-9), MOST_CV) ** 2)),
        planned_scrap=scrap.planned_share[task],
        scrap_cause=_or_always(scrap.cause[task], num_causes),
    )


def _group_runs(uncertainty: Uncertainty) -> Int32s:
    """Column of the run time's tables by task of the scheduling problem; what is sure comes last."""
    doubt, size = uncertainty.doubt, len(uncertainty.run_times.shape)
    if not len(doubt.run_mean):
        return np.zeros(size, dtype=np.int32)
    return np.where(doubt.run_group < 0, doubt.run_mean.shape[1], doubt.run_group).astype(np.int32)


def _lay_out_sets(uncertainty: Uncertainty, lives: Lives, crews: Crews, shifts: Shifts) -> Sets:
    """Tables that do not vary keep one row, so that nothing is copied for them."""
    doubt = uncertainty.doubt
    sure = np.ones((max(len(doubt.run_mean), 1), 1))
    picked = [pick_parameters(uncertainty, number) for number in range(doubt.num_sets)]
    late = [one.lateness for one in (picked if len(doubt.quantiles) else picked[:1])]
    away = [one.absences for one in (picked if len(doubt.absence) else picked[:1])]
    pool = shifts.crew_pool

    def of_lives(values: Floats, table: Floats) -> Floats:
        return values * table[:, lives.mode] if len(table) else values[None, :]

    return Sets(
        run_mean=np.concatenate([doubt.run_mean, sure], axis=1) if len(doubt.run_mean) else sure,
        run_shape=np.concatenate([doubt.run_shape, sure], axis=1) if len(doubt.run_mean) else sure,
        mean=of_lives(lives.mean, doubt.life_mean),
        shape=of_lives(lives.shape, doubt.life_shape),
        repair_mean=of_lives(lives.repair_mean, doubt.repair_mean),
        repair_shape=of_lives(lives.repair_shape, doubt.repair_shape),
        quantiles=np.stack([one.quantiles for one in late]),
        done=np.stack([_find_done(one) for one in late]),
        rate=np.stack([one.rate[pool] for one in away]) if len(doubt.absence) else crews.rate[None, :],
        stay=np.stack([_stay(one)[pool] for one in away]) if len(doubt.absence) else crews.stay[None, :],
    )


def _find_done(lateness: Lateness) -> Floats:
    """Probability, by receipt, of less lateness than it already has."""
    late, done = lateness.already_late_seconds, np.zeros(len(lateness.supplier))
    for q in np.flatnonzero(late > 0):
        done[q] = _share_below(lateness.quantiles, int(lateness.supplier[q]), int(late[q]))
    return done


def _lay_out_receipts(network: Network, uncertainty: Uncertainty) -> Receipts:
    lateness = uncertainty.lateness
    late = lateness.already_late_seconds
    return Receipts(
        key=keys_of(network.receipt_keys),
        time=network.receipt_time,
        base=np.where(late > 0, -late, network.receipt_time),
        done=_find_done(lateness),
        supplier=lateness.supplier,
        quantiles=lateness.quantiles,
        cause=_or_always(lateness.cause, len(uncertainty.causes.kind)),
    )


def _lay_out_crews(absences: Absences, shifts: Shifts, num_causes: int) -> Crews:
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
    pairs, life = number_rows(np.stack([mode, holds.unit[entry]], axis=1))
    owner = np.repeat(np.arange(network.num_tasks), np.diff(holds.ptr))[entry]
    task_ptr = np.concatenate(([0], np.cumsum(np.bincount(owner, minlength=network.num_tasks)))).astype(np.int64)
    of = pairs[:, 0]
    return Lives(
        ptr=task_ptr,
        life=life.astype(np.int32),
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
        mode=of.astype(np.int64),
    )
