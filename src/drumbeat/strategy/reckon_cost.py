"""What a weakness will cost if it is left, where the twin cannot play it: from the books, or by the network."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Floats
from drumbeat.basics.findings import InputError
from drumbeat.basics.intervals import Interval
from drumbeat.data.snapshot import Snapshot
from drumbeat.strategy.compile_network import compile_network
from drumbeat.strategy.convert_money import Money
from drumbeat.strategy.engine.director.measure_risk import RECOVERY_SPREAD
from drumbeat.strategy.engine.expect_cost import expect_cost
from drumbeat.strategy.engine.result import Weakness
from drumbeat.strategy.engine.stress import find_loss, find_sustainable, write_program
from drumbeat.strategy.engine.thresholds import ESCAPE_WEEKS, OVERTIME, QUARTER
from drumbeat.strategy.list_stress_nodes import StressTerms, list_nodes

NINETEEN_OF_TWENTY = 1.96


@dataclass(frozen=True)
class Reckoned:
    """A cost that was not played: what it is, with its 95 % interval, and how it was found."""

    cost: Interval
    words: str
    basis: str


def reckon_cost(snapshot: Snapshot, weakness: Weakness, weeks: int, money: Money) -> Reckoned | None:
    """Reckon what a weakness costs over the coming weeks if it goes on as the books say.

    Parameters
    ----------
    snapshot
        The data in which it was found.
    weakness
        Overtime, or escapes; of other kinds the books say nothing.
    weeks
        Weeks ahead, 1 or more.
    money
        Rates of currencies.

    Returns
    -------
    Money in the company's currency. None where nothing is booked, the site's currency has no rate, or too few weeks
    are on record.
    """
    read = BOOKS.get(weakness.kind)
    rate = money.of_site(weakness.site)
    told = read(snapshot, weakness) if read and rate > 0 else None
    if told is None:
        return None
    booked, length, what = told
    cost = expect_cost(booked * rate, weeks / length)
    if cost is None:
        return None
    words = (
        f"From the books, not played: if {what} as in the last {booked.size * length:.0f} weeks, it costs "
        f"{cost.value:,.0f} {money.currency} in {weeks} weeks ({cost.low:,.0f} to {cost.high:,.0f})."
    )
    return Reckoned(cost, words, "books")


def reckon_loss(snapshot: Snapshot, key: str, currency: str) -> Reckoned | None:
    """Reckon what the loss of a node takes by the stress tests' linear program.

    Parameters
    ----------
    snapshot
        The production system.
    key
        Of the stress test: "supplier/VALSESIA".
    currency
        The company's.

    Returns
    -------
    The least loss there can be, with the best reaction; the interval is that of the time to recover, which nobody knows
    better than its spread. None where there is no such test.
    """
    compiled, terms = compile_network(snapshot), StressTerms()
    node = next((one for one in list_nodes(compiled, snapshot, terms) if one.key == key), None)
    if node is None:
        return None
    program = write_program(compiled.network)
    demand = find_sustainable(program)
    low, value, high = (
        find_loss(program, replace(node.disruption, weeks=node.disruption.weeks * factor), demand).money
        for factor in (math.exp(sign * NINETEEN_OF_TWENTY * RECOVERY_SPREAD) for sign in (-1, 0, 1))
    )
    # Where others deliver before it recovers, how long that takes is no matter: that is said, not shown as certainty.
    span = f"{low:,.0f} to {high:,.0f}, by how long it may take to recover" if high > low else (
        "whatever its time to recover, as others take over before; what they can and what is sold is not in doubt here"
    )  # fmt: skip
    words = (
        f"If {node.name or node.code} is lost, by the stress tests' linear program, not played: {value:,.0f} "
        f"{currency} of contribution at least ({span})."
    )
    return Reckoned(Interval(value, low, high), words, "linear program")


Books = tuple[Floats, float, str]
"""Cost of each period on record in the site's currency, weeks that a period has, and what goes on, in words."""


def _overtime(snapshot: Snapshot, weakness: Weakness) -> Books | None:
    """Overtime beyond its threshold by period of the last quarter, at what an hour of it costs."""
    account, hours = pl.col("account").cast(pl.String), pl.col("hours").fill_null(0.0)
    first = (snapshot.as_of - timedelta(weeks=QUARTER)).date()
    rows = (
        snapshot["actual"]
        .filter((pl.col("cost_centre") == weakness.subject) & account.is_in(["labour", "overtime"]))
        .filter((pl.col("period_start") >= first) & (pl.col("period_start") < snapshot.as_of.date()))
        .group_by("period_start")
        .agg(
            hours.filter(account == "labour").sum().alias("labour"),
            hours.filter(account == "overtime").sum().alias("overtime"),
            pl.col("amount").cast(pl.Float64).filter(account == "overtime").sum().alias("amount"),
        )
        .sort("period_start")
    )
    total = float(rows["overtime"].sum())
    if rows.height < 2 or total <= 0:
        return None
    rate = float(rows["amount"].sum()) / total
    beyond = (rows["overtime"] - OVERTIME.value * rows["labour"]).to_numpy() * rate
    days = np.median(rows["period_start"].diff().dt.total_days().drop_nulls().to_numpy())
    return beyond, max(float(days) / 7.0, 1.0), f"overtime at {weakness.subject} stays {OVERTIME.value:.0%} and more"


def _escapes(snapshot: Snapshot, weakness: Weakness) -> Books | None:
    """Cost of the escapes of its evidence by week of the last half year, weeks without one included."""
    keys = [str(row["key"]) for row in weakness.evidence if row.get("table") == "nonconformance"]
    cause = snapshot["nonconformance"].filter(pl.col("code").is_in(keys))["cause"].drop_nulls()
    if not len(cause):
        return None
    start = snapshot.as_of - timedelta(weeks=ESCAPE_WEEKS)
    orders = snapshot["order"].select(order="code", made="item")
    rows = (
        snapshot["nonconformance"]
        .join(orders, on="order", how="left", maintain_order="left")
        .with_columns(pl.coalesce("item", "made").alias("item"))
        .filter(pl.col("stage").cast(pl.String) == "customer")
        .filter(pl.col("cause").str.strip_chars().str.to_lowercase() == str(cause[0]).strip().lower())
        .filter((pl.col("found_at") > start) & (pl.col("found_at") <= snapshot.as_of))
        .filter((pl.col("item") == weakness.subject) | pl.col("item").is_null())
        .with_columns(((pl.lit(snapshot.as_of) - pl.col("found_at")).dt.total_days() // 7).alias("week"))
    )
    weekly = np.zeros(ESCAPE_WEEKS)
    for week, cost in rows.select("week", pl.col("cost").cast(pl.Float64).fill_null(0.0)).iter_rows():
        weekly[min(int(week), ESCAPE_WEEKS - 1)] += cost
    return (weekly, 1.0, f"customers go on meeting '{cause[0]}'") if weekly.any() else None


BOOKS = {"structural overtime": _overtime, "recurring escape": _escapes}


def try_reckoning(snapshot: Snapshot, weakness: Weakness, node: str, weeks: int, money: Money) -> Reckoned | None:
    """Reckon from the books, else the loss of a node where one is meant; None where neither says anything."""
    told = reckon_cost(snapshot, weakness, weeks, money)
    if told is not None or not node:
        return told
    try:
        return reckon_loss(snapshot, node, money.currency)
    except InputError:
        return None
