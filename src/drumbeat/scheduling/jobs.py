"""The finite plan as a background job of the site."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from drumbeat.basics.progress import Progress, part_of
from drumbeat.data.snapshot import Snapshot
from drumbeat.web.jobs import job


@job("finite", title="Plan against machines and material")
def finite_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:  # noqa: ARG001 - all jobs are called so
    """Make a finite plan of the database as it is now, and store it; it takes no arguments."""
    from drumbeat.scheduling.plan_finitely import plan_finitely
    from drumbeat.scheduling.save_finite import save_finite

    progress(0.0, "reading the data")
    snapshot = Snapshot.read_database()
    run = plan_finitely(snapshot, part_of(progress, 0.1, 0.95))
    progress(0.95, "storing")
    save_finite(run, snapshot.version, timezone.now())
    return {"demands": run.deliveries.height, "late": run.num_late, "url": "/plan/finite/"}
