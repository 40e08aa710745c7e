"""Calendar effects: working days and holidays are measured, taken off the past and put on the future."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drumbeat.data.snapshot import Snapshot
from drumbeat.demand.actions import make_forecast
from drumbeat.demand.compile_days import compile_days
from drumbeat.demand.compile_history import compile_history
from drumbeat.demand.engine.follow_days import OpenDays, follow_days, take_out_days
from drumbeat.demand.engine.problem import History

MONTHS = [date(2022 + n // 12, n % 12 + 1, 1) for n in range(50)]
AS_OF = datetime(2026, 3, 2, tzinfo=UTC)
EASTER = [date(2022, 4, 15), date(2023, 4, 7), date(2024, 3, 29), date(2025, 4, 18), date(2026, 4, 3)]


def jitter(n: int, place: int) -> float:
    """A number between -1 and 1 that nobody could tell from luck, the same on every machine."""
    return int.from_bytes(hashlib.blake2b(f"{n}/{place}".encode(), digest_size=4).digest(), "little") / 2**31 - 1


def working_days(month: date) -> int:
    after = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return int(np.busday_count(month, after))


def market(quantity, days, items=12, **frames) -> Snapshot:
    rows = [
        {"item": f"I{place}", "site": "NORTH", "period_start": day, "quantity": float(quantity(n, day, place))}
        for place in range(items)
        for n, day in enumerate(days)
    ]
    return Snapshot.of({"demand_history": pl.DataFrame(rows), **frames}, AS_OF)


def holidays(*days: date, site: str | None = None) -> pl.DataFrame:
    rows = [{"code": f"H{n}", "site": site, "starts_on": day, "ends_on": day} for n, day in enumerate(days)]
    return pl.DataFrame(rows, schema_overrides={"site": pl.String})


def test_months_that_follow_their_working_days_are_forecast_by_them():
    """Ten units a working day: the forecast of each month is ten times its working days."""
    told = market(lambda n, day, place: 10 * working_days(day) * (1 + 0.02 * jitter(n, place)), MONTHS)
    run = make_forecast(told, horizon=6)
    wanted = np.array([10.0 * working_days(day) for day in run.compiled.starts])
    found = run.rows["quantity"].to_numpy().reshape(12, 6)
    assert np.ptp(wanted) == 20
    assert np.abs(found / wanted - 1).max() < 0.03
    assert run.series["days_share"].to_numpy() == pytest.approx(np.ones(12), abs=0.15)
    assert "working days" in " ".join(str(finding) for finding in run.findings)


def test_months_that_do_not_follow_working_days_are_left_alone():
    told = market(lambda n, day, place: 200 * (1 + 0.1 * jitter(n, place)), MONTHS)
    run = make_forecast(told, horizon=2)
    assert (run.series["days_share"] == 0).all()
    assert (run.cleaned.history.values == run.compiled.history.values).all()


def test_a_week_of_easter_is_no_collapse_and_comes_again():
    monday = date(2022, 1, 3)
    weeks = [monday + timedelta(weeks=n) for n in range(217)]
    days = [day for friday in EASTER for day in (friday, friday + timedelta(days=3))]

    def quantity(n: int, day: date, place: int) -> float:
        lost = sum(day <= free < day + timedelta(weeks=1) for free in days)
        return (500 - 100 * lost) * (1 + 0.03 * jitter(n, place))

    run = make_forecast(market(quantity, weeks, holiday=holidays(*days)), horizon=8)
    at = run.compiled.starts.index(date(2026, 3, 30))
    found = run.rows["quantity"].to_numpy().reshape(12, 8)
    assert found[:, at] == pytest.approx(np.full(12, 400), rel=0.06)
    assert np.delete(found, [at, at + 1], axis=1) == pytest.approx(np.full((12, 6), 500), rel=0.06)


def test_a_day_off_counts_as_the_usual_and_the_next_one_as_nothing():
    days = [date(2026, 3, 1) - timedelta(days=n) for n in range(120, 0, -1)]
    off = [days[20], days[50], days[80]]
    coming = date(2026, 3, 4)
    quantity = lambda n, day, place: 0.0 if day in off else 50 * (1 + 0.1 * jitter(n, place))  # noqa: E731
    run = make_forecast(market(quantity, days, holiday=holidays(*off, coming)), horizon=7)
    assert run.compiled.period == "day"
    at = run.compiled.starts.index(coming)
    found = run.rows["quantity"].to_numpy().reshape(12, 7)
    assert found[:, at].max() < 5
    assert np.delete(found, at, axis=1).min() > 40
    assert run.cleaned.was_closed.reshape(12, 120)[:, 20].all()
    assert (run.series["cleaned"] == 3).all()


def test_a_holiday_of_one_site_leaves_the_other_alone():
    weeks = [date(2022, 1, 3) + timedelta(weeks=n) for n in range(10)]
    rows = [{"item": "A", "site": site, "period_start": week, "quantity": 5.0} for site in "NS" for week in weeks]
    told = Snapshot.of({"demand_history": pl.DataFrame(rows), "holiday": holidays(date(2022, 1, 5), site="S")}, AS_OF)
    days = compile_days(told, compile_history(told, 2))
    assert days is not None
    assert days.past.tolist() == [1.0] * 10 + [0.8] + [1.0] * 9
    assert (
        compile_days(Snapshot.of({"demand_history": told["demand_history"]}, AS_OF), compile_history(told, 2)) is None
    )


def test_an_edit_of_a_level_still_adds_up_over_days():
    """Reconciled levels are multiplied at their leaves: nothing else is stored."""
    told = market(lambda n, day, place: 10 * working_days(day) * (1 + place), MONTHS, items=3,
                  item_family=pl.DataFrame({"item": ["I0", "I1", "I2"], "family": ["F"] * 3}))  # fmt: skip
    run = make_forecast(told, horizon=3)
    found = run.rows["quantity"].to_numpy().reshape(3, 3)
    wanted = [60.0 * working_days(day) for day in run.compiled.starts]
    assert found.sum(axis=0) == pytest.approx(wanted, rel=0.03)


@given(
    st.lists(st.lists(st.floats(0, 1e9), min_size=1, max_size=40), min_size=1, max_size=4),
    st.lists(st.sampled_from([0.0, 0.8, 1.0, 1.1]), min_size=40, max_size=40),
)
@settings(max_examples=60, deadline=None)
def test_any_history_is_taken_out_soundly(series, opened):
    values = np.concatenate([np.array(one) for one in series])
    ptr = np.concatenate(([0], np.cumsum([len(one) for one in series]))).astype(np.int64)
    history = History(np.array([str(n) for n in range(len(series))], dtype=object), ptr, values, 12)
    number = np.concatenate([np.arange(40 - len(one), 40) for one in series])
    past = np.array(opened)[number]
    days = OpenDays(past, np.tile([0.0, 1.0, 1.2], (len(series), 1)), number, number % 12)
    followed = follow_days(history, days, np.zeros(len(values), dtype=bool))
    plain, closed, factor = take_out_days(history, days, followed.share)
    assert np.isfinite(followed.share).all()
    assert (followed.share >= 0).all()
    assert np.isfinite(plain.values).all()
    assert min(plain.values.min(), factor.min()) >= 0
    back = plain.values * (1 + np.repeat(followed.share, np.diff(ptr)) * (past - 1))
    assert back[~closed] == pytest.approx(values[~closed], rel=1e-9)
