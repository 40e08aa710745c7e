"""Kept predictions put the next ones right: in the run, on the pages, over the API, beside what was played."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from drumbeat.basics.findings import Findings
from drumbeat.basics.intervals import Interval
from drumbeat.data.snapshot import Snapshot
from drumbeat.scheduling.engine.problem import FAR_FUTURE
from drumbeat.scheduling.models import Schedule
from drumbeat.twin.actions import THREATS_SCHEMA, SimulationRun, save_simulation
from drumbeat.twin.engine.validate.learn_correction import Correction, learn_correction
from drumbeat.twin.engine.validate.recalibrate import fit_line
from drumbeat.twin.models import OrderConfidence, Simulation
from drumbeat.twin.put_right import find_correction, put_right, tell_correction
from drumbeat.twin.read_kept import read_kept
from drumbeat.twin.validate_plant import read_moments
from tests.home.test_views import NOW, plant, run  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def wrong_by(points: float, weeks: int = 12, orders: int = 30) -> Correction:
    """Learned from weeks in which 60 % was said of what held in more, or less, of the cases."""
    said = np.full(weeks * orders, 0.6)
    held = (np.arange(weeks * orders) * 0.6180339887498949) % 1.0 < 0.6 + points / 100
    said_at = np.repeat(np.arange(weeks) * 7, orders)
    return learn_correction(said, held, said_at, said_at + 3)


def keep_weeks(share: float, weeks: int = 8, orders: int = 30) -> Snapshot:
    """Store weeks of predictions of 60 %, and a snapshot in which so many of them came true."""
    rows = []
    for week in range(weeks):
        said_at = NOW - (7 * (weeks - week)) * DAY
        schedule = Schedule.objects.create(
            created_at=said_at, version="v", horizon_start=said_at, method="t", objective=0, num_tasks=1
        )
        simulation = Simulation.objects.create(
            created_at=said_at, schedule_id=schedule.pk, version="v", replications=100, seed=1, probability_all=0,
            expected_on_time=0.6, expected_on_time_low=0.5, expected_on_time_high=0.7,
        )  # fmt: skip
        due = said_at + 3 * DAY
        told = []
        for i in range(orders):
            code = f"{week}-{i:02d}"
            is_good = (week * orders + i) * 0.6180339887498949 % 1.0 < share
            rows.append({"code": code, "site": "N", "item": "I", "quantity": 1.0, "due_at": due, "state": "done",
                         "ended": due - DAY if is_good else due + 0.5 * DAY})  # fmt: skip
            told.append(
                OrderConfidence(
                    # What was shown had been put right already: what is learned is learned from what was played.
                    simulation=simulation, order=code, due_at=due, probability=0.85, played=0.6, probability_low=0.5,
                    probability_high=0.9, planned_end=due, p50_end=due, p80_end=due, p95_end=due,
                )
            )  # fmt: skip
        OrderConfidence.objects.bulk_create(told)
    table = pl.DataFrame(rows)
    task = table.select(
        pl.col("code").alias("order"), (pl.col("code") + "/10").alias("code"),
        (pl.col("ended") - pl.duration(hours=2)).alias("starts_at"), pl.col("ended").alias("ends_at"),
        pl.lit("done").alias("state"),
    )  # fmt: skip
    frames = {
        "site": pl.DataFrame({"code": ["N"]}), "item": pl.DataFrame({"code": ["I"]}),
        "order": table.drop("ended"), "task": task,
    }  # fmt: skip
    return Snapshot.of(frames, NOW)


def simulated_run() -> SimulationRun:
    """Five orders: two open, one without a place in the schedule, one without a due date, one that is overdue."""
    end = [NOW + DAY, NOW + 2 * DAY, None, NOW + DAY, NOW + DAY]
    orders = pl.DataFrame(
        {
            "order": ["A", "B", "LOST", "FREE", "PAST"], "item": ["I"] * 5, "due_at": [NOW + 2 * DAY] * 3 + [None] * 2,
            "planned_end": end, "probability": [0.9, 0.6, 0.0, 1.0, 0.0],
            "probability_low": [0.87, 0.55, 0.0, 0.99, 0.0], "probability_high": [0.93, 0.65, 0.02, 1.0, 0.01],
            "p50_end": end, "p80_end": end, "p95_end": end, "late_hours": [0.5, 4.0, 0.0, 0.0, 24.0],
        }
    )  # fmt: skip
    due = np.array([172_800, 172_800, 172_800, FAR_FUTURE, -86_400])
    share = 1.5 / 4  # of the four that have a due time, the overdue one among them
    result: Any = SimpleNamespace(
        expected_on_time=Interval(share, share - 0.02, share + 0.02), jobs=SimpleNamespace(due=due)
    )
    return SimulationRun(
        result, orders, pl.DataFrame(schema=THREATS_SCHEMA), 0.0, 0.0, 0.1, share, share - 0.02, share + 0.02, 400, 1,
        Findings(), "v",
    )  # fmt: skip


def test_kept_predictions_that_were_too_cautious_are_learned_from() -> None:
    snapshot = keep_weeks(0.9)
    assert set(read_kept(NOW, 26)["probability"]) == {0.6}
    found = find_correction(snapshot)
    assert (found.num_resolved, found.is_applied) == (240, True)
    assert found.error > 0.2
    assert found.corrected_error < 0.1
    assert float(found.recalibration.apply(0.6)) == pytest.approx(0.9, abs=0.04)
    assert "put right by 240 predictions" in tell_correction(found)


def test_kept_predictions_that_held_change_nothing() -> None:
    found = find_correction(keep_weeks(0.6))
    assert (found.is_enough, found.is_applied) == (True, False)
    assert "as played" in tell_correction(found)
    assert find_correction(Snapshot.of({}, NOW - 400 * DAY)).num_resolved == 0


def test_a_run_is_put_right_once_and_stored_beside_what_was_played() -> None:
    simulated, correction = simulated_run(), wrong_by(+30)
    assert correction.is_applied
    right = put_right(simulated, correction)
    assert put_right(right, correction) is right
    assert right.orders["played"].to_list() == [0.9, 0.6, 0.0, 1.0, 0.0]
    told = right.orders["probability"].to_list()
    # 60 % held in 90 of 100 cases; who has no place or is overdue stays late, who has no due date on time.
    assert told[1] == pytest.approx(0.9, abs=0.03)
    assert told[0] > told[1]
    assert told[2:] == [0.0, 1.0, 0.0]
    assert (right.orders["probability_low"] <= right.orders["probability"]).all()
    assert (right.orders["probability_high"] >= right.orders["probability"]).all()
    assert right.orders["probability_high"][1] - right.orders["probability_low"][1] > 0.02
    assert right.expected_on_time == pytest.approx((told[0] + told[1]) / 4)
    assert right.expected_on_time_low < right.expected_on_time < right.expected_on_time_high
    assert right.probability_all == simulated.probability_all
    stored = save_simulation(right, 17, NOW)
    assert dict(OrderConfidence.objects.values_list("order", "played")) == {
        "A": 0.9,
        "B": 0.6,
        "FREE": 1.0,
        "PAST": 0.0,
    }
    assert stored.summary["correction"]["is_applied"]
    assert stored.summary["played_on_time"] == 0.375
    left = put_right(simulated, wrong_by(0))
    assert "played" not in left.orders.columns
    assert (left.expected_on_time, left.expected_on_time_low) == (0.375, 0.355)
    # A line that changes nothing leaves the share what it was.
    same = replace(correction, recalibration=replace(fit_line([], []), method="line"))
    again = put_right(simulated, same)
    assert (again.expected_on_time, again.expected_on_time_low) == pytest.approx((0.375, 0.355))


def test_pages_and_api_show_what_is_put_right_and_what_was_played(
    run: Schedule,  # noqa: F811
    client_as: Callable[..., Any],
) -> None:
    page = client_as("viewer").get("/twin/").content.decode()
    assert "as played" not in page
    simulation = Simulation.objects.latest("pk")
    simulation.summary |= {"correction": wrong_by(+30).as_json(), "played_on_time": 0.4}
    simulation.save()
    OrderConfidence.objects.filter(simulation=simulation, order="A").update(played=0.1)
    page = client_as("viewer").get("/twin/").content.decode()
    assert "Probabilities are put right by 360 predictions" in page
    assert "as played 40.0" in page
    assert page.count('<span class="muted small">as played 10') == 1
    assert "as played 10" in client_as("viewer").get("/orders/A/").content.decode()
    told = client_as("viewer").get("/api/simulations/latest").json()
    assert told["played_on_time"] == 0.4
    assert told["correction"].startswith("Probabilities are put right")
    assert {row["order"]: row["played"] for row in told["orders"]} == {"A": 0.1, "B/1": None}
    steps = client_as("viewer").get("/twin/").context["steps"]
    assert (steps[0]["words"], round(steps[0]["value"])) == ("As played", 40)


def test_who_is_early_teaches_no_sooner_than_who_is_late() -> None:
    orders = pl.DataFrame(
        {
            "probability": [0.6, 0.7], "is_on_time": [True, False], "said_at": [NOW, NOW],
            "due_at": [NOW + 9 * DAY, NOW + 3 * DAY], "ended_at": [NOW + DAY, None],
        }
    )  # fmt: skip
    said, held, _, counts_at = read_moments(orders)
    assert (said.tolist(), held.tolist()) == ([0.6, 0.7], [1.0, 0.0])
    assert counts_at[0] - counts_at[1] == 6 * 86_400 * 1_000_000, "from the due time on, though it ended before"
    assert read_moments(orders, NOW + 5 * DAY)[0].tolist() == [0.7]
