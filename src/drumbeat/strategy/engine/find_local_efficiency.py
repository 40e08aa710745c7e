"""Local efficiency bought with network risk: a price or a setup saved here, a dependence or a wait made there."""

from __future__ import annotations

import polars as pl

from drumbeat.strategy.engine.find_backlog import weekly_slope
from drumbeat.strategy.engine.find_weakening import HALF_YEAR, LEAST_WEEKS
from drumbeat.strategy.engine.problem import Problem
from drumbeat.strategy.engine.result import Weakness
from drumbeat.strategy.engine.show_evidence import show_evidence
from drumbeat.strategy.engine.thresholds import CONSOLIDATED, LEAST_DELIVERIES, QUARTER, SINGLE_SOURCE, STARVING

SPREAD_SHARE = 0.8
"""An item was bought from several where the largest supplier had at most this share of its units."""
OUTAGE_SHARE = 0.02


def find_local_efficiency(problem: Problem) -> list[Weakness]:
    """Find supplies that were drawn together for a lower price, and machines that save setups while others starve.

    Parameters
    ----------
    problem
        The facts; `purchases` of 52 weeks with `exposure`, and `facts` of 26 weeks are used.

    Returns ------- A weakness for each item that was bought from several a half year ago, is bought from one supplier
    now, no dearer, and on which a quarter of a site's contribution hangs; and one for each site where a machine's
    setup share falls for sure while the other machines wait for work more and more.
    """
    return [*_suppliers(problem), *_setups(problem)]


def _suppliers(problem: Problem) -> list[Weakness]:
    half = problem.window.edges[-1 - HALF_YEAR]
    price = pl.col("price").cast(pl.Float64)
    rows = problem.purchases.with_columns((pl.col("ordered_at") >= half).alias("is_new"), price.alias("paid"))
    sums = rows.group_by("item", "site", "supplier", "is_new").agg(
        pl.col("quantity").sort().sum(), (pl.col("quantity") * pl.col("paid")).sort().sum().alias("spend"), pl.len()
    )
    found = []
    for (item, site), mine in sorted(sums.partition_by("item", "site", as_dict=True).items()):
        old, new = mine.filter(~pl.col("is_new")), mine.filter(pl.col("is_new"))
        if min(int(old["len"].sum()), int(new["len"].sum())) < LEAST_DELIVERIES:
            continue
        was, now = (float(part["quantity"].max()) / float(part["quantity"].sum()) for part in (old, new))  # type: ignore[arg-type]
        paid = [float(part["spend"].sum()) / float(part["quantity"].sum()) for part in (old, new)]
        hangs = problem.exposure.filter((pl.col("item") == item) & (pl.col("site") == site))["share"].sum()
        if was <= SPREAD_SHARE and now >= CONSOLIDATED.value and paid[1] <= paid[0] and hangs >= SINGLE_SOURCE.value:
            found.append(_supplier(problem, str(item), str(site), mine, was, now, paid, float(hangs)))
    return found


def _supplier(
    problem: Problem, item: str, site: str, rows: pl.DataFrame, was: float, now: float, paid: list[float], hangs: float
) -> Weakness:
    ranked = rows.sort(["is_new", "quantity", "supplier"], descending=[True, True, False])
    supplier, worth = str(ranked["supplier"][0]), problem.value(site)
    saved = paid[0] - paid[1]
    return Weakness(
        kind="local efficiency",
        site=site,
        subject=item,
        headline=f"{item} of {site} came from several ({was:.0%} from the largest), now {now:.0%} from {supplier}: "
        f"{saved / paid[0]:.1%} cheaper, and {hangs:.0%} of the contribution hangs on it",
        metric="share of the item's units from one supplier",
        value=now,
        low=None,
        high=None,
        threshold=CONSOLIDATED.value,
        threshold_source=CONSOLIDATED.source,
        evidence=show_evidence("purchase_order", ranked, ["supplier", "is_new", "quantity", "spend"]),
        num_evidence=int(rows["len"].sum()),
        remedy="Give a second supplier a standing fifth of it again; its price is what that insurance costs",
        disproof="A second supplier under contract that delivered within the last quarter at the same price",
        money_at_risk=hangs * worth.contribution_per_week * QUARTER * OUTAGE_SHARE,
        risk_basis=f"a quarter's contribution that hangs on it x {OUTAGE_SHARE:.0%} assumed chance of outage",
        currency=worth.currency,
    )


def _setups(problem: Problem) -> list[Weakness]:
    found = []
    recent = problem.facts.filter((pl.col("week") >= problem.window.num_weeks - HALF_YEAR) & (pl.col("planned") > 0))
    for (site,), facts in sorted(recent.partition_by("site", as_dict=True).items()):
        for (name,), own in sorted(facts.partition_by("resource", as_dict=True).items()):
            if own.height < LEAST_WEEKS or float(own["setup"].sum()) <= 0:
                continue
            saves = weekly_slope((-own["setup"] / own["planned"]).to_numpy())
            if saves is None or not saves.is_rising or saves.value * HALF_YEAR < STARVING.value / 2:
                continue
            others = facts.filter(pl.col("resource") != name).group_by("week").agg(pl.col("starved", "planned").sum())
            others = others.sort("week")
            waits = weekly_slope((others["starved"] / others["planned"]).to_numpy())
            if waits is not None and waits.is_rising and waits.value * HALF_YEAR >= STARVING.value:
                found.append(_setup(problem, str(site), str(name), others, saves.value, waits.value))
    return found


def _setup(problem: Problem, site: str, name: str, others: pl.DataFrame, saved: float, waiting: float) -> Weakness:
    worth = problem.value(site)
    hours = waiting * HALF_YEAR * float(others["planned"].mean() or 0.0) / 3.6e9 * QUARTER  # type: ignore[arg-type]
    rows = others.with_columns((pl.col("starved") / pl.col("planned")).alias("starved_share"))
    return Weakness(
        kind="local efficiency",
        site=site,
        subject=name,
        headline=f"{name} saves {saved * HALF_YEAR:.1%} of its time in setups; the rest of {site} waits "
        f"{waiting * HALF_YEAR:.1%} more for work",
        metric="waiting of the other machines gained in half a year, share of planned time",
        value=waiting * HALF_YEAR,
        low=None,
        high=None,
        threshold=STARVING.value,
        threshold_source=STARVING.source,
        evidence=show_evidence("machine_event", rows, ["week", "starved_share"]),
        num_evidence=rows.height,
        remedy=f"Cut the campaigns of {name} until the others stop waiting; its setups cost less than their hours",
        disproof="The same waiting in weeks in which it ran short campaigns, or less work for the whole site",
        hours_at_risk=hours,
        money_at_risk=hours * worth.of() * 0.1,
        risk_basis="hours that the others wait more in a quarter, at a tenth of the constraint's contribution an hour",
        currency=worth.currency,
    )
