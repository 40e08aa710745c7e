"""Replay a schedule with one cause after the other switched off, on the same luck."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Bools, Int64s
from drumbeat.basics.compiled import inner, njit
from drumbeat.basics.streams import luck_of
from drumbeat.twin.engine.break_down import copy_wear, spare
from drumbeat.twin.engine.call_roll import call_roll
from drumbeat.twin.engine.draw_works import draw_works
from drumbeat.twin.engine.model import Model
from drumbeat.twin.engine.replay import State, judge, replay, run_tasks, take_parameters


@njit(cache=True, nogil=True)
def replay_causes(
    model: Model, state: State, other: State, seed: int, first: int, last: int, causes: Int64s
) -> tuple[Int64s, Int64s, Int64s, Int64s]:
    """Replay replications `first` to `last - 1` once with all causes on and once with each of some causes off.

    What a cause leaves alone is not drawn again, and where it makes no difference nothing is replayed: the answer is
    that of all causes on, bit for bit.

    Parameters
    ----------
    model, state, other
        What is replayed, and two states to do it in.
    seed
        Seed of all luck.
    first, last
        Range of replications.
    causes
        Shape (K,): the causes to switch off, one at a time.

    Returns
    -------
    For each cause (rows) and, in the last row, for none: by job, how often it was on time; by replication, how many
    jobs with a due time were on time, and the seconds of lateness. Then how many times the schedule was replayed.
    """
    num_causes, num_jobs = len(causes), len(model.due)
    on_time = np.zeros((num_causes + 1, num_jobs), np.int64)
    count = np.zeros((num_causes + 1, last - first), np.int64)
    late = np.zeros((num_causes + 1, last - first), np.int64)
    runs = np.zeros(1, np.int64)
    active = np.ones(model.num_causes + 1, np.bool_)
    due, is_placed = model.due, model.is_placed
    for r in range(last - first):
        luck = luck_of(seed, first + r)
        take_parameters(model, state, first + r)
        replay(model, state, luck, active)
        runs[0] += 1
        now = np.zeros(num_jobs, np.int64)
        base = judge(due, is_placed, state.job_end, now)
        on_time[num_causes] += now
        count[num_causes, r], late[num_causes, r] = base
        for k in range(num_causes):
            if state.bites[causes[k]]:
                active[causes[k]] = False
                _replay_without(model, state, other, luck, active, causes[k])
                active[causes[k]] = True
                runs[0] += 1
                count[k, r], late[k, r] = judge(due, is_placed, other.job_end, on_time[k])
            else:
                on_time[k] += now
                count[k, r], late[k, r] = base
    return on_time, count, late, runs


@inner
def _replay_without(model: Model, state: State, other: State, luck: np.uint64, active: Bools, cause: int) -> None:
    """Replay in `other` what `state` holds, with one cause off that makes a difference there."""
    work, lives, receipts, crews = model.work, state.lives, state.receipts, state.crews
    num_moments = 2 * len(work.job)
    other.moment[num_moments:] = state.moment[num_moments:]
    for q in range(len(receipts.time)):
        if receipts.supplier[q] >= 0 and receipts.cause[receipts.supplier[q]] == cause:
            other.moment[num_moments + q] = receipts.time[q]
    other.work[:] = state.work
    draw_works(work, model.sets, state.row[0], other.work, luck, active, cause, other.bites, other.batch)
    copy_wear(state.fresh, other.wear)
    spare(lives, other.wear, cause)
    hours = state.hours
    if (crews.cause == cause).any():
        hours = other.hours
        call_roll(crews, model.times, hours, other.present, other.is_away, other.last_day, luck, active, other.bites)
    hours.hint[:] = hours.first
    run_tasks(work, model.bounds, lives, hours, other.wear, other.moment, other.work, other.job_end, luck)
