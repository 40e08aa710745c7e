"""Investment out of sequence: money for machines that hold nothing back, while the one that does is left as it is."""

from __future__ import annotations

import polars as pl

from drumbeat.strategy.engine.find_bottlenecks import find_bottlenecks
from drumbeat.strategy.engine.problem import Problem
from drumbeat.strategy.engine.result import Weakness
from drumbeat.strategy.engine.show_evidence import show_evidence
from drumbeat.strategy.engine.thresholds import QUARTER, SPARE_LOAD


def find_unsequenced(problem: Problem) -> list[Weakness]:
    """Find initiatives that add capacity where there is enough, at sites whose bottleneck none of them touches first.

    Parameters
    ----------
    problem
        The facts; `initiatives` and what `find_bottlenecks` uses are used. Initiatives that change no machine, and
        those that are done or dropped, are left out.

    Returns
    -------
    A weakness for each such initiative; and one for each committed initiative that starts before one that it requires.
    """
    if not problem.initiatives.height:
        return []
    tight = {weakness.site: weakness for weakness in find_bottlenecks(problem) if weakness.kind == "bottleneck"}
    loads = _loads(problem)
    found = []
    aimed = problem.initiatives.filter(pl.col("resource").is_not_null() & pl.col("adds_capacity"))
    for (site,), rows in sorted(aimed.partition_by("site", as_dict=True).items(), key=lambda one: str(one[0])):
        first = tight.get(str(site))
        if first is None:
            continue
        on_it = rows.filter(pl.col("resource") == first.subject)["starts_on"]
        relief = on_it.min()
        for row in (
            rows.filter(pl.col("resource") != first.subject).sort("initiative", "resource").iter_rows(named=True)
        ):
            load = loads.get(row["resource"])
            is_before = relief is None or (row["starts_on"] is not None and row["starts_on"] < relief)
            if load is not None and load < SPARE_LOAD.value and is_before:
                found.append(_weakness(problem, str(site), row, load, first))
    return found


def _loads(problem: Problem) -> dict[str, float]:
    """Share of its usable hours that each machine was busy over the last quarter."""
    recent = problem.facts.filter(pl.col("week") >= problem.window.first)
    busy, usable = (pl.col("run") + pl.col("setup")).sum(), (pl.col("planned") - pl.col("breakdown")).sum()
    sums = recent.group_by("resource").agg(busy.alias("busy"), usable.alias("usable")).filter(pl.col("usable") > 0)
    return {name: hours / whole for name, hours, whole in sums.iter_rows()}


def _weakness(problem: Problem, site: str, row: dict[str, object], load: float, tight: Weakness) -> Weakness:
    name, machine = str(row["initiative"]), str(row["resource"])
    worth = problem.value(site)
    cost = float(str(row["cost"] or 0.0))
    mine = problem.initiatives.filter(pl.col("initiative") == name)
    return Weakness(
        kind="unsequenced investment",
        site=site,
        subject=name,
        headline=f"{name} adds capacity at {machine} ({load:.0%} busy) before {tight.subject} of {site} is relieved",
        metric="busy share of the machine that gets more capacity",
        value=SPARE_LOAD.value / max(load, 1e-6),
        low=None,
        high=None,
        threshold=1.0,
        threshold_source=SPARE_LOAD.source,
        evidence=show_evidence("initiative", mine, ["initiative", "resource", "starts_on", "cost", "state"]),
        num_evidence=mine.height,
        remedy=f"Relieve {tight.subject} first, then look again whether {machine} is short of hours",
        disproof=f"A schedule in which {machine}, not {tight.subject}, decides when orders end",
        hours_at_risk=tight.hours_at_risk,
        money_at_risk=cost if cost > 0 else tight.hours_at_risk * worth.of(tight.subject),
        risk_basis="what the initiative costs, which brings no output yet"
        if cost > 0
        else f"{QUARTER} weeks of the bottleneck's missing hours, which go on",
        currency=str(row["currency"] or worth.currency),
    )
