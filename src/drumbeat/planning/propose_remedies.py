"""Propose remedies for a late demand, each tried: what it changes, what it costs and how many demands are late then."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from drumbeat.basics.findings import Finding, InputError
from drumbeat.data.snapshot import Snapshot
from drumbeat.orders.changes import MoveOrder
from drumbeat.planning.changes import SplitDemand
from drumbeat.planning.engine.problem import FAR_FUTURE, FAR_PAST
from drumbeat.planning.engine.result import FROM_DEMAND, ON_TIME, ORDER, RECEIPT
from drumbeat.planning.find_hurries import find_hurries, is_earlier
from drumbeat.planning.narrow_remedies import Figures, count_by_site, find_sites
from drumbeat.planning.plan_run import PlanRun
from drumbeat.planning.try_changes import TriedPlan, begin_trials, try_changes
from drumbeat.plant.changes import AddShift
from drumbeat.sourcing.changes import MovePurchase, PlacePurchase

Helping = MovePurchase | PlacePurchase | MoveOrder | AddShift | SplitDemand
"""Changes that may help a late demand."""


@dataclass(frozen=True)
class Remedy:
    """A change that has been tried.

    Parameters
    ----------
    title
        What to do, for people.
    change
        The change, to be applied to the snapshot; it can be stored (`to_json`).
    cost
        What is known of its cost, in words.
    ready_at
        When all of the demand can be there then; None = never.
    is_cured
        Whether the demand, or its first delivery, is on time then.
    num_late, num_late_before
        Late demands with and without it.
    worth
        Money of lateness that it saves, over all demands, measured against the moments that customers wanted first:
        what it may cost at most; None = the company names no cost of a late hour.
    money
        What it costs by the data; None = they do not say.
    sites
        Codes of the sites that the change touches.
    by_site
        num_late, num_late_before and worth of each site.
    """

    title: str
    change: Helping
    cost: str
    ready_at: datetime | None
    is_cured: bool
    num_late: int
    num_late_before: int
    worth: float | None = None
    money: float | None = None
    sites: tuple[str, ...] = ()
    by_site: Figures = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the remedy in plain values; `change` is read back by `restore_change`."""
        return {
            "title": self.title, "change": self.change.to_json(), "cost": self.cost, "is_cured": self.is_cured,
            "ready_at": self.ready_at.isoformat() if self.ready_at else "", "num_late": self.num_late,
            "num_late_before": self.num_late_before, "worth": self.worth,
            "money": self.money, "sites": list(self.sites), "by_site": {k: dict(v) for k, v in self.by_site.items()},
        }  # fmt: skip


def propose_remedies(snapshot: Snapshot, run: PlanRun, demand: str) -> list[Remedy]:
    """Propose remedies for a late demand of a plan, and try each: the fewest late demands first.

    Each trial plans again only what the remedy touches.

    Parameters
    ----------
    snapshot, run
        The data and the plan that was made of them.
    demand
        Code of the demand.

    Returns
    -------
    list of Remedy
        Empty where it is on time, or nothing that is known helps.

    Raises
    ------
    InputError
        When the plan has no such demand.
    """
    found = np.flatnonzero(run.problem.demands.keys == demand)
    if not len(found):
        raise InputError(Finding("demand_line", "the demand is in the plan", "Name an open demand", value=demand))
    index = int(found[0])
    if run.result.demands.cause[index] == ON_TIME:
        return []
    hurries, splits = find_hurries(snapshot, run, index), _split(run, index)
    if not hurries and not splits:
        return []
    before = begin_trials(snapshot)
    now = before.demands.row(by_predicate=pl.col("demand") == demand, named=True)["ready_at"]
    hurried = [_try(before, demand, *one) for one in hurries]
    # What does not make it come earlier is no remedy.
    tried = [one for one in hurried if is_earlier(now, one.ready_at)]
    tried += [_try(before, demand, *one, None) for one in splits]
    return sorted(tried, key=lambda remedy: (remedy.num_late, not remedy.is_cured))


def _split(run: PlanRun, demand: int) -> list[tuple[str, Helping, str]]:
    """Deliver on time what is there on time, and the rest when it can be there."""
    result, demands = run.result, run.problem.demands
    ready = int(result.demands.ready[demand])
    if ready >= FAR_FUTURE:
        return []
    requirements, pegs = result.requirements, result.pegs
    rows = np.flatnonzero((requirements.origin == FROM_DEMAND) & (requirements.parent == demand))
    mine = np.flatnonzero(np.isin(pegs.requirement, rows))
    at = np.full(len(mine), FAR_PAST)
    for source, times in ((RECEIPT, result.receipts.ready), (ORDER, result.orders.ready)):
        of = pegs.source[mine] == source
        at[of] = times[pegs.supply[mine][of]]
    there = float(pegs.quantity[mine][np.maximum(at, 0) <= demands.due[demand]].sum())
    key, later = str(demands.keys[demand]), run.as_of + timedelta(seconds=ready)
    if there > 0:
        title = f"Deliver {there:g} on time and {demands.quantity[demand] - there:g} on {later:%Y-%m-%d}"
        return [(title, SplitDemand(key, there, later), "One more delivery")]
    return [(f"Agree on {later:%Y-%m-%d} with the customer", SplitDemand(key, 0.0, later), "The customer's patience")]


def _try(before: TriedPlan, demand: str, title: str, change: Helping, cost: str, money: float | None) -> Remedy:
    after = try_changes(before, [change]).after
    rows = after.demands.filter(pl.col("demand").is_in([demand, f"{demand}/2"]))
    ready = rows["ready_at"].to_list()
    is_cured = not rows.filter(pl.col("demand") == demand)["is_late"].any()
    latest = None if any(one is None for one in ready) else max(ready)
    worths = _find_worths(before, after, demand)
    counts = [count_by_site(run.demands) for run in (before, after)]
    by_site = {
        site: {
            "num_late": counts[1].get(site, 0), "num_late_before": counts[0].get(site, 0),
            "worth": None if worths is None else worths.get(site, 0.0),
        }
        for site in sorted({*counts[0], *counts[1]})
    }  # fmt: skip
    return Remedy(
        title, change, cost, latest, is_cured, after.num_late, before.num_late,
        None if worths is None else sum(worths.values()), money, find_sites(before.snapshot, change), by_site,
    )  # fmt: skip


def _find_worths(before: TriedPlan, after: TriedPlan, demand: str) -> dict[str, float] | None:
    """Price the hours of lateness that a change saves, by site; what is never there, with or without it, is left out.

    None where the company names no cost of a late hour.
    """
    rates = before.snapshot["company"]["late_hour_cost"].drop_nulls().to_list()
    if not rates:
        return None
    hours = [_weigh_lateness(run, before, demand) for run in (before, after)]
    site_of = dict(before.demands.select("demand", "site").iter_rows())
    worths: dict[str, float] = {}
    for code in sorted(set(hours[0]) & set(hours[1])):
        site = site_of[code]
        worths[site] = worths.get(site, 0.0) + float(rates[0]) * (hours[0][code] - hours[1][code])
    return worths


def _weigh_lateness(run: TriedPlan, before: TriedPlan, demand: str) -> dict[str, float]:
    """Hours late by demand of the plan before, times importance; parts of a split one count by their share."""
    wanted = before.problem.demands
    at = {str(key): index for index, key in enumerate(wanted.keys.tolist())}
    hours: dict[str, float] = {}
    never = set()
    rows = zip(run.problem.demands.keys, run.problem.demands.quantity, run.result.demands.ready, strict=True)
    for key, quantity, ready in rows:
        code = str(key) if str(key) in at else demand
        index = at[code]
        if ready >= FAR_FUTURE:
            never.add(code)
        share = float(quantity / wanted.quantity[index]) if wanted.quantity[index] > 0 else 1.0
        late = max(int(ready) - int(wanted.due[index]), 0) / 3600
        hours[code] = hours.get(code, 0.0) + late * share * float(wanted.priority[index])
    return {code: late for code, late in hours.items() if code not in never}
