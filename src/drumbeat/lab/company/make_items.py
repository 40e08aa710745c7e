"""The demo company's items, bills of material and routings: each part of the catalogue in every variant."""

from __future__ import annotations

from datetime import date

import polars as pl

from drumbeat.lab.company.catalogue import (
    AALEN,
    BOUGHT,
    COATED,
    COLOURS,
    FAMILIES,
    GROUPS,
    OPERATIONS,
    PARTS,
    POWDER_KG,
    RAPIDS,
)
from drumbeat.lab.company.make_people import welding_skill
from drumbeat.lab.company.size import Size

Frames = dict[str, pl.DataFrame]
ECN_DAY = date(2026, 2, 2)
"""Engineering change: the seal kit of the pumps changed on this day."""

BARS = ("BAR-S", "BAR-M", "BAR-L")
EDGES = ("EDGE-OAK", "EDGE-WHITE", "EDGE-BLACK")


def make_variants(size: Size) -> pl.DataFrame:
    """Number the variants of every family in every cell.

    Returns
    -------
    polars.DataFrame
        Columns `family`, `site`, `cell` (1, 2, ...), `variant` (0, 1, ...) and `number`, the digits of the code.
    """
    rows = [
        {"family": family.prefix, "site": family.site, "variant": variant}
        for family in FAMILIES
        for variant in range(family.variants)
    ]
    cells = pl.DataFrame({"cell": range(1, size.cells + 1)}, schema={"cell": pl.Int64})
    return (
        cells.join(pl.DataFrame(rows), how="cross")
        .with_columns(number=pl.col("cell") * 100 + pl.col("variant") * 10 + 10)
        .select("family", "site", "cell", "variant", "number")
    )


def make_parts(variants: pl.DataFrame) -> pl.DataFrame:
    """Make one row for each part that is made: its code, its place on the bill and its colour or setup family."""
    catalogue = pl.DataFrame(
        [
            {
                "prefix": part.prefix,
                "family": part.family,
                "label": part.name,
                "per_product": part.per_product,
                "parent": part.parent,
                "early_days": float(part.early_days),
                "cost": float(part.cost),
                "price": float(part.price),
            }
            for part in PARTS
        ]
    )
    colours = pl.DataFrame(
        [
            {"family": family, "variant": variant, "colour": colour}
            for family, found in COLOURS.items()
            for variant, colour in enumerate(found)
        ]
    )
    bars, edges = pl.Series(BARS), pl.Series(EDGES)
    third = pl.col("variant") % 3
    setup_family = (
        pl.when(pl.col("prefix").is_in(COATED))
        .then(pl.col("colour"))
        .when(pl.col("prefix").is_in(["DT", "ST", "CP"]))
        .then(third.replace_strict({0: edges[0], 1: edges[1], 2: edges[2]}))
        .when(pl.col("prefix").is_in(["SH", "SP", "IM"]))
        .then(third.replace_strict({0: bars[0], 1: bars[1], 2: bars[2]}))
        .otherwise(pl.lit(""))
    )
    return (
        variants.join(catalogue, on="family", how="inner", maintain_order="left_right")
        .join(colours, on=["family", "variant"], how="left", maintain_order="left")
        .with_columns(
            code=pl.format("{}-{}", "prefix", "number"),
            parent_code=pl.when(pl.col("parent").is_not_null()).then(pl.format("{}-{}", "parent", "number")),
            setup_family=setup_family.fill_null(""),
        )
    )


def make_bought(variants: pl.DataFrame) -> pl.DataFrame:
    """Make one row for each bought item and each part that it goes into.

    Returns
    -------
    polars.DataFrame
        Columns `code`, `catalogue` (code in the catalogue), `name`, `site`, `unit`, `cost`, `parent_code`,
        `quantity_per`, `scrap`.
    """
    families = {part.prefix: part.family for part in PARTS}
    rows: list[pl.DataFrame] = []
    for bought in BOUGHT:
        for parent, quantity_per, scrap in bought.parents:
            users = variants.filter(pl.col("family") == families[parent])
            own = pl.format(f"{bought.code}-{{}}", "number") if bought.each_variant else pl.lit(bought.code)
            name = pl.format(f"{bought.name} {{}}", "number") if bought.each_variant else pl.lit(bought.name)
            rows.append(
                users.select(
                    own.alias("code"),
                    pl.lit(bought.code).alias("catalogue"),
                    name.alias("name"),
                    "site",
                    pl.lit(bought.unit).alias("unit"),
                    pl.lit(float(bought.cost)).alias("cost"),
                    pl.format(f"{parent}-{{}}", "number").alias("parent_code"),
                    pl.lit(float(quantity_per)).alias("quantity_per"),
                    pl.lit(float(scrap)).alias("scrap"),
                )
            )
    for part, kilograms in POWDER_KG.items():
        for variant, colour in enumerate(COLOURS[families[part]]):
            users = variants.filter((pl.col("family") == families[part]) & (pl.col("variant") == variant))
            rows.append(
                users.select(
                    pl.lit(f"POWDER-{colour}").alias("code"),
                    pl.lit("POWDER").alias("catalogue"),
                    pl.lit(f"Powder, {colour.lower()}").alias("name"),
                    pl.lit(RAPIDS).alias("site"),
                    pl.lit("kg").alias("unit"),
                    pl.lit(8.4).alias("cost"),
                    pl.format(f"{part}-{{}}", "number").alias("parent_code"),
                    pl.lit(kilograms).alias("quantity_per"),
                    pl.lit(0.05).alias("scrap"),
                )
            )
    return pl.concat(rows)


def lead_days(site: pl.Expr, parent: pl.Expr) -> pl.Expr:
    """Days that an order of a product, or of a part of one, takes as planners count them."""
    in_aalen = pl.when(parent.is_null()).then(3.0).otherwise(2.5)
    return pl.when(site == AALEN).then(in_aalen).otherwise(2.0)


def make_items(parts: pl.DataFrame, bought: pl.DataFrame) -> Frames:
    """Make items, revisions and bills of material."""
    made = parts.select(
        "code",
        pl.format("{} {}", "label", "number").alias("name"),
        pl.lit("make").alias("kind"),
        pl.lit("pc").alias("unit"),
        "cost",
        "price",
        lead_days(pl.col("site"), pl.col("parent")).alias("lead_time_days"),
        pl.lit(10.0).alias("lot_minimum"),
        pl.lit(1.0).alias("lot_multiple"),
        "setup_family",
    )
    supply_days = {one.code: float(one.suppliers[0][1]) for one in BOUGHT} | {"POWDER": 12.0, "SEAL-B": 14.0}
    purchased = bought.unique("code", keep="first", maintain_order=True).select(
        "code",
        "name",
        pl.lit("buy").alias("kind"),
        "unit",
        "cost",
        pl.lit(0.0).alias("price"),
        pl.col("catalogue").replace_strict(supply_days).alias("lead_time_days"),
        pl.lit(0.0).alias("lot_minimum"),
        pl.lit(0.0).alias("lot_multiple"),
        pl.lit("").alias("setup_family"),
    )
    phased_in = purchased.filter(pl.col("code") == "SEAL-A").with_columns(
        code=pl.lit("SEAL-B"), name=pl.lit("Seal kit, fluorocarbon"), cost=pl.lit(14.5)
    )
    lifecycle = pl.when(pl.col("code") == "SEAL-A").then(pl.lit("phase_out")).otherwise(pl.lit("active"))
    items = pl.concat([made, purchased, phased_in]).with_columns(lifecycle=lifecycle)
    return {"item": items, "revision": _revisions(parts), "bill_line": _bills(parts, bought)}


def _revisions(parts: pl.DataFrame) -> pl.DataFrame:
    products = parts.filter(pl.col("parent").is_null())
    old = products.select(
        pl.format("{}/A", "code").alias("code"),
        pl.col("code").alias("item"),
        pl.lit("A").alias("label"),
        pl.lit(date(2023, 5, 1)).alias("valid_from"),
        pl.lit(date(2025, 8, 31)).alias("valid_to"),
    )
    new = products.select(
        pl.format("{}/B", "code").alias("code"),
        pl.col("code").alias("item"),
        pl.lit("B").alias("label"),
        pl.lit(date(2025, 9, 1)).alias("valid_from"),
        pl.lit(None, dtype=pl.Date).alias("valid_to"),
    )
    return pl.concat([old, new])


def _bills(parts: pl.DataFrame, bought: pl.DataFrame) -> pl.DataFrame:
    made = parts.filter(pl.col("parent").is_not_null()).select(
        pl.col("parent_code").alias("item"),
        pl.col("code").alias("component"),
        pl.col("per_product").cast(pl.Float64).alias("quantity_per"),
        pl.lit(0.0).alias("scrap"),
    )
    purchased = bought.select(
        pl.col("parent_code").alias("item"), pl.col("code").alias("component"), "quantity_per", "scrap"
    )
    # A sit-stand desk stands on two lift columns, which the other plant makes.
    columns = parts.filter(pl.col("prefix") == "SD").select(
        pl.col("code").alias("item"),
        pl.format("LC-{}", pl.col("cell") * 100 + 10).alias("component"),
        pl.lit(2.0).alias("quantity_per"),
        pl.lit(0.0).alias("scrap"),
    )
    none = pl.lit(None, dtype=pl.Date)
    lines = pl.concat([made, columns, purchased]).with_columns(
        valid_from=none,
        valid_to=pl.when(pl.col("component") == "SEAL-A").then(pl.lit(ECN_DAY).dt.offset_by("-1d")).otherwise(none),
    )
    change = lines.filter(pl.col("component") == "SEAL-A").with_columns(
        component=pl.lit("SEAL-B"), valid_from=pl.lit(ECN_DAY), valid_to=none
    )
    return (
        pl.concat([lines, change])
        .with_columns(position=10 * pl.int_range(1, pl.len() + 1).over("item", order_by="component"))
        .sort("item", "position")
    )


def make_routings(parts: pl.DataFrame) -> Frames:
    """Make routings, operations, the machines that can do them and the people whom they hold."""
    groups = {group.prefix: group for group in GROUPS}
    steps = pl.DataFrame(
        [
            {
                "prefix": prefix,
                "step": 10 * (step + 1),
                "group": group,
                "op_name": groups[group].capability,
                "setup_minutes": float(setup),
                "run_minutes": float(run),
                "operation_yield": float(share),
                "skill": groups[group].skill,
                "count": groups[group].count,
            }
            for prefix, operations in OPERATIONS.items()
            for step, (group, setup, run, share) in enumerate(operations)
        ]
    )
    routings = parts.select(
        pl.format("R-{}", "code").alias("code"),
        pl.format("{} {}", "label", "number").alias("name"),
        pl.col("code").alias("item"),
        "site",
    )
    expanded = (
        parts.select("code", "prefix", "cell", "number", "parent")
        .join(steps, on="prefix", how="inner", maintain_order="left_right")
        .with_columns(operation=pl.format("R-{}/{}", "code", "step"))
    )
    operations = expanded.select(
        pl.col("operation").alias("code"),
        pl.col("op_name").alias("name"),
        pl.format("R-{}", "code").alias("routing"),
        pl.col("step").alias("sequence"),
        pl.col("op_name").alias("capability"),
        "setup_minutes",
        "run_minutes",
        # Coated parts cool down before they are handled.
        pl.when(pl.col("group") == "GR-COAT").then(60.0).otherwise(0.0).alias("wait_minutes"),
        "operation_yield",
        # What is packed or tested follows assembly in part lots.
        pl.when(pl.col("parent").is_null() & (pl.col("step") == 10)).then(10.0).otherwise(0.0).alias("transfer_lot"),
    )
    return {
        "routing": routings,
        "operation": operations,
        "operation_resource": _machines_of(expanded),
        "crew_need": expanded.select(
            "operation",
            welding_skill(pl.col("skill"), pl.col("cell")).alias("skill"),
            pl.lit(1).alias("num_people"),
            pl.lit(2).alias("minimum_level"),
        ),
    }


def _machines_of(expanded: pl.DataFrame) -> pl.DataFrame:
    """List the machines of the item's own cell, the first of them preferred, the last one some 10 % slower."""
    many = expanded.with_columns(place=pl.int_ranges(1, pl.col("count") + 1)).explode("place")
    number = ((pl.col("cell") - 1) * pl.col("count") + pl.col("place")).cast(pl.String).str.zfill(2)
    is_old = (pl.col("place") == pl.col("count")) & pl.col("group").is_in(["AA-TURN", "AA-MILL", "GR-ROUTE"])
    return many.select(
        "operation",
        pl.format("{}-{}", "group", number).alias("resource"),
        pl.lit("machine").alias("need"),
        pl.when(is_old).then(0.9).otherwise(1.0).alias("speed"),
        pl.lit(1).alias("priority"),
    )
