"""Fixed times give traces that can be worked out by hand, and random ones that an independent judge accepts."""

from __future__ import annotations

import numpy as np
import pytest

from drumbeat.twin.engine.floor.check import check_trace
from drumbeat.twin.engine.floor.draft import Draft
from drumbeat.twin.engine.floor.problem import EDD, PER_PIECE
from drumbeat.twin.engine.floor.result import (
    BLOCKED,
    CLOSED,
    END_RUN,
    FINISH,
    IDLE,
    IN_CARE,
    RUNNING,
    SETTING_UP,
    START_CARE,
    START_RUN,
    FloorResult,
)
from drumbeat.twin.engine.floor.simulate import simulate_floor
from drumbeat.twin.engine.floor.surroundings import CALENDAR, DURING_SETUP, PIECES
from drumbeat.twin.engine.floor.times import exponential
from tests.twin.floor.make_floors import make_rich


def play(draft: Draft, until: float = 1_000.0) -> FloorResult:
    told = simulate_floor(draft.build(), until=until, trace=True)
    assert told.trace is not None
    assert check_trace(told.problem, told.trace) == []
    assert told.wip == pytest.approx(told.residence, rel=1e-9)
    assert told.machine_seconds.sum(axis=2) == pytest.approx(told.seconds)
    return told


def moments(told: FloorResult, kind: int) -> list[float]:
    assert told.trace is not None
    return [float(time) for time in told.trace["time"][told.trace["kind"] == kind]]


def test_flow_line_of_fixed_times() -> None:
    draft = Draft()
    draft.add_group("a")
    draft.add_group("b")
    draft.add_product("p", steps=[{"group": "a", "run": 3.0}, {"group": "b", "run": 5.0}])
    for n in range(3):
        draft.add_order(f"o{n}", "p", 0.0)
    told = play(draft)
    assert moments(told, START_RUN) == [0.0, 3.0, 3.0, 6.0, 8.0, 13.0]
    assert moments(told, FINISH) == [8.0, 13.0, 18.0]
    assert told.cycle_sum[0, 0] == 39.0
    assert told.group_queue[0].tolist() == [3.0 + 6.0, 2.0 + 4.0]


def test_earliest_due_goes_first() -> None:
    draft = Draft()
    draft.add_group("a", rule=EDD)
    draft.add_product("p", steps=[{"group": "a", "run": 10.0}])
    for n, due in enumerate([50.0, 40.0, 15.0, 20.0]):
        draft.add_order(f"o{n}", "p", float(n), due=due)
    told = play(draft)
    assert told.trace is not None
    assert told.trace["lot"][told.trace["kind"] == FINISH].tolist() == [0, 2, 3, 1]
    assert (told.orders_on_time[0, 0], told.tardiness[0, 0]) == (2, 5.0 + 10.0)


def test_hot_lots_go_first() -> None:
    draft = Draft()
    draft.add_group("a")
    draft.add_product("p", steps=[{"group": "a", "run": 10.0}])
    for n, priority in enumerate([5, 5, 1, 5]):
        draft.add_order(f"o{n}", "p", float(n), priority=priority)
    told = play(draft)
    assert told.trace is not None
    assert told.trace["lot"][told.trace["kind"] == FINISH].tolist() == [0, 2, 1, 3]


def test_blocking_after_service() -> None:
    draft = Draft()
    draft.add_group("a")
    draft.add_group("b", capacity=0)
    draft.add_product("p", steps=[{"group": "a", "run": 1.0}, {"group": "b", "run": 10.0}])
    for n in range(3):
        draft.add_order(f"o{n}", "p", 0.0)
    told = play(draft, 100.0)
    assert moments(told, FINISH) == [11.0, 21.0, 31.0]
    assert told.machine_seconds[0, 0, [RUNNING, BLOCKED]].tolist() == [3.0, 9.0 + 9.0]


def test_setups_and_rule_that_saves_them() -> None:
    draft = Draft()
    matrix = draft.add_setups([[0.0, 4.0], [6.0, 0.0]], first=1.0)
    draft.add_machine("m", matrix=matrix)
    draft.add_group("a", machines=["m"], is_setup_first=True)
    for n in range(2):
        draft.add_product(f"p{n}", steps=[{"group": "a", "run": 10.0, "family": n}])
    for n, product in enumerate(["p0", "p1", "p0"]):
        draft.add_order(f"o{n}", product, 0.0)
    told = play(draft, 100.0)
    assert moments(told, FINISH) == [11.0, 21.0, 35.0]
    assert told.machine_seconds[0, 0, SETTING_UP] == 5.0


def test_batches_wait_for_the_least_or_the_longest_wait() -> None:
    draft = Draft()
    draft.add_group("oven")
    step = {"group": "oven", "run": 10.0, "batch_family": 0, "batch_min": 2, "batch_max": 2, "batch_wait": 20.0}
    draft.add_product("p", steps=[step])
    for n, release in enumerate([0.0, 5.0, 6.0]):
        draft.add_order(f"o{n}", "p", release)
    told = play(draft, 100.0)
    assert moments(told, FINISH) == [15.0, 15.0, 36.0]


def test_transfer_lots_overlap() -> None:
    draft = Draft()
    for key in "ab":
        draft.add_group(key)
    draft.add_product("p", pieces=4, transfer_pieces=2,
                      steps=[{"group": key, "run": 1.0, "unit": PER_PIECE} for key in "ab"])  # fmt: skip
    draft.add_order("o", "p", 0.0)
    told = play(draft, 100.0)
    assert moments(told, FINISH) == [4.0, 6.0]
    assert (told.orders_finished[0, 0], told.finished[0, 0], told.pieces_finished[0, 0]) == (1, 2, 4)


def test_a_setter_serves_two_machines_in_turn() -> None:
    draft = Draft()
    draft.add_pool("setter")
    matrix = draft.add_setups([[0.0]], first=3.0)
    for n in range(2):
        draft.add_machine(f"m{n}", matrix=matrix)
    draft.add_group("a", machines=["m0", "m1"])
    draft.add_product("p", steps=[{"group": "a", "run": 10.0, "family": 0, "needs": {"setter": (1, DURING_SETUP)}}])
    for n in range(2):
        draft.add_order(f"o{n}", "p", 0.0)
    told = play(draft, 100.0)
    assert moments(told, FINISH) == [13.0, 16.0]
    assert told.pool_held[0, 0] == 6.0


def test_work_pauses_while_closed() -> None:
    draft = Draft()
    draft.add_calendar("days", [(0.0, 8.0)], cycle=24.0)
    draft.add_machine("m", calendar="days")
    draft.add_group("a", machines=["m"])
    draft.add_product("p", steps=[{"group": "a", "run": 10.0}])
    draft.add_order("o", "p", 0.0)
    told = play(draft, 48.0)
    assert moments(told, FINISH) == [26.0]
    assert told.machine_seconds[0, 0, [RUNNING, CLOSED, IDLE]].tolist() == [10.0, 32.0, 6.0]


def test_care_comes_between_lots() -> None:
    draft = Draft()
    draft.add_group("a")
    draft.add_care("oil", machine="a 1", clock=CALENDAR, interval=15.0, duration=2.0)
    draft.add_care("knife", machine="a 1", clock=PIECES, interval=3, duration=1.0)
    draft.add_product("p", steps=[{"group": "a", "run": 10.0}])
    for n in range(4):
        draft.add_order(f"o{n}", "p", 0.0)
    told = play(draft, 50.0)
    assert moments(told, FINISH) == [10.0, 20.0, 32.0, 43.0]
    assert moments(told, START_CARE) == [20.0, 32.0, 43.0]
    assert told.machine_seconds[0, 0, IN_CARE] == 5.0
    assert told.care_overdue[0].tolist() == [5.0 + (43.0 - 37.0), 0.0]


def test_care_is_patient_while_there_is_work() -> None:
    draft = Draft()
    draft.add_group("a")
    draft.add_care("oil", machine="a 1", interval=5.0, duration=2.0, patience=np.inf)
    draft.add_product("p", steps=[{"group": "a", "run": 10.0}])
    for n in range(2):
        draft.add_order(f"o{n}", "p", 0.0)
    assert moments(play(draft, 30.0), START_CARE) == [20.0, 27.0]


def test_material_is_waited_for_and_ordered_again() -> None:
    draft = Draft()
    draft.add_group("a")
    draft.add_material("steel", stock=1.0, reorder_point=0.0, order_quantity=2.0, lead=7.0)
    draft.add_product("p", steps=[{"group": "a", "run": 1.0, "uses": {"steel": 1.0}}])
    for n in range(3):
        draft.add_order(f"o{n}", "p", 0.0)
    told = play(draft, 50.0)
    assert moments(told, FINISH) == [1.0, 8.0, 9.0]
    assert (told.material_used[0, 0], told.material_short[0, 0]) == (3.0, 6.0)


def test_stock_is_made_again_and_sold() -> None:
    draft = Draft()
    draft.add_group("a")
    draft.add_material("shaft", stock=2.0, reorder_point=1.0, order_quantity=2.0, maker="make")
    draft.add_product("make", pieces=2, makes="shaft", steps=[{"group": "a", "run": 5.0, "unit": PER_PIECE}])
    draft.add_product("sell", steps=[{"uses": {"shaft": 1.0}}])
    for n in range(5):
        draft.add_order(f"o{n}", "sell", float(n), due=float(n) + 3.0)
    told = play(draft, 100.0)
    assert told.finished[0].tolist() == [3, 5]
    assert moments(told, FINISH) == [0.0, 1.0, 10.0, 10.0, 10.0, 20.0, 20.0, 30.0]
    assert told.orders_on_time[0, 1] == 2


def test_outage_and_moves() -> None:
    draft = Draft(areas=["north", "south"])
    draft.add_group("a", area="north")
    draft.add_group("b", area="south")
    draft.add_move("north", "south", 100.0)
    draft.add_outage("flood", machines=["b 1"], windows=[(105.0, 205.0)])
    draft.add_product("p", steps=[{"group": "a", "run": 3.0}, {"group": "b", "run": 5.0}])
    draft.add_order("o", "p", 0.0)
    assert moments(play(draft), FINISH) == [103.0 + 5.0 + 100.0]


def test_overtime_tires_and_rest_recovers() -> None:
    draft = Draft()
    hour = 3600.0
    draft.add_pool("crew", cycle=24 * hour, shifts=[(0.0, 2, 0), (8 * hour, 2, 2), (10 * hour, 0, 0)], build=0.1,
                   recover=0.5, slower=1.0)  # fmt: skip
    draft.add_group("a")
    draft.add_product("p", steps=[{"group": "a", "run": 60.0, "needs": {"crew": 1}}])
    told = simulate_floor(draft.build(), until=2.5 * 24 * hour)
    assert told.pool_overtime[0, 0] == 3 * 2 * 2 * hour
    assert told.fatigue[0, 0] == pytest.approx(0.2 * 0.5 + 0.2)


def test_rich_floor_is_accepted_by_the_judge() -> None:
    told = simulate_floor(make_rich(), until=20_000.0, trace=True)
    assert told.trace is not None
    assert len(told.trace) > 10_000
    assert check_trace(told.problem, told.trace) == []
    assert told.wip == pytest.approx(told.residence, rel=1e-9)
    assert (told.released == told.finished + told.scrapped + told.wip_end).all()
    held = told.machine_seconds.sum(axis=2)
    assert held == pytest.approx(told.seconds)
    assert (told.reworks > 0).any()
    assert (told.scrapped > 0).any()
    assert (told.failures > 0).any()
    assert (told.care_done > 0).any()


def test_the_judge_sees_what_is_wrong() -> None:
    told = simulate_floor(make_rich(), until=2_000.0, trace=True)
    assert told.trace is not None
    starts = np.flatnonzero(told.trace["kind"] == START_RUN)
    for field, value in (("machine", 0), ("step", 0), ("lot", 0)):
        spoilt = told.trace.copy()
        spoilt[field][starts[len(starts) // 2 :]] = value
        assert check_trace(told.problem, spoilt)
    assert check_trace(told.problem, told.trace[told.trace["kind"] != END_RUN])


def test_priority_of_random_service_keeps_the_judge_quiet() -> None:
    draft = Draft()
    draft.add_group("a", machines=2)
    draft.add_product(
        "p", steps=[{"group": "a", "run": exponential(1.0), "skip": 0.2, "rework": 0.2, "rework_to": 0}] * 2
    )
    draft.add_source("s", product="p", between=exponential(2.0))
    assert play(draft, 2_000.0).finished[0, 0] > 500
