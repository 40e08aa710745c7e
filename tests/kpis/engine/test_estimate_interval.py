"""Intervals hold the truth as often as they say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from drumbeat.kpis.engine.estimate_interval import ratio_interval, spread_interval
from drumbeat.lab.company.luck import Luck


def test_ratio_interval_of_equal_weights_is_that_of_the_mean() -> None:
    values = [0.7, 0.8, 0.75, 0.9, 0.6]
    low, high = ratio_interval(values, [1.0] * 5) or (0, 0)
    reach = stats.t.ppf(0.975, 4) * np.std(values, ddof=1) / math.sqrt(5)
    assert (low, high) == pytest.approx((0.75 - reach, 0.75 + reach))


def test_too_few_weeks_have_no_interval() -> None:
    assert ratio_interval([1, 2, 0], [2, 3, 0]) is None
    assert spread_interval([1.0, 2.0, 3.0, 4.0]) is None
    assert spread_interval([2.0] * 20) is None


def test_ratio_interval_holds_the_truth() -> None:
    luck = Luck(3)
    whole = luck.uniform("whole", 1000 * 13, 50, 150).reshape(1000, 13)
    part = whole * (0.6 + luck.normal("part", 1000 * 13, 0, 0.05).reshape(1000, 13))
    hits = sum(low <= 0.6 <= high for low, high in (ratio_interval(p, w) for p, w in zip(part, whole, strict=True)))
    assert 0.92 < hits / 1000 < 0.98


@pytest.mark.parametrize(("name", "n"), [("normal", 12), ("exponential", 40)])
def test_spread_interval_rarely_lies_above_the_truth(name: str, n: int) -> None:
    """What an alarm asks: how often is the lower end above the true spread? 2.5 % would be nominal."""
    luck = Luck(5)
    draws = (luck.normal(name, 1500 * n) if name == "normal" else luck.exponential(name, 1500 * n)).reshape(1500, n)
    found = [spread_interval(row) for row in draws]
    above = sum(interval[1] > 1.0 for interval in found if interval)
    assert above / 1500 < 0.05
    middle, low, high = found[0] or (0, 0, 0)
    assert low <= middle <= high
    assert middle == pytest.approx(np.std(draws[0], ddof=1))
