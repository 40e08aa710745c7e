"""Signal or noise by hand, and how often pure noise is called a signal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drumbeat.kpis.engine.judge_series import judge_series
from drumbeat.lab.company.luck import Luck


def test_limits_are_those_of_the_textbook() -> None:
    """Moving ranges of 10, 12, 10, 12 ... are all 2: limits 11 -+ 2.66 x 2."""
    trend = judge_series([10.0, 12.0] * 12 + [17.0])
    assert trend.num_baseline == 24
    assert (trend.centre, trend.lower, trend.upper) == pytest.approx((11, 11 - 5.3191489, 11 + 5.3191489))
    assert (trend.is_last_outside, trend.num_signals) == (True, 1)
    # One week outside its natural limits is no verdict: one in a hundred is.
    assert trend.verdict == "noise"
    assert not judge_series([10.0, 12.0] * 12 + [16.0]).is_last_outside


@pytest.mark.parametrize(
    ("last", "better", "verdict"),
    [
        ([16.0], "up", "noise"),
        ([25.0], "down", "worse"),
        ([-5.0], "up", "worse"),
        ([-5.0], "down", "better"),
        ([-5.0], "", "changed"),
        ([14.0, 15.0, 14.0, 15.0, 14.0], "up", "better"),
        ([14.0, 15.0, 14.0, 15.0, 14.0], "down", "worse"),
    ],
)
def test_verdict_depends_on_what_is_good(last: list[float], better: str, verdict: str) -> None:
    trend = judge_series([10.0, 12.0] * 12 + last, better)  # type: ignore[arg-type]
    assert trend.verdict == verdict
    assert trend.changed == (None if verdict == "noise" else 24)


def test_limits_are_those_of_the_present_level() -> None:
    trend = judge_series([12.0, 10.0] * 12 + [20.0, 22.0] * 5)
    assert (trend.changed, trend.before, trend.after) == (24, 11.0, 21.0)
    assert (trend.centre, trend.num_baseline, trend.num_signals) == (pytest.approx(188 / 9), 9, 0)
    # A change of more than a quarter ago is how things are now.
    later = judge_series([12.0, 10.0] * 12 + [20.0, 22.0] * 8)
    assert later.verdict == "noise"
    assert later.lower is not None
    assert later.lower > 12


def test_few_weeks_and_an_unmeasured_last_week_say_so() -> None:
    assert judge_series([1.0] * 8).verdict == "not enough data"
    assert judge_series([1.0] * 9).verdict == "noise"
    assert judge_series([1.0] * 30 + [None]).verdict == "not enough data"
    assert judge_series([]).verdict == "not enough data"


def test_weeks_without_a_measurement_are_left_out() -> None:
    full = judge_series([10.0, 12.0] * 12 + [37.0])
    holey = judge_series([None, 10.0, 12.0, None, None, *[10.0, 12.0] * 11, 37.0])
    assert holey == replace(full, changed=27)


def test_constant_series_is_no_signal() -> None:
    assert judge_series([0.1 + 0.2] * 24 + [0.3]).verdict == "noise"


def test_pure_noise_is_called_a_signal_in_about_one_week_of_four_hundred() -> None:
    """Limits at three sigma promise .27 % of the weeks; rule 1 of an XmR chart gives .93 % by simulation elsewhere."""
    noise = Luck(7).normal("noise", 2000 * 25).reshape(2000, 25)
    trends = [judge_series(row.tolist(), correlation=0.0) for row in noise]
    assert 0.004 < sum(trend.is_last_outside for trend in trends) / 2000 < 0.016
    # A verdict stands for thirteen weeks: so many looks are behind it.
    assert sum(trend.verdict != "noise" for trend in trends) / 2000 < 13 * 0.0027
