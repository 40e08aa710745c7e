"""Comparisons of what-ifs, and validations, as background jobs of the site."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from drumbeat.basics.progress import Progress, part_of
from drumbeat.data.snapshot import Snapshot
from drumbeat.web.jobs import job


@job("compare", title="Compare what-ifs with today")
def compare_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Compare the what-ifs of `arguments["codes"]` with the database as it is now, and store what came out."""
    from drumbeat.accounts.models import User
    from drumbeat.twin.compare import compare
    from drumbeat.twin.compare_store import read_stored_designs, save_comparison
    from drumbeat.twin.measure_design import Effort

    progress(0.0, "reading the data")
    site, codes = arguments.get("site", ""), list(arguments["codes"])
    designs = read_stored_designs(Snapshot.read_database(), codes, site)
    run = compare(designs, Effort(replications=int(arguments.get("replications", 1000))), part_of(progress, 0.05, 0.95))
    user = User.objects.filter(pk=arguments.get("user")).first()
    stored = save_comparison(run, codes, site, user, timezone.now())
    return {"comparison": stored.pk, "verdict": stored.verdict, "url": f"/what-if/compare/{stored.pk}/"}


@job("validate", title="Judge the twin by the last weeks")
def validate_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Predict the last `arguments["weeks"]` weeks of the database from what was known then, and store the scores."""
    from drumbeat.twin.keep_validation import validate_stored

    stored = validate_stored(
        int(arguments.get("weeks", 4)), int(arguments.get("replications", 400)), timezone.now(), progress=progress
    )
    return {"predictions": stored.num_resolved, "calibration_error": stored.error, "url": "/twin/#calibration"}


@job("play", title="Play the plant some weeks ahead")
def play_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Play the database by `arguments` (weeks, rule, setups_first, replications, threats, site), and store it."""
    from drumbeat.accounts.models import User
    from drumbeat.twin.compile_floor import FloorTerms
    from drumbeat.twin.keep_plays import play_stored

    terms = FloorTerms(
        weeks=int(arguments.get("weeks", 13)),
        rule=arguments.get("rule", "edd"),
        setups_first=bool(arguments.get("setups_first", False)),
    )
    stored = play_stored(
        terms, timezone.now(), site=arguments.get("site", ""), replications=int(arguments.get("replications", 100)),
        threats=int(arguments.get("threats", 0)),
        user=User.objects.filter(pk=arguments.get("user")).first(), progress=progress,
    )  # fmt: skip
    return {"play": stored.pk, "weeks": stored.weeks, "url": f"/twin/weeks/{stored.pk}/"}


@job("line", title="Study a line by itself")
def line_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Study the routing of `arguments` (routing, places, set_places, more, precision, seed) as a line."""
    from urllib.parse import quote

    from drumbeat.twin.keep_lines import study_stored

    study = study_stored(
        arguments["routing"], places=int(arguments.get("places", 10)), set_places=arguments.get("set_places") or {},
        more=int(arguments.get("more", 1)), precision=float(arguments.get("precision", 0.01)),
        seed=int(arguments.get("seed", 1)), progress=progress,
    )  # fmt: skip
    address = f"/twin/line/?routing={quote(arguments['routing'], safe='')}"
    return {"routing": arguments["routing"], "study": study, "url": address}
