"""Make a floor of a company: what the twin plays in a period.

How a company's numbers become a floor (times of the floor in seconds, weeks repeat):

- A machine is open from midnight of each of five days; beyond 120 hours a week also on the sixth and seventh. Planned
  maintenance takes its hours off the open ones, evenly over the group's machines.
- Overtime lengthens the open hours in proportion to contract hours.
- Of a skill, people x (contract hours + overtime) are spread evenly over the shifts (8 h at most) of its longest open
  group; people are whole, so some shifts have one more than others. Each misses a shift with the absence's probability.
- Breakdowns come in busy time, exponential; repairs are lognormal (sigma .6) and go on at night.
- Orders of one lot come in lognormal intervals; they are due after the promised weeks, run by earliest due time, and
  move on in transfer lots whose longest operation takes at most some eight hours.
- Functions whose plans lie apart by a share d fight it out in rush orders: changeovers take 1 + d times as long, and
  orders come 1 + d times as unevenly.
- Material is kept in weeks of demand; each supplier is asked for a quarter of a week whenever the stock, orders under
  way included, is at most the wanted weeks and the week that a delivery takes. A second source of share s shortens an
  outage to 1 - s of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from drumbeat.basics.streams import EXPONENTIAL, FIXED, LOGNORMAL, sigma_of
from drumbeat.lab.engine.age_organisation import wear_factor
from drumbeat.lab.engine.company import Company, Group, Product, Skill
from drumbeat.lab.engine.compile_supply import WEEK, make_materials, make_outages, weekly_pieces
from drumbeat.lab.engine.condition import Condition
from drumbeat.twin.engine.floor.problem import (
    EDD,
    PER_PIECE,
    RENEWAL,
    Calendars,
    FloorProblem,
    Groups,
    Machines,
    Orders,
    Products,
    Sources,
    Steps,
    make_times,
)
from drumbeat.twin.engine.floor.surroundings import BUSY, DURING_BOTH, Lives, Needs, Pools

HOUR, DAY = 3600.0, 86_400.0
SHIFT_HOURS = 8.0
REPAIR_SIGMA = 0.6
LONGEST_HOURS = 8.0
"""An operation of a transfer lot takes about so long at most."""
MOST_ABSENT = 0.6


@dataclass(frozen=True, slots=True)
class FloorPlan:
    """A floor, and how its rows belong to the company.

    Parameters
    ----------
    problem
        What is played.
    group_of_machine
        Shape (M,): group, by machine.
    transfer
        Pieces of a transfer lot, by product; and transfer lots of an order.
    lots_of_order
        Transfer lots of an order, by product.
    open_hours
        Hours a week that the group's machines are open in all, upkeep included, by group.
    upkeep_hours
        Hours a week of them that upkeep takes, by group.
    """

    problem: FloorProblem
    group_of_machine: tuple[int, ...]
    transfer: tuple[int, ...]
    lots_of_order: tuple[int, ...]
    open_hours: tuple[float, ...]
    upkeep_hours: tuple[float, ...]


def compile_floor(company: Company, condition: Condition, outages: tuple[Any, ...], speed: float) -> FloorPlan:
    """Make the floor of a period; it begins at 0, with the lots that the period before has left.

    Parameters
    ----------
    company
        As it is in the period, changes made.
    condition
        At its start.
    outages
        Of suppliers, as `draw_outages` gives them.
    speed
        What fatigue and too many initiatives leave of the speed of work, 0 to 1 (`speed_factor`).
    """
    hours = [_open_hours(company, group) for group in company.groups]
    upkeep = [min(group.upkeep, group.machines * open_) for group, open_ in zip(company.groups, hours, strict=True)]
    counts = [max(1, round(group.machines)) for group in company.groups]
    owner = tuple(place for place, num in enumerate(counts) for _ in range(num))
    names = [f"{group.code}.{n}" for group, num in zip(company.groups, counts, strict=True) for n in range(num)]
    families = sorted({one.family for one in company.products if one.family})
    lots = [_split_lot(company, product) for product in company.products]
    windows = [max(0.0, open_ - done / num) for open_, done, num in zip(hours, upkeep, counts, strict=True)]
    problem = FloorProblem(
        products=_make_products(company, lots),
        steps=_make_steps(company, condition, families, speed),
        groups=_make_groups(company, counts),
        machines=_make_machines(company, owner, names),
        sources=_make_sources(company, condition, lots),
        calendars=_make_calendars(windows),
        setups=_make_setups(company, len(families)),
        lives=_make_lives(company, condition, owner, names),
        pools=_make_pools(company, condition, windows),
        materials=make_materials(company, condition),
        orders=_make_orders(company, condition),
        outages=make_outages(company, outages),
    )
    return FloorPlan(
        problem, owner, tuple(one for one, _ in lots), tuple(num for _, num in lots),
        tuple(open_ * num for open_, num in zip(hours, counts, strict=True)), tuple(upkeep),
    )  # fmt: skip


def _open_hours(company: Company, group: Group) -> float:
    """Open hours of a machine in a week, overtime included."""
    skill = next((one for one in company.skills if one.code == group.skill), None)
    longer = 1.0 + company.organisation.overtime / skill.hours if skill is not None and skill.hours > 0 else 1.0
    return min(168.0, group.hours * longer)


def _split_lot(company: Company, product: Product) -> tuple[int, int]:
    """Pieces of a transfer lot, and how many of them an order has."""
    speeds = {group.code: group.speed for group in company.groups}
    longest = max(product.lot * step.minutes / 60.0 / speeds[step.group] for step in product.steps)
    num = max(1, math.ceil(longest / LONGEST_HOURS))
    return max(1, math.ceil(product.lot / num)), num


def _make_products(company: Company, lots: list[tuple[int, int]]) -> Products:
    size = len(company.products)
    steps = np.cumsum([0, *(len(one.steps) for one in company.products)])
    return Products(
        keys=np.array([one.code for one in company.products], np.object_),
        ptr=steps.astype(np.int64),
        pieces=np.array([pieces * num for pieces, num in lots], np.int64),
        transfer_pieces=np.array([pieces for pieces, _ in lots], np.int64),
        due_seconds=np.array([one.due * WEEK for one in company.products]),
        priority=np.zeros(size, np.int32),
        weight=np.ones(size),
        is_lost=np.zeros(size, np.bool_),
        found_after=make_times(0.0, FIXED, 0.0, size),
        makes=np.full(size, -1, np.int32),
    )


def _make_steps(company: Company, condition: Condition, families: list[str], speed: float) -> Steps:
    places = {group.code: place for place, group in enumerate(company.groups)}
    pools = {skill.code: place for place, skill in enumerate(company.skills)}
    suppliers = {supplier.code: place for place, supplier in enumerate(company.suppliers)}
    rows = [(product, place, step) for product in company.products for place, step in enumerate(product.steps)]
    size = len(rows)
    groups = [company.groups[places[step.group]] for _, _, step in rows]
    is_last = [place == len(product.steps) - 1 for product, place, _ in rows]
    scrap = [min(0.95, p.scrap * (1.0 + condition.fatigue)) if last else 0.0
             for (p, _, _), last in zip(rows, is_last, strict=True)]  # fmt: skip
    crew = [_crew_units(company, group) if group.skill else 0 for group in groups]
    weekly = weekly_pieces(company)
    uses = [place == 0 and bool(product.supplier) for product, place, _ in rows]
    none = np.full(size, -1, np.int32)
    zeros = np.zeros(size)
    return Steps(
        keys=np.array([f"{product.code}.{place}" for product, place, _ in rows], np.object_),
        group=np.array([places[step.group] for _, _, step in rows], np.int32),
        run=make_times([step.minutes * 60.0 / (group.speed * speed)
                        for (_, _, step), group in zip(rows, groups, strict=True)]),
        unit=np.full(size, PER_PIECE, np.int8),
        delay=make_times(0.0, FIXED, 0.0, size),
        family=np.array([
            families.index(product.family) if product.family and group.setup > 0 else -1
            for (product, _, _), group in zip(rows, groups, strict=True)
        ], np.int32),
        batch_family=none, batch_min=np.ones(size, np.int64), batch_max=np.ones(size, np.int64),
        batch_wait=np.full(size, np.inf), scrap=np.array(scrap), scrap_unit=np.full(size, PER_PIECE, np.int8),
        rework=zeros, rework_to=none, skip=zeros, dedicate_to=none, limit_to=none, limit_seconds=np.full(size, np.inf),
        defect=zeros, detect=zeros, is_reworked=np.zeros(size, np.bool_), drift=zeros,
        needs=Needs(
            ptr=np.cumsum([0, *(int(units > 0) for units in crew)]).astype(np.int64),
            of=np.array([pools[group.skill] for group, units in zip(groups, crew, strict=True) if units], np.int32),
            amount=np.array([float(units) for units in crew if units]),
            phase=np.full(sum(units > 0 for units in crew), DURING_BOTH, np.int8),
        ),
        uses=Needs(
            ptr=np.cumsum([0, *(int(one) for one in uses)]).astype(np.int64),
            of=np.array([suppliers[rows[n][0].supplier] for n in range(size) if uses[n]], np.int32),
            amount=np.array([1.0 / weekly[rows[n][0].supplier] for n in range(size) if uses[n]]),
            phase=np.full(sum(uses), DURING_BOTH, np.int8),
        ),
    )  # fmt: skip


def _units_of(company: Company, skill: str) -> int:
    """Units of the pool that a person is, so that every crew is a whole number of them."""
    crews = [group.crew for group in company.groups if group.skill == skill]
    return next((num for num in (1, 2, 4) if all(abs(crew * num - round(crew * num)) < 0.01 for crew in crews)), 4)


def _crew_units(company: Company, group: Group) -> int:
    return round(group.crew * _units_of(company, group.skill))


def _make_groups(company: Company, counts: list[int]) -> Groups:
    size = len(counts)
    return Groups(
        keys=np.array([group.code for group in company.groups], np.object_),
        ptr=np.cumsum([0, *counts]).astype(np.int64),
        machine=np.arange(sum(counts), dtype=np.int32),
        factor=np.ones(sum(counts)),
        rule=np.full(size, EDD, np.int8),
        is_setup_first=np.zeros(size, np.bool_),
        capacity=np.full(size, -1, np.int64),
        area=np.zeros(size, np.int32),
    )


def _make_machines(company: Company, owner: tuple[int, ...], names: list[str]) -> Machines:
    matrices = np.cumsum([group.setup > 0 for group in company.groups]) - 1
    size = len(owner)
    return Machines(
        keys=np.array(names, np.object_),
        calendar=np.array(owner, np.int32),
        family=np.full(size, -1, np.int32),
        matrix=np.array([matrices[g] if company.groups[g].setup > 0 else -1 for g in owner], np.int32),
        least_run=np.zeros(size, np.int64),
    )


def _make_setups(company: Company, num_families: int) -> Any:
    with_setup = [group for group in company.groups if group.setup > 0]
    matrices = np.zeros((len(with_setup), num_families + 1, num_families + 1))
    for place, group in enumerate(with_setup):
        matrices[place, 1:, 1:] = group.setup * HOUR * (1.0 + company.organisation.disagreement)
        np.fill_diagonal(matrices[place], 0.0)
    return matrices


def _make_sources(company: Company, condition: Condition, lots: list[tuple[int, int]]) -> Sources:
    size = len(company.products)
    weekly = [max(1e-6, one.demand * condition.goodwill) for one in company.products]
    orders = [pieces_a_week / (pieces * num) for pieces_a_week, (pieces, num) in zip(weekly, lots, strict=True)]
    uneven = 1.0 + company.organisation.disagreement
    spread = [min(2.0, max(0.05, one.spread * uneven * math.sqrt(num)))
              for one, num in zip(company.products, orders, strict=True)]  # fmt: skip
    return Sources(
        keys=np.array([f"demand {one.code}" for one in company.products], np.object_),
        product=np.arange(size, dtype=np.int32),
        kind=np.full(size, RENEWAL, np.int8),
        between=make_times([WEEK / num for num in orders], LOGNORMAL, [sigma_of(cv) for cv in spread]),
        first=np.zeros(size),
        lots=np.ones(size, np.int64),
        ptr=np.zeros(size + 1, np.int64),
        at=np.zeros(0),
        factor=np.zeros(0),
    )


def _day_hours(weekly: float) -> list[float]:
    """Open hours of each of the seven days: five days first, then the other two."""
    five = min(weekly, 120.0) / 5.0
    two = max(0.0, weekly - 120.0) / 2.0
    return [five] * 5 + [two] * 2


def _make_calendars(windows: list[float]) -> Calendars:
    starts, ends, ptr = [], [], [0]
    for weekly in windows:
        # A machine that is never open keeps a second a week: a calendar has an interval.
        days = _day_hours(max(weekly, 1.0 / 3600.0))
        for day, open_ in enumerate(days):
            if open_ <= 0:
                continue
            begin, end = day * DAY, day * DAY + open_ * HOUR
            if ends and len(starts) > ptr[-1] and ends[-1] >= begin:
                ends[-1] = end
            else:
                starts.append(begin)
                ends.append(end)
        ptr.append(len(starts))
    return Calendars(np.array(ptr, np.int64), np.array(starts), np.array(ends), np.full(len(windows), WEEK))


def _make_orders(company: Company, condition: Condition) -> Orders:
    """Lots that are on the floor already, the oldest first."""
    places = {product.code: place for place, product in enumerate(company.products)}
    starts = np.cumsum([0, *(len(product.steps) for product in company.products)])
    lots = sorted((lot for lot in condition.floor if lot.product in places), key=lambda lot: -lot.age_seconds)
    return Orders(
        keys=np.array([f"lot {place}" for place in range(len(lots))], np.object_),
        product=np.array([places[lot.product] for lot in lots], np.int32),
        pieces=np.array([lot.pieces for lot in lots], np.int64),
        priority=np.zeros(len(lots), np.int32),
        release=np.array([-lot.age_seconds for lot in lots]),
        due=np.array([lot.due_seconds for lot in lots]),
        step=np.array([starts[places[lot.product]] + lot.step for lot in lots], np.int32),
    )


def _make_lives(company: Company, condition: Condition, owner: tuple[int, ...], names: list[str]) -> Lives:
    groups = [company.groups[g] for g in owner]
    life = [
        group.mtbf * HOUR / wear_factor(group, condition.backlog[g]) for group, g in zip(groups, owner, strict=True)
    ]
    size = len(owner)
    return Lives(
        keys=np.array([f"{name} fails" for name in names], np.object_),
        machine=np.arange(size, dtype=np.int32),
        clock=np.full(size, BUSY, np.int8),
        life=make_times(life, EXPONENTIAL),
        repair=make_times([group.mttr * HOUR for group in groups], LOGNORMAL, REPAIR_SIGMA),
        is_aged=np.zeros(size, np.bool_),
        pool=np.full(size, -1, np.int32),
        priority=np.zeros(size, np.int32),
        spare=np.full(size, -1, np.int32),
    )


def _make_pools(company: Company, condition: Condition, windows: list[float]) -> Pools:
    at: list[float] = []
    sizes: list[int] = []
    ptr = [0]
    for skill, gaps in zip(company.skills, condition.gaps, strict=True):
        there = max(0.0, skill.people - len(gaps)) * _units_of(company, skill.code)
        span = max((windows[place] for place, group in enumerate(company.groups) if group.skill == skill.code),
                   default=0.0)  # fmt: skip
        for moment, size in _spread_people(company, skill, there, span):
            at.append(moment)
            sizes.append(size)
        ptr.append(len(at))
    size = len(company.skills)
    absence = [min(MOST_ABSENT, one.absence * (1.0 + 1.5 * condition.fatigue)) for one in company.skills]
    zeros = np.zeros(size)
    return Pools(
        keys=np.array([one.code for one in company.skills], np.object_),
        ptr=np.array(ptr, np.int64), at=np.array(at), size=np.array(sizes, np.int64),
        overtime=np.zeros(len(at), np.int64), cycle=np.full(size, WEEK), absence=np.array(absence),
        build=zeros, recover=zeros, slower=zeros, defects=zeros, more_absent=zeros,
    )  # fmt: skip


def _spread_people(company: Company, skill: Skill, units: float, span: float) -> list[tuple[float, int]]:
    """Levels of a pool over the week: (moment, units), the first at 0."""
    hours = skill.hours + company.organisation.overtime
    mean = units * hours / span if span > 0 else 0.0
    levels: list[tuple[float, int]] = []
    carried = 0.0
    for day, open_ in enumerate(_day_hours(span)):
        num = max(1, math.ceil(open_ / SHIFT_HOURS - 1e-9))
        for n in range(num):
            carried += mean
            whole = int(carried + 1e-9)
            carried -= whole
            levels.append((day * DAY + n * open_ / num * HOUR, whole if open_ > 0 else 0))
    return levels
