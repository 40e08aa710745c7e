"""Replay past weeks without a schedule: what the played plant would have done, against what it did."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from drumbeat.basics.findings import InputError
from drumbeat.basics.intervals import Interval, wilson_interval
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.data.snapshot import Snapshot
from drumbeat.plant.list_open_hours import list_open_hours
from drumbeat.twin.compile_floor import WEEK_SECONDS, CompiledFloor, FloorTerms, compile_floor
from drumbeat.twin.play_floor import FloorRun, play_compiled
from drumbeat.twin.rewind import find_executions, find_outcomes, forget_later

SPAN_WEEKS = 4
"""Weeks of one play."""

FEWEST_ORDERS = 10
"""Orders that must have ended in a span for it to be judged."""

OUTPUT_OFF, ON_TIME_OFF, LEAD_OFF, UTILISATION_OFF = 0.10, 0.10, 0.25, 0.15
"""How far it may be off before it is said: output (share), points on time, lead time (share), points of use."""

NAMED = 5

WEEKS_SCHEMA = {
    "moment": pl.Datetime("us", "UTC"), "scope": pl.String, "name": pl.String, "week": pl.Int64,
    "p10": pl.Float64, "p50": pl.Float64, "p90": pl.Float64, "mean": pl.Float64, "actual": pl.Float64,
}  # fmt: skip
FIGURES_SCHEMA = {
    "moment": pl.Datetime("us", "UTC"), "scope": pl.String, "name": pl.String, "kpi": pl.String, "unit": pl.String,
    "mean": pl.Float64, "p10": pl.Float64, "p90": pl.Float64, "actual": pl.Float64,
}  # fmt: skip


@dataclass(frozen=True)
class PlayValidation:
    """How near plays without a schedule came to what happened.

    Parameters
    ----------
    weeks
        Units finished by week of the plant and each site: moment (of the beginning), scope, name, week (0 first), p10,
        p50, p90, mean, actual.
    figures
        Output a week, share on time, lead time of plant and sites, utilisation of machines: moment, scope, name, kpi,
        unit, mean, p10, p90, actual; a row where both are known.
    inside
        Share of weeks of the sites whose output was within P10 to P90, with its 95 % interval; promised is 0.8.
    limits
        In sentences: what it cannot be trusted for.
    unknown
        In sentences: what was not known of the time.
    """

    weeks: pl.DataFrame
    figures: pl.DataFrame
    inside: Interval
    limits: tuple[str, ...]
    unknown: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it in plain values, without the machines."""
        shown = self.figures.filter(pl.col("scope") != "machine")
        far = _compare_machines(self.figures)
        return {
            "inside": [float(self.inside.value), float(self.inside.low), float(self.inside.high)],
            "num_weeks": self.weeks.filter(pl.col("scope") == "site").height,
            "figures": shown.with_columns(pl.col("moment").dt.strftime("%Y-%m-%d")).to_dicts(),
            "utilisation_error": far,
            "limits": list(self.limits),
            "unknown": list(self.unknown),
        }


def validate_play(
    snapshot: Snapshot, *, weeks: int = 8, replications: int = 40, seed: int = 1, cores: int = 1,
    progress: Progress = silent,
) -> PlayValidation | None:  # fmt: skip
    """Play past spans of four weeks from what was known at their beginning, with the orders that came then.

    It is the plant that is on trial, not the forecast of demand: what was ordered in a span is given, and when. None
    where nothing can be played, or too few orders ended.

    Parameters
    ----------
    snapshot
        The plant with its history.
    weeks
        How far to look back: one span for each four weeks, the last one at least.
    replications, seed, cores
        As for `play_floor`.
    progress
        Hears how far it is.
    """
    num_spans = max(weeks // SPAN_WEEKS, 1)
    span = timedelta(weeks=SPAN_WEEKS)
    outcomes = find_outcomes(snapshot)
    parts: list[tuple[pl.DataFrame, pl.DataFrame]] = []
    for number in range(num_spans):
        share = part_of(progress, number / num_spans, (number + 1) / num_spans)
        moment = snapshot.as_of - span * (num_spans - number)
        until = moment + span
        share(0.0, f"weeks from {moment:%d %b}")
        ended = outcomes.filter(pl.col("ended_at").is_between(moment, until, closed="left"))
        if ended.height < FEWEST_ORDERS:
            continue
        try:
            compiled = compile_past(snapshot, moment, until)
        except InputError:
            continue  # nothing was wanted then that has a routing
        run = play_compiled(
            compiled, snapshot.version, FloorTerms(weeks=SPAN_WEEKS), replications=replications, seed=seed, cores=cores,
            progress=share,
        )  # fmt: skip
        open_late = find_overdue(outcomes, moment, until)
        figures = _compare_figures(run, snapshot, ended, open_late, moment, until)
        parts.append((_compare_weeks(run, ended, moment), figures))
    progress(1.0, "scored")
    if not parts:
        return None
    told = pl.concat([part for part, _ in parts]), pl.concat([part for _, part in parts])
    of_sites = told[0].filter(pl.col("scope") == "site")
    hits = int(of_sites.select(pl.col("actual").is_between("p10", "p90").sum()).item())
    low, high = wilson_interval(hits, of_sites.height)
    inside = Interval(hits / of_sites.height if of_sites.height else float("nan"), float(low), float(high))
    return PlayValidation(told[0], told[1], inside, _find_limits(told[1]), _tell_unknown(snapshot, outcomes))


def compile_past(snapshot: Snapshot, moment: datetime, until: datetime) -> CompiledFloor:
    """Compile the floor as it was at a moment, with the orders that were released until another; nothing after them."""
    then = rewind_floor(snapshot, moment, until)
    compiled = compile_floor(then, FloorTerms(weeks=SPAN_WEEKS))
    problem = compiled.problem
    end = float((until - moment).total_seconds())
    # What came is known: no demand at random beside it.
    sources = replace(problem.sources, first=np.maximum(problem.sources.first, end + WEEK_SECONDS))
    return replace(compiled, problem=replace(problem, sources=sources))


def find_overdue(outcomes: pl.DataFrame, moment: datetime, until: datetime) -> pl.DataFrame:
    """Find the orders that were overdue and not finished at the end of a span, of those that are played in it.

    An order that never ended and was overdue before the span is dead: nobody worked at it, and it is not played.
    """
    is_open = pl.col("ended_at").is_null() | (pl.col("ended_at") >= until)
    is_dead = pl.col("ended_at").is_null() & (pl.col("due_at") <= moment)
    came = pl.coalesce("release_at", "began_at") < until
    return outcomes.filter(is_open & ~is_dead & came & (pl.col("due_at") < until))


def rewind_floor(snapshot: Snapshot, moment: datetime, until: datetime) -> Snapshot:
    """Take a snapshot back with its bills and stocks, for a play without a schedule.

    Orders are those that were not done at the moment and were released, or begun where no release is kept, before
    `until`. Of those under way the operations that were done are taken off, and those before the first that is
    recorded. Stock of the time is not kept: it is what a plant has that orders by reorder points.
    """
    frames = forget_later(snapshot, moment)
    late = pl.col("received_at").is_null()
    frames["purchase_order"] = frames["purchase_order"].with_columns(
        pl.when(late & (pl.col("state").cast(pl.String) != "cancelled"))
        .then(pl.lit("open"))
        .otherwise(pl.col("state").cast(pl.String))
        .alias("state"),
        pl.when(late).then(0.0).otherwise(pl.col("received_quantity")).alias("received_quantity"),
    )
    outcomes = find_outcomes(snapshot).with_columns(pl.coalesce("release_at", "began_at").alias("came_at"))
    chosen = outcomes.filter(
        (pl.col("came_at") < until)
        & (pl.col("ended_at").is_null() | (pl.col("ended_at") > moment))
        & (pl.col("ended_at").is_not_null() | (pl.col("due_at") > moment))
    )
    orders = snapshot["order"].join(
        chosen.select(pl.col("order").alias("code"), "came_at", "began_at", pl.col("due_at").alias("wanted_at")),
        on="code", how="inner", maintain_order="left",
    )  # fmt: skip
    tasks = _list_steps(snapshot, orders, moment)
    frames["order"] = orders.with_columns(
        pl.when(pl.col("began_at") < moment).then(pl.lit("started")).otherwise(pl.lit("released")).alias("state"),
        pl.col("came_at").alias("release_at"),
        pl.col("wanted_at").alias("due_at"),
        pl.lit(None).alias("deadline_at"),
    ).drop("came_at", "began_at", "wanted_at")
    frames["task"] = tasks
    frames["demand_line"] = snapshot["demand_line"].filter(pl.col("due_at") < moment)
    frames["demand_history"] = snapshot["demand_history"].filter(pl.col("period_start") < moment.date())
    frames["stock"] = snapshot["stock"].with_columns(pl.lit(0.0).alias("quantity"))
    frames["maintenance_order"] = snapshot["maintenance_order"].filter(pl.col("due_at") < moment)
    for name in ("link", "gate", "booking", "lot"):
        frames[name] = frames[name].clear()
    return Snapshot.of(frames, moment)


def _list_steps(snapshot: Snapshot, orders: pl.DataFrame, moment: datetime) -> pl.DataFrame:
    """Tasks of the orders that were under way: each operation of their routings, done or open."""
    made = find_executions(snapshot).filter(pl.col("operation").is_not_null())
    routed = snapshot["operation"].select(pl.col("code").alias("operation"), "routing", "sequence")
    first = made.group_by("order").agg(pl.col("operation").sort_by("starts_at").first())
    first = first.join(routed.filter(pl.col("sequence") > pl.col("sequence").min().over("routing")), on="operation")
    begun = orders.join(
        first.select(pl.col("order").alias("code"), pl.col("sequence").alias("recorded_from")), on="code", how="left"
    )
    halfway = pl.col("came_at") + (pl.col("began_at") - pl.col("came_at")) / 2
    is_ahead = pl.col("recorded_from").is_not_null() & (halfway < moment)
    begun = begun.filter((pl.col("began_at") < moment) | is_ahead)
    steps = begun.select("code", "routing", "quantity", "recorded_from").join(routed, on="routing")
    recorded = made.filter(pl.col("starts_at") < moment).group_by("order", "operation")
    times = recorded.agg(pl.col("starts_at").min(), pl.col("ends_at").max())
    rows = steps.join(times, left_on=["code", "operation"], right_on=["order", "operation"], how="left")
    reached = pl.max_horizontal(
        pl.col("sequence").filter(pl.col("starts_at").is_not_null()).max().over("code"), pl.col("recorded_from")
    )
    is_done = (pl.col("sequence") < reached) | ((pl.col("sequence") == reached) & (pl.col("ends_at") <= moment))
    return rows.sort("code", "sequence").select(
        pl.format("{}/{}", "code", "operation").alias("code"),
        pl.col("code").alias("order"),
        "operation",
        "sequence",
        "quantity",
        pl.when(is_done.fill_null(False))
        .then(pl.lit("done"))
        .when(pl.col("starts_at").is_not_null())
        .then(pl.lit("started"))
        .otherwise(pl.lit("open"))
        .alias("state"),
    )


def _compare_weeks(run: FloorRun, ended: pl.DataFrame, moment: datetime) -> pl.DataFrame:
    """Output by week beside what was finished then."""
    numbered = ended.with_columns(((pl.col("ended_at") - pl.lit(moment)).dt.total_days() // 7).alias("week"))
    sold = run.compiled.products.filter("is_sold").select("item", "site")
    numbered = numbered.join(sold.unique(), on=["item", "site"], how="semi")
    by_site = numbered.group_by("site", "week").agg(pl.col("quantity").sum().alias("actual"))
    whole = numbered.group_by("week").agg(pl.col("quantity").sum().alias("actual"))
    happened = pl.concat(
        [
            by_site.select(pl.lit("site").alias("scope"), pl.col("site").alias("name"), "week", "actual"),
            whole.select(pl.lit("plant").alias("scope"), pl.lit("all").alias("name"), "week", "actual"),
        ]
    )
    return (
        run.fans.join(happened, on=["scope", "name", "week"], how="left", maintain_order="left")
        .with_columns(pl.lit(moment).alias("moment"), pl.col("actual").fill_null(0.0))
        .select(list(WEEKS_SCHEMA))
        .cast(WEEKS_SCHEMA)  # type: ignore[arg-type]
    )


def _compare_figures(
    run: FloorRun,
    snapshot: Snapshot,
    ended: pl.DataFrame,
    open_late: pl.DataFrame,
    moment: datetime,
    until: datetime,
) -> pl.DataFrame:
    """Output, share on time and lead time beside those of the orders then, utilisation beside that of events.

    The share on time is that of the orders that ended and of those that were overdue and open at the end, as in a play.
    """
    sold = run.compiled.products.filter("is_sold").select("item", "site").unique()
    orders = ended.join(sold, on=["item", "site"], how="semi").with_columns(
        ((pl.col("ended_at") - pl.coalesce("release_at", "began_at")).dt.total_seconds() / 86_400).alias("lead")
    )
    open_late = open_late.join(sold, on=["item", "site"], how="semi")
    rows: list[tuple[str, str, str, float | None]] = []
    for scope, name, own in (
        ("plant", "all", orders),
        *(("site", str(site), part) for (site,), part in orders.group_by("site", maintain_order=True)),
    ):
        num_open = open_late.height if scope == "plant" else open_late.filter(pl.col("site") == name).height
        in_time = float(own["is_on_time"].sum())
        rows += [
            (scope, name, "output", float(own["quantity"].sum()) / SPAN_WEEKS),
            (scope, name, "on time", in_time / (own.height + num_open) if own.height + num_open else None),
            (scope, name, "lead time", _mean(own["lead"])),
        ]
    rows += [("machine", *row) for row in _measure_busy(snapshot, run.compiled.machines, moment, until)]
    happened = pl.DataFrame(
        rows, schema={"scope": pl.String, "name": pl.String, "kpi": pl.String, "actual": pl.Float64}, orient="row"
    )
    return (
        run.kpis.join(happened, on=["scope", "name", "kpi"], how="inner", maintain_order="left")
        .filter(pl.col("actual").is_not_null())
        .with_columns(pl.lit(moment).alias("moment"))
        .select(list(FIGURES_SCHEMA))
        .cast(FIGURES_SCHEMA)  # type: ignore[arg-type]
    )


def _mean(values: pl.Series) -> float | None:
    found = values.drop_nulls().mean()
    return None if found is None else float(found)  # type: ignore[arg-type]


def _measure_busy(
    snapshot: Snapshot, machines: pl.DataFrame, moment: datetime, until: datetime
) -> list[tuple[str, str, float]]:
    """Utilisation of the machines with events of running or setups: share of open hours."""
    low, high = pl.lit(moment), pl.lit(until)
    hours = (
        pl.min_horizontal(pl.col("ends_at").fill_null(snapshot.as_of), high) - pl.max_horizontal("starts_at", low)
    ).dt.total_seconds().clip(0, None).sum() / 3600
    busy = (
        snapshot["machine_event"]
        .filter(pl.col("state").cast(pl.String).is_in(["run", "setup"]))
        .group_by("resource")
        .agg(hours.alias("busy"))
        .filter(pl.col("busy") > 0)
    )
    owners = snapshot["resource"].filter(pl.col("code").is_in(busy["resource"].to_list()))
    opened = list_open_hours(snapshot.frames, owners.select("code", "site", "calendar"), moment, until)
    open_hours = opened.group_by("code").agg(
        ((pl.col("ends_at") - pl.col("starts_at")).dt.total_seconds().sum() / 3600).alias("open")
    )
    shares = busy.join(open_hours, left_on="resource", right_on="code").filter(pl.col("open") > 0)
    known = set(machines["machine"])
    return [
        (resource, "utilisation", min(float(used) / float(whole), 1.0))
        for resource, used, whole in shares.sort("resource").iter_rows()
        if resource in known
    ]


def _compare_machines(figures: pl.DataFrame) -> dict[str, float] | None:
    """Mean difference of the machines' utilisation, played less actual, and mean of its size; None without machines."""
    rows = figures.filter((pl.col("scope") == "machine") & (pl.col("kpi") == "utilisation"))
    if rows.height == 0:
        return None
    far = rows["mean"] - rows["actual"]
    return {"bias": float(far.mean()), "size": float(far.abs().mean()), "count": rows.height}  # type: ignore[arg-type]


def _find_limits(figures: pl.DataFrame) -> tuple[str, ...]:
    """Say what a play cannot be trusted for, from the mean of all spans; one sentence where nothing does."""
    means = figures.group_by("scope", "name", "kpi", maintain_order=True).agg(pl.col("mean", "actual").mean())
    told = []
    for scope, name, kpi, played, actual in means.filter(pl.col("scope") != "machine").iter_rows():
        where = "the plant" if scope == "plant" else name
        if kpi == "output" and actual > 0 and abs(played / actual - 1) > OUTPUT_OFF:
            told.append(
                f"Do not trust its output of {where}: played {played:.0f} units a week, {actual:.0f} were made."
            )
        elif kpi == "on time" and abs(played - actual) > ON_TIME_OFF:
            told.append(f"Do not trust its share on time of {where}: played {played:.0%}, it was {actual:.0%}.")
        elif kpi == "lead time" and actual > 0 and abs(played / actual - 1) > LEAD_OFF:
            told.append(f"Do not trust its lead times of {where}: played {played:.1f} days, they were {actual:.1f}.")
    far = (
        means.filter((pl.col("scope") == "machine") & ((pl.col("mean") - pl.col("actual")).abs() > UTILISATION_OFF))
        .sort((pl.col("mean") - pl.col("actual")).abs(), descending=True)
        .select("name", "mean", "actual")
    )
    if far.height:
        names = ", ".join(
            f"{name} ({played:.0%} played, {actual:.0%})" for name, played, actual in far.head(NAMED).rows()
        )
        more = f" and {far.height - NAMED} more" if far.height > NAMED else ""
        told.append(f"Do not trust its utilisation of {names}{more}.")
    if not told:
        told.append(
            "Output, share on time, lead times and utilisation came out as they were, within what is tolerated."
        )
    return tuple(told)


def _tell_unknown(snapshot: Snapshot, outcomes: pl.DataFrame) -> tuple[str, ...]:
    told = [
        "What was ordered, and when, is given: demand is not on trial.",
        "Stock of the time is not kept: it is what reorder points keep.",
    ]
    done = outcomes.filter(pl.col("ended_at").is_not_null())
    if done.height and done["release_at"].null_count() > 0:
        told.append("Where no release date is kept, an order came when it was begun: lead times count from there.")
    first = set(
        snapshot["operation"].sort("routing", "sequence").group_by("routing").agg(pl.col("code").first())["code"]
    )
    begun = find_executions(snapshot).group_by("order").agg(pl.col("operation").sort_by("starts_at").first())
    if begun.filter(~pl.col("operation").is_in(list(first)) & pl.col("operation").is_not_null()).height:
        told.append(
            "Of some orders only later operations are recorded: those before count as done when half of the time from "
            "their release to the first record had passed."
        )
    return tuple(told)
