"""Luck: random numbers found by what they are for, not by when they are asked for.

A draw is a pure function of (seed, replication, business key, purpose, n). Two designs that share a machine
share its luck (common random numbers), and results are the same bits on 1 or N cores, in any order.

The 64 bits are those of SplitMix64 (Steele, Lea & Flood 2014), started at a hash of the replication and the key.
Everything is drawn by inversion, so that a higher uniform number always means a longer time.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from drumbeat.basics.compiled import njit

FIXED, EXPONENTIAL, WEIBULL, LOGNORMAL, GAMMA = 0, 1, 2, 3, 4
"""Distributions of a time. Its mean is given, and a shape: Weibull's and gamma's shape, the sigma of the
lognormal's logarithm; `FIXED` and `EXPONENTIAL` have none."""

DISTRIBUTIONS = {"fixed": FIXED, "exponential": EXPONENTIAL, "weibull": WEIBULL, "lognormal": LOGNORMAL, "gamma": GAMMA}
"""Code of each distribution by the word that tables use."""

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_PURPOSES = np.uint64(40)
"""Bits left for n below the purpose: a purpose has 2**40 draws of its own."""


def key_of(text: str) -> np.uint64:
    """Hash a business key to the 64 bits that its luck hangs on; the same on every machine and for ever."""
    return np.uint64(int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little"))


def keys_of(texts: Iterable[str]) -> NDArray[np.uint64]:
    """Hash several business keys; shape (n,), in the order given."""
    return np.array([key_of(text) for text in texts], dtype=np.uint64)


@njit(cache=True)
def _mix(bits: np.uint64) -> np.uint64:
    bits = (bits ^ (bits >> np.uint64(30))) * _FIRST
    bits = (bits ^ (bits >> np.uint64(27))) * _SECOND
    return bits ^ (bits >> np.uint64(31))


@njit(cache=True)
def luck_of(seed: int, replication: int) -> np.uint64:
    """Hash a seed and a replication; made once a replication, it is the `luck` that `uniform` asks for.

    Called from Python rather than from a kernel, it comes back as an int: wrap it in `np.uint64`.

    Parameters
    ----------
    seed
        Any 64-bit integer.
    replication
        Number of the replication, >= 0.
    """
    return _mix(_mix(np.uint64(seed) + _GOLDEN) + np.uint64(replication + 1) * _GOLDEN)


@njit(cache=True)
def uniform(luck: np.uint64, key: np.uint64, purpose: int, n: int) -> float:
    """Draw a uniform number above 0 and below 1.

    Parameters
    ----------
    luck
        What `luck_of` made of seed and replication.
    key
        What `key_of` made of the business key.
    purpose
        What the draw is for, 0 to 2**24 - 1; different purposes of one key are independent.
    n
        Which draw of that purpose, 0 to 2**40 - 1.
    """
    counter = (np.uint64(purpose) << _PURPOSES) + np.uint64(n) + np.uint64(1)
    bits = _mix(_mix(luck ^ key) + counter * _GOLDEN)
    # 52 bits and a half: with 53, the largest would round to 1.
    return (np.float64(bits >> np.uint64(12)) + 0.5) * 2.0**-52


@njit(cache=True)
def normal_quantile(u: float) -> float:
    """Return the standard normal's quantile, with a relative error under 1e-15 (Wichura 1988, AS 241).

    Parameters
    ----------
    u
        Probability above 0 and below 1.
    """
    q = u - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        above = 2509.0809287301226727 * r + 33430.575583588128105
        above = ((above * r + 67265.770927008700853) * r + 45921.953931549871457) * r + 13731.693765509461125
        above = ((above * r + 1971.5909503065514427) * r + 133.14166789178437745) * r + 3.387132872796366608
        below = 5226.495278852854561 * r + 28729.085735721942674
        below = ((below * r + 39307.89580009271061) * r + 21213.794301586595867) * r + 5394.1960214247511077
        below = ((below * r + 687.1870074920579083) * r + 42.313330701600911252) * r + 1.0
        return q * above / below
    return _tail_quantile(u, q)


@njit(cache=True)
def _tail_quantile(u: float, q: float) -> float:
    r = math.sqrt(-math.log(min(u, 1.0 - u)))
    if r <= 5.0:
        r -= 1.6
        above = 7.7454501427834140764e-4 * r + 0.0227238449892691845833
        above = ((above * r + 0.24178072517745061177) * r + 1.27045825245236838258) * r + 3.64784832476320460504
        above = ((above * r + 5.7694972214606914055) * r + 4.6303378461565452959) * r + 1.42343711074968357734
        below = 1.05075007164441684324e-9 * r + 5.475938084995344946e-4
        below = ((below * r + 0.0151986665636164571966) * r + 0.14810397642748007459) * r + 0.68976733498510000455
        below = ((below * r + 1.6763848301838038494) * r + 2.05319162663775882187) * r + 1.0
    else:
        r -= 5.0
        above = 2.01033439929228813265e-7 * r + 2.71155556874348757815e-5
        above = ((above * r + 0.0012426609473880784386) * r + 0.026532189526576123093) * r + 0.29656057182850489123
        above = ((above * r + 1.7848265399172913358) * r + 5.4637849111641143699) * r + 6.6579046435011037772
        below = 2.04426310338993978564e-15 * r + 1.4215117583164458887e-7
        below = ((below * r + 1.8463183175100546818e-5) * r + 7.868691311456132591e-4) * r + 0.0148753612908506148525
        below = ((below * r + 0.13692988092273580531) * r + 0.59983220655588793769) * r + 1.0
    return math.copysign(above / below, q)


@njit(cache=True)
def _gamma_probability(shape: float, x: float) -> float:
    """P(X <= x) of the gamma with scale 1: series below shape + 1, Lentz's continued fraction above."""
    if x <= 0.0:
        return 0.0
    front = math.exp(shape * math.log(x) - x - math.lgamma(shape))
    if x < shape + 1.0:
        term = 1.0 / shape
        total = term
        above = shape
        while abs(term) > 1e-16 * abs(total):
            above += 1.0
            term *= x / above
            total += term
        return front * total
    b = x + 1.0 - shape
    c = 1e300
    d = 1.0 / b
    h = d
    for i in range(1, 2000):
        a = -i * (i - shape)
        b += 2.0
        d = 1.0 / (a * d + b)
        c = b + a / c
        h *= d * c
        if abs(d * c - 1.0) < 1e-15:
            break
    return 1.0 - front * h


@njit(cache=True)
def gamma_quantile(shape: float, u: float) -> float:
    """Return the quantile of the gamma with scale 1, to about 1e-12 of itself.

    Newton's steps from Wilson and Hilferty's guess, kept inside a bracket that shrinks.

    Parameters
    ----------
    shape
        Above 0; its mean is the same.
    u
        Probability above 0 and below 1.
    """
    cube = 1.0 - 1.0 / (9.0 * shape) + normal_quantile(u) / (3.0 * math.sqrt(shape))
    x = shape * cube**3
    if shape < 1.0 or x <= 0.0:
        # Near 0 the density behaves as x**(shape - 1) / gamma(shape).
        x = math.exp((math.log(u) + math.lgamma(shape + 1.0)) / shape)
    low, high = 0.0, math.inf
    for _ in range(200):
        error = _gamma_probability(shape, x) - u
        if error > 0.0:
            high = min(high, x)
        else:
            low = max(low, x)
        slope = math.exp((shape - 1.0) * math.log(x) - x - math.lgamma(shape)) if x > 0.0 else 0.0
        new = x - error / slope if slope > 0.0 else -1.0
        if not (low < new < high):
            new = 2.0 * x + 1e-300 if high == math.inf else 0.5 * (low + high)
        if abs(new - x) <= 1e-13 * new:
            return new
        x = new
    return x


@njit(cache=True)
def draw(distribution: int, mean: float, shape: float, u: float) -> float:
    """Turn a uniform number into a time.

    Parameters
    ----------
    distribution
        `FIXED`, `EXPONENTIAL`, `WEIBULL`, `LOGNORMAL` or `GAMMA`; anything else counts as fixed.
    mean
        Mean, in the unit that is wanted back; 0 or less gives 0.
    shape
        Shape of Weibull and gamma, sigma of the lognormal, above 0; ignored otherwise.
    u
        Uniform number above 0 and below 1; the time rises with it.
    """
    if mean <= 0.0:
        return 0.0
    if distribution == EXPONENTIAL:
        return -mean * math.log1p(-u)
    if distribution == LOGNORMAL:
        return mean * math.exp(shape * normal_quantile(u) - 0.5 * shape * shape)
    if distribution == WEIBULL:
        return mean * math.exp(math.log(-math.log1p(-u)) / shape - math.lgamma(1.0 + 1.0 / shape))
    if distribution == GAMMA:
        return mean * gamma_quantile(shape, u) / shape
    return mean


@njit(cache=True)
def draw_residual(distribution: int, mean: float, shape: float, u_length: float, u_share: float) -> float:
    """Draw what is left of a time that began at an unknown moment long ago.

    The whole time is length-biased (a long one is likelier to be under way), and the moment is uniform in it
    (renewal theory, e.g. Ross, Stochastic Processes, 3.4-3.5).

    Parameters
    ----------
    distribution, mean, shape
        As for `draw`.
    u_length, u_share
        Uniform numbers above 0 and below 1: for the whole time and for the share of it that is left.
    """
    if mean <= 0.0:
        return 0.0
    if distribution == EXPONENTIAL:
        return u_share * mean * gamma_quantile(2.0, u_length)
    if distribution == LOGNORMAL:
        return u_share * mean * math.exp(shape * normal_quantile(u_length) + 0.5 * shape * shape)
    if distribution == WEIBULL:
        power = math.log(gamma_quantile(1.0 + 1.0 / shape, u_length)) / shape
        return u_share * mean * math.exp(power - math.lgamma(1.0 + 1.0 / shape))
    if distribution == GAMMA:
        return u_share * mean * gamma_quantile(shape + 1.0, u_length) / shape
    return u_share * mean


def sigma_of(cv: float) -> float:
    """Return the lognormal's sigma that gives a coefficient of variation (standard deviation / mean), >= 0."""
    return math.sqrt(math.log1p(cv * cv))
