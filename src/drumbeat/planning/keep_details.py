"""Keep what explains a plan: materials by week, pegs, late demands and proposed purchases."""

from __future__ import annotations

from typing import Any

import polars as pl

from drumbeat.data.save_rows import save_frame
from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.list_pegs import list_late, list_pegs
from drumbeat.planning.models import LateDemand, Material, Peg, PeopleWeek, Plan, PurchaseLine, PurchaseTruck
from drumbeat.planning.plan_run import PlanRun
from drumbeat.planning.project_stock import project_stock
from drumbeat.planning.propose_purchases import propose_deliveries
from drumbeat.planning.weigh_people import weigh_people


def keep_details(plan: Plan, run: PlanRun, snapshot: Snapshot | None) -> None:
    """Store the details of a plan; those of earlier plans go, for nobody looks at them any more.

    Parameters
    ----------
    plan
        The stored plan.
    run
        The plan as it was made.
    snapshot
        The data that it was made of; None = purchases are not proposed.
    """
    tables: list[tuple[Any, pl.DataFrame]] = [
        (Material, project_stock(run)),
        (Peg, list_pegs(run)),
        (LateDemand, list_late(run)),
    ]
    if snapshot is not None:
        found = propose_deliveries(snapshot, run)
        tables.append((PurchaseLine, found.lines.with_columns(pl.col("reason").str.slice(0, 300))))
        tables.append((PurchaseTruck, found.trucks))
        tables.append((PeopleWeek, weigh_people(snapshot, run.orders).weeks))
    for model in (Material, Peg, LateDemand, PurchaseLine, PurchaseTruck, PeopleWeek):
        model.objects.exclude(plan=plan).delete()
    for model, frame in tables:
        save_frame(model, frame, {"plan_id": plan.pk})
