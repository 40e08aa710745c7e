"""A demand that the finite plan delivers late, as a page: what its time goes into, what would help, who has it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from drumbeat.accounts.permissions import check_role, require, sites_of
from drumbeat.planning.kept_tables import FiniteChain
from drumbeat.planning.leave_orders_out import leave_orders_out
from drumbeat.planning.models import FiniteDelivery, FinitePlan, FollowUp
from drumbeat.planning.narrow_remedies import narrow_remedies
from drumbeat.planning.views import zone_of
from drumbeat.planning.views_capacity import at_sites
from drumbeat.planning.views_finite import LATE
from drumbeat.planning.views_late import MOST_TRIED, UNDER_WAY, keep_follow_up, list_people, seek_once, tell_tried
from drumbeat.scheduling.tell_waits import tell_waits
from drumbeat.web.jobs import enqueue_once
from drumbeat.web.lead_to_job import lead_to_job
from drumbeat.web.models import Job

SEEK, TRY = "finite-remedies", "try-finite-remedy"


def _read(request: Any, code: str) -> FiniteDelivery:
    late = FiniteDelivery.objects.filter(LATE, plan=FinitePlan.objects.first())
    found: FiniteDelivery = get_object_or_404(at_sites(request, late), demand=code)
    return found


@require("viewer")
def finite_demand(request: Any, code: str) -> HttpResponse:
    """Show a late delivery: its chain, remedies with their effect, who looks after it."""
    found = _read(request, code)
    chain = FiniteChain.objects.filter(plan=found.plan, demand=code).first()
    waits: list[dict[str, Any]] = chain.waits if chain else []
    sees_all = sites_of(request.user) is None
    if not sees_all:
        # The orders in the way may be of any site.
        waits = [{**wait, "cause": leave_orders_out(wait["cause"])} for wait in waits]
    # What was tried before this plan was made was tried on other data.
    jobs = find_searches(found)
    sought = jobs.first()
    tried = Job.objects.filter(kind=TRY, arguments__demand=code, created_at__gte=found.plan.created_at)
    may_plan = request.user.may("planner", found.site)
    all_found = sought.result.get("remedies", []) if sought else []
    remedies = narrow_remedies(all_found, sites_of(request.user))
    context = {
        "late": found, "tab": "finite", "stretches": list(tell_waits(waits)), "sought": sought, "may_plan": may_plan,
        "reason": found.reason if sees_all else leave_orders_out(found.reason),
        "remedies": remedies, "elsewhere": len(all_found) - len(remedies), "sees_all": sees_all,
        "is_seeking": bool(sought and sought.state in UNDER_WAY), "is_sought": bool(sought and sought.state == "done"),
        "follow_up": FollowUp.objects.filter(demand=code).first(), "states": FollowUp.State.choices,
        "people": list_people(found.site) if may_plan else [],
        "tried": [tell_tried(request, job) for job in tried.filter(state="done")[:MOST_TRIED]],
        "trying": tried.filter(state__in=UNDER_WAY).first(),
    }  # fmt: skip
    with timezone.override(zone_of(request)):
        return render(request, "scheduling/finite_demand.html", context)


@require("planner")
@require_POST
def seek_finite_remedies(request: Any) -> HttpResponse:
    """Look for what would help a late delivery in the background; nothing is changed."""
    found = _read(request, request.POST.get("demand", ""))
    check_role(request.user, "planner", found.site)
    title = f"Look for remedies of {found.demand} on the finite plan"
    return seek_once(request, SEEK, found.demand, title, "finite-demand")


@require("planner")
@require_POST
def try_finite_remedy(request: Any) -> HttpResponse:
    """Try one of the remedies that were found on the data as they are now, in the background; nothing is changed."""
    found = _read(request, request.POST.get("demand", ""))
    check_role(request.user, "planner", found.site)
    remedy = find_remedy(request.user, found, request.POST.get("remedy", ""))
    if remedy is None:
        messages.error(request, "This remedy is not known any more: look for remedies again.")
        return redirect("finite-demand", code=found.demand)
    job, _ = try_once(request.user, found, remedy)
    return lead_to_job(request, job, "finite-demand", code=found.demand)


def find_searches(found: FiniteDelivery) -> QuerySet[Job]:
    """Return the searches for remedies of a late delivery, the newest first; those of older plans are of other data."""
    return Job.objects.filter(kind=SEEK, arguments__demand=found.demand, created_at__gte=found.plan.created_at)


def find_remedy(user: Any, found: FiniteDelivery, number: str) -> dict[str, Any] | None:
    """Return the remedy of this number in the newest search that ended well, where the user may see it."""
    sought = find_searches(found).filter(state="done").first()
    known = narrow_remedies(sought.result.get("remedies", []) if sought else [], sites_of(user))
    return next((one for one in known if str(one["number"]) == number), None)


def try_once(user: Any, found: FiniteDelivery, remedy: dict[str, Any]) -> tuple[Job, bool]:
    """Begin to try a remedy, unless that is under way; as `enqueue_once`."""
    arguments = {"demand": found.demand, "what": remedy["title"], "change": remedy["change"]}
    title = f"Try: {remedy['title']}"
    return enqueue_once(
        TRY, arguments, user, title=title, arguments__what=remedy["title"], arguments__demand=found.demand
    )


@require("planner")
@require_POST
def assign_finite(request: HttpRequest) -> HttpResponse:
    """Give a late delivery to a person, with a note and how far it is."""
    found = _read(request, request.POST.get("demand", ""))
    keep_follow_up(request, found.demand, found.site)
    return redirect("finite-demand", code=found.demand)
