"""Netting by hand: every number here was worked out on paper."""

from __future__ import annotations

import numpy as np
import pytest

from drumbeat.basics.findings import InputError
from drumbeat.basics.progress import Cancelled
from drumbeat.planning.engine.check import check
from drumbeat.planning.engine.net_requirements import net_requirements
from drumbeat.planning.engine.problem import BUY, FAR_FUTURE, MAKE, MOVE, PlanParams, Problem
from drumbeat.planning.engine.result import (
    CANCEL,
    DEFER,
    EXPEDITE,
    LATE_RECEIPT,
    LEAD_TIME,
    NEW,
    NO_SUPPLY,
    ON_TIME,
    PAST_DUE,
    SHORT,
    SPLIT,
    Result,
)
from tests.planning.engine.small_plant import DAY, Due, Item, Line, Plant, Want

Orders = list[tuple[str, float, float, float]]


def solve(plant: Plant) -> tuple[Problem, Result]:
    """Plan, and let the judge have its say."""
    problem = plant.problem()
    result = net_requirements(problem)
    assert [str(finding) for finding in check(problem, result)] == []
    return problem, result


def orders_of(problem: Problem, result: Result) -> Orders:
    """Planned orders as (item, quantity, start day, need day)."""
    orders = result.orders
    return [
        (str(problem.buffers.keys[b]), float(q), float(s / DAY), float(n / DAY))
        for b, q, s, n in zip(orders.buffer, orders.quantity, orders.start, orders.need, strict=True)
    ]


def messages_of(result: Result) -> list[tuple[int, int, float, float]]:
    """Messages on receipts and demands as (kind, subject, from day, to day)."""
    messages = result.messages
    return [
        (int(k), int(s), float(f / DAY), float(t / DAY) if t < FAR_FUTURE else float("inf"))
        for k, s, f, t in zip(messages.kind, messages.subject, messages.from_time, messages.to_time, strict=True)
        if k != NEW
    ]


def test_two_levels_use_stock_before_they_order() -> None:
    plant = Plant(
        {"chair": Item(stock=3, lead=2), "leg": Item(stock=4, kind=BUY, lead=5, lot=(10, 5, float("inf")))},
        [Line("chair", "leg", per=4)],
        [Want("chair", 5, due=10), Want("chair", 6, due=30)],
    )
    problem, result = solve(plant)
    # 5 - 3 in stock = 2 chairs: 8 legs, 4 in stock, 4 short -> 10 ordered, 6 left; 6 chairs: 24 legs, 18 short -> 20.
    assert orders_of(problem, result) == [
        ("chair", 2, 8, 10),
        ("chair", 6, 28, 30),
        ("leg", 10, 3, 8),
        ("leg", 20, 23, 28),
    ]
    assert result.orders.demand.tolist() == [0, 1, 0, 1]
    assert messages_of(result) == []
    assert result.level.tolist() == [0, 1]


def test_a_phantom_is_blown_through_without_orders_of_its_own() -> None:
    plant = Plant(
        {"car": Item(lead=1), "kit": Item(is_phantom=True, lead=9), "wheel": Item(kind=BUY), "nut": Item(kind=BUY)},
        [Line("car", "kit", per=2), Line("kit", "wheel", per=2, scrap=0.2), Line("wheel", "nut", per=5)],
        [Want("car", 10, due=20)],
    )
    problem, result = solve(plant)
    # 10 x 2 kits x 2 wheels / 0.8 = 50 wheels, when the car starts; bought wheels take no nuts.
    assert orders_of(problem, result) == [("car", 10, 19, 20), ("wheel", 50, 19, 19)]


def test_scrap_and_yield_are_grossed_up() -> None:
    plant = Plant(
        {"lens": Item(yields=0.9, lead=3), "glass": Item(kind=BUY, lead=1)},
        [Line("lens", "glass", per=2, scrap=0.2)],
        [Want("lens", 90, due=10)],
    )
    problem, result = solve(plant)
    # 90 good lenses start as 100; 100 x 2 / 0.8 = 250.
    assert orders_of(problem, result) == [("lens", 90, 7, 10), ("glass", pytest.approx(250), 6, 7)]


def test_lot_rules_split_and_round() -> None:
    plant = Plant({"bolt": Item(kind=BUY, lot=(20, 8, 50))}, wants=[Want("bolt", 103, due=5), Want("bolt", 1, due=6)])
    problem, result = solve(plant)
    # 50 cut down to a multiple of 8 is 48; 103 - 96 = 7 -> at least 20, as a multiple 24; 17 are left for the next.
    assert orders_of(problem, result) == [("bolt", 48, 5, 5), ("bolt", 48, 5, 5), ("bolt", 24, 5, 5)]


def test_orders_of_exactly_one_size() -> None:
    plant = Plant({"tin": Item(lot=(500, 0, 500))}, wants=[Want("tin", 1200, due=9)])
    problem, result = solve(plant)
    assert [quantity for _, quantity, _, _ in orders_of(problem, result)] == [500, 500, 500]


def test_safety_stock_is_kept_and_restored_at_once() -> None:
    plant = Plant(
        {"oil": Item(stock=10, safety=8, kind=BUY, lead=2), "wax": Item(stock=3, safety=10, kind=BUY, lead=4)},
        wants=[Want("oil", 5, due=10)],
    )
    problem, result = solve(plant)
    # oil: 10 - 5 = 5 is 3 below 8; wax: 7 are missing from the first moment.
    assert orders_of(problem, result) == [("oil", 3, 8, 10), ("wax", 7, 0, 4)]
    assert result.orders.demand.tolist() == [-1, -1]
    # The demand itself is served from stock, so nothing is late.
    assert messages_of(result) == []


def test_demand_may_use_safety_stock_rather_than_be_late() -> None:
    plant = Plant({"oil": Item(stock=10, safety=8, kind=BUY, lead=30)}, wants=[Want("oil", 9, due=1)])
    problem, result = solve(plant)
    assert result.demands.cause.tolist() == [ON_TIME]
    assert result.demands.ready.tolist() == [DAY]
    assert orders_of(problem, result) == [("oil", 7, -29, 1)]


def test_effectivity_switches_by_the_start_of_the_order() -> None:
    plant = Plant(
        {"lamp": Item(lead=2), "bulb": Item(kind=BUY), "led": Item(kind=BUY)},
        [Line("lamp", "bulb", valid_to=10), Line("lamp", "led", valid_from=10)],
        [Want("lamp", 5, due=11), Want("lamp", 6, due=12)],
    )
    problem, result = solve(plant)
    # Lamps due on day 11 start on day 9 with bulbs; those due on day 12 start on day 10 with LEDs.
    assert orders_of(problem, result)[2:] == [("bulb", 5, 9, 9), ("led", 6, 10, 10)]


def test_what_is_on_its_way_is_expedited_deferred_or_cancelled() -> None:
    plant = Plant(
        {name: Item(kind=BUY, lead=3) for name in ("early", "late", "idle", "near")},
        wants=[Want("early", 5, due=40), Want("late", 5, due=10), Want("near", 5, due=14)],
        dues=[Due("early", 5, 10), Due("late", 5, 20), Due("idle", 5, 20), Due("near", 5, 10)],
    )
    problem, result = solve(plant)
    assert orders_of(problem, result) == []
    # "near" comes 4 days too early: within the 7 days of tolerance.
    assert messages_of(result) == [
        (EXPEDITE, 1, 20, 10),
        (DEFER, 0, 10, 40),
        (CANCEL, 2, 20, float("inf")),
        (SHORT, 1, 10, 20),
    ]
    assert result.demands.cause.tolist() == [ON_TIME, LATE_RECEIPT, ON_TIME]
    assert result.demands.culprit.tolist() == [-1, 1, -1]


def test_the_nervousness_tolerance_is_a_parameter() -> None:
    params = PlanParams(defer_tolerance_seconds=3 * DAY, expedite_tolerance_seconds=DAY)
    plant = Plant(
        {"a": Item(kind=BUY), "b": Item(kind=BUY)},
        wants=[Want("a", 5, due=14), Want("b", 5, due=9.5)],
        dues=[Due("a", 5, 10), Due("b", 5, 10)],
        params=params,
    )
    _, result = solve(plant)
    assert messages_of(result) == [(DEFER, 0, 10, 14), (SHORT, 1, 9.5, 10)]


@pytest.mark.parametrize(("share", "kind", "units"), [(0.5, SPLIT, 4), (0.3, EXPEDITE, 10)])
def test_a_receipt_of_which_little_is_needed_early_is_split(share: float, kind: int, units: float) -> None:
    plant = Plant(
        {"a": Item(kind=BUY, lead=90)},
        wants=[Want("a", 3, due=10), Want("a", 1, due=12), Want("a", 6, due=25)],
        dues=[Due("a", 10, 20)],
        params=PlanParams(split_share=share),
    )
    _, result = solve(plant)
    mine = result.messages.kind == kind
    assert result.messages.quantity[mine].tolist() == [units]
    assert (result.messages.from_time[mine] / DAY).tolist() == [20]
    assert (result.messages.to_time[mine] / DAY).tolist() == [10]
    assert not np.isin(result.messages.kind, list({SPLIT, EXPEDITE} - {kind})).any()


def test_the_share_of_a_split_is_a_share() -> None:
    with pytest.raises(ValueError, match="share"):
        PlanParams(split_share=1.5)


def test_an_overdue_receipt_is_expedited_to_now() -> None:
    plant = Plant({"a": Item(kind=BUY)}, wants=[Want("a", 5, due=3)], dues=[Due("a", 5, -2)])
    _, result = solve(plant)
    assert messages_of(result) == [(EXPEDITE, 0, -2, 3)]


def test_what_cannot_be_moved_is_waited_for_only_when_nothing_is_faster() -> None:
    late = Due("a", 5, 20, is_movable=False)
    quick = Plant({"a": Item(kind=BUY, lead=4)}, wants=[Want("a", 5, due=10)], dues=[late])
    problem, result = solve(quick)
    assert orders_of(problem, result) == [("a", 5, 6, 10)]
    slow = Plant({"a": Item(kind=BUY, lead=40)}, wants=[Want("a", 5, due=10)], dues=[late])
    problem, result = solve(slow)
    assert orders_of(problem, result) == []
    assert messages_of(result) == [(SHORT, 0, 10, 20)]


def test_short_names_the_order_whose_lead_time_makes_it_late() -> None:
    plant = Plant(
        {"top": Item(lead=2), "slow": Item(kind=BUY, lead=30), "fast": Item(kind=BUY, lead=1)},
        [Line("top", "slow"), Line("top", "fast")],
        [Want("top", 5, due=10)],
    )
    problem, result = solve(plant)
    assert messages_of(result) == [(SHORT, 0, 10, 32)]
    assert result.demands.cause.tolist() == [LEAD_TIME]
    culprit = int(result.demands.culprit[0])
    assert problem.buffers.keys[result.orders.buffer[culprit]] == "slow"
    # The top order can start when the slow part is there, on day 30.
    assert result.orders.possible_start[0] == 30 * DAY
    assert result.orders.ready[0] == 32 * DAY


def test_short_says_when_nothing_supplies_an_item() -> None:
    plant = Plant({"top": Item(), "gone": Item(stock=3, kind=None)}, [Line("top", "gone")], [Want("top", 5, due=10)])
    problem, result = solve(plant)
    assert messages_of(result) == [(SHORT, 0, 10, float("inf"))]
    assert result.demands.cause.tolist() == [NO_SUPPLY]
    assert problem.buffers.keys[result.demands.culprit[0]] == "gone"
    assert result.orders.ready[0] == FAR_FUTURE


def test_a_demand_due_in_the_past_is_late_even_from_stock() -> None:
    _, result = solve(Plant({"a": Item(stock=9)}, wants=[Want("a", 5, due=-3)]))
    assert messages_of(result) == [(SHORT, 0, -3, 0)]
    assert result.demands.cause.tolist() == [PAST_DUE]


def test_demands_are_served_by_due_date_then_priority() -> None:
    plant = Plant(
        {"a": Item(stock=5, kind=None)},
        wants=[Want("a", 5, due=10, priority=1), Want("a", 5, due=10, priority=3), Want("a", 5, due=11, priority=9)],
    )
    _, result = solve(plant)
    assert result.demands.cause.tolist() == [NO_SUPPLY, ON_TIME, NO_SUPPLY]


def test_released_orders_still_take_their_components() -> None:
    plant = Plant(
        {"top": Item(lead=2), "part": Item(stock=10, kind=BUY, lead=3)},
        [Line("top", "part", per=2)],
        [Want("top", 8, due=9)],
        [Due("top", 8, 9, start=7, to_issue=8, kind=MAKE)],
    )
    problem, result = solve(plant)
    assert orders_of(problem, result) == [("part", 6, 4, 7)]
    assert messages_of(result) == []


def test_a_released_order_waits_for_its_components() -> None:
    plant = Plant(
        {"top": Item(lead=2), "part": Item(kind=BUY, lead=30)},
        [Line("top", "part", per=2)],
        [Want("top", 8, due=9)],
        [Due("top", 8, 9, start=7, to_issue=8, kind=MAKE)],
    )
    _, result = solve(plant)
    # Parts come on day 30, the order takes 2 days more.
    assert messages_of(result) == [(SHORT, 0, 9, 32), (SHORT, 0, 9, 32)]
    assert result.receipts.ready.tolist() == [32 * DAY]


def test_transfers_take_from_the_sending_site() -> None:
    plant = Plant(
        {"shop": Item(stock=1, kind=MOVE, source="works", lead=2), "works": Item(stock=4, lead=5)},
        wants=[Want("shop", 11, due=20)],
        dues=[Due("shop", 3, 15, start=13, source="works", kind=MOVE)],
    )
    problem, result = solve(plant)
    # 11 - 1 - 3 = 7 to move by day 18; the works send 3 on day 13 and 7 on day 18 from a stock of 4.
    assert orders_of(problem, result) == [("shop", 7, 18, 20), ("works", 6, 13, 18)]


def test_lead_time_grows_with_the_order() -> None:
    plant = Plant({"a": Item(lead=1, lead_per_unit=0.5)}, wants=[Want("a", 6, due=10)])
    problem, result = solve(plant)
    assert orders_of(problem, result) == [("a", 6, 6, 10)]


def test_component_needs_of_one_day_are_ordered_together() -> None:
    items = {"x": Item(lead=1), "y": Item(lead=1), "part": Item(kind=BUY, lead=2)}
    lines = [Line("x", "part"), Line("y", "part")]
    wants = [Want("x", 5, due=10), Want("y", 7, due=10.5), Want("x", 3, due=12)]
    problem, result = solve(Plant(items, lines, wants))
    assert orders_of(problem, result)[3:] == [("part", 12, 7, 9), ("part", 3, 9, 11)]
    problem, result = solve(Plant(items, lines, wants, params=PlanParams(bundle_seconds=0)))
    assert orders_of(problem, result)[3:] == [("part", 5, 7, 9), ("part", 7, 7.5, 9.5), ("part", 3, 9, 11)]


def test_a_method_that_is_no_longer_valid_is_not_used() -> None:
    plant = Plant({"a": Item(kind=BUY, lead=2, valid=(0, 10))}, wants=[Want("a", 1, due=11), Want("a", 1, due=12)])
    problem, result = solve(plant)
    assert orders_of(problem, result) == [("a", 1, 9, 11)]
    assert result.demands.cause.tolist() == [ON_TIME, NO_SUPPLY]


def test_the_chain_of_pegs_leads_from_a_purchase_to_its_demand() -> None:
    plant = Plant(
        {"top": Item(), "mid": Item(), "raw": Item(kind=BUY)},
        [Line("top", "mid"), Line("mid", "raw", per=3)],
        [Want("top", 2, due=5)],
    )
    _, result = solve(plant)
    assert list(zip(result.pegs.supply, result.pegs.requirement, result.pegs.quantity, strict=True)) == [
        (0, 0, 2), (1, 1, 2), (2, 2, 6),
    ]  # fmt: skip
    assert result.requirements.parent.tolist() == [0, 0, 1]
    assert result.requirements.demand.tolist() == [0, 0, 0]


def test_an_item_that_goes_into_itself_is_refused_by_name() -> None:
    plant = Plant(
        {"a": Item(), "b": Item(), "c": Item()}, [Line("a", "b"), Line("b", "c"), Line("c", "b")], [Want("a", 1, due=1)]
    )
    with pytest.raises(InputError, match="b > c > b"):
        net_requirements(plant.problem())


@pytest.mark.parametrize("wants", [[], [Want("a", 0, due=day) for day in range(365)]], ids=["none", "a year of zeros"])
def test_nothing_wanted_gives_an_empty_plan(wants: list[Want]) -> None:
    _, result = solve(Plant({"a": Item(lead=3)}, wants=wants))
    assert len(result.orders.buffer) == len(result.pegs.supply) == len(result.messages.kind) == 0


def test_no_buffers_at_all() -> None:
    _, result = solve(Plant({}))
    assert len(result.orders.buffer) == 0


def test_zero_lead_times_are_allowed() -> None:
    plant = Plant({"a": Item(), "b": Item()}, [Line("a", "b")], [Want("a", 1, due=0)])
    _, result = solve(plant)
    assert result.demands.cause.tolist() == [ON_TIME]


def test_the_same_problem_gives_the_same_plan() -> None:
    plant = Plant(
        {"a": Item(lead=1), "b": Item(kind=BUY, lead=2)},
        [Line("a", "b", per=1.5)],
        [Want("a", 1 + day % 3, due=day) for day in range(30)],
    )
    first, second = (net_requirements(plant.problem()) for _ in range(2))
    for name in first.orders.__dataclass_fields__:
        assert np.array_equal(getattr(first.orders, name), getattr(second.orders, name))


def test_planning_can_be_cancelled() -> None:
    def stop(fraction: float, message: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        net_requirements(Plant({"a": Item()}, wants=[Want("a", 1, due=1)]).problem(), stop)


def test_negative_tolerances_are_refused() -> None:
    with pytest.raises(ValueError, match="zero or more"):
        PlanParams(defer_tolerance_seconds=-1)
