"""The run as a background job of the site."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import timezone

from drumbeat.basics.progress import Progress, part_of
from drumbeat.data.snapshot import Snapshot
from drumbeat.web.jobs import job


@job("run", title="Plan, schedule and simulate")
def run_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Run everything on the database as it is now, store it and write the report."""
    # Imported where it is done: the site, which only puts it in the queue, need not load the engines.
    from drumbeat.home.report import write_report
    from drumbeat.home.run import put_run_right, run_all, save_run

    progress(0.0, "reading the data")
    snapshot = Snapshot.read_database()
    run = run_all(
        snapshot,
        seconds=float(arguments.get("seconds", 10.0)),
        replications=int(arguments.get("replications", 1000)),
        seed=int(arguments.get("seed", 1)),
        progress=part_of(progress, 0.02, 0.9),
    )
    progress(0.92, "storing")
    created_at = timezone.now()
    run = put_run_right(run)
    numbers = save_run(run, created_at)
    path = settings.HOME / "reports" / f"run-{numbers['schedule']}.html"
    write_report(run, path, created_at)
    return {
        **numbers,
        "expected_on_time": run.simulation.expected_on_time,
        "report": path.name,
        "url": "/",
    }


@job("director", title="Measure the director's KPIs")
def director_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Measure the director's KPIs on the database as it is now, and store them."""
    from drumbeat.strategy.measure_director import measure_director, save_review
    from drumbeat.strategy.run_stress import read_terms

    progress(0.0, "reading the data")
    review = measure_director(
        Snapshot.read_database(), terms=read_terms(), seed=int(arguments.get("seed", 1)),
        progress=part_of(progress, 0.05, 0.95),
    )  # fmt: skip
    stored = save_review(review, timezone.now())
    return {"review": stored.pk, "url": "/director/"}
