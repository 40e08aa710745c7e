"""Which machines can run each operation."""

from __future__ import annotations

import polars as pl

from drumbeat.data.snapshot import Snapshot


def list_alternatives(snapshot: Snapshot) -> pl.DataFrame:
    """Return operation, item, site, resource, speed, priority: machines and subcontractors that can run each operation.

    Those listed for the operation; where none is listed, those of its site that have its capability.
    """
    kind = pl.col("kind").cast(pl.String)
    able = snapshot["resource"].filter(kind.is_in(["machine", "subcontractor"]))
    able = able.select(pl.col("code").alias("resource"), pl.col("site").alias("at"), "capability")
    operations = (
        snapshot["operation"]
        .select(pl.col("code").alias("operation"), "routing", "capability")
        .join(snapshot["routing"].select(pl.col("code").alias("routing"), "item", "site"), on="routing")
    )
    listed = (
        snapshot["operation_resource"]
        .join(able.select("resource"), on="resource", how="semi")
        .join(operations.select("operation", "item", "site"), on="operation")
        .select("operation", "item", "site", "resource", "speed", "priority")
    )
    capable = (
        operations.filter(pl.col("capability") != "")
        .join(listed.select("operation").unique(), on="operation", how="anti")
        .join(able, left_on=["site", "capability"], right_on=["at", "capability"])
        .select(
            "operation", "item", "site", "resource",
            pl.lit(1.0).alias("speed"), pl.lit(1, dtype=pl.Int64).alias("priority"),
        )
    )  # fmt: skip
    both = pl.concat([listed, capable]).unique(["operation", "resource"], keep="first", maintain_order=True)
    return both.sort("operation", "priority", "resource")
