"""Compile who can do what, and when they are there."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

from drumbeat.data.snapshot import Snapshot
from drumbeat.plant.list_open_hours import list_open_hours, overlap_hours

ABSENCE_WEEKS = 26


def list_skill_needs(snapshot: Snapshot) -> pl.DataFrame:
    """Return operation, site, skill, num_people, minimum_level of every operation that needs people."""
    places = (
        snapshot["operation"]
        .select(pl.col("code").alias("operation"), "routing")
        .join(snapshot["routing"].select(pl.col("code").alias("routing"), "site"), on="routing")
    )
    return (
        snapshot["crew_need"]
        .join(places, on="operation")
        .select("operation", "site", "skill", "num_people", "minimum_level")
    )


def list_holders(snapshot: Snapshot) -> pl.DataFrame:
    """Return person, site, crew, skill, level, certified_until of certificates that are valid now."""
    today = snapshot.as_of.date()
    people = snapshot["person"].select(pl.col("code").alias("person"), "site", "crew")
    valid = pl.col("certified_until").is_null() | (pl.col("certified_until") >= today)
    return (
        snapshot["person_skill"]
        .filter(valid)
        .join(people, on="person")
        .select("person", "site", "crew", "skill", "level", "certified_until")
    )


def list_shifts(snapshot: Snapshot, start: datetime, end: datetime) -> pl.DataFrame:
    """Return person, starts_at, ends_at of the shifts of everybody: their own calendar, else their crew's."""
    crews = snapshot["crew"].select(pl.col("code").alias("crew"), pl.col("calendar").alias("crew_calendar"))
    people = (
        snapshot["person"]
        .join(crews, on="crew", how="left", maintain_order="left")
        .select("code", "site", pl.coalesce("calendar", "crew_calendar").alias("calendar"))
    )
    return list_open_hours(snapshot.frames, people, start, end).select(
        pl.col("code").alias("person"), "starts_at", "ends_at"
    )


def absence_shares(snapshot: Snapshot) -> dict[str, float]:
    """Return, by site, the share of their shift hours that people were away over 26 weeks; {} without absences."""
    start = snapshot.as_of - timedelta(weeks=ABSENCE_WEEKS)
    end = pl.lit(snapshot.as_of).cast(pl.Datetime("us", "UTC"))
    away = snapshot["absence"].filter((pl.col("starts_at") < snapshot.as_of) & (pl.col("ends_at") > start))
    if not away.height:
        return {}
    shifts = list_shifts(snapshot, start, snapshot.as_of).rename({"person": "code"})
    spans = away.select(
        pl.col("person").alias("code"),
        pl.max_horizontal("starts_at", pl.lit(start).cast(pl.Datetime("us", "UTC"))).alias("starts_at"),
        pl.min_horizontal("ends_at", end).alias("ends_at"),
    )
    sites = snapshot["person"].select("code", "site")
    lost = (
        spans.with_columns(overlap_hours(spans, shifts))
        .join(sites, on="code")
        .group_by("site")
        .agg(pl.col("hours").sort().sum())
    )
    length = (pl.col("ends_at") - pl.col("starts_at")).dt.total_seconds() / 3600
    planned = shifts.join(sites, on="code").group_by("site").agg(length.sort().sum().alias("planned"))
    shares = planned.join(lost, on="site", how="left").with_columns(pl.col("hours").fill_null(0) / pl.col("planned"))
    return dict(shares.select("site", "hours").iter_rows())
