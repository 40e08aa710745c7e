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
    lasts = pl.col("certified_until").is_null() | (pl.col("certified_until") >= today)
    begun = pl.col("certified_from").is_null() | (pl.col("certified_from") <= today)
    return (
        snapshot["person_skill"]
        .filter(lasts & begun)
        .join(people, on="person")
        .select("person", "site", "crew", "skill", "level", "certified_until")
    )


def list_shifts(snapshot: Snapshot, start: datetime, end: datetime) -> pl.DataFrame:
    """Return person, starts_at, ends_at of the shifts of everybody: their own calendar, else their crew's."""
    shifts = list_open_hours(snapshot.frames, _calendars(snapshot), start, end)
    return shifts.select(pl.col("code").alias("person"), "starts_at", "ends_at")


def _calendars(snapshot: Snapshot) -> pl.DataFrame:
    """code, site, calendar of everybody."""
    crews = snapshot["crew"].select(pl.col("code").alias("crew"), pl.col("calendar").alias("crew_calendar"))
    return (
        snapshot["person"]
        .join(crews, on="crew", how="left", maintain_order="left")
        .select("code", "site", pl.coalesce("calendar", "crew_calendar").alias("calendar"))
    )


def absence_shares(snapshot: Snapshot) -> dict[str, float]:
    """Return, by site, the share of their shift hours that people were away over 26 weeks; {} without absences."""
    start = snapshot.as_of - timedelta(weeks=ABSENCE_WEEKS)
    away = snapshot["absence"].filter((pl.col("starts_at") < snapshot.as_of) & (pl.col("ends_at") > start))
    if not away.height:
        return {}
    people = _calendars(snapshot)
    limits = [pl.lit(moment).cast(pl.Datetime("us", "UTC")) for moment in (start, snapshot.as_of)]
    spans = away.select(
        pl.col("person").alias("code"),
        pl.max_horizontal("starts_at", limits[0]).alias("starts_at"),
        pl.min_horizontal("ends_at", limits[1]).alias("ends_at"),
    )
    absent = people.join(spans.select("code").unique(), on="code", how="semi")
    shifts = list_open_hours(snapshot.frames, absent, start, snapshot.as_of)
    lost = spans.with_columns(overlap_hours(spans, shifts)).join(people.select("code", "site"), on="code")
    by_site = lost.group_by("site").agg(pl.col("hours").sort().sum())
    shares = _planned_hours(snapshot, people, start).join(by_site, on="site", how="left").sort("site")
    return {site: (hours or 0.0) / planned for site, planned, hours in shares.iter_rows() if planned > 0}


def _planned_hours(snapshot: Snapshot, people: pl.DataFrame, start: datetime) -> pl.DataFrame:
    """Shift hours of everybody by site: those of each calendar, as often as people follow it."""
    followed = people.group_by("site", "calendar").len().sort("site", "calendar")
    followed = followed.with_columns(pl.int_range(pl.len()).cast(pl.String).alias("code"))
    opened = list_open_hours(snapshot.frames, followed, start, snapshot.as_of)
    length = (pl.col("ends_at") - pl.col("starts_at")).dt.total_seconds() / 3600
    each = opened.group_by("code").agg(length.sum().alias("each")).join(followed, on="code")
    return (
        each.sort("code")
        .group_by("site", maintain_order=True)
        .agg((pl.col("each") * pl.col("len")).sum().alias("planned"))
    )
