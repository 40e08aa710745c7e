"""The page and the API of promises: who asks, what is answered, and why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import fastexcel
import pytest
from django.test import Client

from drumbeat.data.snapshot import Snapshot
from drumbeat.plant.models import Site
from drumbeat.scheduling.promise import promise
from tests.planning.small_company import demand, on
from tests.scheduling.test_plan_finitely import pumps

pytestmark = pytest.mark.django_db


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> Snapshot:
    """A press that makes pumps for two demands."""
    for code in ("NORTH", "SOUTH"):
        Site.objects.create(code=code, time_zone="UTC")
    snapshot = pumps(demand("A", "PUMP", 20, 1), demand("B", "PUMP", 20, 2))
    monkeypatch.setattr(Snapshot, "read_database", staticmethod(lambda **_: snapshot))
    return snapshot


def day(days: float) -> str:
    return (on(0) + timedelta(days=days)).date().isoformat()


def test_a_promise_is_told_with_what_its_time_goes_into(stored: Snapshot, client_as: Callable[..., Client]) -> None:
    viewer = client_as("viewer")
    assert "promise" not in viewer.get("/plan/promise/").context
    asked = {"ask": "1", "item": "PUMP", "site": "NORTH", "quantity": "10", "due": day(1)}
    page = viewer.get("/plan/promise/", asked)
    found = page.context["promise"]
    same = promise(stored, "PUMP", "NORTH", 10, found.wanted_at)
    assert found.delivered_at == same.delivered_at
    # It stands behind the others on the press; its time is all told for.
    assert "PRESS" in found.reason
    total = sum(one.seconds for one in page.context["stretches"])
    assert total == pytest.approx((found.delivered_at - stored.as_of).total_seconds())
    part = viewer.get("/plan/promise/", asked, headers={"HX-Target": "promise"}).content.decode()
    assert "<html" not in part
    assert "Why not before" in part


def test_days_are_those_of_the_site_that_delivers(stored: Snapshot, client_as: Callable[..., Client]) -> None:
    """The end of a day in Chicago is the next day in Berlin, where the first site is."""
    Site.objects.create(code="A-SITE", time_zone="Europe/Berlin")
    Site.objects.filter(code="NORTH").update(time_zone="America/Chicago")
    asked = {"ask": "1", "item": "PUMP", "site": "NORTH", "quantity": "10", "due": "2026-04-20"}
    text = client_as("viewer").get("/plan/promise/", asked).content.decode()
    assert "20 Apr 2026" in text
    assert "21 Apr 2026" not in text
    book = fastexcel.read_excel(client_as("viewer").get("/plan/promise/export.xlsx", asked).content)
    (told,) = book.load_sheet("promise").to_polars().rows(named=True)
    assert told["wanted_at (America/Chicago)"].date().isoformat() == "2026-04-20"
    assert book.load_sheet("waits").to_polars()["hours"].sum() > 0
    for wrong in ({"item": "GONE"}, {"quantity": "nan"}, {"site": "GONE"}, {"due": "9999-12-31"}):
        assert client_as("viewer").get("/plan/promise/export.xlsx", asked | wrong).status_code == 404


def test_the_api_answers_the_same(stored: Snapshot, client_as: Callable[..., Client]) -> None:
    viewer = client_as("viewer", "NORTH")
    asked = {"item": "PUMP", "site": "NORTH", "quantity": 10, "wanted_at": on(30).isoformat()}
    told = viewer.get("/api/schedules/promise", asked).json()
    assert told["late_seconds"] < 0
    assert told["waits"]
    for wrong in ({"item": "GONE"}, {"wanted_at": "9999-12-31T23:59:59Z"}, {"wanted_at": "0001-01-01T00:00:00+14:00"}):
        assert viewer.get("/api/schedules/promise", asked | wrong).status_code == 422, wrong
    assert viewer.get("/api/schedules/promise", asked | {"quantity": 0}).status_code == 422
    assert client_as("viewer", "SOUTH").get("/api/schedules/promise", asked).status_code == 403


def test_who_sees_one_site_is_not_told_whose_orders_are_in_the_way(
    stored: Snapshot, client_as: Callable[..., Client]
) -> None:
    asked = {"ask": "1", "item": "PUMP", "site": "NORTH", "quantity": "10", "due": day(1)}
    names = {}
    for site in ("", "NORTH"):
        viewer = client_as("viewer", site)
        page = viewer.get("/plan/promise/", asked).context
        names[site] = {page["promise"].reason, *(one.order for one in page["stretches"])}
        given = {"item": "PUMP", "site": "NORTH", "quantity": 10, "wanted_at": on(1).isoformat()}
        names[site] |= {one["cause"] for one in viewer.get("/api/schedules/promise", given).json()["waits"]}
    assert any("M-00000" in name for name in names[""])
    assert names["NORTH"] == {"machine PRESS", "", "run"}


def test_nonsense_is_refused_and_other_sites_are_closed(stored: Snapshot, client_as: Callable[..., Client]) -> None:
    asked = {"ask": "1", "item": "PUMP", "site": "NORTH", "quantity": "10", "due": day(1)}
    viewer = client_as("viewer")
    for wrong in ({"item": "GONE"}, {"quantity": "0"}, {"quantity": "inf"}, {"due": "soon"}, {"site": "GONE"}):
        page = viewer.get("/plan/promise/", asked | wrong)
        assert page.status_code == 200
        assert page.context["form"].errors, wrong
    south = client_as("viewer", "SOUTH").get("/plan/promise/", asked)
    assert south.context["form"].errors["site"]


def test_what_is_in_stock_and_what_never_comes(stored: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    held = pumps(stock=[{"item": "PUMP", "site": "NORTH", "quantity": 50.0}])
    found = promise(held, "PUMP", "NORTH", 10, on(5))
    assert (found.reason, found.waits, found.order) == ("stock", [], "")
