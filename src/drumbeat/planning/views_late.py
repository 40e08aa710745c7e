"""Late demands as pages: why each is late, what would help, who looks after it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from drumbeat.accounts.models import User
from drumbeat.accounts.permissions import check_role, require, sites_of
from drumbeat.data.send_sheets import send_sheets
from drumbeat.planning.compare_plans import narrow_counts
from drumbeat.planning.models import FiniteDelivery, FinitePlan, FollowUp, LateDemand, Plan
from drumbeat.planning.narrow_remedies import narrow_remedies
from drumbeat.planning.views import zone_of
from drumbeat.planning.views_capacity import at_sites, to_frame
from drumbeat.planning.views_materials import sort_rows
from drumbeat.web.jobs import enqueue, enqueue_once
from drumbeat.web.lead_to_job import lead_to_job
from drumbeat.web.models import Job

ROWS_PER_PAGE = 50
MOST_TRIED = 10
COLUMNS = {
    "demand": "Demand", "item": "Item", "site": "Site", "quantity": "Quantity", "due_at": "Due", "ready_at": "There",
    "late_days": "Late, days", "cause": "Because", "who": "Looked after by",
}  # fmt: skip
UNDER_WAY = [Job.State.WAITING, Job.State.RUNNING]


def find_late(request: Any, plan: Plan | None) -> QuerySet[LateDemand]:
    """Return the late demands of a plan that the request's words ask for, at the user's sites, with who has them."""
    mine = FollowUp.objects.filter(demand=OuterRef("demand"))
    rows = at_sites(request, LateDemand.objects.filter(plan=plan)).annotate(
        who=Subquery(mine.values("person__username")[:1]), who_id=Subquery(mine.values("person")[:1]),
        how_far=Subquery(mine.values("state")[:1]), note=Subquery(mine.values("note")[:1]),
    )  # fmt: skip
    for word in request.GET.get("q", "").split():
        rows = rows.filter(
            Q(demand__icontains=word) | Q(item__icontains=word) | Q(site__icontains=word) | Q(cause__icontains=word)
        )
    return rows


def _narrow(request: Any, rows: QuerySet[LateDemand]) -> QuerySet[LateDemand]:
    show = request.GET.get("show", "")
    narrowed = {"nobody": Q(who__isnull=True), "mine": Q(who_id=request.user.pk), "never": Q(ready_at__isnull=True)}
    rows = rows.filter(narrowed.get(show, Q()))
    return sort_rows(rows, request.GET.get("sort", ""), COLUMNS, F("late_days").desc(nulls_first=True), "demand")


def _count_finite(request: Any) -> int:
    """Count what the newest finite plan delivers late: machines are short too, not only material."""
    late = Q(late_days__gt=0) | Q(late_days__isnull=True)
    return at_sites(request, FiniteDelivery.objects.filter(late, plan=FinitePlan.objects.first())).count()


@require("viewer")
def late(request: HttpRequest) -> HttpResponse:
    """List the late demands of the newest plan, the latest first, with search, sort and pages."""
    plan = Plan.objects.first()
    found, sort = find_late(request, plan), request.GET.get("sort", "")
    counts = found.aggregate(
        all=Count("pk"), never=Count("pk", Q(ready_at__isnull=True)), nobody=Count("pk", Q(who__isnull=True)),
        mine=Count("pk", Q(who_id=request.user.pk)),
    )  # fmt: skip
    labels = {"": "All", "nobody": "Nobody's", "mine": "Mine", "never": "Never there"}
    context = {
        "plan": plan, "tab": "late", "words": request.GET.get("q", ""), "show": request.GET.get("show", ""),
        "sort": sort, "page": Paginator(_narrow(request, found), ROWS_PER_PAGE).get_page(request.GET.get("page")),
        "filters": [(key, label, counts[key or "all"]) for key, label in labels.items()],
        "texts": ["demand", "item", "site", "due_at", "ready_at", "cause", "who"],
        "columns": [(name, label, "-" + name if sort == name else name) for name, label in COLUMNS.items()],
        "finite_late": _count_finite(request),
    }  # fmt: skip
    with timezone.override(zone_of(request)):
        part = request.headers.get("HX-Target") == "late"
        return render(request, "planning/late_table.html" if part else "planning/late.html", context)


@require("viewer")
def export_late(request: HttpRequest) -> HttpResponse:
    """Send the late demands that the page shows as a workbook."""
    plan = Plan.objects.first()
    if plan is None:
        raise Http404("There is no plan yet: run one on the home page.")
    rows = _narrow(request, find_late(request, plan))
    sheets = {"late": to_frame(rows, [*COLUMNS, "how_far", "note"])}
    return send_sheets(sheets, "late-demands.xlsx", zone_of(request).key)


def _read(request: Any, code: str) -> LateDemand:
    return get_object_or_404(find_late(request, Plan.objects.first()), demand=code)


@require("viewer")
def late_demand(request: HttpRequest, code: str) -> HttpResponse:
    """Show a late demand: its chain, remedies with their effect, what was tried, who looks after it."""
    found = _read(request, code)
    # What was tried before this plan was made was tried on other data.
    jobs = Job.objects.filter(arguments__demand=code, created_at__gte=found.plan.created_at)
    sought = jobs.filter(kind="remedies").first()
    may_plan = request.user.may("planner", found.site)  # type: ignore[union-attr]
    all_found = sought.result.get("remedies", []) if sought else []
    remedies = narrow_remedies(all_found, sites_of(request.user))  # type: ignore[arg-type]
    context = {
        "late": found, "tab": "late", "follow_up": FollowUp.objects.filter(demand=code).first(), "sought": sought,
        "remedies": remedies, "may_plan": may_plan, "elsewhere": len(all_found) - len(remedies),
        "sees_all": sites_of(request.user) is None,  # type: ignore[arg-type]
        "is_seeking": bool(sought and sought.state in UNDER_WAY), "is_sought": bool(sought and sought.state == "done"),
        "tried": [tell_tried(request, job) for job in jobs.filter(kind="try-remedy", state="done")[:MOST_TRIED]],
        "trying": jobs.filter(kind="try-remedy", state__in=UNDER_WAY).first(), "states": FollowUp.State.choices,
        "people": list_people(found.site) if may_plan else [],
    }  # fmt: skip
    with timezone.override(zone_of(request)):
        return render(request, "planning/late_demand.html", context)


def tell_tried(request: Any, job: Job) -> dict[str, Any]:
    """Return the result of a trial with the demands that the user may see, and how many more there are."""
    sites, told = sites_of(request.user), dict(job.result)
    told |= narrow_counts(told, sites) | {"sees_all": sites is None}
    for name in ("on_time_now", "late_now", "moved"):
        rows = told.get(name, [])
        told[name] = [row for row in rows if sites is None or row["site"] in sites][:20]
        told[f"{name}_more"] = len(rows) - len(told[name])
    return told


def list_people(site: str) -> list[User]:
    """List who may be asked to look after a demand at a site: whoever may see it."""
    return [one for one in User.objects.filter(is_active=True).order_by("username") if one.may("viewer", site)]


@require("planner")
@require_POST
def seek_remedies(request: HttpRequest) -> HttpResponse:
    """Look for remedies of a late demand in the background."""
    found = _read(request, request.POST.get("demand", ""))
    check_role(request.user, "planner", found.site)
    return seek_once(request, "remedies", found.demand, f"Look for remedies of {found.demand}", "late-demand")


def seek_once(request: Any, kind: str, demand: str, title: str, page: str) -> HttpResponse:
    """Begin a search for a demand, unless one is under way; lead to it, or back to the demand's page."""
    running, _ = enqueue_once(kind, {"demand": demand}, request.user, title=title, arguments__demand=demand)
    return lead_to_job(request, running, page, code=demand)


@require("planner")
@require_POST
def try_remedy(request: HttpRequest) -> HttpResponse:
    """Try one of the remedies that were found, in the background; nothing is changed."""
    found = _read(request, request.POST.get("demand", ""))
    check_role(request.user, "planner", found.site)
    sought = Job.objects.filter(kind="remedies", arguments__demand=found.demand, state="done").first()
    known = narrow_remedies(sought.result.get("remedies", []) if sought else [], sites_of(request.user))  # type: ignore[arg-type]
    remedy = next((one for one in known if str(one["number"]) == request.POST.get("remedy", "")), None)
    if remedy is None:
        messages.error(request, "This remedy is not known any more: look for remedies again.")
        return redirect("late-demand", code=found.demand)
    arguments = {"demand": found.demand, "what": remedy["title"], "change": remedy["change"]}
    job = enqueue("try-remedy", arguments, request.user, title=f"Try: {remedy['title']}")
    return redirect("web:job", number=job.pk)


@require("planner")
@require_POST
def assign_late(request: HttpRequest) -> HttpResponse:
    """Give a late demand to a person, with a note and how far it is."""
    found = _read(request, request.POST.get("demand", ""))
    keep_follow_up(request, found.demand, found.site)
    return redirect("late-demand", code=found.demand)


def keep_follow_up(request: Any, demand: str, site: str) -> None:
    """Keep who looks after a late demand as a planner of its site has chosen, or say what is wrong with that."""
    check_role(request.user, "planner", site)
    chosen = request.POST.get("person", "")
    # Who is asked from the list of remedies says nothing of how far it is: that stays as it was.
    kept = FollowUp.objects.filter(demand=demand).values_list("state", flat=True).first()
    state = request.POST.get("state", kept or FollowUp.State.OPEN)
    person = next((one for one in list_people(site) if str(one.pk) == chosen), None)
    if chosen and person is None:
        messages.error(request, f"Choose somebody who may see site {site}.")
    elif state not in FollowUp.State.values:
        messages.error(request, f"Choose one of {', '.join(FollowUp.State.values)}.")
    else:
        told = {"note": request.POST.get("note", ""), "remedy": request.POST.get("remedy")}
        assign_to(request.user, demand, site, person, state=state, **told)
        messages.success(request, f"{person.username if person else 'Nobody'} looks after {demand}.")


def assign_to(
    by: Any, demand: str, site: str, person: User | None, *, state: str, note: str | None, remedy: str | None
) -> FollowUp:
    """Give a late demand to a person, or to nobody; a note or remedy of None stays as it was."""
    texts = {"note": (note, 500), "remedy": (remedy, 300)}
    values: dict[str, Any] = {
        "site": site, "person": person, "state": state, "changed_at": timezone.now(), "changed_by": by.get_username(),
        **{name: text.strip()[:most] for name, (text, most) in texts.items() if text is not None},
    }  # fmt: skip
    return FollowUp.objects.update_or_create(demand=demand, defaults=values)[0]
