"""What people do with planning: make a plan from a snapshot, and keep it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import polars as pl
from django.db import transaction

from drumbeat.basics.findings import Findings
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.compile_master import MasterTerms
from drumbeat.planning.compile_problem import compile_problem
from drumbeat.planning.describe_plan import describe_actions, describe_demands, describe_orders
from drumbeat.planning.engine.problem import Problem
from drumbeat.planning.engine.result import Result
from drumbeat.planning.make_master import MasterRun
from drumbeat.planning.set_policies import PolicyRun, PolicyTerms
from drumbeat.planning.weigh_load import LoadRun, weigh_load

CHUNK = 10_000


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

    def summary(self) -> dict[str, Any]:
        """Counts of the plan, JSON-ready: demands, late, orders by method, actions by kind, findings."""
        methods, kinds = self.orders["method"].to_list(), self.actions["kind"].to_list()
        return {
            "demands": self.demands.height,
            "late": int(self.demands["is_late"].sum()),
            "orders": {name: methods.count(name) for name in ("make", "buy", "move")},
            "actions": {name: kinds.count(name) for name in ("new", "expedite", "defer", "cancel", "short")},
            "findings": self.findings.as_json(),
        }


def make_plan(snapshot: Snapshot, progress: Progress = silent) -> PlanRun:
    """Plan a snapshot: net, size lots, explode, peg, and advise. Nothing is stored.

    Parameters
    ----------
    snapshot
        The production system; see `drumbeat.planning.compile_problem` for the rules by which it is read.
    progress
        Hears of each step.

    Returns
    -------
    PlanRun
        Empty tables where nothing is wanted.

    Raises
    ------
    InputError
        When an item goes into itself.
    """
    from drumbeat.planning.engine.net_requirements import net_requirements

    progress(0.0, "reading the data")
    problem, places, findings = compile_problem(snapshot)
    result = net_requirements(problem, part_of(progress, 0.2, 0.8))
    progress(0.8, "writing it down")
    as_of = snapshot.as_of
    orders = describe_orders(problem, result, places, as_of)
    return PlanRun(
        problem,
        result,
        orders,
        describe_actions(problem, result, places, orders, as_of),
        describe_demands(problem, result, places, as_of),
        weigh_load(snapshot, orders),
        findings,
        as_of,
        snapshot.version,
    )


def save_plan(run: PlanRun, created_at: datetime) -> Any:
    """Store a plan with its orders, action messages and load, in one transaction.

    Returns
    -------
    Plan
        The stored plan (`drumbeat.planning.models.Plan`).
    """
    from drumbeat.planning.models import ActionMessage, MachineLoad, Plan, PlannedOrder, WeekLoad

    with transaction.atomic():
        plan = Plan.objects.create(
            created_at=created_at, version=run.version, horizon_start=run.as_of, summary=run.summary()
        )
        columns = ["code", "method", "item", "site", "source", "quantity", "start_at", "due_at", "demand"]
        for rows in _chunks(run.orders.select(columns)):
            PlannedOrder.objects.bulk_create([PlannedOrder(plan=plan, **row) for row in rows])
        for rows in _chunks(run.actions.with_columns(pl.col("reason").str.slice(0, 300))):
            ActionMessage.objects.bulk_create([ActionMessage(plan=plan, **row) for row in rows])
        machines = run.load.machines.with_columns(
            peak=pl.when(pl.col("peak").is_finite()).then("peak"), line=pl.col("line").fill_null("")
        )
        for rows in _chunks(machines):
            MachineLoad.objects.bulk_create([MachineLoad(plan=plan, **row) for row in rows])
        for rows in _chunks(run.load.weeks.drop("load", "reach")):
            WeekLoad.objects.bulk_create([WeekLoad(plan=plan, **row) for row in rows])
    return plan


def save_master(run: MasterRun, terms: MasterTerms, version: str, created_at: datetime) -> Any:
    """Store a master plan with its hours, quantities and stocks, in one transaction.

    Returns
    -------
    MasterPlan
        The stored plan (`drumbeat.planning.models.MasterPlan`).
    """
    from drumbeat.planning.models import MasterHours, MasterPlan, MasterQuantity, MasterStock

    told = {name: value if value != float("inf") else None for name, value in asdict(terms).items()}
    with transaction.atomic():
        master = MasterPlan.objects.create(
            created_at=created_at, version=version, terms=told, cost=run.plan.cost, bound=run.plan.bound,
            cost_parts=run.plan.cost_parts, findings=run.findings.as_json(),
        )  # fmt: skip
        tables: tuple[tuple[Any, pl.DataFrame], ...] = (
            (MasterHours, run.hours),
            (MasterQuantity, run.quantities),
            (MasterStock, run.stocks),
        )
        for model, frame in tables:
            for rows in _chunks(frame):
                model.objects.bulk_create([model(master=master, **row) for row in rows])
    return master


def save_policies(run: PolicyRun, terms: PolicyTerms, created_at: datetime) -> Any:
    """Store a review of stock policies, in one transaction.

    Returns
    -------
    StockReview
        The stored review (`drumbeat.planning.models.StockReview`).
    """
    from drumbeat.planning.models import StockPolicy, StockReview

    with transaction.atomic():
        review = StockReview.objects.create(
            created_at=created_at, version=run.version, terms=asdict(terms), findings=run.findings.as_json()
        )
        for rows in _chunks(run.rows):
            StockPolicy.objects.bulk_create([StockPolicy(review=review, **row) for row in rows])
    return review


def _chunks(frame: pl.DataFrame) -> Iterator[list[dict[str, Any]]]:
    for part in frame.iter_slices(CHUNK):
        yield part.to_dicts()
