"""Find what threatens a schedule: switch causes off one by one, on the same luck."""

from __future__ import annotations

from functools import partial

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.compiled import bare, njit
from drumbeat.basics.intervals import Interval, paired_interval
from drumbeat.basics.parallel import run_blocks
from drumbeat.basics.progress import Progress
from drumbeat.basics.streams import luck_of
from drumbeat.scheduling.engine.problem import FAR_FUTURE
from drumbeat.twin.engine.draw_works import draw_run_factor
from drumbeat.twin.engine.model import Model
from drumbeat.twin.engine.problem import Causes
from drumbeat.twin.engine.replay import State, make_state, replay, take_parameters
from drumbeat.twin.engine.replay_causes import replay_causes
from drumbeat.twin.engine.result import Threat
from drumbeat.twin.engine.work_time import end_of_work, locate

NUM_TRACED = 100
"""Replications of the first pass, in which causes are ranked."""

EVEN_IF_IN_TIME = 1e-3
"""Weight of the delays of a job that is in time all the same, against those of one that is late."""


def find_threats(
    model: Model,
    causes: Causes,
    *,
    replications: int,
    seed: int,
    cores: int,
    num_threats: int,
    cluster: str | None = None,
    progress: Progress,
) -> tuple[tuple[Threat, ...], int]:
    """Measure what each of the most promising causes costs.

    A first pass follows, in some replications, the chain of moments that made each job end when it did, and adds up
    the delays on it by cause. The causes with most delay are then switched off one at a time and everything is
    replayed on the same luck, so that the differences are due to the cause alone.

    Parameters
    ----------
    model, causes
        What was simulated.
    replications, seed, cores, num_threats, cluster, progress
        As for `simulate_schedule`.

    Returns
    -------
    The threats that cost anything, largest loss first (then most hours), and how many times the schedule was replayed.
    """
    if num_threats <= 0 or model.num_causes == 0:
        return (), 0
    traced = min(replications, NUM_TRACED)
    score = trace_causes(model, make_state(model), seed, traced)
    ranked = np.array([c for c in np.argsort(-score, kind="stable")[:num_threats] if score[c] > 0], dtype=np.int64)
    if len(ranked) == 0:
        return (), traced
    block = max(1, min(50, -(-replications // (4 * max(cores, 1))))) if cluster is None else None
    work = partial(_run_block, model, seed, ranked)
    answers = run_blocks(
        work, replications, cores=cores, block=block, cluster=cluster, progress=progress, message="weighing threats"
    )
    on_time = np.sum([answer[0] for answer in answers], axis=0)
    count = np.concatenate([answer[1] for answer in answers], axis=1)
    late = np.concatenate([answer[2] for answer in answers], axis=1)
    num_due = max(int((model.due < FAR_FUTURE).sum()), 1)
    found = []
    for k, cause in enumerate(ranked):
        gain = np.where(model.due < FAR_FUTURE, on_time[k] - on_time[-1], 0)
        loss = paired_interval(count[k] / num_due, count[-1] / num_due)
        hours = float((late[-1] - late[k]).mean()) / 3600
        if loss.value > 0 or hours > 0:
            # One replication says nothing about its own error.
            interval = loss if np.isfinite(loss.low) else Interval(loss.value, -1.0, 1.0)
            worst = int(gain.argmax()) if gain.max(initial=0) > 0 else -1
            found.append(Threat(str(causes.kind[cause]), str(causes.subject[cause]), interval, hours, worst))
    found.sort(key=lambda threat: (-threat.loss.value, -threat.late_hours, threat.kind, threat.subject))
    return tuple(found), traced + sum(int(answer[3][0]) for answer in answers)


def _run_block(model: Model, seed: int, causes: Int64s, start: int, stop: int) -> tuple[Int64s, Int64s, Int64s, Int64s]:
    return replay_causes(model, make_state(model), make_state(model), seed, start, stop, causes)


@njit(cache=True)
def trace_causes(model: Model, state: State, seed: int, replications: int) -> Floats:
    """Add up, by cause, the delays on the chains of moments that made jobs end when they did; shape (C,), seconds.

    Parameters
    ----------
    model, state
        What is replayed, and arrays to do it in.
    seed, replications
        The first `replications` replications of that seed are followed.
    """
    active = np.ones(model.num_causes + 1, np.bool_)
    score = np.zeros(model.num_causes + 1)
    due, job, moments = model.due, model.work.job, state.moment
    last_task = np.zeros(len(due), np.int64)
    for r in range(replications):
        luck = luck_of(seed, r)
        take_parameters(model, state, r)
        replay(model, state, luck, active)
        last_task[:] = -1
        for n in range(len(job)):
            if moments[2 * n + 1] == state.job_end[job[n]]:
                last_task[job[n]] = n
        for j in range(len(due)):
            if last_task[j] >= 0 and due[j] < FAR_FUTURE and model.is_placed[j]:
                weight = 1.0 if state.job_end[j] > due[j] else EVEN_IF_IN_TIME
                _follow(model, state, luck, last_task[j], weight, score)
    return score[:-1]


@bare
def _follow(model: Model, state: State, luck: np.uint64, n: int, weight: float, score: Floats) -> None:
    """Walk back from a task's end along what each moment waited for, and book the delays on the way."""
    bounds, moments = model.bounds, state.moment
    num_moments = 2 * len(model.work.job)
    moment = 2 * n + 1
    while 0 <= moment < num_moments:
        n = moment >> 1
        if moment & 1:
            before = moment - 1
            for a in range(bounds.end_ptr[n], bounds.end_ptr[n + 1]):
                if moments[bounds.end_source[a]] + bounds.end_lag[a] == moments[moment]:
                    before = bounds.end_source[a]
            if before == moment - 1:
                _book_work(model, state, luck, n, weight, score)
            moment = before
            continue
        ready, moment = model.work.release[n], -1
        for a in range(bounds.start_ptr[n], bounds.start_ptr[n + 1]):
            bound = moments[bounds.start_source[a]] + bounds.start_lag[a]
            if bound > ready:
                ready, moment = bound, bounds.start_source[a]
        if moments[2 * n] > ready:
            _book_wait(model, state, n, ready, weight, score)
    if moment >= num_moments:
        q = moment - num_moments
        late = moments[moment] - model.receipts.time[q]
        if model.receipts.supplier[q] >= 0 and late > 0:
            score[model.receipts.cause[model.receipts.supplier[q]]] += weight * late


@bare
def _book_work(model: Model, state: State, luck: np.uint64, n: int, weight: float, score: Floats) -> None:
    """Book what task n took longer than planned: its run time, its remakes, its breakdowns."""
    work, lives, sets, row = model.work, model.lives, model.sets, state.row[0]
    g, key = work.group[n], work.key[n]
    factor = work.factor[n] * sets.run_mean[row, g]
    factor *= draw_run_factor(work.distribution[n], work.shape[n] * sets.run_shape[row, g], work.tables, luck, key)
    score[work.run_cause[n]] += weight * max(0.0, work.run[n] * (factor - 1.0))
    if work.scrap[n] > 0.0:
        score[work.scrap_cause[n]] += weight * max(0.0, state.work[n] - work.setup[n] - work.run[n] * factor)
    low, high = lives.ptr[n], lives.ptr[n + 1]
    if low == high:
        return
    hours, start = state.hours, state.moment[2 * n]
    c = work.calendar[n] if work.can_pause[n] else 0
    i = locate(hours.hint, hours.end, hours.first[c], c, start)
    stood = state.moment[2 * n + 1] - end_of_work(hours.start, hours.end, i, start, state.work[n])
    for k in range(low, high):
        score[lives.cause[lives.life[k]]] += weight * max(0, stood) / (high - low)


@bare
def _book_wait(model: Model, state: State, n: int, ready: int, weight: float, score: Floats) -> None:
    """Book how long task n, all at hand, waited for people who were away, or for a machine under repair."""
    times, crews, lives = model.times, model.crews, model.lives
    start, c = state.moment[2 * n], model.work.calendar[n]
    low, high = lives.ptr[n], lives.ptr[n + 1]
    for i in range(times.ptr[c], times.ptr[c + 1]):
        waited = min(start, times.end[i]) - max(ready, times.start[i])
        if times.start[i] >= start:
            break
        if waited <= 0:
            continue
        is_short = False
        for g in range(times.gate_ptr[i], times.gate_ptr[i + 1]):
            shift = times.gate_shift[g]
            if state.present[shift] < times.gate_need[g]:
                score[crews.cause[crews.crew[shift]]] += weight * waited
                is_short = True
        if not is_short and model.work.can_pause[n]:
            for k in range(low, high):
                score[lives.cause[lives.life[k]]] += weight * waited / (high - low)
