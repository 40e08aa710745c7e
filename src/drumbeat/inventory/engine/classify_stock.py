"""Which items deserve care: ABC by value, XYZ by steadiness, and stock that nobody will want."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Floats, Texts

A_SHARE, B_SHARE = 0.8, 0.95
"""Items of class A make the first 80 % of the value, those of B the next 15 %."""
X_MOST, Y_MOST = 0.5, 1.0
"""Coefficients of variation up to which demand is steady (X) or changing (Y); above it is erratic (Z)."""


def classify(value: Floats, variation: Floats) -> Texts:
    """Return the class of each item, shape (I,): "AX" to "CZ".

    Parameters
    ----------
    value
        Money that each item's yearly demand is worth, >= 0.
    variation
        Standard deviation of its demand by period over the mean; NaN or infinite without demand.
    """
    order = np.argsort(-value, kind="stable")
    total = value.sum()
    before = np.zeros(len(value))
    before[order] = np.cumsum(value[order]) - value[order]
    share = before / total if total > 0 else np.ones(len(value))
    abc = np.where(share < A_SHARE, "A", np.where(share < B_SHARE, "B", "C"))
    abc = np.where(value > 0, abc, "C")
    xyz = np.where(variation <= X_MOST, "X", np.where(variation <= Y_MOST, "Y", "Z"))
    return np.char.add(abc, xyz).astype(np.object_)


def find_excess(
    stock: Floats, mean: Floats, spread: Floats, most_periods: int, safety: Floats
) -> tuple[Floats, Floats]:
    """Return how much of each item's stock is excess, and how much obsolete, shape (I,) each.

    Excess is what exceeds the safety stock and the demand of the next `most_periods` periods at its tenth percentile
    from above; obsolete is all stock of an item for which the whole horizon expects no demand.

    Parameters
    ----------
    stock, safety
        Units on hand and of safety stock.
    mean, spread
        Shape (I, H): forecast demand and its standard deviation by period.
    most_periods
        Periods of demand that stock may cover, >= 1.
    """
    ahead = mean[:, :most_periods].sum(axis=1)
    high = ahead + 1.2816 * np.sqrt((spread[:, :most_periods] ** 2).sum(axis=1))
    nobody = mean.sum(axis=1) <= 0
    obsolete: Floats = np.where(nobody, stock, 0.0)
    excess: Floats = np.where(nobody, 0.0, np.maximum(stock - safety - high, 0.0))
    return excess, obsolete
