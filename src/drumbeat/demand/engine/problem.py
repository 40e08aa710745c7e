"""What forecasting is given: past demand by item and place, and what is known of the future."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int64s, Texts


def _numbers() -> Floats:
    return np.zeros(0, dtype=np.float64)


def _indices() -> Int64s:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class History:
    """Past demand: S series of periods of one length, each without gaps; the last period is the same for all.

    Parameters
    ----------
    keys
        Shape (S,): business key of each series ("SCREW @ NORTH").
    ptr
        Shape (S + 1,): the values of series s are `values[ptr[s]:ptr[s + 1]]`, the oldest first.
    values
        Units wanted in each period, >= 0.
    cycle
        Periods after which a season repeats: 12 for months, 52 for weeks, 1 for none.
    is_short
        Shape of `values`: periods in which the item was out of stock, so that less was sold than was wanted; empty =
        none.
    """

    keys: Texts
    ptr: Int64s
    values: Floats
    cycle: int
    is_short: Bools = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))

    @property
    def num_series(self) -> int:
        """Number of series."""
        return len(self.ptr) - 1


@dataclass(frozen=True, slots=True)
class Effects:
    """What moves demand and is known ahead: prices, promotions, holidays, working days.

    Demand is taken to be multiplied by exp(sum of coefficient x effect); coefficients are estimated for each series and
    drawn towards those of its group, and a group's towards those of all, the more so the less a series or group tells.

    Parameters
    ----------
    names
        Names of the E effects.
    past
        Shape (number of values, E), in the order of `History.values`.
    future
        Shape (S, H, E).
    expected
        Shape (E,): coefficients to believe where the past tells nothing; empty = 0.
    group
        Shape (S,): number of each series' group, from 0 (an item at its sites); empty = all are one.
    """

    names: tuple[str, ...]
    past: Floats
    future: Floats
    expected: Floats = field(default_factory=_numbers)
    group: Int64s = field(default_factory=_indices)


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """How series add up: regions of sites, families of items.

    Parameters
    ----------
    parent
        Shape (S,): index of the series that each is part of; -1 for none. A parent's demand is the sum of its parts'.
    """

    parent: Int64s
