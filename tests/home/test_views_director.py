"""The director's home and the figures opened: who sees them, what they show, and the rows behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.cache import cache

from drumbeat.data.actions import load
from drumbeat.kpis.actions import measure_scorecard
from drumbeat.kpis.read_facts import FACTS, read_facts
from drumbeat.strategy.measure_director import measure_director, save_review
from drumbeat.web.models import Job
from tests.kpis.test_actions import snapshot, week_of_work, weeks_ago
from tests.strategy.noise_plant import make_noise_plant

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _fresh() -> None:
    cache.clear()


@pytest.fixture(scope="module")
def review() -> Any:
    return measure_director(make_noise_plant(3), replications=20)


def test_only_managers_of_all_sites_see_the_directors_home(client_as: Callable[..., Any]) -> None:
    for who in (("viewer",), ("planner",), ("manager", "NORTH")):
        assert client_as(*who).get("/director/").status_code == 403
        assert client_as(*who).get("/api/director/latest").status_code == 403
        assert client_as(*who).post("/director/review/").status_code == 403
        assert "/director/" not in client_as(*who).get("/scorecard/").content.decode()
    page = client_as("manager").get("/director/")
    assert "have not been measured yet" in page.content.decode()
    assert client_as("admin").get("/api/director/latest").status_code == 404
    assert client_as("manager").get("/director/throughput_strength/").status_code == 404


def test_the_seven_are_shown_with_intervals_and_open_to_their_evidence(
    review: Any, client_as: Callable[..., Any]
) -> None:
    save_review(review, NOW)
    save_review(replace(review, seed=2), NOW)
    client = client_as("manager")
    page = client.get("/director/").content.decode()
    for kpi in review.kpis:
        assert kpi.name in page
        assert f"/director/{kpi.key}/" in page
    assert review.kpi("throughput_strength").interval_text in page
    assert "not merged" in page
    one = client.get("/director/oee_trend_quality/").content.decode()
    assert "Theil-Sen" in one
    assert "Share of the gain that losses explain" in one
    assert "At earlier reviews" in one
    assert "/scorecard/oee/" in one
    told = client.get("/api/director/latest").json()
    assert [kpi["key"] for kpi in told["kpis"]] == [kpi.key for kpi in review.kpis]
    assert told["kpis"][0]["value"] == pytest.approx(review.kpis[0].value)


def test_measuring_is_a_job_and_one_at_a_time(client_as: Callable[..., Any]) -> None:
    manager = client_as("manager")
    manager.post("/director/review/")
    manager.post("/director/review/")
    assert Job.objects.filter(kind="director").count() == 1
    assert manager.get("/director/review/").status_code == 405


@pytest.fixture
def plant() -> Any:
    """The plant of the scorecard's tests, in the database: machine M1 of line L1 at N, deliveries, care, costs."""
    events, reports = week_of_work(30)
    line = {"kind": "order", "item": "I", "site": "N", "quantity": 1.0, "state": "delivered"}
    lines = [{"code": f"D{i}", "due_at": weeks_ago(i + 0.5), "delivered_at": weeks_ago(i), **line} for i in range(9)]
    able = [{"operation": f"R/{n}", "resource": "M1"} for n in (10, 20)]
    made = snapshot(
        machine_event=events, production_report=reports, demand_line=lines, operation_resource=able,
        company=[{"code": "G", "currency": "EUR", "as_of": weeks_ago(0)}],
        site=[{"code": "N", "currency": "EUR"}, {"code": "S", "currency": "USD"}],
    )  # fmt: skip
    load(made)
    return made


def test_every_figure_opens_to_weeks_and_to_the_rows_of_each(plant: Any, client_as: Callable[..., Any]) -> None:
    card = measure_scorecard(plant)
    figure = card.figure("on_time", "N")
    for point in figure.series:
        rows = read_facts("on_time", "site", "N", point.start, point.start + (figure.end - figure.start) / 13)
        assert rows is not None
        assert rows.count() == point.n
    viewer = client_as("viewer")
    page = viewer.get("/scorecard/on_time/?level=site&scope=N")
    assert page.context["page"].paginator.count == figure.n
    week = figure.series[-2].start
    part = viewer.get(f"/scorecard/on_time/?level=site&scope=N&week={week:%Y-%m-%d}")
    assert part.context["page"].paginator.count == figure.series[-2].n
    oee = viewer.get("/scorecard/oee/?level=line&scope=L1&page=2")
    assert oee.context["figure"].scope == "L1"
    assert oee.context["page"].paginator.count == 39
    assert viewer.get("/scorecard/nonsense/").status_code == 404
    south = client_as("viewer", "S").get("/scorecard/oee/?level=site&scope=N")
    assert south.status_code == 404 or south.context["figure"].scope != "N"


@pytest.mark.parametrize("key", sorted(FACTS))
@pytest.mark.parametrize(
    ("level", "scope"), [("enterprise", ""), ("region", "EAST"), ("site", "N"), ("line", "L1"), ("cost centre", "C")]
)
def test_rows_behind_every_figure_can_be_read_at_every_level(key: str, level: Any, scope: str) -> None:
    if level == "cost centre" and key not in {"overtime_share", "cost_to_budget"}:
        return
    rows = read_facts(key, level, scope, weeks_ago(2), weeks_ago(1))
    assert rows is not None
    assert list(rows) == []
    assert read_facts("planned_on_time", level, scope, weeks_ago(2), weeks_ago(1)) is None
