"""Open hours of what follows a calendar, by hand."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import polars as pl
import pytest

from drumbeat.data.snapshot import Snapshot
from drumbeat.plant.list_open_hours import list_open_hours, overlap_hours

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def plant() -> Snapshot:
    """A day shift in Berlin (UTC+1 in March) and a calendar that never opens."""
    rows = {
        "site": pl.DataFrame({"code": ["B"], "time_zone": ["Europe/Berlin"]}),
        "calendar": pl.DataFrame({"code": ["DAY", "NEVER"]}),
        "calendar_shift": pl.DataFrame(
            {"calendar": ["DAY", "DAY"], "weekday": ["mon", "tue"], "start": [time(6)] * 2, "end": [time(14)] * 2}
        ),
        "calendar_exception": pl.DataFrame(
            {
                "calendar": ["DAY"],
                "starts_at": [MONDAY + timedelta(hours=29)],
                "ends_at": [MONDAY + timedelta(hours=31)],
            }
        ),
    }
    return Snapshot.of(rows, MONDAY)


def owners() -> pl.DataFrame:
    return pl.DataFrame({"code": ["M", "ALWAYS", "SHUT"], "site": ["B"] * 3, "calendar": ["DAY", None, "NEVER"]})


def test_open_hours_are_local_and_know_exceptions(plant: Snapshot) -> None:
    opened = list_open_hours(plant.frames, owners(), MONDAY, MONDAY + timedelta(days=3))
    assert set(opened["code"]) == {"M", "ALWAYS"}
    mine = opened.filter(pl.col("code") == "M").select("starts_at", "ends_at").rows()
    hours = [((a - MONDAY).total_seconds() / 3600, (b - MONDAY).total_seconds() / 3600) for a, b in mine]
    assert hours == [(5, 13), (31, 37)]
    assert opened.filter(pl.col("code") == "ALWAYS").row(0)[1:3] == (MONDAY, MONDAY + timedelta(days=3))


def test_overlap_is_counted_span_by_span(plant: Snapshot) -> None:
    opened = list_open_hours(plant.frames, owners(), MONDAY, MONDAY + timedelta(days=3))
    spans = [("M", 12, 32), ("SHUT", 0, 70), ("M", 0, 72), ("ALWAYS", 5, 6), ("M", 14, 20), ("M", 6, 7)]
    frame = pl.DataFrame(
        {
            "code": [code for code, _, _ in spans],
            "starts_at": [MONDAY + timedelta(hours=a) for _, a, _ in spans],
            "ends_at": [MONDAY + timedelta(hours=b) for _, _, b in spans],
        }
    )
    assert overlap_hours(frame, opened).to_list() == pytest.approx([2, 0, 14, 1, 0, 1])


def test_no_owner_no_hours(plant: Snapshot) -> None:
    assert list_open_hours(plant.frames, owners().clear(), MONDAY, MONDAY + timedelta(days=3)).height == 0
