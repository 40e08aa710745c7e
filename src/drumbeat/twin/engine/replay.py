"""The kernel: replay a fixed schedule once, moment by moment, on drawn luck.

A max-plus recursion (Baccelli et al. 1992): each task starts at the latest of what it waits for, and works through open
hours and breakdowns to its end. The tasks come in an order in which everything that they wait for is known.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from drumbeat.basics.arrays import Bools, Int64s
from drumbeat.basics.compiled import bare, inner, njit
from drumbeat.basics.streams import luck_of, uniform
from drumbeat.scheduling.engine.problem import FAR_FUTURE
from drumbeat.twin.engine.break_down import Wear, begin_lives, copy_wear, make_wear, work_through
from drumbeat.twin.engine.call_roll import call_roll
from drumbeat.twin.engine.draw_works import Batch, draw_works, make_batch
from drumbeat.twin.engine.model import Bounds, Crews, Lives, Model, Receipts, Work
from drumbeat.twin.engine.problem import LATENESS
from drumbeat.twin.engine.work_time import OpenHours, end_of_work, first_fit, locate


class State(NamedTuple):
    """What one replication writes.

    `moment` holds start and end of each task and the arrivals; `work` the drawn working seconds; `wear` the lives, and
    `fresh` the same as they were at the start; `present` the people
    on each shift; `bites` the causes that made any difference. `job_end` is -1 for a job without a task. `lives`,
    `receipts` and `crews` are the model's with the parameters of set `row`; in `batch` run times are drawn.
    """

    moment: Int64s
    work: Int64s
    wear: Wear
    fresh: Wear
    hours: OpenHours
    present: Int64s
    is_away: Bools
    last_day: Int64s
    bites: Bools
    job_end: Int64s
    lives: Lives
    receipts: Receipts
    crews: Crews
    row: Int64s
    batch: Batch


def make_state(model: Model, room: int = 0) -> State:
    """Make the arrays that one thread writes, replication after replication; with room to keep so many repairs."""
    num_lives, num_people = len(model.lives.key), int(model.crews.first[-1])
    num_tasks, num_receipts = len(model.work.job), len(model.receipts.time)
    lives, receipts, crews, sets = model.lives, model.receipts, model.crews, model.sets
    return State(
        moment=np.zeros(2 * num_tasks + num_receipts, np.int64),
        work=np.zeros(num_tasks, np.int64),
        wear=make_wear(num_lives, room),
        fresh=make_wear(num_lives),
        hours=OpenHours(
            model.times.ptr[:-1].copy(), model.times.ptr[:-1].copy(), model.times.start.copy(), model.times.end.copy()
        ),
        present=np.zeros(len(model.crews.size), np.int64),
        is_away=np.zeros(num_people, np.bool_),
        last_day=np.zeros(num_people, np.int64),
        bites=np.zeros(model.num_causes + 1, np.bool_),
        job_end=np.zeros(len(model.due), np.int64),
        lives=lives._replace(
            mean=sets.mean[0].copy(),
            shape=sets.shape[0].copy(),
            repair_mean=sets.repair_mean[0].copy(),
            repair_shape=sets.repair_shape[0].copy(),
        ),
        receipts=receipts._replace(quantiles=sets.quantiles[0].copy(), done=sets.done[0].copy()),
        crews=crews._replace(rate=sets.rate[0].copy(), stay=sets.stay[0].copy()),
        row=np.zeros(1, np.int64),
        batch=make_batch(),
    )


@inner
def take_parameters(model: Model, state: State, replication: int) -> None:
    """Take the set of parameters that a replication is played with."""
    sets, lives, receipts, crews = model.sets, state.lives, state.receipts, state.crews
    state.row[0] = replication % len(sets.run_mean)
    if len(sets.mean) > 1:
        lives.mean[:] = sets.mean[replication % len(sets.mean)]
    if len(sets.shape) > 1:
        lives.shape[:] = sets.shape[replication % len(sets.shape)]
    if len(sets.repair_mean) > 1:
        lives.repair_mean[:] = sets.repair_mean[replication % len(sets.repair_mean)]
    if len(sets.repair_shape) > 1:
        lives.repair_shape[:] = sets.repair_shape[replication % len(sets.repair_shape)]
    if len(sets.quantiles) > 1:
        receipts.quantiles[:] = sets.quantiles[replication % len(sets.quantiles)]
        receipts.done[:] = sets.done[replication % len(sets.done)]
    if len(sets.rate) > 1:
        crews.rate[:] = sets.rate[replication % len(sets.rate)]
        crews.stay[:] = sets.stay[replication % len(sets.stay)]


@bare
def _receive(receipts: Receipts, arrivals: Int64s, luck: np.uint64, active: Bools, bites: Bools) -> None:
    """Draw when each receipt arrives."""
    last = receipts.quantiles.shape[1] - 1
    for q in range(len(receipts.time)):
        s = receipts.supplier[q]
        arrival = receipts.time[q]
        if s >= 0 and active[receipts.cause[s]] and receipts.done[q] < 1.0:
            u = uniform(luck, receipts.key[q], LATENESS, 0)
            place = (receipts.done[q] + (1.0 - receipts.done[q]) * u) * last
            i = min(int(place), last - 1)
            late = receipts.quantiles[s, i]
            late += (place - i) * (receipts.quantiles[s, i + 1] - late)
            arrival = max(0, receipts.base[q] + math.floor(late + 0.5))
            bites[receipts.cause[s]] |= arrival != receipts.time[q]
        arrivals[q] = arrival


@bare
def run_tasks(
    work: Work, bounds: Bounds, lives: Lives, hours: OpenHours, wear: Wear, moments: Int64s, drawn: Int64s,
    job_end: Int64s, luck: np.uint64,
) -> None:  # fmt: skip
    """Find start and end of every task, in the network's order; the parts of `Model` and `State`."""
    job_end[:] = -1
    # Locals: reading an array out of a tuple costs as much as a task's own arithmetic.
    job, release, calendar, can_pause, planned = work.job, work.release, work.calendar, work.can_pause, work.planned
    start_ptr, start_source, start_lag = bounds.start_ptr, bounds.start_source, bounds.start_lag
    end_ptr, end_source, end_lag = bounds.end_ptr, bounds.end_source, bounds.end_lag
    life_ptr, life_of, is_busy = lives.ptr, lives.life, lives.is_busy
    left, up_from = wear.left, wear.up_from
    first, hint, open_start, open_end = hours.first, hours.hint, hours.start, hours.end
    for n in range(len(job)):
        ready = release[n]
        for a in range(start_ptr[n], start_ptr[n + 1]):
            ready = max(ready, moments[start_source[a]] + start_lag[a])
        seconds = drawn[n]
        is_calm = True
        if seconds > 0:
            for k in range(life_ptr[n], life_ptr[n + 1]):
                life = life_of[k]
                is_calm &= is_busy[life] and left[life] >= seconds and up_from[life] <= ready
        if is_calm:
            c = calendar[n]
            i = locate(hint, open_end, first[c], c, ready)
            if can_pause[n]:
                begin = max(ready, open_start[i])
                end = begin + seconds
                if end > open_end[i]:
                    end = end_of_work(open_start, open_end, i, begin, seconds)
            else:
                begin = first_fit(open_start, open_end, i, ready, planned[n])
                end = begin + seconds
            moments[2 * n] = begin
            if seconds > 0:
                for k in range(life_ptr[n], life_ptr[n + 1]):
                    left[life_of[k]] -= seconds
        else:
            fit = -1 if can_pause[n] else planned[n]
            begin, end = work_through(
                lives, life_ptr[n], life_ptr[n + 1], hours, wear, calendar[n], ready, seconds, fit, luck
            )
            moments[2 * n] = begin
        for a in range(end_ptr[n], end_ptr[n + 1]):
            end = max(end, moments[end_source[a]] + end_lag[a])
        moments[2 * n + 1] = end
        job_end[job[n]] = max(job_end[job[n]], end)


@inner
def replay(model: Model, state: State, luck: np.uint64, active: Bools) -> None:
    """Replay the schedule once.

    Parameters
    ----------
    model
        What is replayed.
    state
        Holds the parameters (`take_parameters`); the outcome is written there: `moment`, `work` and `job_end`.
    luck
        From `luck_of`.
    active
        Shape (C + 1,): which causes are switched on; the last entry stays True.
    """
    bites = state.bites
    bites[:] = False
    lives, crews, wear, hours = state.lives, state.crews, state.wear, state.hours
    begin_lives(lives, wear, luck, active)
    copy_wear(wear, state.fresh)
    _receive(state.receipts, state.moment[2 * len(model.work.job) :], luck, active, bites)
    call_roll(crews, model.times, hours, state.present, state.is_away, state.last_day, luck, active, bites)
    draw_works(model.work, model.sets, state.row[0], state.work, luck, active, -1, bites, state.batch)
    hours.hint[:] = hours.first
    run_tasks(model.work, model.bounds, lives, hours, wear, state.moment, state.work, state.job_end, luck)
    for life in range(len(lives.key)):
        bites[lives.cause[life]] |= wear.begun[life] > 0


@njit(cache=True, nogil=True)
def replay_many(
    model: Model, state: State, seed: int, first: int, last: int, active: Bools, ends: Int64s
) -> tuple[Int64s, Int64s, Int64s]:
    """Replay replications `first` to `last - 1` and count.

    Parameters
    ----------
    model, state, active
        As for `replay`.
    seed
        Seed of all luck.
    first, last
        Range of replications.
    ends
        Shape (J, last - first): receives the jobs' ends; shape (0, 0) when nobody wants them.

    Returns
    -------
    By job, how often it was on time; by replication, how many jobs with a due time were on time, and the seconds that
    jobs ended after their due time, summed.
    """
    on_time = np.zeros(len(model.due), np.int64)
    count, late = np.zeros(last - first, np.int64), np.zeros(last - first, np.int64)
    for r in range(last - first):
        take_parameters(model, state, first + r)
        replay(model, state, luck_of(seed, first + r), active)
        count[r], late[r] = judge(model.due, model.is_placed, state.job_end, on_time)
        for j in range(ends.shape[0]):
            ends[j, r] = state.job_end[j]
    return on_time, count, late


@bare
def judge(due: Int64s, is_placed: Bools, job_end: Int64s, on_time: Int64s) -> tuple[int, int]:
    """Add 1 to `on_time` of each job in time; return how many of those have a due time, and the seconds of lateness."""
    count, late = 0, 0
    for j in range(len(due)):
        if is_placed[j]:
            if job_end[j] <= due[j]:
                on_time[j] += 1
                count += 1 if due[j] < FAR_FUTURE else 0
            else:
                late += job_end[j] - due[j]
    return count, late
