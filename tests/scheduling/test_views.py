"""The board's page and its table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from benchmarks.web.make_board import make_schedule

from drumbeat.scheduling.models import Schedule, ScheduledTask

pytestmark = pytest.mark.django_db


def test_without_a_schedule_the_board_says_what_to_do(client_as: Callable[..., Any]) -> None:
    page = client_as("viewer").get("/board/").content.decode()
    assert "There is no schedule yet" in page
    assert "data-board-root" not in page


def test_the_board_is_closed_to_strangers(client: Any, client_as: Callable[..., Any]) -> None:
    assert client.get("/board/").status_code == 302
    assert client.get("/board/data/1").status_code == 302
    assert client_as("nobody").get("/board/").status_code == 403


def test_a_schedule_that_does_not_exist_is_not_found(client_as: Callable[..., Any]) -> None:
    client = client_as("viewer")
    for address in ("/board/7/", "/board/data/7", "/board/table/7/"):
        assert client.get(address).status_code == 404


def test_the_table_searches_sorts_and_pages(client_as: Callable[..., Any]) -> None:
    schedule = make_schedule(120, num_machines=12)
    client, address = client_as("viewer"), f"/board/table/{schedule.pk}/"
    first = client.get(address).context["page"]
    assert [task.starts_at for task in first] == sorted(task.starts_at for task in first)
    assert first.paginator.count == 120
    found = client.get(address, {"q": "W-00003 weld"}).context["page"]
    assert [(task.order, task.operation) for task in found] == [("W-00003", "Weld ITEM-02")]
    latest = client.get(address, {"sort": "-end"}).context["page"]
    assert latest[0].ends_at == max(ScheduledTask.objects.values_list("ends_at", flat=True))
    assert client.get(address, {"page": "999", "sort": "nonsense"}).context["page"].number == 3
    part = client.get(address, {"q": "nothing at all"}, headers={"hx-target": "board-table"}).content.decode()
    assert "No task matches" in part
    assert "<html" not in part


def test_the_table_shows_only_the_users_sites(client_as: Callable[..., Any]) -> None:
    schedule = make_schedule(60, num_machines=12)
    shown = client_as("viewer", "SOUTH").get(f"/board/table/{schedule.pk}/").context["page"]
    assert 0 < shown.paginator.count < 60
    assert all(task.resource.startswith("S-") for task in shown)


def test_the_newest_schedule_is_shown_unless_another_is_asked_for(client_as: Callable[..., Any]) -> None:
    old = make_schedule(12, num_machines=12)
    new = Schedule.objects.create(
        created_at=old.created_at, version="y", horizon_start=old.horizon_start, method="m", objective=0, num_tasks=0
    )
    client = client_as("viewer")
    assert client.get("/board/").context["schedule"] == new
    assert client.get(f"/board/{old.pk}/").context["schedule"] == old
