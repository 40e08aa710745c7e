"""Propose changes that would close a weakness: lists that a planner opens as a what-if and judges on the whole plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import polars as pl

from drumbeat.basics.findings import InputError
from drumbeat.data.snapshot import Snapshot
from drumbeat.data.stored_change import StoredChange
from drumbeat.inventory.changes import AddStock
from drumbeat.plant.changes import AddMachine, AddShift, BlockResource
from drumbeat.strategy.engine.result import Weakness
from drumbeat.strategy.propose_links import add_sources, find_skill_of_centre, train_others

Remedy = tuple[str, Sequence[Any]]
MOST_CARES = 12
"""Machines whose overdue care is booked in one remedy."""
CARE_START_HOURS = 1
HOURS_A_HEAD, MOST_TRAINED = 40.0, 3
"""Hours of overtime a week that make one more head, and how many are trained in one remedy."""
MOST_ITEMS = 12
"""Items that get a second source in one remedy."""


def propose_changes(snapshot: Snapshot, found: Sequence[Weakness]) -> list[Weakness]:
    """Give weaknesses the changes that would close them.

    Parameters
    ----------
    snapshot
        The data in which they were found.
    found
        Weaknesses.

    Returns
    -------
    The same, in the same order, with `remedies`: only changes that can be made on these data. None where no change that
    Drumbeat knows would help (a corrective action, a contract): then the remedy in words stands alone.
    """
    return [replace(weakness, remedies=_remedies(snapshot, weakness)) for weakness in found]


def _remedies(snapshot: Snapshot, weakness: Weakness) -> tuple[dict[str, Any], ...]:
    told = []
    for propose in PROPOSALS.get(weakness.kind, ()):
        for name, changes in propose(snapshot, weakness):
            try:
                snapshot.apply(changes)
            except (InputError, KeyError):  # taken already, or not in these data
                continue
            told.append({"name": name, "changes": [change.to_json() for change in changes]})
    return tuple(told)


def _second_machine(snapshot: Snapshot, weakness: Weakness) -> list[Remedy]:
    if weakness.subject not in snapshot["resource"]["code"]:
        return []
    return [(f"A second machine like {weakness.subject}", [AddMachine(f"{weakness.subject}-2ND", weakness.subject)])]


def _more_shifts(snapshot: Snapshot, weakness: Weakness) -> list[Remedy]:
    """Its own calendar on Saturday, in the shifts of Friday."""
    resource = snapshot["resource"].filter(pl.col("code") == weakness.subject)
    calendar = resource["calendar"][0] if resource.height else None
    if calendar is None:
        return []
    shifts = snapshot["calendar_shift"].filter(
        (pl.col("calendar") == calendar) & (pl.col("weekday").cast(pl.String) == "fri")
    )
    changes: list[StoredChange] = [
        AddShift(calendar, "sat", start, end) for start, end in shifts.select("start", "end").sort("start").iter_rows()
    ]
    others = snapshot["resource"].filter(pl.col("calendar") == calendar).height - 1
    also = f", and {others} others of that calendar" if others else ""
    return [(f"Saturday shifts for {weakness.subject}{also}", changes)] if changes else []


def _book_care(snapshot: Snapshot, weakness: Weakness) -> list[Remedy]:
    """The overdue care of each machine as a block, one after the other within the next days."""
    overdue = snapshot["maintenance_order"].filter(
        (pl.col("kind").cast(pl.String) == "preventive")
        & pl.col("ends_at").is_null()
        & (pl.col("due_at") <= snapshot.as_of)
        & (pl.col("state").cast(pl.String) != "cancelled")
    )
    places = snapshot["resource"].select("code", "site", "line")
    mine = overdue.join(places, left_on="resource", right_on="code").filter(
        (pl.col("site") == weakness.subject) | (pl.col("line") == weakness.subject)
    )
    hours = mine.group_by("resource").agg(pl.col("crew_hours").sum()).sort(
        ["crew_hours", "resource"], descending=[True, False]
    ).head(MOST_CARES)  # fmt: skip
    changes: list[StoredChange] = []
    for place, (machine, length) in enumerate(hours.iter_rows()):
        start = snapshot.as_of + timedelta(days=place // 2 + 1, hours=CARE_START_HOURS)
        end = start + timedelta(hours=max(float(length), 1.0))
        changes.append(BlockResource(machine, start, end, "Overdue care"))
    return [(f"Overdue care of {hours.height} machines in the next days", changes)] if changes else []


def _stock(snapshot: Snapshot, weakness: Weakness) -> list[Remedy]:
    """Stock of the supplier's most used item: for its usual lead time."""
    terms = snapshot["supply_term"].filter(pl.col("supplier") == weakness.subject)
    bought = snapshot["purchase_order"].filter(
        (pl.col("supplier") == weakness.subject) & (pl.col("site") == weakness.site)
    )
    used = bought.group_by("item").agg(
        pl.col("quantity").sum(), pl.col("due_at").min().alias("first"), pl.col("due_at").max().alias("last")
    )
    top = used.sort(["quantity", "item"], descending=[True, False]).head(1)
    if not top.height or not terms.height:
        return []
    item, quantity, first, last = top.row(0)
    days = max((last - first).days, 7)
    lead = float(terms.filter(pl.col("item") == item)["lead_time_days"].max() or 7.0)  # type: ignore[arg-type]
    units = float(round(quantity / days * lead))
    return [(f"Stock of {item} for {lead:.0f} days", [AddStock(item, weakness.site, units)])] if units > 0 else []


def _relieve_bottleneck(snapshot: Snapshot, weakness: Weakness) -> list[Remedy]:
    """What an investment out of sequence should give way to: the machine that its headline names after "before"."""
    words = weakness.headline.partition(" before ")[2].split(" ")
    return _second_machine(snapshot, replace(weakness, subject=words[0])) if words and words[0] else []


def _train(snapshot: Snapshot, weakness: Weakness) -> list[Remedy]:
    """Somebody of the crews that show it (those with one person alone), else of the site."""
    crews = sorted({str(row["crew"]) for row in weakness.evidence if row.get("crew")})
    changes = train_others(snapshot, weakness.site, weakness.subject, 1, crews)
    if not changes:
        return []
    names = dict(snapshot["person"].select("code", "name").iter_rows())
    return [(f"Train {names.get(changes[0].person) or changes[0].person} in {weakness.subject}", changes)]


def _relieve_people(snapshot: Snapshot, weakness: Weakness) -> list[Remedy]:
    """Train as many as the overtime is worth in the skill that the cost centre works with, by its name."""
    weekly = [float(row["overtime"]) for row in weakness.evidence if row.get("overtime")]
    if not weekly:
        return []
    skill = find_skill_of_centre(snapshot, weakness.site, weakness.subject)
    count = min(max(round(sum(weekly) / len(weekly) / HOURS_A_HEAD), 1), MOST_TRAINED)
    changes = train_others(snapshot, weakness.site, skill, count) if skill else []
    if not changes:
        return []
    names = dict(snapshot["person"].select("code", "name").iter_rows())
    who = " and ".join(str(names.get(change.person) or change.person) for change in changes)
    return [(f"Train {who} in {skill}, which {weakness.subject} works with by its name", changes)]


def _second_source(snapshot: Snapshot, weakness: Weakness) -> list[Remedy]:
    """A second source of the supplier's items of the evidence, else of those bought most from it."""
    items = [str(row["item"]) for row in weakness.evidence if row.get("supplier") == weakness.subject and "item" in row]
    bought = snapshot["purchase_order"].filter(
        (pl.col("supplier") == weakness.subject) & (pl.col("site") == weakness.site)
    )
    spent = bought.group_by("item").agg((pl.col("quantity") * pl.col("price").cast(pl.Float64)).sum().alias("spend"))
    items = items or spent.sort(["spend", "item"], descending=[True, False])["item"].to_list()
    changes = add_sources(snapshot, weakness.subject, [(item, weakness.site) for item in items[:MOST_ITEMS]])
    return [(f"A second source of {len(changes)} items of {weakness.subject}", changes)] if changes else []


Propose = Callable[[Snapshot, Weakness], list[Remedy]]
PROPOSALS: dict[str, tuple[Propose, ...]] = {
    "bottleneck": (_more_shifts, _second_machine),
    "near-bottleneck": (_more_shifts,),
    "shifting bottleneck": (_more_shifts,),
    "single machine": (_second_machine,),
    "setup family": (_second_machine,),
    "maintenance backlog": (_book_care,),
    "weakening system": (_book_care,),
    "supplier spread": (_stock,),
    "single source": (_second_source, _stock),
    "supplier concentration": (_second_source,),
    "single person": (_train,),
    "shift cover": (_train,),
    "skill gap": (_train,),
    "structural overtime": (_relieve_people,),
    "unsequenced investment": (_relieve_bottleneck,),
}
"""By kind of weakness: how it may be closed. Kinds that are left out need people, contracts or causes, not changes."""
