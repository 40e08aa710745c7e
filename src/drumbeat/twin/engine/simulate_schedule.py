"""Simulate a schedule: how sure each job is, and what threatens it."""

from __future__ import annotations

from functools import partial

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int64s
from drumbeat.basics.intervals import Interval, mean_interval, wilson_interval
from drumbeat.basics.parallel import run_blocks
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.scheduling.engine.problem import FAR_FUTURE
from drumbeat.scheduling.engine.result import UNSCHEDULED
from drumbeat.twin.engine.find_threats import find_threats
from drumbeat.twin.engine.lay_out import Model, lay_out
from drumbeat.twin.engine.problem import Network, Uncertainty
from drumbeat.twin.engine.replay import make_state, replay_many
from drumbeat.twin.engine.result import Confidence, Result

MOST_THREATS = 15
"""Causes of which the cost is measured by default."""


def simulate_schedule(
    network: Network,
    uncertainty: Uncertainty,
    *,
    replications: int = 1000,
    seed: int = 1,
    cores: int = 1,
    num_threats: int = MOST_THREATS,
    progress: Progress = silent,
) -> Result:
    """Replay a schedule many times and say how sure it is.

    Sequences and machines stay as scheduled; what comes late shifts what follows to the right, and what comes early
    lets it start early. The same inputs give the same bits, on any number of cores.

    Parameters
    ----------
    network
        From `build_network`.
    uncertainty
        What may come otherwise, for the same scheduling problem.
    replications
        How often it is replayed, >= 1. Memory: 8 bytes for each job and replication.
    seed
        Seed of all luck.
    cores
        Threads that share the work; 0 or less = all.
    num_threats
        Of how many causes the cost is measured, the most promising first; each takes at most as long as the
        simulation itself. 0 = none.
    progress
        Hears of progress; may raise `Cancelled`.

    Raises
    ------
    ValueError
        When `replications` is below 1.
    """
    if replications < 1:
        raise ValueError(f"a simulation takes at least 1 replication, not {replications}")
    model = lay_out(network, uncertainty)
    active = np.ones(model.num_causes + 1, dtype=np.bool_)
    ends = np.zeros((len(model.due), replications), dtype=np.int64)
    own = 1.0 if num_threats == 0 else 0.15
    on_time, count, _ = run_replications(
        model, active, replications, seed=seed, cores=cores, ends=ends, progress=part_of(progress, 0.0, own)
    )
    threats, num_runs = find_threats(
        model, uncertainty.causes, replications=replications, seed=seed, cores=cores, num_threats=num_threats,
        progress=part_of(progress, own, 1.0),
    )  # fmt: skip
    has_due = network.due < FAR_FUTURE
    num_due = int(has_due.sum())
    is_all = count == num_due
    low, high = wilson_interval(int(is_all.sum()), replications)
    share = mean_interval(count / num_due) if num_due else Interval(1.0, 1.0, 1.0)
    progress(1.0, "simulated")
    return Result(
        jobs=_judge_jobs(network, on_time, ends),
        probability_all=Interval(float(is_all.mean()), float(low), float(high)) if num_due else share,
        expected_on_time=Interval(share.value, max(share.low, 0.0), min(share.high, 1.0)),
        threats=threats,
        replications=replications,
        seed=seed,
        num_operations=network.num_tasks * (replications + num_runs),
    )


def run_replications(
    model: Model,
    active: Bools,
    replications: int,
    *,
    seed: int,
    cores: int,
    ends: Int64s | None = None,
    progress: Progress = silent,
) -> tuple[Int64s, Int64s, Int64s]:
    """Replay all replications over threads.

    Parameters
    ----------
    model, active
        What is replayed, with which causes switched on; see `replay`.
    replications, seed, cores
        As for `simulate_schedule`.
    ends
        Shape (J, replications): receives the jobs' ends; None when nobody wants them.
    progress
        Hears of progress.

    Returns
    -------
    As `replay_many`, over all replications.
    """
    block = max(1, min(250, -(-replications // (4 * max(cores, 1)))))
    work = partial(_run_block, model, active, seed, ends)
    answers = run_blocks(work, replications, cores=cores, block=block, progress=progress, message="simulating")
    on_time: Int64s = np.stack([answer[0] for answer in answers]).sum(axis=0)
    return on_time, np.concatenate([a[1] for a in answers]), np.concatenate([a[2] for a in answers])


def _run_block(
    model: Model, active: Bools, seed: int, ends: Int64s | None, start: int, stop: int
) -> tuple[Int64s, Int64s, Int64s]:
    wanted = np.zeros((0, 0), dtype=np.int64) if ends is None else np.empty((len(model.due), stop - start), np.int64)
    answer = replay_many(model, make_state(model), seed, start, stop, active, wanted)
    if ends is not None:
        ends[:, start:stop] = wanted
    return answer


def _judge_jobs(network: Network, on_time: Int64s, ends: Int64s) -> Confidence:
    num, replications = ends.shape
    is_placed = network.num_unplaced == 0
    planned = np.full(num, UNSCHEDULED, dtype=np.int64)
    np.maximum.at(planned, network.job, network.planned_end)
    low, high = wilson_interval(on_time, replications)
    late = np.array([np.maximum(row - due, 0).mean() for row, due in zip(ends, network.due, strict=True)])
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
