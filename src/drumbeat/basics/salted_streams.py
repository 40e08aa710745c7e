"""The draws of `streams` for kernels that draw often for one business key: the key is hashed once, not at each draw.

Both functions are compiled into their callers: a call would take as long as the draw.
"""

from __future__ import annotations

import numpy as np

from drumbeat.basics.compiled import njit
from drumbeat.basics.streams import _FIRST, _GOLDEN, _PURPOSES, _SECOND

_inside = njit(forceinline=True, _nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True)


@_inside
def _mix(bits: np.uint64) -> np.uint64:
    bits = (bits ^ (bits >> np.uint64(30))) * _FIRST
    bits = (bits ^ (bits >> np.uint64(27))) * _SECOND
    return bits ^ (bits >> np.uint64(31))


@_inside
def salt_of(luck: np.uint64, key: np.uint64) -> np.uint64:
    """Hash the luck of a replication (see `streams.luck_of`) with a business key."""
    return _mix(luck ^ key)


@_inside
def uniform_of(salt: np.uint64, purpose: int, n: int) -> float:
    """Draw the uniform number that `streams.uniform` draws for the luck and the key of the salt.

    Parameters
    ----------
    salt
        What `salt_of` made of luck and key.
    purpose, n
        As for `streams.uniform`.
    """
    counter = (np.uint64(purpose) << _PURPOSES) + np.uint64(n) + np.uint64(1)
    bits = _mix(salt + counter * _GOLDEN)
    # 52 bits and a half: with 53, the largest would round to 1.
    return (np.float64(bits >> np.uint64(12)) + 0.5) * 2.0**-52
