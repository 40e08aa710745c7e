"""Fits against published values, closed forms, and samples whose truth is known."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats
from scipy.special import gamma

from drumbeat.basics.streams import EXPONENTIAL, GAMMA, LOGNORMAL, WEIBULL
from drumbeat.twin.engine.fit.choose_law import choose_law, pool_fits
from drumbeat.twin.engine.fit.fit_law import Prior, fit_law
from drumbeat.twin.engine.fit.judge_fit import judge_fit
from drumbeat.twin.engine.fit.laws import LAWS, log_density, log_rest_survival, quantile, survival
from drumbeat.twin.engine.fit.sample import Sample


def spread_out(size: int, shift: float = 0.5) -> np.ndarray:
    """Numbers that fill (0, 1) evenly."""
    return (np.arange(size) + shift) / size


def scale_of(fit):
    return fit.mean / gamma(1 + 1 / fit.shape)


@pytest.mark.parametrize(
    ("failed", "suspended", "beta", "eta"),
    [
        ([54, 187, 216, 240, 244, 335, 361, 373, 375, 386], [500] * 10, 1.7208, 606.528),
        ([1500, 7000, 2250, 4000, 4300], [1750, 5000], 2.257, 4900.1),
    ],
)
def test_published_weibull_fits_with_suspensions(failed, suspended, beta, eta):
    """NIST e-Handbook 8.4.1.3, and Abernethy, New Weibull Handbook, C.5."""
    fit = fit_law(Sample.of(failed, suspended), WEIBULL)
    assert (fit.shape, scale_of(fit)) == (pytest.approx(beta, rel=2e-4), pytest.approx(eta, rel=2e-4))
    assert (fit.num_ended, fit.num_running) == (len(failed), len(suspended))


def test_all_reference_sets(shared_data):
    with (shared_data / "reliability" / "weibull_reference_sets.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["method"] == "MLE"]
    assert len(rows) == 5
    for row in rows:
        failed, suspended = (
            [float(x) for x in (row[name] or "").split(";") if x] for name in ("failures(;)", "suspensions(;)")
        )
        fit = fit_law(Sample.of(failed, suspended), WEIBULL)
        assert fit.shape == pytest.approx(float(row["shape_beta"]), rel=1e-3), row["set"]
        assert scale_of(fit) == pytest.approx(float(row["scale_eta"]), rel=1e-3), row["set"]


def test_closed_forms():
    times = np.array([3.0, 5.0, 8.0, 13.0])
    fit = fit_law(Sample.of(times, running=[20.0], rest=[4.0], running_rest=[7.0]), EXPONENTIAL)
    assert fit.mean == pytest.approx(60 / 5)  # what does not age: time seen over ends seen
    assert fit.log_mean_error == pytest.approx(5**-0.5, rel=1e-3)
    fit = fit_law(Sample.of(times), LOGNORMAL)
    assert fit.shape == pytest.approx(np.log(times).std(), rel=1e-6)
    assert np.log(fit.mean) - fit.shape**2 / 2 == pytest.approx(np.log(times).mean(), rel=1e-6)
    fit = fit_law(Sample.of(times), GAMMA)
    shape, _, scale = stats.gamma.fit(times, floc=0)
    assert (fit.shape, fit.mean) == (pytest.approx(shape, rel=1e-4), pytest.approx(shape * scale, rel=1e-4))


@pytest.mark.parametrize("law", LAWS)
def test_laws_agree_with_integration(law):
    mean, shape = 7.0, 1.7 if law != LOGNORMAL else 0.6
    at = np.array([0.5, 4.0, 11.0])
    for time in at:
        tail = integrate.quad(lambda t: np.exp(log_density(law, mean, shape, np.array([t]))[0]), time, np.inf)[0]
        assert survival(law, mean, shape, np.array([time]))[0] == pytest.approx(tail, rel=1e-6)
        rest = integrate.quad(lambda t: survival(law, mean, shape, np.array([t]))[0], time, np.inf)[0] / mean
        assert np.exp(log_rest_survival(law, mean, shape, np.array([time]))[0]) == pytest.approx(rest, rel=1e-6)
    share = np.array([0.1, 0.5, 0.9])
    assert 1 - survival(law, mean, shape, quantile(law, mean, shape, share)) == pytest.approx(share)


@pytest.mark.parametrize("law", [WEIBULL, LOGNORMAL, GAMMA])
def test_lives_begun_before_the_record_are_not_taken_for_short_ones(law):
    """150 records of renewal processes, each cut at both ends: the fit finds the law."""
    truth, shape = 10.0, 0.5 if law == LOGNORMAL else 2.0
    complete, running, rest, none = [], [], [], []
    rng = np.random.default_rng(5)  # noqa: TID251 - it makes an input
    for _ in range(150):
        moments = np.cumsum(quantile(law, truth, shape, rng.random(60)))
        start = 200 + 100 * rng.random()
        inside = moments[(moments > start) & (moments < start + 25)]
        if len(inside) == 0:
            none.append(25.0)
            continue
        rest.append(inside[0] - start)
        complete.extend(np.diff(inside))
        running.append(start + 25 - inside[-1])
    fit = fit_law(Sample.of(complete, running, rest, none), law)
    assert fit.mean == pytest.approx(truth, rel=0.1)
    assert fit.shape == pytest.approx(shape, rel=0.15)
    naive = fit_law(Sample.of([*complete, *rest]), law)
    assert naive.mean < 0.88 * truth


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.01, 1e4), min_size=1, max_size=12), st.sampled_from(LAWS), st.floats(1e-3, 1e3))
def test_units_do_not_matter(times, law, unit):
    """Hours or seconds: the mean scales, the shape and its uncertainty stay; nothing is ever nan."""
    prior = Prior(log_shape_spread=1.0)
    one = fit_law(Sample.of(times), law, prior)
    other = fit_law(Sample.of(np.array(times) * unit), law, prior)
    assert np.isfinite([one.mean, one.shape, *one.covariance.ravel()]).all()
    assert other.mean == pytest.approx(one.mean * unit, rel=1e-3)
    assert other.shape == pytest.approx(one.shape, rel=1e-3)
    assert (np.linalg.eigvalsh(one.covariance) >= -1e-12).all()


@pytest.mark.parametrize("law", LAWS)
def test_the_law_that_made_the_times_is_chosen(law):
    shape = {EXPONENTIAL: 1.0, LOGNORMAL: 0.9, WEIBULL: 3.0, GAMMA: 3.0}[law]
    sample = Sample.of(quantile(law, 50.0, shape, spread_out(400)))
    fit = choose_law(sample)
    assert fit.law == law
    assert fit.mean == pytest.approx(50.0, rel=0.02)
    assert judge_fit(sample, fit, num=39).probability > 0.2


def test_a_wrong_law_is_found_out():
    two_peaks = np.concatenate([np.full(60, 1.0), np.full(60, 10.0)]) * (1 + spread_out(120) * 0.1)
    sample = Sample.of(two_peaks)
    assert judge_fit(sample, choose_law(sample), num=39).probability <= 0.05
    cut = Sample.of(two_peaks, running=np.full(20, 12.0))
    judged = judge_fit(cut, choose_law(cut), num=39)
    assert judged.is_censored
    assert judged.probability <= 0.05


def test_few_times_take_the_usual_law_and_no_wild_shape():
    fit = choose_law(Sample.of([1.0, 1.01, 0.99]), WEIBULL)
    assert (fit.law, fit.shape < 5) == (WEIBULL, True)
    assert choose_law(Sample.of([4.0])).mean == pytest.approx(4.0)
    with pytest.raises(ValueError, match="at least one ended"):
        choose_law(Sample.of(running=[5.0]))


def test_members_of_a_group_lend_each_other_what_they_lack():
    """Five machines of one kind with 40 lives, one with a single short life, one with none: drawn to the group."""
    many = [Sample.of(quantile(WEIBULL, 100.0, 2.0, spread_out(40, shift))) for shift in (0.3, 0.4, 0.5, 0.6, 0.7)]
    pooled = pool_fits([*many, Sample.of([10.0]), Sample.of()])
    assert pooled.group.law == WEIBULL
    assert [round(fit.mean) for fit in pooled.members[:5]] == pytest.approx([100] * 5, abs=3)
    assert 60 < pooled.members[5].mean < 99
    assert pooled.members[6].mean == pytest.approx(pooled.group.mean)
    assert pooled.members[6].log_mean_error > pooled.members[0].log_mean_error
    assert pooled.own_share[6] < 0.05 < pooled.own_share[0]
    alike = pool_fits(many)
    different = pool_fits([Sample.of(part.value * factor) for part, factor in zip(many, (1, 2, 4, 8, 16), strict=True)])
    assert alike.mean_spread < 0.2 < different.mean_spread
    assert different.members[4].mean == pytest.approx(1600, rel=0.15)


def test_wrong_samples_are_refused():
    with pytest.raises(ValueError, match="above 0"):
        Sample.of([0.0])
    with pytest.raises(ValueError, match="above 0"):
        Sample.of([np.nan])
    with pytest.raises(ValueError, match="one shape"):
        Sample(np.ones(2), np.zeros(3, np.int64))
    with pytest.raises(ValueError, match="none did"):
        judge_fit(Sample.of(running=[1.0]), choose_law(Sample.of([1.0])))
