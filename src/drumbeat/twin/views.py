"""The confidence page, and single replications to look at."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST

from drumbeat.accounts.permissions import require, sites_of
from drumbeat.plant.models import Resource
from drumbeat.scheduling.models import Schedule
from drumbeat.scheduling.pack_board import pack_board
from drumbeat.scheduling.sight import wanted_sites, zone_of
from drumbeat.scheduling.views import MODULES
from drumbeat.twin.keep_replays import read_events, read_times
from drumbeat.twin.models import Replay
from drumbeat.twin.read_confidence import draw_waterfall, find_simulation, read_buffers, read_history, read_share
from drumbeat.web.jobs import enqueue
from drumbeat.web.lead_to_job import lead_to_job
from drumbeat.web.models import Job

ROWS_PER_PAGE = 50
KEPT_SECONDS = 600
MOST_FINDINGS = 60


def _in_zone(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Write moments in the time zone of the user's first site."""

    @wraps(view)
    def shown(request: HttpRequest, *arguments: Any, **options: Any) -> HttpResponse:
        with timezone.override(ZoneInfo(zone_of(request))):
            return view(request, *arguments, **options)

    return shown


@require("viewer")
@_in_zone
def confidence(request: HttpRequest) -> HttpResponse:
    """Say how sure the schedule is, what it would gain, what can be promised, and whether it held before."""
    allowed = sites_of(request.user)  # type: ignore[arg-type]
    seen = find_simulation(allowed)
    context: dict[str, Any] = {"seen": seen, "tab": "confidence", "may_validate": _may_validate(request)}
    if seen is None:
        return render(request, "twin/confidence.html", context)
    rows = seen.orders.annotate(slack=F("due_at") - F("planned_end")).order_by("probability", "due_at", "order")
    page = Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    for row in page:
        assert row.due_at is not None
        row.slack_seconds = (row.due_at - row.planned_end).total_seconds()  # type: ignore[attr-defined]
        row.buffer_seconds = max(0.0, (row.p80_end - row.planned_end).total_seconds())  # type: ignore[attr-defined]
    context |= {"page": page}
    if request.headers.get("HX-Target") == "confidence-orders":
        return render(request, "twin/confidence_orders.html", context)
    share = read_share(seen)
    findings = seen.simulation.summary.get("findings", {}).get("findings", []) if allowed is None else []
    context |= {
        "share": share,
        "steps": draw_waterfall(seen, share),
        "buffers": read_buffers(seen),
        # How the whole plant was played again names all its sites: it is told to those who see them.
        "history": read_history() | ({} if allowed is None else {"play": None}),
        "replays": list(Replay.objects.filter(simulation=seen.simulation).order_by("-which")),
        "assumed": findings[:MOST_FINDINGS],
        "num_assumed": len(findings),
        "running": Job.objects.filter(kind="validate", state__in=[Job.State.WAITING, Job.State.RUNNING]).first(),
    }
    return render(request, "twin/confidence.html", context)


def _may_validate(request: Any) -> bool:
    return sites_of(request.user, "planner") is None


@require("planner")
@require_POST
def start_validation(request: HttpRequest) -> HttpResponse:
    """Judge the twin by the last weeks, in the background."""
    if not _may_validate(request):
        raise PermissionDenied("A validation covers all sites: it needs the role planner for all sites.")
    running = Job.objects.filter(kind="validate", state__in=[Job.State.WAITING, Job.State.RUNNING]).first()
    if running is None:
        running = enqueue("validate", {"weeks": 4}, request.user)
    else:
        messages.info(request, "The twin is being judged already.")
    return lead_to_job(request, running, "confidence")


@require("viewer")
@_in_zone
def replay(request: HttpRequest, number: int, which: str) -> HttpResponse:
    """Show one replication on the board, to be scrubbed through."""
    found = _find_replay(number, which)
    allowed = sites_of(request.user)  # type: ignore[arg-type]
    subjects = (
        None if allowed is None else set(Resource.objects.filter(site__in=allowed).values_list("code", flat=True))
    )
    context = {
        "replay": found,
        "others": Replay.objects.filter(simulation=found.simulation).order_by("-which"),
        "events": read_events(found, subjects),
        "modules": MODULES,
        "site": request.GET.get("site", ""),
        "tab": "confidence",
    }
    return render(request, "twin/replay.html", context)


@require("viewer")
def replay_data(request: HttpRequest, number: int, which: str) -> HttpResponse:
    """Send when tasks ran in one replication, as the board reads it."""
    found = _find_replay(number, which)
    schedule = get_object_or_404(Schedule, pk=found.simulation.schedule_id)
    sites = wanted_sites(request)
    who = "*" if sites is None else "|".join(sorted(sites))
    key = f"replay:{found.pk}:{found.simulation.created_at:%s}:{hashlib.sha256(who.encode()).hexdigest()[:16]}"
    packed = cache.get(key)
    if packed is None:
        packed = gzip.compress(pack_board(schedule, sites, read_times(found)), 3, mtime=0)
        cache.set(key, packed, KEPT_SECONDS)
    is_gzip = "gzip" in request.headers.get("Accept-Encoding", "")
    answer = HttpResponse(packed if is_gzip else gzip.decompress(packed), content_type="application/octet-stream")
    if is_gzip:
        answer["Content-Encoding"] = "gzip"
    answer["Cache-Control"] = "private, no-cache"
    patch_vary_headers(answer, ["Cookie", "Accept-Encoding"])
    return answer


def _find_replay(number: int, which: str) -> Replay:
    return get_object_or_404(Replay.objects.select_related("simulation"), simulation=number, which=which)
