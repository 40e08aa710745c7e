"""Score predictions against what happened: probabilities, promise dates, run times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.intervals import Interval, mean_interval, wilson_interval
from drumbeat.twin.engine.validate.recalibrate import check_outcomes

NUM_BANDS = 10
"""Bands of equal width into which predictions are sorted for the calibration curve."""


@dataclass(frozen=True, slots=True)
class Curve:
    """What came true of what was said, by band of predicted probability; shape (B,) each, bands without any left out.

    Parameters
    ----------
    said
        Mean prediction in the band.
    held
        Share that came true.
    held_low, held_high
        Wilson's 95 % interval of that share.
    count
        Predictions in the band.
    """

    said: Floats
    held: Floats
    held_low: Floats
    held_high: Floats
    count: Int64s


@dataclass(frozen=True, slots=True)
class Score:
    """How good probabilities were.

    Parameters
    ----------
    num_resolved
        Predictions of which the outcome is known.
    brier
        Mean squared difference of prediction and outcome, 0 (perfect) to 1 (Brier 1950); nan without any.
    base_rate
        Share that came true.
    base_brier
        Brier score of who always says the base rate.
    skill
        1 - brier / base_brier: 0 = no better than the base rate, 1 = perfect; nan where everything, or nothing, came
        true.
    error
        Calibration error: mean over predictions of the distance between said and held of their band, 0 to 1.
    bias
        Mean prediction less base rate: above 0 the twin said too much.
    curve
        The calibration curve.
    """

    num_resolved: int
    brier: float
    base_rate: float
    base_brier: float
    skill: float
    error: float
    bias: float
    curve: Curve


def score_probabilities(probability: ArrayLike, happened: ArrayLike, num_bands: int = NUM_BANDS) -> Score:
    """Score predicted probabilities.

    Parameters
    ----------
    probability
        Predicted, 0 to 1; shape (n,); nan is left out.
    happened
        Whether it came true; shape (n,).
    num_bands
        Bands of the calibration curve, >= 1.

    Raises
    ------
    ValueError
        As `fit_recalibration`; and for fewer than one band.

    Examples
    --------
    >>> score_probabilities([0.7, 0.8, 0.9, 0.6], [1, 0, 1, 1]).brier
    0.225
    """
    if num_bands < 1:
        raise ValueError(f"a curve has at least 1 band, not {num_bands}")
    values, outcomes = check_outcomes(probability, happened)
    size = len(values)
    curve = _draw_curve(values, outcomes, num_bands)
    if size == 0:
        nan = float("nan")
        return Score(0, nan, nan, nan, nan, nan, nan, curve)
    brier, base = float(((values - outcomes) ** 2).mean()), float(outcomes.mean())
    base_brier = base * (1 - base)
    return Score(
        num_resolved=size,
        brier=round(brier, 12),
        base_rate=base,
        base_brier=base_brier,
        skill=1 - brier / base_brier if base_brier > 0 else float("nan"),
        error=float((np.abs(curve.said - curve.held) * curve.count).sum() / size),
        bias=float(values.mean()) - base,
        curve=curve,
    )


def _draw_curve(values: Floats, outcomes: Floats, num_bands: int) -> Curve:
    band = np.minimum((values * num_bands + 1e-9).astype(np.int64), num_bands - 1)
    count = np.bincount(band, minlength=num_bands)
    used = np.flatnonzero(count)
    size = count[used].astype(np.int64)
    wins = np.bincount(band, outcomes, num_bands)[used]
    low, high = wilson_interval(wins, size)
    said = np.bincount(band, values, num_bands)[used] / np.maximum(size, 1)
    return Curve(said, wins / np.maximum(size, 1), low, high, size)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often promise dates of one promised probability were kept.

    Parameters
    ----------
    promised
        Probability that the date was given with, e.g. 0.8.
    kept
        Share of the dates that were kept, with Wilson's 95 % interval; nan, 0 and 1 without any.
    count
        Dates that were resolved.
    """

    promised: float
    kept: Interval
    count: int


def measure_coverage(promised: float, date: ArrayLike, actual: ArrayLike) -> Coverage:
    """Measure how often promise dates were kept.

    Parameters
    ----------
    promised
        Probability that the dates were given with, 0 to 1.
    date, actual
        Promised and actual ends, in any one unit; shape (n,) each; pairs with a nan are left out.

    Raises
    ------
    ValueError
        When the shapes differ.
    """
    dates, ends = np.asarray(date, dtype=np.float64), np.asarray(actual, dtype=np.float64)
    if dates.shape != ends.shape:
        raise ValueError(f"dates and ends have one shape, not {dates.shape} and {ends.shape}")
    known = ~(np.isnan(dates) | np.isnan(ends))
    size, kept = int(known.sum()), int((ends[known] <= dates[known]).sum())
    low, high = wilson_interval(kept, size)
    return Coverage(promised, Interval(kept / size if size else float("nan"), float(low), float(high)), size)


@dataclass(frozen=True, slots=True)
class Bias:
    """How far predicted lengths were off.

    Parameters
    ----------
    ratio
        Geometric mean of actual over predicted, with its 95 % interval: above 1, the twin was too quick; nan without
        any, and without an interval (0 to infinity) for one.
    count
        Lengths that were compared.
    """

    ratio: Interval
    count: int


def measure_bias(predicted: ArrayLike, actual: ArrayLike) -> Bias:
    """Measure how far predicted lengths were off, as a ratio.

    Parameters
    ----------
    predicted, actual
        Lengths in any one unit; shape (n,) each; pairs that are not both above 0 are left out.
    """
    said, was = np.asarray(predicted, dtype=np.float64), np.asarray(actual, dtype=np.float64)
    known = (said > 0) & (was > 0) & np.isfinite(said) & np.isfinite(was)
    logs = mean_interval(np.log(was[known] / said[known]))
    with np.errstate(over="ignore"):
        value, low, high = (float(np.exp(x)) for x in logs)
    return Bias(Interval(value, low, high), int(known.sum()))
