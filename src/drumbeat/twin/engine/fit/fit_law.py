"""Fit one law to observed times by maximum likelihood, cut ones included."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from drumbeat.basics.arrays import Floats
from drumbeat.basics.streams import EXPONENTIAL, LOGNORMAL
from drumbeat.twin.engine.fit.laws import count_parameters, log_density, log_rest_survival, log_survival
from drumbeat.twin.engine.fit.sample import COMPLETE, REST, RUNNING, Sample

Parts: TypeAlias = tuple[tuple[int, Floats], ...]
"""Times by kind."""

LEAST_SHAPE, MOST_SHAPE = 0.05, 50.0
"""Shapes beyond these are not believed."""

MOST_STEPS = 60
_STEP = 1e-4
"""Step of the differences by which the likelihood's slope and curve are found, in logarithms."""


@dataclass(frozen=True, slots=True)
class Prior:
    """What is believed before: normal on the logarithms of mean and shape; infinite spread = nothing.

    Parameters
    ----------
    log_mean, log_shape
        Centres.
    log_mean_spread, log_shape_spread
        Standard deviations, > 0.
    """

    log_mean: float = 0.0
    log_mean_spread: float = math.inf
    log_shape: float = 0.0
    log_shape_spread: float = math.inf


@dataclass(frozen=True, slots=True)
class Fit:
    """A law fitted to a sample.

    Parameters
    ----------
    law
        Code of `drumbeat.basics.streams`.
    mean, shape
        In the sample's unit; shape 1 for the exponential.
    covariance
        Shape (2, 2): of log mean and log shape, from the curve of the likelihood (and prior) at its top (Laplace).
    log_likelihood
        At the fit, without the prior.
    aicc
        Akaike's criterion for small samples, over ends seen: the smaller, the better; infinite with too few ends.
    num_ended, num_running
        Ends seen, and times still running.
    """

    law: int
    mean: float
    shape: float
    covariance: Floats
    log_likelihood: float
    aicc: float
    num_ended: int
    num_running: int

    @property
    def log_mean_error(self) -> float:
        """Standard error of the logarithm of the mean."""
        return math.sqrt(max(float(self.covariance[0, 0]), 0.0))


def fit_law(sample: Sample, law: int, prior: Prior | None = None) -> Fit:
    """Fit a law by maximum likelihood, or by maximum posterior where a prior is given.

    Complete times count with their density, running ones with their survival, and those that began before the record
    with the law of what is left of a time that began long ago. Newton's method on log mean and log shape.

    Parameters
    ----------
    sample
        Observed times; at least one end must have been seen, or the prior must say something of the mean.
    law
        `EXPONENTIAL`, `WEIBULL`, `LOGNORMAL` or `GAMMA`.
    prior
        What is believed before; None = nothing.

    Raises
    ------
    ValueError
        When nothing bounds the mean: no end was seen and there is no prior.
    """
    prior = prior or Prior()
    if sample.num_ended == 0 and not math.isfinite(prior.log_mean_spread):
        raise ValueError("a law without a prior is fitted to times of which at least one ended")
    place = _start(sample, law, prior)
    parts = split_kinds(sample)
    size = count_parameters(law)
    for _ in range(MOST_STEPS):
        slope, curve = _differentiate(parts, law, prior, place, size)
        step = _ascend(slope, curve)
        best = _score(parts, law, prior, place)
        share = 1.0
        while share > 1e-3 and _score(parts, law, prior, _move(place, share * step, size)) < best - 1e-12:
            share /= 2
        moved = _move(place, share * step, size)
        done = float(np.abs(moved - place).max()) < 1e-7
        place = moved
        if done:
            break
    _, curve = _differentiate(parts, law, prior, place, size)
    return _tell(sample, parts, law, place, curve, size)


def _start(sample: Sample, law: int, prior: Prior) -> Floats:
    ended = sample.value[np.isin(sample.kind, (COMPLETE, REST))]
    mean = math.log(sample.mean_if_memoryless) if sample.num_ended else prior.log_mean
    spread = float(np.log(ended).std()) if len(ended) > 1 else 0.0
    if math.isfinite(prior.log_shape_spread):
        shape = prior.log_shape
    elif spread <= 0:
        shape = math.log(0.5) if law == LOGNORMAL else 0.0
    else:
        # The spread of a Weibull's logarithm is 1.28 over its shape; near enough for a gamma.
        shape = math.log(spread if law == LOGNORMAL else 1.28 / spread)
    low, high = math.log(LEAST_SHAPE * 2), math.log(MOST_SHAPE / 2)
    return np.array([mean, 0.0 if law == EXPONENTIAL else min(max(shape, low), high)])


def _move(place: Floats, step: Floats, size: int) -> Floats:
    moved = place.copy()
    moved[:size] += step
    moved[1] = min(max(moved[1], math.log(LEAST_SHAPE)), math.log(MOST_SHAPE))
    return moved


def _score(parts: Parts, law: int, prior: Prior, place: Floats) -> float:
    score = log_likelihood(parts, law, math.exp(place[0]), math.exp(place[1]))
    score -= 0.5 * ((place[0] - prior.log_mean) / prior.log_mean_spread) ** 2
    return score - 0.5 * ((place[1] - prior.log_shape) / prior.log_shape_spread) ** 2


def split_kinds(sample: Sample) -> Parts:
    """Return the times of each kind that there is."""
    return tuple((int(kind), sample.value[sample.kind == kind]) for kind in np.unique(sample.kind))


def log_likelihood(parts: Parts, law: int, mean: float, shape: float) -> float:
    """Return the log-likelihood of a law with this mean and shape, for times by kind."""
    total = 0.0
    for kind, times in parts:
        if kind == COMPLETE:
            part = log_density(law, mean, shape, times)
        elif kind == RUNNING:
            part = log_survival(law, mean, shape, times)
        elif kind == REST:
            part = log_survival(law, mean, shape, times) - math.log(mean)
        else:
            part = log_rest_survival(law, mean, shape, times)
        total += float(part.sum())
    return total


def _differentiate(parts: Parts, law: int, prior: Prior, place: Floats, size: int) -> tuple[Floats, Floats]:
    """Slope and curve of the score by central differences."""
    steps = np.eye(2)[:size] * _STEP

    def at(*moves: Floats) -> float:
        return _score(parts, law, prior, place + np.sum(moves, axis=0))

    middle = _score(parts, law, prior, place)
    up, down = [at(step) for step in steps], [at(-step) for step in steps]
    slope = (np.array(up) - np.array(down)) / (2 * _STEP)
    curve = np.diag((np.array(up) + np.array(down) - 2 * middle) / _STEP**2)
    if size == 2:
        mixed = at(steps[0], steps[1]) - at(steps[0], -steps[1]) - at(-steps[0], steps[1]) + at(-steps[0], -steps[1])
        curve[0, 1] = curve[1, 0] = mixed / (4 * _STEP**2)
    return slope, curve


def _ascend(slope: Floats, curve: Floats) -> Floats:
    """Newton's step uphill; where the score is not yet concave, its curve counts as if it were."""
    value, vector = np.linalg.eigh(curve)
    step: Floats = vector @ ((vector.T @ slope) / np.maximum(np.abs(value), 1e-3))
    return step * min(1.0, 1.0 / max(float(np.abs(step).max()), 1e-12))


def _tell(sample: Sample, parts: Parts, law: int, place: Floats, curve: Floats, size: int) -> Fit:
    covariance = np.zeros((2, 2))
    value, vector = np.linalg.eigh(-curve)
    covariance[:size, :size] = (vector / np.maximum(value, 0.25)) @ vector.T  # never surer than nothing: spread 2
    mean, shape = math.exp(place[0]), math.exp(place[1])
    top = log_likelihood(parts, law, mean, shape)
    ended = sample.num_ended
    room = ended - size - 1
    aicc = 2 * size - 2 * top + 2 * size * (size + 1) / room if room > 0 else math.inf
    return Fit(law, mean, shape, covariance, top, aicc, ended, sample.size - ended)
