"""Intervals against published values, and what they cover."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from drumbeat.basics.intervals import mean_interval, paired_interval, wilson_interval


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"), [(81, 263, 0.2553, 0.3662), (0, 20, 0.0, 0.1611), (20, 20, 0.8389, 1.0)]
)
def test_wilson_as_published(successes, trials, low, high):
    found = wilson_interval(successes, trials)
    assert float(found[0]) == pytest.approx(low, abs=5e-5)
    assert float(found[1]) == pytest.approx(high, abs=5e-5)


def test_wilson_of_many_and_of_nothing():
    low, high = wilson_interval([0, 5, 10], 10)
    assert low.shape == (3,)
    assert (low[0], high[2]) == (0.0, 1.0)
    assert [float(bound) for bound in wilson_interval(0, 0)] == [0.0, 1.0]


def test_wilson_covers_what_it_says():
    probability, trials = 0.9, 60
    counts = np.arange(trials + 1)
    low, high = wilson_interval(counts, trials)
    covered = stats.binom(trials, probability).pmf(counts)[(low <= probability) & (probability <= high)].sum()
    assert 0.92 < covered < 0.98


def test_mean_interval_against_scipy():
    values = np.array([1.0, 2.0, 4.0, 8.0])
    low, high = stats.t.interval(0.9, 3, values.mean(), stats.sem(values))
    assert mean_interval(values, 0.9) == pytest.approx((3.75, low, high))


def test_mean_interval_of_one_and_of_none():
    assert mean_interval([3.0]) == (3.0, -math.inf, math.inf)
    assert all(math.isnan(value) for value in mean_interval([]))


def test_pairs_share_their_luck():
    luck = np.arange(50.0)
    found = paired_interval(luck + 1, luck)
    assert found == pytest.approx((1.0, 1.0, 1.0))
    with pytest.raises(ValueError, match="one shape"):
        paired_interval([1.0, 2.0], [1.0])


@pytest.mark.parametrize("size", [2, 30, 102, 1000])
def test_students_t_at_every_size(size):
    values = np.arange(size, dtype=float)
    low, high = stats.t.interval(0.99, size - 1, values.mean(), stats.sem(values))
    assert mean_interval(values, 0.99) == pytest.approx((values.mean(), low, high), rel=1e-8)
