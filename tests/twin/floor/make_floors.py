"""Small floors whose truth is known."""

from __future__ import annotations

from typing import Any

from drumbeat.twin.engine.floor.draft import Draft
from drumbeat.twin.engine.floor.problem import (
    ATC,
    CONSTANT_WIP,
    CRITICAL_RATIO,
    PER_BATCH,
    PER_PIECE,
    SATURATED,
    FloorProblem,
)
from drumbeat.twin.engine.floor.surroundings import BUSY, CALENDAR, DURING_SETUP
from drumbeat.twin.engine.floor.times import AnyTime, exponential, gamma, lognormal, uniform_between, weibull


def make_queue(
    machines: int, rate: float, service: AnyTime, *, is_lost: bool = False, capacity: int = -1
) -> FloorProblem:
    """One group with Poisson arrivals."""
    draft = Draft()
    draft.add_group("group", machines=machines, capacity=capacity)
    draft.add_product("lot", steps=[{"group": "group", "run": service}], is_lost=is_lost)
    draft.add_source("arrivals", product="lot", between=exponential(1.0 / rate))
    return draft.build()


def make_line(buffers: list[int], clock: int | None = BUSY, mean: float = 1.0) -> FloorProblem:
    """Exponential machines in a row with buffers between; the first never starves; life 100, repair 10."""
    draft = Draft()
    for n, capacity in enumerate([-1, *buffers]):
        draft.add_group(f"m{n}", machines=1, capacity=capacity)
        if clock is not None:
            draft.add_life(f"m{n}", machine=f"m{n} 1", clock=clock, life=exponential(100.0), repair=exponential(10.0))
    steps: list[dict[str, Any]] = [{"group": f"m{n}", "run": exponential(mean)} for n in range(len(buffers) + 1)]
    draft.add_product("part", steps=steps)
    draft.add_source("source", product="part", kind=SATURATED)
    return draft.build()


def make_jackson() -> FloorProblem:
    """Three machines; a share of the parts goes from each to the next or out, and from the last back to the first.

    Leaving early is scrap: the time in the system counts those too.
    """
    draft = Draft()
    for n in range(3):
        draft.add_group(f"n{n}")
    draft.add_product(
        "part",
        steps=[
            {"group": "n0", "run": exponential(1.0), "scrap": 0.1},
            {"group": "n1", "run": exponential(1.0 / 0.8), "scrap": 0.15},
            {"group": "n2", "run": exponential(1.0 / 0.7), "rework": 0.1, "rework_to": 0},
        ],
    )
    draft.add_source("arrivals", product="part", between=exponential(2.0))
    return draft.build()


def make_crew(crews: int) -> FloorProblem:
    """Ten machines that fail every 100 and are repaired in 10, by so many crews."""
    draft = Draft()
    draft.add_pool("crew", size=crews)
    draft.add_group("idle", machines=10)
    for n in range(10):
        draft.add_life(f"life {n}", machine=f"idle {n + 1}", clock=CALENDAR, life=exponential(100.0),
                       repair=exponential(10.0), pool="crew")  # fmt: skip
    draft.add_product("none", steps=[{"group": "idle"}])
    return draft.build()


def make_penny_fab(wip: int, run: AnyTime) -> FloorProblem:
    """Four stations of two hours each, so many pennies on the floor."""
    draft = Draft()
    for n in range(4):
        draft.add_group(f"s{n}")
    draft.add_product("penny", steps=[{"group": f"s{n}", "run": run} for n in range(4)])
    draft.add_source("cards", product="penny", kind=CONSTANT_WIP, lots=wip)
    return draft.build()


def make_rich() -> FloorProblem:
    """A job shop with setups, people, tools, batches, rework, scrap, sampling, breakdowns, care, supply and hours."""
    draft = Draft(areas=["hall", "annex"])
    hour = 60.0
    draft.add_pool("setter", size=1, absence=0.1, shifts=[(0.0, 2, 0), (12 * hour, 1, 0)], cycle=24 * hour)
    draft.add_pool("worker", size=4)
    draft.add_pool("fixer", size=1)
    draft.add_calendar("week", [(0.0, 5 * 24 * hour)], cycle=7 * 24 * hour)
    matrix = draft.add_setups([[0.0, 4.0, 6.0], [3.0, 0.0, 5.0], [4.0, 2.0, 0.0]], first=2.0)
    for n in range(4):
        draft.add_machine(f"mill {n}", matrix=matrix, calendar="week")
    draft.add_group("mill", machines=["mill 0", "mill 1", "mill 2"], rule=ATC, is_setup_first=True, area="hall")
    draft.add_group("fine mill", machines={"mill 2": 1.5, "mill 3": 1.0}, area="hall")
    draft.add_group("oven", machines=1, area="annex")
    draft.add_group("check", machines=2, rule=CRITICAL_RATIO, capacity=3, area="annex")
    draft.add_move("hall", "annex", uniform_between(5.0, 15.0))
    draft.add_material("steel", stock=50.0, reorder_point=30.0, order_quantity=60.0, lead=lognormal(100.0, 0.5))
    draft.add_material("belt", stock=2.0, reorder_point=1.0, order_quantity=2.0, lead=200.0)
    for n in range(4):
        draft.add_life(f"belt {n}", machine=f"mill {n}", clock=BUSY, life=weibull(300.0, 1.5), pool="fixer",
                       repair=gamma(20.0, 2.0), spare="belt", is_aged=True)  # fmt: skip
        draft.add_care(f"oil {n}", machine=f"mill {n}", clock=BUSY, interval=200.0, duration=5.0, growth=2.0, most=4.0,
                       pool="fixer", patience=50.0, skip=0.2)  # fmt: skip
    draft.add_life("oven", machine="oven 1", life=exponential(500.0), repair=exponential(20.0))
    draft.add_outage("power", machines=["mill 0", "oven 1"], up=exponential(2_000.0), down=30.0)
    for n in range(3):
        draft.add_product(
            f"part {n}",
            pieces=2,
            due_seconds=400.0,
            priority=n % 2,
            steps=[
                {"group": "mill", "run": exponential(8.0), "family": n, "uses": {"steel": 1.0}, "scrap": 0.02,
                 "needs": {"setter": (1, DURING_SETUP), "worker": 1}, "defect": 0.1, "drift": 0.05},
                {"group": "fine mill", "run": gamma(6.0, 3.0), "family": (n + 1) % 3, "scrap": 0.05,
                 "scrap_unit": PER_PIECE, "skip": 0.3},
                {"group": "oven", "run": 20.0, "unit": PER_BATCH, "batch_family": 0, "batch_min": 4, "batch_max": 12,
                 "batch_wait": 60.0, "delay": 10.0, "limit_to": 3, "limit_seconds": 40.0},
                {"group": "check", "run": lognormal(5.0, 0.4), "needs": {"worker": 1}, "rework": 0.05, "rework_to": 0,
                 "detect": 0.8, "is_reworked": True},
            ],
        )  # fmt: skip
        draft.add_source(f"customers {n}", product=f"part {n}", between=exponential(30.0 + 10.0 * n))
    return draft.build()
