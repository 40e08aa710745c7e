"""The twin's statistics: hand-computed values, coverage, corrections, and runs that are too short."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import binom

from drumbeat.basics.findings import InputError
from drumbeat.basics.intervals import mean_interval, wilson_interval
from drumbeat.basics.streams import key_of, luck_of, normal_quantile, uniform
from drumbeat.twin.engine.answers import (
    Precision,
    ShortRunError,
    average_batches,
    compare_designs,
    correlation_time,
    estimate_probability,
    estimate_quantile,
    find_warm_up,
    run_until_precise,
    summarise,
    weigh_controls,
)
from drumbeat.twin.engine.answers.compare_designs import correct_by_holm
from drumbeat.twin.engine.lines import Arrivals, Duration, Line, Station, simulate_line, study_line


def normals(count: int, seed: int = 1, key: str = "values") -> np.ndarray:
    """Draw standard normal numbers."""
    luck, name = np.uint64(luck_of(seed, 0)), key_of(key)
    return np.array([normal_quantile(uniform(luck, name, 1, n)) for n in range(count)])


def observe_normals(seed: int, mean: float, spread: float, first: int, last: int) -> np.ndarray:
    """Observe replications `first` to `last - 1` of a normal value."""
    return mean + spread * normals(last, seed)[first:]


def series_of(count: int, weight: float, seed: int) -> np.ndarray:
    """Draw a series in which each value resembles the one before (autoregressive, mean 0, from its steady state)."""
    noise, values = normals(count, seed), np.empty(count)
    values[0] = noise[0] / math.sqrt(1 - weight**2)
    for n in range(1, count):
        values[n] = weight * values[n - 1] + noise[n]
    return values


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("count", [40, 200, 5000])
def test_quantiles_lie_between_ranks_of_the_binomial(share: float, count: int) -> None:
    """The chance of the interval is at least 95 %, and no closer ranks would do."""
    told = estimate_quantile(np.arange(1, count + 1), share)
    low, high = int(told.low), int(told.high) if math.isfinite(told.high) else count + 1
    law = binom(count, share)
    assert law.cdf(low - 1) <= 0.025 < law.cdf(low)
    assert law.sf(high - 1) <= 0.025 < law.sf(high - 2)
    assert told.value == math.ceil(share * count)


def test_few_values_bound_no_quantile() -> None:
    """Three values say nothing of the 90th percentile's upper end; none say nothing at all."""
    assert estimate_quantile([3.0, 1.0, 2.0], 0.9).high == math.inf
    assert estimate_quantile([3.0, 1.0, 2.0], 0.1).low == -math.inf
    assert all(math.isnan(x) for x in estimate_quantile([], 0.5))
    with pytest.raises(ValueError, match="above 0"):
        estimate_quantile([1.0], 1.0)


def test_a_summary_leaves_out_what_has_no_value() -> None:
    """The mean is the t interval of the others."""
    values = np.append(np.arange(1.0, 31.0), np.nan)
    told = summarise(values)
    assert told.count == 30
    assert told.mean == mean_interval(np.arange(1.0, 31.0))
    assert (told.p10.value, told.p50.value, told.p90.value) == (3.0, 15.0, 27.0)


def test_a_probability_is_wilsons() -> None:
    """81 of 263."""
    told = estimate_probability(np.arange(263) < 81)
    assert (round(told.low, 4), round(told.high, 4)) == (0.2553, 0.3662)
    assert math.isnan(estimate_probability([]).value)


def test_holm_by_hand() -> None:
    """.01, .04, .03 of three tests: 3 x .01, then 2 x .03, then .04 raised to .06."""
    assert correct_by_holm(np.array([0.01, 0.04, 0.03])) == pytest.approx([0.03, 0.06, 0.06])
    assert correct_by_holm(np.array([0.6, 0.7])).tolist() == [1.0, 1.0]


@given(hnp.arrays(np.float64, st.integers(1, 12), elements=st.floats(0, 1)))
def test_holm_never_lowers_and_keeps_the_order(p_values: np.ndarray) -> None:
    """Between the raw p-value and Bonferroni's."""
    corrected = correct_by_holm(p_values)
    assert np.all(corrected >= p_values - 1e-15)
    assert np.all(corrected <= np.minimum(p_values * len(p_values), 1.0) + 1e-15)
    assert np.all(np.diff(corrected[np.argsort(p_values, kind="stable")]) >= 0)


def test_shared_luck_shows_a_small_difference() -> None:
    """A gain of .05 under a spread of 1 is seen where luck is shared, and not where it is not."""
    base, noise = normals(200), normals(200, key="noise") * 0.1
    shared = compare_designs(np.stack([base, base + 0.05 + noise]))
    apart = compare_designs(np.stack([base, normals(200, key="other") + 0.05]))
    assert shared.is_different.tolist() == [False, True]
    assert shared.correlation[1] > 0.99
    assert not apart.is_different.any()
    assert shared.differences[1].low < 0.05 < shared.differences[1].high


def test_false_alarms_of_many_comparisons_stay_rare() -> None:
    """Twenty designs without a difference, 400 times: any alarm in at most 5 % of them (99.9 % bound 9 %)."""
    own, base = normals(400 * 20 * 30).reshape(400, 20, 30), normals(400 * 30, key="base").reshape(400, 1, 30)
    alarms = [compare_designs(base[i] + own[i]).is_different.any() for i in range(400)]
    assert 0.005 < np.mean(alarms) < 0.09


def test_designs_without_luck_or_replications() -> None:
    """Constant differences are certain; one replication says nothing; a wrong shape is refused."""
    assert compare_designs([[1.0, 2.0], [2.0, 3.0], [1.0, 2.0]]).p_values.tolist() == [1.0, 0.0, 1.0]
    assert not compare_designs([[1.0], [2.0]]).is_different.any()
    with pytest.raises(ValueError, match="shape"):
        compare_designs([1.0, 2.0])


@pytest.mark.parametrize("wanted", [{"absolute": 0.25}, {"relative": 0.025}, {"absolute": 0.5, "relative": 0.025}])
def test_sequential_stopping_reaches_its_precision_and_covers(wanted: dict[str, float]) -> None:
    """400 studies of a mean of 10 and spread 2: the interval is as narrow as wanted and holds the truth in 93-97 %."""
    hits, halves = 0, []
    for study in range(400):
        told = run_until_precise(partial(observe_normals, study, 10.0, 2.0), Precision(**wanted, pilot=20))
        hits += told.interval.low <= 10 <= told.interval.high
        halves.append((told.interval.high - told.interval.low) / 2)
        assert told.is_reached
        assert told.needed <= len(told.values)
    assert 0.93 <= hits / 400 <= 0.97
    assert max(halves) <= min(wanted.get("absolute", math.inf), wanted.get("relative", 1) * 10.4)


def test_precision_out_of_reach_is_told() -> None:
    """At most 100 replications: says that more are needed, and how many."""
    told = run_until_precise(partial(observe_normals, 1, 0.0, 1.0), Precision(absolute=0.01, pilot=50, most=100))
    assert not told.is_reached
    assert len(told.values) == 100
    assert 20_000 < told.needed < 80_000
    certain = run_until_precise(lambda a, b: np.full(b - a, 3.0), Precision(relative=0.01))
    assert certain.is_reached
    assert len(certain.values) == 50
    with pytest.raises(ValueError, match="numbers"):
        run_until_precise(lambda a, b: np.full(b - a, np.nan), Precision(relative=0.01))


@pytest.mark.parametrize(
    "wrong", [{}, {"absolute": 0.0}, {"relative": 1.0}, {"relative": 0.1, "pilot": 2}, {"absolute": 1, "most": 5},
              {"absolute": 1, "confidence": 1.0}]
)  # fmt: skip
def test_a_precision_that_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    """With the rule that it breaks."""
    with pytest.raises(InputError, match=r"precision|confidence"):
        Precision(**wrong)


def test_warm_up_ends_where_the_series_has_settled() -> None:
    """A series that falls by half every 20 observations: cut within some half-lives, never in the steady part."""
    series = 30 * 0.5 ** (np.arange(1000) / 20) + normals(1000)
    told = find_warm_up(series)
    assert 60 <= told.cut <= 200
    assert told.cut % 5 == 0
    assert find_warm_up(np.ones(100)).cut == 0


def test_a_run_that_is_still_on_its_way_is_refused() -> None:
    """A series that rises to its end says how long it should be."""
    with pytest.raises(ShortRunError, match="times as long") as caught:
        find_warm_up(np.arange(200.0))
    assert caught.value.needed >= 400
    with pytest.raises(ShortRunError, match="50"):
        find_warm_up(np.ones(10))


def test_correlation_time_of_a_known_series() -> None:
    """(1 + a) / (1 - a) for an autoregressive series."""
    assert correlation_time(series_of(40_000, 0.8, 3)) == pytest.approx(9.0, rel=0.25)
    assert correlation_time(normals(5_000)) == pytest.approx(1.0, abs=0.3)
    assert correlation_time(np.ones(50)) == 1.0


def test_batch_means_cover_and_refuse() -> None:
    """400 runs of a correlated series: the truth in 93-97 %; plain t on all of it would hold it far too seldom."""
    runs = [series_of(3_000, 0.7, seed) for seed in range(400)]
    told = [average_batches(run) for run in runs]
    plain = [mean_interval(run) for run in runs]
    assert 0.925 <= np.mean([x.low <= 0 <= x.high for x in told]) <= 0.97
    assert np.mean([x.low <= 0 <= x.high for x in plain]) < 0.75
    with pytest.raises(ShortRunError, match="resemble") as caught:
        average_batches(runs[0][:300])
    assert caught.value.needed > 600


def test_intervals_of_a_line_cover_its_exact_throughput() -> None:
    """400 studies of two machines and a buffer of two, ten replications each: (2 + 2) / (2 + 3) in 93-97 %."""
    line = Line((Station("A", Duration.exponential(1)), Station("B", Duration.exponential(1), buffer=2)))
    run = simulate_line(line, length=1_000, warm_up=100, replications=4_000, num_bins=1)
    told = [mean_interval(values) for values in run.throughput.reshape(400, 10)]
    assert 0.93 <= np.mean([x.low <= 0.8 <= x.high for x in told]) <= 0.97


def test_a_study_finds_its_warm_up_and_precision() -> None:
    """A queue at a load of .8: throughput to 1 %, and the mean time of 5 in the interval."""
    line = Line((Station("S", Duration.exponential(1)),), Arrivals(Duration.exponential(1.25)))
    told = study_line(line, length=4_000, wanted=Precision(relative=0.01, confidence=0.999))
    assert told.throughput.is_reached
    assert told.throughput.interval.low < 0.8 < told.throughput.interval.high
    assert told.time_in_system.mean.low < 5.0 < told.time_in_system.mean.high
    assert 0 <= told.warm_up < 2_000
    assert told.shares[0, 0] == pytest.approx(0.8, abs=0.02)


def test_a_line_that_never_settles_is_refused() -> None:
    """More comes than it can make: no steady state, and the study says so."""
    line = Line((Station("S", Duration.exponential(1)),), Arrivals(Duration.exponential(0.8)))
    with pytest.raises(ShortRunError, match="times as long"):
        study_line(line, length=2_000)


def test_controls_take_out_what_was_luck() -> None:
    """A figure of twice a control and three times another, and some noise: the weights are 2, 3 and 0."""
    controls = np.stack([normals(300), normals(300, key="second") + 5, np.ones(300)], axis=1)
    weights = weigh_controls(
        controls @ [2.0, 3.0, 0.0] + 0.1 * normals(300, key="noise"), controls, np.array([0, 5, 1])
    )
    assert weights == pytest.approx([2.0, 3.0, 0.0], abs=0.02)
    with pytest.raises(ValueError, match="controls"):
        weigh_controls(np.ones(4), controls[:4], np.zeros(3))


def test_wilson_is_not_written_twice() -> None:
    """The same numbers as the ground floor's."""
    low, high = wilson_interval(3, 40)
    told = estimate_probability(np.arange(40) < 3)
    assert (told.low, told.high) == (float(low), float(high))
