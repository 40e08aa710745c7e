"""Count what earlier plans asked for among the changes of an order that a stability rule allows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
from django.db.models import Max

from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.compile_stability import compile_stability, describe_held_back
from drumbeat.planning.compile_substitutes import add_replacements_to
from drumbeat.planning.describe_plan import describe_actions
from drumbeat.planning.engine.hold_back import Told, hold_back
from drumbeat.planning.plan_run import PlanRun

CHANGES = ["expedite", "split", "defer", "cancel"]


def recall_told(run: PlanRun, snapshot: Snapshot) -> PlanRun:
    """Hold back the messages of a plan that are too many together with what the plans kept before it asked for.

    What was asked for and is still to be done goes on being told. Only rules with `remember_days` look back.

    Parameters
    ----------
    run
        A plan of the database's own data, not kept yet.
    snapshot
        The data that it was made of.
    """
    days = snapshot["stability_rule"]["remember_days"].max()
    stability = compile_stability(snapshot, run.problem, run.places) if days else None
    if stability is None:
        return run
    told = _compile_told(run, list_told(run, float(days)))  # type: ignore[arg-type]
    result, held = hold_back(run.problem, run.unheld or run.result, stability, told)
    rows = describe_held_back(snapshot, run.problem, result, run.places, run.orders, stability, held)
    actions = describe_actions(run.problem, result, run.places, run.orders, run.as_of)
    return replace(
        run, result=result, actions=add_replacements_to(actions, run.replacements),
        held_back=rows,
    )  # fmt: skip


def list_told(run: PlanRun, days: float) -> pl.DataFrame:
    """List the changes of orders that plans kept in the last days asked for, each of an order and promise once.

    Returns
    -------
    DataFrame
        subject, item, site, from_at (when it was promised), told_at (the last time).
    """
    from drumbeat.planning.models import ActionMessage

    since = run.as_of - timedelta(days=min(days, 36_500.0))
    named = ["subject", "item", "site", "from_at"]
    rows = ActionMessage.objects.filter(
        kind__in=CHANGES, held_back="", from_at__isnull=False, plan__horizon_start__gte=since,
        plan__horizon_start__lte=run.as_of,
    ).values_list(*named).annotate(told_at=Max("plan__horizon_start")).order_by(*named)  # fmt: skip
    moment = pl.Datetime("us", "UTC")
    columns = {"subject": pl.String(), "item": pl.String(), "site": pl.String(), "from_at": moment, "told_at": moment}
    return pl.DataFrame(list(rows.iterator()), schema=pl.Schema(columns), orient="row")


def _compile_told(run: PlanRun, told: pl.DataFrame) -> Told:
    keys = run.problem.receipts.keys.tolist()
    receipt = dict(zip(reversed(keys), range(len(keys) - 1, -1, -1), strict=True))
    rows = told.join(run.places, on=["item", "site"], maintain_order="left")
    now = pl.lit(run.as_of)
    seconds = rows.select(
        time=(pl.col("from_at") - now).dt.total_seconds(), age=(now - pl.col("told_at")).dt.total_seconds()
    )
    return Told(
        np.array([receipt.get(key, -1) for key in rows["subject"]], np.int32),
        rows["buffer"].to_numpy().astype(np.int32), seconds["time"].to_numpy().astype(np.int64),
        seconds["age"].to_numpy().astype(np.int64),
    )  # fmt: skip
