"""Whether initiatives can be: prerequisites without circles, changes of things that exist, one way to count money."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from drumbeat.basics.findings import Finding, Findings, InputError
from drumbeat.data.check_cycles import check_graph
from drumbeat.data.places import Place, add_rows
from drumbeat.data.stored_change import restore_change

Frames = Mapping[str, pl.DataFrame]
Places = Mapping[str, Place]

CHANCES_SUM_TO = 1e-6
"""By so much the probabilities of what may follow one outlook may miss 1."""


def check_initiatives(findings: Findings, places: Places, frames: Frames) -> None:
    """Find prerequisites that lead in a circle or are excluded, changes that cannot be made, money without a rate,
    gates after the end, and outlooks whose probabilities do not sum to 1."""
    if frames["initiative_link"].height:
        _check_links(findings, places["initiative_link"], frames["initiative_link"])
    if frames["initiative_change"].height:
        _check_changes(findings, places["initiative_change"], frames)
    _check_currencies(findings, places, frames)
    _check_gates(findings, places["stage_gate"], frames)
    if frames["demand_outlook"].height:
        _check_outlooks(findings, places["demand_outlook"], frames["demand_outlook"])


def _requirements(links: pl.DataFrame) -> dict[str, set[str]]:
    """Everything that each initiative requires, in one step or several."""
    direct: dict[str, set[str]] = {}
    needs = links.filter(pl.col("kind").cast(pl.String) == "requires").drop_nulls(["initiative", "other"])
    for initiative, other in needs.select("initiative", "other").iter_rows():
        direct.setdefault(initiative, set()).add(other)
    found: dict[str, set[str]] = {}
    for initiative in direct:
        reached: set[str] = set()
        ahead = set(direct[initiative])
        while ahead:
            reached |= ahead
            ahead = set().union(*(direct.get(code, set()) for code in ahead)) - reached
        found[initiative] = reached
    return found


def _check_links(findings: Findings, place: Place, links: pl.DataFrame) -> None:
    requires = (links["kind"].cast(pl.String) == "requires").fill_null(False)
    ends = ("initiative", "other")
    check_graph(findings, place.take(requires), links.filter(requires), ends, "an initiative does not wait for itself")
    needed = _requirements(links)
    clashes = []
    for initiative, other, kind in links.select("initiative", "other", pl.col("kind").cast(pl.String)).iter_rows():
        clash = ""
        if kind == "excludes" and initiative == other:
            clash = f"{initiative} excludes itself"
        elif kind == "excludes":
            both = sorted(code for code, needs in needed.items() if {initiative, other} <= needs | {code})
            clash = f"{both[0]} requires both {initiative} and {other}" if both else ""
            if both and both[0] in (initiative, other):
                clash = f"{both[0]} requires {other if both[0] == initiative else initiative}"
        clashes.append(clash)
    told = pl.Series(clashes, dtype=pl.String)
    rule = "what is excluded is not required as well"
    add_rows(findings, place, told != "", rule, "Remove the exclusion or the prerequisite", values=told)


def _check_changes(findings: Findings, place: Place, frames: Frames) -> None:
    """Each initiative's changes are tried on the plant as its prerequisites, and its own changes before, leave it."""
    rows = frames["initiative_change"].with_row_index("#").sort("initiative", "position", maintain_order=True)
    own: dict[str, list[tuple[int, Any]]] = {}
    for index, initiative, text in rows.select("#", "initiative", "change").iter_rows():
        try:
            change = _restore(text)
        except InputError as error:
            for finding in error.findings:
                _add(findings, place, index, text, finding)
            continue
        own.setdefault(initiative, []).append((index, change))
    needed = _requirements(frames["initiative_link"])
    for initiative, changes in own.items():
        plant = dict(frames)
        before = sorted(
            needed.get(initiative, set()) - {initiative}, key=lambda code: (len(needed.get(code, ())), code)
        )
        for change in [change for code in before for _, change in own.get(code, [])]:
            if not change.check(plant).has_errors:
                plant |= change.apply_to(plant)
        for index, change in changes:
            wrong = change.check(plant)
            if wrong.has_errors:
                for finding in wrong:
                    _add(findings, place, index, rows.filter(pl.col("#") == index)["change"][0], finding)
            else:
                plant |= change.apply_to(plant)


def _restore(text: str | None) -> Any:
    try:
        plain = json.loads(text or "")
    except ValueError:
        plain = None
    if not isinstance(plain, dict):
        rule = "a change is written as JSON with its kind and its fields"
        remedy = 'Write it as {"kind": "plant.ChangeRate", "resource": "MILL-01", "factor": 1.2}'
        raise InputError(Finding("change", rule, remedy))
    return restore_change(plain)


def _add(findings: Findings, place: Place, index: int, text: str | None, finding: Finding) -> None:
    """Say what is wrong with a change at the row that holds it."""
    said = finding.value if finding.value is not None else (text or "")[:80]
    column = "change" if finding.column is None else f"change, {finding.column}"
    findings.add(Finding(place.name, finding.rule, finding.remedy, place.row(index), column, said, finding.severity))


def _check_currencies(findings: Findings, places: Places, frames: Frames) -> None:
    """Money is in the company's currency, or in one with an exchange rate; empty is the site's or the company's."""
    if not any(frames[name].height for name in ("improvement_budget", "initiative")):
        return
    own = frames["company"]["currency"].head(1).to_list()
    rated = frames["exchange_rate"]["currency"].to_list()
    sites = frames["site"].select(site="code", usual="currency")
    initiatives = frames["initiative"].join(sites.unique("site"), on="site", how="left", maintain_order="left")
    used = pl.when(pl.col("currency") != "").then(pl.col("currency")).otherwise(pl.col("usual"))
    for table, currencies in (
        ("improvement_budget", frames["improvement_budget"]["currency"]),
        ("initiative", initiatives.select(used.alias("currency")).to_series()),
    ):
        # Without a company the first currency that is used is its own.
        known = [*(own or currencies.drop_nulls().head(1).to_list()), *rated]
        broken = currencies.is_not_null() & ~currencies.is_in(known)
        rule = f"money is in the company's currency{f', {known[0]},' if known else ''} or has an exchange rate"
        remedy = "Write it in the company's currency, or add the rate to exchange_rate"
        add_rows(findings, places[table], broken, rule, remedy, column="currency", values=currencies)


def _check_gates(findings: Findings, place: Place, frames: Frames) -> None:
    gates = frames["stage_gate"]
    if not gates.height:
        return
    weeks = frames["initiative"].select(initiative="code", weeks="duration_weeks").unique("initiative")
    both = gates.join(weeks, on="initiative", how="left", maintain_order="left")
    late = both.select((pl.col("month") * 52 / 12 > pl.col("weeks") + 5).fill_null(False)).to_series()
    rule = "a gate is decided before the initiative has its effect"
    remedy = "Correct its month, or the initiative's duration"
    values = gates["month"].cast(pl.String)
    add_rows(findings, place, late, rule, remedy, column="month", values=values, severity="warning")


def _check_outlooks(findings: Findings, place: Place, outlooks: pl.DataFrame) -> None:
    rows = outlooks.filter(pl.col("after").is_not_null()).height
    told = outlooks.select("code", pl.col("after").alias("before")).drop_nulls()
    if rows:
        check_graph(findings, place, outlooks, ("code", "after"), "an outlook does not come after itself")
    group = pl.col("after").fill_null("")
    state = outlooks.select(
        pl.col("probability").sum().over(group).alias("sum"), (group.cum_count().over(group) == 1).alias("first")
    )
    off = state["first"] & ((state["sum"] - 1.0).abs() > CHANCES_SUM_TO)
    values = state["sum"].round(6).cast(pl.String)
    rule = "the probabilities of all outlooks that come after the same one sum to 1"
    add_rows(findings, place, off, rule, "Correct the probabilities", column="probability", values=values)
    starts = outlooks.select(before="code", begun="starts_on").unique("before")
    both = outlooks.select("code", "starts_on").join(told, on="code", how="left", maintain_order="left")
    both = both.join(starts, on="before", how="left", maintain_order="left")
    early = both.select((pl.col("starts_on") <= pl.col("begun")).fill_null(False)).to_series()
    values = outlooks["starts_on"].cast(pl.String)
    rule, remedy = "an outlook starts after the one before it", "Correct starts_on"
    add_rows(findings, place, early, rule, remedy, column="starts_on", values=values)
