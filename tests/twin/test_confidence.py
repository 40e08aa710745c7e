"""The confidence page, the judgement on it, and single replications to look at."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from django.core.cache import cache

from drumbeat.scheduling.models import Schedule
from drumbeat.twin.keep_replays import read_events, read_times
from drumbeat.twin.models import Replay, Simulation, Validation
from drumbeat.web.models import Job
from tests.home.test_views import HOUR, NOW, plant, run  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh() -> None:
    cache.clear()


@pytest.fixture
def day(run: Schedule) -> Replay:  # noqa: F811
    """A bad day: A ends five hours later than planned, the saw of north breaks for two hours."""
    begin = int(NOW.timestamp())
    tasks = {"task": ["A/10", "B/1/10"], "start": [begin + 3600] * 2, "end": [begin + 18 * 3600, begin + 9 * 3600]}
    return Replay.objects.create(
        simulation=Simulation.objects.get(), which="bad", replication=17, num_late=1,
        tasks=gzip.compress(json.dumps(tasks).encode()),
        events=[
            {"kind": "breakdown", "subject": "NORTH-SAW", "from": begin + 7200, "to": begin + 14400, "number": 1},
            {"kind": "absence", "subject": "WELD @ SOUTH", "from": begin, "to": begin + 28800, "number": 2},
        ],
    )  # fmt: skip


def judge() -> Validation:
    return Validation.objects.create(
        created_at=NOW, as_of=NOW, version="v", weeks=4, num_resolved=43, brier=0.15, skill=0.2, error=0.03, bias=0.0,
        summary={
            "curve": [{"said": 0.8, "held": 0.77, "held_low": 0.64, "held_high": 0.86, "count": 43.0}],
            "coverage": [{"promised": 0.8, "kept": 0.79, "low": 0.7, "high": 0.9, "count": 43}],
            "limits": ["Do not trust it for orders that end on NORTH-SAW: it is too sure."],
            "few": ["machine SOUTH-SAW"], "unknown": ["Stock at the time is not kept."],
        },
    )  # fmt: skip


def test_before_the_first_run_it_says_how_to_begin(client_as: Callable[..., Any]) -> None:
    assert "Nothing has been simulated yet" in client_as("viewer").get("/twin/").content.decode()


def test_probability_threats_and_promises(run: Schedule, client_as: Callable[..., Any]) -> None:  # noqa: F811
    answer = client_as("viewer").get("/twin/")
    page = answer.content.decode()
    assert 'data-share="0.575"' in page
    steps = answer.context["steps"]
    # As it is 57.5; 10, 5, 3.3 and 2.5 gained; then down to the half that is on time on paper.
    assert [round(step["value"], 1) for step in steps] == [57.5, 10.0, 5.0, 3.3, 2.5, -28.3, 50.0]
    assert steps[1]["words"] == "Without breakdowns of Saw of north"
    assert all(step["left"] >= 0 and step["left"] + step["width"] <= 101 for step in steps)
    assert [row.order for row in answer.context["page"]] == ["A", "B/1"]
    assert answer.context["buffers"] == {"p50": 7200, "p80": 14400, "p95": 21600, "slack": 3600}
    assert "It has not been judged yet" in page
    assert "/twin/" in client_as("viewer").get("/").content.decode()
    assert "/twin/" in client_as("viewer").get("/orders/A/").content.decode()


def test_a_planner_of_one_site_sees_its_orders_alone(run: Schedule, client_as: Callable[..., Any]) -> None:  # noqa: F811
    answer = client_as("planner", "SOUTH").get("/twin/")
    assert [row.order for row in answer.context["page"]] == ["B/1"]
    assert answer.context["share"]["share"] == pytest.approx(0.95)
    assert answer.context["steps"] == []
    assert "A/10" not in answer.content.decode()


def test_pages_of_the_list_come_alone(run: Schedule, client_as: Callable[..., Any]) -> None:  # noqa: F811
    part = client_as("viewer").get("/twin/?page=9", headers={"HX-Target": "confidence-orders"}).content.decode()
    assert "<html" not in part
    assert "1–2 of 2" in part


def test_what_held_and_what_it_cannot_be_trusted_for(run: Schedule, client_as: Callable[..., Any]) -> None:  # noqa: F811
    judge()
    judge()
    page = client_as("viewer").get("/twin/").content.decode()
    assert "When it said <strong>80" in page
    assert "Do not trust it for orders that end on NORTH-SAW" in page
    assert "machine SOUTH-SAW" in page
    assert "Earlier judgements" in page
    rows = client_as("viewer").get("/api/simulations/validations?limit=1").json()
    assert [(row["num_resolved"], row["error"]) for row in rows] == [(43, 0.03)]


def test_how_all_sites_were_played_again_is_told_to_those_who_see_all(
    run: Schedule,  # noqa: F811
    client_as: Callable[..., Any],
) -> None:
    judged = judge()
    told = {"inside": [0.8, 0.6, 0.9], "num_weeks": 8, "figures": [], "utilisation_error": None, "unknown": [],
            "limits": ["Do not trust its output of NORTH."]}  # fmt: skip
    judged.summary["play"] = told
    judged.save()
    assert "its output of NORTH" in client_as("viewer").get("/twin/").content.decode()
    assert "its output of NORTH" not in client_as("planner", "SOUTH").get("/twin/").content.decode()


def test_only_a_planner_of_all_sites_has_it_judged(run: Schedule, client_as: Callable[..., Any]) -> None:  # noqa: F811
    assert client_as("planner", "NORTH").post("/twin/validate/").status_code == 403
    planner = client_as("planner")
    assert planner.post("/twin/validate/").url == f"/jobs/{Job.objects.get().pk}/"
    planner.post("/twin/validate/")
    assert Job.objects.count() == 1
    assert planner.get("/twin/validate/").status_code == 405


def test_a_replication_is_the_board_with_other_times(day: Replay, client_as: Callable[..., Any]) -> None:
    page = client_as("viewer").get(f"/twin/replay/{day.simulation_id}/bad/").content.decode()
    assert "NORTH-SAW</strong> breaks down" in page
    assert "2</strong> of WELD @ SOUTH away" in page
    body = client_as("viewer").get(f"/twin/replay-data/{day.simulation_id}/bad").content
    size = int.from_bytes(body[:4], "little")
    header = json.loads(body[4 : 4 + size])
    assert header["orders"]["code"] == ["A", "B/1"]
    columns, offset = {}, 4 + size
    for name, _, count in header["columns"]:
        columns[name] = [int.from_bytes(body[offset + 4 * i : offset + 4 * i + 4], "little", signed=True)
                         for i in range(count)]  # fmt: skip
        offset += 4 * count
    assert columns["end"] == [18 * 3600, 9 * 3600]
    assert columns["order_late"] == [8 * 3600, 0]
    assert columns["order_finish"] == [18 * 3600, 9 * 3600]
    assert client_as("viewer").get(f"/twin/replay/{day.simulation_id}/best/").status_code == 404


def test_who_sees_one_site_sees_its_machines_events_alone(day: Replay, client_as: Callable[..., Any]) -> None:
    viewer = client_as("viewer", "SOUTH")
    page = viewer.get(f"/twin/replay/{day.simulation_id}/bad/").content.decode()
    assert "NORTH-SAW" not in page
    assert "WELD" not in page
    body = viewer.get(f"/twin/replay-data/{day.simulation_id}/bad").content
    assert json.loads(body[4 : 4 + int.from_bytes(body[:4], "little")])["orders"]["code"] == ["B/1"]
    answer = viewer.get("/api/simulations/latest/replays/bad").json()
    assert [row["task"] for row in answer["tasks"]] == ["B/1/10"]
    assert answer["events"] == []
    whole = client_as("viewer").get("/api/simulations/latest/replays/bad").json()
    assert [event["kind"] for event in whole["events"]] == ["breakdown", "absence"]
    assert client_as("viewer").get("/api/simulations/latest/replays/none").status_code == 404


def test_stored_replications_come_back(day: Replay) -> None:
    times = read_times(day)
    assert times.schema == {"task": pl.String, "start": pl.Int64, "end": pl.Int64}
    events = read_events(day, None)
    assert events[0]["from_at"] == NOW + 2 * HOUR
    assert events[1]["to_at"] - events[1]["from_at"] == timedelta(hours=8)
