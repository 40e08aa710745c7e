"""The pages of load and of the master plan, on plans that the engines made."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from django.test import Client

from drumbeat.planning.actions import make_plan, save_master, save_plan
from drumbeat.planning.compile_master import MasterTerms
from drumbeat.planning.jobs import master_job
from drumbeat.planning.make_master import make_master
from drumbeat.planning.models import MachineLoad, MasterPlan, WeekLoad
from drumbeat.plant.models import Site
from drumbeat.web.models import Job
from tests.planning.test_make_master import machine, plant

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def stored() -> None:
    """A plan and a master plan of a press that is asked for more than it has."""
    Site.objects.create(code="NORTH")
    Site.objects.create(code="SOUTH")
    press = machine("PRESS", name="Old <b>press</b>", cost_per_hour=20.0)
    snapshot = plant(resource=[press, machine("SPARE", capability="other")])
    save_plan(make_plan(snapshot), NOW)
    terms = MasterTerms(weeks=3, late_rate=0.5)
    save_master(make_master(snapshot, terms), terms, snapshot.version, NOW)


def test_load_is_stored_with_the_plan_and_shown_most_loaded_first(
    stored: None, client_as: Callable[..., Client]
) -> None:
    assert MachineLoad.objects.get(resource="PRESS").kind == "bottleneck"
    assert WeekLoad.objects.filter(resource="PRESS").count() == 13
    page = client_as("viewer").get("/plan/load/")
    text = page.content.decode()
    assert [row.resource for row, _ in page.context["rows"]] == ["PRESS", "SPARE"]
    assert "Bottleneck" in text
    assert "Old &lt;b&gt;press" in text
    peaks = [[round(cell.load, 2) for cell in cells][:3] for _, cells in page.context["rows"]]
    assert peaks == [[1.8, 0.45, 0.0], [0.0, 0.0, 0.0]]  # 30 hours, and 42 of 60 that take 10.5 days from now
    assert "180\u202f%" in text
    assert client_as("viewer").get("/plan/load/?q=spare").context["page"].paginator.count == 1
    assert client_as("viewer").get("/plan/load/?kind=tight").context["page"].paginator.count == 1
    part = client_as("viewer").get("/plan/load/", headers={"HX-Target": "loads"}).content.decode()
    assert "<html" not in part


def test_a_machine_shows_its_hours_and_what_one_more_is_worth(stored: None, client_as: Callable[..., Client]) -> None:
    text = client_as("viewer").get("/plan/load/PRESS/").content.decode()
    assert "The bottleneck of NORTH" in text
    assert "One more hour is worth" in text
    assert client_as("viewer").get("/plan/load/none/").status_code == 404


def test_nobody_sees_another_site(stored: None, client_as: Callable[..., Client]) -> None:
    south = client_as("viewer", "SOUTH")
    assert south.get("/plan/load/").context["page"].paginator.count == 0
    assert south.get("/plan/load/PRESS/").status_code == 404
    assert south.get("/plan/master/").context["page"].paginator.count == 0
    assert pl.read_excel(io.BytesIO(south.get("/plan/load/export.xlsx").content), sheet_name="weeks").is_empty()


def test_workbooks_hold_what_the_pages_show(stored: None, client_as: Callable[..., Client]) -> None:
    load = client_as("viewer").get("/plan/load/export.xlsx")
    weeks = pl.read_excel(io.BytesIO(load.content), sheet_name="weeks")
    assert weeks.filter(resource="PRESS")["run_hours"].sum() == 90
    master = client_as("viewer").get("/plan/master/export.xlsx")
    made = pl.read_excel(io.BytesIO(master.content), sheet_name="quantities")
    assert made.filter(how="make")["quantity"].sum() == pytest.approx(90)


def test_the_master_plan_says_what_an_hour_is_worth(stored: None, client_as: Callable[..., Client]) -> None:
    page = client_as("viewer").get("/plan/master/")
    text = page.content.decode()
    assert [(row.resource, round(row.worth)) for row in page.context["worths"]][:1] == [("PRESS", 30)]
    assert "proved the cheapest" in text
    assert "Make the plan" not in text  # viewers look
    assert client_as("viewer").get("/plan/master/?how=buy&q=glass").context["page"].paginator.count == 2


def test_the_api_and_the_workbook_tell_the_same_prices(client_as: Callable[..., Client]) -> None:
    """Hours, supply and budget; the figures are those worked out by hand in test_make_master."""
    Site.objects.create(code="NORTH")
    term = {"supplier": "S", "item": "GLASS", "site": "NORTH", "price": 5.0, "capacity_per_week": 25.0}
    cases: tuple[tuple[dict[str, Any], dict[str, float], tuple[Any, ...]], ...] = (
        ({}, {"late_rate": 0.5}, ("hour", "PRESS", "", "NORTH", 30.2)),
        ({"supply_term": [term]}, {}, ("supply", "GLASS", "S", "NORTH", 101)),
        ({}, {"budget": 100.0}, ("budget", "", "", "", 20.2)),
    )
    for changes, terms, told in cases:
        chosen = MasterTerms(**{"weeks": 3, **terms})
        snapshot = plant(**changes)
        save_master(make_master(snapshot, chosen), chosen, snapshot.version, NOW)
        master = client_as("viewer").get("/api/plans/master").json()
        first = master["worths"][0]
        assert tuple(first[name] for name in ("kind", "what", "source", "site")) == told[:4]
        assert first["worth"] == pytest.approx(told[4])
        assert master["quantities"][0]["how"] in {"buy", "make"}
        book = io.BytesIO(client_as("viewer").get("/plan/master/export.xlsx").content)
        assert pl.read_excel(book, sheet_name="worths")["sentence"][0] == first["sentence"]
        south = client_as("viewer", "SOUTH").get("/api/plans/master").json()
        assert (south["quantities"], {row["kind"] for row in south["worths"]} - {"budget"}) == ([], set())


def test_planners_make_one_on_their_terms(stored: None, client_as: Callable[..., Client]) -> None:
    terms = {"weeks": 4, "overtime": 10, "extra_shifts": 1, "late": 5, "holding": 25, "budget": ""}
    planner = client_as("planner")
    assert planner.post("/plan/master/start/", terms).status_code == 302
    asked = Job.objects.get(kind="master")
    assert asked.arguments["overtime_share"] == pytest.approx(0.1)
    planner.post("/plan/master/start/", terms)
    assert Job.objects.filter(kind="master").count() == 1
    assert client_as("planner", "NORTH").post("/plan/master/start/", terms).status_code == 403
    answer = planner.post("/plan/master/start/", terms | {"weeks": 0}, follow=True)
    assert "Weeks ahead" in answer.content.decode()
    done = master_job(asked.arguments, lambda share, what: None)
    assert MasterPlan.objects.first().pk == done["master"]  # type: ignore[union-attr]


def test_pages_without_a_plan_say_what_to_do(client_as: Callable[..., Client]) -> None:
    assert "There is no plan yet" in client_as("viewer").get("/plan/load/").content.decode()
    assert "There is no master plan yet" in client_as("viewer").get("/plan/master/").content.decode()
    assert client_as("viewer").get("/plan/master/export.xlsx").status_code == 404
