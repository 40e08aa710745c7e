"""Keep a finite plan: when each demand is delivered, and by when to buy what."""

from __future__ import annotations

from datetime import datetime

import polars as pl
from django.db import transaction

from drumbeat.data.save_rows import save_frame
from drumbeat.planning import models
from drumbeat.planning.kept_tables import FiniteChain
from drumbeat.scheduling.plan_finitely import FinitePlan

SCHEMA = {"demand": pl.String, "site": pl.String, "order": pl.String, "waits": pl.Object}


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
        plan = models.FinitePlan.objects.create(created_at=created_at, version=version, findings=findings)
        models.FinitePlan.objects.exclude(pk=plan.pk).delete()
        save_frame(models.FiniteDelivery, deliveries.drop("late_seconds"), {"plan_id": plan.pk})
        save_frame(models.FinitePurchase, run.purchases, {"plan_id": plan.pk})
        save_frame(FiniteChain, _list_chains(run), {"plan_id": plan.pk})
    return plan


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
