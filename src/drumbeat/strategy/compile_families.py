"""Compile how much of each machine's time every setup family takes."""

from __future__ import annotations

import polars as pl

from drumbeat.data.snapshot import Snapshot
from drumbeat.kpis.engine.build_figures import Window, add_week


def list_family_hours(snapshot: Snapshot, window: Window) -> pl.DataFrame:
    """Return resource, family, week, setup_hours, run_hours, setups.

    The run hours of a family are those of its production reports. A setup belongs to the family that its reason
    names ("change to WHITE"), else to that of its order's item, else to that of the next report of the machine: it
    was made for what came after.
    """
    reports = _reports(snapshot)
    length = (pl.col("ends_at") - pl.col("starts_at")).dt.total_seconds() / 3600
    ran = add_week(reports, "starts_at", window).select("resource", "family", "week", length.alias("hours"))
    run = ran.group_by("resource", "family", "week").agg(pl.col("hours").sort().sum().alias("run_hours"))
    setups = add_week(_setups(snapshot, window, reports), "starts_at", window)
    setup = setups.group_by("resource", "family", "week").agg(
        length.sort().sum().alias("setup_hours"), pl.len().cast(pl.Int64).alias("setups")
    )
    keys = ["resource", "family", "week"]
    both = run.join(setup, on=keys, how="full", coalesce=True)
    return both.with_columns(pl.col("setup_hours", "run_hours").fill_null(0.0), pl.col("setups").fill_null(0)).sort(
        keys
    )


def _reports(snapshot: Snapshot) -> pl.DataFrame:
    """resource, starts_at, ends_at, family of reports whose operation or item has a setup family."""
    operations = snapshot["operation"].select(
        pl.col("code").alias("operation"), "routing", pl.col("setup_family").alias("own")
    )
    routings = snapshot["routing"].select(pl.col("code").alias("routing"), pl.col("item").alias("made"))
    reports = (
        snapshot["production_report"]
        .drop_nulls("resource")
        .join(operations.join(routings, on="routing", how="left"), on="operation", how="left", maintain_order="left")
        .with_columns(pl.coalesce("item", "made").alias("item"))
        .join(_item_families(snapshot), on="item", how="left", maintain_order="left")
    )
    family = pl.when(pl.col("own").fill_null("") != "").then(pl.col("own")).otherwise(pl.col("family").fill_null(""))
    reports = reports.select("resource", "starts_at", "ends_at", family.alias("family"))
    return reports.filter(pl.col("family") != "")


def _item_families(snapshot: Snapshot) -> pl.DataFrame:
    return snapshot["item"].select(pl.col("code").alias("item"), pl.col("setup_family").alias("family"))


def _setups(snapshot: Snapshot, window: Window, reports: pl.DataFrame) -> pl.DataFrame:
    """resource, starts_at, ends_at, family of setup events."""
    orders = snapshot["order"].select(pl.col("code").alias("order"), "item").join(_item_families(snapshot), on="item")
    events = (
        snapshot["machine_event"]
        .filter(pl.col("state").cast(pl.String) == "setup")
        .with_columns(pl.col("ends_at").fill_null(window.end))
        .join(orders.select("order", pl.col("family").alias("ordered")), on="order", how="left")
    )
    following = reports.select("resource", pl.col("ends_at").alias("reported_at"), "family").sort("reported_at")
    # Both sides are sorted by time here; with `by` Polars cannot see it.
    named = events.sort("ends_at").join_asof(
        following,
        left_on="ends_at",
        right_on="reported_at",
        by="resource",
        strategy="forward",
        allow_exact_matches=False,
        check_sortedness=False,
    )
    told = _named_family(named["reason"], _families(snapshot))
    ordered = pl.when(pl.col("ordered").fill_null("") != "").then(pl.col("ordered"))
    return named.select(
        "resource", "starts_at", "ends_at", pl.coalesce(told, ordered, "family").alias("family")
    ).drop_nulls("family")


def _families(snapshot: Snapshot) -> list[str]:
    """Every family that an item, an operation or a setup matrix names, the longest first."""
    named = [
        snapshot["item"]["setup_family"],
        snapshot["operation"]["setup_family"],
        snapshot["setup_change"]["to_family"],
    ]
    families = set(pl.concat(named).to_list()) - {"", "*"}
    return sorted(families, key=lambda family: (-len(family), family))


def _named_family(reasons: pl.Series, families: list[str]) -> pl.Series:
    """The family whose name is the last word, or words, of each reason; null where there is none."""
    known = {reason: _last_words(reason, families) for reason in reasons.unique().to_list()}
    return reasons.replace_strict(known, return_dtype=pl.String).alias("told")


def _last_words(reason: str, families: list[str]) -> str | None:
    text = f" {reason.strip()}".casefold()
    return next((family for family in families if text.endswith(f" {family}".casefold())), None)
