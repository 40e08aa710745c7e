"""What sales, finance and production plan, entered over the API, by page and by command: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from drumbeat.accounts.models import AuditRecord
from drumbeat.cli.main import main
from drumbeat.demand.models import PlanComment, PlanGap, VolumePlan

pytestmark = pytest.mark.django_db
MARCH = {"family": "PUMPS", "month": "2026-03-17"}


def post(client: Client, **values: Any) -> Any:
    return client.post("/api/plans/balance", {**MARCH, **values}, content_type="application/json")


def entered() -> dict[str, float]:
    return dict(VolumePlan.objects.values_list("party", "quantity"))


def test_what_is_not_given_stays_and_null_takes_back(client_as: Callable[..., Client]) -> None:
    planner = client_as("planner")
    told = post(planner, sales=10, finance=0, owner="anna", comment="why?").json()
    assert (told["month"], told["sales"], told["finance"], told["gap"], told["owner"], told["comments"]) == (
        "2026-03-01", 10, 0, 10, "anna", 1,
    )  # fmt: skip
    told = post(planner, finance=None, production=4).json()
    assert (told["entered"], told["owner"], told["gap"]) == (["production", "sales"], "anna", 6)
    assert VolumePlan.objects.get(party="sales").author == "planner-all"
    assert post(planner, owner="").json()["owner"] == ""
    assert PlanGap.objects.count() == 0
    assert AuditRecord.objects.filter(name="planner-all").count() == 3


@pytest.mark.parametrize(
    "wrong",
    [{"finance": -1}, {"finance": 2e15}, {"finance": "many"}, {"owner": "x" * 151}, {"owner": "a\x00b"},
     {"comment": "y" * 1001}, {"family": " "}, {"family": "z" * 61}, {"month": "March"}, {"seen": {"sales": 7}}],
)  # fmt: skip
def test_nothing_is_kept_where_any_of_it_is_wrong(wrong: dict[str, Any], client_as: Callable[..., Client]) -> None:
    post(client_as("planner"), sales=10)
    answer = post(client_as("planner"), **{"sales": 20, "comment": "more", "owner": "ben", **wrong})
    assert answer.status_code == 422
    assert entered() == {"sales": 10}
    assert PlanGap.objects.count() == PlanComment.objects.count() == 0


def test_who_may_enter_plans(client_as: Callable[..., Client]) -> None:
    for role, site, code in (("nobody", "", 401), ("viewer", "", 403), ("planner", "NORTH", 403)):
        assert post(client_as(role, site), sales=1).status_code == code
    assert entered() == {}


def test_an_old_panel_overwrites_nobody(client_as: Callable[..., Client]) -> None:
    planner = client_as("planner")
    form = {"family": "PUMPS", "month": "2026-03-01", "sales": "5", "finance": "", "production": "", "owner": ""}
    seen = {"seen-sales": "", "seen-finance": "", "seen-production": ""}
    post(planner, sales=10)
    page = planner.post("/demand/balance/save/", form | seen, follow=True).content.decode()
    assert "Nobody has changed the plan of sales since you looked" in page
    assert entered() == {"sales": 10}
    planner.post("/demand/balance/save/", form | seen | {"seen-sales": "10.0"})
    assert entered() == {"sales": 5}
    panel = planner.get("/demand/balance/line/?family=PUMPS&month=2026-03-01").content.decode()
    assert 'name="seen-sales" value="5.0"' in panel
    page = planner.post("/demand/balance/save/", form | {"sales": "many"}, follow=True).content.decode()
    assert "nothing was saved" in page


def test_the_command_enters_and_shows(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("drumbeat.cli.sop.open_database", lambda: None)
    assert main(["sop", "PUMPS", "--month", "2026-03", "--sales", "100", "--finance", "80,5", "--owner", "anna"]) == 0
    assert entered() == {"sales": 100, "finance": 80.5}
    assert "anna" in capsys.readouterr().out
    assert main(["sop", "PUMPS", "--month", "2026-03", "--sales", "", "--finance", "nan"]) != 0
    assert main(["sop", "PUMPS", "--sales", "5"]) != 0
    assert main(["sop", "PUMPS", "--month", "soon", "--sales", "5"]) != 0
    assert entered() == {"sales": 100, "finance": 80.5}
    assert main(["sop", "PUMPS", "--month", "2026-03", "--sales", ""]) == 0
    assert entered() == {"finance": 80.5}
