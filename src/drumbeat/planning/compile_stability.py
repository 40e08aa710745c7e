"""Compile which stability rule holds for each order that is on its way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.describe_plan import describe_actions
from drumbeat.planning.engine.hold_back import COSTS_MORE, SMALL_MOVE, SMALL_SPLIT, TOO_MANY, HeldBack, Stability
from drumbeat.planning.engine.problem import Problem
from drumbeat.planning.engine.result import Result

DAY, YEAR_DAYS = 86_400, 365.0
REASONS = {
    SMALL_MOVE: "it would move by less than {least_move_days:g} days",
    SMALL_SPLIT: "less than {least_change_share:.0%} of it is needed earlier",
    COSTS_MORE: "the change costs {change_cost:,.0f}, more than it saves",
    TOO_MANY: "{most_changes} changes of the item in that week are enough",
}


def compile_stability(snapshot: Snapshot, problem: Problem, places: pl.DataFrame) -> Stability | None:
    """Compile what each receipt's stability rule allows; None where there are no rules.

    Of several rules, that of the item comes before the general ones, and the nearest fence before the wider ones.

    Parameters
    ----------
    places
        item, site, buffer.
    """
    rules: dict[str | None, list[dict[str, Any]]] = {}
    for rule in _sort_rules(snapshot):
        rules.setdefault(rule["item"], []).append(rule)
    if not rules:
        return None
    receipts = problem.receipts
    items = places["item"].to_list()
    costs = {code: (float(cost or 0), float(rate)) for code, cost, rate in
             snapshot["item"].select("code", "cost", "holding_rate").iter_rows()}  # fmt: skip
    rows, worth, day_worth = [], [], []
    for buffer, quantity, time in zip(
        receipts.buffer.tolist(), receipts.quantity.tolist(), receipts.time.tolist(), strict=True
    ):
        rows.append(_find_rule(rules, items[buffer], time))
        cost, rate = costs[items[buffer]]
        worth.append(quantity * cost)
        day_worth.append(quantity * cost * rate / YEAR_DAYS)

    def column(name: str, otherwise: float) -> Any:
        return np.array([otherwise if row is None or row[name] is None else float(row[name]) for row in rows])

    return Stability(
        (column("least_move_days", 0) * DAY).astype(np.int64), column("least_change_share", 0),
        column("most_changes", -1).astype(np.int64), column("change_cost", 0), np.array(day_worth, np.float64),
        np.array(worth, np.float64), np.array(["" if row is None else row["code"] for row in rows], dtype=object),
        (column("remember_days", 0) * DAY).astype(np.int64),
    )  # fmt: skip


def describe_held_back(
    snapshot: Snapshot, problem: Problem, result: Result, places: pl.DataFrame, orders: pl.DataFrame,
    stability: Stability, held: HeldBack,
) -> pl.DataFrame:  # fmt: skip
    """Describe the messages that are held back: the columns of `describe_actions`, and held_back (rule and why)."""
    told = pl.Series("held_back", _tell_held_back(snapshot, stability, held), dtype=pl.String)
    return describe_actions(problem, replace(result, messages=held.messages), places, orders, snapshot.as_of, told)


def _tell_held_back(snapshot: Snapshot, stability: Stability, held: HeldBack) -> list[str]:
    """Say for each message that is held back which rule does so, and why."""
    rules = {rule["code"]: rule for rule in _sort_rules(snapshot)}
    told = []
    for subject, reason in zip(held.messages.subject.tolist(), held.reason.tolist(), strict=True):
        rule = rules[stability.keys[subject]]
        told.append(f"{rule['code']}: {REASONS[reason].format(**rule)}"[:200])
    return told


def _sort_rules(snapshot: Snapshot) -> list[dict[str, Any]]:
    rows = snapshot["stability_rule"].with_columns(pl.col("change_cost").cast(pl.Float64))
    return rows.sort("within_days", "code", nulls_last=True).to_dicts()


def _find_rule(rules: dict[str | None, list[dict[str, Any]]], item: str, time: int) -> dict[str, Any] | None:
    own, general = rules.get(item, []), rules.get(None, [])
    for rule in own + general:
        if rule["within_days"] is None or time <= rule["within_days"] * DAY:
            return rule
    return None
