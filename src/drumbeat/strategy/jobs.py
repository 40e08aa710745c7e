"""Strategy's long work, as background jobs of the site."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from drumbeat.basics.findings import Finding, Findings, InputError
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


@job("judge-roadmap", title="Let the twin judge the roadmap")
def judge_roadmap_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Let the twin judge the short list of a stored roadmap (`roadmap`: its number), and keep what it says."""
    from drumbeat.strategy.judge_roadmap import judge_stored
    from drumbeat.strategy.models import RoadmapPlan

    progress(0.0, "reading the data")
    plan = RoadmapPlan.objects.get(pk=arguments["roadmap"])
    # A plant that states no moment lives on the clock: as of another moment its data would be others.
    told = plan.content.get("as_of")
    snapshot = Snapshot.read_database(as_of=datetime.fromisoformat(told) if told else None)
    run = judge_stored(snapshot, plan.version, plan.terms, plan.content, progress=part_of(progress, 0.02, 0.98))
    progress(0.98, "storing")
    plan.content["twin"] = run.as_json()
    plan.save(update_fields=["content"])
    return {"roadmap": plan.pk, "verdict": run.verdict, "url": "/strategy/roadmap/#twin-title"}


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


@job("stress-twin", title="Play stress tests by the twin")
def stress_twin_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Play some of the newest stress tests by the twin, and store what it says beside them; `arguments["keys"]`."""
    from drumbeat.strategy.play_plant import PlayTerms
    from drumbeat.strategy.run_stress import read_terms, save_played
    from drumbeat.strategy.stress_by_twin import stress_by_twin

    progress(0.0, "reading the data")
    stored, losses = find_losses(arguments["keys"])
    snapshot = Snapshot.read_database(as_of=stored.as_of)
    if snapshot.version != stored.version:
        rule, remedy = "a loss is played on the data of its stress test", "Run the stress tests anew, then play them"
        raise InputError(Finding("stress test", rule, remedy, value=f"of {stored.version}, now {snapshot.version}"))
    terms = PlayTerms(replications=int(arguments.get("replications", PlayTerms.replications)), cores=0)
    found = stress_by_twin(snapshot, losses, read_terms(), terms, part_of(progress, 0.02, 0.98))
    save_played(stored.pk, found)
    return {"played": len(found.losses), "url": "/strategy/stress/"}


def find_losses(keys: list[str]) -> tuple[Any, dict[str, float]]:
    """Return the newest stress tests, and what the named ones cost there.

    Raises
    ------
    InputError
        When no tests are stored, or one of the keys is not among them.
    """
    from drumbeat.strategy.models import StoredStress

    stored = StoredStress.objects.first()
    known = {row["key"]: float(row["loss"]) for row in stored.run["rows"]} if stored else {}
    findings = Findings()
    for key in dict.fromkeys(keys):
        if key not in known:
            rule, remedy = "a loss that is played is one of the newest stress tests", "Run the stress tests first"
            findings.add(Finding("stress test", rule, remedy, value=key))
    findings.raise_on_errors()
    return stored, {key: known[key] for key in dict.fromkeys(keys)}


@job("weak-twin", title="Play what weaknesses cost")
def weak_twin_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Play what the newest weaknesses will cost if they are left, and store it with them."""
    from drumbeat.strategy.actions import read_same_data, read_weaknesses, save_by_twin
    from drumbeat.strategy.play_plant import PlayTerms
    from drumbeat.strategy.weak_by_twin import TOP, weak_by_twin

    progress(0.0, "reading the data")
    found = read_weaknesses()
    terms = PlayTerms(replications=int(arguments.get("replications", PlayTerms.replications)), cores=0)
    top = int(arguments.get("top", TOP))
    played = weak_by_twin(read_same_data(), found, terms, top=top, progress=part_of(progress, 0.02, 0.98))
    return {"played": save_by_twin(played), "url": "/weaknesses/"}


@job("flexibility", title="Look for links worth having")
def flexibility_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Study which further links between machines and operations would be worth most, and store it."""
    from drumbeat.strategy.study_flexibility import FlexibilityTerms, save_study, study_flexibility

    progress(0.0, "reading the data")
    terms = FlexibilityTerms(**arguments)
    study = study_flexibility(Snapshot.read_database(), terms, part_of(progress, 0.05, 0.95))
    stored = save_study(study, timezone.now())
    return {"flexibility": stored.pk, "url": "/strategy/flexibility/"}
