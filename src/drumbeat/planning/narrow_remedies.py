"""Narrow remedies to the sites that somebody may see: which they touch, and what they do at each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from drumbeat.data.snapshot import Snapshot
from drumbeat.data.stored_change import StoredChange
from drumbeat.orders.changes import MoveOrder
from drumbeat.planning.changes import SplitDemand
from drumbeat.plant.changes import AddShift, QualifyMachine
from drumbeat.sourcing.changes import MovePurchase

OWNERS: dict[type, tuple[str, str]] = {
    SplitDemand: ("demand_line", "demand"), MovePurchase: ("purchase_order", "order"), MoveOrder: ("order", "order"),
    QualifyMachine: ("resource", "resource"),
}  # fmt: skip
"""Table, and field of the change with its code, that says at which site a change is made."""
Figures = Mapping[str, Mapping[str, float | None]]
"""Figures of a remedy by site, then by name: those of all sites add up to the remedy's own."""


def find_sites(snapshot: Snapshot, change: StoredChange) -> tuple[str, ...]:
    """Return the codes of the sites that a change touches, sorted; empty where the data do not say.

    A shift is worked by all that follow its calendar; a transfer is of the site that sends it too.
    """
    found = {getattr(change, "site", None)}
    if type(change) in OWNERS:
        table, name = OWNERS[type(change)]
        rows = snapshot[table].filter(pl.col("code") == getattr(change, name))
        for column in {"site", "from_site"} & set(rows.columns):
            found.update(rows[column].to_list())
    if isinstance(change, AddShift):
        for frame in snapshot.frames.values():
            if {"calendar", "site"} <= set(frame.columns):
                found.update(frame.filter(pl.col("calendar") == change.calendar)["site"].to_list())
    return tuple(sorted(site for site in found if site))


def count_by_site(is_late: pl.DataFrame) -> dict[str, int]:
    """Count the late demands of each site; `is_late` has the columns site and is_late, one row a demand."""
    counted = is_late.group_by("site").agg(pl.col("is_late").sum()).sort("site")
    return {site: int(count) for site, count in counted.iter_rows()}


def narrow_remedies(remedies: list[dict[str, Any]], sites: set[str] | None) -> list[dict[str, Any]]:
    """Return the stored remedies that touch no site but these, with their figures of these sites.

    Parameters
    ----------
    remedies
        As `as_json` of a remedy gives them.
    sites
        Sites that somebody may see; None = all.

    Returns
    -------
    list of dict
        Each with its place in `remedies` as `number`. What touches a site that the data do not name is for those who
        see all sites.
    """
    told = []
    for number, remedy in enumerate(remedies):
        touched = set(remedy.get("sites", ()))
        if sites is None or (touched and touched <= sites):
            told.append({**remedy, "number": number, **_sum_figures(remedy, sites)})
    return told


def _sum_figures(remedy: dict[str, Any], sites: set[str] | None) -> dict[str, float | None]:
    by_site = remedy.get("by_site", {})
    if sites is None or not by_site:
        return {}
    mine = [figures for site, figures in by_site.items() if site in sites]
    names = next(iter(by_site.values()))
    summed: dict[str, float | None] = {}
    for name in names:
        known = [figures[name] for figures in mine if figures[name] is not None]
        summed[name] = sum(known) if known or remedy[name] is not None else None
    return summed
