"""Compare two plans: which demands a change brings in time, and which it makes late."""

from __future__ import annotations

from typing import Any

import polars as pl


def compare_demands(before: pl.DataFrame, after: pl.DataFrame) -> dict[str, Any]:
    """Say what a change does to the demands.

    Parameters
    ----------
    before, after
        Demands of the plans without and with it, as `describe_demands` gives them.

    Returns
    -------
    dict
        JSON-ready: late_before and late (counts); on_time_now, late_now and moved (rows of demand, item, site,
        ready_before and ready as texts, "" = never): late before and not now; late now and not before, or new; late
        both times, and there at another moment.
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
    return {
        "late_before": int(before["is_late"].sum()),
        "late": int(after["is_late"].sum()),
        **{name: told.filter(name).drop(list(chosen)).rename({"ready_at": "ready"}).to_dicts() for name in chosen},
    }


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
