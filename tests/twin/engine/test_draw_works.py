"""What is drawn sooner than the streams draw it has the same value."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drumbeat.basics.compiled import njit
from drumbeat.basics.streams import gamma_quantile, normal_quantile
from drumbeat.twin.engine.break_down import double_life
from drumbeat.twin.engine.draw_works import BLOCK, find_normals, make_batch

LOWEST, HIGHEST = 0.5 * 2.0**-52, 1.0 - 2.0**-53
"""The first and the last number that `uniform` draws."""

EDGES = [LOWEST, 1e-12, 0.075 - 2**-54, 0.075, 0.075 + 2**-54, 0.5, 0.925 - 2**-53, 0.925, 0.925 + 2**-53, HIGHEST]


@njit(cache=False)
def _find(batch, count):
    find_normals(batch, count)


@njit(cache=False)
def _live(u):
    return double_life(u)


@given(drawn=st.lists(st.floats(LOWEST, HIGHEST) | st.sampled_from(EDGES), min_size=1, max_size=BLOCK))
def test_quantiles_of_a_block_have_the_bits_of_one_by_one(drawn):
    batch = make_batch()
    batch.uniform[: len(drawn)] = drawn
    batch.normal[:] = np.nan
    _find(batch, len(drawn))
    assert batch.normal[: len(drawn)].tolist() == [normal_quantile(u) for u in drawn]
    assert np.isnan(batch.normal[len(drawn) :]).all()


@given(u=st.floats(LOWEST, HIGHEST) | st.sampled_from(EDGES))
def test_an_exponential_life_under_way_is_the_gammas_quantile(u):
    x = _live(u)
    if 1e-6 < u < 1.0 - 1e-6:  # further out a probability's rounding is more of the gamma's than of ours
        assert x == pytest.approx(gamma_quantile(2.0, u), rel=1e-9)
    assert x - np.log1p(x) == pytest.approx(-np.log1p(-u), rel=1e-9, abs=1e-15 * x)
