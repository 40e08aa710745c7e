"""A plant inferred from a log: known truths come back, the future stays unknown, and the plant can be run."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drumbeat.data.check_frames import check_frames
from drumbeat.data.snapshot import Snapshot
from drumbeat.lab.make_shop_log import FACTOR, FAILS_HOURS, MACHINES, PARTS, UNIT_MINUTES, WORKERS
from drumbeat.shopfloor.actions import infer_log
from drumbeat.shopfloor.engine.infer_calendars import count_hours, find_hours, make_shifts
from drumbeat.shopfloor.engine.infer_machines import find_breakdowns, find_capacities
from drumbeat.shopfloor.engine.infer_people import find_skills, share_minded_together
from drumbeat.shopfloor.engine.infer_plant import infer_plant
from drumbeat.shopfloor.engine.infer_result import LOG_COLUMNS, Inference, InferenceParams, say_confidence
from drumbeat.shopfloor.engine.infer_routings import find_variants
from drumbeat.shopfloor.engine.infer_steps import cut_log, name_capability, read_steps, sum_minutes
from drumbeat.shopfloor.engine.infer_times import measure_times
from drumbeat.shopfloor.read_log import read_log, read_map

SHOP = Path(__file__).resolve().parents[2] / "examples" / "shop-log"
DAY = datetime(2026, 3, 2, tzinfo=UTC)


def row(order: str, activity: str, start: float, end: float, **more: object) -> dict[str, object]:
    """A report of order, activity, start and end in hours of Monday, 2 March 2026."""
    base: dict[str, object] = {
        "order": order, "part": "P", "order_quantity": 10.0, "activity": activity, "machine": "M1", "worker": None,
        "starts_at": DAY + timedelta(hours=start), "ends_at": DAY + timedelta(hours=end), "kind": "run", "good": 0.0,
        "scrap": 0.0, "review": 0.0, "is_rework": False,
    }  # fmt: skip
    return base | more


def log_of(*rows: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=LOG_COLUMNS)


def steps_of(*rows: dict[str, object]) -> pl.DataFrame:
    return read_steps(cut_log(log_of(*rows), DAY + timedelta(days=365)))


@pytest.fixture(scope="module")
def shop_log() -> pl.DataFrame:
    return read_log(SHOP / "log.csv", read_map(SHOP / "map.toml"))[0]


@pytest.fixture(scope="module")
def shop(shop_log: pl.DataFrame) -> Inference:
    return infer_plant(shop_log, None, InferenceParams(site="WORKSHOP", time_zone="Europe/Berlin", promise="usual"))


@pytest.mark.parametrize(
    ("activity", "capability"),
    [
        ("Lapping - Machine 1", "Lapping"),
        ("Round Grinding - Manual", "Round Grinding - Manual"),
        ("SETUP     Turning & Milling - Machine 5", "Turning & Milling"),
        ("Setup - Machine 5", ""),
        ("Turning Q.C.", "Turning Q.C."),
        ("Line 2 test", "Line 2 test"),
    ],
)
def test_a_capability_is_the_activity_without_the_machine(activity: str, capability: str) -> None:
    assert name_capability(activity, "Machine 1 - Lapping\nMachine 5 - Turning") == capability


def test_setup_without_work_in_its_name_gets_what_the_machine_does() -> None:
    steps = steps_of(row("A", "Setup - M1", 6, 7, kind="setup"), row("A", "Turning - M1", 7, 9))
    assert steps["capability"].to_list() == ["Turning", "Turning"]


def test_overlapping_reports_count_once() -> None:
    rows = log_of(row("A", "x", 6, 8), row("A", "x", 7, 9), row("A", "x", 7, 7.5), row("A", "x", 10, 11))
    assert sum_minutes(rows, ["order"])["minutes"].to_list() == [240.0]


def test_a_report_that_runs_at_the_cut_is_known_by_its_start_only() -> None:
    cut = cut_log(log_of(row("A", "x", 6, 9, good=5.0), row("A", "x", 10, 11)), DAY + timedelta(hours=8))
    assert cut.select("is_running", "good", "ends_at").rows() == [(True, 0.0, DAY + timedelta(hours=8))]


def test_times_are_medians_over_orders_by_hand() -> None:
    # Minutes a unit: 60/10 = 6, 80/10 = 8, 120/10 = 12; one setup of 30 min in three orders; 2 of 30 scrapped.
    times = measure_times(
        steps_of(
            row("A", "Mill", 6, 7, good=10.0),
            row("B", "Mill", 7, 7 + 80 / 60, good=8.0, scrap=2.0),
            row("C", "Mill", 9, 9.5, kind="setup"),
            row("C", "Mill", 10, 12, good=10.0),
        )
    ).row(0, named=True)
    assert times["unit_minutes"] == pytest.approx(8.0)
    assert (times["orders"], times["units"], times["setup_minutes"]) == (3, 30.0, 30.0)
    assert times["setup_share"] == pytest.approx(1 / 3)
    assert times["yield"] == pytest.approx(28 / 30)
    # Wilson 95 % of 28 in 30: 0.787 to 0.982.
    assert times["yield_low"] == pytest.approx(0.787, abs=0.001)
    assert times["yield_high"] == pytest.approx(0.982, abs=0.001)


def test_capacity_is_what_holds_for_95_percent_of_the_busy_time() -> None:
    one = [row(f"O{hour}", "x", hour, hour + 1.02) for hour in range(6, 16)]
    assert find_capacities(steps_of(*one))["capacity"].to_list() == [1], "late clock-outs are no second place"
    two = [row(f"O{hour}", "x", hour, hour + 2) for hour in range(6, 16)]
    found = find_capacities(steps_of(*two)).row(0, named=True)
    assert (found["capacity"], found["most"], found["busy_hours"]) == (2, 2, 11.0)


def test_breakdown_reports_close_together_are_one_breakdown() -> None:
    rows = steps_of(
        row("A", "x", 6, 16),
        row("A", "x", 8, 9, kind="down"),
        row("A", "x", 9.5, 10, kind="down"),
        row("A", "x", 14, 15, kind="down"),
    )
    found = find_breakdowns(rows).row(0, named=True)
    assert (found["breakdowns"], found["busy_hours"], found["mean_hours"]) == (2, 10.0, 5.0)
    assert found["repair_mean_hours"] == pytest.approx(1.25)


def test_working_hours_are_those_of_the_shifts() -> None:
    weeks = [row("A", "x", 24 * day + 6, 24 * day + 14) for week in range(6) for day in range(7 * week, 7 * week + 5)]
    once = row("A", "x", 24 * 5 + 10, 24 * 5 + 11)  # one Saturday is no working day
    site, own = find_hours(count_hours(steps_of(*weeks, once), "UTC"), "S", 0.25)
    assert len(site.hours) == 40
    assert not own
    shifts = make_shifts(site)
    assert [(shift["weekday"], shift["start"], shift["end"]) for shift in shifts[:1]] == [("mon", time(6), time(14))]
    assert len(shifts) == 5


def test_local_hours_follow_the_time_zone() -> None:
    counts = count_hours(steps_of(row("A", "x", 5, 6)), "Europe/Berlin")
    assert counts.select("hour", "minutes").rows() == [(6, 60.0)]


def test_the_most_frequent_sequence_is_the_routing_and_ties_go_to_the_common_one() -> None:
    traces = pl.DataFrame(
        {
            "order": ["1", "2", "3", "4", "5"],
            "part": ["P"] * 3 + ["Q"] * 2,
            "steps": [["a", "b"], ["a", "b"], ["b", "a"], ["a", "b", "c"], ["a", "b"]],
            "is_whole": [True] * 3 + [False] * 2,
        }
    )
    found = find_variants(traces)
    assert found.select("part", "rank", "steps", "orders").rows()[:2] == [("P", 1, "a > b", 2), ("P", 2, "b > a", 1)]
    assert found.filter(pl.col("part") == "Q")["steps"].to_list() == ["a > b", "a > b > c"]
    assert found.filter(pl.col("part") == "Q")["from_whole"].to_list() == [False, False]


def test_skills_and_minding_two_machines() -> None:
    rows = steps_of(
        row("A", "Turn", 6, 8, worker="Ann"),
        row("B", "Turn", 7, 9, worker="Ann", machine="M2"),
        row("B", "Mill", 9, 10, worker="Bo"),
    )
    assert find_skills(rows).select("person", "skill", "level").rows() == [("Ann", "Turn", 2), ("Bo", "Mill", 1)]
    assert share_minded_together(rows) == pytest.approx(1 / 5)


@pytest.mark.parametrize(("count", "word"), [(30, "sure"), (29, "fair"), (10, "fair"), (4, "weak"), (3, "guess")])
def test_confidence_is_a_matter_of_counts(count: int, word: str) -> None:
    assert say_confidence(count) == word


def test_an_empty_cut_is_refused() -> None:
    with pytest.raises(ValueError, match="no row"):
        infer_plant(log_of(row("A", "x", 6, 7)), DAY)


@pytest.mark.parametrize("wrong", [{"open_share": 0.0}, {"promise": "maybe"}, {"min_breakdowns": 1}])
def test_params_refuse_what_is_out_of_bounds(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        InferenceParams(**wrong)  # type: ignore[arg-type]


# The made-up shop, of which the truth is known.


def test_the_shop_gets_its_true_routings_machines_and_hours(shop: Inference) -> None:
    main = shop.variants.filter(pl.col("rank") == 1)
    assert dict(main.select("part", "steps").iter_rows()) == {part: " > ".join(steps) for part, steps in PARTS.items()}
    machines = dict(shop.frames["resource"].select("code", "capability").iter_rows())
    assert machines == MACHINES
    assert set(shop.frames["resource"]["capacity"]) == {1}
    shifts = shop.frames["calendar_shift"]
    assert set(shifts.select("weekday", "start", "end").rows()) == {
        (day, time(6), time(22)) for day in ("mon", "tue", "wed", "thu", "fri")
    }


def test_the_shop_gets_its_true_times_within_the_stated_spread(shop: Inference) -> None:
    for found in shop.times.iter_rows(named=True):
        truth = UNIT_MINUTES[found["capability"]] * FACTOR[found["part"]]
        assert found["unit_minutes"] == pytest.approx(truth, rel=0.12), found
        assert found["unit_minutes_low"] <= found["unit_minutes"] <= found["unit_minutes_high"]
    assert shop.times["spread"].median() == pytest.approx(0.12, abs=0.05)


def test_the_shop_gets_its_true_breakdowns_and_people(shop: Inference) -> None:
    modes = shop.frames["failure_mode"]
    assert set(modes["resource"]) == set(FAILS_HOURS)
    for machine, hours in modes.select("resource", "mean_hours").iter_rows():
        assert 0.4 * FAILS_HOURS[machine] < hours < 2.5 * FAILS_HOURS[machine]
    able = shop.frames["person_skill"].select("person", "skill").rows()
    assert set(able) == {(person, MACHINES[machine]) for machine, people in WORKERS.items() for person in people}


def test_the_shops_frames_pass_every_check(shop: Inference) -> None:
    found = check_frames(Snapshot.of(shop.frames, shop.as_of).frames)
    assert found.num_errors == 0, list(found)[:5]


@settings(max_examples=12, deadline=None)
@given(hours=st.integers(30, 60 * 24))
def test_nothing_after_the_cut_is_known_and_the_plant_is_right_at_every_moment(hours: int) -> None:
    log, _ = read_log(SHOP / "log.csv", read_map(SHOP / "map.toml"))
    moment = datetime(2026, 1, 5, 6, tzinfo=UTC) + timedelta(hours=hours)
    cut = infer_plant(log, moment)
    blind = infer_plant(log.filter(pl.col("starts_at") < moment), moment)
    assert cut.as_of == moment
    for name, frame in cut.frames.items():
        assert frame.equals(blind.frames[name]), name
    assert (cut.frames["machine_event"]["ends_at"].fill_null(moment) <= moment).all()
    assert cut.frames["production_report"]["ends_at"].is_null().sum() == 0
    # Every open order has work left, and none of its tasks has more than was ordered.
    tasks = cut.frames["task"].join(cut.frames["order"], left_on="order", right_on="code", suffix="_order")
    assert (tasks["quantity"] <= tasks["quantity_order"] + 1e-9).all()
    open_orders = set(cut.frames["order"].filter(pl.col("state") == "started")["code"])
    assert open_orders == set(tasks.filter(pl.col("state") != "done")["order"])
    assert check_frames(Snapshot.of(cut.frames, moment).frames).num_errors == 0


def test_open_orders_are_those_that_went_on_after_the_cut(shop_log: pl.DataFrame) -> None:
    moment = datetime(2026, 2, 25, 5, tzinfo=UTC)
    cut = infer_plant(shop_log, moment)
    before = set(shop_log.filter(pl.col("starts_at") < moment)["order"])
    after = set(shop_log.filter(pl.col("ends_at") > moment)["order"])
    assert set(cut.frames["order"].filter(pl.col("state") == "started")["code"]) == before & after


@pytest.mark.slow
def test_the_shop_can_be_planned_scheduled_and_simulated() -> None:
    from drumbeat.planning.actions import make_plan
    from drumbeat.scheduling.actions import make_schedule
    from drumbeat.twin.actions import simulate

    report = infer_log(SHOP / "log.csv", SHOP / "map.toml", as_of=datetime(2026, 2, 25, 6))  # noqa: DTZ001 - local
    plan = make_plan(report.snapshot)
    schedule = make_schedule(report.snapshot, plan, seconds=0.5)
    assert schedule.result.worth.num_unscheduled == 0
    assert schedule.orders.height == 8
    assert 0.2 < simulate(report.snapshot, schedule, replications=100).expected_on_time <= 1.0
