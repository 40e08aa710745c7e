"""The finite plan, and what is tried on it, as background jobs of the site."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.utils import timezone

from drumbeat.basics.progress import Progress, part_of
from drumbeat.data.snapshot import Snapshot
from drumbeat.web.jobs import job


@job("finite", title="Plan against machines and material")
def finite_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Make a finite plan of the database as it is now, and store it.

    `arguments["importance_first"]` says whether the more important demand is served first; without it the company does.
    """
    from drumbeat.scheduling.plan_finitely import plan_finitely
    from drumbeat.scheduling.save_finite import save_finite

    progress(0.0, "reading the data")
    snapshot = Snapshot.read_database()
    asked = arguments.get("importance_first")
    run = plan_finitely(snapshot, part_of(progress, 0.1, 0.95), importance_first=None if asked is None else bool(asked))
    progress(0.95, "storing")
    save_finite(run, snapshot.version, timezone.now())
    return {"demands": run.deliveries.height, "late": run.num_late, "url": "/plan/finite/"}


@job("finite-overtime", title="Try overtime where late demands wait")
def overtime_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:  # noqa: ARG001 - as above
    """Plan the database with one more shift a week where most late demands wait; nothing is changed."""
    from drumbeat.scheduling.plan_finitely import plan_finitely
    from drumbeat.scheduling.try_overtime import try_overtime

    progress(0.0, "reading the data")
    snapshot = _read_as_planned()
    run = plan_finitely(snapshot, part_of(progress, 0.05, 0.3))
    trials = try_overtime(snapshot, run, part_of(progress, 0.3, 1.0))
    return {
        "late": run.num_late, "tried": len(trials), "trials": [trial.as_json() for trial in trials],
        "url": "/plan/finite/#overtime",
    }  # fmt: skip


@job("finite-remedies", title="Look for remedies on the finite plan")
def remedies_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Find remedies for `arguments["demand"]` and try each on a finite plan of the database; nothing is changed."""
    from drumbeat.scheduling.plan_finitely import plan_finitely
    from drumbeat.scheduling.propose_finite_remedies import propose_finite_remedies

    progress(0.0, "reading the data")
    snapshot, demand = _read_as_planned(), arguments["demand"]
    run = plan_finitely(snapshot, part_of(progress, 0.05, 0.2))
    found = propose_finite_remedies(snapshot, run, demand, part_of(progress, 0.2, 1.0))
    return {
        "demand": demand, "found": len(found), "remedies": [remedy.as_json() for remedy in found],
        "url": f"/plan/finite-late/{quote(demand)}/",
    }  # fmt: skip


@job("try-finite-remedy", title="Try a remedy on the finite plan")
def try_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Make the finite plan with and without `arguments["change"]`, and say what it does; nothing is changed."""
    from drumbeat.data.stored_change import restore_change
    from drumbeat.scheduling.try_finite_change import try_finite_change

    progress(0.0, "reading the data")
    change = restore_change(arguments["change"])
    told = try_finite_change(_read_as_planned(), change, part_of(progress, 0.05, 1.0))
    return {
        **told, "demand": arguments["demand"], "what": arguments["what"],
        "url": f"/plan/finite-late/{quote(arguments['demand'])}/#tried",
    }  # fmt: skip


def _read_as_planned() -> Snapshot:
    from drumbeat.scheduling.save_finite import serve_as_kept

    return serve_as_kept(Snapshot.read_database())
