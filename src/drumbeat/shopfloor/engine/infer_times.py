"""Infer setup times, run times a unit with their spread, and yields."""

from __future__ import annotations

import math

import polars as pl

from drumbeat.shopfloor.engine.infer_steps import sum_minutes

QUARTILES_TO_SIGMA = 1.349
"""Quartiles of a normal distribution lie 1.349 sigma apart."""


def measure_times(rows: pl.DataFrame) -> pl.DataFrame:
    """Measure each part at each capability: run minutes a unit, setup, yield.

    One observation is one order at one capability: all its run time there, overlaps counted once, over all units that
    came out of it. Medians and quartiles over orders resist forgotten clock-outs; the spread is the robust sigma of
    the logarithm, (ln q75 - ln q25) / 1.349.

    Parameters
    ----------
    rows
        Rows with `capability` and `is_repair`; rows still running count for nothing.

    Returns
    -------
    polars.DataFrame
        One row a part and capability that ran: `part`, `capability`, `orders` (with units), `unit_minutes`,
        `unit_minutes_low`, `unit_minutes_high`, `spread`, `setup_share`, `setup_minutes`, `units`, `yield`,
        `yield_low`, `yield_high`. Without units the times are null.
    """
    keys = ["part", "capability", "order"]
    known = rows.filter(~pl.col("is_repair") & ~pl.col("is_running"))
    run = sum_minutes(known.filter(pl.col("kind") == "run"), [*keys, "machine"])
    run = run.group_by(keys, maintain_order=True).agg(pl.col("minutes").sum().alias("run"))
    setup = sum_minutes(known.filter(pl.col("kind") == "setup"), [*keys, "machine"])
    setup = setup.group_by(keys, maintain_order=True).agg(pl.col("minutes").sum().alias("setup"))
    units = known.group_by(keys, maintain_order=True).agg(
        pl.col("good").sum(), pl.col("scrap").sum(), pl.col("review").sum()
    )
    seen = run.join(setup, on=keys, how="left", maintain_order="left").join(
        units, on=keys, how="left", maintain_order="left"
    )
    seen = seen.with_columns(made=pl.col("good") + pl.col("scrap") + pl.col("review"))
    one = pl.when((pl.col("made") > 0) & (pl.col("run") > 0)).then(pl.col("run") / pl.col("made"))
    had_setup = pl.col("setup").is_not_null()
    times = (
        seen.with_columns(one=one)
        .group_by("part", "capability")
        .agg(
            pl.col("one").count().cast(pl.Int64).alias("orders"),
            pl.col("one").median().alias("unit_minutes"),
            pl.col("one").quantile(0.25, "linear").alias("unit_minutes_low"),
            pl.col("one").quantile(0.75, "linear").alias("unit_minutes_high"),
            had_setup.mean().alias("setup_share"),
            pl.col("setup").median().alias("setup_minutes"),
            pl.col("made").sum().alias("units"),
            pl.col("scrap").sum().alias("scrap"),
        )
        .sort("part", "capability")
    )
    spread = (pl.col("unit_minutes_high").log() - pl.col("unit_minutes_low").log()) / QUARTILES_TO_SIGMA
    share = 1.0 - pl.col("scrap") / pl.col("units")
    measured = times.with_columns(
        spread=pl.when(pl.col("orders") >= 4).then(spread),
        **{"yield": pl.when(pl.col("units") > 0).then(share)},
    )
    return _add_wilson(measured).select(
        "part",
        "capability",
        "orders",
        "unit_minutes",
        "unit_minutes_low",
        "unit_minutes_high",
        "spread",
        "setup_share",
        "setup_minutes",
        "units",
        "yield",
        "yield_low",
        "yield_high",
    )


def _add_wilson(frame: pl.DataFrame) -> pl.DataFrame:
    """Add the Wilson 95 % interval of the yield (Wilson 1927)."""
    z = 1.959964
    share, number = pl.col("yield"), pl.col("units")
    centre = (share + z * z / (2 * number)) / (1 + z * z / number)
    half = z * (share * (1 - share) / number + z * z / (4 * number * number)).sqrt() / (1 + z * z / number)
    return frame.with_columns(yield_low=(centre - half).clip(0.0, 1.0), yield_high=(centre + half).clip(0.0, 1.0))


def fill_times(times: pl.DataFrame) -> pl.DataFrame:
    """Fill in what a part never showed with what its capability showed over all parts.

    Returns
    -------
    polars.DataFrame
        Columns `part`, `capability`, `unit_minutes`, `setup_minutes` (expected: share of orders with a setup x median
        setup), `step_yield`, `is_borrowed`. Where a capability never reported units, a unit takes 0 minutes.
    """
    over_all = times.group_by("capability").agg(pl.col("unit_minutes").median().alias("usual_minutes"))
    return (
        times.join(over_all, on="capability", how="left", maintain_order="left")
        .with_columns(is_borrowed=pl.col("unit_minutes").is_null())
        .select(
            "part",
            "capability",
            pl.coalesce("unit_minutes", "usual_minutes").fill_null(0.0).round(4).alias("unit_minutes"),
            (pl.col("setup_share") * pl.col("setup_minutes").fill_null(0.0)).round(2).alias("setup_minutes"),
            # A yield of 0 would need endless input; one in a hundred is the least that is believed.
            pl.col("yield").fill_null(1.0).clip(0.01, 1.0).round(5).alias("step_yield"),
            "is_borrowed",
        )
    )


def half_width(spread: float | None, num_orders: int) -> float:
    """Say how far a median may be off: 1.2533 sigma / sqrt(n), as a share, two standard errors.

    The standard error of a median of normal values is 1.2533 times that of their mean. NaN when the spread is unknown.
    """
    if spread is None or num_orders < 1 or math.isnan(spread):
        return math.nan
    return math.expm1(2.0 * 1.2533 * spread / math.sqrt(num_orders))
