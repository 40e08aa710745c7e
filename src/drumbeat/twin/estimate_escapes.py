"""How often a defect reaches the customer, from what customers found."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from drumbeat.data.snapshot import Snapshot

LOOKS_BACK_WEEKS = 26
FEWEST_DELIVERIES = 8
"""Deliveries of an item from which its escapes are told."""

MOST_ESCAPES = 0.5
"""Share of deliveries that escapes are believed to reach at most."""


def estimate_escapes(snapshot: Snapshot) -> dict[str, float]:
    """Estimate by item the share of its deliveries of the past half year in which the customer found a defect.

    Items with fewer deliveries than `FEWEST_DELIVERIES`, and those in which nothing was found, are left out.
    """
    since = snapshot.as_of - timedelta(weeks=LOOKS_BACK_WEEKS)
    found = (
        snapshot["nonconformance"]
        .filter(
            (pl.col("stage").cast(pl.String) == "customer")
            & pl.col("found_at").is_between(since, snapshot.as_of)
            & pl.col("item").is_not_null()
        )
        .group_by("item")
        .agg(pl.len().alias("found"))
    )
    sent = (
        snapshot["demand_line"]
        .filter(pl.col("delivered_at").is_between(since, snapshot.as_of))
        .group_by("item")
        .agg(pl.len().alias("sent"))
    )
    rows = found.join(sent.filter(pl.col("sent") >= FEWEST_DELIVERIES), on="item").sort("item")
    return {item: min(count / sent, MOST_ESCAPES) for item, count, sent in rows.iter_rows()}
