"""Pages beside the board: late orders, dispatch lists, calendars, before and after, workbooks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import fastexcel
import polars as pl
import pytest
from benchmarks.web.make_board import make_schedule

from drumbeat.scheduling.compare_schedules import compare_tasks, compare_worth
from drumbeat.scheduling.draw_curve import HEIGHT, WIDTH, draw_curve
from drumbeat.scheduling.models import Schedule, ScheduledOrder, ScheduledTask


def tasks(*rows: tuple[str, str, int]) -> pl.DataFrame:
    told = [(task, "W", "op", machine, start, start + 10) for task, machine, start in rows]
    return pl.DataFrame(told, ["task", "order", "operation", "resource", "start", "end"], orient="row")


def test_what_moved_is_told_by_kind_the_farthest_first() -> None:
    before = tasks(("a", "M", 0), ("b", "M", 10), ("c", "N", 0), ("d", "N", 50), ("e", "N", 90))
    after = tasks(("a", "M", 0), ("b", "M", 110), ("c", "O", 5), ("d", "N", 20), ("f", "O", 7))
    found = compare_tasks(before, after).select("task", "change", "moved_seconds").rows()
    assert found[:4] == [("b", "later", 100), ("d", "earlier", -30), ("c", "other machine", 5), ("a", "same", 0)]
    assert set(found[4:]) == {("e", "gone", None), ("f", "new", None)}


def test_figures_side_by_side() -> None:
    old = {"num_late": 3, "weighted_tardiness_hours": 2.0, "makespan_hours": 10.0, "setup_hours": 0.0}
    new = {"num_late": 1, "weighted_tardiness_hours": 4.0, "makespan_hours": 10.0, "setup_hours": 0.0}
    told = [(figure.label, figure.change, figure.verdict) for figure in compare_worth(old, new)]
    assert told == [("Late orders", -2, "better"), ("Weighted tardiness", 2.0, "worse"), ("All done after", 0, "same")]
    assert compare_worth(None, new)[0].change is None


def test_a_curve_starts_high_and_ends_at_its_best() -> None:
    curve = draw_curve([[0.0, 100.0], [1.0, 60.0], [4.0, 50.0]], 0.0)
    assert curve is not None
    assert curve.line.split()[-1] == f"{WIDTH:.1f},{HEIGHT:.1f}"
    assert curve.line.startswith("0.0,0.0")
    bounded = draw_curve([[0.0, 100.0], [1.0, 60.0]], 20.0)
    assert bounded is not None
    assert bounded.bound == HEIGHT
    assert draw_curve([[0.0, 1.0]], 0.0) is None


@pytest.fixture
def schedules(db: None) -> tuple[Schedule, Schedule]:
    """Two schedules of the same 60 tasks; in the second the first task is an hour later and the last is gone."""
    old = make_schedule(60, num_machines=12)
    new = Schedule.objects.create(
        created_at=old.created_at, version="x", horizon_start=old.horizon_start, method="local search", objective=5,
        bound=4, num_tasks=59, num_late=2,
        summary={"worth": {"num_late": 2, "weighted_tardiness_hours": 7.5, "makespan_hours": 99.0},
                 "curve": [[0.1, 9.0], [1.5, 5.0]]},
    )  # fmt: skip
    rows = list(ScheduledTask.objects.filter(schedule=old).order_by("task"))[:-1]
    for number, row in enumerate(rows):
        row.pk, row.schedule = None, new
        if number == 0:
            row.starts_at += timedelta(hours=1)
            row.ends_at += timedelta(hours=1)
            row.setup_seconds, row.setup_note, row.material_note = 1200, "RED to BLUE", "2 × SCREW"
    ScheduledTask.objects.bulk_create(rows)
    orders = list(ScheduledOrder.objects.filter(schedule=old).order_by("order"))
    waits = [{"cause": "run", "seconds": 3600}, {"cause": "machine N-MILL-01 behind order W-00002", "seconds": 7200}]
    for number, order in enumerate(orders):
        order.pk, order.schedule = None, new
        order.late_seconds = 5400 if number < 2 else 0
        order.waits = waits if number == 0 else []
    ScheduledOrder.objects.bulk_create(orders)
    return old, new


def read(client: Any, address: str, **query: Any) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200, address
    return " ".join(answer.content.decode().split())


def test_late_orders_tell_their_reason(schedules: Any, client_as: Callable[..., Any]) -> None:
    _, new = schedules
    page = read(client_as("viewer"), f"/board/late/{new.pk}/")
    assert "1 h 30 min" in page
    assert 'N-MILL-01 is busy with <a href="/orders/W-00002/">' in page
    assert "only the latest orders are" in page
    assert "1–2 of 2 late orders" in page
    assert "No late order matches" in read(client_as("viewer"), f"/board/late/{new.pk}/", q="no such order")


def test_before_and_after_tells_figures_and_moves(schedules: Any, client_as: Callable[..., Any]) -> None:
    old, new = schedules
    client = client_as("viewer")
    page = read(client, f"/board/compare/{new.pk}/")
    assert "+1 h" in page
    assert "58 tasks stayed" in page
    assert "At most 20.0" in page
    assert "Gone 1" in page
    assert "Later 1" in page
    moved = client.get(f"/board/compare/{new.pk}/", {"kind": "later"}, headers={"hx-target": "moves"}).content.decode()
    assert "<html" not in moved
    assert moved.count("<tr>") == 2
    alone = read(client, f"/board/compare/{old.pk}/")
    assert "there is none before it" in alone
    assert "Tasks that moved" not in alone
    assert "Nothing changed" not in read(client, f"/board/compare/{old.pk}/", **{"with": str(new.pk)})


def test_a_machine_lists_its_tasks_by_shift(schedules: Any, client_as: Callable[..., Any]) -> None:
    _, new = schedules
    first = ScheduledTask.objects.get(schedule=new, setup_note="RED to BLUE")
    client = client_as("viewer")
    assert first.resource in read(client, f"/board/lists/{new.pk}/", q=first.resource)
    page = read(client, f"/board/lists/{new.pk}/{first.resource}/")
    assert "RED to BLUE 20 min" in page
    assert "2 × SCREW" in page
    assert "06:00–14:00" in page or first.resource.startswith("N-SAW")
    assert client.get(f"/board/lists/{new.pk}/NOWHERE/").status_code == 404


def test_calendars_of_a_machine_and_of_an_order(schedules: Any, client_as: Callable[..., Any]) -> None:
    _, new = schedules
    first = ScheduledTask.objects.get(schedule=new, setup_note="RED to BLUE")
    client = client_as("viewer")
    answer = client.get(f"/board/calendar/{new.pk}/resource/{first.resource}")
    assert answer["Content-Type"].startswith("text/calendar")
    assert f"UID:{first.task}@drumbeat" in answer.content.decode()
    order = client.get(f"/board/calendar/{new.pk}/order/{first.order}").content.decode()
    assert order.count("BEGIN:VEVENT") == ScheduledTask.objects.filter(schedule=new, order=first.order).count()
    assert client.get(f"/board/calendar/{new.pk}/site/NORTH").status_code == 404
    assert client.get(f"/board/calendar/{new.pk}/resource/NOWHERE").status_code == 404


@pytest.mark.parametrize(("what", "height"), [("late", 2), ("moves", 2), ("tasks", 59), ("lists", 59)])
def test_every_table_comes_as_a_workbook(what: str, height: int, schedules: Any, client_as: Any) -> None:
    _, new = schedules
    answer = client_as("viewer").get(f"/board/workbook/{new.pk}/{what}")
    assert answer.status_code == 200
    assert fastexcel.read_excel(answer.content).load_sheet(what).to_polars().height == height


def test_other_sites_are_out_of_sight(schedules: Any, client_as: Callable[..., Any]) -> None:
    _, new = schedules
    client = client_as("viewer", "SOUTH")
    north = ScheduledTask.objects.filter(schedule=new, resource__startswith="N-").first()
    assert north is not None
    assert north.resource not in read(client, f"/board/lists/{new.pk}/")
    for address in (f"lists/{new.pk}/{north.resource}/", f"calendar/{new.pk}/resource/{north.resource}"):
        assert client.get(f"/board/{address}").status_code == 404
    book = client.get(f"/board/workbook/{new.pk}/tasks").content
    machines = fastexcel.read_excel(book).load_sheet("tasks").to_polars()["resource"]
    assert 0 < len(machines) < 59
    assert all(machine.startswith("S-") for machine in machines)
    assert client.get(f"/board/workbook/{new.pk}/machine", {"code": north.resource}).status_code == 200
    assert client.get(f"/board/workbook/{new.pk}/nothing").status_code == 404
