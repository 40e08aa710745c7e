"""Compile what functions promise, rank and plan."""

from __future__ import annotations

import polars as pl

from drumbeat.data.snapshot import Snapshot
from drumbeat.strategy.engine.director.measure_confidence import Commitment
from drumbeat.strategy.name_function import name_function


def list_commitments(snapshot: Snapshot) -> list[Commitment]:
    """List commitments with their outcomes, by code.

    Milestones are met when they were done by their due date, the budget when it was not exceeded, the benefit when at
    least as much was gained. One that was resolved without a day on which it was done missed its milestones; without a
    cost or a gain, what was promised of it counts as missed too.
    """
    found = []
    for row in snapshot["commitment"].sort("code").iter_rows(named=True):
        resolved = row["resolved_on"]
        is_resolved = resolved is not None and resolved <= snapshot.as_of.date()
        found.append(
            Commitment(
                code=row["code"],
                name=row["name"] or row["code"],
                function=name_function(str(row["function"])),
                probability=row["probability"],
                due_on=row["due_on"],
                is_resolved=is_resolved,
                is_on_time=row["done_on"] is not None and row["done_on"] <= row["due_on"],
                is_in_budget=row["budget"] is None or (row["cost"] is not None and row["cost"] <= row["budget"]),
                is_beneficial=row["benefit"] is None or (row["gained"] is not None and row["gained"] >= row["benefit"]),
            )
        )
    return found


def list_ratings(snapshot: Snapshot) -> dict[str, dict[str, float]]:
    """Return the newest ranking of each function: by function, by priority, its rank."""
    rows = snapshot["priority_rating"].filter(pl.col("rated_on") <= snapshot.as_of.date())
    newest = rows.filter(pl.col("rated_on") == pl.col("rated_on").max().over("function"))
    ratings: dict[str, dict[str, float]] = {}
    for function, priority, rank in newest.select("function", "priority", "rank").iter_rows():
        ratings.setdefault(name_function(str(function)), {})[priority] = rank
    return ratings


def list_plans(snapshot: Snapshot) -> dict[str, dict[str, float]]:
    """Return what functions plan for the same thing and period from now on: volumes by family, and other plans."""
    volumes = snapshot["volume_plan"].select(
        pl.col("family").alias("what"), "period_start", pl.col("party").cast(pl.String).alias("who"),
        pl.col("quantity").alias("value"),
    )  # fmt: skip
    others = snapshot["function_plan"].select(
        pl.col("subject").alias("what"), "period_start", pl.col("function").cast(pl.String).alias("who"), "value"
    )
    first = snapshot.as_of.date().replace(day=1)
    plans: dict[str, dict[str, float]] = {}
    rows = pl.concat([volumes, others]).filter(pl.col("period_start") >= first).sort("what", "period_start", "who")
    for what, start, who, value in rows.iter_rows():
        plans.setdefault(f"{what}, {start:%b %Y}", {})[name_function(who)] = value
    return plans
