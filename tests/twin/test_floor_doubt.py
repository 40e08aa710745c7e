"""What is not known of a plant: sets of parameters in plays of weeks, and what they do to the intervals."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from drumbeat.basics.intervals import mean_interval
from drumbeat.twin.compile_doubt import PACE
from drumbeat.twin.compile_floor import CompiledFloor, FloorTerms, compile_floor
from drumbeat.twin.compile_floor_doubt import FloorDoubt
from drumbeat.twin.engine.fit.draw_sets import draw_factors
from drumbeat.twin.engine.floor.build_floor import _build_floor
from drumbeat.twin.engine.floor.draft import Draft
from drumbeat.twin.engine.floor.simulate import simulate_floor
from drumbeat.twin.engine.floor.vary_floor import vary_floor
from drumbeat.twin.engine.widen_intervals import bound_mean, split_variance
from drumbeat.twin.play_floor import FloorRun, play_compiled
from tests.twin.floor_plant import NOW, frame, make_snapshot

TERMS = FloorTerms(weeks=4)
FAILS = frame(("code", "resource", "mean_hours", "repair_mean_hours"), ("F", "SAW", 2.0, 0.5))


@pytest.fixture(scope="module")
def compiled() -> CompiledFloor:
    return compile_floor(make_snapshot(failure_mode=FAILS), TERMS)


def play(compiled: CompiledFloor, replications: int = 60, **more: int) -> FloorRun:
    return play_compiled(compiled, "", TERMS, replications=replications, seed=2, **more)


def row_of(run: FloorRun, name: str, kpi: str) -> dict[str, float]:
    return run.kpis.filter((pl.col("name") == name) & (pl.col("kpi") == kpi)).row(0, named=True)


def half(run: FloorRun, name: str, kpi: str) -> float:
    row = row_of(run, name, kpi)
    return row["high"] - row["mean"]


def test_luck_and_doubt_are_told_apart_by_hand() -> None:
    """Two sets of two: within 2 (each of 1 and 3, of 5 and 7); their means 2 and 6 differ by 8, of which 1 is luck."""
    values, sets = np.array([1.0, 5.0, 3.0, 7.0]), np.array([0, 1, 0, 1])
    assert split_variance(values, sets) == pytest.approx((2.0, 7.0))
    # Student's t with one degree of freedom is 12.706, with three 3.182.
    luck = 3.182 * values.std(ddof=1) / 2
    assert bound_mean(values, sets).high - 4.0 == pytest.approx((luck**2 + 12.706**2 * 7.0) ** 0.5, rel=1e-3)
    assert bound_mean(values, np.zeros(4, np.int64)) == mean_interval(values)
    assert bound_mean(values, np.array([0, 0, 1, 1])) == mean_interval(values)


def test_a_set_is_laid_out_as_if_it_were_the_plant(compiled: CompiledFloor) -> None:
    template = _build_floor(compiled.problem)
    for one in compiled.doubt.vary(compiled.problem, 3):
        varied, afresh = vary_floor(template, one), _build_floor(one)
        for name, part in varied._asdict().items():
            assert np.array_equal(part, getattr(afresh, name)), name
        assert not np.array_equal(varied.life, template.life)
        assert not np.array_equal(varied.numbers, template.numbers)
        assert not np.array_equal(varied.material, template.material)
        assert not np.array_equal(varied.pool, template.pool)
        assert varied.lists is template.lists


def test_each_replication_is_played_on_its_set_with_any_cores(compiled: CompiledFloor) -> None:
    variants = compiled.doubt.vary(compiled.problem, 5)
    whole = simulate_floor(compiled.problem, variants=variants, until=1e6, first=3, replications=9, cores=2)
    for r in (0, 4, 8):
        alone = simulate_floor(variants[(3 + r) % 5], until=1e6, first=3 + r)
        assert np.array_equal(whole.machine_seconds[r], alone.machine_seconds[0])
    assert play(compiled, cores=2).kpis.equals(play(compiled).kpis)


def test_a_plant_that_is_known_has_the_interval_of_luck(compiled: CompiledFloor) -> None:
    doubt = compiled.doubt
    nothing = FloorDoubt(
        doubt.resources, 0 * doubt.pace, 0 * doubt.spread, doubt.modes, 0 * doubt.lives, 0 * doubt.repairs,
        doubt.pools, 0 * doubt.absence, doubt.sources, 0 * doubt.lead,
    )  # fmt: skip
    sure = play(replace(compiled, doubt=nothing))
    assert sure.num_sets == 1
    assert sure.kpis.equals(play(replace(compiled, doubt=FloorDoubt())).kpis)
    output = sure.result.pieces_finished[:, compiled.products["is_sold"].to_numpy()].sum(axis=1) / 4
    plain = mean_interval(output)
    row = row_of(sure, "all", "output")
    assert (row["low"], row["high"]) == pytest.approx((plain.low, plain.high))


def test_doubt_widens_and_leaves_the_mean_where_it_is(compiled: CompiledFloor) -> None:
    """A failure mode that is only stated may be 0.35 off on the logarithm: so much the time that it takes is unsure."""
    sure, unsure = play(replace(compiled, doubt=FloorDoubt()), 400), play(compiled, 400)
    assert unsure.num_sets == 40
    was, now = row_of(sure, "SAW", "downtime"), row_of(unsure, "SAW", "downtime")
    assert half(unsure, "SAW", "downtime") > 3 * half(sure, "SAW", "downtime")
    assert abs(now["mean"] - was["mean"]) < 0.1 * was["mean"]
    # Lives and repairs are each unsure by 0.35: their ratio by 0.49, twice that is the half-width on a logarithm.
    assert half(unsure, "SAW", "downtime") / now["mean"] == pytest.approx(2 * 0.49, rel=0.35)


def test_no_number_of_replications_takes_doubt_away() -> None:
    """One machine of fixed times: each set's output is known by hand, and luck has no part in it."""
    draft = Draft()
    draft.add_group("m")
    draft.add_product("p", steps=[{"group": "m", "run": 10.0}])
    draft.add_source("s", product="p", between=5.0)
    problem, doubt = draft.build(), FloorDoubt(["m"], np.array([0.2]))
    for replications, num_sets in ((10, 5), (50, 5), (500, 50)):
        assert doubt.count_sets(replications) == num_sets
        result = simulate_floor(
            problem, variants=doubt.vary(problem, num_sets), until=10_001.0, replications=replications
        )
        made = result.finished.sum(axis=1).astype(float)
        factor = draw_factors(["m"], np.array([0.2]), PACE, num_sets)[:, 0]
        starts = np.arange(replications) % num_sets
        assert np.abs(made - 10_000 / (10 * factor[starts])).max() < 2
        bound = bound_mean(made, starts)
        assert bound.high - bound.value > 1.9 * (10_000 / (10 * factor)).std(ddof=1)
    assert doubt.count_sets(9) == FloorDoubt().count_sets(1000) == 1


def test_few_deliveries_leave_more_open_than_many() -> None:
    def errors(count: int) -> tuple[str, float]:
        rows = [
            (f"P{i}", "STEEL", "BAR", "P", 10.0, NOW - timedelta(days=60), NOW - timedelta(days=60 - lead), "received")
            for i, lead in enumerate([8, 12] * (count // 2))
        ]
        columns = ("code", "supplier", "item", "site", "quantity", "ordered_at", "received_at", "state")
        told = compile_floor(make_snapshot(purchase_order=frame(columns, *rows)) if count else make_snapshot(), TERMS)
        place = told.materials["item"].to_list().index("BAR")
        return told.doubt.sources[place], float(told.doubt.lead[place])

    # Ten days with a standard deviation of 2 x sqrt(n / (n - 1)), of n deliveries.
    assert errors(16) == ("BAR @ P", pytest.approx(0.2 / 15**0.5))
    assert errors(400) == ("BAR @ P", pytest.approx(0.2 / 399**0.5))
    # Stated and never measured: as unsure as the fewest deliveries that would count; wrong with all of its supplier.
    assert errors(0) == ("STEEL", pytest.approx(0.2 / 8**0.5))
