"""Past weeks played again without a schedule, and what was known of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from benchmarks.twin.make_reality import make_plant

from drumbeat.data.snapshot import Snapshot
from drumbeat.twin.keep_validation import judge_kept, save_validation
from drumbeat.twin.models import OrderConfidence, Simulation, Validation
from drumbeat.twin.read_kept import KEPT_WEEKS
from drumbeat.twin.rewind import find_executions, rewind
from drumbeat.twin.validate_plant import COLUMNS, correct_by_past, score_orders
from drumbeat.twin.validate_play import compile_past, rewind_floor, validate_play
from tests.twin.test_validate_plant import DAY, NOW, moments, shop  # noqa: F401 - a fixture

# ruff: noqa: F811 - fixtures bear their names


@pytest.fixture(scope="module")
def reality() -> Snapshot:
    return make_plant(203, 12).snapshot


def test_a_rich_plant_played_again_comes_out_as_it_was(reality: Snapshot) -> None:
    """Its truth has waves of absence, aging machines and paces that the floor knows only from the log."""
    found = validate_play(reality, weeks=8, replications=10)
    assert found is not None
    means = {
        (row["kpi"]): (row["mean"], row["actual"])
        for row in found.figures.filter(pl.col("scope") == "plant")
        .group_by("kpi")
        .agg(pl.col("mean", "actual").mean())
        .iter_rows(named=True)
    }
    assert means["output"][0] == pytest.approx(means["output"][1], rel=0.05)
    assert means["on time"][0] == pytest.approx(means["on time"][1], abs=0.08)
    assert means["lead time"][0] == pytest.approx(means["lead time"][1], rel=0.4)
    told = found.as_json()
    assert told["utilisation_error"]["size"] < 0.08
    assert told["num_weeks"] == found.weeks.filter(pl.col("scope") == "site").height > 0
    assert any("release date" in sentence for sentence in found.unknown)


def test_a_plant_twice_as_slow_as_it_says_is_found_out(reality: Snapshot) -> None:
    """The standards and the reports of later weeks are those of a plant that was twice as fast before."""
    frames = dict(reality.frames)
    moment = reality.as_of - timedelta(weeks=4)
    end = pl.col("ends_at")
    shorter = pl.when(end < moment).then(pl.col("starts_at") + (end - pl.col("starts_at")) * 0.1).otherwise(end)
    frames["production_report"] = frames["production_report"].with_columns(shorter.alias("ends_at"))
    frames["machine_event"] = frames["machine_event"].clear()
    frames["operation"] = frames["operation"].with_columns(pl.col("run_minutes") * 3.0)
    found = validate_play(Snapshot.of(frames, reality.as_of), weeks=4, replications=5)
    assert found is not None
    assert any("Do not trust" in sentence for sentence in found.limits)


def test_the_floor_taken_back_knows_what_was_known(reality: Snapshot) -> None:
    moment = reality.as_of - timedelta(weeks=4)
    until = moment + timedelta(weeks=2)
    then = rewind_floor(reality, moment, until)
    assert then["production_report"]["ends_at"].max() <= moment
    assert then["demand_line"].filter(pl.col("due_at") >= moment).height == 0
    made = find_executions(reality)
    open_ = made.filter(pl.col("ends_at") > moment)["order"].unique().to_list()
    assert set(then["order"]["code"]) <= set(open_)
    states = dict(then["task"].group_by("order").agg(pl.col("state").cast(pl.String)).iter_rows())
    for order, own in states.items():
        last = made.filter((pl.col("order") == order) & (pl.col("ends_at") <= moment)).height
        assert own.count("done") == last, order
        assert "done" not in own[last:]
    compiled = compile_past(reality, moment, until)
    assert (compiled.problem.sources.first >= (until - moment).total_seconds()).all()
    assert set(compiled.problem.orders.keys) == set(then["order"]["code"])


def test_nothing_to_judge_is_no_judgement(shop: Snapshot) -> None:
    assert validate_play(shop, weeks=8, replications=2) is None


def test_a_record_that_begins_in_the_middle_counts_from_there(shop: Snapshot) -> None:
    """C was released ten days ago; with its first operation recorded it waits from then, without it from its begin."""
    released = shop["order"].with_columns(
        pl.when(pl.col("code") == "C").then(pl.lit(NOW - 6.5 * DAY)).alias("release_at").cast(pl.Datetime("us", "UTC"))
    )
    plant = Snapshot.of({**shop.frames, "order": released}, NOW)
    assert rewind(plant, NOW - 7 * DAY, NOW)[0]["order"]["release_at"].to_list() == [NOW - 6.5 * DAY]
    reports = shop["production_report"].filter(~((pl.col("order") == "C") & (pl.col("operation") == "R/10")))
    plant = Snapshot.of({**shop.frames, "order": released, "production_report": reports}, NOW)
    found = dict(rewind(plant, NOW - 7 * DAY, NOW)[0]["order"].select("code", "release_at").iter_rows())
    assert found["C"] == NOW - 5 * DAY


def _predictions() -> pl.DataFrame:
    """Four weeks in which 60 % was said of what held in 9 of 10 cases."""
    rows = []
    for week in range(4):
        said_at = NOW - (28 - 7 * week) * DAY
        for i in range(40):
            due = said_at + 3 * DAY
            ended = due + (1 if i % 10 == 0 else -1) * DAY
            rows.append(("replayed", said_at, f"{week}-{i}", "I", "M", due, 0.6, None, None, None, ended, ended <= due))
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")


def test_each_week_is_put_right_by_the_weeks_before_alone(shop: Snapshot) -> None:
    orders = _predictions()
    said = correct_by_past(orders)
    assert (said[:40] == 0.6).all()
    assert (said[40:] > 0.8).all()
    run = score_orders(orders, shop, 4)
    assert run.score.error == pytest.approx(0.3)
    assert run.corrected.error < 0.12
    # What comes out later changes nothing that was said before.
    turned = orders.with_columns(
        pl.when(pl.col("said_at") > NOW - 8 * DAY).then(False).otherwise("is_on_time").alias("is_on_time")
    )
    assert np.array_equal(correct_by_past(turned)[:120], said[:120])


@pytest.mark.django_db
def test_the_record_of_kept_predictions_grows_by_itself(shop: Snapshot) -> None:
    from drumbeat.scheduling.models import Schedule

    assert judge_kept(shop, NOW) is None
    count = 12
    orders = pl.DataFrame(
        {
            "code": [f"K{i}" for i in range(count)], "site": ["N"] * count, "item": ["I"] * count,
            "routing": ["R"] * count, "quantity": [1.0] * count, "due_at": moments(*[-3.0] * count),
            "state": ["done"] * count,
        }
    )  # fmt: skip
    reports = pl.DataFrame(
        {
            "code": [f"Q{i}" for i in range(count)], "resource": ["M"] * count,
            "order": [f"K{i}" for i in range(count)],
            "operation": ["R/20"] * count, "item": ["I"] * count, "starts_at": moments(*[-5.0] * count),
            "ends_at": moments(*[-4.0 + (i % 4 == 0) * 2 for i in range(count)]), "good": [1.0] * count,
        }
    )  # fmt: skip
    plant = Snapshot.of({**shop.frames, "order": orders, "production_report": reports}, NOW)
    schedule = Schedule.objects.create(
        created_at=NOW, version="v", horizon_start=NOW - 8 * DAY, method="t", objective=0, num_tasks=1
    )
    simulation = Simulation.objects.create(
        created_at=NOW - 8 * DAY, schedule_id=schedule.pk, version="v", replications=10, seed=1, probability_all=0.5,
        expected_on_time=0.7, expected_on_time_low=0.6, expected_on_time_high=0.8,
    )  # fmt: skip
    ends = dict.fromkeys(("planned_end", "p50_end", "p80_end", "p95_end"), NOW - 4 * DAY)
    OrderConfidence.objects.bulk_create(
        OrderConfidence(
            simulation=simulation, order=f"K{i}", due_at=NOW - 3 * DAY, probability=0.7, probability_low=0.6,
            probability_high=0.8, **ends,
        )
        for i in range(count)
    )  # fmt: skip
    found = judge_kept(plant, NOW)
    assert found is not None
    assert (found.num_resolved, found.weeks, found.summary["kept"]) == (count, KEPT_WEEKS, count)
    assert found.error == pytest.approx(0.05)
    assert judge_kept(plant, NOW) is None  # nothing new has come out
    assert Validation.objects.count() == 1
    # An earlier judgement of more predictions, which have left the window since, holds up nothing.
    Validation.objects.update(as_of=NOW - 4 * DAY, num_resolved=count + 50)
    assert judge_kept(plant, NOW) is not None


@pytest.mark.django_db
def test_it_is_stored_beside_the_predictions_and_shown(reality: Snapshot) -> None:
    played = validate_play(reality, weeks=4, replications=3)
    run = score_orders(_predictions(), reality, 4)
    stored = save_validation(run, datetime(2026, 3, 2, tzinfo=UTC), played)
    assert stored.summary["play"]["figures"]
    assert stored.summary["corrected"] == pytest.approx(run.corrected.error)
    assert "play" not in save_validation(replace(run, weeks=3), datetime(2026, 3, 3, tzinfo=UTC)).summary
