"""Changes of level: by hand, online and offline alike, and how few come from noise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drumbeat.kpis.engine.find_changes import LOOSEST, alarm_level, estimate_correlation, find_changes
from drumbeat.kpis.engine.scan_changes import scan_last, spread_means
from drumbeat.lab.company.luck import Luck


def statistic(values: list[float], cut: int) -> float:
    """Two-sample t with pooled variance, by its textbook formula."""
    first, second = np.array(values[:cut]), np.array(values[cut:])
    pooled = (first.var() * first.size + second.var() * second.size) / (len(values) - 2)
    return float((second.mean() - first.mean()) / np.sqrt(pooled * (1 / first.size + 1 / second.size)))


def test_without_correlation_the_statistic_is_students() -> None:
    values = Luck(1).normal("values", 20).tolist()
    values[15:] = [value + 2 for value in values[15:]]
    out = np.zeros(2)
    scan_last(np.array(values), 0.0, spread_means(0.0), out)
    assert out[0] == pytest.approx(max((statistic(values, cut) for cut in range(8, 17)), key=abs))
    assert out[1] == pytest.approx(max((statistic(values, cut) for cut in range(17, 20)), key=abs))


def test_spread_of_a_mean_is_that_of_an_autoregression() -> None:
    """Variance of the mean of n weeks by the whole matrix of covariances, against 1 / n."""
    for phi in (0.0, 0.3, 0.7):
        for n in (1, 2, 7, 26):
            covariance = phi ** np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
            assert spread_means(phi)[n] == pytest.approx(float(covariance.mean()) * n)


def test_a_step_is_found_where_it_is_and_stays_found() -> None:
    noise = Luck(2).normal("noise", 50, 10.0, 0.5)
    noise[30:] += 3.0
    found = find_changes(noise.tolist(), 1e-4)
    assert [change.at for change in found.changes] == [30]
    assert found.changes[0].seen <= 34
    assert found.changes[0].after - found.changes[0].before == pytest.approx(3.0, abs=0.4)
    assert find_changes(noise[:34].tolist(), 1e-4).changes[0].seen == found.changes[0].seen
    back = np.concatenate([noise, noise[:20]])
    assert [change.at for change in find_changes(back.tolist(), 1e-4).changes] == [30, 50]


def test_a_lone_week_is_an_outlier_and_no_change() -> None:
    noise = Luck(4).normal("noise", 30, 10.0, 0.5).tolist()
    apart = find_changes([*noise, 25.0], 1e-3)
    assert (apart.changes, apart.outlier) == ((), 30)
    assert find_changes([*noise, 25.0, *noise[:6]], 1e-3).changes == ()
    assert find_changes([*noise, 11.0], 1e-3).outlier is None


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.floats(-1e3, 1e3), st.floats(1e-2, 1e2))
def test_neither_unit_nor_zero_nor_what_comes_later_changes_what_was_seen(seed: int, zero: float, unit: float) -> None:
    values = Luck(seed).normal("values", 40)
    values[20 + seed % 15 :] += 4.0
    plain = find_changes(values.tolist(), 1e-3)
    moved = find_changes((zero + unit * values).tolist(), 1e-3)
    assert [(one.at, one.seen) for one in moved.changes] == [(one.at, one.seen) for one in plain.changes]
    early = find_changes(values[:36].tolist(), 1e-3)
    assert [one.seen for one in early.changes] == [one.seen for one in plain.changes if one.seen < 36]


@pytest.mark.parametrize("values", [[], [1.0] * 8, [1.0] * 60, [0.0] * 60, [1e300] * 20])
def test_what_never_varies_never_changes(values: list[float]) -> None:
    assert find_changes(values).changes == ()
    assert find_changes(values).outlier is None


def test_a_constant_that_becomes_another_is_a_change_within_four_weeks() -> None:
    assert find_changes([0.0] * 20 + [5.0]).changes == ()
    assert [one.at for one in find_changes([0.0] * 20 + [5.0] * 4).changes] == [20]


def test_counts_have_a_floor() -> None:
    """Ten of ten for weeks, then nine of ten: with a spread of chance known to be .09 that is nothing."""
    values = [1.0] * 20 + [0.9] * 4
    assert len(find_changes(values).changes) == 1
    assert find_changes(values, floor=0.09 * 0.1).changes == ()


def test_a_portfolio_shares_its_false_alarms() -> None:
    assert alarm_level(1) == alarm_level(14) == LOOSEST
    assert alarm_level(100) == pytest.approx(0.5 / 1300)


def test_correlation_is_that_of_the_portfolio_and_a_step_hardly_matters() -> None:
    shocks = Luck(6).normal("shocks", 60 * 60).reshape(60, 60)
    for phi in (0.0, 0.5):
        series = np.zeros_like(shocks)
        for t in range(1, 60):
            series[:, t] = phi * series[:, t - 1] + shocks[:, t]
        # What series truly differ by comes on top: the estimate errs to the side of fewer alarms.
        assert phi - 0.1 <= estimate_correlation(series[:, 8:].tolist()) <= phi + 0.25
        series[:, 30:] += 2.0
        assert phi - 0.1 <= estimate_correlation(series[:, 8:].tolist()) <= phi + 0.3
    assert estimate_correlation([[1.0] * 20]) == estimate_correlation([]) == 0.3


def test_noise_of_a_scorecard_gives_about_one_alarm_in_two_quarters() -> None:
    """100 series, two quarters, weeks that resemble each other by .3: one alarm is expected, five are seldom."""
    shocks = Luck(9).normal("shocks", 100 * 70).reshape(100, 70)
    series = np.zeros_like(shocks)
    for t in range(1, 70):
        series[:, t] = 0.3 * series[:, t - 1] + shocks[:, t]
    series = series[:, 18:]
    correlation = estimate_correlation(series.tolist())
    found = [find_changes(row.tolist(), alarm_level(100), correlation=correlation) for row in series]
    assert sum(change.seen >= 26 for one in found for change in one.changes) <= 5
