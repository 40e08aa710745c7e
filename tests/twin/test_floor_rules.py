"""What the tables say of places, transfers, moves, wear, people and quality reaches the play: each against a sum."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

import numpy as np
import polars as pl
import pytest

from drumbeat.basics.streams import FIXED
from drumbeat.data.snapshot import Snapshot
from drumbeat.twin.compile_floor import CompiledFloor, FloorTerms, compile_floor
from drumbeat.twin.engine.floor.result import BLOCKED, END_RUN, FINISH, START_RUN, FloorResult
from drumbeat.twin.engine.floor.simulate import simulate_floor
from drumbeat.twin.engine.floor.times import Times
from tests.twin.floor_plant import NOW, WEEKDAYS, frame, make_frames, make_snapshot

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0


def two_stations(orders: int = 1, quantity: float = 10.0, at: datetime | None = None) -> dict[str, pl.DataFrame]:
    """An item of six minutes on A, then twelve on B, both always open; so many orders of it now."""
    return {
        "site": frame(("code", "time_zone"), ("P", "UTC"), ("Q", "UTC")),
        "resource": frame(("code", "site", "kind"), ("A", "P", "machine"), ("B", "P", "machine")),
        "item": frame(("code", "kind"), ("UNIT", "make"), ("BEARING", "buy")),
        "routing": frame(("code", "item", "site"), ("R", "UNIT", "P")),
        "operation": frame(
            ("code", "routing", "sequence", "run_minutes"), ("R/10", "R", 10, 6.0), ("R/20", "R", 20, 12.0)
        ),
        "operation_resource": frame(("operation", "resource"), ("R/10", "A"), ("R/20", "B")),
        "order": frame(
            ("code", "site", "item", "quantity", "release_at", "state"),
            *((f"W{n}", "P", "UNIT", quantity, at, "firm") for n in range(orders)),
        ),
    }


def alter(table: pl.DataFrame, **columns: object) -> pl.DataFrame:
    """Set whole columns of a frame, or one by a list."""
    return table.with_columns(**{
        name: pl.Series(name, value) if isinstance(value, list) else pl.lit(value) for name, value in columns.items()
    })  # fmt: skip


def play(
    frames: dict[str, pl.DataFrame], hours: float, replications: int = 1, terms: FloorTerms | None = None
) -> tuple[CompiledFloor, FloorResult]:
    """Play a plant whose run times do not spread."""
    compiled = compile_floor(Snapshot.of(frames, NOW), terms or FloorTerms(weeks=2))
    steps = compiled.problem.steps
    median = steps.run.mean / np.exp(steps.run.shape**2 / 2) if (steps.run.shape > 0).any() else steps.run.mean
    standard = np.rint(median / 1.0)
    run = Times(np.full(len(standard), FIXED, np.int8), standard, np.zeros(len(standard)))
    problem = replace(compiled.problem, steps=replace(steps, run=run))
    return compiled, simulate_floor(problem, until=hours * HOUR, replications=replications, seed=3, trace=True)


def last(result: FloorResult, kind: int) -> float:
    """Moment of the last event of a kind."""
    return float(result.trace["time"][result.trace["kind"] == kind].max())


def rules(compiled: CompiledFloor) -> str:
    return " | ".join(finding.rule for finding in compiled.findings)


def remedies(compiled: CompiledFloor) -> str:
    return " | ".join(str(finding.remedy) for finding in compiled.findings)


def test_a_full_place_blocks_the_machine_before():
    """A needs 60 minutes a lot, B 120: without a place A stands blocked 60 minutes for each lot but the first."""
    frames = two_stations(orders=5)
    _, free = play(frames, 24)
    frames["resource"] = alter(frames["resource"], queue_places=[None, 0])
    compiled, tight = play(frames, 24)
    assert compiled.problem.groups.capacity.tolist() == [-1, 0]
    assert free.machine_seconds[0, 0, BLOCKED] == 0
    assert tight.machine_seconds[0, 0, BLOCKED] == pytest.approx(4 * 60 * MINUTE)
    assert last(free, FINISH) == last(tight, FINISH) == pytest.approx((60 + 5 * 120) * MINUTE)


def test_machines_that_may_block_each_other_for_good_are_told():
    frames = two_stations(orders=1)
    frames["operation"] = pl.concat(
        [frames["operation"], frame(tuple(frames["operation"].columns), ("R/30", "R", 30, 6.0))]
    )
    frames["operation_resource"] = pl.concat(
        [frames["operation_resource"], frame(("operation", "resource"), ("R/30", "A"))]
    )
    frames["resource"] = alter(frames["resource"], queue_places=1)
    warned = [f for f in compile_floor(Snapshot.of(frames, NOW)).findings if "may block each other" in str(f.remedy)]
    assert [(str(f.severity), f.value) for f in warned] in ([("warning", "A > B > A")], [("warning", "B > A > B")])
    frames["resource"] = alter(frames["resource"], queue_places=[1, None])
    assert "of the machines that they pass" not in rules(compile_floor(Snapshot.of(frames, NOW)))


def test_machines_that_alternatives_tie_are_told_and_what_cannot_lock_is_not():
    """A and D wait for B, B for A alone: all may stand. Where B takes what comes back it empties."""
    frames = two_stations()
    third = frame(tuple(frames["operation"].columns), ("R/30", "R", 30, 6.0))
    frames["operation"] = pl.concat([frames["operation"], third])
    frames["resource"] = frame(("code", "site", "kind", "queue_places"), *((code, "P", "machine", 1) for code in "ABD"))
    to_b = [("R/10", "A"), ("R/10", "D"), ("R/20", "B")]
    for back, is_told in ((["A"], True), (["A", "D"], True), (["B"], False), (["A", "B"], False)):
        frames["operation_resource"] = frame(("operation", "resource"), *to_b, *(("R/30", code) for code in back))
        told = remedies(compile_floor(Snapshot.of(frames, NOW)))
        assert ("they may block each other" in told) == is_told, back


def test_rework_comes_back_to_the_place_that_it_leaves():
    """No place before either machine, three lots in ten again: a machine never blocks itself."""
    frames = two_stations(orders=30)
    frames["resource"] = alter(frames["resource"], queue_places=0)
    compiled = compile_floor(Snapshot.of(frames, NOW), FloorTerms(weeks=4))
    steps = replace(compiled.problem.steps, rework=np.array([0.3, 0.3]), rework_to=np.array([0, 1], np.int32))
    result = simulate_floor(replace(compiled.problem, steps=steps), until=28 * DAY, replications=5)
    assert result.finished.ravel().tolist() == [30] * 5
    assert (result.reworks > 0).all()


def test_alternatives_have_their_places_together_and_one_without_limit_has_no_end():
    frames = two_stations()
    frames["operation_resource"] = frame(("operation", "resource"), ("R/10", "A"), ("R/20", "B"), ("R/20", "A"))
    frames["resource"] = alter(frames["resource"], queue_places=[2, 3])
    compiled = compile_floor(Snapshot.of(frames, NOW))
    assert sorted(compiled.problem.groups.capacity.tolist()) == [2, 5]
    assert "have their places before each of them" in rules(compiled)
    frames["resource"] = alter(frames["resource"], queue_places=[2, None])
    assert sorted(compile_floor(Snapshot.of(frames, NOW)).problem.groups.capacity.tolist()) == [-1, 2]


@pytest.mark.parametrize(("transfer", "setup", "minutes"), [
    (0.0, 0.0, 60 + 120), (1.0, 0.0, 6 + 120), (5.0, 0.0, 30 + 120), (0.0, 10.0, 190), (1.0, 10.0, 6 + 130),
    (4.0, 9.0, 24 + 9 + 120),
])  # fmt: skip
def test_transfer_lots_let_operations_overlap(transfer, setup, minutes):
    """B, the slower one, starts when the first transfer lot has left A; it is set up for as long as before in all."""
    frames = two_stations()
    frames["operation"] = alter(frames["operation"], transfer_lot=[transfer, 0.0], setup_minutes=[0.0, setup])
    compiled, result = play(frames, 24)
    assert compiled.problem.products.transfer_pieces.tolist() == [transfer]
    assert last(result, FINISH) == pytest.approx(minutes * MINUTE)


def test_a_lot_that_one_operation_keeps_whole_stays_whole():
    frames = two_stations()
    third = frame(("code", "routing", "sequence", "run_minutes"), ("R/30", "R", 30, 1.0))
    frames["operation"] = alter(pl.concat([frames["operation"], third]), transfer_lot=[2.0, 0.0, 0.0])
    frames["operation_resource"] = pl.concat(
        [frames["operation_resource"], frame(("operation", "resource"), ("R/30", "A"))]
    )
    compiled = compile_floor(Snapshot.of(frames, NOW))
    assert compiled.problem.products.transfer_pieces.tolist() == [0]
    assert "all its operations but the last do so" in rules(compiled)


def test_lots_travel_to_another_site_as_long_as_transfers_do():
    frames = two_stations()
    frames["resource"] = alter(frames["resource"], site=["P", "Q"])
    compiled, at_once = play(frames, 96)
    assert "how long lots travel from site to site is known" in rules(compiled)
    frames["supplier"] = frame(("code",), ("P",))
    frames["supply_term"] = frame(
        ("supplier", "item", "site", "lead_time_days"), ("P", "UNIT", "Q", 2.0), ("P", "BEARING", "Q", 2.0)
    )
    compiled, moved = play(frames, 96)
    assert last(at_once, FINISH) == pytest.approx(180 * MINUTE)
    assert last(moved, FINISH) == pytest.approx(180 * MINUTE + 2 * DAY)
    assert compiled.problem.groups.area.tolist() == [0, 1]


def test_what_another_site_sends_is_made_there_and_travels():
    """Rings of site Q: its saw makes them for P, and they are in P's stock two days later."""
    frames = make_frames()
    frames["site"] = frame(("code", "time_zone"), ("P", "UTC"), ("Q", "UTC"))
    frames["routing"] = alter(frames["routing"], site=["P", "Q"])
    frames["resource"] = alter(frames["resource"], site=["Q", "P"], line=None)
    frames["crew_need"] = frames["crew_need"].clear()
    bought = compile_floor(make_snapshot(**frames), FloorTerms(weeks=26))
    assert bought.products["product"].to_list() == ["R-UNIT"]
    frames["supplier"] = pl.concat([frames["supplier"], frame(("code",), ("Q",))])
    terms = frame(tuple(frames["supply_term"].columns), ("Q", "RING", "P", 2.0, 0.0), ("STEEL", "BAR", "Q", 9.0, 1.0))
    frames["supply_term"] = pl.concat([frames["supply_term"], terms])
    compiled = compile_floor(make_snapshot(**frames), FloorTerms(weeks=26))
    assert compiled.products.select("product", "site").rows() == [("R-UNIT", "P"), ("R-RING for P", "Q")]
    names = compiled.materials["material"].to_list()
    assert names == ["RING @ P", "BAR @ Q"]
    problem = compiled.problem
    assert problem.materials.maker.tolist() == [1, -1]
    assert problem.products.makes.tolist() == [-1, 0]
    assert problem.steps.delay.mean.tolist() == [0.0, 2 * DAY]
    assert "are made there, and travel" in rules(compiled)
    result = simulate_floor(problem, until=26 * 7 * DAY, replications=5, trace=True)
    # Twenty rings a week leave P's stock, and Q's saw makes as many; each is on its way for two days.
    made = result.pieces_finished.mean(axis=0)
    assert made[1] == pytest.approx(2 * made[0], rel=0.25)
    ends, finishes = (result.trace["time"][result.trace["kind"] == kind] for kind in (END_RUN, FINISH))
    assert np.isin(np.round(finishes - 2 * DAY, 3), np.round(ends, 3)).any()


def test_people_tire_of_overtime():
    """Eight hours of overtime on Monday make Tuesday's work 8 % longer at one percent an hour."""
    frames = two_stations(quantity=10.0, at=NOW + timedelta(days=1, hours=6))
    frames["calendar"] = frame(("code",), ("DAY",))
    frames["calendar_shift"] = frame(
        ("calendar", "weekday", "start", "end", "is_overtime"),
        *(("DAY", day, time(6), time(14), False) for day in WEEKDAYS),
        *(("DAY", day, time(14), time(22), True) for day in WEEKDAYS),
    )
    frames["skill"] = frame(("code",), ("FIT",))
    frames["crew"] = frame(("code", "site", "calendar", "overtime_slowdown"), ("C", "P", "DAY", 0.01))
    frames["person"] = frame(("code", "site", "crew"), ("ANN", "P", "C"))
    frames["person_skill"] = frame(("person", "skill"), ("ANN", "FIT"))
    frames["crew_need"] = frame(("operation", "skill", "num_people"), ("R/10", "FIT", 1))
    found = {}
    for slowdown in (0.01, 0.0):
        frames["crew"] = alter(frames["crew"], overtime_slowdown=slowdown)
        compiled = compile_floor(Snapshot.of(frames, NOW), FloorTerms(weeks=2))
        problem = replace(compiled.problem, pools=replace(compiled.problem.pools, absence=np.zeros(1)))
        run = Times(np.zeros(2, np.int8) + FIXED, np.array([360.0, 720.0]), np.zeros(2))
        problem = replace(problem, steps=replace(problem.steps, run=run))
        trace = simulate_floor(problem, until=2 * DAY, trace=True).trace
        starts, ends = (trace["time"][trace["kind"] == kind] for kind in (START_RUN, END_RUN))
        found[slowdown] = float(ends.min() - starts.min())
    assert found[0.0] == pytest.approx(HOUR)
    assert found[0.01] == pytest.approx(1.08 * HOUR, rel=1e-6)


@pytest.mark.parametrize(("share", "overtime", "times"), [(0.05, True, 1.4), (0.0, True, 1.0), (0.05, False, 1.0)])
def test_tired_people_make_more_scrap(share, overtime, times):
    """Eight hours of overtime on Monday: a tenth of scrap becomes 14 % on Tuesday at a twentieth more for each hour."""
    frames = two_stations(quantity=1000.0, at=NOW + timedelta(days=1, hours=6))
    frames["calendar"] = frame(("code",), ("DAY",))
    frames["calendar_shift"] = frame(
        ("calendar", "weekday", "start", "end", "is_overtime"),
        *(("DAY", day, time(6), time(14), False) for day in WEEKDAYS),
        *(("DAY", day, time(14), time(22), overtime) for day in WEEKDAYS),
    )
    frames["operation"] = alter(frames["operation"], run_minutes=[0.06, 0.0], operation_yield=[0.9, 1.0])
    frames["skill"] = frame(("code",), ("FIT",))
    frames["crew"] = frame(("code", "site", "calendar", "overtime_defects"), ("C", "P", "DAY", share))
    frames["person"] = frame(("code", "site", "crew"), ("ANN", "P", "C"))
    frames["person_skill"] = frame(("person", "skill"), ("ANN", "FIT"))
    frames["crew_need"] = frame(("operation", "skill", "num_people"), ("R/10", "FIT", 1))
    compiled = compile_floor(Snapshot.of(frames, NOW), FloorTerms(weeks=1))
    assert compiled.problem.pools.defects.tolist() == [share]
    problem = replace(compiled.problem, pools=replace(compiled.problem.pools, absence=np.zeros(1)))
    result = simulate_floor(problem, until=2 * DAY, replications=50)
    assert result.pieces_scrapped.sum() / (50 * 1000) == pytest.approx(0.1 * times, abs=0.006)


def failing(**columns: object) -> dict[str, pl.DataFrame]:
    """Two stations that fail ten hours after each repair, which takes one hour."""
    frames = two_stations()
    modes = frame(
        ("code", "resource", "clock", "distribution", "mean_hours", "repair_distribution", "repair_mean_hours"),
        ("FA", "A", "calendar", "fixed", 10.0, "fixed", 1.0),
        ("FB", "B", "calendar", "fixed", 10.0, "fixed", 1.0),
    )
    return frames | {"failure_mode": alter(modes, **columns)}


@pytest.mark.parametrize(("stock", "wait"), [(1.0, 13.0), (2.0, 1.0), (5.0, 0.0)])
def test_repairs_wait_for_spares(stock, wait):
    """A spare takes a day to come: of one, a repair waits 24 - 11 hours; of two, two cycles of 11 last a day."""
    frames = failing(spare=["BEARING", None])
    frames["supplier"] = frame(("code",), ("STEEL",))
    frames["supply_term"] = frame(
        ("supplier", "item", "site", "lead_time_days", "lead_time_spread_days"), ("STEEL", "BEARING", "P", 1.0, 1e-9)
    )
    frames["stock"] = frame(("item", "site", "quantity"), ("BEARING", "P", stock))
    compiled, result = play(frames, 24 * 400)
    assert compiled.problem.materials.order_quantity.tolist() == [1.0]
    waited = result.repair_wait[0] / result.failures[0] / HOUR
    assert waited == pytest.approx([wait, 0.0], abs=0.1)


def test_of_two_repairs_the_more_urgent_goes_first():
    """One repairer for three machines that break again at once: only the urgent one never waits for two repairs."""
    waits = []
    for priorities in ([1, 2, 2], [2, 1, 2]):
        frames = failing()
        frames["resource"] = pl.concat([frames["resource"], frame(("code", "site", "kind"), ("C", "P", "machine"))])
        frames["operation_resource"] = pl.concat(
            [frames["operation_resource"], frame(("operation", "resource"), ("R/20", "C"))]
        )
        modes = [(f"F{code}", code, "calendar", "fixed", 0.5, "fixed", 1.0) for code in "ABC"]
        frames["failure_mode"] = alter(frame(tuple(frames["failure_mode"].columns), *modes), repair_priority=priorities)
        frames["skill"] = frame(("code",), ("CARE",))
        frames["person"] = frame(("code", "site"), ("EVE", "P"))
        frames["person_skill"] = frame(("person", "skill"), ("EVE", "CARE"))
        frames["maintenance_plan"] = frame(
            ("code", "resource", "interval_days", "duration_minutes", "skill"),
            *((f"C{code}", code, 5000.0, 1.0, "CARE") for code in "ABC"),
        )  # fmt: skip
        compiled, result = play(frames, 24 * 30)
        assert compiled.problem.lives.priority.tolist() == priorities
        waits.append(result.repair_wait[0] / np.maximum(result.failures[0], 1))
    (first, second, third), (other, urgent, _) = waits
    assert first <= HOUR < second
    assert urgent <= HOUR < other
    assert second == pytest.approx(third, rel=0.05)


def test_wear_grows_where_care_is_put_off():
    """Half of the cares were put off in the past; at a growth of two, failures come up to three times as often."""
    plans = frame(("code", "resource", "interval_days", "duration_minutes", "wear_growth"), ("CA", "A", 7.0, 1.0, None))
    past = frame(
        ("code", "resource", "plan", "due_at", "state"),
        *((f"O{n}", "A", "CA", NOW - timedelta(days=7 * n + 1), "deferred" if n % 2 else "done") for n in range(20)),
    )
    found = {}
    for growth in (0.0, 2.0):
        frames = failing() | {"maintenance_plan": alter(plans, wear_growth=growth), "maintenance_order": past}
        compiled, result = play(frames, 24 * 350, terms=FloorTerms(weeks=50))
        assert compiled.problem.care.skip.tolist() == [0.5]
        found[growth] = result.failures[0]
    assert found[0.0][0] == pytest.approx(24 * 350 / 11, rel=0.02)
    assert 1.2 * found[0.0][0] < found[2.0][0] < 3.0 * found[0.0][0]
    assert found[2.0][1] == found[0.0][1]


def test_scrap_drifts_with_the_hours_since_the_last_care():
    """Lots that end after 1 to 10 busy hours at a tenth more an hour: 2 % of scrap becomes 2 % x 1.55."""
    frames = two_stations(orders=10, quantity=1000.0)
    frames["operation"] = alter(
        frames["operation"], run_minutes=[0.06, 0.0], operation_yield=[0.98, 1.0], scrap_drift=[0.1, 0.0]
    )
    compiled = compile_floor(Snapshot.of(frames, NOW), FloorTerms(weeks=1))
    run = Times(np.zeros(2, np.int8) + FIXED, np.array([3.6, 0.0]), np.zeros(2))
    problem = replace(compiled.problem, steps=replace(compiled.problem.steps, run=run))
    result = simulate_floor(problem, until=DAY, replications=20)
    share = result.pieces_scrapped.sum() / (20 * 10 * 1000)
    assert share == pytest.approx(0.02 * 1.55, abs=0.002)


def test_defects_reach_customers_as_often_as_they_did():
    found = frame(
        ("code", "item", "found_at", "stage"),
        *((f"N{n}", "UNIT", NOW - timedelta(days=10 * n + 1), "customer") for n in range(5)),
        ("N9", "UNIT", NOW - timedelta(days=400), "customer"), ("N8", "UNIT", NOW - timedelta(days=4), "final"),
    )  # fmt: skip
    compiled = compile_floor(make_snapshot(nonconformance=found), FloorTerms(weeks=26))
    assert compiled.problem.steps.defect.tolist() == [pytest.approx(5 / 26), 0.0]
    assert compile_floor(make_snapshot()).problem.steps.defect.tolist() == [0.0, 0.0]


def test_deliveries_wait_for_the_suppliers_days():
    """On Tuesdays and Fridays: 1 + 0 + 2 + 1 + 0 + 3 + 2 days of waiting from each day of the week."""
    supplier = frame(("code", "delivery_days"), ("STEEL", "tue, fri"))
    means = [
        compile_floor(make_snapshot(**changed)).problem.materials.lead.mean.max() / DAY
        for changed in ({}, {"supplier": supplier})
    ]
    assert means == pytest.approx([10.0, 10.0 + 9 / 7])


def test_odd_values_are_played_or_said():
    """Places without number, a spare that is its own component, drift without end: nothing stops the play."""
    frames = make_frames()
    frames["resource"] = alter(frames["resource"], queue_places=0)
    frames["operation"] = alter(frames["operation"], scrap_drift=100.0, transfer_lot=1e15)
    frames["failure_mode"] = frame(
        ("code", "resource", "mean_hours", "repair_mean_hours", "spare", "repair_priority"),
        ("F1", "SAW", 5.0, 1.0, "BAR", 2_000_000_000), ("F2", "BENCH", 5.0, 1.0, "UNIT", 0),
    )  # fmt: skip
    compiled = compile_floor(Snapshot.of(frames, NOW), FloorTerms(weeks=2))
    result = simulate_floor(compiled.problem, until=14 * DAY, replications=2)
    assert (result.released >= result.finished).all()
