"""Lot rules, safety time, alternates and suppliers' weeks: every number here was worked out on paper or published."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from drumbeat.planning.engine.check import check
from drumbeat.planning.engine.net_requirements import net_requirements
from drumbeat.planning.engine.problem import (
    BUY,
    BY_PERIOD,
    ECONOMIC,
    ECONOMIC_PERIOD,
    FAR_FUTURE,
    FAR_PAST,
    FOR_EACH,
    LEAST_COST,
    MAKE,
    MOVE,
    SILVER_MEAL,
    LotRules,
    Methods,
    Problem,
)
from drumbeat.planning.engine.result import FROM_DEMAND, ON_TIME, ORDER, Result
from tests.planning.engine.small_plant import DAY, Due, Item, Line, Plant, Want

INF = float("inf")


def with_rule(plant: Plant, rule: int = 0, *, period: float = 1, order_cost: float = 0, holding: float = 0,
              safety: float = 0) -> Problem:  # fmt: skip
    """Compile a plant whose first item has a lot rule; days and money a day."""
    problem = plant.problem()
    rules = LotRules.plain(problem.num_buffers)
    rules.rule[0], rules.period_seconds[0] = rule, round(period * DAY)
    rules.order_cost[0], rules.holding_cost[0], rules.safety_seconds[0] = order_cost, holding, round(safety * DAY)
    return replace(problem, rules=rules)


def solve(problem: Problem) -> Result:
    result = net_requirements(problem)
    assert [str(finding) for finding in check(problem, result)] == []
    return result


def lots(result: Result) -> list[tuple[float, float]]:
    """Orders as (quantity, need day)."""
    return [(float(q), float(n / DAY)) for q, n in zip(result.orders.quantity, result.orders.need, strict=True)]


def wants(*quantities: float) -> list[Want]:
    """One demand a day from day 0 on."""
    return [Want("a", quantity, due=day) for day, quantity in enumerate(quantities)]


def test_by_period_an_order_covers_the_needs_of_three_days() -> None:
    problem = with_rule(Plant({"a": Item(stock=5)}, wants=wants(5, 10, 20, 30, 40)), BY_PERIOD, period=3)
    assert lots(solve(problem)) == [(60, 1), (40, 4)]


def test_by_period_counts_on_receipts_within_the_period() -> None:
    plant = Plant({"a": Item()}, wants=wants(10, 20, 30, 40), dues=[Due("a", 25, 2, is_movable=False)])
    # 10 + 20 are short before the receipt of 25; of day 2's 30 and day 3's 40 it covers 25.
    assert lots(solve(with_rule(plant, BY_PERIOD, period=4))) == [(75, 0)]


def test_the_published_lots_of_least_cost() -> None:
    """Snyder and Shen, example 3.9: 90, 120, 80, 70 with 500 an order and 2 a unit and period: 1,380."""
    result = solve(with_rule(Plant({"a": Item()}, wants=wants(90, 120, 80, 70)), LEAST_COST, order_cost=500, holding=2))
    assert lots(result) == [(210, 0), (150, 2)]


def test_silver_and_meal_stop_where_the_cost_per_period_rises() -> None:
    # From day 0: 500; (500 + 240) / 2 = 370; (740 + 320) / 3 = 353; (1060 + 420) / 4 = 370 > 353. Then day 3 alone.
    result = solve(
        with_rule(Plant({"a": Item()}, wants=wants(90, 120, 80, 70)), SILVER_MEAL, order_cost=500, holding=2)
    )
    assert lots(result) == [(290, 0), (70, 3)]


def test_an_economic_order_is_at_least_the_square_root_formula() -> None:
    # 100 units in 10 days, 8 an order, 0.1 a unit and day: sqrt(2 x 8 x 10 / 0.1) = 40.
    plant = Plant({"a": Item()}, wants=[Want("a", 10, due=day) for day in range(1, 11)])
    assert lots(solve(with_rule(plant, ECONOMIC, order_cost=8, holding=0.1))) == [
        (pytest.approx(40), 1), (pytest.approx(40), 5), (pytest.approx(40), 9),
    ]  # fmt: skip


def test_an_order_covers_the_days_for_which_the_economic_quantity_lasts() -> None:
    # Of 10 a day, 40 last for four days; where keeping costs nothing, each need has its own order.
    plant = Plant({"a": Item()}, wants=[Want("a", 10, due=day) for day in range(1, 11)])
    assert lots(solve(with_rule(plant, ECONOMIC_PERIOD, order_cost=8, holding=0.1))) == [(40, 1), (40, 5), (20, 9)]
    assert len(lots(solve(with_rule(plant, ECONOMIC_PERIOD, order_cost=8)))) == 10
    # A dear order for a cheap item: all that is known of, however far; a cheap one: never less than a day's needs.
    assert lots(solve(with_rule(plant, ECONOMIC_PERIOD, order_cost=1e300, holding=1e-300))) == [(100, 1)]
    assert len(lots(solve(with_rule(plant, ECONOMIC_PERIOD, order_cost=0, holding=1)))) == 10


def to_order(plant: Plant) -> Problem:
    """Compile a plant of which everything is made or bought to order."""
    problem = plant.problem()
    size = problem.num_buffers
    return replace(problem, rules=replace(LotRules.plain(size), rule=np.full(size, FOR_EACH, np.int8)))


def customers_of(result: Result) -> list[set[int]]:
    """For each order, the demands that it serves, followed by the pegs of all orders between."""
    served: list[set[int]] = [set() for _ in result.orders.need]
    pegs, rows = result.pegs, result.requirements
    # Orders are numbered level by level: those above come first.
    for peg in np.argsort(pegs.requirement, kind="stable").tolist():
        if pegs.source[peg] == ORDER:
            parent = int(rows.parent[pegs.requirement[peg]])
            mine = {parent} if rows.origin[pegs.requirement[peg]] == FROM_DEMAND else served[parent]
            served[pegs.supply[peg]] |= mine
    return served


PUMPS = {"pump": Item(lead=1), "body": Item(lead=2), "cast": Item(kind=BUY, lead=5)}
PUMP_LINES = [Line("pump", "body"), Line("body", "cast", per=2)]


def test_what_is_made_to_order_has_a_chain_of_orders_for_each_customer() -> None:
    wanted = [Want("pump", 10, 20), Want("pump", 4, 20), Want("pump", 6, 20.5)]
    plant = Plant(PUMPS, PUMP_LINES, wanted)
    # Usually the parts of one day are ordered together; made to order, three chains of three orders stand side by side.
    assert sorted(solve(plant.problem()).orders.quantity.tolist()) == [4, 6, 10, 20, 40]
    result = solve(to_order(plant))
    assert sorted(result.orders.quantity.tolist()) == [4, 4, 6, 6, 8, 10, 10, 12, 20]
    assert sorted(tuple(one) for one in customers_of(result)) == [(0,)] * 3 + [(1,)] * 3 + [(2,)] * 3


def test_what_is_made_to_order_uses_stock_first_and_serves_others_only_with_what_a_lot_makes_too_much() -> None:
    wanted = [Want("pump", 10, 20), Want("pump", 4, 20), Want("pump", 6, 20.5)]
    stocked = PUMPS | {"body": Item(stock=12, lead=2)}
    # Twelve bodies are there: ten for the first, two of the second's four; casts are for what is left.
    assert sorted(solve(to_order(Plant(stocked, PUMP_LINES, wanted))).orders.quantity.tolist()) == [
        2,
        4,
        4,
        6,
        6,
        10,
        12,
    ]
    # Casts come by the 25: 25 for 20, 5 left for the 8, 25 again; 22 of it left for the 12.
    boxed = PUMPS | {"cast": Item(kind=BUY, lead=5, lot=(0, 25, INF))}
    result = solve(to_order(Plant(boxed, PUMP_LINES, wanted)))
    assert result.orders.quantity[result.orders.buffer == 2].tolist() == [25, 25]


def test_the_judge_finds_orders_of_two_customers_where_each_is_to_have_its_own() -> None:
    plant = Plant(PUMPS, PUMP_LINES, [Want("pump", 10, 20), Want("pump", 4, 20)])
    shared = net_requirements(plant.problem())
    found = {finding.rule for finding in check(to_order(plant), shared)}
    assert found == {"an order of what is made to order serves one need"}


def test_lot_rules_keep_minimum_and_maximum() -> None:
    plant = Plant({"a": Item(lot=(0, 25, 50))}, wants=wants(30, 30, 30))
    assert lots(solve(with_rule(plant, BY_PERIOD, period=30))) == [(50, 0), (50, 1)]


def test_safety_time_is_kept_as_far_as_there_is_time() -> None:
    plant = Plant({"a": Item(kind=BUY, lead=8)}, wants=[Want("a", 1, due=10), Want("a", 2, due=30)])
    result = solve(with_rule(plant, safety=5))
    # The first comes as soon as it can, on day 8; the second five days early.
    assert lots(result) == [(1, 8), (2, 25)]
    assert result.orders.start.tolist() == [0, 17 * DAY]
    assert result.demands.cause.tolist() == [ON_TIME, ON_TIME]


def offers(*rows: dict[str, object], wanted: list[Want], stock: float = 0) -> Problem:
    """One item with several methods; days."""
    base = {"lead": 0.0, "kind": BUY, "capacity": INF, "lot": (0.0, 0.0, INF), "start": None, "end": None}
    full = [base | row for row in rows]

    def seconds(value: object, otherwise: int) -> int:
        return otherwise if value is None else round(float(value) * DAY)  # type: ignore[arg-type]

    def floats(name: str) -> np.ndarray:
        return np.array([row[name] for row in full], dtype=np.float64)

    methods = Methods(
        ptr=np.array([0, len(full)]), kind=np.array([row["kind"] for row in full], dtype=np.int8),
        source=np.full(len(full), -1, np.int32), source_keys=np.array([f"s{n}" for n in range(len(full))], object),
        lead_seconds=(floats("lead") * DAY).astype(np.int64), lead_seconds_per_unit=np.zeros(len(full)),
        lot_minimum=np.array([row["lot"][0] for row in full], float),
        lot_multiple=np.array([row["lot"][1] for row in full], float),
        lot_maximum=np.array([row["lot"][2] for row in full], float), yields=np.ones(len(full)),
        valid_from=np.array([seconds(row["start"], FAR_PAST) for row in full]),
        valid_to=np.array([seconds(row["end"], FAR_FUTURE) for row in full]), capacity_per_week=floats("capacity"),
    )  # fmt: skip
    problem = Plant({"a": Item(stock=stock, kind=None)}, wants=wanted).problem()
    return replace(problem, methods=methods)


def sources(problem: Problem) -> list[tuple[int, float, float]]:
    """Orders as (method, quantity, need day)."""
    orders = solve(problem).orders
    return [(int(m), float(q), float(n / DAY)) for m, q, n in
            zip(orders.method, orders.quantity, orders.need, strict=True)]  # fmt: skip


def test_who_is_faster_is_asked_where_the_preferred_would_be_late() -> None:
    wanted = [Want("a", 5, due=4), Want("a", 5, due=20)]
    assert sources(offers({"lead": 10}, {"lead": 3}, wanted=wanted)) == [(1, 5, 4), (0, 5, 20)]


def test_where_all_are_late_the_first_to_deliver_is_asked() -> None:
    problem = offers({"lead": 10}, {"lead": 6}, {"lead": 8}, wanted=[Want("a", 5, due=4)])
    assert sources(problem) == [(1, 5, 4)]
    assert solve(problem).demands.ready.tolist() == [6 * DAY]


def test_a_full_week_goes_on_to_the_next_supplier() -> None:
    problem = offers({"capacity": 30}, {"capacity": 20}, wanted=[Want("a", 45, due=10)])
    assert sources(problem) == [(0, 30, 10), (1, 15, 10)]


def test_a_supplier_with_full_weeks_delivers_earlier_then_later() -> None:
    # Week 0 has no time (lead time 7 days), week 1 and 2 take 10 each, the rest comes in week 3.
    problem = offers({"capacity": 10, "lead": 7}, wanted=[Want("a", 25, due=15)])
    assert sources(problem) == [(0, 10, 15), (0, 10, pytest.approx(14, abs=1e-4)), (0, 5, 21)]
    assert solve(problem).demands.ready.tolist() == [21 * DAY]


def test_a_smallest_lot_above_the_weekly_capacity_takes_a_week_of_its_own() -> None:
    problem = offers({"capacity": 10, "lot": (15, 0, INF)}, wanted=[Want("a", 20, due=7.5)])
    assert [quantity for _, quantity, _ in sources(problem)] == [15, 15]


def test_phase_out_and_phase_in_of_suppliers_leave_a_wait_between_them() -> None:
    # The old one takes orders before day 10, the new one from day 20 on; both deliver within 2 days.
    problem = offers(
        {"end": 10, "lead": 2}, {"start": 20, "lead": 2}, wanted=[Want("a", 1, due=11), Want("a", 1, due=15)]
    )
    assert sources(problem) == [(0, 1, 11), (1, 1, 22)]
    assert solve(problem).demands.ready.tolist() == [11 * DAY, 22 * DAY]


def test_another_item_stands_in_where_the_preferred_cannot_come_in_time() -> None:
    """An alternate is a method: what may stand in is moved over at once."""
    problem = Plant(
        {"car": Item(), "steel": Item(kind=BUY, lead=30), "alloy": Item(stock=50, kind=BUY, lead=40)},
        [Line("car", "steel", per=2)],
        [Want("car", 10, due=5), Want("car", 10, due=60)],
    ).problem()
    old = problem.methods
    # steel: bought within 30 days, else taken from alloy.
    columns = {name: getattr(old, name) for name in ("kind", "source", "source_keys", "lead_seconds",
               "lead_seconds_per_unit", "lot_minimum", "lot_multiple", "lot_maximum", "yields", "valid_from",
               "valid_to")}  # fmt: skip
    grown = {name: np.insert(column, 2, column[0]) for name, column in columns.items()}
    grown["kind"][2], grown["source"][2] = MOVE, 2
    problem = replace(problem, methods=Methods(ptr=np.array([0, 1, 3, 4]), **grown))
    orders = solve(problem).orders
    assert [(int(b), float(q), int(problem.methods.kind[m])) for b, q, m in
            zip(orders.buffer, orders.quantity, orders.method, strict=True)] == [
        (0, 10, MAKE), (0, 10, MAKE), (1, 20, MOVE), (1, 20, BUY),
    ]  # fmt: skip
