"""Compare designs with one of them, on the same luck."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from drumbeat.basics.arrays import Bools, Floats
from drumbeat.basics.intervals import Interval, paired_interval


@dataclass(frozen=True, slots=True)
class Comparison:
    """Differences of D designs from one of them; that one's own row is 0, with p-value 1.

    Parameters
    ----------
    differences
        D intervals of design minus baseline; with the stated confidence all of them hold at once (Bonferroni).
    p_values
        Shape (D,), corrected by Holm's steps.
    is_different
        Shape (D,): whether the corrected p-value is at most 1 - confidence: the chance that any design is called
        different that is not is at most that.
    correlation
        Shape (D,): of design and baseline over the replications; high where the shared luck helps. nan where one of
        them does not vary.
    """

    differences: tuple[Interval, ...]
    p_values: Floats
    is_different: Bools
    correlation: Floats


def compare_designs(values: ArrayLike, *, baseline: int = 0, confidence: float = 0.95) -> Comparison:
    """Compare designs with a baseline, replication by replication.

    Parameters
    ----------
    values
        Shape (D, R): a figure of each design in each replication; replication r has the same luck in all of them.
        Replications in which any design has no value (nan) are left out.
    baseline
        Row that the others are compared with, 0 to D - 1.
    confidence
        Of all statements together, between 0 and 1, default 0.95.

    Raises
    ------
    ValueError
        When `values` has not two dimensions, or no such row.

    Notes
    -----
    Paired t; S. Holm, A Simple Sequentially Rejective Multiple Test Procedure, Scand. J. Statist. 6 (1979). Intervals
    are Bonferroni's, because Holm's have no bounded form; a design may thus be called different although its interval
    just touches 0.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 2 or not 0 <= baseline < array.shape[0]:
        raise ValueError(f"values have shape (designs, replications) and a row {baseline}, not shape {array.shape}")
    array = array[:, ~np.isnan(array).any(axis=0)]
    num, others = array.shape[0], max(array.shape[0] - 1, 1)
    each = 1.0 - (1.0 - confidence) / others
    differences = [
        Interval(0.0, 0.0, 0.0) if d == baseline else paired_interval(array[d], array[baseline], each)
        for d in range(num)
    ]
    raw = np.array([1.0 if d == baseline else _paired_p(array[d] - array[baseline]) for d in range(num)])
    compared = np.delete(np.arange(num), baseline)
    p_values = np.ones(num)
    p_values[compared] = correct_by_holm(raw[compared])
    return Comparison(tuple(differences), p_values, p_values <= 1.0 - confidence, _correlate(array, baseline))


def correct_by_holm(p_values: Floats) -> Floats:
    """Correct p-values of M tests, shape (M,), so that the chance of any false alarm stays below the level."""
    order = np.argsort(p_values, kind="stable")
    steps = np.maximum.accumulate(p_values[order] * np.arange(len(order), 0, -1))
    corrected = np.empty(len(order))
    corrected[order] = np.minimum(steps, 1.0)
    return corrected


def _paired_p(differences: Floats) -> float:
    """Two-sided p-value of a mean of 0; 1 for fewer than two values."""
    from scipy.special import stdtr

    n = differences.size
    if n < 2:
        return 1.0
    mean, spread = float(differences.mean()), float(differences.std(ddof=1))
    if spread <= 1e-12 * abs(mean) or spread == 0.0:
        return 1.0 if mean == 0.0 else 0.0
    return float(2 * stdtr(n - 1, -abs(mean) / spread * np.sqrt(n)))


def _correlate(array: Floats, baseline: int) -> Floats:
    if array.shape[1] < 2:
        return np.full(array.shape[0], np.nan)
    centred = array - array.mean(axis=1, keepdims=True)
    norms = np.sqrt((centred**2).sum(axis=1))
    scale = norms * norms[baseline]
    return np.divide(centred @ centred[baseline], scale, out=np.full(len(norms), np.nan), where=scale > 0)
