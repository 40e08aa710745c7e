"""Forecasting as a background job of the site."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from drumbeat.basics.progress import Progress, part_of
from drumbeat.data.snapshot import Snapshot
from drumbeat.web.jobs import job

MOST_PERIODS = 520


@job("forecast", title="Forecast demand")
def forecast_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Forecast the database as it is now, and keep the forecast."""
    # Imported where it is done: the site, which only puts it in the queue, need not load the engines.
    from drumbeat.demand.actions import make_forecast, save_forecast

    progress(0.0, "reading the data")
    horizon = min(max(int(arguments.get("horizon", 12)), 1), MOST_PERIODS)
    run = make_forecast(Snapshot.read_database(), horizon=horizon, progress=part_of(progress, 0.05, 0.9))
    progress(0.9, "storing")
    stored = save_forecast(run, timezone.now())
    return {"forecast": stored.pk, "series": run.series.height, "url": "/demand/"}
