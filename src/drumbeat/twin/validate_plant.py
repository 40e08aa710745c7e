"""Replay the last weeks: what the twin would have said then, against what happened since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from drumbeat.basics.findings import Finding, InputError
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.data.snapshot import Snapshot
from drumbeat.scheduling.actions import ScheduleRun, tell_schedule
from drumbeat.scheduling.compile_problem import compile_problem
from drumbeat.scheduling.engine.dispatch import dispatch_by_key
from drumbeat.scheduling.engine.measure_worth import measure_worth
from drumbeat.scheduling.engine.result import Result
from drumbeat.scheduling.engine.shop import build_shop
from drumbeat.twin.actions import simulate
from drumbeat.twin.engine.validate.find_limits import Limit, find_limits
from drumbeat.twin.engine.validate.learn_correction import Correction, learn_correction, walk_forward
from drumbeat.twin.engine.validate.recalibrate import FEWEST_RESOLVED, Recalibration, fit_recalibration
from drumbeat.twin.engine.validate.score import (
    Bias,
    Coverage,
    Score,
    measure_bias,
    measure_coverage,
    score_probabilities,
)
from drumbeat.twin.follow_kept import KeptSchedule, find_in_force, put_on_schedule
from drumbeat.twin.rewind import find_outcomes, rewind

PROMISES = (("p50_end", 0.5), ("p80_end", 0.8), ("p95_end", 0.95))
STEP = timedelta(days=7)
AHEAD = timedelta(days=14)
"""How far ahead of each moment orders are looked at."""

HORIZONS = ((3, "due within 3 days"), (7, "due in 3 to 7 days"), (14, "due in 1 to 2 weeks"), (10**6, "due later"))

COLUMNS: dict[str, Any] = {
    "source": pl.String, "said_at": pl.Datetime("us", "UTC"), "order": pl.String, "item": pl.String,
    "machine": pl.String, "due_at": pl.Datetime("us", "UTC"), "probability": pl.Float64,
    "p50_end": pl.Datetime("us", "UTC"), "p80_end": pl.Datetime("us", "UTC"), "p95_end": pl.Datetime("us", "UTC"),
    "ended_at": pl.Datetime("us", "UTC"), "is_on_time": pl.Boolean,
}  # fmt: skip


@dataclass(frozen=True)
class ValidationRun:
    """How good the twin's predictions were.

    Parameters
    ----------
    orders
        One row a prediction that is resolved: source ("kept": said at the time; "scheduled": replayed with the
        schedule in force then; "replayed": without), said_at, order, item, machine (the last it needed), due_at,
        probability, p50_end, p80_end, p95_end, ended_at (null = not to this day), is_on_time, put_right (the
        probability, put right by what had come out before it was said).
    score
        Of the probabilities.
    coverage
        Of the promise dates at 50, 80 and 95 %.
    bias
        Of the time from prediction to end, against the median that was predicted.
    recalibration
        How to put predictions right.
    corrected
        Score of the predictions, each week's put right by what had come out of the weeks before it: column `put_right`
        of the orders.
    correction
        What kept predictions teach of the next ones: `drumbeat.twin.put_right` applies it.
    limits
        Groups in which what was said did not hold.
    few
        Groups with too few orders to judge.
    unknown
        What was not known of the time, in sentences.
    followed
        Of which weeks the schedule in force is kept, and how they came out, in sentences.
    weeks
        How far it looked back.
    as_of, version
        Moment and version of the data.
    """

    orders: pl.DataFrame
    score: Score
    coverage: tuple[Coverage, ...]
    bias: Bias
    recalibration: Recalibration
    corrected: Score
    correction: Correction
    limits: tuple[Limit, ...]
    few: tuple[str, ...]
    unknown: tuple[str, ...]
    followed: tuple[str, ...]
    weeks: int
    as_of: datetime
    version: str


def validate(
    snapshot: Snapshot,
    *,
    weeks: int = 4,
    replications: int = 400,
    seed: int = 1,
    cores: int = 1,
    kept: pl.DataFrame | None = None,
    schedules: Sequence[KeptSchedule] = (),
    progress: Progress = silent,
) -> ValidationRun:
    """Predict the last weeks from what was known then, and score the predictions against what happened.

    Each week begins with the data taken back to that moment (`rewind`): distributions are fitted to events before it
    alone. Where the schedule in force then is kept, its orders are played on its machines and in its sequence. Else the
    work is that which was done, on the machines that did it and in the order in which it was begun, which people chose
    knowing what broke: that makes the twin look more cautious than it is.

    Parameters
    ----------
    snapshot
        The plant with its history.
    weeks
        How many weeks to look back, 1 to 104.
    replications, seed, cores
        As for `simulate`.
    kept
        Predictions that were made at the time (`read_kept`): they are scored too; None = none.
    schedules
        Schedules that were kept when they were made (`read_schedules`).
    progress
        Hears how far it is.

    Raises
    ------
    InputError
        When `weeks` or `replications` are out of range.
    """
    for name, value, low, high in (("weeks", weeks, 1, 104), ("replications", replications, 20, 100_000)):
        if not low <= value <= high:
            remedy = f"Give a number from {low} to {high}"
            raise InputError(Finding("twin validate", f"{name} are {low} to {high}", remedy, value=str(value)))
    outcomes = find_outcomes(snapshot)
    parts = [pl.DataFrame(schema=COLUMNS)]
    followed: list[tuple[datetime, KeptSchedule | None]] = []
    for number in range(weeks):
        share = part_of(progress, number / weeks, (number + 1) / weeks)
        moment = snapshot.as_of - STEP * (weeks - number)
        share(0.0, f"as of {moment:%d %b}")
        followed.append((moment, find_in_force(schedules, moment)))
        parts.append(_predict(snapshot, *followed[-1], outcomes, replications, seed, cores, share))
    if kept is not None and kept.height:
        parts.append(resolve(kept.with_columns(pl.lit("kept").alias("source")), outcomes))
    orders = pl.concat([part.select(list(COLUMNS)).cast(COLUMNS) for part in parts])  # type: ignore[arg-type]
    progress(1.0, "scored")
    return replace(score_orders(orders, snapshot, weeks), followed=_tell_followed(orders, followed))


def _predict(
    snapshot: Snapshot,
    moment: datetime,
    in_force: KeptSchedule | None,
    outcomes: pl.DataFrame,
    replications: int,
    seed: int,
    cores: int,
    progress: Progress,
) -> pl.DataFrame:
    """What the twin would have said at a moment of orders due within `AHEAD` of it, with how they ended."""
    then, tasks = rewind(snapshot, moment, moment + AHEAD)
    if in_force is not None:
        released = snapshot["order"].select(pl.col("code").alias("order"), "release_at")
        then, tasks = put_on_schedule(then, tasks, in_force, released)
    if tasks.height == 0:
        return pl.DataFrame(schema=COLUMNS)
    schedule = follow_sequence(then, tasks)
    run = simulate(then, schedule, replications=replications, seed=seed, cores=cores, progress=progress)
    machine = (
        schedule.tasks.sort("starts_at", nulls_last=False)
        .group_by("order", maintain_order=True)
        .agg(pl.col("resource").last().alias("machine"))
    )
    said = (
        run.orders.drop("due_at")
        .filter(pl.col("p95_end").is_not_null())
        .join(machine, on="order", how="left", maintain_order="left")
        .with_columns(
            pl.lit("replayed" if in_force is None else "scheduled").alias("source"), pl.lit(moment).alias("said_at")
        )
    )
    if in_force is not None:
        said = said.filter(pl.col("order").is_in(in_force.tasks["order"].unique().to_list()))
    # Later moments look at what is due later: each order is judged from each moment once.
    return resolve(said, outcomes).filter(pl.col("due_at").is_between(moment, moment + AHEAD))


def follow_sequence(snapshot: Snapshot, tasks: pl.DataFrame) -> ScheduleRun:
    """Schedule the open tasks of a snapshot in the order in which they were begun, as `rewind` lists them."""
    compiled = compile_problem(snapshot)
    place = {task: number for number, task in enumerate(tasks.sort("starts_at", "task")["task"])}
    key = np.array([place.get(task, len(place)) for task in compiled.tasks["task"]], dtype=np.float64)
    schedule = dispatch_by_key(build_shop(compiled.problem), key)
    worth = measure_worth(compiled.problem, schedule)
    result = Result(schedule, worth, 0.0, False, "as it was done")
    return tell_schedule(snapshot, compiled, result, (), np.zeros(0, np.int64))


def resolve(said: pl.DataFrame, outcomes: pl.DataFrame) -> pl.DataFrame:
    """Put how they ended beside predictions, of which those that are open are left out; see `ValidationRun.orders`."""
    known = outcomes.filter(pl.col("is_on_time").is_not_null() & pl.col("due_at").is_not_null())
    return said.drop("item", strict=False).join(
        known.select("order", "item", "due_at", "ended_at", "is_on_time"),
        on="order",
        how="inner",
        maintain_order="left",
    )


def score_orders(orders: pl.DataFrame, snapshot: Snapshot, weeks: int) -> ValidationRun:
    """Score predictions with their outcomes; see `ValidationRun` for the columns."""
    said, held = orders["probability"].to_numpy(), orders["is_on_time"].cast(pl.Float64).to_numpy()
    limits, few = _find_limits(orders, snapshot, said, held)

    def hours(name: str) -> np.ndarray:
        return (
            orders.select((pl.col(name) - pl.col("said_at")).dt.total_seconds() / 3600)
            .to_series()
            .cast(pl.Float64)
            .fill_null(float("nan"))
            .to_numpy()
        )

    right = correct_by_past(orders)
    ended = hours("ended_at")
    never = np.where(np.isnan(ended), np.inf, ended)  # not done to this day: no date was kept
    return ValidationRun(
        orders=orders.with_columns(pl.Series("put_right", right, dtype=pl.Float64)),
        score=score_probabilities(said, held),
        coverage=tuple(measure_coverage(share, hours(name), never) for name, share in PROMISES),
        bias=measure_bias(hours("p50_end"), ended),
        recalibration=fit_recalibration(said, held),
        corrected=score_probabilities(right, held),
        correction=learn_correction(*read_moments(orders.filter(pl.col("source") == "kept"), snapshot.as_of)),
        limits=limits,
        few=few,
        unknown=_tell_unknown(orders, snapshot),
        followed=(),
        weeks=weeks,
        as_of=snapshot.as_of,
        version=snapshot.version,
    )


def read_moments(
    orders: pl.DataFrame, until: datetime | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Of resolved predictions: what was said, whether it held, when it was said and when it counts (microseconds).

    It counts from the due time on. Whoever is on time is known earlier, whoever is late only then: to count each as
    soon as it is known would teach of the newest weeks mostly what went well. With `until` those due later are left
    out for the same reason.
    """
    found = orders.filter(pl.col("due_at") <= until) if until is not None else orders
    found = found.select(
        "probability",
        pl.col("is_on_time").cast(pl.Float64),
        pl.col("said_at").dt.epoch("us"),
        pl.col("due_at").dt.epoch("us"),
    )
    columns = [column.to_numpy() for column in found.get_columns()]
    return columns[0], columns[1], columns[2], columns[3]


def correct_by_past(orders: pl.DataFrame) -> np.ndarray:
    """Put each week's probabilities right by what earlier ones had come to by then; shape of the orders.

    Where nothing is known yet they stay as they are.
    """
    return walk_forward(*read_moments(orders))[0]


def _find_limits(
    orders: pl.DataFrame, snapshot: Snapshot, said: np.ndarray, held: np.ndarray
) -> tuple[tuple[Limit, ...], tuple[str, ...]]:
    family = dict(snapshot["item"].select("code", "setup_family").iter_rows())
    ahead = orders.select((pl.col("due_at") - pl.col("said_at")).dt.total_seconds() / 86_400).to_series()
    horizon = [next(name for days, name in HORIZONS if value <= days) for value in ahead]
    limits: list[Limit] = []
    few: list[str] = []
    for kind, groups in (
        ("machine", orders["machine"].fill_null("").to_list()),
        ("product group", [family.get(item) or item or "" for item in orders["item"].to_list()]),
        ("horizon", horizon),
    ):
        blamed, rare = find_limits(kind, groups, said, held)
        limits += blamed
        few += [f"{kind} {name}" for name in rare]
    return tuple(limits), tuple(few)


def _tell_unknown(orders: pl.DataFrame, snapshot: Snapshot) -> tuple[str, ...]:
    told = []
    if (orders["source"] == "replayed").any():
        told.append(
            "Where no schedule of then is kept, machines and sequence are those that did the work: people had chosen "
            "them knowing what broke, which makes the twin look too cautious."
        )
    if (orders["source"] != "kept").any():
        told.append("Stock at the time is not kept: no order waits for material.")
        released = snapshot["order"].filter(pl.col("release_at").is_not_null()).height
        if released < snapshot["order"].height:
            told.append("Where no release date is kept, an order counts as released when it was begun.")
    open_ = snapshot["order"].filter(
        (pl.col("due_at") < snapshot.as_of) & ~pl.col("state").cast(pl.String).is_in(("done", "cancelled"))
    )
    if open_.height:
        told.append(
            f"{open_.height} orders past their due date are not done: only kept predictions count them, as late."
        )
    return tuple(told)


def _tell_followed(orders: pl.DataFrame, followed: Sequence[tuple[datetime, KeptSchedule | None]]) -> tuple[str, ...]:
    """Say of which weeks a schedule is kept, and how what was said of them came out."""
    told = []
    for moment, schedule in followed:
        rows = orders.filter((pl.col("source") == "scheduled") & (pl.col("said_at") == moment))
        if schedule is None:
            continue
        came = "no order of it was due and done since"
        if rows.height:
            said, held = (float(rows[name].cast(pl.Float64).mean() or 0.0) for name in ("probability", "is_on_time"))  # type: ignore[arg-type]
            came = f"of {rows.height} orders {said:.0%} were said to hold, {held:.0%} held"
        told.append(f"Week from {moment:%d %b}: schedule {schedule.number} was in force; {came}.")
    without = [f"{moment:%d %b}" for moment, schedule in followed if schedule is None]
    if without and told:
        told.append(f"Weeks of which no schedule is kept: {', '.join(without)}.")
    elif without:
        told.append("Of none of these weeks a schedule is kept. Those that are made from now on will be.")
    return tuple(told)


def tell_limits(run: ValidationRun) -> list[str]:
    """Say in sentences what the twin cannot be trusted for, the worst first; one sentence where it can."""
    score = run.score
    if score.num_resolved < FEWEST_RESOLVED:
        return [
            f"Only {score.num_resolved} predictions are resolved: nothing can be said yet. Keep dates of what is made."
        ]
    words = {"machine": "orders that end on", "product group": "products of", "horizon": "orders"}
    told = []
    for limit in run.limits:
        much = "too sure" if limit.said > limit.held.value else "not sure enough"
        told.append(
            f"Do not trust it for {words[limit.kind]} {limit.group}: it is {much}. It said {limit.said:.0%}, "
            f"{limit.held.value:.0%} held ({limit.held.low:.0%} to {limit.held.high:.0%}, {limit.count} orders)."
        )
    for one in run.coverage:
        if one.count >= FEWEST_RESOLVED and not one.kept.low <= one.promised <= one.kept.high:
            side = "too early" if one.kept.value < one.promised else "later than needed"
            told.append(
                f"Promise dates at {one.promised:.0%} are {side}: {one.kept.value:.0%} of {one.count} were kept "
                f"({one.kept.low:.0%} to {one.kept.high:.0%})."
            )
    if np.isfinite(score.skill) and score.skill <= 0:
        told.append("It tells safe orders from unsafe ones no better than the share on time does.")
    if not told:
        told.append("Nothing speaks against it: what it said held, within luck, in every group with enough orders.")
    return told
