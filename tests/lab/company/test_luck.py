"""Luck of the demo company depends on seed, name and count alone, and is spread as it should be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drumbeat.lab.company.luck import Luck


@given(st.integers(0, 2**40), st.integers(1, 50), st.integers(1, 50))
def test_a_draw_does_not_depend_on_how_many_follow(seed: int, few: int, more: int) -> None:
    luck = Luck(seed)
    long = luck.uniform("x", few + more)
    assert np.array_equal(luck.uniform("x", few), long[:few])
    assert ((long >= 0) & (long < 1)).all()


def test_names_and_seeds_tell_draws_apart() -> None:
    first = Luck(1).uniform("a", 1000)
    assert abs(np.corrcoef(first, Luck(1).uniform("b", 1000))[0, 1]) < 0.1
    assert abs(np.corrcoef(first, Luck(2).uniform("a", 1000))[0, 1]) < 0.1


def test_moments_are_those_of_the_distributions() -> None:
    luck, size = Luck(3), 200_000
    assert luck.uniform("u", size, 2.0, 4.0).mean() == pytest.approx(3.0, abs=0.01)
    assert luck.normal("n", size, 5.0, 2.0).std() == pytest.approx(2.0, rel=0.02)
    assert luck.exponential("e", size, 7.0).mean() == pytest.approx(7.0, rel=0.02)
    whole = luck.whole("w", size, 1, 6)
    assert set(np.unique(whole)) == {1, 2, 3, 4, 5, 6}
    assert np.bincount(whole)[1:].min() > size / 6 * 0.97
