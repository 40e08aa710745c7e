"""Seeded plants as floor problems: what searches over designs and roadmaps are measured and tested on.

A plant like many: lines with their own turning, milling and assembly, which share sawing, an oven, coating and testing.
Coating is the bottleneck. Machines fail while they work and are cared for by a small maintenance crew; wear grows where
care is put off. Operators work two shifts, the oven and coating three. Changeovers depend on the sequence; some of what
is tested is reworked or scrapped; bought material comes after a lead time that strays. Demand is random.

Run times are set so that each kind of machine has the load that is wanted of it: every plant is stable, and its
bottleneck is known.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s, Texts
from drumbeat.basics.streams import EXPONENTIAL, FIXED, GAMMA, LOGNORMAL, WEIBULL, sigma_of
from drumbeat.twin.engine.floor.problem import (
    ATC,
    FIFO,
    PER_LOT,
    RENEWAL,
    Calendars,
    FloorProblem,
    Groups,
    Machines,
    Products,
    Sources,
    Steps,
    no_orders,
)
from drumbeat.twin.engine.floor.surroundings import (
    BUSY,
    CALENDAR,
    DURING_BOTH,
    Care,
    Lives,
    Materials,
    Moves,
    Needs,
    Outages,
    Pools,
)
from drumbeat.twin.engine.floor.times import Times, make_times

Luck: TypeAlias = np.random.Generator  # noqa: TID251 - it makes an input

HOUR, DAY, WEEK = 3600.0, 86_400.0, 604_800.0

OPEN_SHARE = (80 / 168, 120 / 168)
"""Share of the week that two shifts and three shifts, Monday to Friday, are open."""

SHARED = (("SAW", 0.06, 0, 0.72), ("OVEN", 0.05, 1, 0.65), ("COAT", 0.10, 1, 0.90), ("TEST", 0.10, 0, 0.78))
"""Kinds of machines that all lines share: key, share of the machines, calendar (0 = two shifts), load."""

OWN = (("TURN", 0.24, 0, 0.80), ("MILL", 0.25, 0, 0.82), ("ASM", 0.20, 0, 0.80))
"""Kinds of machines that each line has for itself, in the same form; the share is that of all lines together."""

SETUP_SHARE = 0.08
"""Time that setups are reckoned to take of a machine that has them."""

LOST_SHARE = 0.08
"""Time that breakdowns, care and waiting for people are reckoned to take."""


@dataclass(frozen=True)
class Layout:
    """Which groups there are, and the machines of each: row i = group i."""

    keys: list[str]
    line: list[int]
    calendar: list[int]
    load: list[float]
    size: list[int]


def make_plant(seed: int = 1, num_machines: int = 60, *, num_lines: int = 3, load: float = 1.0) -> FloorProblem:
    """Make a plant.

    Parameters
    ----------
    seed
        Of its products, routes and times; equal seeds give equal plants.
    num_machines
        At least 3 a line and 4.
    num_lines
        Lines, >= 1; each makes four products.
    load
        Demand against the usual one, which loads coating at about .9 of its open hours.

    Raises
    ------
    ValueError
        Too few machines.
    """
    if num_machines < 3 * num_lines + len(SHARED):
        raise ValueError(f"{num_lines} lines need at least {3 * num_lines + len(SHARED)} machines, got {num_machines}")
    rng = np.random.default_rng(seed)  # noqa: TID251 - it makes an input
    layout = _lay_out(num_machines, num_lines)
    routes = [_draw_route(layout, line, rng) for line in range(num_lines) for _ in range(4)]
    weight = rng.dirichlet(np.full(len(routes), 3.0))
    lots_a_week = 0.55 * num_machines * OPEN_SHARE[0] * 168 / 3.0 / np.mean([len(route) for route in routes])
    rate = lots_a_week * weight
    mean = _fit_run_times(layout, routes, rate, rng)
    machines, lives, care = _make_machines(layout, rng)
    products, steps = _make_products(layout, routes, mean, rng)
    between = WEEK / np.maximum(rate * load, 1e-9)
    num = len(routes)
    sources = Sources(
        _texts(f"D-{key}" for key in products.keys), np.arange(num, dtype=np.int32), np.full(num, RENEWAL, np.int8),
        make_times(between, EXPONENTIAL), np.zeros(num), np.ones(num, np.int64),
        np.zeros(num + 1, np.int64), np.zeros(0), np.zeros(0),
    )  # fmt: skip
    return FloorProblem(
        products, steps, _make_groups(layout), machines, sources, no_orders(), _make_calendars(),
        setups=_make_setups(num_lines, rng), lives=lives, care=care, pools=_make_pools(layout, num_lines),
        materials=_make_materials(products, rate, rng), outages=Outages(), moves=Moves(),
    )  # fmt: skip


def _texts(words: Iterable[str]) -> Texts:
    return np.array(list(words), dtype=np.object_)


def _lay_out(num_machines: int, num_lines: int) -> Layout:
    """Share the machines out: largest remainders, one of each kind at least."""
    rows = [(key, -1, calendar, load, share) for key, share, calendar, load in SHARED]
    for line in range(num_lines):
        rows += [(f"{key}-{line + 1}", line, calendar, load, share / num_lines) for key, share, calendar, load in OWN]
    wanted = np.array([row[4] for row in rows]) * num_machines
    size = np.maximum(np.floor(wanted), 1).astype(int)
    while size.sum() < num_machines:
        size[np.argmax(wanted - size)] += 1
    while size.sum() > num_machines:
        size[np.argmax(np.where(size > 1, size - wanted, -np.inf))] -= 1
    return Layout(*(list(column) for column in list(zip(*rows, strict=True))[:4]), size.tolist())


def _draw_route(layout: Layout, line: int, rng: Luck) -> list[int]:
    """Draw a route as groups: saw, turn, mill, perhaps the oven, mill or turn again, coat, assemble, test."""
    number = {key: i for i, key in enumerate(layout.keys)}
    turn, mill, assemble = (number[f"{key}-{line + 1}"] for key, *_ in OWN)
    route = [number["SAW"], turn, mill]
    if rng.random() < 0.7:
        route += [number["OVEN"], mill if rng.random() < 0.5 else turn]
    route += [number["COAT"], assemble, number["TEST"]]
    return route


def _fit_run_times(layout: Layout, routes: list[list[int]], rate: Floats, rng: Luck) -> list[Floats]:
    """Draw mean run times in seconds by route and step, scaled to the load that each group is to have."""
    raw = [rng.uniform(0.6, 1.4, len(route)) for route in routes]
    work = np.zeros(len(layout.keys))
    for route, times, lots in zip(routes, raw, rate, strict=True):
        # A lot that fails its test is assembled and tested again: 4 % of them.
        np.add.at(work, route, times * lots * np.where(np.arange(len(route)) >= len(route) - 2, 1.04, 1.0))
    has_setups = np.array([key.startswith(("TURN", "MILL", "COAT")) for key in layout.keys])
    is_oven = np.array([key == "OVEN" for key in layout.keys])
    usable = np.array([OPEN_SHARE[c] for c in layout.calendar]) * WEEK * np.array(layout.size) * (1 - LOST_SHARE)
    # Two lots and a half share the oven at a time, as a rule.
    usable = usable * np.where(has_setups, 1 - SETUP_SHARE, 1.0) * np.where(is_oven, 2.5, 1.0)
    scale = np.array(layout.load) * usable / np.maximum(work, 1e-9)
    return [times * scale[route] for route, times in zip(routes, raw, strict=True)]


def _make_products(layout: Layout, routes: list[list[int]], mean: list[Floats], rng: Luck) -> tuple[Products, Steps]:
    num, total = len(routes), sum(len(route) for route in routes)
    keys = [f"P{p + 1:02}" for p in range(num)]
    ptr = np.concatenate(([0], np.cumsum([len(route) for route in routes]))).astype(np.int64)
    names = np.array([layout.keys[g].split("-")[0] for route in routes for g in route])
    owner = np.repeat(np.arange(num), np.diff(ptr))
    work = np.array([times.sum() for times in mean])
    products = Products(
        _texts(keys), ptr, rng.integers(2, 9, num).astype(np.int64) * 10, np.zeros(num, np.int64),
        due_seconds=np.rint((work / OPEN_SHARE[0] * rng.uniform(1.6, 2.4, num) + DAY) / HOUR) * HOUR,
        priority=np.ones(num, np.int32), weight=rng.choice([1.0, 2.0, 4.0], num), is_lost=np.zeros(num, np.bool_),
        found_after=make_times(14 * DAY, EXPONENTIAL, count=num), makes=np.full(num, -1, np.int32),
    )  # fmt: skip
    nothing, none = np.zeros(total), np.full(total, -1, np.int32)
    is_test, is_oven = names == "TEST", names == "OVEN"
    first = np.zeros(total, np.bool_)
    first[ptr[:-1]] = True
    pool = np.select(
        [names == "TEST", names == "SAW", names == "OVEN", names == "COAT"], [-1, -1, 0, 0], owner // 4 + 1
    )
    has_people = pool >= 0
    steps = Steps(
        keys=_texts(f"{keys[p]}/{10 * (s - ptr[p] + 1)}" for s, p in enumerate(owner)),
        group=np.array([g for route in routes for g in route], np.int32),
        run=make_times(np.concatenate(mean), LOGNORMAL, sigma_of(0.25)),
        unit=np.full(total, PER_LOT, np.int8),
        delay=make_times(np.where(is_oven, 2 * HOUR, 0.0), FIXED),
        family=np.where(np.isin(names, ("TURN", "MILL", "COAT")), owner, -1).astype(np.int32),
        batch_family=np.where(is_oven, 0, -1).astype(np.int32),
        batch_min=np.where(is_oven, 80, 0).astype(np.int64),
        batch_max=np.where(is_oven, 160, 0).astype(np.int64),
        batch_wait=np.where(is_oven, 8 * HOUR, np.inf),
        scrap=np.where(is_test, 0.01, 0.0), scrap_unit=np.full(total, PER_LOT, np.int8),
        rework=np.where(is_test, 0.04, 0.0), rework_to=np.where(is_test, np.arange(total) - 1, -1).astype(np.int32),
        skip=nothing, dedicate_to=none, limit_to=none, limit_seconds=np.full(total, np.inf),
        defect=np.where(names == "ASM", 0.02, 0.0), detect=np.where(is_test, 0.8, 0.0),
        is_reworked=is_test, drift=np.where(names == "ASM", 0.01, 0.0),
        needs=Needs(
            np.concatenate(([0], np.cumsum(has_people))).astype(np.int64), pool[has_people].astype(np.int32),
            np.ones(has_people.sum()), np.full(has_people.sum(), DURING_BOTH, np.int8),
        ),
        uses=Needs(
            np.concatenate(([0], np.cumsum(first))).astype(np.int64), (owner[first] % 6).astype(np.int32),
            np.ones(first.sum()), np.full(first.sum(), DURING_BOTH, np.int8),
        ),
    )  # fmt: skip
    return products, steps


def _make_groups(layout: Layout) -> Groups:
    """Groups of machines; a mill of each line also serves the next line's milling, a quarter slower."""
    start = np.concatenate(([0], np.cumsum(layout.size)))
    members = [list(range(start[g], start[g + 1])) for g in range(len(layout.keys))]
    factor = [[1.0] * size for size in layout.size]
    mills = [g for g, key in enumerate(layout.keys) if key.startswith("MILL")]
    for g, other in pairwise(mills):
        members[other].append(int(start[g + 1]) - 1)
        factor[other].append(1.25)
    num = len(layout.keys)
    return Groups(
        _texts(layout.keys),
        np.concatenate(([0], np.cumsum([len(row) for row in members]))).astype(np.int64),
        np.array([m for row in members for m in row], np.int32),
        np.array([value for row in factor for value in row]),
        np.array([FIFO if key == "OVEN" else ATC for key in layout.keys], np.int8),
        np.array([key.startswith(("TURN", "MILL", "COAT")) for key in layout.keys]),
        np.full(num, -1, np.int64),
        np.zeros(num, np.int32),
    )


def _make_machines(layout: Layout, rng: Luck) -> tuple[Machines, Lives, Care]:
    keys = [f"{key}-M{i + 1}" for key, size in zip(layout.keys, layout.size, strict=True) for i in range(size)]
    num = len(keys)
    owner = np.repeat(np.arange(len(layout.keys)), layout.size)
    has_setups = np.array([key.startswith(("TURN", "MILL", "COAT")) for key in keys])
    everyone = np.arange(num, dtype=np.int32)
    machines = Machines(
        _texts(keys), np.array(layout.calendar, np.int32)[owner], np.full(num, -1, np.int32),
        np.where(has_setups, 0, -1).astype(np.int32), np.zeros(num, np.int64),
    )  # fmt: skip
    repair_crew = 1 + len({line for line in layout.line if line >= 0})
    lives = Lives(
        _texts(f"F-{key}" for key in keys), everyone, np.full(num, BUSY, np.int8),
        Times(np.full(num, WEIBULL, np.int8), rng.uniform(60, 160, num) * HOUR, np.full(num, 1.3)),
        Times(np.full(num, LOGNORMAL, np.int8), rng.uniform(2, 5, num) * HOUR, np.full(num, 0.7)),
        np.ones(num, np.bool_), np.full(num, repair_crew, np.int32),
        np.where([key.startswith("COAT") for key in keys], 0, 1).astype(np.int32), np.full(num, -1, np.int32),
    )  # fmt: skip
    care = Care(
        _texts(f"C-{key}" for key in keys), everyone, np.full(num, CALENDAR, np.int8), np.full(num, 4 * WEEK),
        rng.uniform(0, 4, num) * WEEK, make_times(4 * HOUR, GAMMA, 16.0, count=num),
        np.full(num, repair_crew, np.int32), np.full(num, 2 * DAY), np.zeros(num), np.full(num, 1.0), np.full(num, 3.0),
    )  # fmt: skip
    return machines, lives, care


def _make_calendars() -> Calendars:
    """Two shifts and three shifts, Monday to Friday, week by week."""
    two = np.arange(5) * DAY + 6 * HOUR
    return Calendars(
        np.array([0, 5, 6]),
        np.concatenate((two, [0.0])),
        np.concatenate((two + 16 * HOUR, [5 * DAY])),
        np.array([WEEK, WEEK]),
    )


def _make_setups(num_lines: int, rng: Luck) -> Floats:
    """Changes between products: a quarter of an hour to an hour and a quarter, less within a line."""
    num = 4 * num_lines
    minutes = rng.uniform(15, 45, (num + 1, num + 1))
    line = np.concatenate(([-1], np.arange(num) // 4))
    minutes += np.where(line[:, None] != line[None, :], 30.0, 0.0)
    minutes[np.arange(num + 1), np.arange(num + 1)] = 0.0
    minutes[:, 0] = 0.0
    return np.rint(minutes)[None] * 60.0


def _make_pools(layout: Layout, num_lines: int) -> Pools:
    """Operators of the oven and coating, and of each line, by shift; then the maintenance crew."""

    def count(of: list[int]) -> int:
        return sum(layout.size[g] for g in of)

    shared = count([g for g, key in enumerate(layout.keys) if key in ("OVEN", "COAT")])
    lines = [count([g for g, row in enumerate(layout.line) if row == line]) for line in range(num_lines)]
    levels: list[tuple[Floats, Int64s]] = []
    three_at = np.concatenate((np.arange(15) * 8 * HOUR, [5 * DAY]))
    two_at = np.concatenate(([0.0], (np.arange(5) * DAY + np.array([[6], [14], [22]]) * HOUR).T.ravel()))
    levels.append((three_at, np.array([shared] * 15 + [0])))
    for size in lines:
        here = max(round(0.92 * size), 1)
        levels.append((two_at, np.array([0] + [here, here, 0] * 5)))
    crew = max(round(count(list(range(len(layout.keys)))) / 20), 1)
    levels.append((three_at, np.array([crew] * 15 + [0])))
    num = num_lines + 2
    sizes = np.concatenate([size for _, size in levels]).astype(np.int64)
    return Pools(
        _texts(["OP-SHARED", *(f"OP-{line + 1}" for line in range(num_lines)), "MAINTENANCE"]),
        np.concatenate(([0], np.cumsum([len(at) for at, _ in levels]))).astype(np.int64),
        np.concatenate([at for at, _ in levels]), sizes, np.zeros(len(sizes), np.int64), np.full(num, WEEK),
        np.full(num, 0.04), np.zeros(num), np.zeros(num), np.zeros(num), np.zeros(num), np.zeros(num),
    )  # fmt: skip


def _make_materials(products: Products, rate: Floats, rng: Luck) -> Materials:
    """Six bought materials: weeks of lead time, ordered by the fortnight, a week and a half of safety."""
    weekly = np.bincount(np.arange(len(rate)) % 6, rate * products.pieces, minlength=6)
    lead = rng.uniform(1.5, 4.0, 6)
    return Materials(
        _texts(f"RAW-{b + 1}" for b in range(6)), weekly * (lead + 2.0), weekly * (lead + 1.5), weekly * 2.0,
        make_times(lead * WEEK, LOGNORMAL, sigma_of(0.2)), np.full(6, -1, np.int32), np.full(6, -1, np.int32),
        np.zeros(0, np.int32), np.zeros(0), np.zeros(0),
    )  # fmt: skip
