"""Say in words what was inferred from a log, each statement with its count and its confidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from drumbeat.shopfloor.engine.infer_calendars import Hours, write_hours
from drumbeat.shopfloor.engine.infer_result import FAIR, GUESS, SURE, WEAK, InferenceParams, Statement, say_confidence
from drumbeat.shopfloor.engine.infer_times import half_width


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the statements are made from: the results of the single steps of the inference."""

    rows: pl.DataFrame
    traces: pl.DataFrame
    variants: pl.DataFrame
    times: pl.DataFrame
    machines: pl.DataFrame
    breakdowns: pl.DataFrame
    hours: Hours
    own_hours: dict[str, Hours]
    skills: pl.DataFrame
    minded_together: float
    progress: pl.DataFrame


def make_statements(evidence: Evidence, as_of: datetime, params: InferenceParams) -> tuple[Statement, ...]:
    """Make the statements, from the whole log down to single machines and parts."""
    return (
        *_about_log(evidence, as_of),
        *_about_machines(evidence),
        *_about_routings(evidence),
        *_about_times(evidence),
        *_about_breakdowns(evidence, params),
        *_about_hours(evidence),
        *_about_people(evidence, params),
        *_about_orders(evidence, params),
    )


def _about_log(evidence: Evidence, as_of: datetime) -> list[Statement]:
    rows = evidence.rows
    first = rows["starts_at"].min()
    weeks = (as_of - first).total_seconds() / 604800 if isinstance(first, datetime) else 0.0
    num_workers = rows["worker"].drop_nulls().n_unique()
    text = (
        f"{rows.height} reports over {weeks:.1f} weeks up to {as_of:%Y-%m-%d %H:%M} UTC: "
        f"{evidence.traces.height} orders, {evidence.traces['part'].n_unique()} parts, "
        f"{evidence.machines.height} machines, {num_workers} workers"
    )
    missing = "a log shows no due dates, materials, customers or setup families: none was inferred"
    return [
        Statement("log", "all", text, rows.height, say_confidence(rows.height), weeks),
        Statement("log", "all", missing, 0, SURE),
    ]


def _about_machines(evidence: Evidence) -> list[Statement]:
    found = []
    for row in evidence.machines.iter_rows(named=True):
        text = f"does {row['capability'] or 'nothing that was reported'}"
        if row["kinds"] > 1:
            text += f" and {row['kinds'] - 1} more"
        if (row["capacity"] or 1) > 1:
            text += f", {row['capacity']} orders at a time (up to {row['most']} were seen)"
        elif (row["overlap_share"] or 0) > 0.02:
            text += f", one order at a time; {row['overlap_share']:.0%} of its time shows two, taken as late clock-outs"
        count = int(row["reports"])
        found.append(
            Statement("machines", row["machine"], text, count, say_confidence(count), float(row["capacity"] or 1))
        )
    return found


def _about_routings(evidence: Evidence) -> list[Statement]:
    found = []
    counts = evidence.variants.group_by("part").agg(pl.col("orders").sum(), pl.len().alias("kinds"))
    main = evidence.variants.filter(pl.col("rank") == 1).join(counts.rename({"orders": "seen"}), on="part").sort("part")
    for row in main.iter_rows(named=True):
        text = f"{row['steps']}: {row['orders']} of {row['seen']} orders, {row['kinds']} different sequences in all"
        confidence = say_confidence(row["seen"])
        if not row["from_whole"]:
            text += "; none of its orders was seen from beginning to end"
            confidence = GUESS
        elif row["share"] < 0.5 and confidence in {SURE, FAIR}:
            confidence = WEAK
        found.append(Statement("routings", row["part"], text, row["seen"], confidence, row["share"]))
    return found


def _about_times(evidence: Evidence) -> list[Statement]:
    found = []
    for row in evidence.times.iter_rows(named=True):
        subject = f"{row['part']}, {row['capability']}"
        count = int(row["orders"])
        if row["unit_minutes"] is None:
            text = "reported no units; a unit takes what the capability takes for other parts"
            found.append(Statement("times", subject, text, 0, GUESS))
            continue
        text = f"{row['unit_minutes']:.3g} min a unit (half of the orders {row['unit_minutes_low']:.3g} to "
        text += f"{row['unit_minutes_high']:.3g})"
        off = half_width(row["spread"], count)
        confidence = say_confidence(count)
        if off == off:
            text += f", the median good to {off:.0%}"
            # Many observations of something that varies by a factor are no sure figure.
            confidence = WEAK if off > 0.5 and confidence in {SURE, FAIR} else confidence
        if row["setup_share"]:
            text += f"; {row['setup_share']:.0%} of the orders had a setup, usually {row['setup_minutes'] or 0:.0f} min"
        found.append(
            Statement(
                "times",
                subject,
                text,
                count,
                confidence,
                row["unit_minutes"],
                row["unit_minutes_low"],
                row["unit_minutes_high"],
            )
        )
        if row["yield"] is not None and row["yield"] < 1:
            text = f"{row['yield']:.1%} good of {row['units']:.0f} units"
            units = int(row["units"])
            found.append(
                Statement(
                    "yields",
                    subject,
                    text,
                    units,
                    say_confidence(units // 10),
                    row["yield"],
                    row["yield_low"],
                    row["yield_high"],
                )
            )
    return found


def _about_breakdowns(evidence: Evidence, params: InferenceParams) -> list[Statement]:
    found = []
    for row in evidence.breakdowns.iter_rows(named=True):
        count = int(row["breakdowns"])
        text = f"{count} breakdowns in {row['busy_hours']:.0f} working hours, {row['repair_mean_hours']:.1f} h each"
        if count < params.min_breakdowns:
            text += "; too few for a failure mode"
        off = 1.96 / count**0.5
        low, high = row["mean_hours"] / (1 + off), row["mean_hours"] / max(1 - off, 0.1)
        found.append(
            Statement("breakdowns", row["machine"], text, count, say_confidence(count), row["mean_hours"], low, high)
        )
    return found


def _about_hours(evidence: Evidence) -> list[Statement]:
    found = []
    for subject, hours in [("all", evidence.hours), *evidence.own_hours.items()]:
        text = f"{len(hours.hours)} hours a week, {hours.covered:.0%} of the work inside: {write_hours(hours)}"
        count = hours.num_weeks
        confidence = FAIR if count >= 8 else say_confidence(count)
        found.append(Statement("calendars", subject, text, count, confidence, float(len(hours.hours))))
    return found


def _about_people(evidence: Evidence, params: InferenceParams) -> list[Statement]:
    skills = evidence.skills
    if not skills.height:
        return [Statement("people", "all", "the log names no workers", 0, SURE)]
    people = skills["person"].n_unique()
    held = "hold one person each" if params.people_bind else "hold no person: people do not bind"
    text = (
        f"{people} people; in {evidence.minded_together:.0%} of their reported time they were on two reports at once; "
        f"operations {held}"
    )
    total = int(skills["reports"].sum())
    found = [Statement("people", "all", text, total, say_confidence(total), evidence.minded_together)]
    able = (
        skills.filter(pl.col("level") >= 2)
        .group_by("skill")
        .agg(pl.col("person").sort(), pl.col("reports").sum().cast(pl.Int64))
    )
    for row in able.sort("skill").iter_rows(named=True):
        if len(row["person"]) <= 2 and row["reports"] >= 10:
            text = f"only {' and '.join(row['person'])} ran it more than once"
            found.append(
                Statement(
                    "people", row["skill"], text, row["reports"], say_confidence(row["reports"]), len(row["person"])
                )
            )
    return found


def _about_orders(evidence: Evidence, params: InferenceParams) -> list[Statement]:
    total = evidence.traces.height
    undone = evidence.progress.filter(pl.col("state") != "done")
    count = undone["order"].n_unique()
    due = (
        "due after the time that four in five finished orders of their part took, counted from their first step, and "
        "not before tomorrow: a stand-in, nobody promised it"
        if params.promise == "usual"
        else "without a due date, as the log has none"
    )
    text = f"{count} of {total} orders have {undone.height} steps left; they are {due}"
    return [Statement("orders", "all", text, total, say_confidence(total), float(count))]
