"""OEE by hand, and what must hold for any floor."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drumbeat.shopfloor.engine.measure_oee import (
    LOSSES,
    PRECEDENCE,
    TIMES,
    UNITS,
    OeeResult,
    hours,
    measure_oee,
    roll_up,
)

START = datetime(2026, 1, 5, 6, tzinfo=UTC)
MOMENT = pl.Datetime("us", "UTC")
MINUTE = 60_000_000


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def events(*rows: tuple[str, str, float, float | None]) -> pl.DataFrame:
    return pl.DataFrame(
        [(r, s, at(a), None if b is None else at(b)) for r, s, a, b in rows],
        schema={"resource": pl.String, "state": pl.String, "starts_at": MOMENT, "ends_at": MOMENT},
        orient="row",
    )


def reports(*rows: tuple[str, str, float, float, float, float, float]) -> pl.DataFrame:
    return pl.DataFrame(
        [(r, o, at(a), at(b), good, scrap, rework) for r, o, a, b, good, scrap, rework in rows],
        schema={
            "resource": pl.String, "operation": pl.String, "starts_at": MOMENT, "ends_at": MOMENT,
            "good": pl.Float64, "scrap": pl.Float64, "rework": pl.Float64,
        },
        orient="row",
    )  # fmt: skip


def planned(*rows: tuple[str, float, float]) -> pl.DataFrame:
    return pl.DataFrame(
        [(r, at(a), at(b)) for r, a, b in rows],
        schema={"resource": pl.String, "starts_at": MOMENT, "ends_at": MOMENT},
        orient="row",
    )


STANDARDS = pl.DataFrame(
    {"operation": ["O", "O", "P"], "resource": [None, "FAST", None], "seconds_per_unit": [60.0, 30.0, 1.0]}
)
PLACES = pl.DataFrame({"resource": ["A", "B", "FAST"], "line": ["L1", "L2", None], "site": ["S", "S", "S"]})


def measure(
    happened: pl.DataFrame,
    made: pl.DataFrame,
    opened: pl.DataFrame,
    minutes: tuple[float, ...] = (0, 1440),
    **options: Any,
) -> OeeResult:
    edges = [at(minute) for minute in minutes]
    return measure_oee(happened, made, opened, STANDARDS, PLACES, edges=edges, now=options.get("now", edges[-1]))


def test_textbook_shift_gives_its_textbook_oee() -> None:
    """420 planned minutes, 47 down, a second a unit, 19,271 units of which 423 are scrap."""
    result = measure(
        events(("A", "run", 0, 373), ("A", "down", 373, 420)),
        reports(("A", "P", 0, 373, 18848, 423, 0)),
        planned(("A", 0, 420)),
    )
    row = result.roll_up().row(0, named=True)
    assert row["availability"] == pytest.approx(0.8881, abs=5e-5)
    assert row["performance"] == pytest.approx(0.8611, abs=5e-5)
    assert row["quality"] == pytest.approx(0.9780, abs=1e-4)
    assert row["oee"] == pytest.approx(0.7479, abs=5e-5)
    assert row["speed"] == 373 * MINUTE - 19271 * 1_000_000
    assert row["scrap"] == 423 * 1_000_000


def test_every_loss_is_counted_where_it_belongs() -> None:
    result = measure(
        events(
            ("A", "setup", 0, 10),
            ("A", "run", 10, 70),
            ("A", "blocked", 70, 75),
            ("A", "starved", 75, 82),
            ("A", "idle", 82, 90),
            ("A", "maintenance", 90, 100),
            ("A", "down", 100, 111),
        ),
        reports(("A", "O", 10, 70, 40, 5, 3)),
        planned(("A", 0, 120)),
    )
    row = result.roll_up(["resource"]).row(0, named=True)
    minutes = {name: row[name] / MINUTE for name in TIMES}
    assert minutes == {
        "open": 120, "maintenance": 10, "overtime": 0, "planned": 110, "run": 60, "good": 40,
        "breakdown": 11, "setup": 10, "blocked": 5, "starved": 7, "idle": 8, "unreported": 9,
        "speed": 12, "scrap": 5, "rework": 3, "unmeasured": 0, "above_standard": 0,
    }  # fmt: skip
    assert row["oee"] == pytest.approx(40 / 110)
    assert hours(row["planned"]) == pytest.approx(110 / 60)


@pytest.mark.parametrize(("first", "second"), [(a, b) for i, a in enumerate(PRECEDENCE) for b in PRECEDENCE[i + 1 :]])
def test_the_stronger_state_counts_where_events_overlap(first: str, second: str) -> None:
    column = {"down": "breakdown"}
    happened = events(("A", first, 20, 30), ("A", second, 0, 60), ("A", second, 10, 50))
    row = measure(happened, reports(), planned(("A", 0, 60))).facts.row(0, named=True)
    assert row[column.get(first, first)] == 10 * MINUTE
    assert row[column.get(second, second)] == 50 * MINUTE


def test_open_event_ends_now_and_the_future_is_not_planned_yet() -> None:
    result = measure(events(("A", "run", 0, None)), reports(), planned(("A", 0, 480)), now=at(90))
    row = result.facts.row(0, named=True)
    assert (row["run"], row["planned"], row["unreported"]) == (90 * MINUTE, 90 * MINUTE, 0)


def test_running_outside_the_calendar_is_overtime_and_standing_there_is_nothing() -> None:
    result = measure(
        events(("A", "run", 50, 80), ("A", "down", 80, 100)),
        reports(("A", "O", 50, 80, 30, 0, 0)),
        planned(("A", 0, 60)),
    )
    row = result.facts.row(0, named=True)
    assert (row["planned"], row["overtime"], row["breakdown"]) == (80 * MINUTE, 20 * MINUTE, 0)
    assert row["unreported"] == 50 * MINUTE


def test_machine_without_calendar_is_always_planned() -> None:
    row = measure(events(("A", "run", 0, 60)), reports(), planned(), minutes=(0, 100)).facts.row(0, named=True)
    assert (row["planned"], row["unreported"]) == (100 * MINUTE, 40 * MINUTE)


def test_speed_of_a_machine_goes_before_the_operations() -> None:
    happened = events(("FAST", "run", 0, 60), ("A", "run", 0, 60))
    made = reports(("FAST", "O", 0, 60, 60, 0, 0), ("A", "O", 0, 60, 60, 0, 0))
    result = measure(happened, made, planned(("A", 0, 60), ("FAST", 0, 60)))
    assert dict(result.roll_up(["resource"]).select("resource", "performance").iter_rows()) == {"A": 1.0, "FAST": 0.5}


def test_missing_standard_is_told_and_performance_is_not_known() -> None:
    result = measure(events(("A", "run", 0, 60)), reports(("A", "UNKNOWN", 0, 60, 10, 0, 0)), planned(("A", 0, 60)))
    row = result.roll_up().row(0, named=True)
    assert row["performance"] is None
    assert row["oee"] is None
    assert row["availability"] == 1.0
    assert row["measured_share"] == 0.0
    assert "100%" in str(result.findings.shown[0])


def test_faster_than_the_standard_is_told_and_never_above_one() -> None:
    result = measure(events(("A", "run", 0, 60)), reports(("A", "O", 0, 60, 90, 0, 0)), planned(("A", 0, 60)))
    row = result.roll_up().row(0, named=True)
    assert (row["performance"], row["oee"]) == (1.0, 1.0)
    assert row["above_standard"] == 30 * MINUTE
    assert "faster" in result.findings.shown[0].rule


def test_planned_machine_that_never_ran_has_an_oee_of_zero() -> None:
    row = measure(events(("A", "down", 0, 60)), reports(), planned(("A", 0, 60))).roll_up().row(0, named=True)
    assert (row["oee"], row["performance"]) == (0.0, None)


def test_nothing_comes_of_nothing() -> None:
    empty = measure(events(), reports(), planned(("A", 0, 60)))
    assert empty.facts.height == 0
    assert empty.roll_up().height == 0
    assert empty.roll_up(["site"]).height == 0
    stranger = measure(events(("PERSON-1", "run", 0, 60)), reports(), planned())
    assert stranger.facts.height == 0


def test_report_over_two_periods_is_split_by_time() -> None:
    result = measure(
        events(("A", "run", 0, 120)), reports(("A", "O", 30, 90, 7, 1, 0)), planned(("A", 0, 120)), minutes=(0, 50, 120)
    )
    good = result.facts.sort("period")["good_units"].to_list()
    assert sum(good) == 7_000_000
    assert good[0] == round(7_000_000 / 3)


spans = st.tuples(st.integers(0, 2000), st.integers(0, 500)).map(lambda pair: (pair[0], pair[0] + pair[1]))
machine = st.sampled_from(["A", "B", "FAST"])
some_events = st.lists(st.tuples(machine, st.sampled_from(PRECEDENCE), spans), max_size=25)
some_reports = st.lists(
    st.tuples(machine, st.sampled_from(["O", "P", "UNKNOWN"]), spans, *[st.floats(0, 300)] * 3), max_size=10
)
some_shifts = st.lists(st.tuples(st.integers(0, 400), st.integers(1, 300)), max_size=5)


@settings(max_examples=60, deadline=None)
@given(some_events, some_reports, some_shifts, st.randoms(use_true_random=False))
def test_any_floor_adds_up(happened: Any, made: Any, shifts: Any, luck: Any) -> None:
    """Losses fill the planned time, ratios stay in [0, 1], roll-ups are exact, and the order of rows is nothing."""
    rows = [(m, s, a, b) for m, s, (a, b) in happened]
    output = [(m, o, a, b, *amounts) for m, o, (a, b), *amounts in made]
    opened, moment = [], 0
    for pause, length in shifts:
        opened += [(name, moment + pause, moment + pause + length) for name in ("A", "B")]
        moment += pause + length
    edges = (0, 700, 1400, 2600)
    result = measure(events(*rows), reports(*output), planned(*opened), minutes=edges)
    facts = result.facts
    assert facts.filter(pl.sum_horizontal("good", *LOSSES) != pl.col("planned")).height == 0
    assert facts.filter(pl.min_horizontal(*TIMES) < 0).height == 0
    for by in ([], ["line"], ["resource"], ["resource", "period"]):
        rolled = result.roll_up(by)
        for name in ("availability", "performance", "quality", "oee", "measured_share"):
            assert rolled.filter(~pl.col(name).is_between(0, 1 + 1e-12)).height == 0, name
        factors = rolled.filter(pl.col("oee").is_not_null() & pl.col("performance").is_not_null())
        product = pl.col("availability") * pl.col("performance") * pl.col("quality")
        assert factors.filter((product - pl.col("oee")).abs() > 1e-9).height == 0

    # A line's roll-up equals measuring its machines alone; a site's is the sum of its machines.
    for line, name in (("L1", "A"), ("L2", "B")):
        alone = measure(
            events(*[r for r in rows if r[0] == name]),
            reports(*[r for r in output if r[0] == name]),
            planned(*[r for r in opened if r[0] == name]),
            minutes=edges,
        )
        assert alone.roll_up(["line"]).equals(roll_up(facts.filter(pl.col("line") == line), ["line"]))
    whole = result.roll_up(["site"])
    for column in (*TIMES, *UNITS):
        assert whole[column].sum() == facts[column].sum()

    for rows_of in (rows, output, opened):
        luck.shuffle(rows_of)
    again = measure(events(*rows), reports(*output), planned(*opened), minutes=edges)
    assert again.facts.equals(facts)
