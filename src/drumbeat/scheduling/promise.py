"""Capable to promise: when a new order can be delivered without making another one later."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from drumbeat.basics.findings import Finding, InputError
from drumbeat.basics.progress import Progress, silent
from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.changes import find_too_many_lots
from drumbeat.planning.leave_orders_out import leave_orders_out
from drumbeat.scheduling.learn_from_schedule import Lessons
from drumbeat.scheduling.plan_finitely import FinitePlan, name_longest, plan_finitely


@dataclass(frozen=True)
class Promise:
    """When a new order can be delivered without making another one later.

    Parameters
    ----------
    delivered_at
        None: never, with what is planned.
    wanted_at
        When the customer wants it.
    reason
        What decides the moment: what its making waits for longest.
    plan
        The finite plan with the order in it, the last in line.
    order
        The order that is finished last of those that serve it; "" where stock does.
    waits
        What that order's time goes into, the last stretch first: cause and seconds of each; empty where it is not made
        here.
    """

    delivered_at: datetime | None
    wanted_at: datetime
    reason: str
    plan: FinitePlan
    order: str = ""
    waits: list[dict[str, Any]] = field(default_factory=list)

    @property
    def late_seconds(self) -> float | None:
        """How late it would be, 0 or less on time; None = never delivered."""
        return None if self.delivered_at is None else (self.delivered_at - self.wanted_at).total_seconds()

    def without_orders(self) -> Promise:
        """Return the promise without the names of the orders in its way: they may be of any site."""
        waits = [{**wait, "cause": leave_orders_out(wait["cause"])} for wait in self.waits]
        return replace(self, reason=leave_orders_out(self.reason), waits=waits)


FARTHEST_DAYS = 100 * 366
NEW = "NEW-ORDER"
"""Code of the demand that asks for a promise; with as many signs more as tell it from all others."""
DAY = timedelta(days=1)
LAST_DUE = datetime.max.replace(tzinfo=UTC) - DAY
"""A due time after which there is no other: what has no date is often given the last of the calendar."""


def promise(
    snapshot: Snapshot, item: str, site: str, quantity: float, wanted_at: datetime, progress: Progress = silent,
    lessons: Lessons | None = None, importance_first: bool | None = None,
) -> Promise:  # fmt: skip
    """Find when a new order can be delivered while all others keep their places.

    The order goes last in line: it takes the stock, the capacity and the material that the others leave.

    Parameters
    ----------
    snapshot
        The production system.
    item, site
        What is wanted, and which site delivers; both must exist.
    quantity
        Units, > 0.
    wanted_at
        When the customer wants it; aware.
    lessons
        Of the finite plan whose places the others keep (`FinitePlan.lessons`); None = those of its first pass.
    importance_first
        Whether that plan serves the more important demand first (`FinitePlan.is_importance_first`); None = as
        `company.is_importance_first` says.

    Raises
    ------
    InputError
        When item or site are unknown, the quantity is not above 0 or takes too many lots, or the moment is a century
        away; and as `plan_finitely`.
    """
    for table, code in (("item", item), ("site", site)):
        if code not in snapshot[table]["code"]:
            raise InputError(Finding(table, f"a promise is for an {table} that exists", "Check the code", value=code))
    if not quantity > 0:
        raise InputError(Finding("quantity", "a promise is for more than 0", "Enter a quantity", value=str(quantity)))
    if abs((wanted_at - snapshot.as_of).days) > FARTHEST_DAYS:
        rule, remedy = "a promise is for a moment of our time", "Enter another date"
        raise InputError(Finding("wanted_at", rule, remedy, value=wanted_at.isoformat()))
    for finding in find_too_many_lots(snapshot.frames, item, quantity):
        raise InputError(finding)
    lines = snapshot["demand_line"]
    last = min(max([wanted_at, snapshot.as_of, *lines["due_at"].drop_nulls().to_list()]), LAST_DUE) + DAY
    new, taken = NEW, set(lines["code"])
    while new in taken:
        new += "+"
    row = {
        "code": new, "item": item, "site": site, "quantity": float(quantity), "due_at": last, "kind": "order",
        "state": "open", "priority": 1.0,
    }  # fmt: skip
    added = pl.concat([lines, pl.DataFrame([row], schema_overrides=_schema_of(lines, row))], how="diagonal")
    asking = snapshot.with_table("demand_line", added)
    plan = plan_finitely(asking, progress, last=new, importance_first=importance_first, lessons=lessons)
    told = plan.deliveries.filter(pl.col("demand") == new).row(0, named=True)
    delivered = told["delivered_at"]
    order = plan.last_orders.get(new)
    waits = plan.list_waits(order) if order and delivered else []
    reason = name_longest(waits) if waits else "material" if order or not delivered else "stock"
    return Promise(delivered, wanted_at, reason, plan, order or "", waits)


def _schema_of(frame: pl.DataFrame, row: dict[str, Any]) -> dict[str, Any]:
    return {name: frame.schema[name] for name in row}
