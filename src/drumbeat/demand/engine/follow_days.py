"""Calendar effects: how far demand follows the working days of a period, measured, and taken off before forecasting.

A month with 23 working days is not a better month than one with 20, and the week of Easter is no collapse. Demand is
taken to be usual x (1 + share x (open - 1)), `open` being a period's working days against the usual; the share is
measured within series, drawn towards what all show together, and believed only where all together are sure of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int64s
from drumbeat.demand.engine.problem import History

LEAST_SURE = 3.0
"""Standard errors by which the common share must differ from nothing to be believed."""
LEAST_SHARE, MOST_SHARE = 0.1, 1.5
FEWEST_PERIODS, FEWEST_DAYS_OFF = 24, 3
"""Periods that a series needs to say something, and periods with unusual days that all together need."""
LEAST_LEFT = 0.25
"""Share of the usual below which a period says nothing of the usual: it counts as one without trade."""
REACH = 6
"""Periods to either side, or two weeks of days, whose mean is what a period is compared with."""
MOST_GAP = 1.0
"""Deviation from its neighbours, as a share of them, beyond which a period counts as if it were there."""


@dataclass(frozen=True, slots=True)
class OpenDays:
    """Working days of each period against the usual: 1 = as many as usual, 0 = none.

    Parameters
    ----------
    past
        Shape (number of values,), in the order of `History.values`.
    future
        Shape (S, H).
    period
        Shape (number of values,): number of each value's period; the same for all series.
    phase
        Shape (number of values,): place in the season, from 0, whose own level is left to the models (a month of the
        year, a day of the week); all 0 where there is none.
    """

    past: Floats
    future: Floats
    period: Int64s
    phase: Int64s


@dataclass(frozen=True, slots=True)
class Followed:
    """How far demand follows working days.

    Parameters
    ----------
    share
        Shape (S,): demand lost with a share of the days, per share: 1 = half of the days, half of the demand; 0 = not
        at all, or not known.
    common
        The same of all series together, before each was heard.
    error
        Its standard error, periods taken as independent and series not; infinite where nothing can be said.
    """

    share: Floats
    common: float
    error: float


def follow_days(history: History, days: OpenDays, ignored: Bools) -> Followed:
    """Measure how far demand follows working days.

    Each period is compared with the mean of its neighbours, and with the same place of the season in other years.

    Parameters
    ----------
    history
        Past demand, not adjusted.
    days
        Working days.
    ignored
        Shape of the values: periods that say nothing (out of stock, promoted).
    """
    size, lengths = history.num_series, np.diff(history.ptr)
    owner = np.repeat(np.arange(size), lengths)
    near = _mean_nearby(history, 14 if history.cycle == 7 else REACH)
    known = (near > 0) & ~ignored & (lengths[owner] >= FEWEST_PERIODS)
    gap = np.zeros(len(near))
    np.divide(history.values - near, near, out=gap, where=known)
    gap = np.clip(gap, -MOST_GAP, MOST_GAP)
    cell = owner * (int(days.phase.max(initial=0)) + 1) + days.phase
    y, z = (_less_mean(values, cell, known) for values in (gap, days.past - 1.0))
    gram, moment = (np.bincount(owner, z * other, size).astype(np.float64) for other in (z, y))
    nothing = Followed(np.zeros(size), 0.0, float("inf"))
    number = days.period - int(days.period.min(initial=0))
    if len(np.unique(number[np.abs(z) > 1e-9])) < FEWEST_DAYS_OFF:
        return nothing
    total = float(gram.sum())
    common = float(moment.sum()) / total
    # What happens to all series in one period is one thing, not many: scores are summed by period first.
    scores = np.bincount(number, z * (y - common * z))
    counts = len(np.unique(number[known])), len(np.unique(days.phase)) + 1
    # Levels of the season are estimated too: they make what is left look smaller than it is.
    freedom = counts[0] / max(counts[0] - counts[1], 1)
    error = float(np.sqrt((scores**2).sum() * freedom)) / total
    if common < max(LEAST_SHARE, LEAST_SURE * error):
        return replace(nothing, common=common, error=error)
    share = np.clip(_draw_together(gram, moment, common, y, z, owner), 0.0, MOST_SHARE)
    return Followed(share, common, error)


def _draw_together(gram: Floats, moment: Floats, common: float, y: Floats, z: Floats, owner: Int64s) -> Floats:
    """Each series' own share, drawn towards the common one: empirical Bayes of a normal prior."""
    heard = gram > 1e-12
    own = np.divide(moment, gram, out=np.full(len(gram), common), where=heard)
    counts = np.maximum(np.bincount(owner, np.abs(z) > 0, len(gram)), 1.0)
    noise = np.bincount(owner, (y - common * z) ** 2, len(gram)) / counts
    variance = np.divide(np.maximum(noise, 1e-9), gram, out=np.full(len(gram), np.inf), where=heard)
    sure = heard & (variance < 1.0)
    prior = max(float(np.mean((own[sure] - common) ** 2 - variance[sure])), 1e-4) if sure.any() else 1e-4
    found: Floats = common + (own - common) * prior / (prior + variance)
    return found


def _mean_nearby(history: History, reach: int) -> Floats:
    """Mean of each value's neighbours within `reach` periods, itself left out."""
    total = np.concatenate(([0.0], np.cumsum(history.values)))
    at = np.arange(len(history.values))
    lengths = np.diff(history.ptr)
    low = np.maximum(at - reach, np.repeat(history.ptr[:-1], lengths))
    high = np.minimum(at + reach + 1, np.repeat(history.ptr[1:], lengths))
    near: Floats = (total[high] - total[low] - history.values) / np.maximum(high - low - 1, 1)
    # Sums of billions end in rounding.
    return np.where(near > 1e-9 * (total[-1] / max(len(at), 1)), near, 0.0)


def _less_mean(values: Floats, cell: Int64s, known: Bools) -> Floats:
    """Values less the mean of the known ones of their cell; 0 where not known."""
    counts = np.maximum(np.bincount(cell, known), 1)
    means = np.bincount(cell, np.where(known, values, 0.0)) / counts
    return np.where(known, values - means[cell], 0.0)


def take_out_days(history: History, days: OpenDays, share: Floats) -> tuple[History, Bools, Floats]:
    """Take what working days explain out of a history.

    Parameters
    ----------
    history
        Past demand.
    days
        Working days.
    share
        Shape (S,), see `Followed`.

    Returns
    -------
    history
        As if every period had its usual days.
    is_closed
        Shape of the values: had so few days that it says nothing of the usual; its value is as it was.
    factor
        Shape (S, H): by what the forecast of usual periods is multiplied, >= 0.
    """
    owner = np.repeat(np.arange(history.num_series), np.diff(history.ptr))
    past = 1.0 + share[owner] * (days.past - 1.0)
    is_closed: Bools = past < LEAST_LEFT
    values = np.where(is_closed, history.values, history.values / np.maximum(past, LEAST_LEFT))
    return replace(history, values=values), is_closed, np.maximum(1.0 + share[:, None] * (days.future - 1.0), 0.0)
