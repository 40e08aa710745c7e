"""Concentration on suppliers: items with one source, and purchases in few hands."""

from __future__ import annotations

import polars as pl

from drumbeat.strategy.engine.problem import Problem
from drumbeat.strategy.engine.result import Weakness
from drumbeat.strategy.engine.show_evidence import show_evidence
from drumbeat.strategy.engine.thresholds import CONCENTRATION, LEAST_DELIVERIES, QUARTER, SINGLE_SOURCE

OUTAGE_SHARE = 0.02
"""Assumed chance that a supplier fails to deliver for one lead time within 13 weeks; said in the basis of the risk."""


def find_single_sources(problem: Problem) -> list[Weakness]:
    """Find suppliers that are the only source of items on which a quarter of a site's contribution hangs.

    Parameters
    ----------
    problem
        The facts; `terms` and `exposure` are used.

    Returns
    -------
    A weakness for each such supplier and site; none without terms or without contribution.
    """
    sources = problem.terms.group_by("item").agg(pl.col("supplier").n_unique().alias("n"))
    only = problem.terms.join(sources.filter(pl.col("n") == 1), on="item", how="semi")
    lead = pl.col("lead_time_days").max().alias("lead_time_days")
    hung = only.group_by("supplier", "item").agg(lead).join(problem.exposure, on="item")
    found = []
    for (supplier, site), rows in sorted(hung.partition_by("supplier", "site", as_dict=True).items()):
        # Products that need several of its items hang on it once: `products` lists them by item.
        hanging = rows.select("products").explode("products").unnest("products").unique("product")
        share = float(hanging["share"].sort().sum())
        if share >= SINGLE_SOURCE.value:
            found.append(_single(problem, str(supplier), str(site), rows, share))
    return found


def _single(problem: Problem, supplier: str, site: str, rows: pl.DataFrame, share: float) -> Weakness:
    worth = problem.value(site)
    weeks = float(str(rows["lead_time_days"].max())) / 7
    money = share * worth.contribution_per_week * min(weeks, QUARTER) * OUTAGE_SHARE
    ranked = rows.sort(["share", "item"], descending=[True, False])
    return Weakness(
        kind="single source",
        site=site,
        subject=supplier,
        headline=f"{share:.0%} of the contribution of {site} hangs on {supplier}, only source of {rows.height} items",
        metric="share of the site's contribution",
        value=share,
        low=None,
        high=None,
        threshold=SINGLE_SOURCE.value,
        threshold_source=SINGLE_SOURCE.source,
        evidence=show_evidence("supply_term", ranked, ["supplier", "item", "share", "lead_time_days"]),
        num_evidence=rows.height,
        remedy=f"Qualify a second source for {ranked['item'][0]} first, and hold its lead time in stock until then",
        disproof="A second supplier that has delivered these items, or stock that lasts as long as finding one",
        hours_at_risk=0.0,
        money_at_risk=money,
        risk_basis=f"contribution of one lead time ({weeks:.1f} weeks) x {OUTAGE_SHARE:.0%} assumed chance of outage",
        currency=worth.currency,
    )


def find_concentration(problem: Problem) -> list[Weakness]:
    """Find sites whose purchases of the last 52 weeks are highly concentrated (Herfindahl-Hirschman index).

    Parameters
    ----------
    problem
        The facts; `purchases` is used; sites with fewer than 8 purchases are left out.

    Returns
    -------
    A weakness for each such site.
    """
    found = []
    spend = (pl.col("quantity") * pl.col("price").cast(pl.Float64)).alias("spend")
    bought = problem.purchases.with_columns(spend).filter(pl.col("spend") > 0)
    for (site,), rows in sorted(bought.partition_by("site", as_dict=True).items()):
        if rows.height < LEAST_DELIVERIES:
            continue
        by_supplier = rows.group_by("supplier").agg(pl.col("spend").sort().sum(), pl.len().alias("purchases"))
        total = float(by_supplier["spend"].sort().sum())
        ranked = by_supplier.with_columns((pl.col("spend") / total).alias("share"))
        ranked = ranked.sort(["share", "supplier"], descending=[True, False])
        index = float((ranked["share"] * 100).pow(2).sum())
        if index > CONCENTRATION.value:
            found.append(_concentrated(problem, str(site), ranked, index))
    return found


def _concentrated(problem: Problem, site: str, ranked: pl.DataFrame, index: float) -> Weakness:
    first, share = ranked["supplier"][0], float(ranked["share"][0])
    worth = problem.value(site)
    return Weakness(
        kind="supplier concentration",
        site=site,
        subject=str(first),
        headline=f"{share:.0%} of the purchases of {site} are with {first}; {ranked.height} suppliers in all",
        metric="Herfindahl-Hirschman index of purchase value",
        value=index,
        low=None,
        high=None,
        threshold=CONCENTRATION.value,
        threshold_source=CONCENTRATION.source,
        evidence=show_evidence("purchase_order", ranked, ["supplier", "share", "spend", "purchases"]),
        num_evidence=int(ranked["purchases"].sum()),
        remedy=f"Award the next contracts so that no supplier has more than half, beginning with {first}",
        disproof="Second sources already under contract whose orders are not in these data",
        money_at_risk=share * worth.contribution_per_week * OUTAGE_SHARE,
        risk_basis=f"a week's contribution x the supplier's share x {OUTAGE_SHARE:.0%} assumed chance of outage",
        currency=worth.currency,
    )
