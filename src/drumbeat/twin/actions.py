"""Simulate a schedule of the data, and keep what was found."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Int64s
from drumbeat.basics.findings import Finding, Findings
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.data.schema import MOMENT
from drumbeat.data.snapshot import Snapshot
from drumbeat.scheduling.actions import ScheduleRun
from drumbeat.scheduling.engine.problem import FAR_FUTURE
from drumbeat.twin.compile_problem import compile_problem
from drumbeat.twin.engine.build_network import build_network
from drumbeat.twin.engine.problem import Network, Uncertainty
from drumbeat.twin.engine.reach_precision import report_precision
from drumbeat.twin.engine.result import Result
from drumbeat.twin.engine.simulate_schedule import simulate_schedule
from drumbeat.twin.engine.validate.learn_correction import Correction
from drumbeat.twin.keep_replays import ReplayRun, save_replays, trace_replays

if TYPE_CHECKING:
    from drumbeat.twin.models import Simulation

THREATS_SCHEMA = {
    "rank": pl.Int64, "kind": pl.String, "subject": pl.String, "loss": pl.Float64, "loss_low": pl.Float64,
    "loss_high": pl.Float64, "late_hours": pl.Float64, "worst_order": pl.String,
}  # fmt: skip


@dataclass(frozen=True)
class SimulationRun:
    """How sure a schedule is, with the business rows behind it.

    Parameters
    ----------
    result
        The engine's.
    orders
        Row j = job j of the schedule: order, item, due_at, planned_end, probability, probability_low,
        probability_high, p50_end, p80_end, p95_end, late_hours. Ends are null where a task has no place in the
        schedule: such an order is never on time.
    threats
        One row a threat, largest loss first: rank (1 = first), kind, subject, loss (expected share of orders on time
        that it alone costs), loss_low, loss_high, late_hours, worst_order.
    probability_all, probability_all_low, probability_all_high
        Probability that all orders with a due date are on time, with its 95 % interval.
    expected_on_time, expected_on_time_low, expected_on_time_high
        Expected share of those orders that is on time, with its 95 % interval.
    replications, seed
        How it was made.
    findings
        What was assumed.
    version
        Version of the data.
    replays
        Single replications to look at: a median one and a bad one.
    correction
        What past predictions teach (`drumbeat.twin.put_right`): where it is applied, probabilities and expected share
        are put right, and the orders have a column `played` with the probability before; None = nobody looked.
    """

    result: Result
    orders: pl.DataFrame
    threats: pl.DataFrame
    probability_all: float
    probability_all_low: float
    probability_all_high: float
    expected_on_time: float
    expected_on_time_low: float
    expected_on_time_high: float
    replications: int
    seed: int
    findings: Findings
    version: str
    replays: tuple[ReplayRun, ...] = ()
    correction: Correction | None = None


def simulate(
    snapshot: Snapshot,
    schedule: ScheduleRun,
    *,
    replications: int = 1000,
    precision: float | None = None,
    seed: int = 1,
    cores: int = 1,
    cluster: str | None = None,
    progress: Progress = silent,
) -> SimulationRun:
    """Replay a schedule many times on what the data say may go otherwise.

    Parameters
    ----------
    snapshot
        The data that the schedule was made from.
    schedule
        The schedule.
    replications
        How often, >= 1.
    precision
        Wanted half-width of the probabilities' 95 % intervals, as far as luck goes, above 0 and below 1: more
        replications follow until it is reached, or a finding says that it is not; None = `replications` will do.
    seed
        Seed of all luck; equal seeds give equal answers, on any number of cores.
    cores
        Threads; 0 = all.
    cluster
        Address of a Dask scheduler whose workers do it instead; None = this machine. The answer is the same.
    progress
        Hears how far it is.

    Returns
    -------
    SimulationRun
        Without rows when nothing is scheduled: then the schedule holds for sure.
    """
    progress(0.0, "reading what may go otherwise")
    network, uncertainty, findings = compile_network(snapshot, schedule)
    result = simulate_schedule(
        network, uncertainty, replications=replications, precision=precision, seed=seed, cores=cores, cluster=cluster,
        progress=part_of(progress, 0.1, 1.0),
    )  # fmt: skip
    report_precision("simulation", precision, result.needed, result.replications, findings)
    replays = trace_replays(network, uncertainty, result, schedule.horizon_start)
    return replace(tell_simulation(schedule, result, findings), replays=tuple(replays))


def compile_network(snapshot: Snapshot, schedule: ScheduleRun) -> tuple[Network, Uncertainty, Findings]:
    """Turn a schedule and what the data say may go otherwise into what the twin replays, with what was assumed."""
    uncertainty, findings = compile_problem(snapshot, schedule)
    network = build_network(schedule.problem, schedule.result.schedule)
    if network.num_links_dropped:
        rule = "links that overlap do not contradict the sequence on a machine"
        remedy = "Shorten the overlap, or split the task"
        findings.add(Finding("link", rule, remedy, value=f"{network.num_links_dropped} links", severity="warning"))
    return network, uncertainty, findings


def tell_simulation(schedule: ScheduleRun, result: Result, findings: Findings) -> SimulationRun:
    """Put an engine's result back into business rows."""
    return SimulationRun(
        result=result,
        orders=_tell_orders(schedule, result),
        threats=_tell_threats(result),
        probability_all=result.probability_all.value,
        probability_all_low=result.probability_all.low,
        probability_all_high=result.probability_all.high,
        expected_on_time=result.expected_on_time.value,
        expected_on_time_low=result.expected_on_time.low,
        expected_on_time_high=result.expected_on_time.high,
        replications=result.replications,
        seed=result.seed,
        findings=findings,
        version=schedule.version,
    )


def _moments(start: datetime, seconds: Int64s) -> pl.Series:
    known = (seconds >= 0) & (seconds < FAR_FUTURE // 1_000_000)
    values = pl.Series(np.where(known, seconds, 0)) * 1_000_000 + int(start.timestamp()) * 1_000_000 + start.microsecond
    return pl.select(pl.when(pl.Series(known)).then(values.cast(MOMENT))).to_series()


def _tell_orders(schedule: ScheduleRun, result: Result) -> pl.DataFrame:
    jobs, start = result.jobs, schedule.horizon_start
    return schedule.orders.select("order", "item").with_columns(
        _moments(start, jobs.due).alias("due_at"),
        _moments(start, jobs.planned_end).alias("planned_end"),
        pl.Series("probability", jobs.probability),
        pl.Series("probability_low", jobs.probability_low),
        pl.Series("probability_high", jobs.probability_high),
        _moments(start, jobs.p50_end).alias("p50_end"),
        _moments(start, jobs.p80_end).alias("p80_end"),
        _moments(start, jobs.p95_end).alias("p95_end"),
        pl.Series("late_hours", jobs.late_hours),
    )


def _tell_threats(result: Result) -> pl.DataFrame:
    keys = result.jobs.keys
    rows = [
        (rank, threat.kind, threat.subject, threat.loss.value, threat.loss.low, threat.loss.high, threat.late_hours,
         str(keys[threat.worst_job]) if threat.worst_job >= 0 else "")
        for rank, threat in enumerate(result.threats, 1)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=THREATS_SCHEMA, orient="row")


def save_simulation(run: SimulationRun, schedule_id: int, created_at: datetime) -> Simulation:
    """Store what was found; all of it or nothing.

    Orders that have no place in the schedule are not stored as rows; `summary` names them.
    """
    from django.db import transaction

    from drumbeat.twin.models import OrderConfidence, Simulation, Threat

    lost = run.orders.filter(pl.col("p95_end").is_null())
    rows = run.orders.filter(pl.col("p95_end").is_not_null()).drop("item", "late_hours")
    with transaction.atomic():
        simulation = Simulation.objects.create(
            created_at=created_at,
            schedule_id=schedule_id,
            version=run.version,
            replications=run.replications,
            seed=run.seed,
            probability_all=run.probability_all,
            expected_on_time=run.expected_on_time,
            expected_on_time_low=run.expected_on_time_low,
            expected_on_time_high=run.expected_on_time_high,
            summary={
                "probability_all_low": run.probability_all_low,
                "probability_all_high": run.probability_all_high,
                "unscheduled": lost["order"].to_list(),
                "findings": run.findings.as_json(),
                "correction": None if run.correction is None else run.correction.as_json(),
                "played_on_time": run.result.expected_on_time.value,
            },
        )
        OrderConfidence.objects.bulk_create(
            [OrderConfidence(simulation=simulation, **row) for row in rows.iter_rows(named=True)], batch_size=2000
        )
        Threat.objects.bulk_create(
            [Threat(simulation=simulation, **row) for row in run.threats.iter_rows(named=True)], batch_size=2000
        )
        save_replays(simulation, list(run.replays))
    return simulation
