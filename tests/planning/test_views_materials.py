"""The pages of materials, late demands and purchases, on a plan that the engine made."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from django.test import Client
from django.utils import timezone

from drumbeat.accounts.models import User
from drumbeat.accounts.tokens import make_token
from drumbeat.data.snapshot import Snapshot
from drumbeat.planning import jobs, views_workbooks
from drumbeat.planning.actions import make_plan, save_plan
from drumbeat.planning.draw_stock import draw_stock
from drumbeat.planning.models import FollowUp, LateDemand, Peg, StockPolicy, StockReview
from drumbeat.plant.models import Site
from drumbeat.web.models import Job
from tests.planning.test_materials import plant

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def stored() -> Snapshot:
    """A plan of lenses of which one demand is late."""
    Site.objects.create(code="NORTH")
    Site.objects.create(code="SOUTH")
    snapshot = plant()
    save_plan(make_plan(snapshot), NOW, snapshot)
    return snapshot


def test_what_runs_short_comes_first(stored: Snapshot, client_as: Callable[..., Client]) -> None:
    viewer = client_as("viewer")
    page = viewer.get("/plan/materials/")
    assert [row.item for row in page.context["page"]] == ["GLASS", "LENS", "RELIC"]
    assert "<html" not in viewer.get("/plan/materials/", headers={"HX-Target": "materials"}).content.decode()
    assert [row.item for row in viewer.get("/plan/materials/?q=rel").context["page"]] == ["RELIC"]
    by_stock = viewer.get("/plan/materials/?sort=-stock").context["page"]
    assert [row.item for row in by_stock] == ["RELIC", "LENS", "GLASS"]
    assert "RELIC" not in [row.item for row in viewer.get("/plan/materials/?show=short").context["page"]]


def test_an_item_shows_its_weeks_and_who_takes_it(stored: Snapshot, client_as: Callable[..., Client]) -> None:
    page = client_as("viewer").get("/plan/materials/LENS/at/NORTH/")
    text = page.content.decode()
    assert "It runs short in the week of 9 Mar 2026" in text
    assert [round(week["stock"], 6) for week in page.context["weeks"][:2]] == [1, -4]
    assert len(page.context["weeks"]) == 10  # D3 is wanted in the ninth; what is after the tenth says nothing
    assert {node["code"] for node in page.context["takers"]} == {"D1", "D2", "D3"}
    assert not page.context["chart"]["band"]
    assert page.context["makers"]
    assert client_as("viewer").get("/plan/materials/NONE/at/NORTH/").status_code == 404


def test_a_band_shows_what_demand_may_do(stored: Snapshot, client_as: Callable[..., Client]) -> None:
    review = StockReview.objects.create(created_at=NOW, version="")
    numbers = {
        field.name: 1.0
        for field in StockPolicy._meta.concrete_fields
        if field.name not in {"id", "review", "item", "site", "how", "stock_class"}
    }
    StockPolicy.objects.create(review=review, item="LENS", site="NORTH", stock_class="AX", **numbers)
    assert client_as("viewer").get("/plan/materials/LENS/at/NORTH/").context["chart"]["band"]
    week = {"stock": 100.0, "is_short": False, "is_low": False, "start": NOW}
    flat = draw_stock([week] * 4, 0.0, 10.0)
    edge = [float(point.split(",")[1]) for point in flat["band"].split()]
    widths = [low - high for high, low in zip(edge[:4], reversed(edge[4:]), strict=True)]
    assert widths[3] == pytest.approx(2 * widths[0], abs=0.3)  # the square root of 4 weeks
    assert draw_stock([], 0.0, None)["dots"] == []


def test_the_tree_unfolds_down_to_the_purchase_and_up_to_the_demand(
    stored: Snapshot, client_as: Callable[..., Client]
) -> None:
    viewer = client_as("viewer")
    maker = Peg.objects.filter(taker="D2", supply_kind="planned").first()
    assert maker is not None
    below = {"way": "below", "kind": "planned", "code": maker.supply, "item": "LENS", "site": "NORTH"}
    page = viewer.get("/plan/materials/pegs/", below)
    assert [(node["code"], node["is_late"], node["has_more"]) for node in page.context["nodes"]] == [("P", True, False)]
    above = {"way": "above", "kind": "order", "code": "P", "item": "GLASS", "site": "NORTH"}
    assert maker.supply in {node["code"] for node in viewer.get("/plan/materials/pegs/", above).context["nodes"]}
    assert client_as("viewer", "SOUTH").get("/plan/materials/pegs/", below).context["nodes"] == []
    assert client_as("viewer", "SOUTH").get("/plan/materials/pegs/", above).context["nodes"] == []


def test_nobody_sees_another_site(stored: Snapshot, client_as: Callable[..., Client]) -> None:
    south = client_as("viewer", "SOUTH")
    assert [row.item for row in south.get("/plan/materials/").context["page"]] == ["RELIC"]
    assert south.get("/plan/materials/LENS/at/NORTH/").status_code == 404
    assert south.get("/plan/late/").context["page"].paginator.count == 0
    assert south.get("/plan/late/D2/").status_code == 404
    assert south.get("/plan/purchases/").context["page"].paginator.count == 0
    for address, sheet in (("late", "late"), ("purchases", "purchases")):
        assert pl.read_excel(io.BytesIO(south.get(f"/plan/{address}/export.xlsx").content), sheet_name=sheet).is_empty()


def test_workbooks_hold_what_the_pages_show(stored: Snapshot, client_as: Callable[..., Client]) -> None:
    viewer = client_as("viewer")
    book = io.BytesIO(viewer.get("/plan/materials/export.xlsx?show=short").content)
    weeks = pl.read_excel(book, sheet_name="weeks")
    assert weeks.filter(item="LENS")["wanted"].sum() == 14
    assert "RELIC" not in pl.read_excel(book, sheet_name="materials")["item"].to_list()
    late = pl.read_excel(io.BytesIO(viewer.get("/plan/late/export.xlsx").content), sheet_name="late")
    assert late["demand"].to_list() == ["D2"]
    bought = pl.read_excel(
        io.BytesIO(viewer.get("/plan/purchases/export.xlsx?q=glass").content), sheet_name="purchases"
    )
    assert bought["money"].sum() == pytest.approx(2.5 * bought["quantity"].sum())
    one = io.BytesIO(viewer.get("/plan/materials/item.xlsx?item=LENS&site=NORTH").content)
    assert set(pl.read_excel(one, sheet_name="who takes it")["taker"]) == {"D1", "D2", "D3"}
    made_of = pl.read_excel(one, sheet_name="made of")
    assert set(made_of["item"]) == {"GLASS"}  # what a demand takes is the item itself


def test_the_workbook_of_a_trial_tells_what_goes(
    stored: Snapshot, client_as: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views_workbooks, "read_data", lambda: stored)
    for who in (client_as("planner"), client_as("planner", "NORTH")):
        book = who.get("/plan/try/export.xlsx?kind=demand&demand=D2&quantity=0")
        rows = pl.read_excel(io.BytesIO(book.content), sheet_name="demands").filter(demand="D2")
        assert rows.select("item", "site", "was_late").rows() == [("LENS", "NORTH", True)]
        assert rows["is_late"].to_list() == [None]


def test_the_api_tells_the_policy(stored: Snapshot, client_as: Callable[..., Client]) -> None:
    review = StockReview.objects.create(created_at=NOW, version="")
    words = {"item": "LENS", "site": "NORTH", "stock_class": "AX", "policy": "RS"}
    numbers = {
        field.name: 1.0
        for field in StockPolicy._meta.concrete_fields
        if field.name not in {"id", "review", "how"} | set(words)
    }
    StockPolicy.objects.create(review=review, **words, **numbers)
    assert client_as("viewer").get("/api/plans/stock").json()["policies"][0]["policy"] == "RS"


def test_a_late_demand_says_why_and_what_it_waits_for(stored: Snapshot, client_as: Callable[..., Client]) -> None:
    viewer = client_as("viewer")
    assert [row.demand for row in viewer.get("/plan/late/").context["page"]] == ["D2"]
    text = viewer.get("/plan/late/D2/").content.decode()
    assert "Waits for P" in text
    assert "of order P, under way" in text
    assert "Look for remedies" not in text  # viewers look
    assert viewer.get("/plan/late/D1/").status_code == 404
    assert viewer.post("/plan/late-seek/", {"demand": "D2"}).status_code == 403


def test_shortages_lead_to_their_page(stored: Snapshot, client_as: Callable[..., Client]) -> None:
    text = client_as("viewer").get("/actions/?kind=short").content.decode()
    assert 'href="/plan/late/D2/"' in text


def test_planners_look_for_remedies_and_try_them(
    stored: Snapshot, client_as: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    planner = client_as("planner", "NORTH")
    assert client_as("planner", "SOUTH").post("/plan/late-seek/", {"demand": "D2"}).status_code == 404
    assert planner.post("/plan/late-try/", {"demand": "D2", "remedy": "0"}).url == "/plan/late/D2/"  # type: ignore[attr-defined]
    planner.post("/plan/late-seek/", {"demand": "D2"})
    planner.post("/plan/late-seek/", {"demand": "D2"})
    (asked,) = Job.objects.filter(kind="remedies")  # one search at a time
    monkeypatch.setattr(Snapshot, "read_database", staticmethod(lambda: stored))
    asked.result, asked.state = jobs.remedies_job(asked.arguments, lambda share, what: None), Job.State.DONE
    asked.save()
    text = planner.get("/plan/late/D2/").content.decode()
    assert "Have P come" in text
    assert "late demands at your sites: 1 → 0" in text
    planner.post("/plan/late-try/", {"demand": "D2", "remedy": "0"})
    trial = Job.objects.get(kind="try-remedy")
    trial.result, trial.state = jobs.try_job(trial.arguments, lambda share, what: None), Job.State.DONE
    trial.save()
    assert [row["demand"] for row in trial.result["on_time_now"]] == ["D2"]
    assert (trial.result["late_before"], trial.result["late"]) == (1, 0)
    assert "On time then: D2." in planner.get("/plan/late/D2/").content.decode()
    assert planner.post("/plan/late-try/", {"demand": "D2", "remedy": "99"}).url == "/plan/late/D2/"  # type: ignore[attr-defined]
    # A plan made later is of other data: what was tried before does not count any more.
    LateDemand.objects.get().plan.__class__.objects.update(created_at=timezone.now() + timedelta(minutes=1))
    assert "Have P come" not in planner.get("/plan/late/D2/").content.decode()


def test_a_late_demand_is_given_to_a_person(
    stored: Snapshot, client_as: Callable[..., Client], user_as: Callable[..., User]
) -> None:
    planner, person = client_as("planner", "NORTH"), user_as("viewer", "NORTH")
    asked = {"demand": "D2", "person": str(person.pk), "state": "doing", "note": "called <S>"}
    assert client_as("viewer").post("/plan/late-assign/", asked).status_code == 403
    assert client_as("planner", "SOUTH").post("/plan/late-assign/", asked).status_code == 404
    assert "called &lt;S&gt;" in planner.post("/plan/late-assign/", asked, follow=True).content.decode()
    kept = FollowUp.objects.get()
    assert (kept.person, kept.state, kept.changed_by) == (person, "doing", "planner-NORTH")
    stranger = user_as("viewer", "SOUTH")
    planner.post("/plan/late-assign/", asked | {"person": str(stranger.pk)})
    planner.post("/plan/late-assign/", asked | {"state": "gone"})
    assert FollowUp.objects.get().person == person
    assert client_as("viewer", "NORTH").get("/plan/late/?show=mine").context["page"].paginator.count == 1
    assert client_as("viewer", "NORTH").get("/plan/late/?show=nobody").context["page"].paginator.count == 0
    planner.post("/plan/late-assign/", asked | {"person": ""})
    assert FollowUp.objects.get().person is None


def test_purchases_are_listed_by_urgency_with_their_money(stored: Snapshot, client_as: Callable[..., Client]) -> None:
    page = client_as("viewer").get("/plan/purchases/?show=S")
    assert [row["supplier"] for row in page.context["suppliers"]] == ["S"]
    assert page.context["totals"]["money"] == pytest.approx(sum(row.money for row in page.context["page"]))
    assert client_as("viewer").get("/plan/purchases/?show=none").context["page"].paginator.count == 0


def test_the_api_gives_what_the_pages_show(stored: Snapshot, user_as: Callable[..., User], client: Client) -> None:
    def read(name: str, site: str = "") -> list[dict[str, Any]]:
        token = make_token(user_as("viewer", site))
        rows: list[dict[str, Any]] = client.get(
            f"/api/plans/{name}", headers={"Authorization": f"Bearer {token}"}
        ).json()
        return rows

    assert [row["item"] for row in read("materials")] == ["GLASS", "LENS", "RELIC"]
    assert read("materials")[1]["weeks"]["wanted"][:2] == [3.0, 5.0]
    assert [row["chain"][1]["code"] for row in read("late")] == ["P"]
    assert read("purchases")[0]["supplier"] == "S"
    assert len(read("pegs")) == Peg.objects.count()
    assert [row["item"] for row in read("materials", "SOUTH")] == ["RELIC"]
    assert read("late", "SOUTH") == read("pegs", "SOUTH") == read("purchases", "SOUTH") == []


@pytest.mark.parametrize("address", ["materials", "late", "purchases"])
def test_pages_without_a_plan_say_what_to_do(client_as: Callable[..., Client], address: str) -> None:
    assert "There is no plan yet" in client_as("viewer").get(f"/plan/{address}/").content.decode()
    assert client_as("viewer").get(f"/plan/{address}/export.xlsx").status_code == 404
