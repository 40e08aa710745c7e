"""Play a company's floor for a period on the twin, and remember what came of it.

The floor is a pure function of what it is played from; prices, wages and promises are not part of that. Policies, the
search for plans and the debrief play the same beginnings again and again, and options that change nothing on the floor
leave it as it was: such periods are not played twice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from drumbeat.lab.engine.age_organisation import speed_factor
from drumbeat.lab.engine.company import Company, Money, Organisation
from drumbeat.lab.engine.compile_floor import FloorPlan, compile_floor
from drumbeat.lab.engine.compile_supply import WEEK
from drumbeat.lab.engine.condition import Condition, LotOnFloor
from drumbeat.twin.engine.floor.result import BLOCKED, IDLE, LACKING, RUNNING, SETTING_UP, FloorResult
from drumbeat.twin.engine.floor.simulate import simulate_floor

HOURS = 3600.0
FIRST = 1000
"""Periods before the game are numbered below 1, replications of the twin are not."""

REMEMBERED = 4096
"""Periods of floors that are remembered, some kilobytes each."""

NO_MONEY = Money(cash=0.0, budget=0.0, fixed=0.0)


@dataclass(frozen=True, slots=True)
class GroupTime:
    """Hours of a group of machines in a period, over all its machines; the rest was lost to breakdowns.

    Parameters
    ----------
    open_hours, upkeep_hours
        Manned time, and what planned maintenance took of it.
    busy_hours, setup_hours, waiting_hours
        Running; changing over; without work, people or room.
    breakdowns
        How many.
    """

    open_hours: float
    upkeep_hours: float
    busy_hours: float
    setup_hours: float
    waiting_hours: float
    breakdowns: float


@dataclass(frozen=True, slots=True)
class FloorPlayed:
    """What a period on the floor came to; tuples in the company's order.

    Parameters
    ----------
    groups
        Hours by group.
    wanted, finished, scrapped
        Pieces by product.
    on_time
        Share of the finished orders that were on time, by product; 0 where none was finished.
    lots
        What is left on the floor.
    shortage_weeks
        Weeks in which a product stood still for want of material.
    """

    groups: tuple[GroupTime, ...]
    wanted: tuple[float, ...]
    finished: tuple[float, ...]
    scrapped: tuple[float, ...]
    on_time: tuple[float, ...]
    lots: tuple[LotOnFloor, ...]
    shortage_weeks: float


def play_floor(
    company: Company,
    condition: Condition,
    outages: tuple[tuple[float, float], ...],
    *,
    seed: int,
    period: int,
    weeks: int,
) -> FloorPlayed:
    """Play a company's floor for a period.

    Parameters
    ----------
    company, condition
        As it is in the period, changes made; its condition at the start.
    outages
        Of suppliers, as `draw_outages` gives them.
    seed, period
        Luck.
    weeks
        Length.
    """
    speed = speed_factor(company.organisation, condition)
    return _play(_bare_company(company), _bare_condition(condition), outages, speed, seed, period, weeks)


def _bare_company(company: Company) -> Company:
    """Leave out of a company what its floor does not hang on: equal floors are to be equal."""
    organisation = company.organisation
    return replace(
        company,
        products=tuple(replace(one, price=0.0, material=0.0, defects=0.0) for one in company.products),
        skills=tuple(replace(one, wage=0.0, leaving=0.0, hiring=1.0) for one in company.skills),
        suppliers=tuple(replace(one, outage=0.0, recovery=0.0, premium=0.0) for one in company.suppliers),
        organisation=Organisation(overtime=organisation.overtime, disagreement=organisation.disagreement),
        money=NO_MONEY,
    )


def _bare_condition(condition: Condition) -> Condition:
    return Condition(
        backlog=condition.backlog,
        gaps=tuple((0.0,) * len(one) for one in condition.gaps),
        outages=condition.outages,
        fatigue=condition.fatigue,
        trust=0.0,
        goodwill=condition.goodwill,
        escapes=0.0,
        cash=0.0,
        floor=condition.floor,
    )


@lru_cache(maxsize=REMEMBERED)
def _play(
    company: Company, condition: Condition, outages: Any, speed: float, seed: int, period: int, weeks: int
) -> FloorPlayed:
    plan = compile_floor(company, condition, outages, speed)
    # A third of a short period's time is the check: the last period of a game's past stands for those after it, whose
    # parameters are kept within their declared bounds.
    result = simulate_floor(
        plan.problem, until=weeks * WEEK, seed=seed, first=period + FIRST, keep_states=True, is_checked=period != 0
    )
    # The next arrival is drawn already.
    arrivals = result.states[0].floor.source["drawn"] - 1
    places = range(len(company.products))
    shares = result.on_time_share()[0]
    return FloorPlayed(
        groups=_count_hours(company, plan, result, weeks),
        wanted=tuple(float(arrivals[place] * plan.transfer[place] * plan.lots_of_order[place]) for place in places),
        finished=tuple(float(result.pieces_finished[0, place]) for place in places),
        scrapped=tuple(float(result.pieces_scrapped[0, place]) for place in places),
        on_time=tuple(0.0 if np.isnan(shares[place]) else float(shares[place]) for place in places),
        lots=_list_lots(company, plan, result),
        shortage_weeks=float(result.material_short[0].sum()) / WEEK,
    )


def _list_lots(company: Company, plan: FloorPlan, result: FloorResult) -> tuple[LotOnFloor, ...]:
    """List what the period leaves on the floor."""
    state = result.states[0]
    lots = state.floor.lot[state.floor.lot["is_used"] == 1]
    starts = plan.problem.products.ptr
    return tuple(
        LotOnFloor(
            company.products[product].code, int(step - starts[product]), int(pieces), state.now - release,
            due - state.now,
        )
        for product, step, pieces, release, due in zip(
            *(lots[name].tolist() for name in ("product", "step", "pieces", "release", "due")), strict=True
        )
        if pieces > 0
    )  # fmt: skip


def _count_hours(company: Company, plan: FloorPlan, result: FloorResult, weeks: int) -> tuple[GroupTime, ...]:
    """Add up machines to groups."""
    owner = np.array(plan.group_of_machine)
    rows = []
    for place in range(len(company.groups)):
        hours = result.machine_seconds[0][owner == place].sum(axis=0) / HOURS
        rows.append(
            GroupTime(
                plan.open_hours[place] * weeks, plan.upkeep_hours[place] * weeks, float(hours[RUNNING]),
                float(hours[SETTING_UP]), float(hours[IDLE] + hours[LACKING] + hours[BLOCKED]),
                float(result.failures[0][owner == place].sum()),
            )
        )  # fmt: skip
    return tuple(rows)
