"""Changes of sourcing: a purchase that comes at another time, another source of an item."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

import polars as pl

from drumbeat.basics.findings import Finding, Findings
from drumbeat.data.change import Frames
from drumbeat.data.stored_change import StoredChange
from drumbeat.plant.changes import CODE_LENGTH, find_unknown


@dataclass(frozen=True)
class MovePurchase(StoredChange):
    """Have an open purchase order come earlier (expedite) or later (defer).

    Parameters
    ----------
    order
        Code of the purchase order.
    due_at
        New promise, with a time zone.
    """

    order: Annotated[str, "purchase_order.code"]
    due_at: datetime

    def check(self, frames: Frames) -> Findings:
        """Say what is wrong with the move on these frames."""
        findings = Findings()
        findings.extend(find_unknown(frames, "purchase_order", self.order, "order"))
        if self.due_at.tzinfo is None:
            rule, remedy = "a moment has a time zone", "Write it in UTC, or with its offset"
            findings.add(Finding("purchase_order", rule, remedy, column="due_at", value=self.due_at.isoformat()))
        state = frames["purchase_order"].filter(pl.col("code") == self.order)["state"].cast(pl.String).to_list()
        if state and state[0] != "open":
            rule, remedy = "a purchase order that moves is open", "Drop the change"
            findings.add(Finding("purchase_order", rule, remedy, column="state", value=state[0]))
        return findings

    def apply_to(self, frames: Frames) -> dict[str, pl.DataFrame]:
        """Return the purchase orders with this one moved."""
        orders = frames["purchase_order"]
        moment = pl.lit(self.due_at.astimezone(UTC)).cast(orders.schema["due_at"])
        moved = pl.when(pl.col("code") == self.order).then(moment).otherwise(pl.col("due_at"))
        return {"purchase_order": orders.with_columns(moved.alias("due_at"))}


@dataclass(frozen=True)
class PlacePurchase(StoredChange):
    """Order something now, at a time of delivery that the supplier has agreed to.

    Parameters
    ----------
    code
        Code of the new purchase order.
    supplier, item, site
        Who delivers what to where.
    quantity
        Units, above 0.
    due_at
        When it is promised, with a time zone.
    """

    code: str
    supplier: str
    item: str
    site: str
    quantity: float
    due_at: datetime

    def check(self, frames: Frames) -> Findings:
        """Say what is wrong with the purchase on these frames."""
        findings = Findings()
        for table, code in (("supplier", self.supplier), ("item", self.item), ("site", self.site)):
            findings.extend(find_unknown(frames, table, code, table))
        place = "purchase_order"
        if self.due_at.tzinfo is None:
            rule, remedy = "a moment has a time zone", "Write it in UTC, or with its offset"
            findings.add(Finding(place, rule, remedy, column="due_at", value=self.due_at.isoformat()))
        if not (math.isfinite(self.quantity) and self.quantity > 0):
            rule, remedy = "a purchase is of more than nothing", "Enter units above 0"
            findings.add(Finding(place, rule, remedy, column="quantity", value=str(self.quantity)))
        if not self.code.strip() or len(self.code) > CODE_LENGTH or self.code in frames[place]["code"]:
            rule, remedy = "a new purchase order has a code of its own", f"Enter another, at most {CODE_LENGTH} signs"
            findings.add(Finding(place, rule, remedy, column="code", value=self.code[:CODE_LENGTH]))
        return findings

    def apply_to(self, frames: Frames) -> dict[str, pl.DataFrame]:
        """Return the purchase orders with this one."""
        orders = frames["purchase_order"]
        row = {
            "code": self.code, "supplier": self.supplier, "item": self.item, "site": self.site,
            "quantity": float(self.quantity), "due_at": self.due_at.astimezone(UTC), "state": "open", "price": 0,
        }  # fmt: skip
        added = pl.DataFrame([row], schema={name: orders.schema[name] for name in row})
        return {"purchase_order": pl.concat([orders, added], how="diagonal")}


@dataclass(frozen=True)
class AddSource(StoredChange):
    """Buy an item from one supplier more: dual sourcing.

    Parameters
    ----------
    source
        Code of the supplier: one that exists, or a new one.
    item, site
        Codes.
    price
        Of a unit, in the currency of the site.
    lead_time_days
        Usual time from order to receipt.
    lead_time_spread_days
        Standard deviation of the lead time.
    order_minimum
        Smallest order, in the item's unit.
    capacity_per_week
        Units a week at most; None = no limit.
    priority
        Preferred first: 1 before 2.
    cost
        Money that qualifying the supplier costs once; it is told with the change, no table holds it.
    """

    source: str
    item: str
    site: str
    price: Annotated[float, "supply_term.price"]
    lead_time_days: Annotated[float, "supply_term.lead_time_days"]
    lead_time_spread_days: Annotated[float, "supply_term.lead_time_spread_days"] = 0.0
    order_minimum: Annotated[float, "supply_term.order_minimum"] = 0.0
    capacity_per_week: Annotated[float | None, "supply_term.capacity_per_week"] = None
    priority: Annotated[int, "supply_term.priority"] = 2
    cost: float = 0.0

    def check(self, frames: Frames) -> Findings:
        """Say what is wrong with the source on these frames."""
        findings, place = Findings(), "supply_term"
        for table, code in (("item", self.item), ("site", self.site)):
            findings.extend(find_unknown(frames, table, code, table))
        if not self.source.strip() or self.source != self.source.strip() or len(self.source) > CODE_LENGTH:
            rule = f"a code has 1 to {CODE_LENGTH} characters, no space at its ends"
            findings.add(Finding("supplier", rule, "Choose another code", column="code", value=self.source))
        for name in ("price", "lead_time_days", "lead_time_spread_days", "order_minimum", "capacity_per_week", "cost"):
            number = getattr(self, name)
            if number is not None and not (math.isfinite(number) and number >= 0):
                findings.add(Finding(place, f"{name} is 0 or more", "Enter 0 or more", column=name, value=str(number)))
        if self.priority < 1:
            rule, remedy = "a priority is 1 or more", "Enter 1 for the preferred source"
            findings.add(Finding(place, rule, remedy, column="priority", value=str(self.priority)))
        same = (pl.col("supplier") == self.source) & (pl.col("item") == self.item) & (pl.col("site") == self.site)
        if frames[place].filter(same).height:
            rule, remedy = "a new source does not deliver the item to the site yet", "Name another supplier"
            findings.add(Finding(place, rule, remedy, column="supplier", value=self.source))
        return findings

    def apply_to(self, frames: Frames) -> dict[str, pl.DataFrame]:
        """Return the terms with the new one, and the suppliers where this one is new."""
        terms, suppliers = frames["supply_term"], frames["supplier"]
        row = {
            "supplier": self.source, "item": self.item, "site": self.site, "quantity_from": 0.0, "position": 1,
            "price": self.price, "order_minimum": self.order_minimum, "order_multiple": 0.0,
            "lead_time_days": self.lead_time_days, "lead_time_spread_days": self.lead_time_spread_days,
            "capacity_per_week": self.capacity_per_week, "priority": self.priority,
        }  # fmt: skip
        changed = {"supply_term": pl.concat([terms, _make_row(terms, row)])}
        if self.source not in suppliers["code"]:
            new = _make_row(suppliers, {"code": self.source, "name": self.source})
            changed["supplier"] = pl.concat([suppliers, new])
        return changed


def _make_row(frame: pl.DataFrame, given: dict[str, object]) -> pl.DataFrame:
    """One row of the columns of a frame; what is not given is nought, empty, or not known."""
    values: dict[str, list[object]] = {}
    for name, dtype in frame.schema.items():
        value = given.get(name)
        if value is None and dtype == pl.String:
            value = ""
        if isinstance(value, float) and dtype.is_decimal():
            value = Decimal(str(value))
        values[name] = [value]
    return pl.DataFrame(values, schema=frame.schema)
