"""Compile what is uncertain about a schedule from the data behind it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Texts
from drumbeat.basics.findings import Finding, Findings
from drumbeat.basics.streams import LOGNORMAL, sigma_of
from drumbeat.data.snapshot import Snapshot
from drumbeat.scheduling.actions import ScheduleRun
from drumbeat.scheduling.engine.features import describe
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.twin.compile_doubt import compile_doubt
from drumbeat.twin.engine.problem import (
    ABSENT,
    BREAKDOWN,
    EMPIRICAL,
    RUN_TIME,
    SCRAP,
    SUPPLIER,
    Absences,
    Causes,
    Failures,
    Lateness,
    RunTimes,
    Scrap,
    Uncertainty,
)
from drumbeat.twin.estimate_absence import estimate_absence
from drumbeat.twin.estimate_failures import Mode, estimate_failures
from drumbeat.twin.estimate_lateness import estimate_lateness
from drumbeat.twin.estimate_run_times import FEWEST_REPORTS, RunTimeFit, estimate_run_times, estimate_scrap

WRONG_STANDARD = 0.10
"""How far the median of actual over standard may be from 1 before it is said."""

ENOUGH_OF_ALL = 100
"""Reports from which the plant's own ratio is believed for operations without enough."""

LEAST_RATIO, MOST_RATIO = 0.5, 2.0
"""Between these, a median of actual over standard is believed."""


@dataclass
class CauseBook:
    """Numbers causes as they are met."""

    numbers: dict[tuple[str, str], int] = field(default_factory=dict)

    def number(self, kind: str, subject: str) -> int:
        """Return the number of a cause; -1 for one without a subject, which cannot be switched off."""
        if not subject:
            return -1
        return self.numbers.setdefault((kind, subject), len(self.numbers))

    def as_causes(self) -> Causes:
        """Return all causes so far."""
        return Causes(_texts([kind for kind, _ in self.numbers]), _texts([subject for _, subject in self.numbers]))


def _texts(values: list[str]) -> Texts:
    array = np.empty(len(values), dtype=np.object_)
    array[:] = values
    return array


def compile_problem(snapshot: Snapshot, schedule: ScheduleRun) -> tuple[Uncertainty, Findings]:
    """Say what may come otherwise than scheduled.

    Parameters
    ----------
    snapshot
        The data that the schedule was made from.
    schedule
        The schedule.

    Returns
    -------
    Uncertainty, Findings
        What the twin draws, and notes on what was assumed where the data say nothing.
    """
    findings, book = Findings(), CauseBook()
    problem = schedule.problem
    machines = schedule.tasks["resource"].fill_null("").to_list()
    runs = estimate_run_times(snapshot)
    minutes = problem.modes.run_seconds[problem.modes.task_ptr[:-1]] / 60.0
    run_times = _compile_run_times(runs, schedule.tasks, minutes, machines, book, findings)
    scrap = _compile_scrap(snapshot, schedule.tasks, machines, book)
    used = [str(problem.resources.keys[r]) for r in np.unique(problem.modes.resource)]
    modes = estimate_failures(snapshot, used, findings)
    failures = _compile_failures(snapshot, problem, modes, book)
    deliveries = estimate_lateness(snapshot, problem.materials, findings)
    causes = np.array([book.number(SUPPLIER, code) for code in deliveries.suppliers], dtype=np.int32)
    lateness = Lateness(deliveries.supplier, deliveries.already_late_seconds, deliveries.quantiles, causes)
    absences, errors = _compile_absences(snapshot, problem, book, findings)
    _tell_unplayed(problem, findings)
    pools = [str(problem.resources.keys[r]) for r in absences.resource]
    reports = snapshot["production_report"].group_by("resource").len()
    doubt = compile_doubt(machines, runs, reports, modes, pools, errors, deliveries.sets)
    return Uncertainty(run_times, scrap, failures, lateness, absences, book.as_causes(), doubt), findings


def _tell_unplayed(problem: Problem, findings: Findings) -> None:
    """Say which rules the schedule keeps that its replay does not."""
    features = describe(problem)
    for is_used, table, column, rule in (
        (features.has_batches, "resource", "is_batch", "tasks of a batch start and end each on its own"),
        (features.has_setup_crews, "resource", "setup_crew", "setups wait for no setup crew"),
        (features.has_most, "operation", "most_wait_minutes", "what waits longer than it may goes on all the same"),
        (features.has_tanks, "stock", "storage_maximum", "what is made always finds room"),
    ):
        if is_used:
            remedy = "Read the probability as that of a plant without this rule"
            findings.add(Finding(table, f"in the twin {rule}", remedy, column=column, severity="note"))


def _compile_run_times(
    runs: RunTimeFit,
    tasks: pl.DataFrame,
    minutes: np.ndarray,
    machines: list[str],
    book: CauseBook,
    findings: Findings,
) -> RunTimes:
    known = runs.operations
    rows = tasks.select("operation").join(known, on="operation", how="left", maintain_order="left")
    assumed = rows.filter(pl.col("num_reports").is_null()).height
    if assumed:
        rule = (
            f"run times spread by {runs.cv:.0%} where fewer than {FEWEST_REPORTS} reports tell an operation's own"
            + (f": as all {runs.num_reports} reports do" if runs.num_reports >= FEWEST_REPORTS else "")
        )
        remedy = "Report what is made, with start and end, to have each operation's spread measured"
        findings.add(Finding("production_report", rule, remedy, value=f"{assumed} tasks", severity="note"))
    is_known = rows["num_reports"].is_not_null().to_numpy()
    cv = rows["cv"].fill_null(runs.cv).to_numpy()
    # What is not known of an operation's ratio adds to the spread of each of its tasks.
    size = rows["num_reports"].fill_null(1).to_numpy()
    cv = np.where(is_known, cv * np.sqrt(1 + 1 / size), np.hypot(cv, runs.operation_spread))
    # An operation without reports runs as the plant does.
    has_usual = runs.num_reports >= ENOUGH_OF_ALL
    ratio = rows["ratio"].fill_null(runs.ratio if has_usual else 1.0).to_numpy()
    is_likely = (is_known | has_usual) & (ratio >= LEAST_RATIO) & (ratio <= MOST_RATIO)
    is_seen = len(runs.quantiles) > 0
    sigma = np.array([sigma_of(value) for value in cv], dtype=np.float64)
    if is_seen:
        row = np.searchsorted(runs.bounds, minutes, side="right")
        factor = np.where(is_likely, ratio, 1.0 / _mean_of(runs, row, cv))
    else:
        # The mean of a lognormal is above its median.
        factor = np.where(is_likely, ratio * np.sqrt(1 + cv * cv), 1.0)
    _tell_ratios(known.join(tasks.select("operation").unique(), on="operation", how="semi"), findings)
    return RunTimes(
        (EMPIRICAL + row if is_seen else np.full(tasks.height, LOGNORMAL)).astype(np.int32),
        cv if is_seen else sigma,
        np.array([book.number(RUN_TIME, machine) for machine in machines], dtype=np.int32),
        factor.astype(np.float64),
        runs.quantiles,
    )


def _mean_of(runs: RunTimeFit, row: np.ndarray, cv: np.ndarray) -> np.ndarray:
    """Mean run time over its median, of run times as seen, by class and spread: the mean is the standard then."""
    pairs, place = np.unique(np.stack([row.astype(np.float64), cv], axis=1), axis=0, return_inverse=True)
    means = np.array([float(np.exp(value * runs.quantiles[int(number)]).mean()) for number, value in pairs])
    return means[place.ravel()] if len(pairs) else np.ones(0)


def _tell_ratios(known: pl.DataFrame, findings: Findings) -> None:
    """Say which standards are wrong, and which are so wrong that the reports are doubted instead."""
    off = known.filter((pl.col("ratio") - 1.0).abs() > WRONG_STANDARD)
    likely = off.filter(pl.col("ratio").is_between(LEAST_RATIO, MOST_RATIO))
    for rows, rule, remedy in (
        (
            likely,
            "runs take {:.2f} times their standard, by their reports; the twin takes them so",
            "Correct the run times of these operations, or see why they run otherwise",
        ),
        (
            off.join(likely, on="operation", how="anti"),
            "reports last {:.2f} times the standard: the twin doubts them and keeps the standard",
            "Report the time of the run alone, without closed hours, or correct the run times",
        ),
    ):
        if rows.height:
            names = ", ".join(rows["operation"].head(5)) + (f" and {rows.height - 5} more" if rows.height > 5 else "")
            median = float(rows["ratio"].to_numpy().mean())
            findings.add(Finding("operation", rule.format(median), remedy, None, "run_minutes", names, "warning"))


def _compile_scrap(snapshot: Snapshot, tasks: pl.DataFrame, machines: list[str], book: CauseBook) -> Scrap:
    """Scrap as reported, else as the operation's yield says; what a routing's tasks already allow for is planned."""
    operations = snapshot["operation"].select(
        pl.col("code").alias("operation"), (1.0 - pl.col("operation_yield")).alias("standard")
    )
    stored = snapshot["task"].select(pl.col("code").alias("task"), pl.lit(True).alias("is_stored"))
    rows = (
        tasks.select("task", "operation", "quantity")
        .join(operations, on="operation", how="left", maintain_order="left")
        .join(estimate_scrap(snapshot), on="operation", how="left", maintain_order="left")
        .join(stored, on="task", how="left", maintain_order="left")
        .with_columns(pl.col("standard").fill_null(0.0))
        .with_columns(
            pl.when(pl.col("is_stored").is_null()).then("standard").otherwise(0.0).clip(0.0, 0.99).alias("planned"),
            pl.coalesce("share", "standard").clip(0.0, 0.9).alias("share"),
            pl.col("spread").fill_null(0.0),
        )
    )
    share = rows["share"].to_numpy()
    subjects = [operation or machine for operation, machine in zip(rows["operation"], machines, strict=True)]
    good = np.maximum(rows["quantity"].fill_null(1.0).to_numpy(), 1e-9) * (1.0 - rows["planned"].to_numpy())
    return Scrap(
        quantity=good,
        share=share.astype(np.float64),
        spread=rows["spread"].to_numpy().astype(np.float64),
        planned_share=rows["planned"].to_numpy().astype(np.float64),
        cause=np.array(
            [book.number(SCRAP, name) if s > 0 else -1 for name, s in zip(subjects, share, strict=True)],
            dtype=np.int32,
        ),
    )


def _compile_failures(snapshot: Snapshot, problem: Problem, modes: list[Mode], book: CauseBook) -> Failures:
    number = {str(key): r for r, key in enumerate(problem.resources.keys)}
    return Failures(
        keys=_texts([mode.code for mode in modes]),
        resource=np.array([number[mode.resource] for mode in modes], dtype=np.int32),
        is_busy_clock=np.array([mode.is_busy_clock for mode in modes], dtype=bool),
        distribution=np.array([mode.life.law for mode in modes], dtype=np.int32),
        mean_seconds=np.array([mode.life.mean * 3600.0 for mode in modes]),
        shape=np.array([mode.life.shape for mode in modes], dtype=np.float64),
        repair_distribution=np.array([mode.repair.law for mode in modes], dtype=np.int32),
        repair_mean_seconds=np.array([mode.repair.mean * 3600.0 for mode in modes]),
        repair_shape=np.array([mode.repair.shape for mode in modes], dtype=np.float64),
        is_down=_find_down(snapshot, modes),
        cause=np.array([book.number(BREAKDOWN, mode.resource) for mode in modes], dtype=np.int32),
    )


def _find_down(snapshot: Snapshot, modes: list[Mode]) -> np.ndarray:
    """Which failure mode each machine that is down now is down with: the one that the reason names, else its first."""
    events = snapshot["machine_event"].filter(
        (pl.col("state").cast(pl.String) == "down")
        & (pl.col("starts_at") <= snapshot.as_of)
        & (pl.col("ends_at").is_null() | (pl.col("ends_at") > snapshot.as_of))
    )
    reasons = dict(events.select("resource", "reason").iter_rows())
    found = np.zeros(len(modes), dtype=bool)
    names = dict(snapshot["failure_mode"].select("code", "name").iter_rows())
    for resource, reason in reasons.items():
        own = [i for i, mode in enumerate(modes) if mode.resource == resource]
        named = [i for i in own if reason and reason in (modes[i].code, names.get(modes[i].code))]
        if own:
            found[(named or own)[0]] = True
    return found


def _compile_absences(
    snapshot: Snapshot, problem: Problem, book: CauseBook, findings: Findings
) -> tuple[Absences, list[float]]:
    """Absence of pools, and how unsure each rate is."""
    known = set(snapshot["resource"]["code"])
    pools = [(r, str(key)) for r, key in enumerate(problem.resources.keys) if str(key) not in known]
    rates = estimate_absence(snapshot) if pools else {}
    found, errors = [], []
    for resource, key in pools:
        skill, _, site = key.rpartition(" @ ")
        rate = rates.get((skill, site))
        if rate is None:
            continue
        found.append((resource, rate.rate, rate.spell_days, book.number(ABSENT, key)))
        errors.append(rate.log_error)
        rule = f"{rate.rate:.1%} absent without notice, {rate.spell_days:.1f} days at a time, from {rate.said_by}"
        remedy = "Keep absences with their reason to have the skill's own rate measured"
        findings.add(Finding("absence", rule, remedy, None, "skill", key, "note"))
    columns = list(zip(*found, strict=True)) if found else [(), (), (), ()]
    absences = Absences(
        np.array(columns[0], dtype=np.int32),
        np.array(columns[1], dtype=np.float64),
        np.array(columns[2], dtype=np.float64),
        np.array(columns[3], dtype=np.int32),
    )
    return absences, errors
