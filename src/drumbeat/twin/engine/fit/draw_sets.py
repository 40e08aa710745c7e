"""Draw sets of parameters, each as plausible as a fit's standard errors allow."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import ndtri

from drumbeat.basics.arrays import Floats
from drumbeat.basics.streams import key_of, luck_of, uniform

NUM_SETS = 50
"""Sets of parameters that the replications of a simulation are spread over."""

MOST_FACTOR = 8.0
"""No set multiplies or divides a parameter by more."""

_LUCK = np.uint64(luck_of(0, 0))


def draw_normals(key: str, purpose: int, num: int = NUM_SETS) -> Floats:
    """Draw standard normal numbers that fill their law evenly, in an order that hangs on the key.

    One from each of `num` equally likely ranges (Latin hypercube, McKay et al. 1979): their mean is 0 and their spread
    nearly 1 however few they are, so that few sets do for many parameters.

    Parameters
    ----------
    key
        Business key of what is in doubt.
    purpose
        Which of its parameters, >= 0.
    num
        How many, >= 1.

    Returns
    -------
    Shape (num,).
    """
    code = key_of(key)
    luck = [uniform(_LUCK, code, purpose, n) for n in range(num)]
    rank = np.argsort(np.argsort(luck, kind="stable"), kind="stable")
    normals: Floats = ndtri((rank + 0.5) / num)
    return normals


def draw_factors(keys: Sequence[str], errors: Floats, purpose: int, num: int = NUM_SETS) -> Floats:
    """Draw what sets of parameters multiply a parameter by: lognormal with mean 1, so that doubt itself adds nothing.

    Parameters
    ----------
    keys
        Business key of each thing in doubt; shape (n,).
    errors
        Standard error of the logarithm of each, >= 0; shape (n,).
    purpose, num
        As for `draw_normals`.

    Returns
    -------
    Shape (num, n).
    """
    table = np.ones((num, len(keys)))
    for i, (key, error) in enumerate(zip(keys, errors, strict=True)):
        if error > 0:
            drawn = np.exp(error * draw_normals(key, purpose, num))
            table[:, i] = drawn / drawn.mean()
    return np.clip(table, 1 / MOST_FACTOR, MOST_FACTOR)


def draw_pairs(keys: Sequence[str], covariances: Floats, purpose: int, num: int = NUM_SETS) -> tuple[Floats, Floats]:
    """Draw what sets multiply a mean and a shape by, which are in doubt together.

    Parameters
    ----------
    keys
        Business key of each fit; shape (n,).
    covariances
        Shape (n, 2, 2): of log mean and log shape.
    purpose, num
        As for `draw_normals`; two purposes are used, from `purpose` on.

    Returns
    -------
    Shape (num, n) each. The factors of means have a harmonic mean of 1: how often something happens stays what it is.
    """
    means, shapes = np.ones((num, len(keys))), np.ones((num, len(keys)))
    for i, key in enumerate(keys):
        first = float(max(covariances[i, 0, 0], 0.0)) ** 0.5
        across = float(covariances[i, 0, 1]) / first if first > 0 else 0.0
        rest = float(max(covariances[i, 1, 1] - across * across, 0.0)) ** 0.5
        if first == 0 and rest == 0:
            continue
        one, other = draw_normals(key, purpose, num), draw_normals(key, purpose + 1, num)
        means[:, i] = np.exp(first * one)
        means[:, i] *= (1 / means[:, i]).mean()
        shapes[:, i] = np.exp(across * one + rest * other)
    return np.clip(means, 1 / MOST_FACTOR, MOST_FACTOR), np.clip(shapes, 1 / MOST_FACTOR, MOST_FACTOR)


def draw_quantiles(key: str, values: Floats, weights: Floats, num_quantiles: int, num: int = NUM_SETS) -> Floats:
    """Draw what the quantiles of some values may be if others had been seen (Bayesian bootstrap, Rubin 1981).

    Parameters
    ----------
    key
        Business key of whose values they are.
    values
        What was seen; shape (n,), n >= 1.
    weights
        How many observations each stands for, > 0; shape (n,).
    num_quantiles
        K, >= 2: at probabilities 0, 1/(K - 1), ..., 1.
    num
        As for `draw_normals`.

    Returns
    -------
    Shape (num, K), each row rising.
    """
    from scipy.special import gammaincinv

    order = np.argsort(values, kind="stable")
    values, weights = values[order], weights[order]
    luck = np.empty((num, len(values)))
    for i in range(len(values)):
        luck[:, i] = [uniform(_LUCK, key_of(f"{key}#{i}"), 3, n) for n in range(num)]
    drawn = np.maximum(gammaincinv(weights, luck), 1e-12)
    return np.stack([weigh_quantiles(values, row, num_quantiles) for row in drawn])


def weigh_quantiles(values: Floats, weights: Floats, num_quantiles: int) -> Floats:
    """Return quantiles of weighted, sorted values, shape (K,): those of `numpy.quantile` where all weigh the same."""
    shares = np.linspace(0.0, 1.0, num_quantiles)
    if len(values) == 1:
        return np.full(num_quantiles, values[0])
    middle = np.cumsum(weights) - weights / 2
    place = (middle - middle[0]) / (middle[-1] - middle[0])
    return np.interp(shares, place, values)
