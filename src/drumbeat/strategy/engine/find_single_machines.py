"""Single points of failure among machines: work that only one machine of the enterprise can do."""

from __future__ import annotations

import polars as pl

from drumbeat.strategy.engine.problem import Problem
from drumbeat.strategy.engine.result import Weakness
from drumbeat.strategy.engine.show_evidence import show_evidence
from drumbeat.strategy.engine.thresholds import QUARTER, SINGLE_MACHINE


def find_single_machines(problem: Problem) -> list[Weakness]:
    """Find machines without which a fifth or more of a site's open work stops.

    A machine is the only one for an operation when the operation can run on no other, no other machine of the
    enterprise has its capability, and no other site makes the item.

    Parameters
    ----------
    problem
        The facts; `alternatives`, `machines`, `loads` and `facts` are used.

    Returns
    -------
    A weakness for each such machine; none without open work.
    """
    bound = _bound_operations(problem)
    works = problem.loads.group_by("order", "site").agg(pl.col("hours").sort().sum())
    totals = dict(works.group_by("site").agg(pl.col("hours").sort().sum()).iter_rows())
    stopped = (
        problem.loads.join(bound, on="operation", how="inner", suffix="_bound")
        .select("order", "site", pl.col("only").alias("resource"))
        .unique()
        .join(works, on=["order", "site"])
    )
    found = []
    for (name, site), orders in sorted(stopped.partition_by("resource", "site", as_dict=True).items()):
        total = totals.get(site, 0.0)
        hours = float(orders["hours"].sort().sum())
        if total > 0 and hours / total >= SINGLE_MACHINE.value:
            found.append(_weakness(problem, str(name), str(site), orders, hours / total))
    return found


def _bound_operations(problem: Problem) -> pl.DataFrame:
    """Operations that only one machine of the enterprise can do: operation, only."""
    machines = problem.machines.select("resource", "capability")
    shared = machines.filter(pl.col("capability") != "").group_by("capability").len().filter(pl.col("len") > 1)
    twins = machines.join(shared, on="capability", how="semi")["resource"]
    num_sites = problem.alternatives.group_by("item").agg(pl.col("site").n_unique().alias("num_sites"))
    return (
        problem.alternatives.group_by("operation", "item")
        .agg(pl.col("resource").n_unique().alias("n"), pl.col("resource").min().alias("only"))
        .filter((pl.col("n") == 1) & ~pl.col("only").is_in(twins.implode()))
        .join(num_sites, on="item")
        .filter(pl.col("num_sites") == 1)
        .select("operation", "only")
    )


def _weakness(problem: Problem, name: str, site: str, orders: pl.DataFrame, share: float) -> Weakness:
    mine = problem.facts.filter((pl.col("resource") == name) & (pl.col("week") >= problem.window.first))
    weeks = max(mine["week"].n_unique(), 1)
    down = float(mine["breakdown"].sum()) / 3.6e9 * QUARTER / weeks
    worth = problem.value(site)
    ranked = orders.sort(["hours", "order"], descending=[True, False])
    return Weakness(
        kind="single machine",
        site=site,
        subject=name,
        headline=f"{share:.0%} of the open work at {site} stops when {name} stops: no other machine can do its part",
        metric="share of the site's open hours",
        value=share,
        low=None,
        high=None,
        threshold=SINGLE_MACHINE.value,
        threshold_source=SINGLE_MACHINE.source,
        evidence=show_evidence("order", ranked, ["order", "hours"]),
        num_evidence=orders.height,
        remedy="Qualify a second machine or a subcontractor for its operations, and keep its critical spares",
        disproof="A machine, subcontractor or other site that has run these operations and has hours free",
        hours_at_risk=down,
        money_at_risk=down * worth.of(name),
        risk_basis="its breakdown hours of the last 13 weeks, once more, at the contribution of an hour of it",
        currency=worth.currency,
    )
