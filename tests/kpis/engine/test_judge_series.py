"""Signal or noise by hand, and how often pure noise is called a signal."""

from __future__ import annotations

import pytest

from drumbeat.kpis.engine.judge_series import judge_series
from drumbeat.lab.company.luck import Luck


def test_limits_are_those_of_the_textbook() -> None:
    """Moving ranges of 10, 12, 10, 12 ... are all 2: limits 11 -+ 2.66 x 2."""
    trend = judge_series([10.0, 12.0] * 12 + [17.0])
    assert trend.num_baseline == 24
    assert (trend.centre, trend.lower, trend.upper) == pytest.approx((11, 11 - 5.3191489, 11 + 5.3191489))
    assert trend.verdict == "better"
    assert trend.num_signals == 1


@pytest.mark.parametrize(
    ("last", "better", "verdict"),
    [
        (16.0, "up", "noise"),
        (17.0, "down", "worse"),
        (5.0, "up", "worse"),
        (5.0, "down", "better"),
        (5.0, "", "changed"),
    ],
)
def test_verdict_depends_on_what_is_good(last: float, better: str, verdict: str) -> None:
    assert judge_series([10.0, 12.0] * 12 + [last], better).verdict == verdict  # type: ignore[arg-type]


def test_few_weeks_and_an_unmeasured_last_week_say_so() -> None:
    assert judge_series([1.0] * 8).verdict == "not enough data"
    assert judge_series([1.0] * 9).verdict == "noise"
    assert judge_series([1.0] * 30 + [None]).verdict == "not enough data"
    assert judge_series([]).verdict == "not enough data"


def test_weeks_without_a_measurement_are_left_out() -> None:
    full = judge_series([10.0, 12.0] * 12 + [17.0])
    holey = judge_series([None, 10.0, 12.0, None, None, *[10.0, 12.0] * 11, 17.0])
    assert holey == full


def test_constant_series_is_no_signal() -> None:
    assert judge_series([0.1 + 0.2] * 24 + [0.3]).verdict == "noise"


def test_pure_noise_is_called_a_signal_in_about_one_week_of_a_hundred() -> None:
    """Rule 1 on a baseline of 24 normal weeks: 0.93 % by simulation elsewhere."""
    noise = Luck(7).normal("noise", 6000 * 25).reshape(6000, 25)
    signals = sum(judge_series(row.tolist()).verdict in {"better", "worse"} for row in noise)
    assert 0.005 < signals / 6000 < 0.014
