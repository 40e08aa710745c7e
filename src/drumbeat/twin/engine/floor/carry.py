"""Carry a floor over to a problem that has changed: lots, wear, stock, people and luck go on."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from drumbeat.basics.arrays import Bools, Int64s, Texts
from drumbeat.twin.engine.floor import moments as at
from drumbeat.twin.engine.floor import records as r
from drumbeat.twin.engine.floor.build_floor import build_floor
from drumbeat.twin.engine.floor.far import make_table
from drumbeat.twin.engine.floor.grow import grow_heap, make_room
from drumbeat.twin.engine.floor.kinds import CALENDAR, PIECES, RENEWAL
from drumbeat.twin.engine.floor.problem import FloorProblem
from drumbeat.twin.engine.floor.resume import GONE, resume
from drumbeat.twin.engine.floor.state import State

CARRIED = {
    "machine": (
        "work", "phase", "broken", "fails", "made", "lots", "pieces", "pieces_before", "began", "left", "run_seconds",
        "is_through", "turns", "ended", "busy", "wear", "cared", "family",
    ),
    "group": ("arrivals", "starts", "queue", "wait"),
    "product": (
        "serial", "released", "finished", "scrapped", "lost", "pieces_finished", "pieces_scrapped", "reworks",
        "over_limit", "escaped", "found", "orders_finished", "orders_on_time", "wip_integral", "residence", "cycle",
        "cycle_squares", "tardiness",
    ),
    "source": ("drawn",),
    "life": ("is_waiting", "begun", "failures", "fails_at", "failed", "wait"),
    "care": ("is_due", "drawn", "done", "skipped", "last", "next", "due_since", "booked", "overdue"),
    "pool": (
        "shift", "fatigue", "over_share_hours", "held_integral", "present_integral", "over_integral",
    ),
    "material": (
        "held", "to_make", "drawn", "stock", "on_order", "integral", "used", "short", "is_wanted", "short_since",
    ),
    "outage": ("drawn", "window"),
}  # fmt: skip
"""Fields that things with the same key take with them; everything else is the new problem's."""


def match_keys(old: Texts, new: Texts) -> Int64s:
    """For each old key the index of the same key among the new ones, -1 where it has gone."""
    place = {key: n for n, key in enumerate(new)}
    return np.array([place.get(key, -1) for key in old], np.int64)


class _Matches:
    """What has become of each old thing."""

    def __init__(self, old: FloorProblem, new: FloorProblem) -> None:
        sections = {
            "machine": "machines", "group": "groups", "product": "products", "source": "sources", "life": "lives",
            "care": "care", "pool": "pools", "material": "materials", "outage": "outages", "step": "steps",
        }  # fmt: skip
        self.of = {
            name: match_keys(getattr(old, section).keys, getattr(new, section).keys)
            for name, section in sections.items()
        }
        groups = new.groups
        of = np.repeat(np.arange(len(groups.keys)), np.diff(groups.ptr))
        self.members = set(zip(of.tolist(), groups.machine.tolist(), strict=True))

    def find_new(self, name: str, count: int) -> Bools:
        """Which of the new things were not there before."""
        is_new = np.ones(count, np.bool_)
        is_new[self.of[name][self.of[name] >= 0]] = False
        return is_new

    def index(self, name: str, values: Any) -> Any:
        """Carry indices over; -1 stays -1."""
        values = np.asarray(values)
        if not len(self.of[name]):
            return np.full(values.shape, -1)
        return np.where(values >= 0, self.of[name][np.maximum(values, 0)], -1)


def _carry_fields(old: r.Floor, new: r.Floor, matches: _Matches) -> None:
    for name, fields in CARRIED.items():
        to = matches.of[name]
        kept = np.flatnonzero(to >= 0)
        before, after = getattr(old, name), getattr(new, name)
        for field in fields:
            after[field][to[kept]] = before[field][: len(to)][kept]


def _match_families(new: r.Floor, matches: _Matches, before: FloorProblem, after: FloorProblem) -> None:
    """Find the families that carried machines are set up for by their names, or by number where they have none."""
    carried = ~matches.find_new("machine", len(new.machine))
    family = new.machine["family"]
    if len(before.families) and len(after.families):
        to = np.append(match_keys(before.families, after.families), -1)
        family[carried] = to[family[carried]]
    elif len(after.setups):
        family[family >= after.setups.shape[1] - 1] = -1  # a family that is no more


def _step_of(old: r.Floor, matches: _Matches, lot: Any, field: str) -> int:
    """Step that a lot goes on to: its own, or the next one of its old route that is still there; `GONE` if none."""
    step, last = int(lot[field]), int(old.product[lot["product"]]["step1"])
    if matches.of["product"][lot["product"]] < 0:
        return GONE
    while 0 <= step < last:
        if matches.of["step"][step] >= 0:
            return int(matches.of["step"][step])
        step += 1
    return GONE


def _drop_machines(old: r.Floor, new: r.Floor, matches: _Matches) -> list[int]:
    """Lots of machines that are gone, or whose step is no longer theirs: they queue again."""
    again: list[int] = []
    machine_to = matches.of["machine"]
    for m, machine in enumerate(old.machine):
        to = int(machine_to[m])
        lots = _chain(old, int(machine["lot"]))
        if not lots:
            continue
        steps = [_step_of(old, matches, old.lot[i], "step") for i in lots]
        # A group that has got another machine has another key: what counts is that this one still belongs to the step.
        groups = [-1 if step == GONE else int(new.step[step]["group"]) for step in steps]
        group = next((one for one in groups if (one, to) in matches.members), -1)
        # Lots of a batch may be of several products: those that are gone, or go elsewhere now, leave it.
        kept = [i for i, one in zip(lots, groups, strict=True) if group >= 0 and one == group]
        again += [i for i in lots if i not in kept]
        if kept:
            new.machine[to]["lot"], new.machine[to]["group"] = kept[0], group
            new.lot["next"][kept] = [*kept[1:], -1]
        elif to >= 0:
            new.machine[to]["work"], new.machine[to]["left"] = r.FREE, 0.0
    for m, machine in enumerate(old.machine):
        to = int(machine_to[m])
        if to >= 0 and machine["work"] == r.CARING:
            care = int(matches.index("care", machine["care"]))
            new.machine[to]["care"] = care
            if care < 0:
                new.machine[to]["work"] = r.FREE
    return again


def _chain(floor: r.Floor, head: int) -> list[int]:
    found = []
    while head >= 0:
        found.append(head)
        head = int(floor.lot[head]["next"])
    return found


def _carry_lots(old: r.Floor, new: r.Floor, matches: _Matches) -> tuple[r.Floor, list[int]]:
    """Carry the lots over, and list those that wait, in the order in which they came."""
    new = new._replace(lot=old.lot.copy(), order=old.order.copy())
    waiting = [(float(old.lot[i]["entered"]), i) for group in old.group for i in _chain(old, int(group["head"]))]
    outside = [i for group in old.group for i in _chain(old, int(group["outside_head"]))]
    again = _drop_machines(old, new, matches)
    for i in np.flatnonzero(old.lot["is_used"]):
        lot, before = new.lot[i], old.lot[i]
        product = int(matches.of["product"][before["product"]])
        for field in ("step", "target"):
            if before[field] >= 0:
                lot[field] = _step_of(old, matches, before, field)
        lot["product"] = product
        if lot["is_passing"] and lot["step"] == GONE:
            lot["is_passing"], lot["target"] = 0, GONE
        lot["limit_step"] = int(matches.index("step", before["limit_step"]))
        for pair in (("dedicated", "dedicated_step"), ("dedicated1", "dedicated_step1")):
            lot[pair[0]] = int(matches.index("machine", before[pair[0]])) if before[pair[1]] >= 0 else -1
            lot[pair[1]] = int(matches.index("step", before[pair[1]])) if lot[pair[0]] >= 0 else -1
    return new, [i for _, i in sorted(waiting)] + again + outside


def _carry_events(old: r.Floor, new: r.Floor, matches: _Matches) -> r.Floor:
    """Carry over what is about to happen; hours, shifts, ticks and the list of orders are planned anew."""
    size = int(old.counter[r.HEAP_SIZE])
    code = old.heap["code"][:size]
    kind, who = (code >> at.WHO_BITS) & ((1 << at.KIND_BITS) - 1), code & (at.MOST_THINGS - 1)
    by = {
        at.ARRIVES: "source", at.CARE_DUE: "care", at.CARE_DONE: "machine", at.REPAIRED_AT: "life", at.FAILS: "life",
        at.OUTAGE_CHANGE: "outage", at.RECEIPT: "material", at.FOUND: "product", at.ENTERS: "", at.WORK: "machine",
    }  # fmt: skip
    kept: list[tuple[float, int]] = []
    for n in np.argsort(old.heap["time"][:size], kind="stable"):
        section = by.get(int(kind[n]))
        if section is None or not _is_live(old, int(kind[n]), int(who[n]), int(code[n])):
            continue
        to = int(matches.of[section][who[n]]) if section else int(who[n])
        if to >= 0 and _is_wanted(new, int(kind[n]), to):
            kept.append((float(old.heap["time"][n]), _recode(new, int(code[n]), int(kind[n]), to)))
    kept += _list_deliveries(new, float(old.clock[r.NOW]))
    # What waits may wait for a batch, or for a held order to be sent: an event each, planned anew.
    again = int((new.lot["is_used"] == 1).sum()) + int(new.material["held"].sum())
    while len(new.heap) < len(kept) + again + 2 * int(new.counter[r.HEAP_MARGIN]):
        new = grow_heap(new)
    kept.sort()
    for n, (time, code_n) in enumerate(kept):
        new.heap[n] = (time, code_n)
    new.counter[r.HEAP_SIZE] = len(kept)
    return new


def _list_deliveries(new: r.Floor, now: float) -> list[tuple[float, int]]:
    """What was ordered before the start and is still to come, as the new problem has it."""
    times = new.receipt["time"]
    return [(float(times[w]), (at.DELIVERY << at.WHO_BITS) + w) for w in np.flatnonzero(times > now).tolist()]


def _recount_orders(old: r.Floor, new: r.Floor, matches: _Matches, now: float) -> None:
    """Bring open orders to the deliveries of the new problem that are still to come: those of the old one are gone."""
    new.material["on_order"][matches.find_new("material", len(new.material))] = 0.0
    for floor, to, sign in ((old, matches.of["material"], -1.0), (new, np.arange(len(new.material)), 1.0)):
        to_come = floor.receipt[floor.receipt["time"] > now]
        for material, quantity in zip(to_come["material"].tolist(), to_come["quantity"].tolist(), strict=True):
            if to[material] >= 0:
                new.material["on_order"][to[material]] += sign * quantity
    np.maximum(new.material["on_order"], 0.0, out=new.material["on_order"])


def _is_live(old: r.Floor, kind: int, who: int, code: int) -> bool:
    if kind == at.WORK:
        return bool(old.machine[who]["pending"] == code)
    return kind != at.FAILS or bool(old.life[who]["pending"] == code)


def _is_wanted(new: r.Floor, kind: int, to: int) -> bool:
    """Whether an event still makes sense where things have changed."""
    if kind == at.WORK:
        return bool(new.machine[to]["lot"] >= 0)
    if kind == at.CARE_DONE:
        return bool(new.machine[to]["work"] == r.CARING)
    if kind == at.CARE_DUE:
        return False  # planned anew from its last reading
    if kind == at.ENTERS:
        return bool(new.lot[to]["product"] >= 0)
    if kind == at.ARRIVES:
        return bool(new.source[to]["kind"] == RENEWAL)
    return True


def _recode(new: r.Floor, code: int, kind: int, to: int) -> int:
    number = code >> (at.WHO_BITS + at.KIND_BITS)
    changed = (((number << at.KIND_BITS) + kind) << at.WHO_BITS) + to
    if kind == at.WORK:
        new.machine[to]["pending"] = changed
    elif kind == at.FAILS:
        new.life[to]["pending"] = changed
    return changed


def _plan_shifts(problem: FloorProblem, new: r.Floor, now: float) -> None:
    """Set pools to the shift under way: the kernel begins it again, with its own absence."""
    pools = problem.pools
    for c in range(len(pools.keys)):
        levels = pools.at[pools.ptr[c] : pools.ptr[c + 1]]
        cycle = float(pools.cycle[c])
        began = math.floor(now / cycle) * cycle if cycle < math.inf else 0.0
        new.pool[c]["cycle_began"] = began
        new.pool[c]["shift"] = max(new.pool[c]["shift"] - 1, 0)  # the same absence is drawn again
        new.pool[c]["at"] = max(int(np.searchsorted(levels, now - began, side="right")) - 1, 0)


def _plan_hours(problem: FloorProblem, new: r.Floor, now: float) -> None:
    """Set calendars to the next change after now, and close the machines that are closed now."""
    calendars = problem.calendars
    for k in range(len(calendars.cycle)):
        start = calendars.start[calendars.ptr[k] : calendars.ptr[k + 1]]
        end = calendars.end[calendars.ptr[k] : calendars.ptr[k + 1]]
        cycle = float(calendars.cycle[k])
        began = math.floor(now / cycle) * cycle if cycle < math.inf else 0.0
        passed = int((start <= now - began).sum() + (end <= now - began).sum())
        is_closed = int((start <= now - began).sum() == (end <= now - began).sum())
        new.calendar[k]["cycle_began"], new.calendar[k]["at"], new.calendar[k]["is_closed"] = began, passed, is_closed
        new.machine["closed"][problem.machines.calendar == k] = is_closed


def _count_stops(old: r.Floor, new: r.Floor, matches: _Matches) -> None:
    """Outages that are on, and the machines that they stop."""
    for o, to in enumerate(matches.of["outage"]):
        if to >= 0:
            after = new.outage[to]
            is_known = after["window"] & 1 if after["window"] < 2 * (after["window1"] - after["window0"]) else 0
            after["num_down"] = int(old.outage[o]["drawn"] & 1) + int(is_known)
            if after["num_down"]:
                new.machine["stopped"][new.lists[after["machine0"] : after["machine1"]]] += 1


def _carry_upkeep(old: r.Floor, new: r.Floor, matches: _Matches, now: float) -> Bools:
    """Recount breakdowns and due cares; return which lives are new."""
    is_new = matches.find_new("life", len(new.life))
    new.machine["broken"] = 0
    struck = ~is_new & np.isinf(new.life["fails_at"])
    np.add.at(new.machine["broken"], new.life["machine"][struck], 1)
    is_due = new.care["is_due"] == 1
    np.add.at(new.machine["due_cares"], new.care["machine"][is_due], 1)
    new.counter[r.CARES_DUE] = int(is_due.sum())
    known = ~matches.find_new("care", len(new.care))
    new.care["next"][known] = new.care["last"][known] + new.care["interval"][known]
    owner = new.machine[new.care["machine"]]
    clock = np.select(
        [new.care["clock"] == CALENDAR, new.care["clock"] == PIECES], [now, owner["pieces"]], owner["busy"]
    )
    for field in ("last", "next"):
        new.care[field][~known] += clock[~known]
    head, chain = int(old.counter[r.REPAIRS]), []
    while head >= 0:
        if matches.of["life"][head] >= 0:
            chain.append(int(matches.of["life"][head]))
        head = int(old.life[head]["next"])
    for k, after in zip(chain, [*chain[1:], -1], strict=False):
        new.life[k]["next"] = after
    new.counter[r.REPAIRS] = chain[0] if chain else -1
    return is_new


def _recount(new: r.Floor, problem: FloorProblem, old: r.Floor, now: float) -> None:
    """Recount what follows from the rest: lots by product, free and empty machines, orders on their way, the clock."""
    used = new.lot[new.lot["is_used"] == 1]
    new.product["wip"] = np.bincount(used["product"][used["product"] >= 0], minlength=len(new.product))
    for name in ("machine", "group", "product", "pool", "material"):
        getattr(new, name)["since"] = now
    new.pool["sized"] = now
    for field in (r.NUMBER, r.FREE_LOT, r.LOTS_LEFT, r.FREE_ORDER, r.ORDERS_LEFT, r.EVENTS, r.NUM_RELEASED, r.TRACED):
        new.counter[field] = old.counter[field]
    new.clock[r.NOW], new.clock[r.BEGIN], new.luck[0] = now, old.clock[r.BEGIN], old.luck[0]
    released = problem.orders.release
    new.counter[r.NEXT_LISTED] = int((released <= now).sum())


def carry_state(state: State, before: FloorProblem, after: FloorProblem) -> State:
    """Carry a floor over to a problem that has changed.

    Things are found again by their keys. Lots keep their place in line, work under way goes on, wear, backlog, stock,
    open orders and fatigue stay, and luck goes on where it was: what has not changed draws what it would have drawn.
    New machines, failure modes and sources begin now; what has gone takes its events with it. A lot whose machine has
    gone queues again and starts anew; one whose step has gone goes on with the next step of its route that is there, or
    leaves finished; one whose product has gone leaves scrapped. Hours and shifts are those of the new problem at this
    moment. Lives under way end when they would have ended; new distributions count from the next draw on. Listed orders
    of the new problem that were to be released until now are taken as released.

    Parameters
    ----------
    state
        As it was when `before` ended; it is not changed.
    before, after
        The problem it was played on, and the one to go on with.

    Raises
    ------
    InputError
        The new problem breaks rules.
    """
    old, now = state.floor, state.now
    matches = _Matches(before, after)
    new = build_floor(after, state.seed, state.replication)
    _carry_fields(old, new, matches)
    _match_families(new, matches, before, after)
    new, waiting = _carry_lots(old, new, matches)
    lives = _carry_upkeep(old, new, matches, now)
    _recount_orders(old, new, matches, now)
    new = _carry_events(old, new, matches)
    _plan_shifts(after, new, now)
    _plan_hours(after, new, now)
    _count_stops(old, new, matches)
    _recount(new, after, old, now)
    new = make_room(new)
    table, line = make_table(new), np.array([*waiting, -1], np.int64)
    others = (matches.find_new("source", len(new.source)), matches.find_new("outage", len(new.outage)))
    resume(table.ctypes.data, now, line, np.append(lives, False), *(np.append(other, False) for other in others))
    return State(now, state.seed, state.replication, new)
