"""Edits of the forecast and the plans side by side over the API: by role, kept apart, and what is wrong said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from drumbeat.accounts.models import User
from drumbeat.accounts.tokens import make_token
from drumbeat.data.actions import load
from drumbeat.demand.actions import make_forecast, save_forecast
from drumbeat.demand.models import ForecastEdit, StoredSeries
from tests.demand.make_market import AS_OF, make_market

EDITS = "/api/forecasts/edits"
PUMP = {"item": "PUMP", "site": "NORTH", "starts_on": "2026-03-01", "ends_on": "2026-03-31", "reason": "tender"}


@pytest.fixture
def market(db: None) -> Any:
    cache.clear()
    snapshot = make_market()
    load(snapshot)
    return save_forecast(make_forecast(snapshot, horizon=6), AS_OF)


def ask(client: Client, path: str = EDITS, **values: Any) -> Any:
    return client.post(path, {**PUMP, **values} if path == EDITS else {}, content_type="application/json")


def test_an_edit_counts_at_once_and_stays_apart(market: Any, client_as: Callable[..., Client]) -> None:
    planner = client_as("planner", "NORTH")
    before = list(StoredSeries.objects.values_list("mean", flat=True))
    made = ask(planner, kind="absolute", amount=300)
    assert made.status_code == 201
    told = made.json()
    assert (told["after"], told["author"], told["said"]) == (300, "planner-NORTH", "")
    place = "?item=PUMP&site=NORTH"
    first = planner.get(f"/api/forecasts/latest/periods{place}").json()["periods"][0]
    assert first["quantity"] == pytest.approx(300)
    assert first["statistical"] == pytest.approx(told["before"])
    assert list(StoredSeries.objects.values_list("mean", flat=True)) == before
    back = ask(planner, f"{EDITS}/{told['code']}/withdraw")
    assert back.json()["withdrawn_at"] is not None
    first = planner.get(f"/api/forecasts/latest/periods{place}").json()["periods"][0]
    assert first["quantity"] == pytest.approx(first["statistical"])
    assert ForecastEdit.objects.count() == 1  # it stays on file, to be scored


@pytest.mark.parametrize(
    ("role", "site", "cell", "code"),
    [("viewer", "", {}, 403), ("planner", "SOUTH", {}, 403), ("planner", "NORTH", {"site": ""}, 403),
     ("planner", "NORTH", {}, 201), ("planner", "", {"site": "", "item": "", "family": "PUMPS"}, 201),
     ("nobody", "", {}, 401)],
)  # fmt: skip
def test_who_may_edit_what(
    market: Any, client_as: Callable[..., Client], role: str, site: str, cell: dict[str, str], code: int
) -> None:
    answer = ask(client_as(role, site), amount=10, **cell)
    assert answer.status_code == code, answer.content
    assert ForecastEdit.objects.count() == (code == 201)
    made = ask(client_as("planner"), amount=10).json()["code"]
    taken = ask(client_as(role, site), f"{EDITS}/{made}/withdraw")
    assert taken.status_code == (200 if role == "planner" and site != "SOUTH" else code)


@pytest.mark.parametrize(
    ("values", "said"),
    [({"item": "NONE"}, "the item is in the data"), ({"site": "MARS"}, "the site is in the data"),
     ({"family": "FLUIDS"}, "item PUMP is in the family"), ({"ends_on": "2026-02-01"}, "ends"),
     ({"kind": "absolute", "amount": -1}, "0 or more"), ({"amount": 1e300}, "at most"),
     ({"reason": "  "}, "reason"), ({"kind": "weekly"}, "percent"), ({"starts_on": "soon"}, "date")],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_is_kept(
    market: Any, client_as: Callable[..., Client], values: dict[str, Any], said: str
) -> None:
    answer = ask(client_as("planner"), **{"amount": 10, **values})
    assert answer.status_code == 422
    assert said in str(answer.json()["detail"])
    assert not ForecastEdit.objects.exists()


def test_a_unit_that_does_not_convert_is_kept_told_and_does_not_count(
    market: Any, client_as: Callable[..., Client]
) -> None:
    told = ask(client_as("planner"), kind="delta", amount=5, unit="kg").json()
    assert told["after"] is None
    assert "enter it in pc" in told["said"]


def test_who_was_faster_is_told_over_the_api_too(market: Any, client_as: Callable[..., Client]) -> None:
    first = ask(client_as("planner", "NORTH"), amount=10, seen=[]).json()["code"]
    second = ask(client_as("planner"), amount=20, seen=[])
    assert second.status_code == 422
    assert "planner-NORTH" in second.json()["detail"]
    assert ask(client_as("planner"), amount=20, seen=[first]).status_code == 201


def test_a_program_edits_with_a_token_and_a_page_needs_its_form(market: Any, user_as: Callable[..., User]) -> None:
    user = user_as("planner")
    program = Client(enforce_csrf_checks=True)
    token = {"HTTP_AUTHORIZATION": f"Bearer {make_token(user)}"}
    body = PUMP | {"amount": 5}
    assert program.post(EDITS, body, content_type="application/json", **token).status_code == 201
    program.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert program.post(EDITS, body, content_type="application/json").status_code == 403
    assert ForecastEdit.objects.count() == 1


def test_the_plans_side_by_side_over_the_api(market: Any, client_as: Callable[..., Client]) -> None:
    client = client_as("planner")
    entered = {"family": "PUMPS", "month": "2026-04-01", "finance": "1000", "owner": "anna", "comment": "why?"}
    client.post("/demand/balance/save/", entered)
    rows = client.get("/api/plans/balance?family=pumps&months=3").json()
    april = next(row for row in rows if row["month"] == "2026-04-01")
    assert (april["finance"], april["owner"], april["entered"], april["comments"]) == (1000, "anna", ["finance"], 1)
    assert april["gap"] == pytest.approx(abs(april["sales"] - 1000))
    widest = client.get("/api/plans/balance?widest_first=true").json()
    shares = [row["gap_share"] or 0 for row in widest]
    assert shares == sorted(shares, reverse=True)
    assert client_as("viewer", "NORTH").get("/api/plans/balance").status_code == 404
