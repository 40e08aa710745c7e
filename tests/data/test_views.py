"""The pages of the tables."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from django.test import Client

from drumbeat.accounts.models import User
from drumbeat.data import browse
from drumbeat.data.actions import load
from drumbeat.data.browse import Query, find_page
from drumbeat.data.schema import schemas
from drumbeat.data.snapshot import Snapshot
from drumbeat.orders.models import Order
from drumbeat.plant.models import BillLine, Item, Line, Resource, Site

pytestmark = pytest.mark.django_db


@pytest.fixture
def plant(db: None) -> None:
    Site.objects.create(code="NORTH")
    Site.objects.create(code="SOUTH")
    Item.objects.bulk_create(Item(code=f"I-{n:03}", name=f"Part {n}", cost=n % 7) for n in range(120))
    Item.objects.create(code="ODD/1 & 2", name="<b>bold</b>", kind="buy")
    for site in ("NORTH", "SOUTH"):
        Line.objects.create(code=f"L-{site}", site_id=site)
        Resource.objects.create(code=f"MILL-{site}", site_id=site, line_id=f"L-{site}")
        Order.objects.create(code=f"W-{site}", site_id=site, item_id="I-001", due_at="2026-03-05T08:30:00Z")


@pytest.mark.parametrize("table", sorted(schemas()))
def test_every_table_has_a_page_a_form_and_an_export(table: str, plant: None, client_as: Callable[..., Client]) -> None:
    client = client_as("admin")
    for address in ("", "add/", "export/?form=csv", "export/?form=xlsx", "codes/?x=I"):
        answer = client.get(f"/data/{table}/{address}")
        assert answer.status_code == 200, address
        assert answer.getvalue()


def test_paging_sorting_and_links(plant: None, client_as: Callable[..., Client]) -> None:
    client = client_as("viewer")
    first = client.get("/data/item/").content.decode()
    assert "1–50 of 121" in first
    assert 'href="/data/item/row/?key=I-000"' in first
    assert 'rel="next" href="/data/item/?page=2"' in first
    last = client.get("/data/item/?page=3&sort=-code").content.decode()
    assert "101–121 of 121" in last
    assert 'rel="next"' not in last
    cheapest = client.get("/data/item/?sort=cost").content.decode()
    assert 'aria-sort="ascending"' in cheapest
    assert "No more rows" in client.get("/data/item/?page=9").content.decode()


def test_search_finds_anywhere_and_shows_no_markup_of_others(plant: None, client_as: Callable[..., Client]) -> None:
    client = client_as("viewer")
    found = client.get("/data/item/?q=bold").content.decode()
    assert "&lt;b&gt;bold" in found
    assert "<b>bold" not in found
    assert "key=ODD%2F1+%26+2" in found
    assert "Nothing found" in client.get("/data/item/?q=zzz").content.decode()
    assert "1–1 of 1" in client.get("/data/item/?kind=buy").content.decode()


@pytest.mark.parametrize(
    "query", ["page=0", "page=x", "sort=nope", "sort=--", "cost=abc", "q=%00", "is_open=2", "page=99999999999"]
)
def test_an_address_that_makes_no_sense_still_gives_a_page(
    query: str, plant: None, client_as: Callable[..., Client]
) -> None:
    assert client_as("viewer").get(f"/data/item/?{query}").status_code == 200


def test_a_large_table_is_searched_by_the_start_of_codes_until_asked_otherwise(
    plant: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browse, "SEARCHED_WHOLLY", 100)
    schema, rows = schemas()["item"], Item.objects.all()
    starts = find_page(schema, rows, Query(search="I-01"))
    assert starts.is_prefix_search
    assert [row.code for row in starts.rows] == [f"I-01{n}" for n in range(10)]
    assert not find_page(schema, rows, Query(search="art 1")).rows
    deep = find_page(schema, rows, Query(search="art 1", is_deep=True))
    assert deep.rows
    everything = find_page(schema, rows, Query())
    assert (everything.first, everything.last, everything.has_next) == (1, 50, True)
    assert browse.count_capped(rows, 40) == (40, True)
    assert browse.count_capped(rows, 121) == (121, False)


def test_a_page_of_a_large_table_asks_a_fixed_number_of_questions(
    plant: None, client_as: Callable[..., Client], django_assert_max_num_queries: Any
) -> None:
    client = client_as("viewer")
    with django_assert_max_num_queries(8):
        client.get("/data/item/?sort=-cost")


def test_rows_of_other_sites_are_not_shown_found_exported_or_suggested(
    plant: None, client_as: Callable[..., Client]
) -> None:
    client = client_as("planner", "NORTH")
    for address in (
        "/data/resource/",
        "/data/resource/?q=MILL",
        "/data/resource/export/?form=csv",
        "/data/resource/codes/?q=MILL",
    ):
        said = client.get(address).getvalue().decode()
        assert "MILL-NORTH" in said
        assert "SOUTH" not in said
    assert client.get("/data/resource/row/?key=MILL-SOUTH").status_code == 404
    assert client.post("/data/resource/edit/?key=MILL-SOUTH", {}).status_code == 404


def values_of(row: Any) -> dict[str, Any]:
    """What the form of a row would send."""
    from drumbeat.data.forms import form_class

    form = form_class(schemas()["resource"])(instance=row, user=None)
    return {bound.html_name: value for bound in form if (value := bound.value()) is not None and value is not False}


def test_a_planner_edits_a_row_of_the_own_site(plant: None, client_as: Callable[..., Client]) -> None:
    client = client_as("planner", "NORTH")
    row = Resource.objects.get(pk="MILL-NORTH")
    values = values_of(row) | {"name": "Mill", "cost_per_hour": "12.3456"}
    answer = client.post("/data/resource/edit/?key=MILL-NORTH", values)
    assert answer.status_code == 302, answer.content
    row.refresh_from_db()
    assert (row.name, str(row.cost_per_hour)) == ("Mill", "12.3456")
    stolen = client.post("/data/resource/edit/?key=MILL-NORTH", values | {"site": "SOUTH"})
    assert stolen.status_code == 422
    assert "There is no site with the code “SOUTH”" in stolen.content.decode()
    assert client.post("/data/item/edit/?key=I-001", {"name": "Mine"}).status_code == 403


def test_what_is_wrong_is_said_at_its_field(plant: None, client_as: Callable[..., Client]) -> None:
    client = client_as("planner")
    values = {"code": " X", "site": "NOWHERE", "kind": "robot", "capacity": "0", "cost_per_hour": "-1"}
    answer = client.post("/data/resource/add/", values)
    said = answer.content.decode()
    assert answer.status_code == 422
    assert "There is no site with the code “NOWHERE”" in said
    assert "robot is not one of the available choices" in said
    assert "greater than or equal to 1" in said
    assert "greater than or equal to 0" in said
    assert Resource.objects.count() == 2


def test_in_the_side_panel_errors_come_back_and_success_closes_it(
    plant: None, client_as: Callable[..., Client]
) -> None:
    client = client_as("planner", "NORTH")
    values = values_of(Resource.objects.get(pk="MILL-NORTH"))
    headers = {"HX-Request": "true"}
    wrong = client.post("/data/resource/edit/?key=MILL-NORTH", values | {"capacity": "0"}, headers=headers)
    assert wrong.status_code == 200
    assert b"is-invalid" in wrong.content
    right = client.post("/data/resource/edit/?key=MILL-NORTH", values, headers=headers)
    assert right.status_code == 204, right.content.decode()
    assert "rows-changed" in right.headers["HX-Trigger"]


def test_a_row_that_closes_a_cycle_is_refused(plant: None, client_as: Callable[..., Client]) -> None:
    client = client_as("planner")
    line = {"position": "10", "quantity_per": "1", "scrap": "0"}
    assert client.post("/data/bill_line/add/", line | {"item": "I-001", "component": "I-002"}).status_code == 302
    refused = client.post("/data/bill_line/add/", line | {"item": "I-002", "component": "I-001"})
    assert refused.status_code == 422
    assert BillLine.objects.count() == 1


def test_removing_says_what_goes_with_it(plant: None, client_as: Callable[..., Client]) -> None:
    client = client_as("manager")
    page = client.get("/data/line/delete/?key=L-NORTH").content.decode()
    assert "Nothing else would be removed" in page
    assert "Resource" in page
    client.post("/data/line/delete/?key=L-NORTH")
    assert Resource.objects.get(pk="MILL-NORTH").line_id is None
    page = client.get("/data/site/delete/?key=NORTH").content.decode()
    assert "would be removed with it" in page
    client.post("/data/site/delete/?key=NORTH")
    assert not Order.objects.filter(pk="W-NORTH").exists()
    assert Order.objects.filter(pk="W-SOUTH").exists()


def test_a_row_says_what_refers_to_it(plant: None, client_as: Callable[..., Client]) -> None:
    page = client_as("viewer").get("/data/item/row/?key=I-001").content.decode()
    assert 'href="/data/order/?item=I-001"' in page
    assert '<form method="post" action="/data/item' not in page


def test_an_export_loads_again(plant: None, client_as: Callable[..., Client], tmp_path: Any) -> None:
    content = client_as("viewer").get("/data/item/export/?form=csv&kind=make&sort=-code").getvalue()
    frame = pl.read_csv(io.BytesIO(content))
    assert frame.height == 120
    assert frame["code"][0] == "I-119"
    (tmp_path / "item.csv").write_bytes(content)
    assert load(tmp_path, dry_run=True).tables["item"].unchanged == 120


def test_an_empty_field_stands_for_the_default(plant: None, client_as: Callable[..., Client]) -> None:
    client = client_as("planner", "NORTH")
    values = {"code": "SAW", "site": "NORTH", "kind": "", "capacity": "", "cost_per_hour": ""}
    assert client.post("/data/resource/add/", values).status_code == 302
    row = Resource.objects.get(pk="SAW")
    assert (row.kind, row.capacity, row.cost_per_hour) == ("machine", 1, 0)


def test_everything_can_be_taken_away(plant: None, client_as: Callable[..., Client], tmp_path: Any) -> None:
    client = client_as("viewer")
    for form in ("xlsx", "csv", "parquet"):
        answer = client.get(f"/data/export/?form={form}")
        assert len(answer.getvalue()) > 500
    (tmp_path / "all.xlsx").write_bytes(client.get("/data/export/").getvalue())
    assert Snapshot.read(tmp_path / "all.xlsx")["order"].height == 2
    own = client_as("viewer", "NORTH").get("/data/export/?form=xlsx").getvalue()
    (tmp_path / "own.xlsx").write_bytes(own)
    assert Snapshot.read(tmp_path / "own.xlsx")["order"]["code"].to_list() == ["W-NORTH"]
    assert client.get("/data/template.xlsx").getvalue()[:2] == b"PK"


def test_user_fixture_is_who_it_says(user_as: Callable[..., User]) -> None:
    assert user_as("planner", "NORTH").role_label == "Planner at NORTH"
