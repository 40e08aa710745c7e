"""Check a floor problem before it is played: all broken rules at once, each with its remedy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from drumbeat.basics.arrays import Bools, Texts
from drumbeat.basics.findings import Finding, Findings, InputError
from drumbeat.basics.streams import GAMMA, WEIBULL
from drumbeat.twin.engine.floor.kinds import EMPIRICAL, UNIFORM
from drumbeat.twin.engine.floor.moments import MOST_THINGS
from drumbeat.twin.engine.floor.problem import SATURATED, FloorProblem
from drumbeat.twin.engine.floor.state import State
from drumbeat.twin.engine.floor.times import KINDS, Times


class _Rules:
    """Collects findings of one section after the other."""

    def __init__(self) -> None:
        self.found = Findings()

    def tell(self, place: str, keys: Texts, broken: Any, rule: str, remedy: str, values: Any = None) -> None:
        """Add a finding for each thing that breaks a rule."""
        if not np.any(broken):
            return
        rows = np.flatnonzero(np.asarray(broken))
        for n in rows[:5]:
            value = f"{keys[n]}" if values is None else f"{keys[n]}: {values[n]}"
            self.found.add(Finding(place, rule, remedy, value=value), times=1)
        if len(rows) > 5:
            self.found.add(Finding(place, rule, remedy, value=f"{len(rows) - 5} more"), times=len(rows) - 5)

    def keys(self, place: str, keys: Texts) -> None:
        """Keys are there once."""
        texts = [key if isinstance(key, str) else "" for key in keys]
        count = Counter(texts)
        twice = [text == "" or count[text] > 1 for text in texts]
        self.tell(place, keys, twice, "every key is a text and is there once", "Give each one its own key")
        if len(keys) >= MOST_THINGS:
            self.found.add(Finding(place, f"there are fewer than {MOST_THINGS:,}", "Leave some out"))

    def within(self, place: str, keys: Texts, values: Any, low: float, high: float, name: str) -> None:
        """Values are numbers from `low` to `high`."""
        broken = ~((np.asarray(values) >= low) & (np.asarray(values) <= high))
        self.tell(place, keys, broken, f"{name} is from {low:g} to {high:g}", f"Enter {name} in that range", values)

    def refers(self, place: str, keys: Texts, values: Any, count: int, name: str, *, may_lack: bool = True) -> None:
        """Indices point at something."""
        low = -1 if may_lack else 0
        broken = (np.asarray(values) < low) | (np.asarray(values) >= count)
        self.tell(place, keys, broken, f"{name} is one of {count}", "Point at one that is there", values)

    def times(self, place: str, keys: Texts, times: Times, name: str, num_tables: int) -> None:
        """Distributions have a kind, a mean and a shape that fits."""
        shape, kind = times.shape, times.kind
        # A comparison a kind: isin sorts, and short floors are checked by the thousand.
        is_known = np.logical_or.reduce([kind == one for one in KINDS])
        self.tell(place, keys, ~is_known, f"{name} is of a kind that is known", "Choose a known kind", kind)
        self.within(place, keys, times.mean, 0.0, 1e15, f"the mean of {name}")
        needs = ((kind == WEIBULL) | (kind == GAMMA)) & ~(shape > 0.0)
        self.tell(place, keys, needs, f"the shape of {name} is above 0", "Enter the shape", shape)
        self.tell(place, keys, ~np.isfinite(shape), f"the shape of {name} is a number", "Enter the shape", shape)
        wide = (kind == UNIFORM) & ~((shape >= 0.0) & (shape <= 1.0))
        self.tell(place, keys, wide, f"half the width of {name} is from 0 to 1 of its mean", "Narrow it", shape)
        lost = (kind == EMPIRICAL) & ~((shape >= 0) & (shape < num_tables))
        self.tell(place, keys, lost, f"{name} points at one of {num_tables} tables", "Add the table", shape)

    def chance(self, place: str, keys: Texts, values: Any, name: str) -> None:
        """Probabilities."""
        self.within(place, keys, values, 0.0, 1.0, f"the probability of {name}")


def _check_routes(rules: _Rules, problem: FloorProblem) -> None:
    products, steps, tables = problem.products, problem.steps, len(problem.tables)
    rules.keys("products", products.keys)
    rules.keys("steps", steps.keys)
    rules.tell("products", products.keys, np.diff(products.ptr) < 1, "a route has a step", "Add its steps")
    rules.within("products", products.keys, products.pieces, 1, 2**40, "pieces")
    rules.within("products", products.keys, products.transfer_pieces, 0, 2**40, "transfer pieces")
    rules.times("products", products.keys, products.found_after, "the time to find an escape", tables)
    rules.refers("products", products.keys, products.makes, len(problem.materials.keys), "the material it makes")
    rules.refers("steps", steps.keys, steps.group, len(problem.groups.keys), "the group")
    rules.times("steps", steps.keys, steps.run, "the run time", tables)
    rules.times("steps", steps.keys, steps.delay, "the delay", tables)
    for name in ("scrap", "skip", "defect", "detect"):
        rules.chance("steps", steps.keys, getattr(steps, name), name)
    rules.within("steps", steps.keys, steps.rework, 0.0, 0.999, "the probability of rework")
    rules.within("steps", steps.keys, steps.drift, 0.0, 1e6, "the drift")
    _check_targets(rules, problem)
    is_batch = steps.batch_family >= 0
    small = is_batch & ((steps.batch_max < steps.batch_min) | (steps.batch_max < 1))
    rules.tell("steps", steps.keys, small, "the largest batch holds the smallest", "Raise batch_max", steps.batch_max)
    lone = is_batch & (steps.group < 0)
    rules.tell("steps", steps.keys, lone, "a batch needs a group of machines", "Name the group")
    lone = (steps.group < 0) & (np.diff(steps.needs.ptr) > 0)
    rules.tell("steps", steps.keys, lone, "a step without machine holds no people or tools", "Name a group")
    owner = steps.keys[np.repeat(np.arange(len(steps.keys)), np.diff(steps.needs.ptr))]
    rules.refers("needs", owner, steps.needs.of, len(problem.pools.keys), "the pool", may_lack=False)
    rules.within("needs", owner, steps.needs.amount, 1, 1e9, "the number of units")
    owner = steps.keys[np.repeat(np.arange(len(steps.keys)), np.diff(steps.uses.ptr))]
    rules.refers("uses", owner, steps.uses.of, len(problem.materials.keys), "the material", may_lack=False)
    rules.within("uses", owner, steps.uses.amount, 1e-12, 1e15, "the quantity")


def _check_targets(rules: _Rules, problem: FloorProblem) -> None:
    """Steps that others point at belong to the same product, and lie behind or before."""
    products, steps = problem.products, problem.steps
    here = np.arange(len(steps.keys))
    product = np.repeat(np.arange(len(products.keys)), np.diff(products.ptr))
    if len(product) != len(here):
        rules.found.add(Finding("products", "ptr ends at the number of steps", "Mend ptr", value=str(products.ptr[-1])))
        return
    first, last = products.ptr[:-1][product], products.ptr[1:][product]
    back = (steps.rework > 0.0) | ((steps.detect > 0.0) & steps.is_reworked)
    wrong = back & ((steps.rework_to < first) | (steps.rework_to > here))
    rules.tell("steps", steps.keys, wrong, "rework goes back within the route", "Set rework_to", steps.rework_to)
    for name in ("dedicate_to", "limit_to"):
        to = getattr(steps, name)
        wrong = (to >= 0) & ((to <= here) | (to >= last))
        rules.tell("steps", steps.keys, wrong, f"{name} is a later step of the route", "Point at a later one", to)
    has_end = np.zeros(len(products.keys), np.bool_)
    np.logical_or.at(has_end, product, steps.skip < 1.0)
    endless = ~has_end & np.isin(np.arange(len(has_end)), problem.sources.product[problem.sources.kind > 0])
    rules.tell("products", products.keys, endless, "a product that is replaced by the next does something",
               "Let it do a step")  # fmt: skip


def _check_floor(rules: _Rules, problem: FloorProblem) -> None:
    groups, machines, sources = problem.groups, problem.machines, problem.sources
    rules.keys("groups", groups.keys)
    rules.keys("machines", machines.keys)
    rules.tell("groups", groups.keys, np.diff(groups.ptr) < 1, "a group has a machine", "Add its machines")
    owner = groups.keys[np.repeat(np.arange(len(groups.keys)), np.diff(groups.ptr))]
    rules.refers("groups", owner, groups.machine, len(machines.keys), "the machine", may_lack=False)
    rules.within("groups", owner, groups.factor, 1e-9, 1e9, "the factor of run times")
    rules.within("groups", groups.keys, groups.rule, 0, 4, "the rule")
    rules.within("groups", groups.keys, groups.capacity, -1, 2**40, "the capacity")
    rules.refers("machines", machines.keys, machines.calendar, len(problem.calendars.cycle), "the calendar")
    rules.refers("machines", machines.keys, machines.matrix, len(problem.setups), "the setup matrix")
    families = problem.setups.shape[1] - 1 if len(problem.setups) else 2**30
    rules.refers("machines", machines.keys, machines.family, families, "the setup family")
    rules.refers("steps", problem.steps.keys, problem.steps.family, families, "the setup family")
    if len(problem.setups) and len(problem.families) not in (0, families):
        rule, remedy = f"names are given to none or to all of the {families} setup families", "Name them all"
        rules.found.add(Finding("setups", rule, remedy, value=str(len(problem.families))))
    if not (problem.setups >= 0.0).all():
        rules.found.add(Finding("setups", "a setup takes no less than 0 seconds", "Mend the matrix"))
    rules.keys("sources", sources.keys)
    rules.refers("sources", sources.keys, sources.product, len(problem.products.keys), "the product", may_lack=False)
    rules.within("sources", sources.keys, sources.kind, 0, 2, "the kind of source")
    rules.within("sources", sources.keys, sources.lots, 1, MOST_THINGS // 4, "the number of lots")
    rules.times("sources", sources.keys, sources.between, "the interval", len(problem.tables))
    still = (sources.kind == 0) & ~(sources.between.mean > 0.0)
    rules.tell("sources", sources.keys, still, "arrivals are some time apart", "Enter the mean interval")
    if (sources.factor < 0.0).any():
        rules.found.add(Finding("sources", "a factor is not below 0", "Mend the profile"))
    _check_saturated(rules, problem)
    orders = problem.orders
    names = orders.keys if len(orders.keys) else np.arange(len(orders.product)).astype(np.object_)
    if len(orders.keys):
        rules.keys("orders", orders.keys)
    rules.refers("orders", names, orders.product, len(problem.products.keys), "the product", may_lack=False)
    rules.within("orders", names, orders.pieces, 1, 2**40, "pieces")
    rules.refers("orders", names, orders.step, len(problem.steps.keys), "the step")
    rules.tell("orders", names, ~np.isfinite(orders.release), "the release is a moment", "Enter it", orders.release)
    if (np.diff(orders.release) < 0.0).any():
        rules.found.add(Finding("orders", "orders come in the order of their release", "Sort them"))


def _check_saturated(rules: _Rules, problem: FloorProblem) -> None:
    sources = problem.sources
    for d in np.flatnonzero((sources.kind == SATURATED) & (sources.product < len(problem.products.keys))):
        first = problem.products.ptr[sources.product[d]]
        is_wrong = problem.steps.group[first] < 0 or problem.steps.skip[first] > 0.0
        if is_wrong or problem.steps.batch_family[first] >= 0:
            rules.found.add(
                Finding("sources", "a product that never runs out begins at machines, without batches and skips",
                        "Let it arrive instead", value=str(sources.keys[d]))
            )  # fmt: skip


def _check_around(rules: _Rules, problem: FloorProblem) -> None:
    lives, care, pools, tables = problem.lives, problem.care, problem.pools, len(problem.tables)
    machines, num_pools = len(problem.machines.keys), len(pools.keys)
    for place, section in (("failure modes", lives), ("care", care)):
        rules.keys(place, section.keys)
        rules.refers(place, section.keys, section.machine, machines, "the machine", may_lack=False)
        rules.refers(place, section.keys, section.pool, num_pools, "the pool")
    rules.within("failure modes", lives.keys, lives.clock, 0, 1, "the clock")
    rules.times("failure modes", lives.keys, lives.life, "the life", tables)
    rules.times("failure modes", lives.keys, lives.repair, "the repair", tables)
    rules.tell("failure modes", lives.keys, ~(lives.life.mean > 0.0), "a life lasts", "Enter the mean life")
    rules.refers("failure modes", lives.keys, lives.spare, len(problem.materials.keys), "the spare part")
    rules.within("care", care.keys, care.clock, 0, 2, "the clock")
    rules.within("care", care.keys, care.interval, 1e-9, 1e15, "the interval")
    rules.within("care", care.keys, care.first, 0.0, 1e15, "the first care")
    rules.times("care", care.keys, care.duration, "the duration", tables)
    rules.within("care", care.keys, care.skip, 0.0, 1.0, "the probability of leaving it out")
    rules.tell("care", care.keys, ~(care.patience >= 0.0), "patience is not below 0", "Enter 0 or more")
    rules.within("care", care.keys, care.most, 1.0, 1e6, "the most that failures grow by")
    rules.within("care", care.keys, care.growth, 0.0, 1e6, "the growth of failures")
    rules.keys("pools", pools.keys)
    rules.within("pools", pools.keys, pools.absence, 0.0, 0.9, "the probability of absence")
    for name in ("build", "recover", "slower", "defects", "more_absent"):
        rules.within("pools", pools.keys, getattr(pools, name), 0.0, 1.0 if name == "recover" else 1e6, name)
    at_first = pools.ptr[:-1] < pools.ptr[1:]
    rules.tell("pools", pools.keys, ~at_first, "a pool has a shift", "Add its sizes")
    if at_first.all() and len(pools.keys):
        rules.tell("pools", pools.keys, pools.at[pools.ptr[:-1]] != 0.0, "the first shift begins at 0", "Begin at 0")
    owner = pools.keys[np.repeat(np.arange(len(pools.keys)), np.diff(pools.ptr))]
    rules.within("pools", owner, pools.size, 0, 65_535, "the size")
    rules.tell("pools", owner, pools.overtime > pools.size, "not more are on overtime than are there", "Lower it")
    rules.tell("pools", pools.keys, ~(pools.cycle > 0.0), "a cycle lasts", "Enter its length", pools.cycle)


def _check_supply(rules: _Rules, problem: FloorProblem) -> None:
    materials, outages, tables = problem.materials, problem.outages, len(problem.tables)
    rules.keys("materials", materials.keys)
    for name in ("stock", "order_quantity"):
        rules.within("materials", materials.keys, getattr(materials, name), 0.0, 1e15, name)
    rules.times("materials", materials.keys, materials.lead, "the lead time", tables)
    rules.refers("materials", materials.keys, materials.maker, len(problem.products.keys), "the product that makes it")
    rules.refers("materials", materials.keys, materials.outage, len(outages.keys), "the outage")
    part = (materials.maker >= 0) & (materials.order_quantity < 1.0) & (materials.order_quantity > 0.0)
    rules.tell("materials", materials.keys, part, "what is made is ordered in whole pieces", "Raise the quantity")
    for n, (b, maker) in enumerate(zip(range(len(materials.keys)), materials.maker, strict=True)):
        if 0 <= maker < len(problem.products.keys) and problem.products.makes[maker] != b:
            rules.found.add(Finding("materials", "the product that makes it raises its stock", "Set `makes`",
                                    value=str(materials.keys[n])))  # fmt: skip
    rules.keys("outages", outages.keys)
    rules.times("outages", outages.keys, outages.up, "the time between outages", tables)
    rules.times("outages", outages.keys, outages.down, "the length", tables)
    if not (outages.window_start < outages.window_end).all():
        rules.found.add(Finding("outages", "a window ends after it begins", "Mend the windows"))
    moves = problem.moves
    if len(moves.time) not in (0, moves.num_areas**2):
        rules.found.add(Finding("moves", "there is a time for each pair of areas", "Add the pairs that lack"))
    if len(moves.time):
        rules.refers("groups", problem.groups.keys, problem.groups.area, moves.num_areas, "the area", may_lack=False)
        rules.times("moves", np.arange(len(moves.time)).astype(np.object_), moves.time, "the move", tables)


def _is_short(calendars: Any) -> Bools:
    """Calendars whose spans overlap, are empty, or leave their cycle."""
    broken = np.zeros(len(calendars.cycle), np.bool_)
    for k in range(len(broken)):
        start = calendars.start[calendars.ptr[k] : calendars.ptr[k + 1]]
        end = calendars.end[calendars.ptr[k] : calendars.ptr[k + 1]]
        is_fine = (start >= 0.0).all() and (start < end).all() and (start[1:] >= end[:-1]).all()
        broken[k] = not (is_fine and (len(end) == 0 or end[-1] <= calendars.cycle[k]) and calendars.cycle[k] > 0.0)
    return broken


def check_problem(problem: FloorProblem) -> None:
    """Raise `InputError` with all rules that a problem breaks."""
    rules = _Rules()
    _check_routes(rules, problem)
    _check_floor(rules, problem)
    _check_around(rules, problem)
    _check_supply(rules, problem)
    names = np.arange(len(problem.calendars.cycle)).astype(np.object_)
    rules.tell("calendars", names, _is_short(problem.calendars),
               "spans are in order, longer than nothing, and within the cycle", "Mend the spans")  # fmt: skip
    if not problem.wear_tick_seconds > 0.0:
        rules.found.add(Finding("floor", "wear_tick_seconds is above 0", "Enter a day"))
    rules.found.raise_on_errors()


def check_play(starts: Sequence[State], until: float, begin: float, replications: int, period_seconds: float) -> None:
    """Raise `InputError` where what is asked of a play makes no sense."""
    found = Findings()
    if not (until > begin >= 0.0 and np.isfinite(until)):
        found.add(
            Finding("play", f"the end is a moment after the begin ({begin:g})", "Set a later end", value=f"{until:g}")
        )
    if replications < 1:
        found.add(Finding("play", "there is at least one replication", "Ask for one or more", value=str(replications)))
    if not period_seconds > 0.0 or (until - begin) / period_seconds > 1e6:
        found.add(
            Finding("play", "there are at most a million periods", "Set their length", value=f"{period_seconds:g}")
        )
    if starts and len({(state.now, state.seed) for state in starts}) > 1:
        found.add(Finding("play", "all states are of one moment and one seed", "Play them in groups"))
    if found.has_errors:
        raise InputError(found)
