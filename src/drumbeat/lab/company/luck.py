"""Luck of the demo company: draws that depend on the seed, a name and a counter, and on nothing else."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


def _mix(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Finaliser of splitmix64 (Steele, Lea and Flood 2014)."""
    state = (state ^ (state >> np.uint64(30))) * _MIX_1
    state = (state ^ (state >> np.uint64(27))) * _MIX_2
    return state ^ (state >> np.uint64(31))


@dataclass(frozen=True, slots=True)
class Luck:
    """Named, counted draws: draw i of name n under a seed never changes, however much else is drawn.

    Parameters
    ----------
    seed
        Any whole number; another seed is another company with the same stories.
    """

    seed: int

    def uniform(self, name: str, size: int, low: float = 0.0, high: float | Floats = 1.0) -> Floats:
        """Draw `size` numbers evenly between `low` and `high` (one, or one for each number)."""
        digest = hashlib.blake2b(f"{self.seed}:{name}".encode(), digest_size=8).digest()
        start = np.uint64(int.from_bytes(digest, "little"))
        with np.errstate(over="ignore"):
            bits = _mix(start + (np.arange(size, dtype=np.uint64) + np.uint64(1)) * _STEP)
        unit = (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53
        return low + (high - low) * unit

    def normal(self, name: str, size: int, mean: float = 0.0, spread: float = 1.0) -> Floats:
        """Draw from a normal distribution (Box and Muller 1958)."""
        radius = np.sqrt(-2.0 * np.log1p(-self.uniform(f"{name}/radius", size)))
        return mean + spread * radius * np.cos(2.0 * np.pi * self.uniform(f"{name}/angle", size))

    def exponential(self, name: str, size: int, mean: float = 1.0) -> Floats:
        """Draw from an exponential distribution."""
        return -mean * np.log1p(-self.uniform(name, size))

    def whole(self, name: str, size: int, low: int, high: int) -> Ints:
        """Draw whole numbers from `low` to `high`, both included."""
        return (low + np.floor(self.uniform(name, size) * (high - low + 1))).astype(np.int64)
