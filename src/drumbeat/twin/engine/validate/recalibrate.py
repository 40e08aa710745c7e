"""Put predicted probabilities right by how earlier ones turned out.

With few outcomes a line on the log-odds (Platt 1999; Cox 1958), held near "as predicted" by a prior; with many, the
best rising steps (isotonic regression by pooling adjacent violators, Ayer et al. 1955; Zadrozny and Elkan 2002).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from drumbeat.basics.arrays import Floats

FEWEST_RESOLVED = 10
"""Outcomes below which nothing is said."""

FEWEST_FOR_STEPS, FEWEST_OF_EACH = 300, 30
"""Outcomes, and outcomes of the rarer kind, from which steps are fitted rather than a line."""

PRIOR_INTERCEPT, PRIOR_SLOPE = 1.0, 0.5
"""Standard deviations of the prior of the line: intercept around 0, slope around 1."""

LEAST_SLOPE = 0.05
"""The line rises: a higher prediction never becomes a lower one."""

EDGE = 1e-4
"""Predictions are kept this far from 0 and 1 when their odds are taken."""


def _floats() -> Floats:
    return np.zeros(0, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Recalibration:
    """How predicted probabilities are put right.

    Parameters
    ----------
    method
        "unknown" with fewer than `FEWEST_RESOLVED` outcomes, "line" or "steps".
    num_resolved
        Outcomes that it was learned from.
    intercept, slope
        Of the line on the log-odds.
    predicted, corrected
        Of the steps: middles of the blocks and the shares that came true there; linear in between.
    covariance
        Shape (2, 2): of intercept and slope of the line; zeros for steps.
    """

    method: Literal["unknown", "line", "steps"]
    num_resolved: int
    intercept: float = 0.0
    slope: float = 1.0
    predicted: Floats = field(default_factory=_floats)
    corrected: Floats = field(default_factory=_floats)
    covariance: Floats = field(default_factory=lambda: np.zeros((2, 2)))

    @property
    def is_known(self) -> bool:
        """Whether enough was resolved to say anything."""
        return self.method != "unknown"

    def apply(self, probability: ArrayLike) -> Floats:
        """Return the probabilities put right, of the same shape; all nan where it is unknown.

        Parameters
        ----------
        probability
            Predicted, 0 to 1.
        """
        values = np.asarray(probability, dtype=np.float64)
        if self.method == "unknown":
            return np.full(values.shape, np.nan)
        if self.method == "line":
            return _expit(self.intercept + self.slope * _log_odds(values))
        return np.interp(values, self.predicted, self.corrected)

    def bound(self, low: ArrayLike, high: ArrayLike, width: float = 1.96) -> tuple[Floats, Floats]:
        """Return bounds put right, widened by what is not known of the line; shapes of the arguments.

        Parameters
        ----------
        low, high
            Bounds of predictions, 0 to 1, each not above the other.
        width
            Standard errors of the line on either side; 1.96 = 95 %.
        """
        if self.method != "line":
            return self.apply(low), self.apply(high)
        found = []
        for values, side in ((low, -width), (high, width)):
            odds = _log_odds(np.asarray(values, dtype=np.float64))
            var = self.covariance[0, 0] + 2 * odds * self.covariance[0, 1] + odds**2 * self.covariance[1, 1]
            found.append(_expit(self.intercept + self.slope * odds + side * np.sqrt(np.maximum(var, 0.0))))
        return found[0], found[1]


def fit_recalibration(probability: ArrayLike, happened: ArrayLike) -> Recalibration:
    """Learn from predictions and outcomes how to put predictions right.

    Parameters
    ----------
    probability
        Predicted, 0 to 1; shape (n,). Those that are nan are left out.
    happened
        Whether it came true; shape (n,), truth values or 0 and 1.

    Returns
    -------
    Recalibration
        "unknown" below `FEWEST_RESOLVED` outcomes.

    Raises
    ------
    ValueError
        When the shapes differ, or a probability lies outside 0 to 1.

    Examples
    --------
    >>> fit_recalibration([0.9] * 5, [1] * 5).method
    'unknown'
    >>> half = fit_recalibration([0.9] * 40, [1, 0] * 20)
    >>> 0.5 < float(half.apply(0.9)) < 0.6
    True
    """
    values, outcomes = check_outcomes(probability, happened)
    size, wins = len(values), int(outcomes.sum())
    if size < FEWEST_RESOLVED:
        return Recalibration("unknown", size)
    if size >= FEWEST_FOR_STEPS and min(wins, size - wins) >= FEWEST_OF_EACH:
        return _fit_steps(values, outcomes)
    return fit_line(values, outcomes)


def check_outcomes(probability: ArrayLike, happened: ArrayLike) -> tuple[Floats, Floats]:
    """Return predictions and outcomes as floats, without predictions that are nan; see `fit_recalibration`."""
    values, outcomes = np.asarray(probability, dtype=np.float64), np.asarray(happened, dtype=np.float64)
    if values.ndim != 1 or values.shape != outcomes.shape:
        raise ValueError(f"predictions and outcomes have one shape (n,), not {values.shape} and {outcomes.shape}")
    known = ~np.isnan(values)
    values, outcomes = values[known], outcomes[known]
    if ((values < 0) | (values > 1)).any():
        raise ValueError(f"a probability is 0 to 1, not {values[(values < 0) | (values > 1)][0]:g}")
    if not np.isin(outcomes, (0.0, 1.0)).all():
        raise ValueError("an outcome is true or false, 1 or 0")
    return values, outcomes


def fit_line(probability: ArrayLike, happened: ArrayLike, overdispersion: float = 1.0) -> Recalibration:
    """Learn a line on the log-odds, however many outcomes there are; see `fit_recalibration`.

    Newton's steps on the penalised likelihood, which is concave.

    Parameters
    ----------
    probability, happened
        As for `fit_recalibration`.
    overdispersion
        By how much the variance of sums of outcomes is above that of independent ones, >= 1: it widens `covariance`.

    Returns
    -------
    Recalibration
        "line", or "unknown" below `FEWEST_RESOLVED` outcomes.
    """
    values, outcomes = check_outcomes(probability, happened)
    if len(values) < FEWEST_RESOLVED:
        return Recalibration("unknown", len(values))
    design = np.stack([np.ones(len(values)), _log_odds(values)], axis=1)
    centre, weight = np.array([0.0, 1.0]), np.array([PRIOR_INTERCEPT, PRIOR_SLOPE]) ** -2.0
    line, curve = centre.copy(), np.diag(weight)
    for _ in range(50):
        fitted = _expit(design @ line)
        slope = design.T @ (outcomes - fitted) - weight * (line - centre)
        curve = (design * (fitted * (1 - fitted))[:, None]).T @ design + np.diag(weight)
        step = np.linalg.solve(curve, slope)
        step *= min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
        line = line + step
        if np.abs(step).max() < 1e-9:
            break
    return Recalibration(
        "line",
        len(values),
        float(line[0]),
        max(float(line[1]), LEAST_SLOPE),
        covariance=np.asarray(overdispersion * np.linalg.inv(curve), dtype=np.float64),
    )


def _fit_steps(values: Floats, outcomes: Floats) -> Recalibration:
    """Pool adjacent violators; each block counts one outcome more of each half, so that none claims certainty."""
    places, place = np.unique(values, return_inverse=True)
    count = np.bincount(place).astype(np.float64)
    blocks: list[list[float]] = []
    for at, size, wins in zip(places, count, np.bincount(place, outcomes), strict=True):
        blocks.append([at * size, size, wins])
        while len(blocks) > 1 and blocks[-2][2] * blocks[-1][1] >= blocks[-1][2] * blocks[-2][1]:
            last = blocks.pop()
            blocks[-1] = [a + b for a, b in zip(blocks[-1], last, strict=True)]
    table = np.array(blocks)
    corrected = np.maximum.accumulate((table[:, 2] + 0.5) / (table[:, 1] + 1.0))
    return Recalibration("steps", len(values), 0.0, 1.0, table[:, 0] / table[:, 1], corrected)


def _log_odds(values: Floats) -> Floats:
    kept = np.clip(values, EDGE, 1 - EDGE)
    odds: Floats = np.log(kept / (1 - kept))
    return odds


def _expit(values: Floats) -> Floats:
    share: Floats = 1.0 / (1.0 + np.exp(-values))
    return share
