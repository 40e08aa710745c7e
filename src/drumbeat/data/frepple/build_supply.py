"""Turn frePPLe's suppliers and distributions into supply terms, and its orders on the way into orders.

A supplier whose code is that of a site stands for transfers from that site: its supply terms say how long a
transfer takes and in what lots.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from drumbeat.data.frepple.build_operations import Way
from drumbeat.data.frepple.draft import Draft
from drumbeat.data.frepple.read_records import DAY, Row, later

ON_THE_WAY = {"confirmed", "approved"}


def build_transfers(draft: Draft) -> None:
    """Add a supply term for each item that a distribution can bring to a site where it is needed."""
    below = _descendants(draft)
    routes: dict[str, list[Row]] = defaultdict(list)
    for row in draft.book["itemdistribution"]:
        for item in below.get(row.text("item"), [row.text("item")]):
            routes[item].append(row)
    for item, rows in routes.items():
        waiting = list(draft.needed_at.get(item, ()))
        while waiting:
            site = waiting.pop()
            for row in rows:
                origin = draft.site_of(row, "origin")
                if origin == site or (row.text("location") and draft.site_of(row) != site):
                    continue
                if not _add_term(draft, row, origin, item, site, f"Transfers from {origin}"):
                    continue
                if origin not in draft.needed_at[item]:
                    draft.need(item, origin)
                    waiting.append(origin)


def build_suppliers(draft: Draft) -> None:
    """Add suppliers and their terms, at every site where the item is needed when no location is named."""
    for row in draft.book["supplier"]:
        draft.add("supplier", code=_supplier_code(draft, row.text("name")), name=row.text("description")[:200])
    below = _descendants(draft)
    for row in draft.book["itemsupplier"]:
        supplier = row.text("supplier")
        for item in below.get(row.text("item"), [row.text("item")]):
            sites = [draft.site_of(row)] if row.text("location") else sorted(draft.needed_at.get(item, ()))
            for site in sites:
                _add_term(draft, row, _supplier_code(draft, supplier), item, site, "")


def _supplier_code(draft: Draft, name: str) -> str:
    return f"{name} (supplier)" if name in draft.sites else name


def _add_term(draft: Draft, row: Row, supplier: str, item: str, site: str, name: str) -> bool:
    if not draft.has("item", item):
        row.wrong("item", "it is one of the items", "Add the item, or correct the name")
        return False
    if row.text("priority") and row.amount("priority", 1) == 0:
        draft.book.note("itemsupplier", "priority 0 keeps it out of planning", "It is left out", f"{item} @ {site}")
        return False
    if row.text("resource"):
        rule = "it holds a resource while it is on its way"
        draft.book.note("itemsupplier", rule, "The resource is left out", row.text("resource"))
    draft.add("supplier", code=supplier, name=name)
    terms: dict[str, Any] = {
        "price": row.amount("cost"),
        "order_minimum": row.amount("sizeminimum", 1.0),
        "order_multiple": row.amount("sizemultiple"),
        "lead_time_days": row.seconds("leadtime") / DAY,
        "priority": max(int(row.amount("priority", 1)), 1),
    }
    dates = {"valid_from": row.moment("effectivestart"), "valid_to": row.moment("effectiveend")}
    terms |= {column: moment.date() for column, moment in dates.items() if moment}
    key = {"supplier": supplier, "item": item, "site": site, "quantity_from": 0.0}
    position = 1
    while draft.has("supply_term", *key.values(), position):
        position += 1
    draft.add("supply_term", **key, position=position, **terms)
    made = draft.rows["item"][item,].get("kind") == "make"
    if not made and not name:
        draft.rows["item"][item,]["kind"] = "buy"
    return True


def _descendants(draft: Draft) -> dict[str, list[str]]:
    """Items of each group of items that is not carried over itself."""
    below: dict[str, list[str]] = defaultdict(list)
    owners = {row.text("name"): row.text("owner") for row in draft.book["item"]}
    for item in owners:
        group, seen = owners[item], {item}
        while group and group not in seen:
            seen.add(group)
            if draft.has("item", item) and not draft.has("item", group):
                below[group].append(item)
            group = owners.get(group, "")
    return below


def build_orders(draft: Draft, ways: list[Way]) -> None:
    """Add confirmed and approved purchase, distribution and manufacturing orders; proposed ones are made anew."""
    steps = {step.text("name"): way for way in ways for step in [way.main, *way.steps]}
    skipped: dict[str, int] = defaultdict(int)
    for row in draft.book["operationplan"]:
        kind, state = row.text("type") or "MO", row.text("status") or "proposed"
        if state not in ON_THE_WAY:
            skipped[f"{kind} {state}"] += 1
        elif kind == "MO":
            _add_production_order(draft, row, steps)
        elif kind in {"PO", "DO"}:
            _add_purchase_order(draft, row, kind)
        else:
            skipped[f"{kind} {state}"] += 1
    for kind, times in skipped.items():
        remedy = f"{times} orders of this kind are left out"
        draft.book.note("operationplan", "only confirmed and approved orders count", remedy, kind)


def _add_purchase_order(draft: Draft, row: Row, kind: str) -> None:
    item = row.text("item")
    if not draft.has("item", item):
        row.wrong("item", "it is one of the items", "Add the item, or correct the name")
        return
    ordered = row.moment("startdate")
    due = row.moment("enddate") or ordered or draft.as_of
    values: dict[str, Any] = {"supplier": None, "from_site": None}
    if kind == "PO":
        values["supplier"] = _supplier_code(draft, row.text("supplier"))
        draft.add("supplier", code=values["supplier"])
        site = draft.site_of(row)
    else:
        values["from_site"] = draft.site_of(row, "origin")
        site = draft.site_of(row, "destination" if row.text("destination") else "location")
    draft.add(
        "purchase_order",
        code=row.text("reference"),
        item=draft.item_of(item, row.text("batch")),
        site=site,
        quantity=row.amount("quantity", 1.0),
        ordered_at=ordered,
        due_at=due,
        **values,
    )


def _add_production_order(draft: Draft, row: Row, steps: dict[str, Way]) -> None:
    way = steps.get(row.text("operation"))
    if way is None or not draft.has("routing", way.name):
        rule = "its operation is not carried over"
        draft.book.note("operationplan", rule, "The order is left out", row.text("reference"))
        return
    quantity, start = row.amount("quantity", 1.0), row.moment("startdate")
    work = sum(step.seconds("duration") + step.seconds("durationper") * quantity for step in way.steps)
    has_begun = draft.book.parameter("WIP.consume_material").lower() == "false"
    item = draft.item_of(way.item, row.text("batch"))
    draft.add(
        "order",
        code=row.text("reference"),
        name=row.text("name")[:200],
        site=way.site,
        item=item,
        routing=way.name if item == way.item else f"{way.name} [{row.text('batch')}]",
        quantity=quantity,
        release_at=start,
        due_at=row.moment("enddate") or (later(start, work) if start else None),
        state="started" if has_begun else "released",
    )
