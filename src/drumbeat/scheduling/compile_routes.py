"""Which routing an order is made by, or may be made by, and the tasks that follow from it."""

from __future__ import annotations

import polars as pl

from drumbeat.data.snapshot import Snapshot


def _list_valid(snapshot: Snapshot) -> pl.DataFrame:
    """Routings that hold today, the preferred ones first."""
    today = snapshot.as_of.date()
    stale = snapshot["revision"].filter((pl.col("valid_from") > today) | (pl.col("valid_to") < today)).select("code")
    valid = snapshot["routing"].join(stale, left_on="revision", right_on="code", how="anti", maintain_order="left")
    return valid.sort("priority", "code")


def list_routes(snapshot: Snapshot, jobs: pl.DataFrame) -> pl.DataFrame:
    """List the routings that orders which name none may be made by: order, routing.

    Those of the item at its site that hold today, have operations, and share the first priority; orders with one such
    routing are not listed.
    """
    timed = snapshot["operation"].select(pl.col("routing").alias("code"))
    valid = _list_valid(snapshot).filter(pl.col("priority") == pl.col("priority").min().over("item", "site"))
    ways = valid.join(timed, on="code", how="semi", maintain_order="left")
    ways = ways.filter(pl.len().over("item", "site") > 1).select("item", "site", pl.col("code").alias("routing"))
    free = jobs.filter(pl.col("routing").is_null() & ~pl.col("is_move")).select("order", "item", "site")
    return free.join(ways, on=["item", "site"], maintain_order="left_right").select("order", "routing")


def choose_routings(snapshot: Snapshot, jobs: pl.DataFrame) -> pl.DataFrame:
    """Give orders that name no routing their item's preferred one, where there is one; transfers have none."""
    preferred = (
        _list_valid(snapshot)
        .unique(["item", "site"], keep="first", maintain_order=True)
        .select("item", "site", pl.col("code").alias("usual"))
    )
    return (
        jobs.join(preferred, on=["item", "site"], how="left", maintain_order="left")
        .with_columns(pl.when(~pl.col("is_move")).then(pl.coalesce("routing", "usual")).alias("routing"))
        .drop("usual")
    )


def list_operations(snapshot: Snapshot) -> pl.DataFrame:
    """List all operations with the setup family that holds for each: its own, else its item's."""
    families = snapshot["routing"].join(
        snapshot["item"].select(pl.col("code").alias("item"), "setup_family"), on="item", how="left"
    )
    return (
        snapshot["operation"]
        .join(
            families.select(pl.col("code").alias("routing"), pl.col("setup_family").alias("item_family")),
            on="routing",
            how="left",
            maintain_order="left",
        )
        .with_columns(
            pl.when(pl.col("setup_family") == "")
            .then(pl.col("item_family"))
            .otherwise(pl.col("setup_family"))
            .fill_null("")
            .alias("family")
        )
        .rename({"code": "operation"})
    )


def expand_routings(snapshot: Snapshot, jobs: pl.DataFrame, *kept: str) -> pl.DataFrame:
    """Make the tasks of orders from their routings; quantities are grossed up for what is lost from there on."""
    operations = list_operations(snapshot).sort("routing", "sequence")
    good = pl.col("operation_yield").log().reverse().cum_sum().reverse().over("routing").exp()
    operations = operations.with_columns(good.alias("good_share"))
    return (
        jobs.filter(pl.col("routing").is_not_null())
        .select("order", "routing", pl.col("quantity").alias("wanted"))
        .join(operations, on="routing", how="inner", maintain_order="left_right")
        .with_columns((pl.col("wanted") / pl.col("good_share")).alias("quantity"))
        .select(
            (pl.col("order") + "/" + pl.col("sequence").cast(pl.String)).alias("task"),
            "order",
            "operation",
            "sequence",
            "quantity",
            "setup_minutes",
            (pl.col("lot_minutes") + pl.col("run_minutes") * pl.col("quantity")).alias("run_minutes"),
            pl.col("run_minutes").alias("unit_minutes"),
            "lot_minutes",
            "wait_minutes",
            "most_wait_minutes",
            "transfer_lot",
            "capability",
            "family",
            "can_pause",
            pl.lit("open").alias("state"),
            pl.lit(False).alias("is_fixed"),
            pl.lit(True).alias("is_expanded"),
            *kept,
        )
    )


def expand_routes(snapshot: Snapshot, jobs: pl.DataFrame) -> pl.DataFrame:
    """Make the tasks of each of the routings of orders, of which the first ones stand for choice."""
    order, first = pl.col("order"), pl.col("sequence") == pl.col("sequence").min().over("order", "routing")
    return (
        expand_routings(snapshot, jobs, "routing")
        .with_columns(
            (order + "/" + pl.col("routing") + "/" + pl.col("sequence").cast(pl.String)).alias("task"),
            pl.when(first).then(pl.lit("route")).otherwise(pl.lit("")).alias("choice_group"),
        )
        .rename({"routing": "route"})
    )
