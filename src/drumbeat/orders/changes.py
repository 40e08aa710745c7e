"""Changes of orders: to another date, another site, another importance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from drumbeat.basics.findings import Finding, Findings
from drumbeat.data.change import Frames
from drumbeat.data.stored_change import StoredChange
from drumbeat.plant.changes import find_unknown


@dataclass(frozen=True)
class MoveOrder(StoredChange):
    """Move an order in time, to another site, or in importance; what is None stays as it is.

    Parameters
    ----------
    order
        Code of the order.
    due_at, release_at
        New due date; moment before which it may not start. Both with a time zone.
    site
        Code of the site that is to make it; it then follows that site's preferred routing.
    priority
        Importance, > 0: 2 counts twice as much as 1.
    """

    order: str
    due_at: datetime | None = None
    release_at: datetime | None = None
    site: str | None = None
    priority: float | None = None

    def check(self, frames: Frames) -> Findings:
        """Say what is wrong with the move on these frames."""
        findings = Findings()
        rows = frames["order"].filter(pl.col("code") == self.order)
        if not rows.height:
            findings.extend(find_unknown(frames, "order", self.order, "order"))
            return findings
        if str(rows["state"][0]) in {"done", "cancelled"}:
            rule, remedy = "an order that moves is not done or cancelled", "Drop the change"
            findings.add(Finding("order", rule, remedy, column="state", value=str(rows["state"][0])))
        if all(value is None for value in (self.due_at, self.release_at, self.site, self.priority)):
            rule, remedy = "a move changes something", "Give a due date, a release, a site or a priority"
            findings.add(Finding("order", rule, remedy, column="order", value=self.order))
        findings.extend(self._check_times(rows))
        if self.priority is not None and not (math.isfinite(self.priority) and self.priority > 0):
            rule, remedy = "a priority is above zero", "Enter a number above 0"
            findings.add(Finding("order", rule, remedy, column="priority", value=str(self.priority)))
        if self.site is not None:
            findings.extend(self._check_site(frames, rows))
        return findings

    def _check_times(self, rows: pl.DataFrame) -> list[Finding]:
        found = []
        for column, moment in (("due_at", self.due_at), ("release_at", self.release_at)):
            if moment is not None and moment.tzinfo is None:
                rule, remedy = "a moment has a time zone", "Write it in UTC, or with its offset"
                found.append(Finding("order", rule, remedy, column=column, value=moment.isoformat()))
        if found:
            return found
        due = self.due_at or rows["due_at"][0]
        release = self.release_at or rows["release_at"][0]
        is_moved = self.due_at is not None or self.release_at is not None
        if is_moved and due is not None and release is not None and due <= release:
            rule, remedy = "an order is due after its release", "Move both dates, or neither"
            found.append(Finding("order", rule, remedy, column="due_at", value=due.isoformat()))
        return found

    def _check_site(self, frames: Frames, rows: pl.DataFrame) -> list[Finding]:
        item = rows["item"][0]
        found = find_unknown(frames, "site", str(self.site), "site")
        if found:
            return found
        routes = frames["routing"].filter((pl.col("item") == item) & (pl.col("site") == self.site))
        if item is None or not routes.height:
            rule, remedy = "the site that makes an order has a routing for its item", "Add a routing there, or stay"
            found.append(Finding("routing", rule, remedy, column="site", value=f"{item} @ {self.site}"))
        if frames["task"].filter(pl.col("order") == self.order).height and rows["site"][0] != self.site:
            rule = "an order that moves to another site has no tasks yet"
            remedy = "Remove its tasks first; they follow the old site's routing"
            found.append(Finding("task", rule, remedy, column="order", value=self.order))
        return found

    def apply_to(self, frames: Frames) -> dict[str, pl.DataFrame]:
        """Return the orders with this one moved."""
        mine = pl.col("code") == self.order
        orders = frames["order"]
        moved = []
        for name in ("due_at", "release_at"):
            moment: datetime | None = getattr(self, name)
            if moment is not None:
                value = pl.lit(moment.astimezone(UTC)).cast(orders.schema[name])
                moved.append(pl.when(mine).then(value).otherwise(pl.col(name)).alias(name))
        if self.priority is not None:
            moved.append(pl.when(mine).then(self.priority).otherwise(pl.col("priority")).alias("priority"))
        if self.site is not None:
            is_elsewhere = mine & (pl.col("site") != self.site)
            moved.append(pl.when(mine).then(pl.lit(self.site)).otherwise(pl.col("site")).alias("site"))
            # The old routing belongs to the old site; empty means the preferred one of the new site.
            moved.append(pl.when(is_elsewhere).then(None).otherwise(pl.col("routing")).alias("routing"))
        return {"order": orders.with_columns(moved)}
