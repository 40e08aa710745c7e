"""Changes of sourcing: a purchase that comes at another time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import polars as pl

from drumbeat.basics.findings import Finding, Findings
from drumbeat.data.change import Frames
from drumbeat.data.stored_change import StoredChange
from drumbeat.plant.changes import find_unknown


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
