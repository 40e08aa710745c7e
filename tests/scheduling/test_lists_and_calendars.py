"""Dispatch lists, notes beside tasks, calendars and sheets, by hand."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, time

import fastexcel
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drumbeat.data.write_sheets import write_sheets
from drumbeat.scheduling.engine.dispatch import DispatchParams, Rule, dispatch
from drumbeat.scheduling.engine.problem import Materials, Problem, Setups
from drumbeat.scheduling.engine.read_instance import make_shop_problem
from drumbeat.scheduling.list_dispatch import Place, ShiftOf, find_shift, list_dispatch, read_places
from drumbeat.scheduling.note_tasks import note_materials, note_setups
from drumbeat.scheduling.profiles import PROFILES, Effort
from drumbeat.scheduling.write_ical import Event, write_ical

NIGHT = Place("Europe/Berlin", {0: ((time(6), time(14)), (time(22), time(6)))})


@pytest.mark.parametrize(
    ("moment", "shift"),
    [
        (datetime(2026, 3, 2, 5, 0, tzinfo=UTC), ShiftOf(date(2026, 3, 2), "06:00–14:00")),
        (datetime(2026, 3, 2, 12, 59, tzinfo=UTC), ShiftOf(date(2026, 3, 2), "06:00–14:00")),
        (datetime(2026, 3, 2, 13, 0, tzinfo=UTC), ShiftOf(date(2026, 3, 2), "")),
        (datetime(2026, 3, 3, 2, 0, tzinfo=UTC), ShiftOf(date(2026, 3, 2), "22:00–06:00")),
        (datetime(2026, 3, 3, 5, 0, tzinfo=UTC), ShiftOf(date(2026, 3, 3), "")),
    ],
)
def test_a_shift_over_midnight_belongs_to_the_day_on_which_it_starts(moment: datetime, shift: ShiftOf) -> None:
    assert find_shift(NIGHT, moment) == shift


def test_each_machine_lists_its_own_in_order() -> None:
    places = read_places([("M", "Europe/Berlin", "DAY"), ("N", "UTC", None)], [("DAY", "mon", time(6), time(14))])
    at = datetime(2026, 3, 2, 7, tzinfo=UTC)
    tasks = pl.DataFrame({"task": ["a", "b", "c", "d"], "resource": ["M", "N", "M", "M"],
                          "starts_at": [at.replace(hour=9), at, at, None]})  # fmt: skip
    listed = list_dispatch(tasks, places)
    assert listed.select("resource", "task", "place", "shift").rows() == [
        ("M", "c", 1, "06:00–14:00"),
        ("M", "a", 2, "06:00–14:00"),
        ("N", "b", 1, ""),
    ]


def coloured() -> Problem:
    """Three tasks on one machine: red, blue, blue; the machine's state is unknown."""
    shop = make_shop_problem([[[(0, 600)]], [[(0, 600)]], [[(0, 600)]]], 1)
    tasks = type(shop.tasks)(*(getattr(shop.tasks, name) for name in ("keys", "job", "release")),
                             np.array([0, 1, 1], np.int32), *(getattr(shop.tasks, name)
                             for name in ("can_pause", "fixed_start", "fixed_mode")))  # fmt: skip
    resources = type(shop.resources)(
        shop.resources.keys, shop.resources.calendar, shop.resources.capacity, np.zeros(1, np.int32),
        shop.resources.initial_family,
    )  # fmt: skip
    seconds = np.array([[[0, 900], [900, 0], [300, 300]]], dtype=np.int64)
    names = np.array(["RED", "BLUE"], dtype=np.object_)
    materials = Materials(
        np.array(["SCREW @ N", "GLASS @ N"], dtype=np.object_), np.array([9.0, 9.0]), np.array([0, 2, 2, 3]),
        np.array([0, 1, 1], np.int32), np.array([-2.0, -0.5, 4.0]),
    )  # fmt: skip
    return Problem(shop.jobs, tasks, shop.modes, resources, shop.links, setups=Setups(seconds, names),
                   materials=materials, objective=shop.objective)  # fmt: skip


def test_notes_say_what_to_change_and_what_to_fetch() -> None:
    problem = coloured()
    schedule = dispatch(problem, DispatchParams(Rule.SPT))
    order = np.argsort(schedule.start)
    noted = note_setups(problem, schedule).to_list()
    family = problem.tasks.family[order]
    assert noted[order[0]] == ("to RED" if family[0] == 0 else "to BLUE")
    changes = [text for text in noted if " to " in text]
    assert changes == (["RED to BLUE"] if family[0] == 0 else ["BLUE to RED"] if family[2] == 0 else changes)
    assert sum(text == "" for text in noted) == 3 - 1 - len(changes)
    assert note_materials(problem).to_list() == ["2 × SCREW, 0.5 × GLASS", "", ""]


def event(**more: str) -> Event:
    told = {"key": "W-1/10", "title": "W-1", "place": "M", "note": "", **more}
    return Event(**told, starts_at=datetime(2026, 3, 2, 7, tzinfo=UTC), ends_at=datetime(2026, 3, 2, 8, tzinfo=UTC))


def test_a_calendar_is_written_as_the_standard_says() -> None:
    text = write_ical("Press; north", [event(note="a,b\nc\\d")], datetime(2026, 3, 1, tzinfo=UTC))
    lines = text.split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert "X-WR-CALNAME:Press\\; north" in lines
    assert "DTSTART:20260302T070000Z" in lines
    assert "UID:W-1/10@drumbeat" in lines
    assert "DESCRIPTION:a\\,b\\nc\\\\d" in lines


@given(st.text(max_size=300))
def test_no_line_is_longer_than_75_octets_and_nothing_breaks_out(note: str) -> None:
    text = write_ical("x", [event(note=note)], datetime(2026, 3, 1, tzinfo=UTC))
    raw = text.encode("utf-8", "surrogatepass").split(b"\r\n")
    assert max(len(line) for line in raw) <= 75
    unfolded = text.replace("\r\n ", "").split("\r\n")
    assert len(unfolded) == 6 + 10 + 1 + 1
    assert "\n" not in "".join(unfolded)


def test_sheets_have_names_that_spreadsheets_accept_and_no_formulas() -> None:
    body = io.BytesIO()
    moment = datetime(2026, 3, 2, 7, tzinfo=UTC)
    frame = pl.DataFrame({"what": ["=1+1"], "at": [moment]})
    write_sheets(body, {"a/b": frame, "A_B": frame, "x" * 40: frame}, "Europe/Berlin")
    book = fastexcel.read_excel(body.getvalue())
    assert book.sheet_names == ["a_b", "A_B 2", "x" * 31]
    read = book.load_sheet("a_b").to_polars()
    assert read["what"].to_list() == ["=1+1"]
    assert str(read["at (Europe/Berlin)"][0]).startswith("2026-03-02 08:00")


def test_efforts_are_checked() -> None:
    assert PROFILES["quick"].seconds < PROFILES["balanced"].seconds < PROFILES["thorough"].seconds
    for wrong in ({"seconds": 0.0}, {"seconds": 1.0, "gap": 1.0}, {"seconds": 1.0, "plateau": -1.0}):
        with pytest.raises(ValueError, match="not"):
            Effort(**wrong)
