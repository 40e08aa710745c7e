"""Small floors whose truth is known."""

from __future__ import annotations

from typing import Any

from drumbeat.twin.engine.floor.draft import Draft
from drumbeat.twin.engine.floor.problem import CONSTANT_WIP, SATURATED, FloorProblem
from drumbeat.twin.engine.floor.surroundings import BUSY, CALENDAR
from drumbeat.twin.engine.floor.times import AnyTime, exponential


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
