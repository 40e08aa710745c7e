"""Luck for kernels that draw millions of times a second: SplitMix64, its state in an array."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.compiled import bare

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


@bare
def draw_share(state: np.ndarray) -> float:
    """Draw a number of at least 0 and below 1; `state` has shape (1,), uint64, and moves on."""
    state[0] += _GOLDEN
    bits = state[0]
    bits = (bits ^ (bits >> np.uint64(30))) * _FIRST
    bits = (bits ^ (bits >> np.uint64(27))) * _SECOND
    bits = bits ^ (bits >> np.uint64(31))
    return float(bits >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@bare
def draw_below(state: np.ndarray, size: int) -> int:
    """Draw a whole number from 0 to size - 1, size >= 1."""
    return int(draw_share(state) * size)
