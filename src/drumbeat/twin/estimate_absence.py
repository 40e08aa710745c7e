"""Estimate from past absences how often people are away unplanned, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import log1p

import polars as pl

from drumbeat.data.snapshot import Snapshot

DEFAULT_RATE = 0.04
"""Share of days on which somebody is away where nothing is known."""

DEFAULT_ERROR = 0.5
"""Standard error of the logarithm of a rate of which nothing is known."""

FEWEST_OWN, FEWEST_ALL = 5, 20
"""Absences from which a skill's own rate is used, and from which the company's is."""

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

    Days away (begun days count) of the people with the skill at the site, over the days that they could have been
    there since the first absence on record, a year at most.

    Returns
    -------
    By (skill, site), for every pair that somebody has; empty without skills. With fewer than `FEWEST_OWN` absences the
    rate of all people is used, with fewer than `FEWEST_ALL` of those a usual value.
    """
    start = snapshot.as_of - LOOKS_BACK
    past = (
        snapshot["absence"]
        .filter(pl.col("reason").cast(pl.String).is_in(UNPLANNED))
        .filter((pl.col("starts_at") >= start) & (pl.col("starts_at") < snapshot.as_of))
        .with_columns(pl.min_horizontal("ends_at", pl.lit(snapshot.as_of)).alias("until"))
        .select(
            "person",
            "starts_at",
            ((pl.col("until") - pl.col("starts_at")).dt.total_seconds() / DAY_SECONDS).ceil().alias("days"),
        )
    )
    ago = past.select((pl.lit(snapshot.as_of) - pl.col("starts_at")).dt.total_seconds().max() / DAY_SECONDS).item()
    window = float(ago or 0.0)
    people = snapshot["person"].height
    company = AbsenceRate(DEFAULT_RATE, 1.0, "a usual value")
    if past.height >= FEWEST_ALL and people:
        company = _rate(past, people, window, f"{past.height} absences of all people")
    able = snapshot["person_skill"].join(
        snapshot["person"].select(pl.col("code").alias("person"), "site"), on="person", how="inner"
    )
    found = {}
    for (skill, site), group in able.group_by("skill", "site", maintain_order=True):
        own = past.join(group.select("person").unique(), on="person", how="semi")
        known = own.height >= FEWEST_OWN
        said_by = f"{own.height} absences of people with the skill"
        found[str(skill), str(site)] = _rate(own, group["person"].n_unique(), window, said_by) if known else company
    return found


def _rate(past: pl.DataFrame, people: int, window: float, said_by: str) -> AbsenceRate:
    total = float(past["days"].sum())
    rate, spell = min(total / max(people * window, 1.0), 0.5), max(total / past.height, 1.0)
    return AbsenceRate(rate, spell, said_by, _log_error(past, window))


def _log_error(past: pl.DataFrame, window: float) -> float:
    """One in the root of the absences seen, and the variance of their monthly numbers beyond chance: a wave of flu."""
    months = int(window // MONTH_DAYS)
    own = 1 / past.height
    if months < 4:
        return float(own**0.5)
    first = past["starts_at"].max() - timedelta(days=months * MONTH_DAYS)  # type: ignore[operator]
    number = past.select((pl.col("starts_at") - first).dt.total_seconds() // (MONTH_DAYS * DAY_SECONDS)).to_series()
    counts = number.filter(number >= 0).value_counts()["count"].to_list()
    counts += [0] * max(months - len(counts), 0)
    mean = sum(counts) / len(counts)
    variance = sum((count - mean) ** 2 for count in counts) / (len(counts) - 1)
    beyond = max(variance - mean, 0.0) / max(mean * mean, 1e-9)
    return float((own + log1p(min(beyond, 1.0))) ** 0.5)
