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

    def summary(self) -> dict[str, Any]:
        """Counts of the plan, JSON-ready: demands, late, orders by method, actions by kind, findings."""
        methods, kinds = self.orders["method"].to_list(), self.actions["kind"].to_list()
        return {
            "demands": self.demands.height,
            "late": int(self.demands["is_late"].sum()),
            "orders": {name: methods.count(name) for name in ("make", "buy", "move")},
            "actions": {name: kinds.count(name) for name in ("new", "expedite", "split", "defer", "cancel", "short")},
            "findings": self.findings.as_json(),
        }
