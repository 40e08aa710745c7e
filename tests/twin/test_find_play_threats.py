"""What threatens a play: each cause switched off alone, against the same plant without it in its data."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from drumbeat.basics.findings import InputError
from drumbeat.basics.progress import Cancelled
from drumbeat.basics.streams import FIXED
from drumbeat.twin.compile_floor import FloorTerms
from drumbeat.twin.find_play_threats import MOST_LOOKED, find_play_threats, list_causes
from drumbeat.twin.keep_plays import read_threats, save_play
from drumbeat.twin.measure_play import measure_delivery
from drumbeat.twin.play_floor import FloorRun, play_compiled, play_floor
from tests.twin.floor_plant import frame, make_snapshot

TERMS = FloorTerms(weeks=13)
MODES = ("code", "resource", "mean_hours", "repair_mean_hours")
BENCH, SAW = ("F-B", "BENCH", 10.0, 30.0), ("F-S", "SAW", 200.0, 2.0)


def make_plant(*modes: tuple[object, ...], **changed: pl.DataFrame):  # type: ignore[no-untyped-def]
    return make_snapshot(failure_mode=frame(MODES, *modes), **changed)


def play(*modes: tuple[object, ...], threats: int = 0, **changed: pl.DataFrame) -> FloorRun:
    return play_floor(make_plant(*modes, **changed), TERMS, replications=10, seed=3, threats=threats)


@pytest.fixture(scope="module")
def run() -> FloorRun:
    return play(BENCH, SAW, threats=10)


def row_of(run: FloorRun, subject: str, scope: str = "plant") -> dict[str, object]:
    return run.threats.filter((pl.col("scope") == scope) & (pl.col("subject") == subject)).row(0, named=True)


def figures(run: FloorRun) -> np.ndarray:
    return measure_delivery(run.compiled, run.result, np.ones(run.compiled.products.height, np.bool_))


def test_a_breakdown_costs_what_the_plant_gains_without_it(run: FloorRun) -> None:
    """The same plant without the failure mode in its data has the same luck: the difference is the answer."""
    gains = figures(play(SAW)) - figures(run)
    row = row_of(run, "BENCH")
    assert row["kind"] == "breakdown"
    assert row["on_time"] == pytest.approx(gains[0].mean())
    assert row["output"] == pytest.approx(gains[1].mean())
    assert row["on_time_low"] < row["on_time"] < row["on_time_high"]
    # Bonferroni's: wider than a plain interval of 95 % of ten differences.
    plain = 2.262 * gains[0].std(ddof=1) / 10**0.5
    assert row["on_time_high"] - row["on_time"] > plain * 1.2


def test_the_worst_comes_first_in_each_scope(run: FloorRun) -> None:
    for scope in ("plant", "site"):
        rows = run.threats.filter(pl.col("scope") == scope)
        assert rows["subject"][0] == "BENCH"
        assert rows["rank"].to_list() == list(range(1, rows.height + 1))
    assert {"breakdown", "scrap"} <= set(run.threats["kind"])


def test_the_first_look_finds_the_one_that_matters() -> None:
    found = play(BENCH, SAW, threats=1).threats.filter(pl.col("scope") == "plant")
    assert found["subject"].to_list() == ["BENCH"]


def test_scrap_absence_and_late_suppliers_can_be_switched_off() -> None:
    """Each changes its own numbers and nothing else."""
    run = play(SAW)
    problem = run.compiled.problem
    causes = {(one.kind, one.subject): one for one in list_causes(run.compiled, run.result)}
    scrap = causes["scrap", "SAW"].switch(problem)
    assert problem.steps.scrap.max() == pytest.approx(0.02)
    assert scrap.steps.scrap.max() == 0.0
    assert scrap.lives is problem.lives
    absence = next(one for (kind, _), one in causes.items() if kind == "absence").switch(problem)
    assert problem.pools.absence.max() > 0
    assert (absence.pools.absence < problem.pools.absence).sum() == 1


def test_a_supplier_who_is_late_costs_what_a_punctual_one_saves() -> None:
    """Bars come after 10 days as promised, or after 10 to 60: rings wait for them, and units for rings."""
    bought = [
        (f"O{i}", "STEEL", "BAR", "P", 10.0, datetime(2025, 9, 1, tzinfo=UTC),
         datetime(2025, 9, 11 + (i % 5) * 4, tzinfo=UTC), "received")
        for i in range(20)
    ]  # fmt: skip
    columns = ("code", "supplier", "item", "site", "quantity", "ordered_at", "received_at", "state")
    empty = frame(("item", "site", "quantity"), ("BAR", "P", 0.0), ("RING", "P", 0.0))
    run = play(SAW, purchase_order=frame(columns, *bought), stock=empty)
    rows = run.compiled.materials.filter(pl.col("item") == "BAR")
    assert rows["supplier"].to_list() == ["STEEL"]
    assert rows["promised_seconds"].to_list() == [10 * 86_400.0]
    problem = run.compiled.problem
    bar = run.compiled.materials["item"].to_list().index("BAR")
    assert problem.materials.lead.mean[bar] == pytest.approx(18 * 86_400.0)
    # The plant's own points cover what suppliers do; here two weeks' bars are ordered when none is left.
    point, lot = problem.materials.reorder_point.copy(), problem.materials.order_quantity.copy()
    point[bar], lot[bar] = 0.0, 20.0
    begin = np.where(problem.materials.receipt_material == bar, 20.0, problem.materials.receipt_quantity)
    thin = replace(problem.materials, reorder_point=point, order_quantity=lot, receipt_quantity=begin)
    compiled = replace(run.compiled, problem=replace(problem, materials=thin))
    kind, mean = thin.lead.kind.copy(), thin.lead.mean.copy()
    kind[bar], mean[bar] = FIXED, 10 * 86_400.0
    kept = replace(thin, lead=replace(thin.lead, kind=kind, mean=mean))
    late, punctual = (
        play_compiled(one, "", TERMS, replications=10, seed=3)
        for one in (compiled, replace(compiled, problem=replace(problem, materials=kept)))
    )
    found = find_play_threats(compiled, late.result, most=5, seed=3)
    row = found.filter((pl.col("scope") == "plant") & (pl.col("kind") == "supplier")).row(0, named=True)
    assert row["subject"] == "STEEL"
    assert row["output"] == pytest.approx((figures(punctual) - figures(late))[1].mean())
    assert row["output"] > 0


def test_equal_bits_on_two_cores(run: FloorRun) -> None:
    again = play_floor(make_plant(BENCH, SAW), TERMS, replications=10, seed=3, threats=10, cores=2)
    assert again.threats.equals(run.threats, null_equal=True)


def test_nothing_that_goes_wrong_is_no_threat() -> None:
    perfect = {
        "operation": frame(
            ("code", "routing", "sequence", "run_minutes", "operation_yield"),
            ("R-UNIT/10", "R-UNIT", 10, 12.0, 1.0), ("R-RING/10", "R-RING", 10, 3.0, 1.0),
        ),
        "crew_need": frame(("operation", "skill", "num_people")),
    }  # fmt: skip
    run = play(threats=3, **perfect)
    kinds = {one.kind for one in list_causes(run.compiled, run.result)}
    assert not kinds & {"breakdown", "absence", "scrap"}


def test_too_little_or_too_much_is_refused() -> None:
    with pytest.raises(InputError, match="2 replications"):
        play_floor(make_plant(SAW), TERMS, replications=1, threats=3)
    for number in (-1, 21):
        with pytest.raises(InputError, match="0 to 20"):
            play_floor(make_plant(SAW), TERMS, replications=2, threats=number)


def test_looking_can_be_stopped_and_never_goes_back() -> None:
    heard: list[float] = []

    def stop(share: float, message: str) -> None:
        heard.append(share)
        if share > 0.8:
            raise Cancelled

    with pytest.raises(Cancelled):
        play_floor(make_plant(BENCH, SAW), TERMS, replications=4, threats=1, progress=stop)
    assert heard == sorted(heard)


@pytest.mark.django_db
def test_a_play_keeps_its_threats_for_those_who_see_its_sites(run: FloorRun) -> None:
    play = save_play(run, datetime(2026, 3, 2, tzinfo=UTC))
    play.refresh_from_db()
    assert read_threats(play, None).equals(run.threats)
    seen = read_threats(play, {"P"})
    assert set(seen["scope"]) == {"site"}
    assert set(seen["at"]) <= {"", "P"}
    assert read_threats(play, {"Q"}).is_empty()
    play.threats = b""
    assert read_threats(play, None).is_empty()
    assert pl.read_parquet(io.BytesIO(bytes(save_play(run, play.created_at).threats))).height == run.threats.height


def test_the_look_is_bounded() -> None:
    assert MOST_LOOKED <= 24
