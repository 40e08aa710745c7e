"""What work consumes and makes, what is there, and what arrives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from drumbeat.data.snapshot import Snapshot
from drumbeat.scheduling.compile_links import is_optional
from drumbeat.scheduling.compile_orders import Work, list_kept_phantoms
from drumbeat.scheduling.compile_resources import seconds_between
from drumbeat.scheduling.engine.problem import Materials

DEEPEST_PHANTOM = 20


def name_material(item: pl.Expr, site: pl.Expr) -> pl.Expr:
    """Return the key of an item at a site."""
    return item + " @ " + site


def find_components(snapshot: Snapshot, kept: Sequence[str] = ()) -> pl.DataFrame:
    """Return what one unit of each item takes: item, component, quantity, and the days on which that holds.

    Phantoms are replaced by what they take, but for those `kept`. `valid_from` and `valid_to` are inclusive; null = no
    bound.
    """
    revisions = snapshot["revision"].select(
        pl.col("code").alias("revision"), pl.col("valid_from").alias("drawn_from"), pl.col("valid_to").alias("drawn_to")
    )
    lines = (
        snapshot["bill_line"]
        .join(revisions, on="revision", how="left", maintain_order="left")
        .select(
            "item",
            "component",
            (pl.col("quantity_per") / (1.0 - pl.col("scrap"))).alias("quantity"),
            pl.max_horizontal("valid_from", "drawn_from").alias("valid_from"),
            pl.min_horizontal("valid_to", "drawn_to").alias("valid_to"),
        )
    )
    is_blown = (pl.col("kind").cast(pl.String) == "phantom") & ~pl.col("code").is_in(list(kept))
    phantom = snapshot["item"].filter(is_blown).select(pl.col("code").alias("component"))
    inner = lines.select(
        pl.col("item").alias("component"),
        pl.col("component").alias("inside"),
        pl.col("quantity").alias("each"),
        pl.col("valid_from").alias("inner_from"),
        pl.col("valid_to").alias("inner_to"),
    )
    for _ in range(DEEPEST_PHANTOM):
        hidden = lines.join(phantom, on="component", how="semi")
        if not hidden.height:
            break
        opened = hidden.join(inner, on="component").select(
            "item",
            pl.col("inside").alias("component"),
            (pl.col("quantity") * pl.col("each")).alias("quantity"),
            pl.max_horizontal("valid_from", "inner_from").alias("valid_from"),
            pl.min_horizontal("valid_to", "inner_to").alias("valid_to"),
        )
        lines = pl.concat([lines.join(phantom, on="component", how="anti"), opened])
    return lines.sort("item", "component", "valid_from")


def compile_materials(snapshot: Snapshot, work: Work, planned: pl.DataFrame | None) -> Materials:
    """Make the materials of a problem: components at the first task of an order, its product at the last.

    An order of which a task is started or done has its components already. What nobody consumes is left out, unless
    its store has a maximum.
    """
    uses = _find_uses(snapshot, work, planned)
    supplies = _find_receipts(snapshot, planned)
    stored = snapshot["stock"].select(
        name_material(pl.col("item"), pl.col("site")).alias("material"), "quantity", "storage_maximum"
    )
    taken = uses.filter(pl.col("quantity") < 0).select("material")
    bounded = stored.filter(pl.col("storage_maximum").is_not_null()).select("material")
    kept = pl.concat([taken, uses.select("material").join(bounded, on="material", how="semi")])
    consumed = kept.unique().sort("material").with_row_index("number")
    uses = uses.join(consumed, on="material", how="inner").sort("task_row", "number")
    supplies = supplies.join(consumed, on="material", how="inner").sort("due_at", "code")
    stock = consumed.join(stored, on="material", how="left").sort("number")
    most = stock["storage_maximum"]
    counts = np.bincount(uses["task_row"].to_numpy(), minlength=work.tasks.height)
    return Materials(
        consumed["material"].to_numpy().astype(np.object_),
        stock["quantity"].fill_null(0.0).to_numpy().astype(np.float64),
        np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        uses["number"].to_numpy().astype(np.int32),
        uses["quantity"].to_numpy().astype(np.float64),
        supplies["number"].to_numpy().astype(np.int32),
        np.maximum(seconds_between(snapshot.as_of, supplies["due_at"]), 0),
        supplies["quantity"].to_numpy().astype(np.float64),
        supplies["code"].to_numpy().astype(np.object_),
        most.fill_null(np.inf).to_numpy().astype(np.float64) if most.count() else np.zeros(0),
    )


def _start_days(snapshot: Snapshot, work: Work, planned: pl.DataFrame | None) -> pl.DataFrame:
    """The day by which each order's bill of material is read: order, day; its planned start, release, or today."""
    starts = pl.DataFrame(schema={"order": pl.String, "start_at": work.jobs.schema["release_at"]})
    if planned is not None and planned.height:
        starts = planned.select(pl.col("code").cast(pl.String).alias("order"), "start_at")
    at = pl.max_horizontal(pl.coalesce("start_at", "release_at").fill_null(snapshot.as_of), pl.lit(snapshot.as_of))
    return work.jobs.join(starts, on="order", how="left", maintain_order="left").select(
        "order", at.dt.date().alias("day")
    )


def _find_uses(snapshot: Snapshot, work: Work, planned: pl.DataFrame | None) -> pl.DataFrame:
    """What tasks consume (negative) and make: task_row, material, quantity."""
    columns = ("order", "state", "quantity", "operation", "skip_cost", "choice_group", "route")
    tasks = work.tasks.select(columns).with_row_index("task_row")
    # What may be left out takes nothing with it: the first and the last that are done in any case; of routes, those of
    # each.
    sure = ~is_optional() | is_optional().all().over("order") | (pl.col("route") != "")
    ends = (
        tasks.with_columns(sure.alias("sure"))
        .group_by("order", "route", maintain_order=True)
        .agg(
            pl.col("task_row").filter("sure").first().alias("first"),
            pl.col("task_row").filter("sure").last().alias("last"),
            pl.col("quantity").first().alias("started"),
            (pl.col("state") == "started").any().alias("is_started"),
        )
    )
    touched = (
        snapshot["task"].filter(pl.col("state").cast(pl.String).is_in(("started", "done"))).select("order").unique()
    )
    orders = work.jobs.join(ends, on="order", maintain_order="left").filter(pl.col("item").is_not_null())
    orders = orders.with_columns(pl.when(pl.col("route") == "").then("routing").otherwise("route").alias("routing"))
    made = orders.select(
        pl.col("last").alias("task_row"),
        name_material(pl.col("item"), pl.col("site")).alias("material"),
        pl.col("quantity"),
    )
    fresh = orders.join(touched, on="order", how="anti", maintain_order="left")
    # Orders with tasks of their own tell no started quantity by yield; there the order's quantity counts.
    gross = pl.max_horizontal("started", "quantity")
    taken = (
        fresh.filter(pl.col("source").is_null() & ~pl.col("is_started"))
        .with_columns(gross.alias("gross"))
        .join(_start_days(snapshot, work, planned), on="order", maintain_order="left")
        .select("first", "item", "site", "gross", "day")
        .join(_find_bills(snapshot, planned, orders), on=["item", "site"], maintain_order="left")
        .filter(
            ~(pl.col("valid_from") > pl.col("day")).fill_null(False)
            & ~(pl.col("valid_to") < pl.col("day")).fill_null(False)
        )
        .group_by("first", "site", "component", "gross", maintain_order=True)
        .agg(pl.col("each").sum())
        .select(
            pl.col("first").alias("task_row"),
            name_material(pl.col("component"), pl.col("site")).alias("material"),
            (-pl.col("gross") * pl.col("each")).alias("quantity"),
        )
    )
    sent = fresh.filter(pl.col("source").is_not_null()).select(
        pl.col("first").alias("task_row"),
        name_material(pl.col("item"), pl.col("source")).alias("material"),
        -pl.col("quantity"),
    )
    parts = [made, _find_beside(snapshot, orders), taken, sent]
    return pl.concat(parts, how="vertical_relaxed").filter(pl.col("quantity") != 0)


def _find_bills(snapshot: Snapshot, planned: pl.DataFrame | None, orders: pl.DataFrame) -> pl.DataFrame:
    """What the items of orders take at each site: item, site, component, each, and the days on which that holds."""
    kept = list_kept_phantoms(snapshot, planned)
    made = orders.select("item", "site").unique(maintain_order=True)
    plain = made.join(kept.select("site"), on="site", how="anti", maintain_order="left")
    parts = [plain.join(find_components(snapshot), on="item", maintain_order="left")]
    for site in kept["site"].unique(maintain_order=True):
        lines = find_components(snapshot, kept.filter(pl.col("site") == site)["item"].to_list())
        parts.append(made.filter(pl.col("site") == site).join(lines, on="item", maintain_order="left"))
    return pl.concat(parts).rename({"quantity": "each"})


def _find_beside(snapshot: Snapshot, orders: pl.DataFrame) -> pl.DataFrame:
    """What comes out beside orders, with their last task: task_row, material, quantity."""
    beside = snapshot["by_product"].select("item", "product", "quantity_per", by="routing")
    return (
        orders.filter(~pl.col("is_move"))
        .join(beside, on="item", maintain_order="left")
        .filter(pl.col("by").is_null() | pl.col("routing").is_null() | (pl.col("by") == pl.col("routing")))
        .select(
            pl.col("last").alias("task_row"),
            name_material(pl.col("product"), pl.col("site")).alias("material"),
            pl.col("quantity") * pl.col("quantity_per"),
        )
    )


def _find_receipts(snapshot: Snapshot, planned: pl.DataFrame | None) -> pl.DataFrame:
    """What arrives from outside: code, material, quantity, due_at."""
    material = name_material(pl.col("item"), pl.col("site")).alias("material")
    missing = pl.col("quantity") - pl.col("received_quantity").fill_null(0.0)
    bought = (
        snapshot["purchase_order"]
        .filter(pl.col("state").cast(pl.String) == "open")
        .select("code", material, missing.alias("quantity"), "due_at")
    )
    if planned is not None and planned.height:
        # What a subcontractor makes of what he is sent is work, not a receipt.
        sent = planned.filter("is_sent").select(pl.col("code").cast(pl.String))
        bought = bought.join(sent, on="code", how="anti", maintain_order="left")
        # What stands in for an item comes from a stock that the plan has seen to.
        planned = planned.filter(pl.col("method").cast(pl.String).is_in(("buy", "replace")) & ~pl.col("is_sent"))
        texts = [pl.col(name).cast(pl.String) for name in ("code", "item", "site")]
        planned = planned.with_columns(texts).select("code", material, pl.col("quantity").cast(pl.Float64), "due_at")
        bought = pl.concat([bought, planned], how="vertical_relaxed")
    return bought.filter(pl.col("quantity") > 0)
