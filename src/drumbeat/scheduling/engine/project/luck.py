"""Fast luck for search kernels: one stream a lane, its state an array of one word (xorshift64*, Vigna 2016)."""

from __future__ import annotations

from typing import Any

import numpy as np

from drumbeat.basics.compiled import bare
from drumbeat.basics.streams import luck_of


def make_luck(seed: int, lane: int) -> Any:
    """Make the stream of a lane; shape (1,), never zero."""
    return np.array([np.uint64(luck_of(seed, lane)) | np.uint64(1)], dtype=np.uint64)


@bare
def draw_share(luck):  # type: ignore[no-untyped-def]
    """Draw a number from 0 to below 1."""
    bits = luck[0]
    bits ^= bits >> np.uint64(12)
    bits ^= bits << np.uint64(25)
    bits ^= bits >> np.uint64(27)
    luck[0] = bits
    return np.float64((bits * np.uint64(0x2545F4914F6CDD1D)) >> np.uint64(11)) * 2.0**-53


@bare
def draw_below(luck, bound):  # type: ignore[no-untyped-def]
    """Draw a whole number from 0 to `bound` - 1."""
    return np.int64(draw_share(luck) * bound)
