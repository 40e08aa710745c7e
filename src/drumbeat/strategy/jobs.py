"""Strategy's long work, as background jobs of the site."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from drumbeat.basics.progress import Progress, part_of
from drumbeat.data.snapshot import Snapshot
from drumbeat.web.jobs import job


@job("roadmap", title="Plan a roadmap")
def roadmap_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Plan a roadmap of the database as it is now, and store it; `arguments` are `RoadmapTerms`."""
    from drumbeat.strategy.compile_roadmap import RoadmapTerms
    from drumbeat.strategy.engine.roadmap.optimise import StudyParams
    from drumbeat.strategy.plan_roadmap import plan_roadmap, save_roadmap

    progress(0.0, "reading the data")
    params = StudyParams()
    run = plan_roadmap(Snapshot.read_database(), RoadmapTerms(**arguments), params, part_of(progress, 0.05, 0.95))
    progress(0.95, "storing")
    plan = save_roadmap(run, params, timezone.now())
    return {"roadmap": plan.pk, "value": plan.summary["value"], "url": "/strategy/roadmap/"}
