"""The plant's own data as a floor: what is played, and what is said about it."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from drumbeat.basics.findings import InputError
from drumbeat.lab.company import make_company
from drumbeat.twin.compile_floor import FloorTerms, compile_floor
from drumbeat.twin.engine.floor.problem import PER_PIECE
from drumbeat.twin.engine.floor.simulate import simulate_floor
from tests.twin.floor_plant import NOW, frame, make_frames, make_snapshot

WEEK = 604_800.0


def rules(compiled):
    return " | ".join(finding.rule for finding in compiled.findings)


def test_the_small_plant_by_hand():
    compiled = compile_floor(make_snapshot(), FloorTerms(weeks=4))
    problem = compiled.problem
    assert compiled.products.select("product", "is_sold", "pieces", "line").rows() == [
        ("R-UNIT", True, 10, "L"),
        ("R-RING to stock", False, 40, "L"),
    ]
    # Twelve minutes a piece without reports: the standard, with the usual spread around its mean.
    assert problem.steps.run.mean == pytest.approx([720.0, 180.0], rel=0.01)
    assert (problem.steps.unit == PER_PIECE).all()
    assert problem.steps.setup == pytest.approx([0.0, 900.0])
    assert problem.steps.scrap == pytest.approx([0.0, 0.02])
    # One demand of ten a week, at random.
    assert problem.sources.between.mean == pytest.approx([WEEK], rel=0.02)
    # BENCH takes two lots at a time and has no calendar; SAW is open 40 hours a week.
    assert list(problem.machines.keys) == ["BENCH #1", "BENCH #2", "SAW"]
    assert problem.machines.calendar.tolist() == [-1, -1, 0]
    opened = (problem.calendars.end - problem.calendars.start)[problem.calendars.start < WEEK].sum()
    assert opened == 40 * 3600
    # Two people from 6 to 14; nobody at night.
    assert compiled.pools.rows() == [("FIT @ P", "people", "P")]
    assert problem.pools.size.max() == 2
    assert problem.pools.size[0] == 0


def test_components_are_made_to_stock_and_bought_ones_ordered_again():
    compiled = compile_floor(make_snapshot())
    materials, names = compiled.problem.materials, compiled.materials["material"].to_list()
    ring, bar = names.index("RING @ P"), names.index("BAR @ P")
    assert materials.maker[ring] == 1
    assert materials.maker[bar] == -1
    assert compiled.problem.products.makes.tolist() == [-1, ring]
    assert materials.order_quantity[ring] == 40
    assert materials.lead.mean[bar] == 10 * 86_400
    # Ten units a week take twenty rings and ten bars: the point covers the lead time and the largest lot.
    weekly = 10 / 7
    assert materials.reorder_point[bar] > weekly * 10 + 0.5 * 40
    assert "released by their reorder point (pull)" in rules(compiled)


def test_orders_under_way_come_where_they_are_and_demand_follows_the_book():
    frames = make_frames()
    frames["order"] = frame(
        ("code", "site", "item", "quantity", "due_at", "state"),
        ("W1", "P", "UNIT", 12.0, NOW + timedelta(days=2), "started"),
        ("W2", "P", "UNIT", 0.4, NOW + timedelta(days=20), "firm"),
    )
    frames["operation"] = pl.concat(
        [frames["operation"], frame(tuple(frames["operation"].columns), ("R-UNIT/20", "R-UNIT", 20, 6.0, 0.0, 1.0))]
    )
    frames["task"] = frame(
        ("code", "order", "operation", "sequence", "state"),
        ("W1/10", "W1", "R-UNIT/10", 10, "done"),
        ("W1/20", "W1", "R-UNIT/20", 20, "started"),
    )
    orders = (compiled := compile_floor(make_snapshot(**frames))).problem.orders
    place = {key: i for i, key in enumerate(orders.keys)}
    first, second = place["W1"], place["W2"]
    assert compiled.steps["operation"][int(orders.step[first])] == "R-UNIT/20"
    assert (orders.release[first], orders.due[first], orders.pieces[first]) == (-1.0, 2 * 86_400.0, 12)
    assert (orders.step[second], orders.pieces[second]) == (-1, 1)
    assert compiled.problem.sources.first[0] > 10 * 86_400


def test_what_cannot_be_played_is_said():
    frames = make_frames()
    lost = frame(("code", "kind"), ("GHOST", "make"))
    frames["item"] = pl.concat([frames["item"], lost], how="diagonal")
    ghost = [(f"G{i}", "GHOST", "P", 5.0, NOW - timedelta(days=i + 1), None, "open") for i in range(9)]
    frames["demand_line"] = pl.concat(
        [frames["demand_line"], frame(tuple(frames["demand_line"].columns), *ghost)], how="vertical_relaxed"
    )
    compiled = compile_floor(make_snapshot(**frames))
    assert "has a routing there" in rules(compiled)
    assert "a machine without a calendar is always open" in rules(compiled)
    assert "these machines never fail" in rules(compiled)


def test_a_bill_in_a_circle_is_cut_and_said():
    frames = make_frames()
    frames["bill_line"] = pl.concat(
        [
            frames["bill_line"],
            frame(("item", "component", "quantity_per"), ("RING", "UNIT", 1.0), ("RING", "RING", 1.0)),
        ]
    )
    compiled = compile_floor(make_snapshot(**frames))
    circles = [f for f in compiled.findings if f.rule == "an item does not go into itself"]
    assert sorted(str(finding.value) for finding in circles) == ["RING > RING", "RING > UNIT > RING"]
    assert all(finding.severity == "warning" for finding in circles)


def test_without_demand_there_is_nothing_to_play():
    with pytest.raises(InputError, match="something is made"):
        compile_floor(make_snapshot(demand_line=make_frames()["demand_line"].clear()))
    with pytest.raises(InputError, match="something is made"):
        compile_floor(make_snapshot(operation=make_frames()["operation"].clear()))


def test_machines_that_are_down_and_late_care():
    events = frame(("code", "resource", "state", "starts_at"), ("E", "SAW", "down", NOW - timedelta(hours=1)))
    modes = frame(("code", "resource", "mean_hours", "repair_mean_hours"), ("F", "SAW", 50.0, 6.0))
    plans = frame(("code", "resource", "interval_days", "duration_minutes", "skill"), ("C", "SAW", 7.0, 60.0, "FIT"))
    done = frame(
        ("code", "resource", "plan", "due_at", "starts_at", "ends_at", "state"),
        ("O1", "SAW", "C", NOW - timedelta(days=9), NOW - timedelta(days=9), NOW - timedelta(days=8, hours=23), "done"),
        ("O2", "SAW", "C", NOW - timedelta(days=2), None, None, "open"),
    )
    changed = {"machine_event": events, "failure_mode": modes, "maintenance_plan": plans, "maintenance_order": done}
    compiled = compile_floor(make_snapshot(**changed), FloorTerms(growth=0.5))
    problem = compiled.problem
    assert list(problem.outages.keys) == ["down now: SAW"]
    assert problem.outages.window_end.tolist() == [6 * 3600.0]
    assert problem.care.first.tolist() == [0.0]
    assert problem.care.growth.tolist() == [0.5]
    assert problem.care.pool.tolist() == problem.lives.pool.tolist() == [0]


@pytest.mark.parametrize(
    ("wrong", "match"), [({"weeks": 0}, "weeks"), ({"rule": "luck"}, "rule"), ({"growth": float("nan")}, "growth")]
)
def test_terms_that_make_no_sense(wrong, match):
    with pytest.raises(InputError, match=match):
        FloorTerms(**wrong)


def test_the_demo_company_makes_what_it_sells():
    compiled = compile_floor(make_company(size="s", seed=1), FloorTerms(weeks=8))
    problem = compiled.problem
    assert problem.products.makes.max() < len(problem.materials.keys)
    result = simulate_floor(problem, until=8 * WEEK, replications=3, seed=2)
    sold = compiled.products["is_sold"].to_numpy()
    brought = result.released[:, sold].sum(axis=1)
    left = result.wip_end[:, sold].sum(axis=1)
    assert (result.finished[:, sold].sum(axis=1) + result.scrapped[:, sold].sum(axis=1) + left >= brought).all()
    # The plant keeps up with its demand: orders inside stay far below those that it finished.
    assert (left < 0.3 * result.finished[:, sold].sum(axis=1)).all()
    assert (np.abs(result.machine_seconds.sum(axis=2) - 8 * WEEK) < 1.0).all()
