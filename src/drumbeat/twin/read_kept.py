"""Read the predictions and the schedules that were kept at the time."""

from __future__ import annotations

from datetime import datetime

import polars as pl
from django.db.models.functions import Coalesce

from drumbeat.scheduling.models import Schedule, ScheduledTask
from drumbeat.twin.follow_kept import IN_FORCE, KeptSchedule
from drumbeat.twin.models import OrderConfidence, Simulation
from drumbeat.twin.validate_plant import AHEAD, COLUMNS, PROMISES, STEP

KEPT_WEEKS = 26
"""Weeks back of which kept predictions are judged after every run."""


def read_kept(until: datetime, weeks: int) -> pl.DataFrame:
    """Read the predictions that were made in the weeks before a moment and kept: of each order, a week's first.

    Returns
    -------
    said_at, order, probability, p50_end, p80_end, p95_end, machine (null).
    """

    start = until - STEP * weeks
    seen: dict[tuple[int, str], dict[str, object]] = {}
    starts = dict(Schedule.objects.values_list("pk", "horizon_start"))
    for simulation in Simulation.objects.order_by("pk"):
        said_at = starts.get(simulation.schedule_id)
        if said_at is None or not start <= said_at < until:
            continue
        week = int((said_at - start) / STEP)
        rows = OrderConfidence.objects.filter(simulation=simulation, due_at__gte=said_at, due_at__lt=said_at + AHEAD)
        # As played: what putting right makes of it is learned from what it was before.
        rows = rows.annotate(said=Coalesce("played", "probability"))
        for row in rows.values("order", "said", "p50_end", "p80_end", "p95_end"):
            told = {"probability": row.pop("said"), **row}
            seen.setdefault((week, row["order"]), {"said_at": said_at, "machine": None, **told})
    schema = {name: COLUMNS[name] for name in ("said_at", "machine", "order", "probability")}
    return pl.DataFrame(list(seen.values()), schema=schema | {name: COLUMNS[name] for name, _ in PROMISES})


def read_schedules(until: datetime, weeks: int) -> list[KeptSchedule]:
    """Read the schedules that were in force at the beginnings of the weeks before a moment, where they are kept."""
    made = list(Schedule.objects.order_by("horizon_start", "pk").values_list("pk", "horizon_start"))
    found = []
    for moment in (until - STEP * number for number in range(1, weeks + 1)):
        known = [one for one in made if moment - IN_FORCE < one[1] <= moment]
        if known:
            number, made_for = known[-1]
            rows = ScheduledTask.objects.filter(schedule_id=number).exclude(resource="")
            names = ("order", "operation", "resource", "starts_at")
            schema = dict.fromkeys(names[:3], pl.String) | {"starts_at": pl.Datetime("us", "UTC")}
            tasks = pl.DataFrame(list(rows.values_list(*names)), schema=schema, orient="row")
            found.append(KeptSchedule(number, made_for, tasks))
    return found
