"""People's load, trucks, and remedies given to people, as pages; without a plan, with one, for other sites."""

from __future__ import annotations

import io
from collections.abc import Callable

import polars as pl
import pytest
from django.test import Client
from django.utils import timezone

from drumbeat.accounts.models import User
from drumbeat.planning.actions import make_plan, save_plan
from drumbeat.planning.models import FollowUp, LateDemand, PeopleWeek, PurchaseTruck
from drumbeat.plant.models import Site
from tests.planning.test_features_browser import rich

pytestmark = pytest.mark.django_db


@pytest.fixture
def stored() -> None:
    for code in ("NORTH", "SOUTH"):
        Site.objects.create(code=code)
    snapshot = rich()
    save_plan(make_plan(snapshot), timezone.now(), snapshot)


def test_without_a_plan_the_page_says_so(client_as: Callable[..., Client]) -> None:
    page = client_as("viewer").get("/plan/people/")
    assert "There is no plan yet" in page.content.decode()
    assert client_as("viewer").get("/plan/people/export.xlsx").status_code == 200


def test_skills_and_crews_by_week(stored: None, client_as: Callable[..., Client]) -> None:
    viewer = client_as("viewer")
    page = viewer.get("/plan/people/")
    (row,) = page.context["page"]
    assert (row["code"], row["people"], len(row["cells"])) == ("WELD", 1, 13)
    assert [row["code"] for row in viewer.get("/plan/people/?kind=crew").context["page"]] == ["A"]
    assert viewer.get("/plan/people/?kind=nonsense").context["kind"] == "skill"
    assert "Nobody here" in viewer.get("/plan/people/?q=zzz").content.decode()
    part = viewer.get("/plan/people/", headers={"HX-Target": "people"}).content.decode()
    assert "<html" not in part
    book = pl.read_excel(io.BytesIO(viewer.get("/plan/people/export.xlsx").content))
    assert book.height == PeopleWeek.objects.count() == 26


def test_who_sees_another_site_sees_nobody_and_no_truck(stored: None, client_as: Callable[..., Client]) -> None:
    viewer = client_as("viewer", "SOUTH")
    assert list(viewer.get("/plan/people/").context["page"]) == []
    assert viewer.get("/plan/purchases/").context["trucks"] == []


def test_trucks_are_told_with_what_they_save(stored: None, client_as: Callable[..., Client]) -> None:
    page = client_as("viewer").get("/plan/purchases/")
    assert page.context["loads"]["all"] == PurchaseTruck.objects.count() > 0
    assert "On which trucks" in page.content.decode()
    book = pl.read_excel(
        io.BytesIO(client_as("viewer").get("/plan/purchases/export.xlsx").content), sheet_name="trucks"
    )
    assert book["trucks"].sum() == page.context["loads"]["trucks"]


def test_a_remedy_is_given_to_a_person_and_stays(stored: None, client_as: Callable[..., Client]) -> None:
    planner = client_as("planner")
    demand = LateDemand.objects.order_by("demand").values_list("demand", flat=True)[0]
    person = User.objects.get(username=planner.get("/plan/late/").wsgi_request.user.username)
    given = {"demand": demand, "person": person.pk, "remedy": "Have P come 2.0 days earlier"}
    assert planner.post("/plan/late-assign/", given).status_code == 302
    page = planner.get(f"/plan/late/{demand}/").content.decode()
    assert "Asked to bring about" in page
    planner.post("/plan/late-assign/", {"demand": demand, "person": person.pk, "state": "doing", "note": "called"})
    found = FollowUp.objects.get(demand=demand)
    assert (found.remedy, found.state, found.note) == ("Have P come 2.0 days earlier", "doing", "called")
