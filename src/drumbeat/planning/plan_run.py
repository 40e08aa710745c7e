"""A plan as it was made, in the engine's words and in tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from drumbeat.basics.findings import Findings
from drumbeat.planning.engine.problem import Problem
from drumbeat.planning.engine.result import Result
from drumbeat.planning.weigh_load import LoadRun

KINDS = ("new", "expedite", "split", "defer", "cancel", "short", "replace")


@dataclass(frozen=True)
class PlanRun:
    """A plan, for programs and for people.

    Parameters
    ----------
    problem, result
        What the engine was given, and what it gave back.
    orders, actions, demands
        The same as tables; see `describe_orders`, `describe_actions` and `describe_demands`.
    load
        Load against usable capacity by machine and week; see `weigh_load`.
    findings
        What had to be assumed.
    as_of
        Time 0 of the engine.
    version
        Version of the data.
    places
        The problem's buffers, in its order: item, site, buffer.
    held_back
        Messages that stability rules hold back: the columns of `actions`, and held_back (the rule and why).
    replacements
        What is taken in place of what; see `describe_replacements`.
    outputs
        What comes out beside the planned orders; see `describe_outputs`.
    unheld
        The result with the messages that are held back as well; None = none are.
    """

    problem: Problem
    result: Result
    orders: pl.DataFrame
    actions: pl.DataFrame
    demands: pl.DataFrame
    load: LoadRun
    findings: Findings
    as_of: datetime
    version: str = field(default="")
    places: pl.DataFrame = field(default_factory=pl.DataFrame)
    held_back: pl.DataFrame = field(default_factory=pl.DataFrame)
    replacements: pl.DataFrame = field(default_factory=pl.DataFrame)
    outputs: pl.DataFrame = field(default_factory=pl.DataFrame)
    unheld: Result | None = None

    def list_coming(self) -> pl.DataFrame:
        """List the planned orders, and after them what substitutes from stock bring: method replace."""
        if not self.replacements.height:
            return self.orders
        rows = self.replacements.with_columns(
            code="subject", method=pl.lit("replace"), source="substitute", start_at="at", due_at="at", ready_at="at",
            demand=pl.lit(""), priority=pl.lit(1.0),
        )  # fmt: skip
        return pl.concat([self.orders, rows.select(self.orders.columns)], how="vertical_relaxed")

    def summary(self) -> dict[str, Any]:
        """Counts of the plan, JSON-ready: demands, late, orders by method, actions by kind, findings."""
        methods, kinds = self.orders["method"].to_list(), self.actions["kind"].to_list()
        return {
            "demands": self.demands.height,
            "late": int(self.demands["is_late"].sum()),
            "orders": {name: methods.count(name) for name in ("make", "buy", "move", "replace")},
            "actions": {name: kinds.count(name) for name in KINDS},
            "held_back": self.held_back.height,
            "findings": self.findings.as_json(),
        }
