"""Volume in few places: a site that earns nearly everything, or one of several lines that does nearly all the work."""

from __future__ import annotations

import polars as pl

from drumbeat.strategy.engine.problem import Problem
from drumbeat.strategy.engine.result import Weakness
from drumbeat.strategy.engine.show_evidence import show_evidence
from drumbeat.strategy.engine.thresholds import LINE_SHARE, QUARTER, SITE_SHARE

OUTAGE_SHARE = 0.01
"""Assumed chance that a site or line is lost for a quarter within a quarter; said in the basis of the risk."""


def find_concentrated_sites(problem: Problem) -> list[Weakness]:
    """Find a site with 70 % or more of the contribution, and a line with 70 % or more of work that several could do.

    A company with one site, and work that one line alone can do, are left out: that is how they are built, and
    "single machine" looks at what has no second.

    Parameters
    ----------
    problem
        The facts; `values`, `facts` and `machines` are used. Sites count only where all have one currency.

    Returns
    -------
    A weakness for each such site and line.
    """
    return [*_sites(problem), *_lines(problem)]


def _sites(problem: Problem) -> list[Weakness]:
    earning = {site: value for site, value in problem.values.items() if value.contribution_per_week > 0}
    if len(earning) < 2 or len({value.currency for value in earning.values()}) > 1:
        return []
    total = sum(value.contribution_per_week for value in earning.values())
    site = max(sorted(earning), key=lambda code: earning[code].contribution_per_week)
    share = earning[site].contribution_per_week / total
    if share < SITE_SHARE.value:
        return []
    rows = pl.DataFrame(
        {"site": sorted(earning), "a_week": [earning[code].contribution_per_week for code in sorted(earning)]}
    ).sort("a_week", descending=True)
    headline = f"{share:.0%} of the contribution of {len(earning)} sites comes from {site}"
    return [
        Weakness(
            kind="site concentration", site=site, subject=site, headline=headline,
            metric="share of the contribution of all sites", value=share, low=None, high=None,
            threshold=SITE_SHARE.value, threshold_source=SITE_SHARE.source,
            evidence=show_evidence("demand_line", rows, ["site", "a_week"]), num_evidence=rows.height,
            remedy=f"Qualify the largest items of {site} at a second site, and move enough of them to keep it able",
            disproof="Routings of these items at another site that made them within the last year",
            money_at_risk=earning[site].contribution_per_week * QUARTER * OUTAGE_SHARE,
            risk_basis=f"a quarter's contribution of the site x {OUTAGE_SHARE:.0%} assumed chance of losing it",
            currency=earning[site].currency,
        )
    ]  # fmt: skip


def _lines(problem: Problem) -> list[Weakness]:
    alike = problem.machines.filter((pl.col("capability") != "") & pl.col("line").is_not_null())
    recent = problem.facts.filter(pl.col("week") >= problem.window.first)
    hours = ((pl.col("run") + pl.col("setup")).sum() / 3.6e9).alias("hours")
    work = (
        recent.group_by("resource")
        .agg(hours)
        .join(alike.select("resource", "site", "line", "capability"), on="resource")
    )
    by_line = work.group_by("site", "capability", "line").agg(pl.col("hours").sort().sum(), pl.len().alias("machines"))
    found = []
    for (site, capability), rows in sorted(by_line.partition_by("site", "capability", as_dict=True).items()):
        total = float(rows["hours"].sum())
        ranked = rows.sort(["hours", "line"], descending=[True, False])
        share = float(ranked["hours"][0]) / total if total > 0 else 0.0
        even = float(ranked["machines"][0]) / float(rows["machines"].sum())
        if rows.height > 1 and share >= LINE_SHARE.value and share >= 1.3 * even:
            found.append(_line(problem, str(site), str(capability), ranked, share))
    return found


def _line(problem: Problem, site: str, capability: str, ranked: pl.DataFrame, share: float) -> Weakness:
    line, worth = str(ranked["line"][0]), problem.value(site)
    hours = float(ranked["hours"][0])
    return Weakness(
        kind="line concentration",
        site=site,
        subject=line,
        headline=f"{line} does {share:.0%} of the {capability} work at {site} that {ranked.height} lines could share",
        metric="share of the hours of lines that can do the same",
        value=share,
        low=None,
        high=None,
        threshold=LINE_SHARE.value,
        threshold_source=LINE_SHARE.source,
        evidence=show_evidence("resource", ranked, ["line", "hours", "machines"]),
        num_evidence=ranked.height,
        remedy=f"Give the other lines a standing share of the {capability} work, so that they stay able to do it",
        disproof="A quarter in which the other lines did half of this work, or a reason why they are kept in reserve",
        hours_at_risk=hours * OUTAGE_SHARE,
        money_at_risk=hours * OUTAGE_SHARE * worth.of(),
        risk_basis=f"its hours of a quarter x {OUTAGE_SHARE:.0%} assumed chance of losing it",
        currency=worth.currency,
    )
