"""Luck: stable for ever, independent where it should be, and distributed as it says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit
from scipy import stats
from scipy.special import gammaincinv, ndtri

from drumbeat.basics.streams import (
    EXPONENTIAL,
    FIXED,
    GAMMA,
    LOGNORMAL,
    WEIBULL,
    draw,
    draw_residual,
    gamma_quantile,
    key_of,
    keys_of,
    luck_of,
    normal_quantile,
    sigma_of,
    uniform,
)

NUM = 100_000
LAWS = [(FIXED, 1.0), (EXPONENTIAL, 1.0), (WEIBULL, 0.7), (WEIBULL, 2.5), (LOGNORMAL, 0.8), (GAMMA, 0.5), (GAMMA, 3.0)]


@njit
def fill(out, seed, key, purpose, by):
    """Uniform numbers that differ in one thing only: the replication, the key or n."""
    for i in range(len(out)):
        if by == 0:
            out[i] = uniform(luck_of(seed, i), key, purpose, 0)
        elif by == 1:
            out[i] = uniform(luck_of(seed, 0), key + np.uint64(i), purpose, 0)
        else:
            out[i] = uniform(luck_of(seed, 0), key, purpose, i)


def numbers(by, purpose=1, seed=1, name="M-100"):
    out = np.empty(NUM)
    fill(out, seed, key_of(name), purpose, by)
    return out


def test_luck_stays_what_it_is():
    """A change of these numbers changes every result that anybody ever kept."""
    assert key_of("M-100") == np.uint64(13434243229101449528)
    assert luck_of(1, 0) == 6791897765849424158
    assert [uniform(np.uint64(luck_of(1, r)), key_of("M-100"), 1, 0) for r in range(3)] == [
        0.6074002395885317,
        0.9249924621845708,
        0.05536574818007256,
    ]


@pytest.mark.parametrize("by", [0, 1, 2])
def test_uniform_numbers_are_uniform_and_independent_along_every_axis(by):
    u = numbers(by)
    assert stats.kstest(u, "uniform").pvalue > 1e-4
    for lag in (1, 2, 7):
        assert abs(np.corrcoef(u[:-lag], u[lag:])[0, 1]) < 5 / np.sqrt(NUM)
    cells = np.histogram2d(u[::2], u[1::2], bins=16)[0].ravel()
    assert stats.chisquare(cells).pvalue > 1e-4
    low_bits = (u * 2**52).astype(np.int64) & 0xFF
    assert stats.chisquare(np.bincount(low_bits, minlength=256)).pvalue > 1e-4


@pytest.mark.parametrize(
    ("one", "other"), [({"purpose": 1}, {"purpose": 2}), ({"seed": 1}, {"seed": 2}), ({}, {"name": "M-101"})]
)
def test_neighbours_are_independent(one, other):
    for by in (0, 2):
        u, v = numbers(by, **one), numbers(by, **other)
        assert abs(np.corrcoef(u, v)[0, 1]) < 5 / np.sqrt(NUM)
        assert not np.intersect1d(u, v).size


def test_keys_are_those_of_their_texts():
    assert keys_of(["A", "B"]).tolist() == [int(key_of("A")), int(key_of("B"))]
    assert len(keys_of([])) == 0
    assert len(set(keys_of(f"T-{i}" for i in range(50_000)).tolist())) == 50_000


@settings(deadline=None)
@given(u=st.floats(1e-300, 1 - 1e-16))
def test_normal_quantile(u):
    assert normal_quantile(u) == pytest.approx(ndtri(u), rel=1e-13, abs=1e-15)


@settings(deadline=None)
@given(shape=st.floats(0.05, 500), u=st.floats(1e-6, 1 - 1e-6))
def test_gamma_quantile(shape, u):
    expected = gammaincinv(shape, u)
    assert gamma_quantile(shape, u) == pytest.approx(expected, rel=1e-7, abs=1e-200)


@pytest.mark.parametrize(("law", "shape"), LAWS)
def test_draws_have_their_mean_and_their_law(law, shape):
    u = numbers(0)[:20_000]
    times = np.array([draw(law, 5.0, shape, value) for value in u])
    known = {
        EXPONENTIAL: stats.expon(scale=5),
        LOGNORMAL: stats.lognorm(shape, scale=5 * np.exp(-shape * shape / 2)),
        GAMMA: stats.gamma(shape, scale=5 / shape),
        WEIBULL: stats.weibull_min(shape, scale=5 / stats.weibull_min(shape).mean()),
    }
    if law == FIXED:
        assert (times == 5).all()
    else:
        assert known[law].mean() == pytest.approx(5)
        assert np.allclose(times, known[law].ppf(u), rtol=1e-7)


@pytest.mark.parametrize(("law", "shape"), LAWS)
def test_what_is_left_of_a_time_under_way(law, shape):
    """Renewal theory: its mean is E[X^2] / 2 E[X]; the first failure after a random moment is no new life."""
    u, v = numbers(0)[:40_000], numbers(0, purpose=2)[:40_000]
    left = np.array([draw_residual(law, 5.0, shape, a, b) for a, b in zip(u, v, strict=True)])
    moments = {
        FIXED: 25.0,
        EXPONENTIAL: 50.0,
        LOGNORMAL: 25 * np.exp(shape * shape),
        GAMMA: 25 * (1 + 1 / shape),
        WEIBULL: 25 * (1 + (stats.weibull_min(shape).std() / stats.weibull_min(shape).mean()) ** 2),
    }
    assert left.mean() == pytest.approx(moments[law] / 10, abs=4.5 * left.std() / np.sqrt(len(left)))


def test_nothing_takes_no_time_and_more_luck_never_takes_less():
    assert draw(EXPONENTIAL, 0.0, 1.0, 0.5) == 0.0
    assert draw_residual(GAMMA, -1.0, 1.0, 0.5, 0.5) == 0.0
    grid = np.linspace(0.001, 0.999, 200)
    for law, shape in LAWS:
        assert (np.diff([draw(law, 5.0, shape, u) for u in grid]) >= 0).all()


def test_sigma_of_a_lognormal():
    assert stats.lognorm(sigma_of(0.4)).std() / stats.lognorm(sigma_of(0.4)).mean() == pytest.approx(0.4)
