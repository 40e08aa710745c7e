"""Reading published series: the M3 competition, and weekly orange juice with prices and promotions."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import polars as pl

from drumbeat.demand.engine.problem import Effects, History

CYCLES = {"MONTHLY": 12, "QUARTERLY": 4, "YEARLY": 1, "OTHER": 1}


def make_history(past: list[np.ndarray], cycle: int) -> History:
    """Put series side by side."""
    ptr = np.concatenate(([0], np.cumsum([len(part) for part in past]))).astype(np.int64)
    keys = np.array([f"S{number}" for number in range(len(past))], dtype=object)
    return History(keys, ptr, np.concatenate(past).astype(np.float64), cycle)


def read_m3(path: Path, period: str) -> tuple[History, np.ndarray]:
    """Read the series of one kind of period: the past, and what came, shape (S, H)."""
    with path.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["period"] == period]
    past = [np.array(row["train(;)"].split(";"), dtype=np.float64) for row in rows]
    future = np.array([[float(value) for value in row["test(;)"].split(";")] for row in rows])
    return make_history(past, CYCLES[period]), future


def measure_smape(actual: np.ndarray, mean: np.ndarray) -> float:
    """Symmetric mean absolute percentage error, as the competition computed it."""
    return float(np.mean(200 * np.abs(actual - mean) / (np.abs(actual) + np.abs(mean))))


def read_promotions(path: Path, weeks: int, fewest: int = 20) -> tuple[History, Effects, np.ndarray, np.ndarray]:
    """Hold the last weeks out; of them, prices and promotions are known, sales are not.

    Effects are the logarithm of the price, deal, feature; what the other brands of the store do (the mean logarithm of
    their prices, and how many of them are featured); and price and feature of the week before, which fill larders. A
    brand at its stores is a group.

    Returns
    -------
    tuple
        History; effects; what was sold, shape (S, weeks), NaN where no row is; whether the week was promoted, likewise.
    """
    rows = pl.read_csv(path).sort("store", "brand", "week").with_columns(pl.col("price").log().alias("log_price"))
    others = rows.group_by("store", "week").agg(
        pl.col("log_price").sum().alias("prices"), pl.col("feat").sum().alias("feats"), pl.len().alias("brands")
    )
    rows = rows.join(others, on=["store", "week"], maintain_order="left").with_columns(
        ((pl.col("prices") - pl.col("log_price")) / (pl.col("brands") - 1).clip(1)).alias("other_price"),
        ((pl.col("feats") - pl.col("feat")) / (pl.col("brands") - 1).clip(1)).alias("other_feature"),
    )
    rows = rows.sort("store", "brand", "week").with_columns(
        pl.col("log_price").shift(1).over("store", "brand").fill_null(pl.col("log_price")).alias("price_before"),
        pl.col("feat").shift(1).over("store", "brand").fill_null(0).alias("feature_before"),
    )
    columns = ["log_price", "deal", "feat", "other_price", "other_feature", "price_before", "feature_before"]
    brands = []
    last = int(rows["week"].max()) - weeks  # type: ignore[arg-type]
    past, effects, future, actual, promoted = [], [], [], [], []
    for (_, brand), part in rows.group_by("store", "brand", maintain_order=True):
        known, coming = part.filter(pl.col("week") <= last), part.filter(pl.col("week") > last)
        if known.height < fewest or not coming.height:
            continue
        place = coming["week"].to_numpy() - last - 1
        ahead, sold = np.zeros((weeks, len(columns))), np.full(weeks, np.nan)
        special = np.zeros(weeks, dtype=np.bool_)
        ahead[place] = coming.select(columns).to_numpy()
        sold[place] = coming["units"]
        special[place] = (coming["deal"] + coming["feat"]).to_numpy() > 0
        brands.append(brand)
        past.append(known["units"].to_numpy().astype(np.float64))
        effects.append(known.select(columns).to_numpy())
        future.append(ahead)
        actual.append(sold)
        promoted.append(special)
    group = np.unique(np.array(brands), return_inverse=True)[1].astype(np.int64)
    told = Effects(tuple(columns), np.concatenate(effects), np.array(future), group=group)
    return make_history(past, 1), told, np.array(actual), np.array(promoted)


def measure_wape(actual: np.ndarray, mean: np.ndarray, chosen: np.ndarray) -> float:
    """Sum of absolute errors over what was sold, in the chosen cells that are known."""
    cells = chosen & ~np.isnan(actual)
    return float(np.abs(mean - actual)[cells].sum() / actual[cells].sum())
