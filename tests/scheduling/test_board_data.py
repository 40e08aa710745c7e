"""The board's data: what is packed, for whom, and how it travels."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from benchmarks.web.make_board import START, make_schedule
from django.core.cache import cache

from drumbeat.scheduling.models import Schedule, ScheduledOrder, ScheduledTask
from drumbeat.scheduling.pack_board import NOTHING, pack_board

pytestmark = pytest.mark.django_db


def unpack(body: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read the body by hand, as its docstring describes it."""
    length = int.from_bytes(body[:4], "little")
    header = json.loads(body[4 : 4 + length])
    offset, columns = 4 + length, {}
    for name, kind, size in header["columns"]:
        columns[name] = np.frombuffer(body, f"<{kind}", size, offset)
        offset += 4 * size
    assert offset == len(body)
    return header, columns


@pytest.fixture(autouse=True)
def _fresh() -> None:
    cache.clear()


@pytest.fixture
def schedule() -> Schedule:
    return make_schedule(60, num_machines=12)


def test_every_task_comes_back_as_it_was_stored(schedule: Schedule) -> None:
    header, columns = unpack(pack_board(schedule))
    packed = {
        (
            header["orders"]["code"][order], header["resources"]["code"][row], header["operations"][operation],
            int(start), int(setup), int(end), float(quantity),
        )
        for order, row, operation, start, setup, end, quantity in zip(
            *(columns[name] for name in ("order", "row", "operation", "start", "setup", "end", "quantity")), strict=True
        )
    }  # fmt: skip
    stored = {
        (
            task.order, task.resource, task.operation, int((task.starts_at - START).total_seconds()),
            task.setup_seconds, int((task.ends_at - START).total_seconds()), task.quantity,
        )
        for task in ScheduledTask.objects.filter(schedule=schedule)
    }  # fmt: skip
    assert len(stored) == 60
    assert packed == stored


def test_bars_are_sorted_by_row_and_start(schedule: Schedule) -> None:
    _, columns = unpack(pack_board(schedule))
    keys = list(zip(columns["row"], columns["start"], strict=True))
    assert keys == sorted(keys)


def test_orders_carry_due_time_lateness_and_longest_wait(schedule: Schedule) -> None:
    ScheduledOrder.objects.filter(order="W-00001").update(
        due_at=None,
        late_seconds=0,
        waits=[
            {"cause": "run", "seconds": 90_000},
            {"cause": "calendar", "seconds": 5_000},
            {"cause": "machine N-SAW-01 behind order W-00002", "seconds": 3_000},
            {"cause": "machine N-SAW-01 behind order W-00002", "seconds": 2_500},
        ],
    )
    header, columns = unpack(pack_board(schedule))
    codes = header["orders"]["code"]
    first = codes.index("W-00001")
    assert columns["order_due"][first] == NOTHING
    assert header["texts"][columns["order_cause"][first]] == "machine N-SAW-01 behind order W-00002"
    assert columns["order_wait"][first] == 5_500
    second = ScheduledOrder.objects.get(order="W-00002")
    assert columns["order_late"][codes.index("W-00002")] == second.late_seconds
    assert columns["order_due"][codes.index("W-00002")] == (second.due_at - START).total_seconds()


def test_open_hours_are_those_of_the_sites_time_zone(schedule: Schedule) -> None:
    """Monday 2 March 2026: two shifts from 06:00 to 22:00 in Berlin are 05:00 to 21:00 UTC, and START is 05:00 UTC."""
    header, columns = unpack(pack_board(schedule))
    row = header["resources"]["calendar"].index(0)
    assert header["resources"]["calendar"][row] == 0
    begins = columns["open_start"][: columns["calendar_ptr"][1]]
    ends = columns["open_end"][: columns["calendar_ptr"][1]]
    assert begins[0] == 0
    assert 16 * 3600 in ends.tolist()
    assert (ends > begins).all()


def test_a_resource_that_is_gone_keeps_its_bars(schedule: Schedule) -> None:
    ScheduledTask.objects.filter(task="W-00001/10").update(resource="GONE")
    header, _ = unpack(pack_board(schedule))
    assert header["resources"]["code"][-1] == "GONE"
    assert header["groups"][-1]["name"] == "No longer in the data"


def test_only_resources_of_the_wanted_sites_are_packed(schedule: Schedule) -> None:
    header, columns = unpack(pack_board(schedule, {"NORTH"}))
    assert {group["site"] for group in header["groups"]} == {"NORTH"}
    assert 0 < len(columns["start"]) < 60
    nothing, empty = unpack(pack_board(schedule, set()))
    assert nothing["resources"]["code"] == []
    assert len(empty["start"]) == 0


def test_an_empty_schedule_packs(schedule: Schedule) -> None:
    empty = Schedule.objects.create(
        created_at=START, version="x", horizon_start=START, method="none", objective=0, num_tasks=0
    )
    header, columns = unpack(pack_board(empty))
    assert len(columns["start"]) == 0
    assert header["horizon"][1] > header["horizon"][0]


def test_a_viewer_of_one_site_gets_that_site_only(schedule: Schedule, client_as: Callable[..., Any]) -> None:
    address = f"/board/data/{schedule.pk}"
    everything, _ = unpack(client_as("viewer").get(address).content)
    north, _ = unpack(client_as("viewer", "NORTH").get(address).content)
    other, _ = unpack(client_as("viewer", "NORTH").get(address + "?site=SOUTH").content)
    assert {group["site"] for group in everything["groups"]} == {"NORTH", "SOUTH"}
    assert {group["site"] for group in north["groups"]} == {"NORTH"}
    assert other["groups"] == []


def test_what_has_not_changed_is_not_sent_again(schedule: Schedule, client_as: Callable[..., Any]) -> None:
    client, address = client_as("viewer"), f"/board/data/{schedule.pk}"
    first = client.get(address, headers={"accept-encoding": "gzip"})
    assert first["Content-Encoding"] == "gzip"
    again = client.get(address, headers={"if-none-match": first["ETag"], "accept-encoding": "gzip"})
    assert again.status_code == 304
    assert not again.content
    assert gzip.decompress(first.content) == client.get(address).content
    ScheduledTask.objects.filter(task="W-00001/10").update(ends_at=START + timedelta(days=3))
    cache.clear()
    assert client.get(address, headers={"if-none-match": first["ETag"]}).status_code == 200
