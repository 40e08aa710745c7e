"""Study flexibility: which further link between a machine and an operation covers most of the work that may come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Bools, Floats
from drumbeat.basics.findings import Finding, Findings
from drumbeat.basics.intervals import Interval
from drumbeat.basics.progress import Progress, silent
from drumbeat.data.snapshot import Snapshot
from drumbeat.plant.changes import QualifyMachine
from drumbeat.strategy.compile_network import CompiledNetwork, compile_network
from drumbeat.strategy.engine.stress import find_usual_flows, write_program
from drumbeat.strategy.engine.stress.flexibility import design_links, draw_demand, expected_sales

CUT = 2.0
"""Standard deviations at which draws of demand are cut, as Jordan and Graves (1995) do."""
PERIOD_DAYS, PERIODS, FEWEST_PERIODS = 28, 13, 6
"""Past demand is counted by four weeks of a year; an item with fewer such periods has the usual spread."""
MOST_PLACES = 4000
"""Machines times operations of a group beyond which it is left out."""


@dataclass(frozen=True)
class FlexibilityTerms:
    """How flexibility is studied.

    Parameters
    ----------
    spread
        Standard deviation of the demand of four weeks over its mean, where the past does not tell it; >= 0.
    growth
        What demand is multiplied by, > 0: links are worth most where demand comes near capacity.
    draws
        Times that demand is drawn, >= 2.
    links
        Links proposed for each group of machines at most, >= 0.
    seed
        Of all luck.

    Raises
    ------
    InputError
        Naming what is out of range; all at once.
    """

    spread: float = 0.4
    growth: float = 1.0
    draws: int = 100
    links: int = 5
    seed: int = 1

    def __post_init__(self) -> None:
        findings = Findings()
        for name, is_right, rule in (
            ("spread", 0 <= self.spread <= 10, "a spread is 0 to 10 times the mean"),
            ("growth", 0 < self.growth <= 100, "a factor of demand is above 0 and at most 100"),
            ("draws", 2 <= self.draws <= 10_000, "demand is drawn 2 to 10,000 times"),
            ("links", 0 <= self.links <= 50, "0 to 50 links are proposed"),
        ):
            if not is_right:
                value = str(getattr(self, name))
                findings.add(Finding("flexibility", rule, "Correct the number", column=name, value=value))
        findings.raise_on_errors()


@dataclass(frozen=True, eq=False)
class _Group:
    """Machines that do the same at a site: S machines, P operations.

    `work` is shape (P,): hours a week; `spread` shape (P,): of its standard deviation over its mean.
    """

    site: str
    name: str
    machines: list[str]
    hours: Floats
    operations: list[str]
    items: list[str]
    work: Floats
    spread: Floats
    links: Bools


def study_flexibility(
    snapshot: Snapshot, terms: FlexibilityTerms | None = None, progress: Progress = silent
) -> dict[str, Any]:
    """Study the links between machines and operations, group by group of machines that do the same.

    Parameters
    ----------
    snapshot
        The production system.
    terms
        How; None = as usual.
    progress
        Hears of each group; may cancel.

    Returns
    -------
    Plain values: `groups`, the one with most to gain first: work covered today, by one long chain and with all links
    (hours a week and share of the work that comes), and the links to add one after the other; `terms`, `version`,
    `as_of`.

    Raises
    ------
    InputError
        When an item goes into itself.

    Notes
    -----
    W. C. Jordan and S. C. Graves, Principles on the Benefits of Manufacturing Process Flexibility, Management Science
    41 (1995): sites and products there, machines and operations here, both in hours.
    """
    terms = terms or FlexibilityTerms()
    progress(0.0, "reading the network")
    compiled = compile_network(snapshot)
    every = list(_list_groups(compiled, snapshot, terms))
    groups = [*_join_sites(every), *(group for group in every if len(group.machines) > 1)]
    told = []
    for number, group in enumerate(groups):
        progress(0.1 + 0.9 * number / len(groups), f"{group.name} at {group.site}")
        told.append(_study(group, terms))
    progress(1.0, "studied")
    told.sort(key=lambda one: (-one["benefit"], one["site"], one["name"]))
    return {
        "groups": told, "terms": asdict(terms), "version": snapshot.version, "as_of": snapshot.as_of.isoformat(),
    }  # fmt: skip


def _list_groups(compiled: CompiledNetwork, snapshot: Snapshot, terms: FlexibilityTerms) -> Iterator[_Group]:
    """Groups of machines that have work."""
    _, flows = find_usual_flows(write_program(compiled.network))
    made = compiled.ways.with_columns(pl.Series("units", flows)).filter(pl.col("how") == "make")
    surviving = pl.col("operation_yield").cum_prod(reverse=True).over("routing", order_by="sequence")
    steps = (
        snapshot["operation"]
        .select("routing", operation="code", hours=pl.col("run_minutes") / 60 / surviving)
        .join(made.group_by(routing="source").agg(pl.col("units").sum(), pl.col("item").first()), on="routing")
        .select("operation", "item", work=pl.col("hours") * pl.col("units") * terms.growth)
        .filter(pl.col("work") > 1e-6)
    )
    machines = compiled.machines.with_columns(
        pl.Series("hours", compiled.network.hours[: compiled.machines.height])
    ).filter(pl.col("capability").is_not_null() & (pl.col("capability") != ""))
    listed = snapshot["operation_resource"].select("operation", "resource").unique()
    spreads = _spreads(snapshot)
    for (site, name), rows in sorted(machines.partition_by("site", "capability", as_dict=True).items(), key=str):
        codes = rows["code"].to_list()
        mine = listed.filter(pl.col("resource").is_in(codes)).join(steps, on="operation").sort("operation", "resource")
        work = mine.unique("operation", keep="first", maintain_order=True)
        if not work.height or rows.height * work.height > MOST_PLACES:
            continue
        place = {code: number for number, code in enumerate(codes)}
        column = {code: number for number, code in enumerate(work["operation"])}
        links = np.zeros((len(codes), work.height), dtype=np.bool_)
        for operation, resource in mine.select("operation", "resource").iter_rows():
            links[place[resource], column[operation]] = True
        spread = np.array([spreads.get(item, terms.spread) for item in work["item"]])
        yield _Group(str(site), str(name), codes, rows["hours"].to_numpy(), work["operation"].to_list(),
                     work["item"].to_list(), work["work"].to_numpy(), spread, links)  # fmt: skip


def _join_sites(groups: list[_Group]) -> list[_Group]:
    """Sites as if each were one machine: the hours of its fullest group, and what its items ask of that."""
    fullest: dict[str, _Group] = {}
    for group in groups:
        best = fullest.get(group.site)
        if best is None or group.work.sum() / group.hours.sum() > best.work.sum() / best.hours.sum():
            fullest[group.site] = group
    if len(fullest) < 2:
        return []
    sites = sorted(fullest)
    work: dict[str, float] = {}
    spread: dict[str, float] = {}
    made: dict[str, set[str]] = {}
    for site in sites:
        group = fullest[site]
        for item, hours, width in zip(group.items, group.work.tolist(), group.spread.tolist(), strict=True):
            work[item] = work.get(item, 0.0) + hours
            spread[item] = width
            made.setdefault(item, set()).add(site)
    items = sorted(work)
    links = np.array([[site in made[item] for item in items] for site in sites], dtype=np.bool_)
    hours = np.array([float(fullest[site].hours.sum()) for site in sites])
    return [_Group("", "Sites", sites, hours, items, items, np.array([work[item] for item in items]),
                   np.array([spread[item] for item in items]), links)]  # fmt: skip


def _spreads(snapshot: Snapshot) -> dict[str, float]:
    """By item, the standard deviation over the mean of what was due in four weeks of the past year."""
    start = snapshot.as_of - timedelta(days=PERIOD_DAYS * PERIODS)
    past = snapshot["demand_line"].filter((pl.col("due_at") >= start) & (pl.col("due_at") < snapshot.as_of))
    period = ((pl.col("due_at") - start).dt.total_days() // PERIOD_DAYS).alias("period")
    sums = past.with_columns(period).group_by("item", "period").agg(pl.col("quantity").sum())
    told = sums.group_by("item").agg(pl.col("quantity").mean().alias("mean"), pl.col("quantity").std(), pl.len())
    known = told.filter((pl.col("len") >= FEWEST_PERIODS) & (pl.col("mean") > 0))
    return {item: sd / mean for item, mean, sd in known.select("item", "mean", "quantity").iter_rows()}


def chain_machines(links: Bools, work: Floats) -> Bools:
    """Join machines to one long chain: each also does the largest work of the next one that it cannot do yet.

    Parameters
    ----------
    links
        Shape (S, P): which machine does what today.
    work
        Shape (P,): hours.
    """
    chain = links.copy()
    for machine in range(len(links)):
        following = links[(machine + 1) % len(links)] & ~links[machine]
        if following.any():
            chain[machine, int(np.argmax(np.where(following, work, -1.0)))] = True
    return chain


def _study(group: _Group, terms: FlexibilityTerms) -> dict[str, Any]:
    demand = draw_demand(group.work, group.spread * group.work, CUT, terms.draws, terms.seed)
    whole = float(demand.sum(axis=1).mean())
    every = np.ones_like(group.links)
    designs = {"today": group.links, "chain": chain_machines(group.links, group.work), "full": every}
    covered: dict[str, Interval] = {}
    for name, links in designs.items():
        is_same = name != "today" and np.array_equal(links, group.links)
        covered[name] = covered["today"] if is_same else expected_sales(group.hours, demand, links)
    benefit = max(covered["full"].value - covered["today"].value, 0.0)
    found = design_links(group.hours, demand, group.links, terms.links) if benefit > 1e-4 * whole else []
    told = []
    for link in found:
        machine, operation = group.machines[link.site], group.operations[link.product]
        # Another site needs a routing of its own: no change says it.
        changes = [QualifyMachine(machine, operation).to_json()] if group.site else []
        told.append({
            "resource": machine, "operation": operation if group.site else "", "item": group.items[link.product],
            "gain": round(link.gain.value, 3), "low": round(link.gain.low, 3), "high": round(link.gain.high, 3),
            "share": round((link.sales - covered["today"].value) / benefit, 4), "changes": changes,
        })  # fmt: skip
    return {
        "site": group.site, "name": group.name, "machines": len(group.machines), "operations": len(group.operations),
        "num_links": int(group.links.sum()), "num_chain": int(designs["chain"].sum()), "num_full": int(every.size),
        "work": round(whole, 2), "hours": round(float(group.hours.sum()), 2), "benefit": round(benefit, 3),
        "covered": {
            name: {
                "hours": round(one.value, 3), "low": round(one.low, 3), "high": round(one.high, 3),
                "share": round(min(one.value / whole, 1.0), 5) if whole > 0 else 1.0,
            }
            for name, one in covered.items()
        },
        "links": told,
    }  # fmt: skip


def save_study(study: dict[str, Any], made_at: datetime) -> Any:
    """Store a study."""
    from drumbeat.strategy.models import StoredFlexibility

    as_of = datetime.fromisoformat(study["as_of"])
    return StoredFlexibility.objects.create(created_at=made_at, as_of=as_of, version=study["version"], study=study)
