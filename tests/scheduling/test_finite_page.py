"""The page of the finite plan, on plans that the engine made."""

from __future__ import annotations

import io
from collections.abc import Callable

import polars as pl
import pytest
from django.test import Client

from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.models import FiniteDelivery, FinitePlan
from drumbeat.plant.models import Site
from drumbeat.scheduling.jobs import finite_job
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
