"""Keep a finite plan: when each demand is delivered, by when to buy what, and what it has learned."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

import polars as pl
from django.db import transaction

from drumbeat.data.save_rows import save_frame
from drumbeat.data.snapshot import Snapshot
from drumbeat.planning import models
from drumbeat.planning.kept_tables import FiniteChain
from drumbeat.scheduling.learn_from_schedule import Lessons, read_lessons
from drumbeat.scheduling.plan_finitely import FinitePlan
from drumbeat.scheduling.serve_importance import serve_importance

SCHEMA = {"demand": pl.String, "site": pl.String, "order": pl.String, "waits": pl.Object}


class Kept(NamedTuple):
    """What a promise keeps to of the finite plan that is kept.

    Parameters
    ----------
    lessons
        What it has learned; None where it is of other data, or there is none.
    is_importance_first
        Whether the more important demand is served first; None = as the company says.
    """

    lessons: Lessons | None = None
    is_importance_first: bool | None = None


def save_finite(run: FinitePlan, version: str, created_at: datetime) -> models.FinitePlan:
    """Store a finite plan in one transaction; it takes the place of the one before.

    Parameters
    ----------
    run
        The plan.
    version
        Version of the data.
    created_at
        When it was made.

    Returns
    -------
    FinitePlan
        The stored plan (`drumbeat.planning.models.FinitePlan`).
    """
    deliveries = run.deliveries.with_columns(
        late_days=pl.col("late_seconds") / 86_400.0, reason=pl.col("reason").str.slice(0, 300)
    )
    with transaction.atomic():
        findings = run.schedule.findings.as_json()
        plan = models.FinitePlan.objects.create(
            created_at=created_at,
            version=version,
            findings=findings,
            lessons=run.lessons.as_json() | {"as_of": run.plan.as_of.isoformat()},
            is_importance_first=run.is_importance_first,
            passes=[one._asdict() for one in run.trail],
        )
        models.FinitePlan.objects.exclude(pk=plan.pk).delete()
        save_frame(models.FiniteDelivery, deliveries.drop("late_seconds"), {"plan_id": plan.pk})
        save_frame(models.FinitePurchase, run.purchases, {"plan_id": plan.pk})
        save_frame(FiniteChain, _list_chains(run), {"plan_id": plan.pk})
    return plan


def recall_finite(snapshot: Snapshot) -> Kept:
    """Recall the rule of the finite plan that is kept, and, where it is of these data, what it has learned."""
    kept = models.FinitePlan.objects.first()
    if kept is None:
        return Kept()
    if "as_of" not in kept.lessons:
        # It was made before lessons and its rule were kept: of the two, only a rule that is told is known.
        return Kept(None, kept.is_importance_first or None)
    then = datetime.fromisoformat(kept.lessons["as_of"])
    # The moment at which data are read is a part of their version: the same data as they were then.
    if replace(snapshot, as_of=then).version != kept.version:
        return Kept(None, kept.is_importance_first)
    seconds = round((snapshot.as_of - then).total_seconds())
    return Kept(read_lessons(kept.lessons).be_later(seconds), kept.is_importance_first)


def serve_as_kept(snapshot: Snapshot) -> Snapshot:
    """Return the data with the rule of the finite plan that is kept: what is tried is compared with that."""
    first = recall_finite(snapshot).is_importance_first
    return snapshot if first is None else serve_importance(snapshot, first=first)


def _list_chains(run: FinitePlan) -> pl.DataFrame:
    """List the late demands with what comes last for them, and what its time goes into."""
    late = run.deliveries.filter(pl.col("late_seconds").fill_null(1) > 0)
    waits = dict(zip(run.schedule.orders["order"].to_list(), run.schedule.orders["waits"].to_list(), strict=True))
    rows = []
    for demand, site in late.select("demand", "site").iter_rows():
        order = run.last_orders.get(demand, "")
        rows.append((demand, site, order, waits.get(order, [])))
    names = ("demand", "site", "order", "waits")
    return pl.DataFrame({name: [row[at] for row in rows] for at, name in enumerate(names)}, schema=SCHEMA)
