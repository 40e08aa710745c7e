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


@job("stress", title="Run stress tests")
def stress_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Run the stress tests of the database as it is now, and store them; `arguments` are `StressTerms`."""
    from drumbeat.strategy.list_stress_nodes import StressTerms
    from drumbeat.strategy.run_stress import run_stress, save_stress

    progress(0.0, "reading the data")
    terms = StressTerms(**arguments)
    run = run_stress(Snapshot.read_database(), terms, progress=part_of(progress, 0.05, 0.95))
    progress(0.95, "storing")
    stored = save_stress(run, terms, timezone.now())
    return {"stress": stored.pk, "nodes": len(run.rows), "url": "/strategy/stress/"}
