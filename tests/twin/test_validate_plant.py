"""What was known then, what would have been said, and how it came out."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from benchmarks.twin.bench_calibration import look_back, measure
from benchmarks.twin.make_reality import make_plant

from drumbeat.basics.findings import InputError
from drumbeat.basics.progress import Cancelled
from drumbeat.cli.main import main
from drumbeat.data.snapshot import Snapshot
from drumbeat.twin.follow_kept import KeptSchedule, find_in_force, put_on_schedule
from drumbeat.twin.keep_validation import save_validation
from drumbeat.twin.models import OrderConfidence, Outcome, Simulation, Validation
from drumbeat.twin.read_kept import read_kept, read_schedules
from drumbeat.twin.rewind import find_executions, find_outcomes, rewind
from drumbeat.twin.validate_plant import COLUMNS, follow_sequence, score_orders, tell_limits, validate

NOW = datetime(2026, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)


def moments(*days: float | None) -> pl.Series:
    return pl.Series([None if day is None else NOW + day * DAY for day in days], dtype=pl.Datetime("us", "UTC"))


@pytest.fixture
def shop() -> Snapshot:
    """One machine. A was made, B is half made and late, C was made in time, D is not due yet, E was cancelled."""
    order = pl.DataFrame(
        {
            "code": list("ABCDE"), "site": ["N"] * 5, "item": ["I"] * 5, "routing": ["R"] * 5, "quantity": [10.0] * 5,
            "due_at": moments(-8, -2, -3, 5, -9), "state": ["done", "started", "done", "firm", "cancelled"],
        }
    )  # fmt: skip
    report = pl.DataFrame(
        {
            "code": ["1", "2", "3", "4"], "resource": ["M"] * 4, "order": ["A", "C", "C", "B"],
            "operation": ["R/10", "R/10", "R/20", "R/10"], "item": ["I"] * 4,
            "starts_at": moments(-8.5, -6, -5, -1), "ends_at": moments(-7.5, -5.5, -4, -0.5), "good": [10.0] * 4,
        }
    )  # fmt: skip
    return Snapshot.of(
        {
            "site": pl.DataFrame({"code": ["N"]}),
            "resource": pl.DataFrame({"code": ["M"], "site": ["N"], "capability": ["MILL"]}),
            "item": pl.DataFrame({"code": ["I"], "setup_family": ["GEARS"]}),
            "routing": pl.DataFrame({"code": ["R"], "item": ["I"], "site": ["N"]}),
            "operation": pl.DataFrame(
                {"code": ["R/10", "R/20"], "routing": ["R", "R"], "sequence": [10, 20], "capability": ["MILL"] * 2,
                 "run_minutes": [60.0, 120.0]}
            ),
            "order": order, "production_report": report,
        },
        NOW,
    )  # fmt: skip


def test_how_orders_ended(shop):
    found = {row["order"]: row for row in find_outcomes(shop).iter_rows(named=True)}
    assert set(found) == {"A", "B", "C", "D"}
    assert found["A"]["ended_at"] == NOW - 7.5 * DAY
    assert {code: row["is_on_time"] for code, row in found.items()} == {"A": False, "B": False, "C": True, "D": None}
    assert found["B"]["ended_at"] is None


def test_what_was_known_then(shop):
    then, tasks = rewind(shop, NOW - 5.75 * DAY, NOW)
    assert then.as_of == NOW - 5.75 * DAY
    assert then["production_report"]["code"].to_list() == ["1"]
    assert then["order"]["code"].to_list() == ["C"]  # A was done; how B ends is not known
    assert tasks["task"].to_list() == ["C/R/10@M", "C/R/20@M"]
    assert then["task"]["state"].to_list() == ["started", "open"]
    assert then["task"]["resource"].to_list() == ["M", "M"]
    assert then["link"]["kind"].to_list() == ["FS"]
    schedule = follow_sequence(then, tasks)
    # Begun six hours ago, ten hours of standard: four are left, then twenty.
    ends = schedule.tasks.sort("starts_at")["ends_at"].to_list()
    assert ends == [then.as_of + timedelta(hours=4), then.as_of + timedelta(hours=24)]


def test_tasks_with_actual_times_go_before_reports(shop):
    task = pl.DataFrame(
        {"code": ["C-1"], "order": ["C"], "operation": ["R/10"], "resource": ["M"], "quantity": [10.0],
         "starts_at": moments(-6.5), "ends_at": moments(-5.25), "state": ["done"]}
    )  # fmt: skip
    found = find_executions(Snapshot.of({**shop.frames, "task": task}, NOW))
    assert found.filter(pl.col("order") == "C")["task"].to_list() == ["C-1"]


def test_a_plant_without_history_says_so():
    run = validate(Snapshot.of({}, NOW), weeks=1)
    assert (run.orders.height, run.score.num_resolved) == (0, 0)
    assert "nothing can be said yet" in tell_limits(run)[0]
    with pytest.raises(InputError, match="weeks"):
        validate(Snapshot.of({}, NOW), weeks=0)


def test_what_cannot_be_trusted_is_said_in_words(shop):
    rows = [
        {"source": "kept", "said_at": NOW - 5 * DAY, "order": f"O{i}", "item": "I", "machine": "M1" if i % 2 else "M2",
         "due_at": NOW - 4 * DAY, "probability": 0.9, "p50_end": NOW - 4.5 * DAY, "p80_end": NOW - 4.2 * DAY,
         "p95_end": NOW - 4 * DAY, "ended_at": NOW - (4.6 if i % 2 else 3) * DAY, "is_on_time": bool(i % 2)}
        for i in range(60)
    ]  # fmt: skip
    run = score_orders(pl.DataFrame(rows, schema=COLUMNS), shop, 4)
    told = tell_limits(run)
    assert told[0].startswith("Do not trust it for orders that end on M2: it is too sure. It said 90%, 0% held")
    assert any(sentence.startswith("Promise dates at 95% are too early: 50% of 60 were kept") for sentence in told)
    assert run.score.error == pytest.approx(0.4)
    assert run.recalibration.apply(0.9) == pytest.approx(0.5, abs=0.1)


@pytest.mark.django_db
def test_a_judgement_is_kept_with_what_was_said_at_the_time(shop):
    from drumbeat.scheduling.models import Schedule

    schedule = Schedule.objects.create(
        created_at=NOW, version="v", horizon_start=NOW - 6 * DAY, method="t", objective=0, num_tasks=1
    )
    for number in range(2):
        simulation = Simulation.objects.create(
            created_at=NOW, schedule_id=schedule.pk, version="v", replications=100, seed=1, probability_all=0,
            expected_on_time=0.5, expected_on_time_low=0.4, expected_on_time_high=0.6,
        )  # fmt: skip
        for order in "BCD":
            OrderConfidence.objects.create(
                simulation=simulation, order=order, due_at=NOW - 3 * DAY, probability=0.9 - 0.5 * number,
                probability_low=0.8, probability_high=0.95, planned_end=NOW - 4 * DAY, p50_end=NOW - 4 * DAY,
                p80_end=NOW - 3.5 * DAY, p95_end=NOW - 3 * DAY,
            )  # fmt: skip
    kept = read_kept(NOW, 4)
    assert kept["probability"].to_list() == [0.9] * 3  # the week's first
    run = validate(shop, weeks=1, replications=20, kept=kept)
    said = run.orders.filter(pl.col("source") == "kept")
    assert dict(said.select("order", "is_on_time").iter_rows()) == {"B": False, "C": True}
    stored = save_validation(run, NOW)
    assert Outcome.objects.filter(validation=stored, source="kept").count() == 2
    assert Validation.objects.get().summary["limits"] == tell_limits(run)
    assert json.dumps(stored.summary)  # no nan


def keep(*rows: tuple[str, str, str, float], number: int = 1, at: float = -6.0) -> KeptSchedule:
    """Keep a schedule of (order, operation, machine, start in days from now), made so many days from now."""
    table = pl.DataFrame([row[:3] for row in rows], schema=["order", "operation", "resource"], orient="row")
    return KeptSchedule(
        number, NOW + at * DAY, table.with_columns(moments(*(row[3] for row in rows)).alias("starts_at"))
    )


def test_the_schedule_in_force_is_the_newest_of_the_week_before():
    old, new, again, later = keep(at=-13.0), keep(at=-7.0), keep(number=2, at=-7.0), keep(at=-6.9)
    assert find_in_force([old, new, again, later], NOW - 7 * DAY) is again
    assert find_in_force([old, later], NOW - 7 * DAY) is old
    assert find_in_force([old], NOW - 6 * DAY) is None  # a week old: little of it is left
    assert find_in_force([], NOW) is None


def test_the_work_of_then_goes_where_the_schedule_had_it(shop):
    """C was planned on N; A, which is under way, stays on its machine; what the schedule does not have is left out."""
    resource = pl.DataFrame({"code": ["M", "N"], "site": ["N", "N"], "capability": ["MILL"] * 2})
    plant = Snapshot.of({**shop.frames, "resource": resource}, NOW)
    released = plant["order"].select(pl.col("code").alias("order"), "release_at")
    then, tasks = rewind(plant, NOW - 8 * DAY, NOW)
    assert then["order"]["release_at"].to_list() == [None, NOW - 6 * DAY]  # A is under way, C when it was begun
    plan = keep(("C", "R/10", "N", -6.5), ("C", "R/20", "GONE", -5.5))
    moved, order = put_on_schedule(then, tasks, plan, released)
    machines = dict(moved["task"].select("code", "resource").iter_rows())
    assert machines == {"A/R/10@M": "M", "C/R/10@M": "N", "C/R/20@M": "M"}  # a machine that is gone plays no part
    assert moved["order"]["release_at"].to_list() == [None, None]  # it was there to be begun
    assert dict(order.select("task", "starts_at").iter_rows())["C/R/10@M"] == NOW - 6.5 * DAY
    left, order = put_on_schedule(then, tasks, keep(("Z", "R/10", "N", -6.5)), released)
    assert left["order"]["code"].to_list() == ["A"]  # nobody knew of C
    assert left["link"].height == 0
    assert order["order"].to_list() == ["A"]


def test_weeks_are_replayed_with_the_schedule_of_then_and_told(shop):
    run = validate(shop, weeks=1, replications=20, schedules=[keep(("C", "R/10", "M", -6.0), number=7, at=-7.0)])
    assert run.orders.select("source", "order").rows() == [("scheduled", "C")]
    assert run.followed[0].startswith("Week from 23 Feb: schedule 7 was in force; of 1 orders ")
    assert validate(shop, weeks=1, replications=20).followed[0].startswith("Of none of these weeks")
    mixed = validate(shop, weeks=2, replications=20, schedules=[keep(("X", "R/10", "M", -6.0), number=7, at=-7.0)])
    assert mixed.followed == (
        "Week from 23 Feb: schedule 7 was in force; no order of it was due and done since.",
        "Weeks of which no schedule is kept: 16 Feb.",
    )
    assert not (mixed.orders["source"] == "scheduled").any()


@pytest.mark.django_db
def test_schedules_are_read_as_they_were_kept():
    from drumbeat.scheduling.models import Schedule, ScheduledTask

    for days in (-8.0, -7.0, -7.0, -1.0):
        schedule = Schedule.objects.create(
            created_at=NOW, version="v", horizon_start=NOW + days * DAY, method="t", objective=0, num_tasks=1
        )
        ScheduledTask.objects.create(
            schedule=schedule, task="T", order="C", operation="R/10", resource="M", starts_at=NOW, ends_at=NOW
        )
    kept = read_schedules(NOW, 2)
    assert [one.number for one in kept] == [schedule.pk - 1]
    assert kept[0].tasks.rows() == [("C", "R/10", "M", NOW)]


def test_a_week_replayed_with_its_schedule_says_what_was_said_then():
    """Four weeks on the twin says of that week what it said in it, which without the schedule it does not."""
    kept, lost = (look_back(3001, 1, 400, weeks=6, keeps=keeps, ahead=4) for keeps in (True, False))
    assert (kept["source"] == "scheduled").all()
    assert kept.height == 60
    difference = (kept["probability"] - kept["said_then"]).to_numpy()
    assert abs(difference.mean()) < 0.01
    assert np.abs(difference).max() < 0.1  # four hundred replications, other luck
    without = (lost["probability"] - lost["said_then"]).to_numpy()
    assert np.abs(without).mean() > 3 * np.abs(difference).mean()


@pytest.mark.slow
def test_plants_that_are_richer_than_the_model():
    """Small: six plants, eight futures each. The full one, with its bar, is benchmarks/twin/bench_calibration.py."""
    told = measure(plants=6, futures=8, replications=200, weeks=12)
    assert told["calibration_error"] < 0.10
    assert told["skill"] > 0.4
    assert told["promises_kept"]["p50"] < told["promises_kept"]["p80"] < told["promises_kept"]["p95"]


@pytest.mark.slow
def test_the_command_judges_and_lists(tmp_path, capsys):
    plant = make_plant(3, 8).snapshot
    plant.write(tmp_path / "plant")
    arguments = [str(tmp_path / "plant"), "--weeks", "2", "--replications", "50", "--cores", "1"]
    assert main(["twin", "validate", *arguments]) == 0
    shown = capsys.readouterr().out
    assert "Did it hold what it said?" in shown
    assert "What it cannot be trusted for" in shown
    assert main(["twin", "validate", *arguments, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["resolved"] == len(answer["orders"]) > 20
    assert 0 <= answer["calibration_error"] < 0.5
    assert main(["twin", "fits", str(tmp_path / "plant"), "--json"]) == 0
    fits = json.loads(capsys.readouterr().out)
    assert {"time between stops", "repair", "run time over standard", "share absent"} <= {row["what"] for row in fits}
    assert all(row["low"] <= row["mean"] <= row["high"] for row in fits)
    assert main(["twin", "guess"]) == 1

    def cancel(fraction, message):
        raise Cancelled

    with pytest.raises(Cancelled):
        validate(plant, weeks=1, progress=cancel)
    assert np.isfinite(validate(plant, weeks=2, replications=20).score.brier)
