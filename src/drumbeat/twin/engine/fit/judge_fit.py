"""Judge whether a fitted law could have made the times that were seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drumbeat.basics.arrays import Floats
from drumbeat.basics.streams import key_of, luck_of, uniform
from drumbeat.twin.engine.fit.fit_law import Fit, fit_law
from drumbeat.twin.engine.fit.laws import quantile, survival
from drumbeat.twin.engine.fit.sample import COMPLETE, Sample

NUM_BOOTSTRAPS = 99
"""Samples drawn from the fitted law that the real one is compared with."""

MOST_JUDGED = 2_000
"""Times that are judged at most, spread evenly over the sample; with more, every law fails by a hair."""


@dataclass(frozen=True, slots=True)
class Goodness:
    """How well a law fits.

    Parameters
    ----------
    statistic
        Anderson and Darling's A2 where every time is complete; else the largest distance of the fitted law from the
        product-limit estimate (Kaplan and Meier 1958).
    probability
        Share of samples drawn from the law itself that fit no better: below .05 the law is doubtful.
    is_censored
        Which of the two statistics it is.
    """

    statistic: float
    probability: float
    is_censored: bool


def judge_fit(sample: Sample, fit: Fit, key: str = "", num: int = NUM_BOOTSTRAPS) -> Goodness:
    """Compare a sample with samples of its own fitted law (parametric bootstrap, Stute et al. 1993).

    Each drawn sample is fitted anew, so that it does not matter that the parameters come from the data. Where times
    are cut, drawn ones are cut where the real ones were: a running time at its own length, what ended nowhere. Times
    that began before the record count as running from its start, which is right for laws that do not age and nearly so
    else.

    Parameters
    ----------
    sample, fit
        What was fitted, and the fit.
    key
        Business key of what fails: its luck hangs on it.
    num
        Samples drawn, >= 1.

    Raises
    ------
    ValueError
        When no end was seen.
    """
    if sample.num_ended == 0:
        raise ValueError("a fit is judged by times that ended; none did")
    values, is_running = _thin(sample)
    is_censored = bool(is_running.any())
    seen = _measure(values, is_running, fit)
    limit = np.where(is_running, values, np.inf)
    worse = 0
    for number in range(num):
        luck = np.uint64(luck_of(number, 0))
        chance = np.array([uniform(luck, key_of(key), 1, i) for i in range(len(values))])
        drawn = quantile(fit.law, fit.mean, fit.shape, chance)
        cut = drawn > limit
        kept = np.maximum(np.minimum(drawn, limit), 1e-12)
        if cut.all():
            continue
        again = fit_law(Sample(kept, cut.astype(np.int64)), fit.law)
        worse += _measure(kept, cut, again) >= seen
    return Goodness(seen, (worse + 1) / (num + 1), is_censored)


def _thin(sample: Sample) -> tuple[Floats, np.ndarray]:
    order = np.argsort(sample.value, kind="stable")
    if sample.size > MOST_JUDGED:
        order = order[np.linspace(0, sample.size - 1, MOST_JUDGED).astype(np.int64)]
    kind = sample.kind[order]
    return sample.value[order], (kind != COMPLETE) & (kind != 2)


def _measure(values: Floats, is_running: np.ndarray, fit: Fit) -> float:
    order = np.argsort(values, kind="stable")
    values, is_running = values[order], is_running[order]
    below = np.clip(1 - survival(fit.law, fit.mean, fit.shape, values), 1e-12, 1 - 1e-12)
    size = len(values)
    if not is_running.any():
        place = np.arange(1, size + 1)
        return float(-size - ((2 * place - 1) * (np.log(below) + np.log1p(-below[::-1]))).sum() / size)
    at_risk = size - np.arange(size)
    steps = np.where(is_running, 1.0, 1 - 1 / at_risk)
    after = 1 - np.cumprod(steps)
    before = np.concatenate(([0.0], after[:-1]))
    ended = ~is_running
    return float(np.maximum(np.abs(after - below), np.abs(before - below))[ended].max())
