"""What is typed at the terminal: numbers as people write them, and what is told when they cannot be read."""

from __future__ import annotations

import pytest

from drumbeat.cli.ask import read_amount, read_percent, read_place, read_places


@pytest.mark.parametrize(
    ("typed", "value"),
    [("70", 0.7), ("70%", 0.7), ("70 %", 0.7), ("62,5", 0.625), ("0", 0.0), ("100", 1.0), ("1", 0.01)],
)
def test_a_probability_is_read_in_percent(typed: str, value: float) -> None:
    assert read_percent(typed) == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize("typed", ["", "x", "-1", "101", "0.7", "nan", "inf", "70 60"])
def test_what_is_no_probability_in_percent_is_told(typed: str) -> None:
    with pytest.raises(ValueError, match=r"number|percent"):
        read_percent(typed)


@pytest.mark.parametrize(
    ("typed", "value"),
    [("12,500", 12500.0), ("1,234,567.5", 1234567.5), ("12 500", 12500.0), ("12,5", 12.5), ("-3", -3.0), ("", 4.0)],
)
def test_an_amount_may_have_commas(typed: str, value: float) -> None:
    assert read_amount(typed, 4.0) == value


def test_a_place_is_one_of_the_rows() -> None:
    assert read_place("2", 3, {}) == 2
    assert read_place("", 3, {}, enter="to go on") == 0
    for typed in ("", "0", "4", "-1", "1.5", "²"):
        with pytest.raises(ValueError, match="from 1 to 3"):
            read_place(typed, 3, {})
    with pytest.raises(ValueError, match="Not this one: sold"):
        read_place("2", 3, {2: "sold"})


def test_places_are_several_rows() -> None:
    assert read_places("3, 1 1", 3) == [1, 3]
    assert read_places("", 3) == []
    with pytest.raises(ValueError, match="“4” is none"):
        read_places("1 4", 3)
