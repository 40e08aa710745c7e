"""Choose the law that fits best, and pool what single members have too little of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from drumbeat.basics.streams import EXPONENTIAL, LOGNORMAL
from drumbeat.twin.engine.fit.fit_law import Fit, Prior, fit_law
from drumbeat.twin.engine.fit.laws import LAWS, count_parameters
from drumbeat.twin.engine.fit.sample import Sample

FEWEST_TO_CHOOSE = 12
"""Ends seen from which a law is chosen; with fewer, the usual one is taken."""

CLEARLY = 2.0
"""By how much AICc must fall before another than the usual law is taken."""

SHAPE_SPREAD = 0.25
"""How far, in logarithms, the shapes of a group's members are believed to differ."""

LEAST_MEAN_SPREAD = 0.10
"""How far, in logarithms, the means of a group's members are believed to differ at least."""

WIDE = Prior(0.0, math.inf, 0.0, 1.0)
"""Belief about a shape of which nothing is known: around 1, within a factor of 7."""


def choose_law(sample: Sample, usual: int = EXPONENTIAL, laws: Sequence[int] = LAWS) -> Fit:
    """Fit several laws and return the one with the smallest AICc.

    Parameters
    ----------
    sample
        Observed times, of which at least one ended.
    usual
        Law that is taken with fewer than `FEWEST_TO_CHOOSE` ends, and where no other is better by `CLEARLY`.
    laws
        Laws to choose from.

    Raises
    ------
    ValueError
        As `fit_law`.
    """
    first = _fit_alone(sample, usual)
    if sample.num_ended < FEWEST_TO_CHOOSE:
        return first
    fits = [_fit_alone(sample, law) for law in laws if law != usual]
    best = min(fits, key=lambda fit: fit.aicc, default=first)
    return best if best.aicc < first.aicc - CLEARLY else first


def _fit_alone(sample: Sample, law: int) -> Fit:
    """Fit without others; the shape of a few is held near 1, as its likelihood alone runs off."""
    few = count_parameters(law) > 1 and sample.num_ended < FEWEST_TO_CHOOSE
    usual_shape = math.log(0.6) if law == LOGNORMAL else 0.0
    return fit_law(sample, law, Prior(log_shape=usual_shape, log_shape_spread=0.5) if few else WIDE)


@dataclass(frozen=True, slots=True)
class Pooled:
    """Fits of a group's members, drawn towards the group as far as they have little of their own.

    Parameters
    ----------
    group
        Fit of all members' times together.
    members
        Fit of each member, in the order given; the group's law.
    own_share
        By member, how much of its mean is its own rather than the group's: 0 to 1.
    mean_spread
        Standard deviation of the logarithms of the members' means.
    """

    group: Fit
    members: tuple[Fit, ...]
    own_share: tuple[float, ...]
    mean_spread: float


def pool_fits(samples: Sequence[Sample], usual: int = EXPONENTIAL, laws: Sequence[int] = LAWS) -> Pooled:
    """Fit the members of a group, each with the others as its prior (empirical Bayes).

    The law is chosen on all times together. How far members' means differ is estimated by the method of moments
    (DerSimonian and Laird 1986) from the means that they would have alone; each is then fitted with the group's mean as
    a normal prior of that spread, and with the group's shape as a prior of spread `SHAPE_SPREAD`. A member of which
    nothing was seen gets the group's mean, as unsure as that spread makes it.

    Parameters
    ----------
    samples
        One a member; at least one end must have been seen in all together.
    usual, laws
        As for `choose_law`.

    Raises
    ------
    ValueError
        When no end was seen at all.
    """
    group = choose_law(Sample.join(samples), usual, laws)
    spread = _spread_of_means(samples, group)
    prior = Prior(
        math.log(group.mean), math.hypot(spread, group.log_mean_error), math.log(max(group.shape, 1e-9)), SHAPE_SPREAD
    )
    members, shares = [], []
    for sample in samples:
        members.append(fit_law(sample, group.law, prior))
        shares.append(max(0.0, 1.0 - (members[-1].log_mean_error / prior.log_mean_spread) ** 2))
    return Pooled(group, tuple(members), tuple(shares), spread)


def _spread_of_means(samples: Sequence[Sample], group: Fit) -> float:
    """Between-member standard deviation of log means, from rates with one error in each root of its ends."""
    seen = [sample for sample in samples if sample.num_ended > 0]
    if len(seen) < 2:
        return 0.3
    logs = np.array([math.log(sample.mean_if_memoryless) for sample in seen])
    variation = _variation(group)
    errors = np.array([variation**2 / sample.num_ended for sample in seen])
    weights = 1 / errors
    centre = float((weights * logs).sum() / weights.sum())
    excess = float((weights * (logs - centre) ** 2).sum()) - (len(seen) - 1)
    scale = float(weights.sum() - (weights**2).sum() / weights.sum())
    return max(math.sqrt(max(excess, 0.0) / scale) if scale > 0 else 0.0, LEAST_MEAN_SPREAD)


def _variation(fit: Fit) -> float:
    """Coefficient of variation of a fitted law, from 0.1 to 3."""
    from scipy.special import gammaln

    if fit.law == EXPONENTIAL:
        return 1.0
    if fit.law == LOGNORMAL:
        return float(np.clip(math.sqrt(math.expm1(min(fit.shape**2, 5.0))), 0.1, 3.0))
    if count_parameters(fit.law) == 2 and fit.law == LAWS[3]:
        return float(np.clip(fit.shape**-0.5, 0.1, 3.0))
    square = math.exp(float(gammaln(1 + 2 / fit.shape)) - 2 * float(gammaln(1 + 1 / fit.shape))) - 1
    return float(np.clip(math.sqrt(square), 0.1, 3.0))
