"""The finite plan over the API: begun once, its remedies read by site, tried and given to a person, each by role."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from drumbeat.accounts.models import User
from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.changes import SplitDemand
from drumbeat.planning.models import FinitePlan, FollowUp
from drumbeat.plant.models import Site
from drumbeat.scheduling.jobs import finite_job, try_job
from drumbeat.scheduling.serve_importance import serve_importance
from drumbeat.web.jobs import enqueue_once
from drumbeat.web.models import Job
from tests.planning.small_company import demand, on
from tests.scheduling.test_plan_finitely import pumps

pytestmark = pytest.mark.django_db
PLANS = "/api/plans/finite"


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> str:
    """A finite plan in which two demands wait for one press; the code of the later one."""
    Site.objects.create(code="NORTH")
    Site.objects.create(code="SOUTH")
    snapshot = pumps(demand("A", "PUMP", 20, 1), demand("B", "PUMP", 20, 1))
    monkeypatch.setattr(Snapshot, "read_database", staticmethod(lambda: snapshot))
    finite_job({}, lambda share, what: None)
    found = FinitePlan.objects.get().deliveries.filter(late_days__gt=0).order_by("-late_days").first()  # type: ignore[attr-defined]
    return str(found.demand)


@pytest.fixture
def sought(late: str) -> str:
    """Two remedies of it, the second at a site of its own."""
    figures = {"num_late": 1, "num_late_before": 2, "late_days": 1.0, "late_days_before": 2.0, "worth": None}
    first = {
        "kind": "split", "title": "Deliver half", "cost": "nothing", "change": SplitDemand(late, 1.0, on(9)).to_json(),
        "money": None, "delivered_at": "", "is_cured": True, "sites": ["NORTH"], "by_site": {"NORTH": figures},
        **figures,
    }  # fmt: skip
    both = first | {"title": "Move it", "sites": ["NORTH", "SOUTH"]}
    Job.objects.create(
        kind="finite-remedies", title="Look", arguments={"demand": late}, created_at=timezone.now(),
        ended_at=timezone.now(), state=Job.State.DONE, result={"remedies": [both, first]},
    )  # fmt: skip
    return late


def post(client: Client, path: str, **values: Any) -> Any:
    return client.post(PLANS + path, values, content_type="application/json")


def test_a_finite_plan_is_begun_once_by_planners_of_all_sites(client_as: Callable[..., Client]) -> None:
    for role, site, code in (("nobody", "", 401), ("viewer", "", 403), ("planner", "NORTH", 403)):
        assert post(client_as(role, site), "/begin").status_code == code
    first, second = (post(client_as("planner"), "/begin", importance_first=True) for _ in range(2))
    assert (first.status_code, first.json()["is_new"], second.json()["is_new"]) == (202, True, False)
    assert first.json()["job"] == second.json()["job"] == Job.objects.get().pk
    assert Job.objects.get().arguments == {"importance_first": True}
    assert post(client_as("planner"), "/begin", importance_first="perhaps").status_code == 422


def test_of_two_who_ask_at_the_same_moment_one_is_first(monkeypatch: pytest.MonkeyPatch) -> None:
    from drumbeat.web import jobs

    enqueue = jobs.enqueue

    def enqueue_behind(*words: Any, **options: Any) -> Job:
        enqueue(*words, **options)  # the other one is a moment faster
        return enqueue(*words, **options)

    monkeypatch.setattr(jobs, "enqueue", enqueue_behind)
    found, is_new = enqueue_once("finite", {})
    assert (found, is_new) == (Job.objects.get(), False)


def test_the_page_chooses_who_is_served_first(late: str, client_as: Callable[..., Client]) -> None:
    planner = client_as("planner")
    assert "the demand due first served first" in planner.get("/plan/finite/").content.decode()
    planner.post("/plan/finite/start/", {"first": "importance"})
    asked = Job.objects.get(kind="finite")
    finite_job(asked.arguments, lambda share, what: None)
    assert FinitePlan.objects.get().is_importance_first
    page = planner.get("/plan/finite/").content.decode()
    assert "the more important demand first" in page
    assert '<option value="importance" selected>' in page


@pytest.mark.parametrize("company", [[], [{"code": "C"}]])
def test_data_are_read_by_the_rule_of_the_plan(company: list[dict[str, Any]]) -> None:
    snapshot = pumps(demand("A", "PUMP", 2, 1), **({"company": company} if company else {}))
    read = serve_importance(snapshot, first=True)
    assert read["company"]["is_importance_first"].to_list() == [True]
    assert not serve_importance(read, first=False)["company"]["is_importance_first"].any()


def test_remedies_are_told_where_they_touch_ones_sites_only(sought: str, client_as: Callable[..., Client]) -> None:
    north = client_as("viewer", "NORTH").get(f"{PLANS}/remedies?demand={sought}").json()
    assert [(one["number"], one["title"], one["num_late"]) for one in north] == [(1, "Deliver half", 1)]
    assert [one["number"] for one in client_as("viewer").get(f"{PLANS}/remedies").json()] == [0, 1]
    assert len(client_as("viewer").get(f"{PLANS}/remedies?limit=1&offset=1").json()) == 1
    assert client_as("viewer", "SOUTH").get(f"{PLANS}/remedies").json() == []
    assert client_as("viewer").get(f"{PLANS}/remedies?demand=%00").status_code == 422


@pytest.mark.parametrize("path", ["/remedies/seek", "/remedies/try", "/remedies/assign"])
def test_who_may_do_what(path: str, sought: str, client_as: Callable[..., Client]) -> None:
    values = {"demand": sought, "number": 1, "person": ""}
    expected = {("nobody", ""): 401, ("viewer", ""): 403, ("planner", "SOUTH"): 404}
    for (role, site), code in expected.items():
        assert post(client_as(role, site), path, **values).status_code == code
    assert post(client_as("planner", "NORTH"), path, **values).status_code in {200, 202}
    assert post(client_as("planner", "NORTH"), path, **values | {"demand": "NONE"}).status_code == 404


def test_one_is_tried_on_the_data_as_they_are_now(sought: str, client_as: Callable[..., Client]) -> None:
    north = client_as("planner", "NORTH")
    assert post(north, "/remedies/try", demand=sought, number=0).status_code == 404  # touches SOUTH
    begun = [post(north, "/remedies/try", demand=sought, number=1).json() for _ in range(2)]
    assert [one["is_new"] for one in begun] == [True, False]
    job = Job.objects.get(kind="try-finite-remedy")
    job.result, job.state = try_job(job.arguments, lambda share, what: None), Job.State.DONE
    job.save()
    told = job.result
    assert told["late_before"] == 1
    assert told["late_days"] != told["late_days_before"]
    page = north.get(f"/plan/finite-late/{sought}/").content.decode()
    assert "What was tried" in page
    assert "Late demands at your sites: 1 →" in page
    assert (
        north.post("/plan/finite-try/", {"demand": sought, "remedy": "0"}).headers["Location"].endswith(f"/{sought}/")
    )
    assert north.post("/plan/finite-try/", {"demand": sought, "remedy": "1"}).headers["Location"].startswith("/jobs/")


def test_one_is_given_to_a_person(sought: str, client_as: Callable[..., Client], user_as: Callable[..., User]) -> None:
    north, somebody = client_as("planner", "NORTH"), user_as("viewer", "NORTH").username
    given = post(north, "/remedies/assign", demand=sought, person=somebody, number=1, note="by Friday", state="doing")
    assert given.status_code == 200
    kept = FollowUp.objects.get()
    assert (kept.remedy, kept.note, kept.state, kept.changed_by) == (
        "Deliver half", "by Friday", "doing", "planner-NORTH",
    )  # fmt: skip
    assert post(north, "/remedies/assign", demand=sought, person=user_as("viewer", "SOUTH").username).status_code == 422
    assert post(north, "/remedies/assign", demand=sought, person=somebody, state="?").status_code == 422
    again = post(north, "/remedies/assign", demand=sought, person="").json()
    assert (again["person"], again["remedy"], again["note"]) == ("", "Deliver half", "by Friday")
    assert [row["demand"] for row in north.get("/api/plans/follow-ups").json()] == [sought]
    assert client_as("viewer", "SOUTH").get("/api/plans/follow-ups").json() == []


def test_asking_somebody_leaves_how_far_it_is(sought: str, client_as: Callable[..., Client]) -> None:
    planner = client_as("planner")
    planner.post("/plan/finite-assign/", {"demand": sought, "person": "", "state": "doing", "note": "x"})
    planner.post("/plan/finite-assign/", {"demand": sought, "person": "", "remedy": "Deliver half", "note": "x"})
    assert (FollowUp.objects.get().state, FollowUp.objects.get().remedy) == ("doing", "Deliver half")
