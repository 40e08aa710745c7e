"""Compile what there is for initiatives (budgets, engineers, absorption) and how demand may go on."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from drumbeat.data.snapshot import Snapshot
from drumbeat.strategy.convert_money import read_money
from drumbeat.strategy.engine.roadmap.problem import Means, Outlook

ANY = 1_000_000
"""Initiatives at once where no row limits them."""
ALL = "all"


def compile_means(snapshot: Snapshot, starts: list[date], period_months: int) -> Means:
    """Compile budgets and absorption by period.

    A budget is for the days from its start to the next row of its function, the last one for as long as the one before
    it (a year where there is one only) and again and again. Within its days money may be spent at any time, and what is
    left is carried over; of a budget that has begun before today, the part by days is left. No row = any.

    Parameters
    ----------
    starts
        First day of each period, and of the one after the last.
    period_months
        Length of a period.
    """
    names = [str(name) for name in snapshot["initiative_cost"].schema["function"].categories]  # type: ignore[attr-defined]
    periods = len(starts) - 1
    budget = np.full((len(names) + 1, periods), np.inf)
    rates = read_money(snapshot)[0].rates
    rows = snapshot["improvement_budget"].sort("period_start")
    for function in rows["function"].cast(pl.String).unique().to_list():
        mine = rows.filter(pl.col("function").cast(pl.String) == function)
        days = mine["period_start"].to_list()
        money = [
            float(amount) * rates.get(currency, 0.0)
            for amount, currency in mine.select("amount", "currency").iter_rows()
        ]
        at = len(names) if function == ALL else names.index(function)
        budget[at] = [_until(days, money, starts[0], starts[t + 1]) for t in range(periods)]
    engineers, most = np.full(periods, np.inf), np.full(periods, ANY, np.int64)
    limits = snapshot["absorption"].sort("valid_from")
    for first, weeks, count in limits.select("valid_from", "engineering_weeks_per_month", "most_at_once").iter_rows():
        holds = np.array([starts[t + 1] > first for t in range(periods)])
        engineers[holds], most[holds] = weeks * period_months, count
    return Means(budget, engineers, most, np.array(names, dtype=object))


def _until(days: list[date], money: list[float], start: date, end: date) -> float:
    """Money of all budget periods that have begun before `end`, what came before `start` taken off by days."""
    length = (days[-1] - days[-2]) if len(days) > 1 else timedelta(days=365)
    spans = [(day, after, amount) for day, after, amount in zip(days, days[1:], money, strict=False)]
    at = days[-1]
    while at < end:
        spans.append((at, at + length, money[-1]))
        at += length
    total = 0.0
    for first, last, amount in spans:
        if first < end and last > start:
            total += amount * (last - max(first, start)).days / (last - first).days
    return total


def compile_outlook(snapshot: Snapshot, starts: list[date]) -> Outlook:
    """Compile the tree of outlooks into ways; without outlooks demand stays as it is.

    An outlook holds, in place of the one before it, from the period in whose first half it starts, or the next one.
    """
    periods = len(starts) - 1
    rows = snapshot["demand_outlook"].sort("starts_on", "code")
    if not rows.height:
        return Outlook(
            np.array(["as today"], dtype=object), np.ones(1), np.ones((1, periods)), np.zeros((1, periods), np.int64)
        )
    told = {row["code"]: row for row in rows.iter_rows(named=True)}
    number = {code: at + 1 for at, code in enumerate(told)}
    inner = {row["after"] for row in told.values()}
    names, chances, factors, nodes = [], [], [], []
    for code in told:
        if code in inner:
            continue
        path = [code]
        while told[path[-1]]["after"] is not None and len(path) <= len(told):
            path.append(told[path[-1]]["after"])
        chance, factor, node = 1.0, np.ones(periods), np.zeros(periods, np.int64)
        for one in reversed(path):
            row = told[one]
            chance *= row["probability"]
            holds = np.array([_middle(starts[t], starts[t + 1]) > row["starts_on"] for t in range(periods)])
            factor[holds], node[holds] = row["demand_factor"], number[one]
        if chance > 0:
            names.append(told[code]["name"] or code)
            chances.append(chance)
            factors.append(factor)
            nodes.append(node)
    total = np.array(chances)
    return Outlook(np.array(names, dtype=object), total / total.sum(), np.array(factors), np.array(nodes))


def _middle(start: date, end: date) -> date:
    return start + (end - start) / 2
