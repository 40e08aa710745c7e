"""Books: what is counted from a moment on, closed at another, and read into a result."""

from __future__ import annotations

from typing import Any

import numpy as np

from drumbeat.basics.arrays import Int64s
from drumbeat.twin.engine.floor import records as r
from drumbeat.twin.engine.floor.problem import FloorProblem

COUNTED = {
    "machine": ("lots",),
    "group": ("arrivals", "starts", "queue", "wait"),
    "product": (
        "released", "finished", "scrapped", "lost", "pieces_finished", "pieces_scrapped", "reworks", "over_limit",
        "escaped", "found", "orders_finished", "orders_on_time", "wip_integral", "residence", "cycle",
        "cycle_squares", "tardiness",
    ),
    "pool": ("held_integral", "present_integral", "over_integral"),
    "life": ("failures", "wait"),
    "care": ("done", "skipped", "overdue"),
    "material": ("integral", "used", "short"),
}  # fmt: skip
"""Fields that start at 0 when books are opened."""


def open_books(floor: r.Floor, now: float, periods: int, period_seconds: float) -> r.Floor:
    """Count from now on; what is under way counts from now on only."""
    close_books(floor, now)
    parts = floor._asdict()
    for part, fields in COUNTED.items():
        for name in fields:
            parts[part][name] = 0
    floor.machine["pieces_before"] = floor.machine["pieces"]
    floor.seconds[:] = 0.0
    floor.counter[r.EVENTS] = 0
    floor.clock[r.BEGIN], floor.clock[r.PERIOD] = now, period_seconds
    floor.counter[r.HAS_PERIODS] = int(periods > 0)
    return floor._replace(periods=np.zeros((periods, len(floor.product)), np.int64))


def _close(records: Any, integral: str, level: str, now: float) -> None:
    records[integral] += records[level] * (now - records["since"])


def close_books(floor: r.Floor, now: float) -> None:
    """Bring all integrals up to now."""
    machine, pool, care, material = floor.machine, floor.pool, floor.care, floor.material
    floor.seconds[np.arange(len(machine)), machine["shown"]] += now - machine["since"]
    _close(floor.group, "queue", "size", now)
    _close(floor.product, "wip_integral", "wip", now)
    _close(pool, "held_integral", "held", now)
    passed = now - pool["sized"]
    pool["present_integral"] += pool["present"] * passed
    pool["sized"] = now
    pool["over_integral"] += np.minimum(pool["over"], pool["present"]) * passed
    pool["over_share_hours"] += pool["over"] / np.maximum(pool["size"], 1) * passed / 3600.0
    _close(material, "integral", "stock", now)
    is_due = care["is_due"] == 1
    care["overdue"][is_due] += now - care["booked"][is_due]
    care["booked"][is_due] = now
    is_short = material["is_wanted"] == 1
    material["short"][is_short] += now - material["short_since"][is_short]
    material["short_since"][is_short] = now
    for records in (machine, floor.group, floor.product, pool, material):
        records["since"] = now


def read_books(floor: r.Floor) -> dict[str, Any]:
    """Read what a replication counted, its books closed: the fields of `FloorResult` without the first axis."""
    machine, group, product, pool = floor.machine, floor.group[:-1], floor.product, floor.pool
    inside = floor.lot[floor.lot["is_used"] == 1]
    stayed = floor.clock[r.NOW] - np.maximum(inside["release"], floor.clock[r.BEGIN])
    residence = product["residence"] + np.bincount(inside["product"], stayed, len(product))
    return {
        "orders_overdue": _count_overdue(floor, inside),
        "machine_seconds": floor.seconds, "machine_lots": machine["lots"],
        "machine_pieces": machine["pieces"] - machine["pieces_before"].astype(np.int64),
        "group_arrivals": group["arrivals"], "group_starts": group["starts"], "group_wait": group["wait"],
        "group_queue": group["queue"], "cycle_sum": product["cycle"], "residence": residence,
        "wip": product["wip_integral"], "wip_end": product["wip"], "period_finished": floor.periods,
        "pool_held": pool["held_integral"], "pool_present": pool["present_integral"],
        "pool_overtime": pool["over_integral"], "fatigue": pool["fatigue"], "failures": floor.life["failures"],
        "repair_wait": floor.life["wait"], "care_done": floor.care["done"], "care_skipped": floor.care["skipped"],
        "care_overdue": floor.care["overdue"], "material_used": floor.material["used"],
        "material_short": floor.material["short"], "stock": floor.material["integral"],
        "events": floor.counter[r.EVENTS],
        **{
            name: product[name]
            for name in (
                "released", "finished", "scrapped", "lost", "pieces_finished", "pieces_scrapped", "reworks",
                "over_limit", "escaped", "found", "cycle_squares", "orders_finished", "orders_on_time", "tardiness",
            )
        },
    }  # fmt: skip


def _count_overdue(floor: r.Floor, inside: r.Records) -> Int64s:
    """Count the orders by product that are past their due time and not finished, those not yet released included."""
    now, listed = floor.clock[r.NOW], floor.listed[floor.counter[r.NEXT_LISTED] :]
    late = inside[inside["due"] < now]
    # The lots of one order are one order.
    split, whole = late[late["order"] >= 0], late[late["order"] < 0]
    split = split[np.unique(split["order"], return_index=True)[1]]
    products = [part["product"] for part in (whole, split, listed[listed["due"] < now])]
    return np.bincount(np.concatenate(products), minlength=len(floor.product)).astype(np.int64)


def bind_books(
    problem: FloorProblem, books: list[dict[str, Any]], begin: float, end: float, first: int, period_seconds: float
) -> dict[str, Any]:
    """Stack the books of replications into the arguments of `FloorResult`."""
    stacked = {name: np.array([book[name] for book in books]) for name in books[0]}
    return stacked | {
        "problem": problem, "begin": begin, "end": end, "first": first, "period_seconds": period_seconds,
    }  # fmt: skip
