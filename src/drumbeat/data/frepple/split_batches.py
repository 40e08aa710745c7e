"""Keep the batches of what is made to order apart: each batch of an item becomes an item of its own.

What is made or bought for one batch (a customer's order, a colour) serves no other batch. Here an item's stock serves
whoever needs the item, so that batches must be items: each has the bill, the routings and the supply terms of the item
whose batch it is, and takes components that are made to order of its own batch, all others from the common stock.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from drumbeat.data.frepple.draft import Draft

Rows = list[dict[str, Any]]


def split_batches(draft: Draft) -> None:
    """Add the items of all batches that are wanted, kept or on order, and what is said of them.

    Batches reach down through the bills as far as the components are made to order.
    """
    if not draft.batches:
        return
    lines, beside = _by_item(draft, "bill_line"), _by_item(draft, "by_product")
    instead = _by_item(draft, "substitute", "used_in")
    terms, routings = _by_item(draft, "supply_term"), _by_item(draft, "routing")
    steps, needs = _by_item(draft, "operation", "routing"), _by_item(draft, "operation_resource", "operation")
    split: dict[str, list[str]] = defaultdict(list)
    waiting = list(draft.batches)
    while waiting:
        item, batch = draft.batches[waiting.pop(0)]
        known = len(draft.batches)
        code = draft.item_of(item, batch)
        split[item].append(code)
        draft.add("item", **{**draft.rows["item"][item,], "code": code})
        for row in lines[item]:
            draft.add("bill_line", **{**row, "item": code, "component": draft.item_of(row["component"], batch)})
        for row in beside[item]:
            draft.add("by_product", **{**row, "item": code, "product": draft.item_of(row["product"], batch)})
        for row in instead[item]:
            both = {name: draft.item_of(row[name], batch) for name in ("item", "substitute")}
            draft.add("substitute", **{**row, **both, "used_in": code})
        for row in terms[item]:
            draft.add("supply_term", **{**row, "item": code})
        for row in routings[item]:
            _add_routing(draft, row, code, batch, steps, needs)
        waiting += list(draft.batches)[known:]
    for item, codes in split.items():
        rule = "what is made to order is kept apart by batch"
        told = ", ".join(repr(code) for code in codes[:3]) + (", ..." if len(codes) > 3 else "")
        remedy = f"Each of its {len(codes)} batches is an item of its own: {told}"
        draft.book.note("item", rule, remedy, item)


def _add_routing(
    draft: Draft, row: dict[str, Any], item: str, batch: str, steps: dict[str, Rows], needs: dict[str, Rows]
) -> None:
    routing = f"{row['code']} [{batch}]"
    draft.add("routing", **{**row, "code": routing, "item": item})
    for step in steps[row["code"]]:
        operation = f"{step['code']} [{batch}]"
        draft.add("operation", **{**step, "code": operation, "routing": routing})
        for need in needs[step["code"]]:
            draft.add("operation_resource", **{**need, "operation": operation})


def _by_item(draft: Draft, table: str, column: str = "item") -> dict[str, Rows]:
    """Rows of a table by the item (or what else) that they belong to, as they are now."""
    found: dict[str, Rows] = defaultdict(list)
    for row in draft.rows.get(table, {}).values():
        found[row[column]].append(row)
    return found
