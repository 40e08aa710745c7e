"""Pages of the schedule: the plan board, its data, and the same as a table."""

from __future__ import annotations

import gzip
import hashlib

from django.core.cache import cache
from django.core.paginator import Paginator
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers

from drumbeat.accounts.permissions import require, sites_of
from drumbeat.plant.models import Site
from drumbeat.scheduling.engine.explain_infeasible import ALL_PLACED
from drumbeat.scheduling.models import Schedule, ScheduledTask
from drumbeat.scheduling.pack_board import pack_board
from drumbeat.scheduling.sight import find_schedule, tasks_in_sight, wanted_sites

KEPT_SECONDS = 60
"""How long a packed board is kept: it shows names and states as they are now, which people edit."""

ROWS_PER_PAGE = 50
SORTS = {
    "start": "starts_at", "end": "ends_at", "order": "order", "item": "item", "resource": "resource",
    "quantity": "quantity", "due": "due_at",
}  # fmt: skip


@require("viewer")
def board(request: HttpRequest, number: int | None = None) -> HttpResponse:
    """Show the plan board of the newest schedule, or of an older one."""
    schedule = find_schedule(number)
    allowed = sites_of(request.user)  # type: ignore[arg-type]
    sites = Site.objects.order_by("code") if allowed is None else Site.objects.filter(code__in=allowed)
    return render(
        request,
        "scheduling/board.html",
        {
            "schedule": schedule,
            "schedules": Schedule.objects.all()[:12],
            "sites": sites,
            "site": request.GET.get("site", ""),
            "modules": MODULES,
            "tab": "board",
            "conflict": _find_conflict(schedule, allowed),
            # What is not the newest is history.
            "may_move": schedule is not None
            and request.user.may("planner")  # type: ignore[union-attr]
            and not Schedule.objects.filter(pk__gt=schedule.pk).exists(),
        },
    )


def _find_conflict(schedule: Schedule | None, allowed: set[str] | None) -> str:
    """Facts for which some task has no place, for those who see all sites; "" for none: they name any order."""
    if schedule is None or not schedule.num_unscheduled or allowed is not None:
        return ""
    rows = schedule.summary.get("findings", {}).get("findings", [])
    return next((row["value"] for row in rows if row.get("rule") == ALL_PLACED and row.get("value")), "")


MODULES = [
    f"scheduling/board/{name}.js"
    for name in (
        "board", "colours", "data", "draw_bars", "draw_frame", "draw_overlay", "find", "keys", "move", "overview",
        "panel", "pointer", "story", "ticks", "view",
    )
]  # fmt: skip
"""What the board's script imports, fetched together rather than one after the other."""


@require("viewer")
def board_data(request: HttpRequest, number: int) -> HttpResponse:
    """Send a schedule's tasks as columns; see `drumbeat.scheduling.pack_board`."""
    schedule = get_object_or_404(Schedule, pk=number)
    sites = wanted_sites(request)
    who = "*" if sites is None else "|".join(sorted(sites))
    key = f"board:{schedule.pk}:{schedule.created_at:%s}:{hashlib.sha256(who.encode()).hexdigest()[:16]}"
    kept = cache.get(key)
    if kept is None:
        body = pack_board(schedule, sites)
        kept = (f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"', gzip.compress(body, 3, mtime=0))
        cache.set(key, kept, KEPT_SECONDS)
    tag, packed = kept
    answer: HttpResponse
    if request.headers.get("If-None-Match") == tag:
        answer = HttpResponseNotModified()
    elif "gzip" in request.headers.get("Accept-Encoding", ""):
        answer = HttpResponse(packed, content_type="application/octet-stream")
        answer["Content-Encoding"] = "gzip"
    else:
        answer = HttpResponse(gzip.decompress(packed), content_type="application/octet-stream")
    answer["ETag"] = tag
    answer["Cache-Control"] = "private, no-cache"
    patch_vary_headers(answer, ["Cookie", "Accept-Encoding"])
    return answer


@require("viewer")
def table(request: HttpRequest, number: int) -> HttpResponse:
    """Show a schedule's tasks as a table: the board for those who read rather than look."""
    schedule = get_object_or_404(Schedule, pk=number)
    words = request.GET.get("q", "").strip()
    sort = request.GET.get("sort", "start")
    column = SORTS.get(sort.removeprefix("-"), "starts_at")
    ordered = F(column).desc(nulls_last=True) if sort.startswith("-") else F(column).asc(nulls_last=True)
    tasks = _find_tasks(schedule, wanted_sites(request), words).order_by(ordered, "pk")
    page = Paginator(tasks, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "schedule": schedule, "page": page, "words": words, "sort": sort, "site": request.GET.get("site", ""),
        "tab": "table",
        "columns": [(name, "-" + name if sort == name else name) for name in SORTS],
    }  # fmt: skip
    part = request.headers.get("HX-Target") == "board-table"
    return render(request, "scheduling/task_table.html" if part else "scheduling/table.html", context)


def _find_tasks(schedule: Schedule, sites: set[str] | None, words: str) -> QuerySet[ScheduledTask]:
    tasks = tasks_in_sight(schedule, sites)
    for word in words.split():
        tasks = tasks.filter(
            Q(order__icontains=word) | Q(item__icontains=word) | Q(resource__icontains=word)
            | Q(operation__icontains=word)
        )  # fmt: skip
    return tasks
