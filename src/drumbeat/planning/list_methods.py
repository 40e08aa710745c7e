"""List how each item can be had at each site: made by a routing, bought on terms, or moved from another site."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from drumbeat.basics.findings import Finding, Findings
from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.engine.problem import BUY, FAR_FUTURE, FAR_PAST, MAKE, MOVE
from drumbeat.planning.estimate_lead_times import estimate_lead_times
from drumbeat.sourcing.measure_lead_times import SPREADS, measure_lead_times

DAY = 86_400
LONGEST_LEAD = 2**52
"""Seconds: more than the longest that is planned, which is refused by name, and less than a whole number holds."""
TRANSFER_DAYS = 1.0
"""Elapsed time of a transfer between sites where no supply term says how long it takes."""

PLACE = ["item", "site"]
COLUMNS = {
    "item": pl.String, "site": pl.String, "kind": pl.Int8, "source": pl.String, "source_site": pl.String,
    "lead_seconds": pl.Int64, "lead_seconds_per_unit": pl.Float64, "lot_minimum": pl.Float64,
    "lot_multiple": pl.Float64, "lot_maximum": pl.Float64, "yields": pl.Float64, "valid_from": pl.Int64,
    "valid_to": pl.Int64, "priority": pl.Int64, "routing": pl.String,
    "capacity_per_week": pl.Float64, "source_item": pl.String, "takes_bill": pl.Boolean,
}  # fmt: skip
"""Columns of the methods: the sending site is null unless the item is moved, the sent item where it is the same;
takes_bill is true of suppliers who are sent the components."""


@dataclass(frozen=True)
class Clock:
    """Turns moments and days into seconds from the snapshot's moment."""

    as_of: datetime

    def seconds(self, moment: str) -> pl.Expr:
        """Seconds of a column of moments; null stays null."""
        return (pl.col(moment) - pl.lit(self.as_of)).dt.total_seconds()

    def day_starts(self, day: str, offset: str, *, shift_days: int = 0) -> pl.Expr:
        """Seconds at which a column of days starts at sites with that UTC offset (seconds)."""
        midnight = pl.col(day).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
        shifted = (midnight - pl.lit(self.as_of)).dt.total_seconds() + shift_days * DAY
        return shifted - pl.col(offset)

    def offsets(self, snapshot: Snapshot) -> pl.DataFrame:
        """UTC offset of each site at the snapshot's moment, in seconds: site, offset."""
        rows = [
            (code, int((self.as_of.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()).total_seconds()))
            for code, zone in snapshot["site"].select("code", "time_zone").iter_rows()
        ]
        return pl.DataFrame(rows, schema={"site": pl.String, "offset": pl.Int64}, orient="row")

    def validity(self, offset: str = "offset") -> list[pl.Expr]:
        """Columns `valid_from` and `valid_to` (days, the last one included) as seconds."""
        return [
            self.day_starts("valid_from", offset).fill_null(FAR_PAST).alias("valid_from"),
            self.day_starts("valid_to", offset, shift_days=1).fill_null(FAR_FUTURE).alias("valid_to"),
        ]


def list_sourced(snapshot: Snapshot, clock: Clock) -> pl.DataFrame:
    """List the methods that the data name: routings, supply terms, and terms of a supplier that is a site.

    Price breaks of one supplier are one method with the smallest order of its first line.

    Returns
    -------
    DataFrame
        `COLUMNS`, in no particular order.
    """
    items = _items(snapshot)
    offsets = clock.offsets(snapshot)
    return pl.concat([_made(snapshot, items, clock, offsets), _bought(snapshot, items, clock, offsets)])


def _items(snapshot: Snapshot) -> pl.DataFrame:
    is_fixed = (pl.col("lot_rule").cast(pl.String) == "fixed") & (pl.col("lot_minimum") > 0)
    return snapshot["item"].select(
        item="code",
        item_kind=pl.col("kind").cast(pl.String),
        item_lead=pl.col("lead_time_days") * DAY,
        is_fixed=is_fixed,
        item_minimum="lot_minimum",
        # Orders of one size: the smallest lot is the largest as well.
        item_multiple=pl.when(is_fixed).then(0.0).otherwise("lot_multiple"),
        item_maximum=pl.when(is_fixed).then("lot_minimum").otherwise(pl.col("lot_maximum").fill_null(float("inf"))),
    )


def _made(snapshot: Snapshot, items: pl.DataFrame, clock: Clock, offsets: pl.DataFrame) -> pl.DataFrame:
    revisions = snapshot["revision"].select("code", "valid_from", "valid_to")
    given = pl.col("item_lead") > 0
    lead = pl.when(given).then(pl.col("item_lead").round()).otherwise(pl.col("lead_seconds").fill_null(0))
    unit = pl.when(given).then(0.0).otherwise(pl.col("lead_seconds_per_unit").fill_null(0.0))
    return (
        snapshot["routing"]
        .with_columns(routing_code="code")
        .join(items, on="item")
        .join(offsets, on="site")
        .join(revisions, left_on="revision", right_on="code", how="left")
        .join(estimate_lead_times(snapshot), left_on="code", right_on="routing", how="left")
        .with_columns(clock.validity())
        .with_columns(
            kind=pl.lit(MAKE),
            source=pl.lit(""),
            source_site=pl.lit(None, dtype=pl.String),
            lead_seconds=lead,
            lead_seconds_per_unit=unit,
            lot_minimum="item_minimum",
            lot_multiple="item_multiple",
            lot_maximum="item_maximum",
            yields=pl.col("yields").fill_null(1.0),
            routing="routing_code",
            capacity_per_week=pl.lit(float("inf")),
        )
        .select(_cast())
    )


def _bought(snapshot: Snapshot, items: pl.DataFrame, clock: Clock, offsets: pl.DataFrame) -> pl.DataFrame:
    sites = snapshot["site"]["code"].implode()
    is_move = pl.col("supplier").is_in(sites)
    is_bought_item = pl.col("item_kind") == "buy"
    # Orders of one size keep it, whatever the supplier agreed to; what is moved is made or bought in that size.
    is_fixed = pl.col("is_fixed") & (is_bought_item | ~is_move)
    terms = (
        snapshot["supply_term"]
        .sort("supplier", "item", "site", "quantity_from", "position")
        .unique(["supplier", "item", "site", "valid_from", "valid_to"], keep="first", maintain_order=True)
        .filter(pl.col("supplier") != pl.col("site"))
        .join(items, on="item")
        .join(offsets, on="site")
        .join(measure_lead_times(snapshot["purchase_order"]), on=["supplier", "item"], how="left")
    )

    def given(term: str, item: str) -> pl.Expr:
        agreed = pl.when(pl.col(term) > 0).then(pl.col(term)).when(is_bought_item).then(pl.col(item)).otherwise(0.0)
        return pl.when(is_fixed).then(pl.col(item)).otherwise(agreed)

    # What was measured, else what is agreed: in either case the time that most deliveries keep, not the average.
    agreed = pl.col("lead_time_days") + SPREADS * pl.col("lead_time_spread_days")
    lead = pl.when(is_move).then("lead_time_days").otherwise(pl.coalesce("measured_days", agreed)) * DAY
    return (
        terms.with_columns(clock.validity())
        .with_columns(
            kind=pl.when(is_move).then(pl.lit(MOVE)).otherwise(pl.lit(BUY)),
            source="supplier",
            source_site=pl.when(is_move).then("supplier"),
            lead_seconds=pl.when((lead > 0) | is_move).then(lead).otherwise(pl.col("item_lead")).round(),
            lead_seconds_per_unit=pl.lit(0.0),
            lot_minimum=given("order_minimum", "item_minimum"),
            lot_multiple=given("order_multiple", "item_multiple"),
            lot_maximum=pl.when(is_bought_item | is_fixed).then("item_maximum").otherwise(float("inf")),
            yields=pl.lit(1.0),
            routing=pl.lit(""),
            capacity_per_week=pl.when(pl.col("capacity_per_week") > 0)
            .then(pl.col("capacity_per_week"))
            .otherwise(float("inf")),
            takes_bill=pl.col("sends_components") & ~is_move,
        )
        .select(_cast(takes_bill=pl.col("takes_bill")))
    )


def list_assumed(snapshot: Snapshot, places: pl.DataFrame, sourced: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    """List methods where the data name none, each with a finding.

    An item that nobody makes or buys anywhere is made or bought (as its kind says) within its own lead time.
    An item that another site makes or buys is moved from there (makers before buyers, then by code).

    Parameters
    ----------
    places
        item, site: the buffers.
    sourced
        Methods that the data name.

    Returns
    -------
    DataFrame
        `COLUMNS`, none of a place that `sourced` has.
    """
    bare = places.join(sourced, on=PLACE, how="anti").join(_items(snapshot), on="item")
    senders = (
        sourced.filter(pl.col("kind") != MOVE)
        .sort("item", "kind", "priority", "site")
        .unique("item", keep="first", maintain_order=True)
        .select("item", sender="site")
    )
    bare = bare.join(senders, on="item", how="left").sort(PLACE)
    is_move, is_buy = pl.col("sender").is_not_null(), pl.col("item_kind") == "buy"
    assumed = bare.with_columns(
        kind=pl.when(is_move).then(pl.lit(MOVE)).when(is_buy).then(pl.lit(BUY)).otherwise(pl.lit(MAKE)),
        source=pl.col("sender").fill_null(""),
        source_site="sender",
        lead_seconds=pl.when(is_move).then(TRANSFER_DAYS * DAY).otherwise(pl.col("item_lead")).round(),
        lead_seconds_per_unit=pl.lit(0.0),
        lot_minimum=pl.when(is_move).then(0.0).otherwise("item_minimum"),
        lot_multiple=pl.when(is_move).then(0.0).otherwise("item_multiple"),
        lot_maximum=pl.when(is_move).then(float("inf")).otherwise("item_maximum"),
        yields=pl.lit(1.0),
        valid_from=pl.lit(FAR_PAST),
        valid_to=pl.lit(FAR_FUTURE),
        priority=pl.lit(1),
        routing=pl.lit(""),
        capacity_per_week=pl.lit(float("inf")),
    )
    for item, site, kind, sender in (
        assumed.filter(pl.col("item_kind") != "phantom").select("item", "site", "kind", "sender").iter_rows()
    ):
        findings.add(_assumption(item, site, kind, sender))
    return assumed.select(_cast())


def _assumption(item: str, site: str, kind: int, sender: str | None) -> Finding:
    value = f"{item} @ {site}"
    if kind == MOVE:
        rule = "an item that is neither made nor bought at a site is moved there"
        remedy = f"It is taken from {sender} within {TRANSFER_DAYS:g} day; add a supply term of supplier {sender!r}"
        return Finding("supply_term", rule, remedy, value=value, severity="note")
    if kind == BUY:
        rule, remedy = "a bought item has a supply term", "Its own lead time is taken; add a supply term"
        return Finding("supply_term", rule, remedy, value=value, severity="warning")
    rule, remedy = "an item that is made has a routing", "Its own lead time is taken; add a routing"
    return Finding("routing", rule, remedy, value=value, severity="warning")


def _cast(**given: pl.Expr) -> list[pl.Expr]:
    lead = pl.col("lead_seconds").clip(upper_bound=LONGEST_LEAD)
    usual = {"source_item": pl.lit(None, dtype=pl.String), "takes_bill": pl.lit(False), "lead_seconds": lead} | given
    return [usual.get(name, pl.col(name)).cast(dtype).alias(name) for name, dtype in COLUMNS.items()]
