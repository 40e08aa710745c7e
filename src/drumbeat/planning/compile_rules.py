"""Compile how lots are sized, and how much earlier than needed orders are to arrive: the items' own settings."""

from __future__ import annotations

import numpy as np
import polars as pl

from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.engine.problem import (
    AS_NEEDED,
    BY_PERIOD,
    ECONOMIC,
    ECONOMIC_PERIOD,
    FOR_EACH,
    LEAST_COST,
    SILVER_MEAL,
    LotRules,
)

RULES = {
    "as_needed": AS_NEEDED, "fixed": AS_NEEDED, "by_period": BY_PERIOD, "economic": ECONOMIC,
    "economic_period": ECONOMIC_PERIOD, "least_cost": LEAST_COST, "silver_meal": SILVER_MEAL,
    "for_each": FOR_EACH,
}  # fmt: skip
"""The one size of `fixed` is a matter of the method: its smallest lot is its largest."""
DAY, YEAR_DAYS = 86_400, 365.0
SHORTEST_PERIOD, LONGEST_PERIOD = 3_600, 36_500 * DAY
"""Seconds; whatever is said to be longer than a hundred years is a hundred years."""


def compile_rules(snapshot: Snapshot, places: pl.DataFrame) -> LotRules | None:
    """Compile the items' lot rules and safety times; None where every item orders what it needs, when it needs it.

    Parameters
    ----------
    places
        item, site, buffer.
    """
    items = snapshot["item"].select(
        pl.col("code").alias("item"), "lot_days", "order_cost", "holding_rate", "safety_days",
        pl.col("lot_rule").cast(pl.String).replace_strict(RULES, return_dtype=pl.Int8).alias("rule"),
        pl.col("cost").cast(pl.Float64).fill_null(0.0).alias("cost"),
        pl.col("kind").cast(pl.String).alias("kind"),
    )  # fmt: skip
    if not items.filter((pl.col("rule") != AS_NEEDED) | (pl.col("safety_days") > 0)).height:
        return None
    rows = places.join(items, on="item", how="left", maintain_order="left").with_columns(
        # A phantom has no orders of its own.
        safety=pl.when(pl.col("kind") == "phantom")
        .then(0.0)
        .otherwise(pl.col("safety_days") * DAY)
        .clip(upper_bound=LONGEST_PERIOD),
        holding=pl.col("cost") * pl.col("holding_rate") / YEAR_DAYS,
        period=(pl.col("lot_days") * DAY).clip(SHORTEST_PERIOD, LONGEST_PERIOD),
    )
    return LotRules(
        rows["rule"].to_numpy().astype(np.int8),
        rows["period"].round().to_numpy().astype(np.int64),
        rows["order_cost"].cast(pl.Float64).fill_null(0.0).to_numpy().astype(np.float64),
        rows["holding"].to_numpy().astype(np.float64),
        rows["safety"].round().to_numpy().astype(np.int64),
    )
