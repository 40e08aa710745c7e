"""The demand pages: what they show, who may change what, and what happens when two people do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import fastexcel
import pytest
from django.core.cache import cache
from django.test import Client

from drumbeat.data.actions import load
from drumbeat.demand.actions import make_forecast, save_forecast
from drumbeat.demand.models import (
    ForecastEdit,
    Holiday,
    PlanComment,
    PlanGap,
    Promotion,
    SalesPrice,
    VolumePlan,
)
from tests.demand.make_market import AS_OF, make_market

CELL = {"item": "PUMP", "site": "NORTH"}


@pytest.fixture
def market(db: None) -> Any:
    cache.clear()
    snapshot = make_market()
    load(snapshot)
    return save_forecast(make_forecast(snapshot, horizon=6), AS_OF)


def change(**values: str) -> dict[str, str]:
    """Fill the form of an edit: 300 in all in March."""
    form = {**CELL, "kind": "absolute", "amount": "300", "starts_on": "2026-03-01", "ends_on": "2026-03-31",
            "reason": "tender", "seen": ""}  # fmt: skip
    return form | values


def test_the_dearest_errors_stand_first(market: Any, client_as: Callable[..., Client]) -> None:
    page = client_as("viewer").get("/demand/").content.decode()
    assert page.count("<tr>") == 9
    found = client_as("viewer").get("/demand/?q=oil+south").content.decode()
    assert found.count("<tr>") == 2
    families = client_as("viewer").get("/demand/?level=family").content.decode()
    assert "PUMPS" in families
    assert "FLUIDS" in families


def test_a_viewer_of_one_site_sees_that_site_only(market: Any, client_as: Callable[..., Client]) -> None:
    client = client_as("viewer", "NORTH")
    assert "SOUTH" not in client.get("/demand/").content.decode()
    assert client.get("/demand/series/?item=PUMP&site=SOUTH").status_code == 404
    assert client.get("/demand/series/?item=PUMP&site=NORTH").status_code == 200
    assert "all sites" in client.get("/demand/value/").content.decode()
    assert client.get("/demand/export/value.xlsx").status_code == 404


def test_the_page_tells_model_band_and_cost(market: Any, client_as: Callable[..., Client]) -> None:
    page = client_as("viewer").get("/demand/series/?item=PUMP&site=NORTH").content.decode()
    assert "Which model, and why" in page
    assert "seasonal naive" in page
    assert "Nobody has changed this forecast." in page
    assert "edit-cell" not in page


def test_the_page_tells_what_is_known_ahead(market: Any, client_as: Callable[..., Client]) -> None:
    place = {"starts_on": date(2026, 3, 9), "ends_on": date(2026, 3, 15)}
    Promotion.objects.create(code="FAIR", name="Spring fair", item_id="PUMP", uplift=1.4, **place)
    Promotion.objects.create(code="ELSEWHERE", name="Elsewhere", item_id="PUMP", site_id="SOUTH", uplift=2, **place)
    SalesPrice.objects.create(code="P2", item_id="PUMP", starts_on=date(2026, 4, 1), price=120)
    Holiday.objects.create(code="EASTER", name="Easter", starts_on=date(2026, 4, 3), ends_on=date(2026, 4, 6))
    Holiday.objects.create(code="PAST", name="Long ago", starts_on=date(2020, 4, 3), ends_on=date(2020, 4, 6))
    text = client_as("viewer").get("/demand/series/?item=PUMP&site=NORTH").content.decode()
    for word in ("Spring fair, told to sell 1.4 times the usual", "Price 120", "Easter"):
        assert word in text
    assert "Elsewhere" not in text
    assert "Long ago" not in text
    assert "Known ahead" in client_as("viewer").get("/demand/series/?site=SOUTH").content.decode()


def test_an_edit_is_saved_shown_and_withdrawn(market: Any, client_as: Callable[..., Client]) -> None:
    client = client_as("planner")
    form = client.get("/demand/edit/form/?item=PUMP&site=NORTH&h=0").content.decode()
    assert 'name="reason"' in form
    page = client.post("/demand/edit/", change(), follow=True).content.decode()
    row = ForecastEdit.objects.get()
    assert (row.author, row.reason, row.amount) == ("planner-all", "tender", 300)
    assert "300 pc" in page.replace("\u202f", "") or "300" in page
    assert row.code in page
    client.post(f"/demand/edit/{row.code}/withdraw/", CELL)
    row.refresh_from_db()
    assert row.withdrawn_at is not None
    assert "Nobody has changed" in client.get("/demand/series/?item=PUMP&site=NORTH").content.decode()


def test_two_people_on_one_cell_the_second_is_told(market: Any, client_as: Callable[..., Client]) -> None:
    client_as("planner").post("/demand/edit/", change())
    page = client_as("manager").post("/demand/edit/", change(amount="400"), follow=True).content.decode()
    assert "This was edited by planner-all" in page
    assert ForecastEdit.objects.count() == 1
    seen = ForecastEdit.objects.get().code
    client_as("manager").post("/demand/edit/", change(amount="400", seen=seen))
    assert ForecastEdit.objects.count() == 2


@pytest.mark.parametrize(
    ("form", "word"),
    [
        (change(item="", site="", family="VALVES"), "A family has items"),
        (change(item="NOTHING"), "The item is in the data"),
        (change(amount="many"), "a number"),
        (change(amount="-5"), "0 or more"),
        (change(amount="nan"), "at most"),
        (change(amount="1e300", kind="percent"), "at most"),
        (change(reason=""), "blank"),
        (change(ends_on="2026-02-01"), "constraint"),
        (change(kind="magic"), "not a valid choice"),
    ],
)
def test_bad_edits_are_told(market: Any, client_as: Callable[..., Client], form: dict[str, str], word: str) -> None:
    client = client_as("planner")
    client.post("/demand/edit/", form)
    said = " ".join(str(message) for message in client.get("/demand/series/?item=PUMP&site=NORTH").context["messages"])
    assert word.lower() in said.lower()
    assert not ForecastEdit.objects.exists()


def test_who_may_edit(market: Any, client_as: Callable[..., Client]) -> None:
    assert client_as("viewer").post("/demand/edit/", change()).status_code == 403
    assert client_as("planner", "SOUTH").post("/demand/edit/", change()).status_code == 403
    assert client_as("planner", "NORTH").post("/demand/edit/", change(site="")).status_code == 403
    assert client_as("planner", "NORTH").post("/demand/edit/", change()).status_code == 302
    row = ForecastEdit.objects.get()
    assert client_as("planner", "SOUTH").post(f"/demand/edit/{row.code}/withdraw/").status_code == 403
    assert client_as("planner", "NORTH").post("/demand/run/").status_code == 403


@pytest.mark.parametrize("what", ["series", "cell", "edits", "value"])
def test_every_table_comes_as_a_workbook(market: Any, client_as: Callable[..., Client], what: str) -> None:
    answer = client_as("viewer").get(f"/demand/export/{what}.xlsx?family=PUMPS")
    assert fastexcel.read_excel(answer.content).sheet_names


def test_plans_stand_side_by_side_with_gap_owner_and_comments(market: Any, client_as: Callable[..., Client]) -> None:
    VolumePlan.objects.create(party="finance", family="PUMPS", period_start=date(2026, 3, 1), quantity=100.0)
    client = client_as("planner")
    page = client.get("/demand/balance/?q=pumps").content.decode()
    assert "nobody" in page
    form = {"family": "PUMPS", "month": "2026-03-01", "sales": "", "finance": "100", "production": "90",
            "owner": "Ben", "comment": "Second shift in April"}  # fmt: skip
    client.post("/demand/balance/save/", form)
    assert PlanGap.objects.get().owner == "Ben"
    assert PlanComment.objects.get().text == "Second shift in April"
    panel = client.get("/demand/balance/line/?family=PUMPS&month=2026-03-01").content.decode()
    assert "Second shift in April" in panel
    book = fastexcel.read_excel(client.get("/demand/balance/export.xlsx").content)
    assert book.sheet_names == ["plans", "comments"]
    assert client_as("viewer").post("/demand/balance/save/", form).status_code == 403
    assert client_as("planner", "NORTH").post("/demand/balance/save/", form).status_code == 403


def test_weeks_are_split_between_months() -> None:
    from drumbeat.planning.balance_plans import split_by_month

    parts = split_by_month(date(2026, 3, 30), date(2026, 4, 6))
    assert parts == [(date(2026, 3, 1), pytest.approx(2 / 7)), (date(2026, 4, 1), pytest.approx(5 / 7))]


def test_the_api_tells_the_forecast_and_its_edits(market: Any, client_as: Callable[..., Client]) -> None:
    client = client_as("viewer")
    latest = client.get("/api/forecasts/latest").json()
    assert (latest["num_series"], latest["period"]) == (8, "month")
    costs = [row["error_cost"] for row in latest["series"]]
    assert costs == sorted(costs, reverse=True)
    client_as("planner").post("/demand/edit/", change())
    periods = client.get("/api/forecasts/latest/periods?item=PUMP&site=NORTH").json()["periods"]
    assert periods[0]["quantity"] == pytest.approx(300)
    assert periods[0]["statistical"] != pytest.approx(300)
    assert client.get("/api/forecasts/edits").json()[0]["reason"] == "tender"
    assert client_as("viewer", "SOUTH").get("/api/forecasts/edits").json() == []
    assert client.get("/api/forecasts/value-added").json()["num_periods"] == 0
    assert client_as("viewer", "SOUTH").get("/api/forecasts/latest/periods?site=NORTH").status_code == 404


def test_the_job_forecasts_and_keeps(market: Any) -> None:
    from drumbeat.basics.progress import silent
    from drumbeat.demand.jobs import forecast_job

    assert forecast_job({"horizon": 2}, silent)["series"] == 8
