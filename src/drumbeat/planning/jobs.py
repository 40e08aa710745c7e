"""The master plan, the review of stock, and remedies of late demands, as background jobs of the site."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.utils import timezone

from drumbeat.basics.progress import Progress, part_of
from drumbeat.data.snapshot import Snapshot
from drumbeat.web.jobs import job


@job("master", title="Make a master plan")
def master_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Make a master plan of the database as it is now, and store it; `arguments` are `MasterTerms`."""
    from drumbeat.planning.actions import save_master
    from drumbeat.planning.compile_master import MasterTerms
    from drumbeat.planning.make_master import make_master

    progress(0.0, "reading the data")
    snapshot = Snapshot.read_database()
    terms = MasterTerms(**arguments)
    run = make_master(snapshot, terms, progress=part_of(progress, 0.1, 0.9))
    progress(0.95, "storing")
    master = save_master(run, terms, snapshot.version, timezone.now())
    return {"master": master.pk, "cost": master.cost, "url": "/plan/master/"}


@job("stock", title="Review stock policies")
def stock_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Review the stock policies of the database as it is now, and store them; `arguments` are `PolicyTerms`."""
    from drumbeat.planning.actions import save_policies
    from drumbeat.planning.set_policies import PolicyTerms, set_policies

    progress(0.0, "reading the data")
    snapshot = Snapshot.read_database()
    terms = PolicyTerms(**arguments)
    progress(0.2, "measuring demand and lead times")
    review = save_policies(set_policies(snapshot, terms), terms, timezone.now())
    return {"review": review.pk, "url": "/plan/stock/"}


@job("placement", title="Place stock over all levels")
def placement_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Place safety stock over the levels of the database as it is now, and store it; `arguments` are terms."""
    from drumbeat.planning.actions import save_placement
    from drumbeat.planning.place_over_levels import PlacementTerms, place_over_levels

    progress(0.0, "reading the data")
    snapshot = Snapshot.read_database()
    terms = PlacementTerms(**arguments)
    progress(0.2, "placing stock")
    stored = save_placement(place_over_levels(snapshot, terms), terms, timezone.now())
    return {"placement": stored.pk, "saved": stored.summary["saved"], "url": "/plan/placement/"}


@job("remedies", title="Look for remedies of a late demand")
def remedies_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Find remedies for `arguments["demand"]` and try each on a plan of the database as it is now."""
    from drumbeat.planning.actions import make_plan
    from drumbeat.planning.propose_remedies import propose_remedies

    progress(0.0, "reading the data")
    snapshot = Snapshot.read_database()
    run = make_plan(snapshot, part_of(progress, 0.1, 0.4))
    progress(0.4, "trying what may help")
    found = propose_remedies(snapshot, run, arguments["demand"])
    return {
        "demand": arguments["demand"], "found": len(found), "remedies": [remedy.as_json() for remedy in found],
        "url": f"/plan/late/{quote(arguments['demand'])}/",
    }  # fmt: skip


@job("try-remedy", title="Try a remedy")
def try_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Plan the database with and without `arguments["change"]`, and say what it does; nothing is changed."""
    from drumbeat.data.stored_change import restore_change
    from drumbeat.planning.try_changes import begin_trials, try_changes

    progress(0.0, "reading the data")
    change = restore_change(arguments["change"])
    before = begin_trials(Snapshot.read_database(), part_of(progress, 0.1, 0.7))
    tried = try_changes(before, [change], part_of(progress, 0.7, 0.95))
    return {
        **tried.compare(), "demand": arguments["demand"], "what": arguments["what"],
        "url": f"/plan/late/{quote(arguments['demand'])}/#tried",
    }  # fmt: skip
