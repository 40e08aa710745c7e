"""Make the log of a small made-up machine shop, of whose truth everything is known: for examples and tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from drumbeat.lab.company.luck import Luck

FIRST_DAY = datetime(2026, 1, 5)  # noqa: DTZ001 - the log's times are local and name no zone
WEEKS = 9
SHIFTS = ((6, 14), (14, 22))
NUM_ORDERS = 84
LOT = 20

MACHINES = {
    "Saw 1": "Sawing",
    "Lathe 1": "Turning",
    "Lathe 2": "Turning",
    "Mill 1": "Milling",
    "Mill 2": "Milling",
    "Grinder 1": "Grinding",
    "Wash 1": "Washing",
    "Gauge 1": "Final inspection",
    "Pack 1": "Packing",
}
PARTS = {
    "Valve body": ("Sawing", "Turning", "Milling", "Washing", "Final inspection", "Packing"),
    "Piston rod": ("Sawing", "Turning", "Grinding", "Final inspection", "Packing"),
    "Gear blank": ("Sawing", "Turning", "Milling", "Grinding", "Final inspection", "Packing"),
    "Spacer ring": ("Sawing", "Turning", "Washing", "Packing"),
    "Clamp jaw": ("Sawing", "Milling", "Washing", "Final inspection", "Packing"),
}
UNIT_MINUTES = {
    "Sawing": 1.2,
    "Turning": 6.0,
    "Milling": 7.5,
    "Grinding": 5.0,
    "Washing": 0.8,
    "Final inspection": 1.5,
    "Packing": 0.7,
}
FACTOR = {"Valve body": 1.2, "Piston rod": 1.0, "Gear blank": 1.1, "Spacer ring": 0.6, "Clamp jaw": 0.9}
SETUP_MINUTES = {"Sawing": 12, "Turning": 45, "Milling": 55, "Grinding": 30}
SCRAP = {"Turning": 0.02, "Milling": 0.015, "Grinding": 0.03, "Final inspection": 0.01}
FAILS_HOURS = {"Lathe 2": 45.0, "Grinder 1": 60.0}
"""The truth behind the log: minutes a unit are `UNIT_MINUTES` x `FACTOR`, spread by a sigma of 0.12."""

WORKERS = {
    "Saw 1": ("Mara", "Piet"),
    "Lathe 1": ("Jonas", "Ruth"),
    "Lathe 2": ("Jonas", "Ruth"),
    "Mill 1": ("Ilse", "Tom"),
    "Mill 2": ("Ilse", "Tom"),
    "Grinder 1": ("Hamid", "Hamid"),
    "Wash 1": ("Mara", "Piet"),
    "Gauge 1": ("Dora", "Dora"),
    "Pack 1": ("Mara", "Piet"),
}
"""Who works at a machine in the early and the late shift."""

COLUMNS = (
    "Work order", "Part", "Ordered", "Operation", "Machine", "Operator", "Start", "End", "Report", "Good", "Rejected",
    "On hold",
)  # fmt: skip


@dataclass(slots=True)
class _Shop:
    """The state of the shop while its log is written."""

    luck: Luck
    free_at: dict[str, datetime] = field(default_factory=dict)
    worked: dict[str, float] = field(default_factory=dict)
    fails_at: dict[str, float] = field(default_factory=dict)
    rows: list[tuple[object, ...]] = field(default_factory=list)

    def draw(self, name: str) -> float:
        return float(self.luck.uniform(name, 1)[0])


@dataclass(slots=True)
class _Order:
    """An order on its way through the shop: when and with how many units its next step can begin."""

    ready_at: datetime
    index: int
    part: str
    steps: list[str]
    ordered: int
    units: int


def make_shop_log(seed: int = 1) -> pl.DataFrame:
    """Make the log of a machine shop: nine machines, five parts, 84 orders in nine weeks of two shifts.

    Each week's orders are released on Monday. One order in eight of the valve bodies is washed before it is milled;
    the last orders are not finished when the log ends; one lathe and the grinder break down now and then.

    Parameters
    ----------
    seed
        Any whole number; 1 gives the log in examples/shop-log.

    Returns
    -------
    polars.DataFrame
        One row a report, sorted by start; all columns as text, times local to the shop.
    """
    shop = _Shop(Luck(seed))
    end = FIRST_DAY + timedelta(weeks=WEEKS)
    kinds = list(PARTS)
    picks = shop.luck.whole("shop/part", NUM_ORDERS, 0, len(kinds) - 1)
    sizes = shop.luck.whole("shop/size", NUM_ORDERS, 4, 12)
    queue: list[_Order] = []
    for index in range(NUM_ORDERS):
        part = kinds[int(picks[index])]
        steps = list(PARTS[part])
        if part == "Valve body" and index % 8 == 0:
            steps[2], steps[3] = steps[3], steps[2]
        ordered = LOT * int(sizes[index])
        monday = FIRST_DAY + timedelta(weeks=index * WEEKS // NUM_ORDERS, hours=SHIFTS[0][0])
        queue.append(_Order(monday, index, part, steps, ordered, ordered))
    while queue:
        # Whoever can begin first does: the shop works in the order of arrival at each machine.
        order = min(queue, key=lambda one: (one.ready_at, one.index))
        if order.ready_at >= end or not order.steps:
            queue.remove(order)
        else:
            _run_step(shop, order)
    frame = pl.DataFrame(shop.rows, schema=list(COLUMNS), orient="row", infer_schema_length=None)
    last = end.strftime("%Y-%m-%d %H:%M")
    return (
        frame.filter(pl.col("Start") < last)
        .filter(pl.col("End") <= last)
        .sort("Start", "Machine", "Work order")
        .select(pl.all().cast(pl.String))
    )


def _run_step(shop: _Shop, order: _Order) -> None:
    """Log the next step of an order, and hand on its good units half an hour later."""
    step, units, ready, part = order.steps.pop(0), order.units, order.ready_at, order.part
    able = [machine for machine, capability in MACHINES.items() if capability == step]
    machine = min(able, key=lambda name: (max(shop.free_at.get(name, ready), ready), name))
    key = f"shop/{order.index}/{step}"
    at = _next_open(max(shop.free_at.get(machine, ready), ready))
    head = (f"WO-{2600 + order.index}", part, order.ordered, f"{step} - {machine}", machine)
    if step in SETUP_MINUTES and shop.draw(f"{key}/has setup") < 0.75:
        minutes = SETUP_MINUTES[step] * (0.7 + 0.6 * shop.draw(f"{key}/setup"))
        at = _log_time(shop, head, at, minutes, "Setup", None)
    noise = float(np.exp(shop.luck.normal(f"{key}/run", 1, 0.0, 0.12)[0]))
    minutes = units * UNIT_MINUTES[step] * FACTOR[part] * noise
    share = SCRAP.get(step, 0.0) * 2.0 * shop.draw(f"{key}/scrap")
    scrap = round(units * share)
    hold = 1 if step == "Final inspection" and shop.draw(f"{key}/hold") < 0.1 else 0
    good = max(units - scrap - hold, 0)
    before = _minutes_to_failure(shop, machine)
    if before < minutes:
        first = round(good * before / minutes)
        at = _log_time(shop, head, at, before, "Run", (first, 0, 0))
        repair = 40.0 + 140.0 * shop.draw(f"{key}/repair/{len(shop.rows)}")
        at = _log_time(shop, head, at, repair, "Breakdown", None)
        at = _log_time(shop, head, at, minutes - before, "Run", (good - first, scrap, hold))
    else:
        at = _log_time(shop, head, at, minutes, "Run", (good, scrap, hold))
    shop.worked[machine] = shop.worked.get(machine, 0.0) + minutes / 60.0
    shop.free_at[machine] = at
    order.ready_at, order.units = at + timedelta(minutes=30), good


def _minutes_to_failure(shop: _Shop, machine: str) -> float:
    """Minutes that the machine can run before it breaks down; the clock restarts after each breakdown."""
    if machine not in FAILS_HOURS:
        return float("inf")
    worked = shop.worked.get(machine, 0.0)
    if worked >= shop.fails_at.get(machine, -1.0):
        life = float(shop.luck.exponential(f"shop/life/{machine}/{worked:.3f}", 1, FAILS_HOURS[machine])[0])
        shop.fails_at[machine] = worked + max(life, 0.5)
    return (shop.fails_at[machine] - worked) * 60.0


def _log_time(
    shop: _Shop, head: tuple[object, ...], at: datetime, minutes: float, kind: str, made: tuple[int, ...] | None
) -> datetime:
    """Log working time, a row a shift; what is made is shared out over the rows by time."""
    left, total = max(minutes, 1.0), max(minutes, 1.0)
    given = [0, 0, 0]
    while left > 0.01:
        at = _next_open(at)
        shift = 0 if at.hour < SHIFTS[0][1] else 1
        closes = at.replace(hour=SHIFTS[shift][1], minute=0, second=0)
        took = min(left, (closes - at).total_seconds() / 60.0)
        left -= took
        done = 1.0 if left <= 0.01 else 1.0 - left / total
        now = [int(amount * done) if left > 0.01 else amount for amount in made or (0, 0, 0)]
        until = at + timedelta(minutes=max(1, round(took)))
        worker = WORKERS[str(head[4])][shift]
        row = (*head, worker, at.strftime("%Y-%m-%d %H:%M"), until.strftime("%Y-%m-%d %H:%M"), kind)
        shop.rows.append((*row, *(new - old for new, old in zip(now, given, strict=True))))
        given, at = now, until
    return at


def _next_open(at: datetime) -> datetime:
    """The moment itself in working time, else the start of the next shift."""
    while True:
        if at.weekday() < 5 and SHIFTS[0][0] <= at.hour < SHIFTS[1][1]:
            return at
        if at.weekday() < 5 and at.hour < SHIFTS[0][0]:
            return at.replace(hour=SHIFTS[0][0], minute=0, second=0)
        at = (at + timedelta(days=1)).replace(hour=SHIFTS[0][0], minute=0, second=0)
