"""Compile what is on its way: purchase orders, transfers and production orders."""

from __future__ import annotations

import numpy as np
import polars as pl

from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.engine.problem import BUY, MAKE, MOVE, Receipts
from drumbeat.planning.estimate_lead_times import estimate_lead_times
from drumbeat.planning.list_methods import DAY, PLACE, Clock

UNDER_WAY = ["firm", "released", "started"]
COLUMNS = {
    "key": pl.String, "kind": pl.Int8, "buffer": pl.Int32, "quantity": pl.Float64, "time": pl.Int64,
    "is_movable": pl.Boolean, "start": pl.Int64, "units_to_issue": pl.Float64, "source": pl.Int32,
}  # fmt: skip


def compile_receipts(snapshot: Snapshot, places: pl.DataFrame, chosen: pl.DataFrame, clock: Clock) -> Receipts:
    """Compile purchase orders, transfers and production orders that are still to arrive.

    Parameters
    ----------
    places
        item, site, buffer.
    chosen
        Methods, the preferred first; their lead time dates the start of orders that have no release.
    clock
        Seconds from the snapshot's moment.

    Returns
    -------
    Receipts
        Sorted by kind of table, then by code.
    """
    rows = pl.concat([_purchases(snapshot, places, clock), _production(snapshot, places, chosen, clock)])
    rows = _freeze(rows, snapshot, places)
    return Receipts(
        keys=rows["key"].to_numpy().astype(object),
        kind=rows["kind"].to_numpy().astype(np.int8),
        buffer=rows["buffer"].to_numpy().astype(np.int32),
        quantity=rows["quantity"].to_numpy().astype(np.float64),
        time=rows["time"].to_numpy().astype(np.int64),
        is_movable=rows["is_movable"].to_numpy().astype(np.bool_),
        start=rows["start"].to_numpy().astype(np.int64),
        units_to_issue=rows["units_to_issue"].to_numpy().astype(np.float64),
        source=rows["source"].to_numpy().astype(np.int32),
        source_per=np.ones(rows.height),
    )


def _freeze(rows: pl.DataFrame, snapshot: Snapshot, places: pl.DataFrame) -> pl.DataFrame:
    """Let what comes within its item's frozen fence stay as it is; what is overdue may still be hurried."""
    fences = places.join(snapshot["item"].select("frozen_days", item="code"), on="item").select(
        "buffer", fence=pl.col("frozen_days") * DAY
    )
    is_inside = (pl.col("time") >= 0) & (pl.col("time") < pl.col("fence"))
    return rows.join(fences, on="buffer", how="left", maintain_order="left").with_columns(
        is_movable=pl.col("is_movable") & ~is_inside.fill_null(False)
    )


def _purchases(snapshot: Snapshot, places: pl.DataFrame, clock: Clock) -> pl.DataFrame:
    senders = places.select("item", from_site="site", sender="buffer")
    left = pl.col("quantity") - pl.col("received_quantity").fill_null(0.0)
    start = clock.seconds("ordered_at").fill_null(0)
    is_transfer = pl.col("from_site").is_not_null()
    is_to_leave = is_transfer & (start > 0)
    is_to_send = pl.col("is_sent").fill_null(False) & ~is_transfer & (start > 0)
    return (
        snapshot["purchase_order"]
        .filter(pl.col("state") == "open")
        .join(places, on=PLACE)
        .join(senders, on=["item", "from_site"], how="left")
        .join(_list_sent(snapshot, clock), on="code", how="left")
        .with_columns(
            key="code",
            kind=pl.when(is_transfer).then(pl.lit(MOVE)).otherwise(pl.lit(BUY)),
            quantity=left.clip(lower_bound=0.0),
            time=clock.seconds("due_at"),
            # What is on the road can be neither stopped nor hurried.
            is_movable=(~is_transfer | is_to_leave) & ~pl.col("is_frozen"),
            start=start,
            units_to_issue=pl.when(is_to_send).then(left).otherwise(0.0),
            source=pl.when(is_to_leave).then("sender").otherwise(pl.lit(-1)).fill_null(-1),
        )
        .filter(pl.col("quantity") > 0)
        .sort("key")
        .select([pl.col(name).cast(dtype) for name, dtype in COLUMNS.items()])
    )


def _list_sent(snapshot: Snapshot, clock: Clock) -> pl.DataFrame:
    """Purchase orders for which the supplier is sent the components, by the terms valid when they are placed."""
    orders = snapshot["purchase_order"].select("code", "supplier", *PLACE, placed=clock.seconds("ordered_at"))
    terms = snapshot["supply_term"].join(clock.offsets(snapshot), on="site").with_columns(clock.validity())
    return (
        orders.join(terms, on=["supplier", *PLACE])
        .filter((pl.col("valid_from") <= pl.col("placed")) & (pl.col("placed") < pl.col("valid_to")))
        .sort("priority", "valid_from", "quantity_from", "position")
        .unique("code", keep="first", maintain_order=True)
        .filter("sends_components")
        .select("code", is_sent=True)
    )


def _production(snapshot: Snapshot, places: pl.DataFrame, chosen: pl.DataFrame, clock: Clock) -> pl.DataFrame:
    first = (
        chosen.filter(pl.col("kind") == MAKE)
        .unique("buffer", keep="first", maintain_order=True)
        .select("buffer", "lead_seconds", "lead_seconds_per_unit", usual_yield="yields")
    )
    yields = estimate_lead_times(snapshot).select("routing", "yields")
    lead = (pl.col("lead_seconds") + pl.col("lead_seconds_per_unit") * pl.col("quantity")).fill_null(0).ceil()
    begun = snapshot["task"].filter(pl.col("state").is_in(["started", "done"])).select(code="order", has_begun=True)
    is_started = (pl.col("state") == "started") | pl.col("has_begun").fill_null(False)
    due, release = clock.seconds("due_at"), clock.seconds("release_at")
    time = pl.coalesce(due, release + lead, lead).cast(pl.Int64)
    share = pl.coalesce("yields", "usual_yield", pl.lit(1.0))
    return (
        snapshot["order"]
        .filter(
            pl.col("state").is_in(UNDER_WAY)
            & (pl.col("kind") == "production")
            & pl.col("item").is_not_null()
            & (pl.col("quantity") > 0)
        )
        .join(places, on=PLACE)
        .join(first, on="buffer", how="left")
        .join(yields, on="routing", how="left")
        .join(begun.unique(), on="code", how="left")
        .with_columns(
            key="code",
            kind=pl.lit(MAKE),
            time=time,
            is_movable=~is_started & ~pl.col("is_frozen"),
            start=pl.coalesce(release, time - lead).cast(pl.Int64).clip(lower_bound=0),
            units_to_issue=pl.when(is_started).then(0.0).otherwise(pl.col("quantity") / share),
            source=pl.lit(-1),
        )
        .sort("key")
        .select([pl.col(name).cast(dtype) for name, dtype in COLUMNS.items()])
    )
