"""Home, orders, weaknesses, the scorecard and the actions, on small rows made by hand."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from django.conf import settings
from django.core.cache import cache

from drumbeat.demand.models import Customer, DemandLine
from drumbeat.home.read_today import read_verdict
from drumbeat.home.sight import Sight
from drumbeat.inventory.models import Stock
from drumbeat.orders.models import Order
from drumbeat.people.models import Absence, Person
from drumbeat.planning.models import ActionMessage, Plan, PlannedOrder
from drumbeat.plant.models import BillLine, Item, Resource, Site
from drumbeat.scheduling.models import Schedule, ScheduledOrder, ScheduledTask
from drumbeat.strategy.models import Weakness
from drumbeat.twin.models import OrderConfidence, Simulation, Threat
from drumbeat.web.models import Job

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _fresh() -> None:
    cache.clear()


@pytest.fixture
def plant() -> None:
    """Two sites, a machine at each, and nothing planned."""
    Site.objects.create(code="NORTH", name="North plant", time_zone="Europe/Berlin")
    Site.objects.create(code="SOUTH", name="South plant", time_zone="America/New_York")
    for site in ("NORTH", "SOUTH"):
        Resource.objects.create(code=f"{site}-SAW", name=f"Saw of {site.lower()}", site_id=site)
    Item.objects.create(code="GEAR", name="Gear wheel")
    Item.objects.create(code="BLANK", name="Blank", unit="kg")
    BillLine.objects.create(item_id="GEAR", component_id="BLANK", quantity_per=2, scrap=0.5)
    Stock.objects.create(item_id="BLANK", site_id="NORTH", quantity=7)


@pytest.fixture
def run(plant: None) -> Schedule:
    """One order at each site: A at NORTH is 3 h late, B at SOUTH is on time with 95 %."""
    plan = Plan.objects.create(created_at=NOW, version="v", horizon_start=NOW)
    schedule = Schedule.objects.create(
        created_at=NOW, version="v", plan_id=plan.pk, horizon_start=NOW, method="test", objective=1, num_tasks=2
    )
    for code, site, late in (("A", "NORTH", 3), ("B/1", "SOUTH", 0)):
        due = NOW + 10 * HOUR
        end = due + late * HOUR
        Order.objects.create(code=code, site_id=site, item_id="GEAR", quantity=4, due_at=due)
        ScheduledOrder.objects.create(
            schedule=schedule, order=code, item="GEAR", quantity=4, starts_at=NOW, ends_at=end, due_at=due,
            late_seconds=late * 3600,
            waits=[
                {"cause": "run", "seconds": 9 * 3600},
                {"cause": "machine NORTH-SAW behind order B/1", "seconds": 3600},
            ],
        )  # fmt: skip
        ScheduledTask.objects.create(
            schedule=schedule, task=f"{code}/10", order=code, item="GEAR", operation="OP", resource=f"{site}-SAW",
            resources=f"{site}-SAW, TOOL", quantity=4, starts_at=NOW + HOUR, ends_at=end, setup_seconds=600, due_at=due,
        )  # fmt: skip
    simulation = Simulation.objects.create(
        created_at=NOW, schedule_id=schedule.pk, version="v", replications=1000, seed=1, probability_all=0.0,
        expected_on_time=0.575, expected_on_time_low=0.55, expected_on_time_high=0.6,
    )  # fmt: skip
    for code, chance in (("A", 0.2), ("B/1", 0.95)):
        OrderConfidence.objects.create(
            simulation=simulation, order=code, due_at=NOW + 10 * HOUR, probability=chance,
            probability_low=chance - 0.02, probability_high=chance + 0.02,
            planned_end=NOW + 9 * HOUR, p50_end=NOW + 11 * HOUR, p80_end=NOW + 13 * HOUR, p95_end=NOW + 15 * HOUR,
        )  # fmt: skip
    for rank, (kind, subject) in enumerate(
        [("breakdown", "NORTH-SAW"), ("supplier", "ACME"), ("breakdown", "SOUTH-SAW"), ("absence", "WELD")], 1
    ):
        Threat.objects.create(
            simulation=simulation, rank=rank, kind=kind, subject=subject, loss=0.1 / rank, loss_low=0.05 / rank,
            loss_high=0.15 / rank, late_hours=4, worst_order="A",
        )  # fmt: skip
    return schedule


def test_without_data_home_says_how_to_begin(client_as: Callable[..., Any]) -> None:
    page = client_as("manager").get("/").content.decode()
    assert "No plant has been loaded yet" in page
    assert "drumbeat demo" in page


def test_with_data_and_no_run_home_offers_to_run(plant: None, client_as: Callable[..., Any]) -> None:
    page = client_as("planner").get("/").content.decode()
    assert "Plan, schedule and simulate" in page
    assert "Plan, schedule and simulate" not in client_as("viewer").get("/").content.decode()


def test_a_planner_of_all_sites_starts_one_run(plant: None, client_as: Callable[..., Any]) -> None:
    assert client_as("viewer").post("/run/").status_code == 403
    assert client_as("planner", "NORTH").post("/run/").status_code == 403
    planner = client_as("planner")
    answer = planner.post("/run/")
    job = Job.objects.get()
    assert (job.kind, job.state, answer.url) == ("run", "waiting", f"/jobs/{job.pk}/")
    planner.post("/run/")
    assert Job.objects.count() == 1
    assert planner.get("/run/").status_code == 405


def test_home_states_the_probability_and_three_threats(run: Schedule, client_as: Callable[..., Any]) -> None:
    answer = client_as("viewer").get("/")
    page = answer.content.decode()
    assert answer.context["verdict"].share == 0.575
    assert "It does not hold" in page
    assert page.count("data-threat") == 3
    assert "Breakdowns of Saw of north" in page
    assert "Late deliveries from ACME" in page
    assert "In none of 1" in page
    assert [row["order"].order for row in answer.context["risks"]["rows"]] == ["A"]
    assert answer.context["risks"]["rows"][0]["why"].order == "B/1"
    assert {row["resource"].code for row in answer.context["dispatch"]} == {"NORTH-SAW", "SOUTH-SAW"}


def test_a_narrow_interval_keeps_its_width(run: Schedule, client_as: Callable[..., Any]) -> None:
    worst = Threat.objects.order_by("rank")[0]
    Threat.objects.filter(pk=worst.pk).update(loss=0.0061, loss_low=0.0059, loss_high=0.0063)
    page = client_as("viewer").get("/").content.decode()
    assert "<strong>0.61</strong>" in page
    assert "0.59 to 0.63" in page


def test_the_dots_are_a_hundred_orders(run: Schedule) -> None:
    sight = Sight(None, "UTC", NOW, None, run, Simulation.objects.get())
    verdict = read_verdict(sight)
    assert verdict is not None
    kinds = [kind for _, _, kind in verdict.dots]
    assert [kinds.count(kind) for kind in ("yes", "maybe", "no")] == [55, 5, 40]
    assert len({(x, y) for x, y, _ in verdict.dots}) == 100


def test_a_site_sees_its_own_orders_only(run: Schedule, client_as: Callable[..., Any]) -> None:
    client = client_as("viewer", "SOUTH")
    answer = client.get("/")
    assert answer.context["verdict"].share == pytest.approx(0.95)
    assert answer.context["verdict"].all_on_time is None
    assert [row["resource"].code for row in answer.context["dispatch"]] == ["SOUTH-SAW"]
    assert "NORTH" not in answer.content.decode().upper().replace("NORTHERN", "")
    assert client.get("/orders/A/").status_code == 404
    assert client.get(f"/board-panel/{run.pk}/?order=A").status_code == 404
    assert client.get("/orders/B/1/").status_code == 200
    assert [row["order"].order for row in client.get("/orders/").context["rows"]] == ["B/1"]


def test_times_are_those_of_the_users_site(run: Schedule, client_as: Callable[..., Any]) -> None:
    """05:00 UTC is 06:00 in Berlin and midnight in New York."""
    assert "Mon 2 Mar 06:00" in client_as("viewer", "NORTH").get("/").content.decode()
    assert "Mon 2 Mar 00:00" in client_as("viewer", "SOUTH").get("/").content.decode()


def test_orders_are_listed_the_least_sure_first(run: Schedule, client_as: Callable[..., Any]) -> None:
    client = client_as("viewer")
    ScheduledOrder.objects.create(schedule=run, order="NO-DUE", item="GEAR")

    def codes(**query: str) -> list[str]:
        return [row["order"].order for row in client.get("/orders/", query).context["rows"]]

    assert codes() == ["A", "B/1", "NO-DUE"]
    assert codes(show="late") == ["A"]
    assert codes(show="unsafe") == ["A"]
    assert codes(q="b/1 gear") == ["B/1"]
    assert codes(q="nothing") == []


def test_an_order_tells_its_path_and_why_it_is_late(run: Schedule, client_as: Callable[..., Any]) -> None:
    Customer.objects.create(code="KLM", name="Kelm")
    DemandLine.objects.create(
        code="D-1", customer_id="KLM", item_id="GEAR", site_id="NORTH", quantity=4, due_at=NOW, order_id="A"
    )
    PlannedOrder.objects.create(
        plan_id=run.plan_id, code="B-000001", method="buy", item="BLANK", site="NORTH", source="ACME", quantity=9,
        start_at=NOW, due_at=NOW + HOUR, demand="D-1",
    )  # fmt: skip
    client = client_as("viewer")
    answer = client.get("/orders/A/")
    page, order = answer.content.decode(), answer.context["order"]
    assert order["late_seconds"] == 3 * 3600
    assert "Why it is late" in page
    assert [(one.words, one.order, one.seconds) for one in order["reasons"]] == [
        ("Being worked on", "", 9 * 3600),
        ("NORTH-SAW is busy with", "B/1", 3600),
    ]
    assert sum(one.share for one in order["stretches"]) == pytest.approx(1)
    bar = answer.context["path"]["bars"][0]
    assert 0 < bar["left"] < bar["left"] + bar["width"] <= 100
    assert answer.context["path"]["due"] < bar["left"] + bar["width"]
    assert bar["others"] == ["TOOL"]
    supply = answer.context["supply"][0]
    assert (supply["need"], supply["stock"]) == (16, 7)  # 4 gears x 2 kg, half of it scrap
    assert [one.code for one in supply["coming"]] == ["B-000001"]
    assert "Kelm" in page
    assert f'href="/board/{run.pk}/?order=A"' in page
    assert client.get("/orders/NONE/").status_code == 404
    bought = client.get("/orders/B-000001/").content.decode()
    assert "It is bought from ACME" in bought


def test_the_boards_panel_links_to_the_order(run: Schedule, client_as: Callable[..., Any]) -> None:
    page = client_as("viewer").get(f"/board-panel/{run.pk}/", {"order": "B/1"}).content.decode()
    assert 'href="/orders/B/1/"' in page
    assert "data-task-start" in page


def test_absent_people_and_urgent_messages_are_listed(run: Schedule, client_as: Callable[..., Any]) -> None:
    Person.objects.create(code="P1", name="Ada Bell", site_id="NORTH")
    Absence.objects.create(person_id="P1", starts_at=NOW - HOUR, ends_at=NOW + HOUR, reason="sick")
    Absence.objects.create(person_id="P1", starts_at=NOW + 90 * HOUR, ends_at=NOW + 91 * HOUR)
    for kind, subject in (("new", "N"), ("defer", "P-9"), ("short", "A")):
        ActionMessage.objects.create(
            plan_id=run.plan_id, kind=kind, subject=subject, item="GEAR", site="NORTH", quantity=1, reason="Because"
        )
    answer = client_as("viewer").get("/")
    assert [row["absence"].reason for row in answer.context["absences"]] == ["sick"]
    actions = answer.context["actions"]
    assert [(row.kind, row.is_order) for row in actions["rows"]] == [("short", True), ("defer", False)]
    assert actions["counts"] == [("short", 1), ("defer", 1), ("new", 1)]
    assert client_as("viewer", "SOUTH").get("/").context["actions"]["rows"] == []


def test_actions_are_searched_and_exported(run: Schedule, client_as: Callable[..., Any]) -> None:
    for number in range(60):
        ActionMessage.objects.create(
            plan_id=run.plan_id, kind="defer", subject=f"P-{number}", item="GEAR", site=("NORTH", "SOUTH")[number % 2],
            quantity=number, reason="=1+1", to_at=NOW + number * HOUR,
        )  # fmt: skip
    client = client_as("viewer")
    page = client.get("/actions/").context["page"]
    assert (page.paginator.count, len(page)) == (60, 50)
    assert [row.subject for row in client.get("/actions/?q=p-7").context["page"]] == ["P-7"]
    assert client.get("/actions/?sort=-quantity").context["page"][0].quantity == 59
    assert client_as("viewer", "SOUTH").get("/actions/").context["page"].paginator.count == 30
    sheet = pl.read_excel(io.BytesIO(client.get("/actions/export.xlsx?sort=quantity").content))
    assert sheet.height == 60
    assert sheet["Because"][0] == "=1+1"
    assert sheet["Quantity"].to_list() == list(range(60))
    assert "There is no plan yet" not in client.get("/actions/?q=zzz").content.decode()


def test_weaknesses_show_their_evidence(run: Schedule, client_as: Callable[..., Any]) -> None:
    for found_at, headline in ((NOW - HOUR, "Old"), (NOW, "One welder <b>")):
        Weakness.objects.create(
            found_at=found_at, version="v", rank=1, kind="bottleneck", site="NORTH", subject="NORTH-SAW",
            headline=headline, metric="load", value=0.99, threshold=0.85, remedy="Move work",
            disproof="A calm month", num_evidence=1,
            evidence=[{"table": "operation", "due_at": "2026-03-04T08:00:00+00:00", "hours": 3}],
        )  # fmt: skip
    page = client_as("viewer").get("/weaknesses/").content.decode()
    assert "One welder &lt;b&gt;" in page
    assert "Old" not in page
    assert "2026-03-04 08:00" in page
    assert "A calm month" in page
    assert "One welder" not in client_as("viewer", "SOUTH").get("/weaknesses/").content.decode()


def test_the_scorecard_opens_with_and_without_facts(client_as: Callable[..., Any], plant: None) -> None:
    assert client_as("viewer").get("/scorecard/").status_code == 200
    Resource.objects.all().delete()
    assert "Nothing has been recorded yet" in client_as("viewer", "NORTH").get("/scorecard/").content.decode()


def test_the_report_is_for_those_who_may_see_all_sites(run: Schedule, client_as: Callable[..., Any]) -> None:
    path = settings.HOME / "reports" / f"run-{run.pk}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("<p>report</p>", encoding="utf-8")
    try:
        assert b"".join(client_as("viewer").get(f"/reports/{run.pk}/").streaming_content) == b"<p>report</p>"
        assert client_as("viewer", "NORTH").get(f"/reports/{run.pk}/").status_code == 403
        assert client_as("viewer").get("/reports/999999/").status_code == 404
    finally:
        path.unlink()


def test_every_page_is_closed_to_strangers(client: Any) -> None:
    for address in ("/", "/orders/", "/orders/A/", "/weaknesses/", "/scorecard/", "/actions/", "/board-panel/1/"):
        assert client.get(address).status_code == 302, address
