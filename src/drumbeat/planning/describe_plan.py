"""Describe a plan to people: tables of orders, actions and demands, with reasons in words."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Int64s
from drumbeat.planning.engine.problem import BUY, FAR_FUTURE, MAKE, MOVE, Problem
from drumbeat.planning.engine.result import (
    CANCEL,
    DEFER,
    EXPEDITE,
    FROM_DEMAND,
    FROM_ORDER,
    LATE_RECEIPT,
    LEAD_TIME,
    NEW,
    NO_SUPPLY,
    ON_TIME,
    ORDER,
    PAST_DUE,
    SHORT,
    SPLIT,
    Outcomes,
    Result,
)

METHODS = {MAKE: "make", BUY: "buy", MOVE: "move"}
PREFIXES = {"make": "M", "buy": "B", "move": "T", "replace": "R"}
KINDS = {NEW: "new", EXPEDITE: "expedite", DEFER: "defer", CANCEL: "cancel", SHORT: "short", SPLIT: "split"}
CALENDAR_SECONDS = 200 * 365 * 86_400
"""Times further away than this are shown as "never"."""


def to_moments(seconds: Int64s, as_of: datetime) -> pl.Series:
    """Turn seconds from the snapshot's moment into moments; null for never."""
    shown = np.abs(seconds) < CALENDAR_SECONDS
    micros = pl.Series(np.where(shown, seconds, 0) * 1_000_000, dtype=pl.Int64).cast(pl.Duration("us"))
    moments = pl.DataFrame({"after": micros, "shown": shown}).select(
        pl.when("shown").then(pl.lit(as_of) + pl.col("after")).cast(pl.Datetime("us", "UTC"))
    )
    return moments.to_series()


def tell_moment(as_of: datetime, seconds: int, form: str = "%Y-%m-%d %H:%M") -> str:
    """Write a moment that is so many seconds after the snapshot's; in words where no calendar reaches."""
    try:
        return format(as_of + timedelta(seconds=seconds), form)
    except OverflowError:
        return "beyond the year 9999" if seconds > 0 else "before the year 1"


def _places(places: pl.DataFrame, buffer: np.ndarray) -> list[pl.Series]:
    chosen = places[buffer.astype(np.int64)] if len(buffer) else places.clear()
    return [chosen["item"].alias("item"), chosen["site"].alias("site")]


def describe_orders(problem: Problem, result: Result, places: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """Describe the planned orders.

    Returns
    -------
    DataFrame
        code, method (make, buy, move, replace), item, site, source (supplier, sending site or what stands in for the
        item), quantity (good units),
        start_at (latest start, not before now), due_at (make: when it is needed, even where that is past; buy and
        move: when it arrives if it starts then), demand (first one served, "" for none), priority (that demand's
        importance, 1 for none), ready_at (when it can be there from now on, components included; null = never).
        Numbered by level, item, site and need, within each method.
    """
    orders, methods = result.orders, problem.methods
    kind = methods.kind[orders.method]
    names = np.array([METHODS[int(one)] for one in kind], dtype=object)
    # From another item's stock at the same site: it stands in for the item.
    sites = places["site"].to_numpy()
    names[(kind == MOVE) & (sites[methods.source[orders.method]] == sites[orders.buffer])] = "replace"
    codes = np.empty(len(kind), dtype=object)
    for method, prefix in PREFIXES.items():
        mine = np.flatnonzero(names == method)
        codes[mine] = [f"{prefix}-{number:06d}" for number in range(1, len(mine) + 1)]
    served = orders.demand >= 0
    keys = np.full(len(kind), "", dtype=object)
    keys[served] = problem.demands.keys[orders.demand[served]]
    priority = np.ones(len(kind))
    priority[served] = problem.demands.priority[orders.demand[served]]
    start = np.maximum(orders.start, 0)
    due = np.where(kind == MAKE, orders.need, start + orders.need - orders.start)
    return pl.DataFrame(
        [
            pl.Series("code", codes, dtype=pl.String),
            pl.Series("method", names, dtype=pl.String),
            *_places(places, orders.buffer),
            pl.Series("source", methods.source_keys[orders.method], dtype=pl.String),
            pl.Series("quantity", orders.quantity, dtype=pl.Float64),
            to_moments(start, as_of).alias("start_at"),
            to_moments(due, as_of).alias("due_at"),
            pl.Series("demand", keys, dtype=pl.String),
            pl.Series("priority", priority, dtype=pl.Float64),
            to_moments(orders.ready, as_of).alias("ready_at"),
        ]
    )


def explain(problem: Problem, result: Result, outcomes: Outcomes, as_of: datetime) -> list[str]:
    """Say of each outcome why it is late; "" where it is on time."""
    texts = {ON_TIME: "", PAST_DUE: "It was due before now; what it needs is there"}
    found = [texts.get(int(cause), "") for cause in outcomes.cause]
    for at in np.flatnonzero(outcomes.cause != ON_TIME):
        cause, culprit = int(outcomes.cause[at]), int(outcomes.culprit[at])
        if cause == LEAD_TIME:
            found[at] = _too_slow(problem, result, culprit, as_of)
        elif cause == LATE_RECEIPT:
            key, when = problem.receipts.keys[culprit], int(problem.receipts.time[culprit])
            where = problem.buffers.keys[problem.receipts.buffer[culprit]]
            found[at] = f"Waits for {key} ({where}), promised for {tell_moment(as_of, when)}"
        elif cause == NO_SUPPLY:
            found[at] = f"Nothing makes, buys or moves {problem.buffers.keys[culprit]}"
    return found


def _too_slow(problem: Problem, result: Result, order: int, as_of: datetime) -> str:
    """Name the planned order whose lead time makes something late."""
    orders, method = result.orders, int(result.orders.method[order])
    verb = METHODS[int(problem.methods.kind[method])]
    start, lead = int(orders.start[order]), int(orders.need[order] - orders.start[order])
    opens = int(problem.methods.valid_from[method])
    what = f"{orders.quantity[order]:g} {problem.buffers.keys[orders.buffer[order]]}"
    # Moved to where its method opens, which knows no time per unit; where that alone fills the time, it is the cause.
    is_moved = int(orders.need[order] - problem.methods.lead_seconds[method]) <= opens
    if 0 < opens < FAR_FUTURE and is_moved and start >= 0:
        first = tell_moment(as_of, start, "%Y-%m-%d")
        return f"Too late to {verb} {what}: from {first} on (frozen fence, or first day of its terms), in {_days(lead)}"
    return f"Too late to {verb} {what}: it takes {_days(lead)}, from {tell_moment(as_of, start)}"


def describe_demands(problem: Problem, result: Result, places: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """Describe what becomes of each demand.

    Returns
    -------
    DataFrame
        demand, item, site, quantity, due_at, ready_at (null = never), late_seconds (null = never ready), is_late,
        cause (a sentence; "" when on time). By due time.
    """
    demands, outcomes = problem.demands, result.demands
    is_never = outcomes.ready >= FAR_FUTURE
    late = np.maximum(outcomes.ready - demands.due, 0)
    frame = pl.DataFrame(
        [
            pl.Series("demand", demands.keys, dtype=pl.String),
            *_places(places, demands.buffer),
            pl.Series("quantity", demands.quantity, dtype=pl.Float64),
            to_moments(demands.due, as_of).alias("due_at"),
            to_moments(outcomes.ready, as_of).alias("ready_at"),
            pl.Series("late_seconds", np.where(is_never, 0, late), dtype=pl.Int64),
            pl.Series("is_late", outcomes.cause != ON_TIME, dtype=pl.Boolean),
            pl.Series("cause", explain(problem, result, outcomes, as_of), dtype=pl.String),
            pl.Series("is_never", is_never, dtype=pl.Boolean),
        ]
    )
    never = pl.when(~pl.col("is_never")).then("late_seconds").alias("late_seconds")
    return frame.with_columns(never).drop("is_never").sort("due_at", "demand", maintain_order=True)


def describe_actions(
    problem: Problem, result: Result, places: pl.DataFrame, orders: pl.DataFrame, as_of: datetime,
    more: pl.Series | None = None,
) -> pl.DataFrame:  # fmt: skip
    """Describe the action messages.

    Parameters
    ----------
    more
        One more column of the messages; None = none.

    Returns
    -------
    DataFrame
        kind (new, expedite, defer, cancel, short, split), subject (code of the order or demand), item, site, from_at,
        to_at (null = never), quantity, reason. Shortages first, then what is on order, then new orders by start.
    """
    messages, receipts = result.messages, problem.receipts
    of_order, of_demand = messages.origin == FROM_ORDER, messages.origin == FROM_DEMAND
    of_receipt = ~of_order & ~of_demand
    subject = np.empty(len(messages.kind), dtype=object)
    buffer = np.zeros(len(messages.kind), dtype=np.int64)
    codes = orders["code"].to_numpy()
    for mask, keys, where in (
        (of_order, codes, result.orders.buffer),
        (of_demand, problem.demands.keys, problem.demands.buffer),
        (of_receipt, receipts.keys, receipts.buffer),
    ):
        subject[mask], buffer[mask] = keys[messages.subject[mask]], where[messages.subject[mask]]
    kinds = [KINDS[int(kind)] for kind in messages.kind]
    rank = np.array([5, 1, 3, 4, 0, 2])[messages.kind]
    frame = pl.DataFrame(
        [
            pl.Series("kind", kinds, dtype=pl.String),
            pl.Series("subject", subject, dtype=pl.String),
            *_places(places, buffer),
            to_moments(messages.from_time, as_of).alias("from_at"),
            to_moments(messages.to_time, as_of).alias("to_at"),
            pl.Series("quantity", messages.quantity, dtype=pl.Float64),
            pl.Series("reason", _reasons(problem, result, orders, as_of), dtype=pl.String),
            pl.Series("rank", rank, dtype=pl.Int64),
            *([] if more is None else [more]),
        ]
    )
    return frame.sort("rank", "from_at", "subject", maintain_order=True).drop("rank")


def _reasons(problem: Problem, result: Result, orders: pl.DataFrame, as_of: datetime) -> list[str]:
    """Say why, for each message."""
    messages = result.messages
    why_demands = explain(problem, result, result.demands, as_of)
    why_receipts = explain(problem, result, result.receipts, as_of)
    demand, method, source = (orders[name].to_list() for name in ("demand", "method", "source"))
    serves = np.zeros(orders.height, dtype=bool)
    serves[result.pegs.supply[result.pegs.source == ORDER]] = True
    taking = problem.methods.taking[result.orders.method].tolist()
    reasons = []
    for kind, origin, subject, start, end in zip(
        messages.kind.tolist(), messages.origin.tolist(), messages.subject.tolist(),
        messages.from_time.tolist(), messages.to_time.tolist(), strict=True,
    ):  # fmt: skip
        if kind == NEW:
            rest = "Serves orders under way" if serves[subject] else "Restores the safety stock"
            served = f"Serves {demand[subject]}" if demand[subject] else rest
            late = result.orders.start[subject] < 0
            if method[subject] == "replace":
                served += f"; it is used up: take {source[subject]}"
            elif method[subject] == "buy" and taking[subject] == MAKE:
                served += f"; send {source[subject]} the components"
            reasons.append(served + ("; it should have been started before now" if late else ""))
        elif kind == EXPEDITE:
            overdue = "It is overdue" if start < 0 else f"It is needed {_days(start - end)} earlier"
            reasons.append(overdue)
        elif kind == SPLIT:
            reasons.append(f"Only so many are needed {_days(start - end)} earlier; the rest may come as promised")
        elif kind == DEFER:
            reasons.append(f"It is needed {_days(end - start)} later")
        elif kind == CANCEL:
            reasons.append("Nothing needs it")
        else:
            reasons.append(why_demands[subject] if origin == FROM_DEMAND else why_receipts[subject])
    return reasons


def _days(seconds: int) -> str:
    return f"{seconds / 86_400:.1f} days" if seconds >= 86_400 else f"{seconds / 3600:.1f} hours"
