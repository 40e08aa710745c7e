"""Project the stock of every item at every site by week, as a plan leaves it; say what runs short, and when.

Rules, so that nobody has to guess:

- Weeks count from the moment of the data. Stock is what is left at a week's end.
- What is wanted counts when it is wanted, and what is overdue in the first week.
- What is on order counts when it is promised, or when its components let it come; what is planned, when it can be
  there from now on. Advice (expedite, defer, cancel) counts only once somebody has followed it.
"""

from __future__ import annotations

from datetime import datetime

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Floats, Int32s, Int64s
from drumbeat.planning.describe_plan import to_moments
from drumbeat.planning.plan_run import PlanRun

WEEKS = 26
WEEK_SECONDS = 7 * 86_400
SMALLEST = 1e-6
"""Units below this are rounding."""


def project_stock(run: PlanRun) -> pl.DataFrame:
    """Project the stock of every item at every site of a plan.

    Returns
    -------
    DataFrame
        item, site, stock, safety, wanted, coming and planned (units in `WEEKS` weeks), lowest, short_at and low_at
        (start of the first week that ends below nothing, or below the safety stock; null = none) and weeks (a struct
        of lists: wanted, coming, planned). What runs short comes first. Items that have nothing and do nothing are
        left out.
    """
    problem, result = run.problem, run.result
    count = problem.num_buffers
    wanted = _by_week(count, result.requirements.buffer, result.requirements.need, result.requirements.quantity)
    coming = _by_week(count, problem.receipts.buffer, result.receipts.ready, problem.receipts.quantity)
    made, ready, units = _list_made(run)
    planned = _by_week(count, made, ready, units)
    stock = problem.buffers.stock[:, None] + np.cumsum(coming + planned - wanted, axis=1)
    safety = problem.buffers.safety_stock
    frame = run.places.select("item", "site").with_columns(
        pl.Series("stock", problem.buffers.stock, dtype=pl.Float64),
        pl.Series("safety", safety, dtype=pl.Float64),
        pl.Series("wanted", wanted.sum(axis=1), dtype=pl.Float64),
        pl.Series("coming", coming.sum(axis=1), dtype=pl.Float64),
        pl.Series("planned", planned.sum(axis=1), dtype=pl.Float64),
        pl.Series("lowest", stock.min(axis=1), dtype=pl.Float64),
        _first_week(stock < -SMALLEST, run.as_of).alias("short_at"),
        _first_week(stock < safety[:, None] - SMALLEST, run.as_of).alias("low_at"),
        pl.struct(_lists("wanted", wanted), _lists("coming", coming), _lists("planned", planned)).alias("weeks"),
    )
    is_used = (problem.buffers.stock > 0) | (safety > 0)
    for busy in (result.requirements.buffer, problem.receipts.buffer, made):
        is_used[busy] = True
    return frame.filter(pl.Series(is_used)).sort("short_at", "low_at", "item", "site", nulls_last=True)


def _list_made(run: PlanRun) -> tuple[Int32s, Int64s, Floats]:
    """Buffer, time and units of all that planned orders bring, what comes out beside them too."""
    orders, outputs = run.result.orders, run.problem.outputs
    if outputs is None:
        return orders.buffer, orders.ready, orders.quantity
    first, counts = outputs.ptr[orders.method], np.diff(outputs.ptr)[orders.method]
    order = np.repeat(np.arange(len(counts)), counts)
    out = np.repeat(first - np.cumsum(counts) + counts, counts) + np.arange(len(order))
    return (
        np.concatenate([orders.buffer, outputs.product[out]]),
        np.concatenate([orders.ready, orders.ready[order]]),
        np.concatenate([orders.quantity, orders.quantity[order] * outputs.per[out]]),
    )


def _by_week(count: int, buffer: np.ndarray, times: Int64s, quantity: Floats) -> Floats:
    """Sum quantities by buffer and week: shape (buffers, `WEEKS`); what is later is left out."""
    week = np.maximum(times, 0) // WEEK_SECONDS
    here = week < WEEKS
    cell = buffer[here].astype(np.int64) * WEEKS + week[here]
    table: Floats = np.bincount(cell, weights=quantity[here], minlength=count * WEEKS).astype(np.float64)
    return table.reshape(count, WEEKS)


def _first_week(is_low: np.ndarray, as_of: datetime) -> pl.Series:
    """Return the start of the first week marked in each row; null = none."""
    first = pl.Series(np.argmax(is_low, axis=1) * WEEK_SECONDS, dtype=pl.Int64)
    return (
        pl.DataFrame({"first": to_moments(first.to_numpy(), as_of), "any": is_low.any(axis=1)})
        .select(pl.when("any").then("first"))
        .to_series()
    )


def _lists(name: str, table: Floats) -> pl.Series:
    return pl.Series(name, np.round(table, 6), dtype=pl.Array(pl.Float64, WEEKS)).arr.to_list()
