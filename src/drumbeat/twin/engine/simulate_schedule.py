"""Simulate a schedule: how sure each job is, and what threatens it."""

from __future__ import annotations

from functools import partial

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int64s
from drumbeat.basics.intervals import Interval
from drumbeat.basics.parallel import run_blocks
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.scheduling.engine.problem import FAR_FUTURE
from drumbeat.scheduling.engine.result import UNSCHEDULED
from drumbeat.twin.engine.find_threats import find_threats
from drumbeat.twin.engine.lay_out import lay_out
from drumbeat.twin.engine.model import Model
from drumbeat.twin.engine.problem import Network, Uncertainty
from drumbeat.twin.engine.reach_precision import count_needed, limit_replications
from drumbeat.twin.engine.replay import make_state, replay_many
from drumbeat.twin.engine.result import Confidence, Result
from drumbeat.twin.engine.widen_intervals import ROWS_AT_ONCE, count_by_set, widen_mean, widen_shares

MOST_THREATS = 15
"""Causes of which the cost is measured by default."""


def simulate_schedule(
    network: Network,
    uncertainty: Uncertainty,
    *,
    replications: int = 1000,
    precision: float | None = None,
    seed: int = 1,
    cores: int = 1,
    num_threats: int = MOST_THREATS,
    cluster: str | None = None,
    progress: Progress = silent,
) -> Result:
    """Replay a schedule many times and say how sure it is.

    Sequences and machines stay as scheduled; what comes late shifts what follows to the right, and what comes early
    lets it start early. The same inputs give the same bits, on any number of cores or workers of a cluster.

    Parameters
    ----------
    network
        From `build_network`.
    uncertainty
        What may come otherwise, for the same scheduling problem.
    replications
        How often it is replayed, >= 1. Memory: 8 bytes for each job and replication.
    precision
        Wanted half-width of the 95 % intervals of `probability_all` and `expected_on_time`, as far as luck goes (what
        is not known of the parameters stays): as many replications follow as `count_needed` says, up to
        `limit_replications`. Above 0 and below 1; None = no more than `replications`.
    seed
        Seed of all luck.
    cores
        Threads that share the work; 0 or less = all.
    num_threats
        Of how many causes the cost is measured, the most promising first; each takes at most as long as the
        simulation itself. 0 = none.
    cluster
        Address of a Dask scheduler whose workers do it instead, as for `run_blocks`; None = this machine.
    progress
        Hears of progress; may raise `Cancelled`.

    Raises
    ------
    ValueError
        When `replications` is below 1, or `precision` is not between 0 and 1.
    InputError
        When the cluster does not answer.
    """
    if replications < 1:
        raise ValueError(f"a simulation takes at least 1 replication, not {replications}")
    if precision is not None and not 0 < precision < 1:
        raise ValueError(f"a precision is a share between 0 and 1, not {precision}")
    model = lay_out(network, uncertainty)
    active = np.ones(model.num_causes + 1, dtype=np.bool_)
    has_due = network.due < FAR_FUTURE
    num_due, num_sets = int(has_due.sum()), uncertainty.doubt.num_sets
    own = 1.0 if num_threats == 0 else 0.15
    look = own if precision is None else own / 2
    play = partial(run_replications, model, active, seed=seed, cores=cores, cluster=cluster)
    ends = np.zeros((len(model.due), replications), dtype=np.int64)
    on_time, count, late = play(replications, ends=ends, progress=part_of(progress, 0.0, look))
    needed = 0 if precision is None else count_needed(_shares(count, num_due), num_sets, precision)
    more = min(needed, limit_replications(len(model.due))) - replications
    if more > 0:
        rest = np.zeros((len(model.due), more), dtype=np.int64)
        told = play(more, first=replications, ends=rest, progress=part_of(progress, look, own))
        ends, on_time = np.concatenate([ends, rest], axis=1), on_time + told[0]
        count, late = np.concatenate([count, told[1]]), np.concatenate([late, told[2]])
        replications += more
    threats, num_runs = find_threats(
        model, uncertainty.causes, replications=replications, seed=seed, cores=cores, num_threats=num_threats,
        cluster=cluster, progress=part_of(progress, own, 1.0),
    )  # fmt: skip
    is_all = count == num_due
    low, high = widen_shares(
        count_by_set(np.where(is_all, 0, 1)[None, :], np.zeros(1, np.int64), num_sets), replications
    )
    share = widen_mean(_shares(count, num_due), num_sets) if num_due else Interval(1.0, 1.0, 1.0)
    median, bad = _pick_days(count, late)
    progress(1.0, "simulated")
    return Result(
        jobs=_judge_jobs(network, on_time, ends, num_sets),
        probability_all=Interval(float(is_all.mean()), float(low[0]), float(high[0])) if num_due else share,
        expected_on_time=Interval(share.value, max(share.low, 0.0), min(share.high, 1.0)),
        threats=threats,
        replications=replications,
        seed=seed,
        num_operations=network.num_tasks * (replications + num_runs),
        median_replication=median,
        bad_replication=bad,
        needed=needed,
    )


def _shares(count: Int64s, num_due: int) -> Floats:
    """Share of the jobs with a due time that are in time, by replication; 1 where none has one."""
    return count / num_due if num_due else np.ones(len(count))


def _pick_days(count: Int64s, late: Int64s) -> tuple[int, int]:
    """Replications that half, and a tenth, of all are no better than: fewest jobs in time first, then most lateness."""
    order = np.lexsort((late, -count))
    median, bad = (int(order[max(int(np.ceil(share * len(order))) - 1, 0)]) for share in (0.5, 0.9))
    return median, bad


def run_replications(
    model: Model,
    active: Bools,
    replications: int,
    *,
    seed: int,
    cores: int,
    first: int = 0,
    ends: Int64s | None = None,
    cluster: str | None = None,
    progress: Progress = silent,
) -> tuple[Int64s, Int64s, Int64s]:
    """Replay all replications over threads, or on a cluster.

    Parameters
    ----------
    model, active
        What is replayed, with which causes switched on; see `replay`.
    replications, seed, cores, cluster
        As for `simulate_schedule`.
    first
        Number of the first replication: what was replayed before is not replayed again.
    ends
        Shape (J, replications): receives the jobs' ends; None when nobody wants them.
    progress
        Hears of progress.

    Returns
    -------
    As `replay_many`, over all replications.
    """
    block = max(1, min(250, -(-replications // (4 * max(cores, 1))))) if cluster is None else None
    # Threads write where all see it; what a cluster's workers find comes back with their answers.
    shared = ends if cluster is None else None
    work = partial(_run_block, model, active, seed, first, shared, ends is not None)
    answers = run_blocks(
        work, replications, cores=cores, block=block, cluster=cluster, progress=progress, message="simulating"
    )
    if ends is not None and shared is None:
        ends[:] = np.concatenate([answer[3] for answer in answers], axis=1)
    on_time: Int64s = np.stack([answer[0] for answer in answers]).sum(axis=0)
    return on_time, np.concatenate([a[1] for a in answers]), np.concatenate([a[2] for a in answers])


def _run_block(
    model: Model, active: Bools, seed: int, first: int, shared: Int64s | None, wants_ends: bool, start: int, stop: int
) -> tuple[Int64s, Int64s, Int64s, Int64s]:
    ends = np.empty((len(model.due), stop - start) if wants_ends else (0, 0), dtype=np.int64)
    on_time, count, late = replay_many(model, make_state(model), seed, first + start, first + stop, active, ends)
    if shared is not None:
        shared[:, start:stop] = ends
        ends = ends[:0]
    return on_time, count, late, ends


def _judge_jobs(network: Network, on_time: Int64s, ends: Int64s, num_sets: int) -> Confidence:
    num, replications = ends.shape
    is_placed = network.num_unplaced == 0
    planned = np.full(num, UNSCHEDULED, dtype=np.int64)
    np.maximum.at(planned, network.job, network.planned_end)
    due = np.where(is_placed, network.due, -1)
    low, high = widen_shares(count_by_set(ends, due, num_sets), replications)
    late = np.zeros(num)
    for first in range(0, num, ROWS_AT_ONCE):
        rows = slice(first, first + ROWS_AT_ONCE)
        late[rows] = np.maximum(ends[rows] - network.due[rows, None], 0).mean(axis=1)
    p50, p80, p95 = (np.where(is_placed, at, UNSCHEDULED) for at in _quantiles(ends, (0.5, 0.8, 0.95)))
    mean: Floats = ends.mean(axis=1) if num else np.zeros(0)
    return Confidence(
        keys=network.job_keys,
        due=network.due,
        planned_end=np.where(is_placed, planned, UNSCHEDULED),
        num_on_time=on_time,
        probability=on_time / replications,
        probability_low=low,
        probability_high=high,
        mean_end=np.where(is_placed, mean, UNSCHEDULED),
        p50_end=p50,
        p80_end=p80,
        p95_end=p95,
        late_hours=np.where(is_placed, late / 3600, 0.0) if num else np.zeros(0),
    )


def _quantiles(ends: Int64s, shares: tuple[float, ...]) -> list[Int64s]:
    """Return the smallest observed ends that at least these shares of the replications keep."""
    places = [max(int(np.ceil(share * ends.shape[1])) - 1, 0) for share in shares]
    ends.partition(places, axis=1)
    return [ends[:, place].copy() for place in places]
