"""Salted draws are those of `streams`."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from drumbeat.basics.compiled import njit
from drumbeat.basics.salted_streams import salt_of, uniform_of
from drumbeat.basics.streams import uniform

WORDS = st.integers(0, 2**64 - 1)


@njit
def draw_salted(luck: int, key: int, purpose: int, n: int) -> float:
    return uniform_of(salt_of(luck, key), purpose, n)


@settings(deadline=None)  # the first call compiles
@given(luck=WORDS, key=WORDS, purpose=st.integers(0, 2**24 - 1), n=st.integers(0, 2**40 - 1))
def test_salted_draws_are_the_same(luck: int, key: int, purpose: int, n: int) -> None:
    told = draw_salted(np.uint64(luck), np.uint64(key), purpose, n)
    assert told == uniform(np.uint64(luck), np.uint64(key), purpose, n)
