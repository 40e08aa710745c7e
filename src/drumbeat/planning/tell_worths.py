"""Tell the master plan's limits as prices: what one more hour, unit of supply or coin of the budget would save."""

from __future__ import annotations

import polars as pl

LEAST = 1e-6
"""What is worth less is rounding."""
KINDS = {
    "hour": "One more hour on {what} in the week of {day} is worth {worth:,.0f}",
    "supply": "One more {what} from {source} in the week of {day} is worth {worth:,.2f}",
    "budget": "One more of money in the week of {day} saves {worth:,.2f}",
}
"""Kinds of limits, and how each is told."""


def tell_worths(hours: pl.DataFrame, quantities: pl.DataFrame, budgets: pl.DataFrame, most: int = 10) -> pl.DataFrame:
    """Return what one more of each limit that binds is worth, the dearest of each kind first.

    Parameters
    ----------
    hours
        resource, site, week_start, worth.
    quantities
        item, source, site, week_start, worth.
    budgets
        week_start, worth.
    most
        Rows of each kind.

    Returns
    -------
    DataFrame
        kind (`KINDS`), what (machine or item; "" of the budget), source (supplier), site, week_start, worth (money),
        sentence. Empty where no limit binds.
    """
    parts = []
    for kind, frame, what in (("hour", hours, "resource"), ("supply", quantities, "item"), ("budget", budgets, "")):
        named = {"what": what, "source": "source" if kind == "supply" else "", "site": "site" if what else ""}
        columns = [pl.col(name).alias(out) if name else pl.lit("").alias(out) for out, name in named.items()]
        dear = frame.filter(pl.col("worth") > LEAST).select(
            pl.lit(kind).alias("kind"), *columns, pl.col("week_start").cast(pl.Datetime("us", "UTC")),
            pl.col("worth").cast(pl.Float64),
        )  # fmt: skip
        order = ["worth", "what", "source", "week_start"]
        parts.append(dear.sort(order, descending=[True, False, False, False]).head(most))
    told = pl.concat(parts)
    sentences = [KINDS[row["kind"]].format(**row, day=f"{row['week_start']:%-d %b}") for row in told.to_dicts()]
    return told.with_columns(pl.Series("sentence", sentences, dtype=pl.String))
