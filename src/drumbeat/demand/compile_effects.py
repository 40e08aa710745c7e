"""Compile promotions and prices, past and already decided, into effects on demand.

Rules, so that nobody has to guess:

- A promotion counts by the share of the period that it covers; a promotion without a site is at all sites. Where the
  past tells nothing, what sales says of its uplift is believed.
- What an effect does to an item is drawn from all its sites first, then from all items.
- A price holds until the next one of the same item starts; one of a site goes before one of all sites. Its effect is
  the logarithm of the price, by days. Before the first price, that first one is taken to hold. Where an item's price
  never changed in the past, a later change moves nothing until it was seen, and that is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import polars as pl

from drumbeat.basics.findings import Finding, Findings
from drumbeat.data.snapshot import Snapshot
from drumbeat.demand.engine.problem import Effects
from drumbeat.demand.number_periods import number_of, start_of

LEAST_UPLIFT = 0.02


def compile_effects(
    snapshot: Snapshot,
    series: pl.DataFrame,
    ptr: np.ndarray,
    last: int,
    period: str,
    horizon: int,
    findings: Findings,
) -> Effects | None:
    """Return promotions and prices as effects on `series` (item, site, first); None where there are none."""
    found = [
        effect
        for effect in (
            _compile_promotions(snapshot, series, ptr, last, period, horizon),
            _compile_prices(snapshot, series, ptr, last, period, horizon, findings),
        )
        if effect is not None
    ]
    if not found:
        return None
    return Effects(
        tuple(name for effect in found for name in effect.names),
        np.concatenate([effect.past for effect in found], axis=1),
        np.concatenate([effect.future for effect in found], axis=2),
        np.concatenate([effect.expected for effect in found]),
        np.unique(series["item"].to_numpy().astype(str), return_inverse=True)[1].astype(np.int64),
    )


def _members(series: pl.DataFrame) -> tuple[dict[tuple[str, str], int], dict[str, list[int]]]:
    rows = {pair: s for s, pair in enumerate(series.select("item", "site").iter_rows())}
    by_item: dict[str, list[int]] = {}
    for (item, _), s in rows.items():
        by_item.setdefault(item, []).append(s)
    return rows, by_item


def _compile_promotions(
    snapshot: Snapshot, series: pl.DataFrame, ptr: np.ndarray, last: int, period: str, horizon: int
) -> Effects | None:
    """Put promotions into one effect: the logarithm of the uplift that is told, times the share of the period."""
    promotions = snapshot["promotion"]
    rows, by_item = _members(series)
    first = series["first"].to_list()
    past, future = np.zeros((int(ptr[-1]), 1)), np.zeros((series.height, horizon, 1))
    seen = False
    for promotion in promotions.iter_rows(named=True):
        place = rows.get((promotion["item"], promotion["site"]))
        members = by_item.get(promotion["item"], []) if promotion["site"] is None else [] if place is None else [place]
        size = float(np.log(max(promotion["uplift"], LEAST_UPLIFT)))
        for number, covered in _cover(promotion["starts_on"], promotion["ends_on"], period):
            for s in members:
                if first[s] <= number <= last:
                    past[ptr[s] + number - first[s], 0] += covered * size
                    seen = True
                elif last < number <= last + horizon:
                    future[s, number - last - 1, 0] += covered * size
                    seen = True
    return Effects(("promotion",), past, future, expected=np.ones(1)) if seen else None


def _cover(begins: date, ends: date, period: str) -> Iterator[tuple[int, float]]:
    """Number of each period from a day to another, and the share of it that they cover."""
    for number in range(number_of(begins, period), number_of(ends, period) + 1):
        opens, closes = start_of(number, period), start_of(number + 1, period)
        yield number, (min(ends + timedelta(days=1), closes) - max(begins, opens)).days / (closes - opens).days


def _compile_prices(
    snapshot: Snapshot, series: pl.DataFrame, ptr: np.ndarray, last: int, period: str, horizon: int, findings: Findings
) -> Effects | None:
    """Put prices into one effect: the logarithm of the price against the item's first, by days."""
    prices = snapshot["sales_price"].with_columns(pl.col("price").cast(pl.Float64)).filter(pl.col("price") > 0)
    rows, by_item = _members(series)
    steps: dict[int, list[tuple[date, float]]] = {}
    for is_own in (False, True):
        part = prices.filter(pl.col("site").is_not_null() if is_own else pl.col("site").is_null())
        for (item, site), some in part.sort("starts_on", "code").group_by("item", "site", maintain_order=True):
            dated = list(zip(some["starts_on"].to_list(), some["price"].to_list(), strict=True))
            place = rows.get((str(item), str(site)))
            for s in ([] if place is None else [place]) if is_own else by_item.get(str(item), []):
                steps[s] = dated
    first = series["first"].to_list()
    past, future = np.zeros((int(ptr[-1]), 1)), np.zeros((series.height, horizon, 1))
    for s, dated in steps.items():
        numbers = range(first[s], last + horizon + 1)
        path = np.array([_mean_log_price(dated, start_of(n, period), start_of(n + 1, period)) for n in numbers])
        path -= np.log(dated[0][1])
        known = last + 1 - first[s]
        past[ptr[s] : ptr[s + 1], 0], future[s, :, 0] = path[:known], path[known:]
        if np.ptp(path[:known]) == 0.0 and np.ptp(path[known - 1 :]) != 0.0:
            rule = "what a price does to demand is learned from past changes; this one never changed"
            item = series["item"][s]
            findings.add(
                Finding("sales_price", rule, "Enter past prices, or edit the forecast", value=item, severity="note")
            )
    return Effects(("price",), past, future, expected=np.zeros(1)) if past.any() or future.any() else None


def _mean_log_price(dated: list[tuple[date, float]], opens: date, closes: date) -> float:
    """Mean by days of the logarithm of the price in a period."""
    total, days = 0.0, (closes - opens).days
    for place, (begins, price) in enumerate(dated):
        ends = dated[place + 1][0] if place + 1 < len(dated) else closes
        begins = opens if place == 0 else begins
        total += max((min(ends, closes) - max(begins, opens)).days, 0) * float(np.log(price))
    return total / days
