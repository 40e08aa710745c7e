"""The page of the finite plan, on plans that the engine made."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import time
from typing import Any

import polars as pl
import pytest
from django.test import Client

from drumbeat.data.snapshot import Snapshot
from drumbeat.data.stored_change import restore_change
from drumbeat.planning.models import FiniteDelivery, FinitePlan
from drumbeat.plant.models import Site
from drumbeat.scheduling.jobs import finite_job, overtime_job
from drumbeat.scheduling.plan_finitely import plan_finitely
from drumbeat.scheduling.try_overtime import try_overtime
from drumbeat.web.models import Job
from tests.planning.small_company import demand
from tests.scheduling.test_plan_finitely import pumps

pytestmark = pytest.mark.django_db


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> None:
    """A finite plan of three demands on one press, made by the job, twice."""
    Site.objects.create(code="NORTH")
    Site.objects.create(code="SOUTH")
    snapshot = pumps(demand("A", "PUMP", 20, 1), demand("B", "PUMP", 20, 1), demand("C", "PUMP", 1, 20))
    monkeypatch.setattr(Snapshot, "read_database", staticmethod(lambda: snapshot))
    assert finite_job({}, lambda share, what: None) == finite_job({}, lambda share, what: None)


def test_deliveries_are_shown_with_what_they_wait_for(stored: None, client_as: Callable[..., Client]) -> None:
    assert FinitePlan.objects.count() == 1  # the newest takes the place of the one before
    viewer = client_as("viewer")
    page = viewer.get("/plan/finite/")
    late = FiniteDelivery.objects.filter(late_days__gt=0)
    assert page.context["totals"]["all"] == 3
    assert page.context["totals"]["late"] == late.count() > 0
    first = page.context["page"][0]
    assert first.late_days == max(row.late_days for row in late)
    assert "PRESS" in first.reason
    assert "Make it anew" not in page.content.decode()  # viewers look
    assert viewer.get("/plan/finite/?show=time&q=c").context["page"].paginator.count == 1
    assert "<html" not in viewer.get("/plan/finite/", headers={"HX-Target": "deliveries"}).content.decode()
    book = pl.read_excel(io.BytesIO(viewer.get("/plan/finite/export.xlsx").content), sheet_name="deliveries")
    assert set(book["demand"]) == {"A", "B", "C"}


def shifts(*days: str) -> dict[str, Any]:
    """The press is open from 8 to 16 on these days; two pumps a demand take its hours."""
    return {
        "calendar": [{"code": "DAY"}],
        "calendar_shift": [{"calendar": "DAY", "weekday": day, "start": time(8), "end": time(16)} for day in days],
        "resource": [{"code": "PRESS", "site": "NORTH", "calendar": "DAY"}],
        "company": [{"code": "C", "overtime_hour_cost": 12.5}],
    }


def test_overtime_is_tried_where_late_demands_wait() -> None:
    # Sixteen hours fit until Wednesday; the other eight need the Saturday or the next Monday.
    wanted = [demand(code, "PUMP", 8, 6.0) for code in "ABC"]
    snapshot = pumps(*wanted, **shifts("mon", "tue"))
    run = plan_finitely(snapshot)
    assert run.num_late == 1
    (trial,) = try_overtime(snapshot, run)
    assert (trial.machine, trial.change.calendar, trial.change.weekday) == ("PRESS", "DAY", "sat")
    assert (trial.num_late_before, trial.num_late) == (1, 0)
    assert trial.hours == pytest.approx(8)
    assert trial.money == pytest.approx(100)
    assert trial.late_days == 0 < trial.late_days_before
    assert restore_change(trial.as_json()["change"]) == trial.change


def test_a_calendar_without_a_free_day_is_left_alone() -> None:
    week = shifts("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    snapshot = pumps(*[demand(code, "PUMP", 8, 1.0) for code in "ABC"], **week)
    run = plan_finitely(snapshot)
    assert run.num_late > 0
    assert try_overtime(snapshot, run) == []


def test_the_page_tells_what_overtime_would_do(
    client_as: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    Site.objects.create(code="NORTH")
    snapshot = pumps(*[demand(code, "PUMP", 8, 6.0) for code in "ABC"], **shifts("mon", "tue"))
    monkeypatch.setattr(Snapshot, "read_database", staticmethod(lambda: snapshot))
    finite_job({}, lambda share, what: None)
    assert client_as("planner", "NORTH").post("/plan/finite/overtime/").status_code == 403
    planner = client_as("planner")
    planner.post("/plan/finite/overtime/")
    asked = Job.objects.get(kind="finite-overtime")
    asked.result, asked.state = overtime_job({}, lambda share, what: None), Job.State.DONE
    asked.save()
    text = planner.get("/plan/finite/").content.decode()
    assert "One more shift for PRESS: Sat 08:00–16:00" in text
    assert "which cost 100 more" in text
    assert "One more shift" not in client_as("viewer", "NORTH").get("/plan/finite/").content.decode()


def test_nobody_sees_another_site(stored: None, client_as: Callable[..., Client]) -> None:
    south = client_as("viewer", "SOUTH")
    assert south.get("/plan/finite/").context["page"].paginator.count == 0
    assert pl.read_excel(io.BytesIO(south.get("/plan/finite/export.xlsx").content), sheet_name="deliveries").is_empty()


def test_planners_of_all_sites_make_one(client_as: Callable[..., Client]) -> None:
    assert "There is no finite plan yet" in client_as("viewer").get("/plan/finite/").content.decode()
    assert client_as("viewer").get("/plan/finite/export.xlsx").status_code == 404
    assert client_as("viewer").post("/plan/finite/start/").status_code == 403
    assert client_as("planner", "NORTH").post("/plan/finite/start/").status_code == 403
    planner = client_as("planner")
    planner.post("/plan/finite/start/")
    planner.post("/plan/finite/start/")
    assert Job.objects.filter(kind="finite").count() == 1
