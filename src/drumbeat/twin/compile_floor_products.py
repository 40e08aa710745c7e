"""What runs on the floor: a product for each routing that is wanted, for sale or to stock."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Floats, Int32s, Int64s, Texts
from drumbeat.basics.findings import Finding, Findings
from drumbeat.basics.streams import FIXED
from drumbeat.data.snapshot import Snapshot
from drumbeat.scheduling.compile_materials import find_components
from drumbeat.twin.engine.floor.problem import Products
from drumbeat.twin.engine.floor.times import make_times

Place = tuple[str, str]
"""An item at a site."""

DAY_SECONDS = 86_400.0
DAYS_UNTIL_FOUND = 14.0
"""Until a customer finds a defect, where nothing is known."""


def as_texts(words: list[str]) -> Texts:
    """Make a column of keys."""
    array = np.empty(len(words), dtype=np.object_)
    array[:] = words
    return array


@dataclass
class ProductBook:
    """Numbers products as they are met, and knows what items are made of.

    Parameters
    ----------
    operations
        By routing, its operations in order, as rows of the table.
    usual
        By item and site, the preferred routing.
    components
        By item, what one unit takes now: (component, quantity).
    senders
        By item and the site that gets it, the site that sends it and the seconds that this takes.
    sent_to, travel
        By product: the site whose stock it fills, seconds until it is there.
    """

    findings: Findings
    operations: dict[str, list[dict[str, object]]]
    usual: dict[Place, str]
    components: dict[str, list[tuple[str, float]]]
    place_of: dict[str, Place]
    senders: dict[Place, tuple[str, float]] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    items: list[str] = field(default_factory=list)
    sites: list[str] = field(default_factory=list)
    routings: list[str] = field(default_factory=list)
    is_sold: list[bool] = field(default_factory=list)
    sent_to: list[str] = field(default_factory=list)
    travel: list[float] = field(default_factory=list)

    @classmethod
    def of(cls, snapshot: Snapshot, findings: Findings) -> ProductBook:
        """Read routings and bills; bill lines that lead in a circle are left out, with a finding."""
        operations: dict[str, list[dict[str, object]]] = {}
        for row in snapshot["operation"].sort("routing", "sequence", "code").iter_rows(named=True):
            operations.setdefault(row["routing"], []).append(row)
        routings = snapshot["routing"].filter(pl.col("code").is_in(list(operations))).sort("priority", "code")
        stale = _list_stale(snapshot)
        fresh = routings.filter(~pl.col("revision").is_in(stale).fill_null(False))
        usual: dict[Place, str] = {}
        for item, site, code in fresh.select("item", "site", "code").iter_rows():
            usual.setdefault((item, site), code)
        place_of = {code: (item, site) for code, item, site in routings.select("code", "item", "site").iter_rows()}
        components = _without_circles(_components_now(snapshot), findings)
        return cls(findings, operations, usual, components, place_of, _list_senders(snapshot))

    def number(self, routing: str, *, is_sold: bool, sent_to: str = "", travel: float = 0.0) -> int:
        """Number the product of a routing, for sale or to stock, that of its site or of another one."""
        key = routing if is_sold else f"{routing} to stock" if not sent_to else f"{routing} for {sent_to}"
        if key in self.numbers:
            return self.numbers[key]
        self.numbers[key] = len(self.keys)
        item, site = self.place_of[routing]
        self.keys.append(key)
        self.items.append(item)
        self.sites.append(site)
        self.routings.append(routing)
        self.is_sold.append(is_sold)
        self.sent_to.append(sent_to or site)
        self.travel.append(travel)
        return len(self.keys) - 1

    def find_maker(self, item: str, site: str) -> int | None:
        """Number the product that fills the stock of an item at a site: made there, else made where it is sent from."""
        if (item, site) in self.usual:
            return self.find(item, site, is_sold=False)
        sender, travel = self.senders.get((item, site), ("", 0.0))
        routing = self.usual.get((item, sender))
        return None if routing is None else self.number(routing, is_sold=False, sent_to=site, travel=travel)

    def list_makers(self) -> dict[Place, int]:
        """Products that fill stocks, by item and the site whose stock it is."""
        return {(self.items[p], self.sent_to[p]): p for p in range(len(self.keys)) if not self.is_sold[p]}

    def find(self, item: str, site: str, *, is_sold: bool) -> int | None:
        """Number the product of an item at a site by its preferred routing; None where it has no routing there."""
        routing = self.usual.get((item, site))
        return None if routing is None else self.number(routing, is_sold=is_sold)

    def as_products(self, pieces: Int64s, transfer: Int64s, due_seconds: Floats, made: Int32s) -> Products:
        """Return the engine's products: usual and transfer lots, times from release to due, what they make."""
        sizes = [len(self.operations[routing]) for routing in self.routings]
        num = len(self.keys)
        ptr: Int64s = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
        return Products(
            keys=as_texts(self.keys),
            ptr=ptr,
            pieces=pieces,
            transfer_pieces=transfer,
            due_seconds=due_seconds,
            priority=np.zeros(num, np.int32),
            weight=np.ones(num),
            is_lost=np.zeros(num, np.bool_),
            found_after=make_times(DAYS_UNTIL_FOUND * DAY_SECONDS, FIXED, count=num),
            makes=made,
        )


def _list_stale(snapshot: Snapshot) -> list[str]:
    today = snapshot.as_of.date()
    return snapshot["revision"].filter((pl.col("valid_from") > today) | (pl.col("valid_to") < today))["code"].to_list()


def _list_senders(snapshot: Snapshot) -> dict[Place, tuple[str, float]]:
    """By item and site, the site from which it is sent where that is the preferred supply, and the seconds it takes."""
    sites = set(snapshot["site"]["code"])
    terms = snapshot["supply_term"].sort("priority", "quantity_from", "supplier", "position")
    first = terms.unique(["item", "site"], keep="first", maintain_order=True)
    rows = first.select("item", "site", "supplier", pl.col("lead_time_days").fill_null(0.0)).iter_rows()
    return {
        (item, site): (supplier, float(days) * DAY_SECONDS)
        for item, site, supplier, days in rows
        if supplier in sites and supplier != site
    }


def _components_now(snapshot: Snapshot) -> dict[str, list[tuple[str, float]]]:
    today = snapshot.as_of.date()
    rows = (
        find_components(snapshot)
        .filter(~(pl.col("valid_from") > today).fill_null(False) & ~(pl.col("valid_to") < today).fill_null(False))
        .group_by("item", "component", maintain_order=True)
        .agg(pl.col("quantity").sum())
        .filter(pl.col("quantity") > 0)
    )
    found: dict[str, list[tuple[str, float]]] = {}
    for item, component, quantity in rows.iter_rows():
        found.setdefault(item, []).append((component, float(quantity)))
    return found


def _without_circles(
    components: dict[str, list[tuple[str, float]]], findings: Findings
) -> dict[str, list[tuple[str, float]]]:
    """Leave out the bill lines that close a circle, walking down from every item."""
    done: set[str] = set()
    kept: dict[str, list[tuple[str, float]]] = {item: [] for item in components}
    for root in components:
        if root in done:
            continue
        path, open_ = [root], [iter(components[root])]
        while open_:
            line = next(open_[-1], None)
            if line is None:
                done.add(path.pop())
                open_.pop()
                continue
            component = line[0]
            if component in path:
                rule = "an item does not go into itself"
                remedy = "Remove one of the bill lines of the circle; the last one is left out here"
                circle = " > ".join([*path[path.index(component) :], component])
                findings.add(Finding("bill_line", rule, remedy, None, "component", circle, "warning"))
                continue
            kept[path[-1]].append(line)
            if component in components and component not in done:
                path.append(component)
                open_.append(iter(components[component]))
    return kept
