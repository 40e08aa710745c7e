"""Measure how long suppliers take: the lead time that most of their deliveries kept, not the average."""

from __future__ import annotations

import polars as pl

KEPT_SHARE = 0.85
"""Share of deliveries that come within the lead time that is planned with."""
SPREADS = 1.0364
"""Standard deviations above the mean that a normal lead time keeps with that share."""
FEWEST = 8
"""Deliveries from which a measured lead time goes before the agreed one."""


def measure_lead_times(purchases: pl.DataFrame) -> pl.DataFrame:
    """Measure the lead time of each supplier and item from the purchase orders that have been received.

    Parameters
    ----------
    purchases
        Table purchase_order.

    Returns
    -------
    DataFrame
        supplier, item, measured_days (the `KEPT_SHARE` quantile, nearest rank above), num_deliveries; only where there
        are `FEWEST` deliveries or more with both their dates.
    """
    days = (pl.col("received_at") - pl.col("ordered_at")).dt.total_seconds() / 86_400
    return (
        purchases.filter(
            (pl.col("state").cast(pl.String) == "received")
            & pl.col("supplier").is_not_null()
            & pl.col("received_at").is_not_null()
            & pl.col("ordered_at").is_not_null()
            & (pl.col("received_at") >= pl.col("ordered_at"))
        )
        .with_columns(days=days)
        .group_by("supplier", "item")
        .agg(measured_days=pl.col("days").quantile(KEPT_SHARE, interpolation="higher"), num_deliveries=pl.len())
        .filter(pl.col("num_deliveries") >= FEWEST)
        .sort("supplier", "item")
    )
