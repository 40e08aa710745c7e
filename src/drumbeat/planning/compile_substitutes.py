"""Compile what may stand in for what: by spare stock where an item is late, or for good once it is used up."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import polars as pl

from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.describe_plan import to_moments
from drumbeat.planning.engine.choose_substitutes import Replacements, Substitutes
from drumbeat.planning.engine.problem import MOVE
from drumbeat.planning.list_methods import COLUMNS, PLACE, Clock

SPARE = ["when_late", "stock_first"]


def list_stand_ins(snapshot: Snapshot, places: pl.DataFrame) -> pl.DataFrame:
    """List the places of what may stand in for the items of places: item, site."""
    return places.join(snapshot["substitute"], on="item").select(item="substitute", site="site").unique()


def replace_used_up(snapshot: Snapshot, methods: pl.DataFrame, places: pl.DataFrame, clock: Clock) -> pl.DataFrame:
    """Let items that are used up be ordered until the day on which their substitute takes over, and taken from it then.

    Parameters
    ----------
    methods
        As `list_sourced` and `list_assumed` give them.
    places
        item, site, buffer.
    """
    rows = snapshot["substitute"].filter(pl.col("use").cast(pl.String) == "use_up")
    if not rows.height:
        return methods
    lines = (
        places.select(PLACE)
        .join(rows, on="item")
        .join(places.select(substitute="item", site="site"), on=["substitute", "site"])
        .join(clock.offsets(snapshot), on="site")
        .with_columns(clock.validity())
    )
    begins = lines.group_by(PLACE).agg(begins=pl.col("valid_from").min())
    ended = methods.join(begins, on=PLACE, how="left").with_columns(pl.min_horizontal("valid_to", "begins"))
    ended = ended.filter(pl.col("valid_from") < pl.col("valid_to"))
    stand_in = lines.select(
        "item", "site", pl.col("valid_from", "valid_to", "priority"), kind=pl.lit(MOVE), source="substitute",
        source_site="site", source_item="substitute", lead_seconds=pl.lit(0), lead_seconds_per_unit=pl.lit(0.0),
        lot_minimum=pl.lit(0.0), lot_multiple=pl.lit(0.0), lot_maximum=pl.lit(float("inf")),
        yields=1.0 / pl.col("ratio"), routing=pl.lit(""), capacity_per_week=pl.lit(float("inf")),
        takes_bill=pl.lit(False),
    )  # fmt: skip
    names = [pl.col(name).cast(dtype) for name, dtype in COLUMNS.items()]
    return pl.concat([ended.select(names), stand_in.select(names)])


def compile_substitutes(snapshot: Snapshot, places: pl.DataFrame) -> Substitutes | None:
    """Compile the substitutes whose spare stock is taken; None where there are none.

    Parameters
    ----------
    places
        item, site, buffer.
    """
    rows = snapshot["substitute"].filter(pl.col("use").cast(pl.String).is_in(SPARE))
    if not rows.height:
        return None
    clock = Clock(snapshot.as_of)
    lines = (
        places.join(rows, on="item")
        .join(places.select(substitute="item", site="site", other="buffer"), on=["substitute", "site"])
        .join(places.select(used_in="item", site="site", parent="buffer"), on=["used_in", "site"], how="left")
        .filter(pl.col("used_in").is_null() | pl.col("parent").is_not_null())
        .join(clock.offsets(snapshot), on="site")
        .with_columns(clock.validity())
        .sort("buffer", "priority", "position", "other")
    )
    return Substitutes(
        lines["buffer"].to_numpy().astype(np.int32),
        lines["other"].to_numpy().astype(np.int32),
        lines["parent"].fill_null(-1).to_numpy().astype(np.int32),
        lines["ratio"].to_numpy().astype(np.float64),
        (lines["use"].cast(pl.String) == "stock_first").to_numpy().astype(np.bool_),
        lines["valid_from"].to_numpy().astype(np.int64),
        lines["valid_to"].to_numpy().astype(np.int64),
    )


def add_replacements_to(actions: pl.DataFrame, replacements: pl.DataFrame) -> pl.DataFrame:
    """Put replacements among the action messages, after the shortages: kind replace."""
    if not replacements.height:
        return actions
    rows = replacements.select(
        "subject", "item", "site", "quantity", "reason", kind=pl.lit("replace"), from_at="at", to_at="at"
    ).select(pl.col(name).cast(dtype) for name, dtype in actions.schema.items())
    is_short = pl.col("kind") == "short"
    return pl.concat([actions.filter(is_short), rows, actions.filter(~is_short)])


def describe_replacements(
    substitutes: Substitutes, replacements: Replacements, places: pl.DataFrame, as_of: datetime
) -> pl.DataFrame:
    """Describe what is taken in place of what.

    Returns
    -------
    DataFrame
        item, site, quantity (units replaced), substitute, units (taken of it), at, reason.
    """
    line = replacements.line
    old, new = places[substitutes.buffer[line].tolist()], places[substitutes.substitute[line].tolist()]
    first = substitutes.comes_first[line]
    why = ["it is in stock" if one else "the item would come too late" for one in first.tolist()]
    return (
        pl.DataFrame(
            [
                old["item"],
                old["site"],
                pl.Series("quantity", replacements.quantity, dtype=pl.Float64),
                new["item"].alias("substitute"),
                pl.Series("units", replacements.quantity * substitutes.ratio[line], dtype=pl.Float64),
                to_moments(replacements.time, as_of).alias("at"),
                pl.Series("why", why, dtype=pl.String),
            ]
        )
        .with_columns(reason=pl.format("Take {} of {} from stock: {}", pl.col("units").round(6), "substitute", "why"))
        .drop("why")
    )
