"""The finite plan over the API: begin one, look for remedies of what it delivers late, try one, give it to a person."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from ninja import Query, Router, Schema, Status
from ninja.errors import HttpError
from pydantic import Field

from drumbeat.accounts.permissions import check_role, sites_of
from drumbeat.planning.api import Problem, Slice, take_slice
from drumbeat.planning.models import FiniteDelivery, FinitePlan, FollowUp
from drumbeat.planning.narrow_remedies import narrow_remedies
from drumbeat.planning.views_finite import LATE
from drumbeat.planning.views_late import assign_to, list_people
from drumbeat.scheduling.views_finite_late import SEEK, find_remedy, find_searches, try_once
from drumbeat.web.jobs import enqueue_once
from drumbeat.web.models import Job

router = Router(tags=["plan"])
PLAIN = "^[^\\x00-\\x1f]*$"
"""Text without control characters."""


class FiniteIn(Schema):
    """How a finite plan is made."""

    importance_first: bool | None = Field(
        None, description="Whether the more important demand is served first; nothing = as the company says"
    )


class BegunOut(Schema):
    """Work in the background; /api/jobs tells whoever began it, and managers of all sites, how far it is."""

    job: int
    state: str
    is_new: bool = Field(description="False where it was under way already")


class LateIn(Schema):
    """A demand that the newest finite plan delivers late."""

    demand: str = Field(min_length=1, max_length=140, pattern=PLAIN)


class RemedyIn(LateIn):
    """One of its remedies."""

    number: int = Field(ge=0, le=1000, description="As the list of remedies tells it")


class AssignIn(LateIn):
    """Who looks after it."""

    person: str = Field(max_length=150, pattern=PLAIN, description="User name; empty = nobody")
    number: int | None = Field(None, ge=0, le=1000, description="Remedy that the person is asked to bring about")
    state: Literal["open", "doing", "done"] = "open"
    note: str | None = Field(None, max_length=500, pattern=PLAIN, description="Nothing = as it was")


class RemediesOf(Slice):
    """Which remedies."""

    demand: str = Field("", max_length=140, pattern=PLAIN, description="Only of this demand")


class RemedyOut(Schema):
    """A change that was tried on the finite plan, with figures of your sites."""

    demand: str
    number: int
    kind: str
    title: str
    cost: str
    change: dict[str, Any]
    money: float | None
    worth: float | None
    delivered_at: datetime | None
    is_cured: bool
    num_late: int
    num_late_before: int
    late_days: float
    late_days_before: float
    sites: list[str]


class FollowUpOut(Schema):
    """Who looks after a late demand, and how far it is."""

    demand: str
    site: str
    person: str
    state: str
    remedy: str
    note: str
    changed_at: datetime
    changed_by: str


ANSWERS: Any = {202: BegunOut, 403: Problem, 404: Problem, 422: Problem}


@router.post("/finite/begin", response=ANSWERS, operation_id="begin_finite_plan")
def begin_finite_plan(request: Any, asked: FiniteIn) -> Any:
    """Plan against machines and material in the background; it needs the role planner for all sites.

    /api/plans/finite tells what came out.
    """
    check_role(request.user, "planner", "")
    arguments = {} if asked.importance_first is None else {"importance_first": asked.importance_first}
    return _tell_begun(*enqueue_once("finite", arguments, request.user))


@router.post("/finite/remedies/seek", response=ANSWERS, operation_id="seek_finite_remedies")
def seek_finite_remedies(request: Any, asked: LateIn) -> Any:
    """Look for remedies of a late delivery in the background; it needs the role planner at its site."""
    found = _read_late(request, asked.demand)
    title = f"Look for remedies of {found.demand} on the finite plan"
    arguments = {"demand": found.demand}
    return _tell_begun(*enqueue_once(SEEK, arguments, request.user, title=title, arguments__demand=found.demand))


@router.get("/finite/remedies", response={200: list[RemedyOut], 404: Problem}, operation_id="finite_remedies")
def finite_remedies(request: Any, part: Query[RemediesOf]) -> Any:
    """Read the remedies that were found for late deliveries of the newest finite plan and touch your sites only."""
    plan = FinitePlan.objects.first()
    if plan is None:
        raise HttpError(404, "There is no finite plan yet.")
    sites, newest = sites_of(request.user), _find_newest(plan)
    late = FiniteDelivery.objects.filter(LATE, plan=plan).order_by("demand")
    if part.demand:
        late = late.filter(demand=part.demand)
    if sites is not None:
        late = late.filter(site__in=sites)
    told = [
        one | {"demand": code, "delivered_at": one["delivered_at"] or None}
        for code in late.values_list("demand", flat=True)
        if code in newest
        for one in narrow_remedies(newest[code].result.get("remedies", []), sites)
    ]
    return told[part.offset : part.offset + part.limit]


@router.post("/finite/remedies/try", response=ANSWERS, operation_id="try_finite_remedy")
def try_finite_remedy(request: Any, asked: RemedyIn) -> Any:
    """Try a remedy on the data as they are now, in the background; it needs the role planner at the demand's site."""
    found = _read_late(request, asked.demand)
    return _tell_begun(*try_once(request.user, found, _read_remedy(request, found, asked.number)))


@router.post(
    "/finite/remedies/assign", response={200: FollowUpOut, 403: Problem, 404: Problem, 422: Problem},
    operation_id="assign_late_delivery",
)  # fmt: skip
def assign_late_delivery(request: Any, asked: AssignIn) -> Any:
    """Give a late delivery, and one of its remedies, to a person; it needs the role planner at the demand's site."""
    found = _read_late(request, asked.demand)
    title = None if asked.number is None else _read_remedy(request, found, asked.number)["title"]
    person = next((one for one in list_people(found.site) if one.username == asked.person), None)
    if asked.person and person is None:
        raise HttpError(422, f"Choose somebody who may see site {found.site}: {asked.person} may not, or is unknown.")
    kept = assign_to(request.user, found.demand, found.site, person, state=asked.state, note=asked.note, remedy=title)
    return _tell_follow_up(kept)


@router.get("/follow-ups", response=list[FollowUpOut], operation_id="list_follow_ups")
def list_follow_ups(request: Any, part: Query[Slice]) -> Any:
    """Read who looks after which late demand at your sites, the last change first."""
    rows = FollowUp.objects.select_related("person").order_by("-changed_at", "demand")
    return [_tell_follow_up(row) for row in take_slice(request, rows, part)]


def _tell_follow_up(row: FollowUp) -> dict[str, Any]:
    names = ("demand", "site", "state", "remedy", "note", "changed_at", "changed_by")
    return {name: getattr(row, name) for name in names} | {"person": row.person.username if row.person else ""}


def _find_newest(plan: FinitePlan) -> dict[str, Job]:
    """Find the newest search that ended well since the plan was made, by demand."""
    rows = Job.objects.filter(kind=SEEK, state="done", created_at__gte=plan.created_at).order_by("pk")
    return {row.arguments.get("demand", ""): row for row in rows}


def _read_late(request: Any, code: str) -> FiniteDelivery:
    """Return a late delivery that the user may plan; 404 where it is not late, or of a site that he may not see."""
    check_role(request.user, "planner")
    late = FiniteDelivery.objects.filter(LATE, plan=FinitePlan.objects.first(), demand=code).select_related("plan")
    sites = sites_of(request.user)
    found = (late if sites is None else late.filter(site__in=sites)).first()
    if found is None:
        raise HttpError(404, "The newest finite plan delivers no such demand late.")
    check_role(request.user, "planner", found.site)
    return found


def _read_remedy(request: Any, found: FiniteDelivery, number: int) -> dict[str, Any]:
    remedy = find_remedy(request.user, found, str(number))
    if remedy is None:
        sought = "" if find_searches(found).exists() else " None have been looked for since the plan was made."
        raise HttpError(404, f"There is no such remedy.{sought}")
    return remedy


def _tell_begun(job: Job, is_new: bool) -> Any:
    return Status(202, {"job": job.pk, "state": job.state, "is_new": is_new})
