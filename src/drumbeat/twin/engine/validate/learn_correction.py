"""Learn from past predictions how to put the next ones right, and whether that would have helped so far."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import isfinite

import numpy as np
from numpy.typing import ArrayLike

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.intervals import Interval, mean_interval
from drumbeat.twin.engine.validate.find_limits import OVERDISPERSION
from drumbeat.twin.engine.validate.recalibrate import Recalibration, check_outcomes, fit_line, fit_recalibration
from drumbeat.twin.engine.validate.score import score_probabilities

FEWEST_APPLIED = 100
"""Resolved predictions from which later ones are put right."""

FEWEST_MOMENTS = 4
"""Moments whose predictions an earlier correction must have been tried on."""

ONE_SIDED = 0.6
"""Two-sided confidence of the gain whose lower bound must lie above 0: with 80 % it is no luck.

What helps nothing loses a little, as it is learned from few: of plants whose twin is right hardly any is touched."""


@dataclass(frozen=True, slots=True)
class Correction:
    """How predictions are put right, and what that would have done so far.

    Parameters
    ----------
    recalibration
        The line, learned from everything that is resolved.
    num_resolved, num_moments
        Predictions that it was learned from, and moments at which each was tried on what it had not seen.
    error, corrected_error
        Calibration error of the predictions of those moments, as they were said and put right by what was known before
        each; nan before the first.
    gain
        Mean over those moments of the Brier score that putting right would have saved, with its 60 % interval.
    is_applied
        Whether it is to be used: enough was resolved, and it helped on what it had not seen, by more than luck.
    """

    recalibration: Recalibration
    num_resolved: int = 0
    num_moments: int = 0
    error: float = float("nan")
    corrected_error: float = float("nan")
    gain: Interval = field(default_factory=lambda: mean_interval([], ONE_SIDED))
    is_applied: bool = False

    @property
    def is_enough(self) -> bool:
        """Whether enough was resolved to say if it helps."""
        return self.num_resolved >= FEWEST_APPLIED and self.num_moments >= FEWEST_MOMENTS

    def as_json(self) -> dict[str, float | int | bool | str | None]:
        """Return it in values that JSON knows; what is unknown is null."""
        return {
            "is_applied": self.is_applied, "is_enough": self.is_enough, "method": self.recalibration.method,
            "num_resolved": self.num_resolved, "num_moments": self.num_moments,
            "fewest_resolved": FEWEST_APPLIED, "fewest_moments": FEWEST_MOMENTS,
            "error": self.error if isfinite(self.error) else None,
            "corrected_error": self.corrected_error if isfinite(self.corrected_error) else None,
            "intercept": self.recalibration.intercept, "slope": self.recalibration.slope,
        }  # fmt: skip


def walk_forward(
    probability: ArrayLike, happened: ArrayLike, said_at: ArrayLike, known_at: ArrayLike, *, only_line: bool = False
) -> tuple[Floats, Int64s]:
    """Put each moment's predictions right by what earlier ones had come to by then, and by nothing else.

    Parameters
    ----------
    probability, happened
        As for `fit_recalibration`, without nan; shape (n,).
    said_at, known_at
        When each was said, and when its outcome was known, in any one unit; shape (n,).
    only_line
        Whether steps are left out.

    Returns
    -------
    The predictions put right, shape (n,); those that came before anything was known stay as they are. And how many
    outcomes each was put right by, 0 = as it was.

    Raises
    ------
    ValueError
        As `fit_recalibration`; and when the lengths differ.
    """
    values, outcomes = check_outcomes(probability, happened)
    said, known = np.asarray(said_at), np.asarray(known_at)
    if not len(values) == len(said) == len(known):
        raise ValueError(f"{len(values)} predictions have {len(said)} moments and {len(known)} of their outcomes")
    fit = fit_line if only_line else fit_recalibration
    right, count = values.copy(), np.zeros(len(values), np.int64)
    for moment in np.unique(said):
        past = (said < moment) & (known <= moment)
        correction = fit(values[past], outcomes[past])
        if correction.is_known:
            now = said == moment
            right[now] = np.clip(correction.apply(values[now]), 0.0, 1.0)
            count[now] = correction.num_resolved
    return right, count


def learn_correction(
    probability: ArrayLike, happened: ArrayLike, said_at: ArrayLike, known_at: ArrayLike
) -> Correction:
    """Learn how to put the next predictions right, and judge it on predictions that it had not seen.

    A line on the log-odds only: it keeps apart and in order what was said apart, and needs few outcomes. It is applied
    when each moment's predictions, put right by what was known before, were better by more than luck: the mean over
    moments of the Brier score saved lies above 0 with 80 % confidence (Student's t; orders of one moment share
    machines and days and are no independent witnesses). Put right by something that does not help they would be worse
    than as they are.

    Parameters
    ----------
    probability, happened, said_at, known_at
        As for `walk_forward`.

    Returns
    -------
    Correction
        Not applied below `FEWEST_APPLIED` outcomes or `FEWEST_MOMENTS` moments.

    Raises
    ------
    ValueError
        As `walk_forward`.
    """
    values, outcomes = check_outcomes(probability, happened)
    right, count = walk_forward(values, outcomes, said_at, known_at, only_line=True)
    tried = count > 0
    moments = np.unique(np.asarray(said_at)[tried])
    saved = (values - outcomes) ** 2 - (right - outcomes) ** 2
    gain = mean_interval([saved[tried & (np.asarray(said_at) == one)].mean() for one in moments], ONE_SIDED)
    learned = Correction(
        recalibration=fit_line(values, outcomes, OVERDISPERSION),
        num_resolved=len(values),
        num_moments=len(moments),
        error=score_probabilities(values[tried], outcomes[tried]).error,
        corrected_error=score_probabilities(right[tried], outcomes[tried]).error,
        gain=gain,
    )
    if not learned.is_enough or not gain.low > 0:
        return learned
    return replace(learned, is_applied=True)
