"""A change planned by itself gives what a full run gives, to the last bit."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drumbeat.planning.engine.keep_plan import Plan
from drumbeat.planning.engine.net_requirements import net_requirements
from drumbeat.planning.engine.problem import BUY, FAR_FUTURE, MAKE, LotRules, Problem
from drumbeat.planning.engine.read_result import read_result
from drumbeat.planning.engine.replan import begin_plan, replan
from drumbeat.planning.engine.result import Result
from tests.planning.engine.small_plant import DAY, Due, Item, Line, Plant, Want
from tests.planning.engine.test_plan_properties import amounts, days, plants


def list_differences(found: Any, wanted: Any, path: str = "") -> list[str]:
    """List the fields in which two results differ; arrays exactly."""
    if isinstance(wanted, np.ndarray):
        same = found.dtype == wanted.dtype and np.array_equal(found, wanted)
        return [] if same else [f"{path}: {found} instead of {wanted}"]
    listed = []
    for one in fields(wanted):
        listed += list_differences(getattr(found, one.name), getattr(wanted, one.name), f"{path}.{one.name}")
    return listed


def assert_like_a_full_run(plan: Plan, problem: Problem) -> Result:
    """Compare a plan with netting the problem from nothing."""
    wanted, found = net_requirements(problem), read_result(plan)
    assert list_differences(found, wanted) == []
    assert plan.ready.tolist() == wanted.demands.ready.tolist()
    is_short = (wanted.demands.cause != 0).sum()
    assert plan.num_late == is_short
    return found


def change_rows(rows: Any, at: int, **values: Any) -> Any:
    """Return rows of which one has other values."""
    columns = {}
    for name, value in values.items():
        columns[name] = getattr(rows, name).copy()
        columns[name][at] = value
    return replace(rows, **columns)


def drop_row(rows: Any, at: int) -> Any:
    """Return rows without one."""
    return replace(rows, **{
        one.name: np.delete(getattr(rows, one.name), at) for one in fields(rows) if len(getattr(rows, one.name))
    })  # fmt: skip


def put_row(rows: Any, at: int, **values: Any) -> Any:
    """Return rows with one more."""
    columns = {}
    for one in fields(rows):
        column = getattr(rows, one.name)
        if one.name not in values:
            continue
        columns[one.name] = np.insert(column, at, np.array([values[one.name]], dtype=column.dtype))
    return replace(rows, **columns)


@st.composite
def rich_problems(draw: st.DrawFn) -> Problem:
    """A small plant with second ways of having items, suppliers' weeks and lot rules."""
    problem = draw(plants()).problem()
    size, methods = problem.num_buffers, problem.methods
    owner = np.repeat(np.arange(size), np.diff(methods.ptr))
    twice = [m for m in range(len(owner)) if draw(st.booleans())]
    order = np.sort(np.array([*range(len(owner)), *twice], dtype=np.int64), kind="stable")
    columns = {
        one.name: getattr(methods, one.name)[order]
        for one in fields(methods)
        if one.name not in ("ptr", "capacity_per_week", "routing_keys", "takes_bill")
    }
    lead = np.array([draw(st.sampled_from([0, DAY, 9 * DAY])) for _ in order], dtype=np.int64)
    columns["lead_seconds"] = np.where(np.diff(order, prepend=-1) > 0, columns["lead_seconds"], lead)
    ptr = np.searchsorted(owner[order], np.arange(size + 1)).astype(np.int64)
    capacity = np.array([draw(st.sampled_from([np.inf, np.inf, 5.0, 40.0])) for _ in order])
    rules = LotRules(
        np.array([draw(st.sampled_from([0, 0, 1, 2, 3, 4, 5, 6])) for _ in range(size)], dtype=np.int8),
        np.full(size, 7 * DAY), np.full(size, 30.0), np.full(size, 0.1),
        np.array([draw(st.sampled_from([0, 0, DAY])) for _ in range(size)], dtype=np.int64),
    )  # fmt: skip
    return replace(
        problem, methods=replace(methods, ptr=ptr, capacity_per_week=capacity, **columns),
        rules=draw(st.sampled_from([None, rules])),
    )  # fmt: skip


def _pick(draw: st.DrawFn, size: int) -> int:
    return draw(st.integers(0, size - 1))


@st.composite
def changed(draw: st.DrawFn, problem: Problem, number: int) -> Problem:
    """The problem with one change, whatever it holds."""
    demands, receipts, size = problem.demands, problem.receipts, problem.num_buffers
    kinds = ["new demand", "new receipt", "stock", "rule"]
    kinds += ["demand", "gone demand", "priority"] if problem.num_demands else []
    kinds += ["receipt"] if len(receipts.time) else []
    # Who comes out beside whom is told by number: rows before others stay as they are then.
    kinds += ["gone receipt"] if len(receipts.time) and not len(receipts.leader) else []
    kinds += ["method", "yield", "lot"] if len(problem.methods.kind) else []
    kind, buffer = draw(st.sampled_from(kinds)), _pick(draw, size)
    when, quantity = round(draw(days) * DAY), draw(amounts)
    if kind == "new demand":
        at = draw(st.sampled_from([0, len(demands.due)]))
        return replace(problem, demands=put_row(demands, at, keys=f"n{number}", buffer=buffer, quantity=quantity,
                                                due=when, priority=draw(st.sampled_from([1.0, 2.0]))))  # fmt: skip
    if kind == "new receipt":
        at = len(receipts.time) if len(receipts.leader) else draw(st.sampled_from([0, len(receipts.time)]))
        leader = {"leader": at} if len(receipts.leader) else {}
        return replace(problem, receipts=put_row(
            receipts, at, keys=f"n{number}", kind=draw(st.sampled_from([MAKE, BUY])), buffer=buffer, quantity=quantity,
            time=when, is_movable=draw(st.booleans()), start=when - DAY,
            units_to_issue=draw(st.sampled_from([0.0, quantity])), source=-1, **leader,
        ))  # fmt: skip
    if kind in ("demand", "priority"):
        values = draw(st.sampled_from([{"quantity": quantity}, {"due": when}, {"buffer": buffer}]))
        values = {"priority": draw(st.sampled_from([0.5, 1.0, 3.0]))} if kind == "priority" else values
        return replace(problem, demands=change_rows(demands, _pick(draw, len(demands.due)), **values))
    if kind == "gone demand":
        return replace(problem, demands=drop_row(demands, _pick(draw, len(demands.due))))
    if kind == "receipt":
        values = draw(st.sampled_from([{"quantity": quantity}, {"time": when}, {"is_movable": False},
                                       {"units_to_issue": quantity}, {"buffer": buffer}]))  # fmt: skip
        return replace(problem, receipts=change_rows(receipts, _pick(draw, len(receipts.time)), **values))
    if kind == "gone receipt":
        return replace(problem, receipts=drop_row(receipts, _pick(draw, len(receipts.time))))
    if kind == "stock":
        values = draw(st.sampled_from([{"stock": quantity}, {"safety_stock": 3.0}]))
        return replace(problem, buffers=change_rows(problem.buffers, buffer, **values))
    if kind == "rule":
        rules = problem.rules or LotRules.plain(size)
        return replace(problem, rules=change_rows(rules, buffer, rule=draw(st.integers(0, 5)), safety_seconds=DAY))
    values = {"method": {"lead_seconds": abs(when)}, "yield": {"yields": 0.8}, "lot": {"lot_multiple": 6.0}}[kind]
    return replace(problem, methods=change_rows(problem.methods, _pick(draw, len(problem.methods.kind)), **values))


@given(rich_problems(), st.data())
@settings(max_examples=120, deadline=None)
def test_changes_one_after_the_other_give_what_full_runs_give(problem: Problem, data: st.DataObject) -> None:
    plan = begin_plan(problem)
    for number in range(3):
        problem = data.draw(changed(problem, number))
        plan = replan(plan, problem)
        assert_like_a_full_run(plan, problem)


@given(rich_problems(), st.data())
@settings(max_examples=40, deadline=None)
def test_trials_leave_the_plan_as_it_was(problem: Problem, data: st.DataObject) -> None:
    """Trials side by side share a store; each stays what it was whatever is tried and dropped after it."""
    plan = begin_plan(problem)
    first, second = data.draw(changed(problem, 1)), data.draw(changed(problem, 2))
    replan(plan, first)
    kept = replan(plan, first)
    other = replan(plan, second)
    replan(kept, second)
    for one, of in ((plan, problem), (kept, first), (other, second)):
        assert_like_a_full_run(one, of)


def bicycle() -> Plant:
    """A bicycle of a frame and two wheels, the wheel of 36 spokes; a lamp that nothing shares."""
    return Plant(
        {
            "bike": Item(lead=1), "frame": Item(lead=3), "wheel": Item(lead=2, lot=(0, 10, np.inf)),
            "spoke": Item(kind=BUY, lead=5, lot=(0, 1000, np.inf)), "lamp": Item(kind=BUY, lead=1),
        },
        [Line("bike", "frame"), Line("bike", "wheel", 2), Line("wheel", "spoke", 36)],
        [Want("bike", 10, 30), Want("bike", 5, 60), Want("lamp", 3, 4)],
        [Due("spoke", 5000, 10)],
    )  # fmt: skip


def test_what_is_not_below_is_left_alone() -> None:
    problem = bicycle().problem()
    plan = begin_plan(problem)
    after = replan(plan, replace(problem, demands=change_rows(problem.demands, 0, quantity=12.0)))
    # 24 wheels make 30, which take 1080 spokes instead of 720: of 5000 spokes nobody orders more.
    assert [str(problem.buffers.keys[one]) for one in after.renewed] == ["bike", "frame", "wheel", "spoke"]
    assert after.num_retimed == 0
    result = assert_like_a_full_run(after, after.problem)
    wheels = result.orders.quantity[result.orders.buffer == 2]
    assert wheels.tolist() == [30.0, 10.0]


def test_netting_stops_where_orders_come_out_as_they_were() -> None:
    problem = bicycle().problem()
    plan = begin_plan(problem)
    # One bicycle more in stock than needed: the wheels are still ordered in tens, 20 and 10.
    fewer = replace(problem, demands=change_rows(problem.demands, 0, quantity=9.5))
    after = replan(plan, fewer)
    assert [str(problem.buffers.keys[one]) for one in after.renewed] == ["bike", "frame", "wheel"]
    assert_like_a_full_run(after, fewer)


def test_lateness_rises_from_a_delayed_receipt() -> None:
    problem = bicycle().problem()
    plan = begin_plan(problem)
    assert plan.num_late == 0
    delayed = replace(problem, receipts=change_rows(problem.receipts, 0, time=40 * DAY, is_movable=False))
    after = replan(plan, delayed)
    # A new order of spokes comes in time, so that nobody waits for the old one.
    assert_like_a_full_run(after, delayed)
    none = replace(delayed, methods=change_rows(delayed.methods, 3, valid_to=0))
    late = replan(after, none)
    assert_like_a_full_run(late, none)
    assert late.num_late == 1
    assert plan.num_late == 0


def test_another_bill_is_planned_anew() -> None:
    problem = bicycle().problem()
    plan = begin_plan(problem)
    other = replace(problem, bills=replace(problem.bills, quantity_per=problem.bills.quantity_per * 2))
    after = replan(plan, other)
    assert after.store is not plan.store
    assert_like_a_full_run(after, other)


def test_dropped_trials_leave_nothing_behind() -> None:
    problem = bicycle().problem()
    plan = begin_plan(problem)
    counts = []
    for quantity in range(20):
        replan(plan, replace(problem, demands=change_rows(problem.demands, 0, quantity=float(quantity))))
        counts.append(plan.store.requirements.count)
    assert max(counts) < 2 * plan.ends[2]


def test_nothing_wanted_and_nothing_changed() -> None:
    empty = Plant({}).problem()
    assert_like_a_full_run(replan(begin_plan(empty), empty), empty)
    problem = bicycle().problem()
    plan = begin_plan(problem)
    same = replan(plan, replace(problem))
    assert same.num_replanned == 0
    assert_like_a_full_run(same, problem)


def test_a_failure_half_way_leaves_the_store_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = bicycle().problem()
    plan = begin_plan(problem)
    more = replace(problem, demands=change_rows(problem.demands, 0, quantity=100.0))

    def cancel(share: float, text: str) -> None:
        if text == "level 1":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replan(plan, more, cancel)
    assert tuple(column.count for column in plan.store.all) == plan.ends
    assert_like_a_full_run(replan(plan, more), more)


def test_moments_far_away_and_huge_quantities() -> None:
    problem = bicycle().problem()
    plan = begin_plan(problem)
    far = replace(problem, demands=change_rows(problem.demands, 1, quantity=1e12, due=FAR_FUTURE // 4))
    assert_like_a_full_run(replan(plan, far), far)
