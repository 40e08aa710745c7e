"""Changes where items come out together, stand in for each other or are on their way: still only what they touch."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from drumbeat.basics.findings import InputError
from drumbeat.planning.engine.check import check
from drumbeat.planning.engine.choose_substitutes import Substitutes, add_replacements, choose_substitutes
from drumbeat.planning.engine.find_levels import find_levels
from drumbeat.planning.engine.problem import BUY, FAR_FUTURE, FAR_PAST, MAKE, MOVE, Flows, Outputs, Problem
from drumbeat.planning.engine.read_result import read_result
from drumbeat.planning.engine.replan import begin_plan, replan
from tests.planning.engine.small_plant import DAY, Beside, Due, Item, Line, Plant, Want
from tests.planning.engine.test_replan import assert_like_a_full_run, change_rows, changed, put_row, rich_problems


def without_circles(problem: Problem, **parts: Any) -> Problem:
    """The problem with these parts, or as it was where they lead in a circle."""
    try:
        find_levels(replace(problem, **parts))
    except InputError:
        return problem
    return replace(problem, **parts)


@st.composite
def joined_problems(draw: st.DrawFn) -> Problem:
    """Any small plant with items that come out together, orders under way that bring such items, and transfers."""
    problem = draw(rich_problems())
    size, methods, receipts = problem.num_buffers, problem.methods, problem.receipts
    buffers = st.integers(0, size - 1)
    made = np.flatnonzero(methods.kind == MAKE).tolist()
    chosen = draw(st.lists(st.tuples(st.sampled_from(made), buffers), max_size=4, unique=True)) if made else []
    owner = np.repeat(np.arange(size), np.diff(methods.ptr))
    chosen = sorted((m, b) for m, b in chosen if owner[m] != b and not problem.buffers.is_phantom[[owner[m], b]].any())
    if chosen:
        outputs = Outputs(
            np.searchsorted([m for m, _ in chosen], np.arange(len(owner) + 1)).astype(np.int64),
            np.array([b for _, b in chosen], np.int32), np.array([draw(st.sampled_from([0.5, 1.0])) for _ in chosen]),
            np.array([draw(st.booleans()) for _ in chosen]),
        )  # fmt: skip
        problem = without_circles(problem, outputs=outputs)
    if problem.outputs is not None and draw(st.booleans()):
        maker, product = int(owner[chosen[0][0]]), chosen[0][1]
        at = len(receipts.time)
        receipts = replace(receipts, leader=np.arange(at, dtype=np.int32))
        for key, buffer, to_issue in (("w", maker, 5.0), ("w", product, 0.0)):
            receipts = put_row(
                receipts, len(receipts.time), keys=key, kind=MAKE, buffer=buffer, quantity=5.0, time=2 * DAY,
                is_movable=False, start=DAY, units_to_issue=to_issue, source=-1, leader=at,
            )  # fmt: skip
        problem = replace(problem, receipts=receipts)
    taker, giver = draw(buffers), draw(buffers)
    problem = without_circles(problem, flows=Flows(np.array([taker], np.int32), np.array([giver], np.int32)))
    if problem.flows is not None:
        row: dict[str, Any] = {} if not len(problem.receipts.leader) else {"leader": len(problem.receipts.time)}
        problem = replace(problem, receipts=put_row(
            problem.receipts, len(problem.receipts.time), keys="t", kind=MOVE, buffer=taker, quantity=4.0, time=3 * DAY,
            is_movable=False, start=DAY, units_to_issue=0.0, source=giver, **row,
        ))  # fmt: skip
    return problem


@given(joined_problems(), st.data())
@settings(max_examples=100, deadline=None)
def test_changes_give_what_full_runs_give_also_where_items_come_out_together(
    problem: Problem, data: st.DataObject
) -> None:
    plan = begin_plan(problem)
    for number in range(2):
        problem = data.draw(changed(problem, number))
        plan = replan(plan, problem)
        assert_like_a_full_run(plan, problem)


def sawmill() -> Problem:
    """Boards of logs with sawdust beside them, pellets of sawdust; a lamp that shares nothing with them."""
    return Plant(
        {
            "BOARD": Item(lead=1), "PELLET": Item(lead=1), "DUST": Item(kind=BUY, lead=4),
            "LOG": Item(kind=BUY, lead=3), "LAMP": Item(kind=BUY, lead=1),
        },
        [Line("BOARD", "LOG"), Line("PELLET", "DUST", 2)],
        [Want("BOARD", 40, 9), Want("PELLET", 10, 20), Want("LAMP", 2, 3)],
        besides=[Beside("BOARD", "DUST", 0.2)],
    ).problem()  # fmt: skip


def names(problem: Problem, buffers: Any) -> list[str]:
    return [str(problem.buffers.keys[one]) for one in buffers]


def test_more_boards_mean_less_sawdust_to_buy_and_the_rest_is_left_alone() -> None:
    problem = sawmill()
    plan = begin_plan(problem)
    # Pellets, lamps, boards, sawdust, logs: 40 boards bring 8 of the 20 sawdust that ten pellets take; 60 boards 12.
    assert read_result(plan).orders.quantity.tolist() == [10, 2, 40, 12, 40]
    more = replace(problem, demands=change_rows(problem.demands, 0, quantity=60.0))
    after = replan(plan, more)
    assert names(problem, after.renewed) == ["BOARD", "DUST", "LOG"]
    result = assert_like_a_full_run(after, more)
    assert result.orders.quantity.tolist() == [10, 2, 60, 8, 60]


def test_late_logs_make_the_pellets_late_through_the_sawdust() -> None:
    problem = sawmill()
    problem = replace(problem, methods=change_rows(problem.methods, 2, valid_to=0))  # no more sawdust to buy
    problem = replace(problem, demands=change_rows(problem.demands, 1, quantity=4.0))
    plan = begin_plan(problem)
    assert plan.num_late == 0
    slow = replace(problem, methods=change_rows(problem.methods, 3, lead_seconds=30 * DAY))
    after = replan(plan, slow)
    assert_like_a_full_run(after, slow)
    # Logs on day 30, boards and sawdust on day 31, pellets on day 32.
    assert (after.ready / DAY).tolist() == [31.0, 32.0, 3.0]
    assert plan.num_late == 0


def test_what_stands_in_is_planned_by_itself_and_as_a_full_run() -> None:
    """Ten cups on day 5 of steel that takes 20 days; of 30 bolts of inox in stock ten stand in."""
    plant = Plant(
        {"CUP": Item(), "STEEL": Item(kind=BUY, lead=20), "INOX": Item(kind=BUY, lead=20, stock=30), "LAMP": Item()},
        [Line("CUP", "STEEL")], [Want("CUP", 10, 5), Want("LAMP", 1, 1)],
    )  # fmt: skip
    one = np.array([1], np.int32)
    problem = plant.problem()
    receipts = replace(problem.receipts, source_per=np.empty(0))
    problem = replace(problem, receipts=receipts, flows=Flows(one, one + np.int32(1)))
    substitutes = Substitutes(one, one + np.int32(1), one - np.int32(2), np.ones(1), np.array([False]),
                              np.array([FAR_PAST]), np.array([FAR_FUTURE]))  # fmt: skip
    plan = begin_plan(problem)
    assert plan.num_late == 1
    replaced = add_replacements(problem, substitutes, choose_substitutes(problem, read_result(plan), substitutes))
    after = replan(plan, replaced)
    assert names(problem, after.renewed) == ["STEEL", "INOX"]
    result = assert_like_a_full_run(after, replaced)
    assert [str(finding) for finding in check(replaced, result)] == []
    assert after.num_late == 0


def test_a_receipt_beside_another_has_its_key_and_is_told_apart() -> None:
    """An order under way brings sawdust too; another order's change touches only that."""
    problem = sawmill()
    receipts = Plant(
        {name: Item() for name in ("BOARD", "PELLET", "DUST", "LOG", "LAMP")},
        dues=[Due("BOARD", 5, 2, False, 1, 5, kind=MAKE), Due("DUST", 1, 2, False, 1, kind=MAKE), Due("LAMP", 1, 1)],
    ).problem().receipts  # fmt: skip
    keys = np.array(["W", "W", "P"], dtype=object)
    receipts = replace(receipts, keys=keys, leader=np.array([0, 0, 2], np.int32))
    problem = replace(problem, receipts=receipts)
    plan = begin_plan(problem)
    later = replace(problem, receipts=change_rows(receipts, 2, time=9 * DAY))
    after = replan(plan, later)
    assert names(problem, after.renewed) == ["LAMP"]
    assert_like_a_full_run(after, later)
    slower = replace(later, receipts=change_rows(later.receipts, slice(0, 2), time=6 * DAY))
    assert_like_a_full_run(replan(after, slower), slower)
