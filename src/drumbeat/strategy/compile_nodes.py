"""Compile what may be lost: sites, suppliers, machines that do the same, skills; how long that would be felt.

How long it takes to recover is in no table; it is assumed, and said with each node.
"""

from __future__ import annotations

import polars as pl

from drumbeat.data.snapshot import Snapshot
from drumbeat.strategy.convert_money import Money
from drumbeat.strategy.engine.director.measure_risk import Node
from drumbeat.strategy.engine.problem import Problem
from drumbeat.strategy.engine.thresholds import QUARTER

SITE_WEEKS = 13.0
SUPPLIER_WEEKS = 8.0
MACHINE_WEEKS = 4.0
SKILL_WEEKS = 8.0
"""Assumed weeks to recover: a site after a fire or flood, a supplier by qualifying another (on top of its lead time), a
machine by repair or replacement, a skill by certifying somebody else."""
BASIS = (
    "times to recover are assumed (site 13 weeks, supplier 8 and its lead time, machines 4, skill 8); times to survive "
    "are stock against use; only one site's own loss is counted"
)


def list_nodes(snapshot: Snapshot, problem: Problem, money: Money) -> list[Node]:
    """List everything whose loss would stop contribution, with how much and for how long."""
    return [
        *_sites(problem, money),
        *_suppliers(snapshot, problem, money),
        *_machines(problem, money),
        *_skills(problem, money),
    ]


def _weekly(problem: Problem, site: str, money: Money) -> float:
    return problem.value(site).contribution_per_week * money.of_site(site)


def _sites(problem: Problem, money: Money) -> list[Node]:
    return [
        Node("site", site, site, _weekly(problem, site, money), SITE_WEEKS, 0.0, f"{SITE_WEEKS:.0f} weeks assumed")
        for site in sorted(problem.values)
        if problem.value(site).contribution_per_week > 0
    ]


def _suppliers(snapshot: Snapshot, problem: Problem, money: Money) -> list[Node]:
    """Suppliers that are the only source of items; survived for as long as the stock of the scarcest item lasts."""
    sources = problem.terms.group_by("item").agg(pl.col("supplier").n_unique().alias("n"))
    only = problem.terms.join(sources.filter(pl.col("n") == 1), on="item", how="semi")
    hung = only.group_by("supplier", "item").agg(pl.col("lead_time_days").max()).join(problem.exposure, on="item")
    cover = _weeks_of_stock(snapshot, problem)
    nodes = []
    for (supplier, site), rows in sorted(hung.partition_by("supplier", "site", as_dict=True).items()):
        hanging = rows.select("products").explode("products").unnest("products").unique("product")
        share = float(hanging["share"].sort().sum())
        weekly = share * _weekly(problem, str(site), money)
        if weekly <= 0:
            continue
        lead = float(rows["lead_time_days"].max() or 0.0) / 7  # type: ignore[arg-type]
        survive = min(cover.get((item, str(site)), 0.0) for item in rows["item"])
        basis = f"lead time {lead:.1f} weeks and {SUPPLIER_WEEKS:.0f} to qualify another; {rows.height} items"
        nodes.append(Node("supplier", str(supplier), str(site), weekly, lead + SUPPLIER_WEEKS, survive, basis))
    return nodes


def _weeks_of_stock(snapshot: Snapshot, problem: Problem) -> dict[tuple[str, str], float]:
    """Weeks that the stock of bought items lasts, by item and site, at the pace of purchases of the last half year."""
    since = problem.window.edges[-1 - 2 * QUARTER]
    bought = problem.purchases.filter(pl.coalesce("received_at", "due_at") >= since)
    pace = bought.group_by("item", "site").agg((pl.col("quantity").sum() / (2 * QUARTER)).alias("weekly"))
    stock = snapshot["stock"].group_by("item", "site").agg(pl.col("quantity").sum().alias("stock"))
    both = pace.join(stock, on=["item", "site"], how="left").filter(pl.col("weekly") > 0)
    rows = both.select("item", "site", pl.col("stock").fill_null(0.0) / pl.col("weekly"))
    return {(item, site): weeks for item, site, weeks in rows.iter_rows()}


def _machines(problem: Problem, money: Money) -> list[Node]:
    """Machines of a site that can do the same; the loss of one of n costs what an hour of it is worth."""
    nodes = []
    for site, name in problem.machines.select("site", "resource").sort("site", "resource").iter_rows():
        worth = problem.value(site)
        weekly = worth.of(name) * worth.busy_hours_per_week.get(name, 0.0) * money.of_site(site)
        if weekly > 0:
            basis = f"{MACHINE_WEEKS:.0f} weeks assumed"
            nodes.append(Node("machine", name, site, weekly, MACHINE_WEEKS, 0.0, basis))
    return nodes


def _skills(problem: Problem, money: Money) -> list[Node]:
    """Skills that hang on one absence: the contribution of the open work that needs them."""
    nodes = []
    total = dict(problem.loads.group_by("site").agg(pl.col("hours").sort().sum()).iter_rows())
    for (site, skill), factor in sorted(list_bus_factors(problem).items()):
        if factor > 1:
            continue
        needs = problem.skill_needs.filter((pl.col("site") == site) & (pl.col("skill") == skill))
        orders = problem.loads.join(needs.select("operation").unique(), on="operation", how="semi")["order"].unique()
        hours = float(problem.loads.filter(pl.col("order").is_in(orders.implode()))["hours"].sort().sum())
        weekly = hours / total[site] * _weekly(problem, site, money) if total.get(site) else 0.0
        if weekly > 0:
            basis = f"{SKILL_WEEKS:.0f} weeks to certify another"
            nodes.append(Node("skill", skill, site, weekly, SKILL_WEEKS, 0.0, basis))
    return nodes


def list_bus_factors(problem: Problem) -> dict[tuple[str, str], int]:
    """Return, by site and needed skill, how many people must be away until its work stops."""
    needs = problem.skill_needs.group_by("site", "skill").agg(
        pl.col("num_people").max().alias("held"), pl.col("minimum_level").max().alias("needed")
    )
    able = needs.join(problem.holders, on=["site", "skill"], how="left")
    who = pl.when(pl.col("level") >= pl.col("needed")).then(pl.col("person")).alias("person")
    counted = (
        able.with_columns(who)
        .group_by("site", "skill", "held")
        .agg(pl.col("person").drop_nulls().n_unique().alias("people"))
    )
    return {(site, skill): max(people - held + 1, 0) for site, skill, held, people in counted.iter_rows()}
