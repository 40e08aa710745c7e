"""A task moved by hand: what it does is told first, and kept as a new schedule only when asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect

from drumbeat.basics.findings import InputError
from drumbeat.data.snapshot import Snapshot
from drumbeat.orders.models import Order
from drumbeat.planning.actions import make_plan
from drumbeat.plant.models import Company, Item, Operation, OperationResource, Resource, Routing, Site
from drumbeat.scheduling import move_task as module
from drumbeat.scheduling.actions import make_schedule, save_schedule
from drumbeat.scheduling.models import Schedule, ScheduledTask
from drumbeat.scheduling.move_task import find_bench, keep_move, move_task

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def schedule() -> Schedule:
    """Three orders of two hours each on two saws of NORTH, due in time; SOUTH has a saw of its own and one order."""
    cache.clear()
    module._lay_out.cache_clear()
    Company.objects.create(code="C", as_of=NOW)
    for site, saws in (("NORTH", ("N-SAW-1", "N-SAW-2")), ("SOUTH", ("S-SAW",))):
        Site.objects.create(code=site, name=site.title(), time_zone="UTC")
        Item.objects.create(code=f"{site}-ITEM")
        Routing.objects.create(code=f"R-{site}", item_id=f"{site}-ITEM", site_id=site)
        Operation.objects.create(code=f"O-{site}", routing_id=f"R-{site}", sequence=10, lot_minutes=120)
        for saw in saws:
            Resource.objects.create(code=saw, name=saw, site_id=site)
            OperationResource.objects.create(operation_id=f"O-{site}", resource_id=saw)
    for code, site, due in (("A", "NORTH", 2), ("B", "NORTH", 2), ("C", "NORTH", 4), ("D", "SOUTH", 2)):
        Order.objects.create(code=code, site_id=site, item_id=f"{site}-ITEM", due_at=NOW + due * HOUR)
    snapshot = Snapshot.read_database()
    plan = make_plan(snapshot)
    return save_schedule(make_schedule(snapshot, plan, seconds=0.3), None, NOW)


def task_of(schedule: Schedule, order: str) -> ScheduledTask:
    return ScheduledTask.objects.get(schedule=schedule, order=order)


def body(task: ScheduledTask, resource: str, start: datetime, **more: Any) -> dict[str, Any]:
    moments = {"start": int(task.starts_at.timestamp()), "to_start": int(start.timestamp())}
    return {"order": task.order, "resource": task.resource, "to_resource": resource, **moments, **more}


def test_the_dragged_task_goes_where_it_is_put_and_others_give_way(schedule: Schedule) -> None:
    assert schedule.num_late == 0
    last, first = task_of(schedule, "C"), task_of(schedule, "A")
    found = move_task(schedule, last.task, NOW, first.resource)
    moved = {row["order"]: row for row in found.tasks.iter_rows(named=True)}
    assert found.tasks["order"][0] == "C"
    assert (moved["C"]["start"], moved["C"]["resource"]) == (NOW, first.resource)
    assert moved["A"]["start"] >= NOW + 2 * HOUR
    assert "D" not in moved
    assert {figure.label: figure.change for figure in found.figures}["Late orders"] == 1
    assert Schedule.objects.count() == 1


def test_a_move_is_kept_as_a_new_schedule(schedule: Schedule) -> None:
    last = task_of(schedule, "C")
    other = "N-SAW-1" if last.resource == "N-SAW-2" else "N-SAW-2"
    kept = keep_move(schedule, move_task(schedule, last.task, NOW + 5 * HOUR, other), NOW + HOUR)
    new = task_of(kept, "C")
    assert (new.resource, new.starts_at, new.ends_at) == (other, NOW + 5 * HOUR, NOW + 7 * HOUR)
    assert kept.num_late == 1
    assert kept.method.startswith("moved by hand")
    assert task_of(schedule, "C").starts_at == last.starts_at
    # What was kept can be moved on.
    again = move_task(kept, new.task, last.starts_at, last.resource)
    assert {figure.label: figure.after for figure in again.figures}["Late orders"] == 0


def test_what_cannot_be_moved_is_said(schedule: Schedule) -> None:
    task = task_of(schedule, "A")
    with pytest.raises(InputError, match="can be done where it is put"):
        move_task(schedule, task.task, NOW, "S-SAW")
    with pytest.raises(InputError, match="in the schedule"):
        move_task(schedule, "no such task", NOW, "N-SAW-1")
    Order.objects.filter(code="A").update(quantity=2)
    module._lay_out.cache_clear()
    with pytest.raises(InputError, match="data have changed"):
        find_bench(schedule)


def test_the_page_tells_first_and_keeps_when_asked(schedule: Schedule, client_as: Callable[..., Any]) -> None:
    client, address = client_as("planner"), f"/board/move/{schedule.pk}/"
    assert client.get(f"{address}ready").json() == {"ready": True}
    task = task_of(schedule, "C")
    told = client.post(address, body(task, task.resource, NOW + 6 * HOUR)).json()
    assert told["count"] == 1
    assert told["outlines"]["start"] == [int((NOW + 6 * HOUR).timestamp())]
    assert "1 task would move" in told["html"]
    assert "Late orders" in told["html"]
    assert told["milliseconds"] < 1000
    assert Schedule.objects.count() == 1
    kept = client.post(address, body(task, task.resource, NOW + 6 * HOUR, keep="on"))
    newest = Schedule.objects.first()
    assert newest is not None
    assert kept.json() == {"address": f"/board/compare/{newest.pk}/"}
    assert client.post(address, body(task, task.resource, NOW, keep="on")).status_code == 409


def test_the_api_previews_a_move(schedule: Schedule, client_as: Callable[..., Any]) -> None:
    task = task_of(schedule, "C")
    asked = {"task": task.task, "resource": task.resource, "start": "2026-03-02T12:00:00"}
    told = client_as("planner").get("/api/schedules/latest/move", asked).json()
    assert told["moved"] == 1
    assert told["tasks"][0]["start"].startswith("2026-03-02T12:00:00")
    assert {"label": "Late orders", "unit": "", "before": 0.0, "after": 1.0} in told["figures"]
    assert client_as("viewer").get("/api/schedules/latest/move", asked).status_code == 403
    wrong = client_as("planner").get("/api/schedules/latest/move", {**asked, "resource": "S-SAW"})
    assert (wrong.status_code, "can do it" in wrong.json()["detail"]) == (422, True)
    for moment in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
        assert client_as("planner").get("/api/schedules/latest/move", {**asked, "start": moment}).status_code < 500


def test_wrong_moves_are_answered_in_words(schedule: Schedule, client_as: Callable[..., Any]) -> None:
    client, address = client_as("planner"), f"/board/move/{schedule.pk}/"
    task = task_of(schedule, "A")
    assert client.post(address, {}).status_code == 400
    assert client.post(address, {**body(task, task.resource, NOW), "start": 7}).status_code == 404
    refused = client.post(address, body(task, "S-SAW", NOW))
    assert refused.status_code == 422
    assert "can do it" in refused.json()["detail"]
    assert client.get(address).status_code == 405
    assert client_as("viewer").post(address, body(task, task.resource, NOW)).status_code == 403


def test_a_planner_moves_at_own_sites_only(schedule: Schedule, client_as: Callable[..., Any]) -> None:
    address, north, south = f"/board/move/{schedule.pk}/", task_of(schedule, "C"), task_of(schedule, "D")
    client = client_as("planner", "SOUTH")
    assert client.post(address, body(north, north.resource, NOW)).status_code == 403
    assert client.post(address, body(south, "S-SAW", NOW + HOUR)).json()["count"] == 1


@pytest.mark.browser
@pytest.mark.slow
def test_a_bar_is_dragged_on_the_board(schedule: Schedule, page_as: Callable[..., Page], live_site: str) -> None:
    page = page_as("planner")
    complaints: list[str] = []
    page.on("console", lambda one: complaints.append(one.text) if one.type in ("error", "warning") else None)
    page.goto(f"{live_site}/board/")
    expect(page.locator("[data-board-root][data-ready]")).to_be_visible()
    page.get_by_label("Move tasks").check()
    where = """(order) => {
      const {scene, canvas} = document.querySelector('[data-board-root]').board, box = canvas.getBoundingClientRect();
      const bar = scene.schedule.barsOf(scene.schedule.orderByCode.get(order))[0], band = scene.layout.band(bar);
      const x = scene.view.x((scene.schedule.start[bar] + scene.schedule.end[bar]) / 2);
      return {x: box.x + x, y: box.y + band.top - scene.view.top + scene.view.axis + band.height / 2,
        hour: 3600 / scene.view.scale};
    }"""
    bar = page.evaluate(where, "C")
    page.mouse.move(bar["x"], bar["y"])
    page.mouse.down()
    page.mouse.move(bar["x"] + 5 * bar["hour"], bar["y"], steps=5)
    page.mouse.up()
    panel = page.locator(".board-panel")
    expect(panel).to_contain_text("would move")
    expect(panel).to_contain_text("Late orders")
    assert Schedule.objects.count() == 1
    panel.get_by_role("button", name="Put it back").last.click()
    expect(panel).to_be_hidden()
    page.mouse.move(bar["x"], bar["y"])
    page.mouse.down()
    page.mouse.move(bar["x"] + 5 * bar["hour"], bar["y"], steps=5)
    page.mouse.up()
    panel.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Before and after")
    newest = Schedule.objects.first()
    assert newest is not None
    later = task_of(newest, "C").starts_at - task_of(schedule, "C").starts_at
    assert timedelta(hours=4) < later < timedelta(hours=6)
    assert complaints == []
