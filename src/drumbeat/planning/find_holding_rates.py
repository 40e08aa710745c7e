"""What keeping stock costs: the site's holding rate where finance names one, otherwise the item's."""

from __future__ import annotations

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Floats
from drumbeat.data.snapshot import Snapshot


def find_holding_rates(snapshot: Snapshot, places: pl.DataFrame) -> Floats:
    """Return the share of its cost that a year in stock costs, for each row of `places` (item, site)."""
    rates = snapshot["holding_rate"].select("site", site_rate="rate")
    items = snapshot["item"].select(item="code", item_rate="holding_rate")
    joined = places.join(rates, on="site", how="left", maintain_order="left").join(
        items, on="item", how="left", maintain_order="left"
    )
    rate = joined.select(pl.coalesce("site_rate", "item_rate", pl.lit(0.0))).to_series()
    shares: Floats = rate.to_numpy().astype(np.float64)
    return shares
