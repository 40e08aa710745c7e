"""Figures are written as people read them."""

from __future__ import annotations

import pytest

from drumbeat.home.templatetags.humanize_run import figure, percent, points, span


@pytest.mark.parametrize(
    ("share", "digits", "text"),
    [
        (0.5, 0, "50 %"),
        (0.999, 0, "> 99 %"),
        (1.0, 0, "100 %"),
        (0.001, 0, "< 1 %"),
        (0.0, 0, "0 %"),
        (0.9234, 1, "92.3 %"),
    ],
)
def test_percent_never_rounds_doubt_away(share: float, digits: int, text: str) -> None:
    assert percent(share, digits) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(59, "1 min"), (3600, "1 h 00 min"), (90_000, "1 d 1 h"), (-7200, "-2 h 00 min"), (0, "0 min")],
)
def test_spans_show_two_units(seconds: float, text: str) -> None:
    assert span(seconds) == text


def test_numbers_have_as_many_digits_as_they_deserve() -> None:
    assert (figure(1234.5), figure(0.12345), points(0.123)) == ("1,234", "0.123", "12.30 pts")
