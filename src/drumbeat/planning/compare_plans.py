"""Compare two plans: which demands a change brings in time, and which it makes late."""

from __future__ import annotations

from typing import Any

import polars as pl

from drumbeat.planning.narrow_remedies import count_by_site


def compare_demands(before: pl.DataFrame, after: pl.DataFrame) -> dict[str, Any]:
    """Say what a change does to the demands.

    Parameters
    ----------
    before, after
        Demands of the plans without and with it, as `describe_demands` gives them.

    Returns
    -------
    dict
        JSON-ready: late_before and late (counts); late_by_site (both by site); on_time_now, late_now and moved (rows of
        demand, item, site, ready_before and ready as texts, "" = never): late before and not now; late now and not
        before, or new; late both times, and there at another moment.
    """
    columns = ["demand", "item", "site", "ready_at", "is_late"]
    rows = after.select(columns).join(
        before.select("demand", ready_before="ready_at", was_late="is_late"), on="demand", how="left"
    )
    was_late = pl.col("was_late").fill_null(value=False)
    is_moved = pl.col("ready_at").ne_missing(pl.col("ready_before"))
    chosen = {
        "on_time_now": was_late & ~pl.col("is_late"),
        "late_now": ~was_late & pl.col("is_late"),
        "moved": was_late & pl.col("is_late") & is_moved,
    }
    texts = [pl.col(name).dt.to_string("%Y-%m-%d %H:%M").fill_null("") for name in ("ready_before", "ready_at")]
    told = rows.select("demand", "item", "site", *texts, *[which.alias(name) for name, which in chosen.items()])
    counts = [count_by_site(frame) for frame in (before, after)]
    return {
        "late_before": int(before["is_late"].sum()),
        "late": int(after["is_late"].sum()),
        "late_by_site": {site: [one.get(site, 0) for one in counts] for site in sorted({*counts[0], *counts[1]})},
        **{name: told.filter(name).drop(list(chosen)).rename({"ready_at": "ready"}).to_dicts() for name in chosen},
    }


def narrow_counts(told: dict[str, Any], sites: set[str] | None) -> dict[str, Any]:
    """Return late_before and late of these sites (None = all); nothing where the comparison does not know them."""
    if sites is None:
        return {name: told[name] for name in ("late_before", "late")}
    mine = [counts for site, counts in told.get("late_by_site", {}).items() if site in sites]
    return {"late_before": sum(before for before, _ in mine), "late": sum(after for _, after in mine)}


ORDER = ["method", "item", "site", "source", "quantity", "start_at", "due_at"]
"""What a planned order is, whatever its code in one plan or another."""


def compare_orders(before: pl.DataFrame, after: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the planned orders that come with a change, and those that go.

    Parameters
    ----------
    before, after
        Planned orders without and with it, as `describe_orders` gives them.

    Returns
    -------
    tuple
        method, item, site, source, quantity, start_at and due_at of each, by start, equal ones as often as they differ
        in number.
    """
    counts = [frame.select(ORDER).group_by(ORDER).len() for frame in (before, after)]
    found = (
        counts[0]
        .join(counts[1], on=ORDER, how="full", coalesce=True, nulls_equal=True)
        .with_columns(more=pl.col("len_right").fill_null(0).cast(pl.Int64) - pl.col("len").fill_null(0).cast(pl.Int64))
    )
    come, go = (
        found.filter(pl.col("more") * sign > 0)
        .select(pl.col(ORDER).repeat_by(pl.col("more").abs().cast(pl.UInt32)).explode())
        .sort("start_at", "item", "site", "quantity")
        for sign in (1, -1)
    )
    return come, go
