"""What may wait only so long, across closed hours and the frozen fence, in the finite plan: by hand."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from drumbeat.data.snapshot import Snapshot
from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.plan_finitely import WAITS_TOO_LONG, plan_finitely
from drumbeat.scheduling.promise import promise
from tests.planning.small_company import AS_OF, company, demand, on


def forge(*, fence: float = 0.0, least: float = 0.0, most: float = 30.0, press=(), oven=(), more=()) -> Snapshot:
    """Two hours in the oven, then one on the press, 8 to 16 on some weekdays (none = always); 2 March is a Monday."""
    days = {"P": press, "O": oven}
    return company(
        item=[{"code": "ROD", "frozen_days": fence}],
        resource=[
            {"code": "OVEN", "site": "NORTH", **({"calendar": "O"} if oven else {})},
            {"code": "PRESS", "site": "NORTH", **({"calendar": "P"} if press else {})},
        ],
        calendar=[{"code": code} for code in days],
        calendar_shift=[
            {"calendar": code, "weekday": day, "start": time(8), "end": time(16)} for code in days for day in days[code]
        ],
        routing=[{"code": "ROD", "item": "ROD", "site": "NORTH"}],
        operation=[
            {"code": "HEAT", "routing": "ROD", "sequence": 1, "lot_minutes": 120.0, "wait_minutes": least,
             "most_wait_minutes": most},
            {"code": "BEND", "routing": "ROD", "sequence": 2, "lot_minutes": 60.0},
        ],
        operation_resource=[
            {"operation": "HEAT", "resource": "OVEN"}, {"operation": "BEND", "resource": "PRESS"}, *more,
        ],
        demand_line=[demand("A", "ROD", 10, 12)],
    )  # fmt: skip


FRIDAY = 4 * 24


@pytest.mark.parametrize(
    ("given", "heated", "bent"),
    [
        ({}, 0, 3),
        ({"fence": 3.0}, 69, 72),
        ({"fence": 3.0, "least": 60.0, "most": 90.0}, 68, 72),
        # The press opens on Friday at 8: the rod leaves the oven half an hour before, no sooner.
        ({"press": ("fri",)}, FRIDAY + 5.5, FRIDAY + 9),
        ({"press": ("fri",), "fence": 3.0}, FRIDAY + 5.5, FRIDAY + 9),
        ({"press": ("fri",), "least": 60.0, "most": 90.0}, FRIDAY + 4.5, FRIDAY + 9),
        # The fence ends on Saturday, the press opens on the Monday after.
        ({"press": ("mon",), "fence": 5.0}, 7 * 24 + 5.5, 7 * 24 + 9),
        # The oven is closed until 8 too: the rod is bent at 10.
        ({"press": ("fri",), "oven": ("fri",)}, FRIDAY + 8, FRIDAY + 11),
    ],
)
def test_what_may_wait_only_so_long_is_begun_later(given, heated, bent):
    plan = plan_finitely(forge(**given))
    tasks = plan.schedule.tasks.sort("task")
    assert (tasks["starts_at"][0] - AS_OF) / timedelta(hours=1) == heated
    assert (plan.deliveries["delivered_at"][0] - AS_OF) / timedelta(hours=1) == bent
    assert not check_schedule(plan.schedule.problem, plan.schedule.result.schedule)


def test_what_never_fits_says_so():
    """The oven is open on Mondays only, the press on Fridays, and half an hour is the most between them."""
    plan = plan_finitely(forge(oven=("mon",), press=("fri",)))
    row = plan.deliveries.row(0, named=True)
    assert (row["delivered_at"], row["reason"]) == (None, WAITS_TOO_LONG)
    asked = promise(forge(oven=("mon",), press=("fri",)), "ROD", "NORTH", 1, on(9))
    assert asked.delivered_at is None


def test_two_share_the_press_and_neither_waits_too_long():
    """The oven takes one at a time: one until 7:30 on Friday, the other until 9:30; the press is there for both."""
    plant = forge(press=("fri",))
    lines = plant["demand_line"]
    twice = plant.with_table("demand_line", lines.vstack(lines.with_columns(code=lines["code"] + "2")))
    plan = plan_finitely(twice)
    ends = sorted((at - AS_OF) / timedelta(hours=1) for at in plan.deliveries["delivered_at"])
    assert ends == [FRIDAY + 9, FRIDAY + 10.5]
    assert not check_schedule(plan.schedule.problem, plan.schedule.result.schedule)
