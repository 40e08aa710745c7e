"""The laws of times: density, survival, and what is left of a time that began long ago.

Each law is given by its mean and its shape, as in `drumbeat.basics.streams`.
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammaincc, gammaincinv, gammaln, log_ndtr, ndtr, ndtri

from drumbeat.basics.arrays import Floats
from drumbeat.basics.streams import EXPONENTIAL, GAMMA, LOGNORMAL, WEIBULL

LAWS = (EXPONENTIAL, LOGNORMAL, WEIBULL, GAMMA)
"""Laws that are fitted, the simplest first."""

NAMES = {EXPONENTIAL: "exponential", WEIBULL: "Weibull", LOGNORMAL: "lognormal", GAMMA: "gamma"}
"""Their names in sentences."""

_LEAST = 1e-300


def count_parameters(law: int) -> int:
    """Return how many numbers a law has: 1 for the exponential, else 2."""
    return 1 if law == EXPONENTIAL else 2


def log_density(law: int, mean: float, shape: float, time: Floats) -> Floats:
    """Return the logarithm of the density at times > 0, of their shape."""
    if law == LOGNORMAL:
        z = (np.log(time / mean) + shape * shape / 2) / shape
        return -0.5 * z * z - np.log(time * shape) - 0.9189385332046727
    if law == WEIBULL:
        scale = mean * np.exp(-gammaln(1 + 1 / shape))
        power = shape * np.log(time / scale)
        return np.log(shape / time) + power - np.exp(power)
    k = shape if law == GAMMA else 1.0
    scaled = k * time / mean
    return k * np.log(scaled) - np.log(time) - scaled - gammaln(k)


def survival(law: int, mean: float, shape: float, time: Floats) -> Floats:
    """Return the probability of more than each time (>= 0), of their shape."""
    return np.exp(log_survival(law, mean, shape, time))


def log_survival(law: int, mean: float, shape: float, time: Floats) -> Floats:
    """Return the logarithm of `survival`."""
    if law == LOGNORMAL:
        with np.errstate(divide="ignore"):
            return log_ndtr(-(np.log(time / mean) + shape * shape / 2) / shape)
    if law == WEIBULL:
        return -((time / mean * np.exp(gammaln(1 + 1 / shape))) ** shape)
    if law == GAMMA:
        return np.log(np.maximum(gammaincc(shape, shape * time / mean), _LEAST))
    return -time / mean


def log_rest_survival(law: int, mean: float, shape: float, time: Floats) -> Floats:
    """Return the log-probability that of a time that began at an unknown moment long ago more than `time` is left.

    The integral of the survival beyond `time` over the mean (renewal theory, e.g. Ross, Stochastic Processes, 3.4): by
    parts, the survival of the length-biased law less time x survival / mean.
    """
    if law == LOGNORMAL:
        with np.errstate(divide="ignore"):
            biased: Floats = ndtr(-(np.log(time / mean) - shape * shape / 2) / shape)
    elif law == WEIBULL:
        biased = np.asarray(gammaincc(1 + 1 / shape, (time / mean * np.exp(gammaln(1 + 1 / shape))) ** shape))
    else:
        k = shape if law == GAMMA else 1.0
        biased = np.asarray(gammaincc(k + 1, k * time / mean))
    rest = biased - time / mean * survival(law, mean, shape, time)
    logged: Floats = np.log(np.maximum(rest, _LEAST))
    return logged


def quantile(law: int, mean: float, shape: float, share: Floats) -> Floats:
    """Return the times that these shares (above 0, below 1) do not exceed, of their shape."""
    if law == LOGNORMAL:
        return mean * np.exp(shape * ndtri(share) - shape * shape / 2)
    if law == WEIBULL:
        return mean * np.exp(np.log(-np.log1p(-share)) / shape - gammaln(1 + 1 / shape))
    if law == GAMMA:
        return np.asarray(mean * gammaincinv(shape, share) / shape, dtype=np.float64)
    return -mean * np.log1p(-share)
