"""Compare two plans: which demands a change brings in time, and which it makes late."""

from __future__ import annotations

from typing import Any

import polars as pl

from drumbeat.planning.plan_run import PlanRun


def compare_plans(before: PlanRun, after: PlanRun) -> dict[str, Any]:
    """Say what a change does to the demands.

    Parameters
    ----------
    before, after
        Plans of the data without and with it.

    Returns
    -------
    dict
        JSON-ready: late_before and late (counts); on_time_now, late_now and moved (rows of demand, item, site,
        ready_before and ready as texts, "" = never): late before and not now; late now and not before, or new; late
        both times, and there at another moment.
    """
    columns = ["demand", "item", "site", "ready_at", "is_late"]
    rows = after.demands.select(columns).join(
        before.demands.select("demand", ready_before="ready_at", was_late="is_late"), on="demand", how="left"
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
        "late_before": int(before.demands["is_late"].sum()),
        "late": int(after.demands["is_late"].sum()),
        **{name: told.filter(name).drop(list(chosen)).rename({"ready_at": "ready"}).to_dicts() for name in chosen},
    }
