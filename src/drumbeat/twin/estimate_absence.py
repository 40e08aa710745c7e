"""Estimate from past absences how often people are away unplanned, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import log1p

import polars as pl

from drumbeat.data.snapshot import Snapshot

DEFAULT_RATE, DEFAULT_SPELL = 0.04, 2.0
"""Share of days on which somebody is away, and days of an absence, where nothing is known."""

LENT = 4.0
"""Absences that a usual value counts as beside those of all people, and those of all beside a skill's own."""

DEFAULT_ERROR = 0.5
"""Standard error of the logarithm of a rate of which nothing is known."""

UNPLANNED = ("sick", "other")
"""Reasons of absences that nobody knew before; the others are in the calendars already."""

LOOKS_BACK = timedelta(days=365)
DAY_SECONDS = 86_400
MONTH_DAYS = 28


@dataclass(frozen=True)
class AbsenceRate:
    """Share of days on which a person is away, mean days of an absence, what says so, and how unsure the rate is:
    the standard error of its logarithm, with how much it varies from month to month beyond chance."""

    rate: float
    spell_days: float
    said_by: str
    log_error: float = DEFAULT_ERROR


def estimate_absence(snapshot: Snapshot) -> dict[tuple[str, str], AbsenceRate]:
    """Estimate absence by skill and site.

    Absences and their days (begun days count) of the people with the skill at the site, over the days that they could
    have been there since the record began, a year at most. The absences of all people count as `LENT` more, and a usual
    value as `LENT` more beside these (gamma priors of the rate of absences): few absences say little, many say all.

    Returns
    -------
    By (skill, site), for every pair that somebody has; empty without skills.
    """
    past = _past_absences(snapshot)
    window = _window_days(snapshot, past)
    people = snapshot["person"].height
    usual = DEFAULT_RATE / DEFAULT_SPELL
    begun = (past.height + LENT) / (people * window + LENT / usual)
    spell = (float(past["days"].sum()) + LENT * DEFAULT_SPELL) / (past.height + LENT)
    waves = _measure_waves(past, window)
    able = snapshot["person_skill"].join(
        snapshot["person"].select(pl.col("code").alias("person"), "site"), on="person", how="inner"
    )
    found = {}
    for (skill, site), group in able.group_by("skill", "site", maintain_order=True):
        own = past.join(group.select("person").unique(), on="person", how="semi")
        rate = (own.height + LENT) / (group["person"].n_unique() * window + LENT / begun)
        days = (float(own["days"].sum()) + LENT * spell) / (own.height + LENT)
        error = (1 / (own.height + LENT) + waves) ** 0.5 if past.height else DEFAULT_ERROR
        said_by = f"{own.height} absences of people with the skill, {past.height} of all" if past.height else "nothing"
        found[str(skill), str(site)] = AbsenceRate(min(rate * days, 0.5), max(days, 1.0), said_by, error)
    return found


def _past_absences(snapshot: Snapshot) -> pl.DataFrame:
    """Unplanned absences of the time looked back on: person, starts_at, days."""
    return (
        snapshot["absence"]
        .filter(pl.col("reason").cast(pl.String).is_in(UNPLANNED))
        .filter((pl.col("starts_at") >= snapshot.as_of - LOOKS_BACK) & (pl.col("starts_at") < snapshot.as_of))
        .with_columns(pl.min_horizontal("ends_at", pl.lit(snapshot.as_of)).alias("until"))
        .select(
            "person",
            "starts_at",
            ((pl.col("until") - pl.col("starts_at")).dt.total_seconds() / DAY_SECONDS).ceil().alias("days"),
        )
    )


def _window_days(snapshot: Snapshot, past: pl.DataFrame) -> float:
    """Days since the first absence, event or report, a year at most; 0 where absences are not kept at all."""
    if past.height == 0:
        return 0.0
    firsts = [frame["starts_at"].min() for frame in (past, snapshot["machine_event"], snapshot["production_report"])]
    first = min(moment for moment in firsts if moment is not None)
    return float(min((snapshot.as_of - first) / timedelta(days=1), LOOKS_BACK / timedelta(days=1)))  # type: ignore[operator]


def _measure_waves(past: pl.DataFrame, window: float) -> float:
    """Variance of the logarithm of monthly numbers of absences beyond chance: a wave of flu hits all at once."""
    months = int(window // MONTH_DAYS)
    if months < 4:
        return 0.0
    first = past["starts_at"].max() - timedelta(days=months * MONTH_DAYS)  # type: ignore[operator]
    number = past.select((pl.col("starts_at") - first).dt.total_seconds() // (MONTH_DAYS * DAY_SECONDS)).to_series()
    counts = number.filter(number >= 0).value_counts()["count"].to_list()
    counts += [0] * max(months - len(counts), 0)
    mean = sum(counts) / len(counts)
    variance = sum((count - mean) ** 2 for count in counts) / (len(counts) - 1)
    return float(log1p(min(max(variance - mean, 0.0) / max(mean * mean, 1e-9), 1.0)))
