"""What people do with planning: make a plan from a snapshot, and keep it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

import polars as pl
from django.db import transaction

from drumbeat.basics.findings import Findings
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.data.save_rows import save_frame
from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.compile_master import MasterTerms
from drumbeat.planning.compile_outputs import describe_outputs
from drumbeat.planning.compile_problem import compile_problem
from drumbeat.planning.compile_stability import compile_stability, describe_held_back
from drumbeat.planning.compile_substitutes import (
    add_replacements_to,
    compile_substitutes,
    describe_replacements,
)
from drumbeat.planning.describe_plan import describe_actions, describe_demands, describe_orders
from drumbeat.planning.engine.hold_back import hold_back
from drumbeat.planning.engine.problem import Problem
from drumbeat.planning.engine.result import Result
from drumbeat.planning.make_master import MasterRun
from drumbeat.planning.place_over_levels import PlacementRun, PlacementTerms
from drumbeat.planning.plan_run import PlanRun
from drumbeat.planning.recall_told import recall_told
from drumbeat.planning.set_policies import PolicyRun, PolicyTerms
from drumbeat.planning.weigh_load import weigh_load

__all__ = ["PlanRun", "make_plan", "plan_problem", "save_master", "save_placement", "save_plan", "save_policies"]
CHUNK = 10_000


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
    progress(0.0, "reading the data")
    return plan_problem(snapshot, *compile_problem(snapshot), progress)


def plan_problem(
    snapshot: Snapshot, problem: Problem, places: pl.DataFrame, findings: Findings, progress: Progress = silent
) -> PlanRun:
    """Plan what `compile_problem` made of a snapshot, or something near it: other due times, other lead times.

    Parameters
    ----------
    snapshot, problem, places, findings
        The data, and the problem with its places and findings.

    Returns
    -------
    PlanRun
        As `make_plan`; its tables tell the problem's due times.
    """
    from drumbeat.planning.engine.net_requirements import net_requirements

    result = net_requirements(problem, part_of(progress, 0.2, 0.7))
    problem, result, replaced = _replace(snapshot, problem, places, result, part_of(progress, 0.7, 0.8))
    progress(0.8, "writing it down")
    as_of = snapshot.as_of
    orders = describe_orders(problem, result, places, as_of)
    unheld = result
    result, held_back = _hold_back(snapshot, problem, places, result, orders)
    actions = describe_actions(problem, result, places, orders, as_of)
    return PlanRun(
        problem,
        result,
        orders,
        add_replacements_to(actions, replaced),
        describe_demands(problem, result, places, as_of),
        weigh_load(snapshot, orders),
        findings,
        as_of,
        snapshot.version,
        places,
        held_back,
        replaced,
        describe_outputs(snapshot, problem, result, places, orders),
        unheld,
    )


def _replace(
    snapshot: Snapshot, problem: Problem, places: pl.DataFrame, result: Result, progress: Progress
) -> tuple[Problem, Result, pl.DataFrame]:
    """Plan again with what spare stock of substitutes can do for what is late; as it was where that is nothing."""
    from drumbeat.planning.engine.choose_substitutes import add_replacements, choose_substitutes
    from drumbeat.planning.engine.net_requirements import net_requirements

    substitutes = compile_substitutes(snapshot, places)
    if substitutes is None:
        return problem, result, pl.DataFrame()
    chosen = choose_substitutes(problem, result, substitutes)
    if not len(chosen.line):
        return problem, result, pl.DataFrame()
    problem = add_replacements(problem, substitutes, chosen)
    told = describe_replacements(substitutes, chosen, places, snapshot.as_of)
    keys = pl.Series("subject", problem.receipts.keys[-len(chosen.line) :], dtype=pl.String)
    return problem, net_requirements(problem, progress), told.with_columns(keys)


def _hold_back(
    snapshot: Snapshot, problem: Problem, places: pl.DataFrame, result: Result, orders: pl.DataFrame
) -> tuple[Result, pl.DataFrame]:
    """Take out the messages that the stability rules hold back, and describe them."""
    stability = compile_stability(snapshot, problem, places)
    if stability is None:
        return result, pl.DataFrame()
    result, held = hold_back(problem, result, stability)
    return result, describe_held_back(snapshot, problem, result, places, orders, stability, held)


def save_plan(run: PlanRun, created_at: datetime, snapshot: Snapshot | None = None) -> Any:
    """Store a plan with its orders, action messages, load, and what explains it, in one transaction.

    Parameters
    ----------
    run, created_at
        The plan, and when it was made.
    snapshot
        The data that it was made of, for purchases to be proposed and for stability rules that count what earlier
        plans asked for; None = neither.

    Returns
    -------
    Plan
        The stored plan (`drumbeat.planning.models.Plan`).
    """
    from drumbeat.planning.keep_details import keep_details
    from drumbeat.planning.models import ActionMessage, MachineLoad, Plan, PlannedOrder, WeekLoad

    if snapshot is not None:
        run = recall_told(run, snapshot)
    with transaction.atomic():
        plan = Plan.objects.create(
            created_at=created_at, version=run.version, horizon_start=run.as_of, summary=run.summary()
        )
        messages = pl.concat([run.actions, run.held_back], how="diagonal")
        held = pl.col("held_back").fill_null("") if "held_back" in messages.columns else pl.lit("").alias("held_back")
        columns = ["code", "method", "item", "site", "source", "quantity", "start_at", "due_at", "demand"]
        machines = run.load.machines.with_columns(
            peak=pl.when(pl.col("peak").is_finite()).then("peak"), line=pl.col("line").fill_null("")
        )
        tables: tuple[tuple[Any, pl.DataFrame], ...] = (
            (PlannedOrder, run.orders.select(columns)),
            (ActionMessage, messages.with_columns(pl.col("reason").str.slice(0, 300), held)),
            (MachineLoad, machines),
            (WeekLoad, run.load.weeks.drop("load", "reach")),
        )
        for model, frame in tables:
            save_frame(model, frame, {"plan_id": plan.pk})
        keep_details(plan, run, snapshot)
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
            budget_worth={f"{day:%Y-%m-%d}": worth for day, worth in run.budgets.iter_rows()},
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


def save_placement(run: PlacementRun, terms: PlacementTerms, created_at: datetime) -> Any:
    """Store a placement of stock over all levels, in one transaction.

    Returns
    -------
    StockPlacement
        The stored placement (`drumbeat.planning.kept_tables.StockPlacement`).
    """
    from drumbeat.planning.models import PlacedStock, StockPlacement

    summary = {
        "money": run.money, "money_alone": run.money_alone, "saved": run.money_alone - run.money,
        "is_optimal": run.is_optimal,
    }  # fmt: skip
    with transaction.atomic():
        stored = StockPlacement.objects.create(
            created_at=created_at, version=run.version, terms=asdict(terms), summary=summary,
            findings=run.findings.as_json(),
        )  # fmt: skip
        save_frame(PlacedStock, run.rows, {"placement_id": stored.pk})
    return stored


def _chunks(frame: pl.DataFrame) -> Iterator[list[dict[str, Any]]]:
    for part in frame.iter_slices(CHUNK):
        yield part.to_dicts()
