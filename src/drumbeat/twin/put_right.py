"""Put probabilities right by how the predictions that were kept have turned out, where that has helped so far.

Only predictions that were made at the time teach it. Those of replayed weeks don't: there machines and sequence are
those that did the work, chosen by people who saw what broke. They look too cautious for that alone, and what would put
them right makes predictions of a schedule to come far too sure (docs/confidence.md has the figures).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from drumbeat.data.snapshot import Snapshot
from drumbeat.scheduling.engine.problem import FAR_FUTURE
from drumbeat.twin.actions import SimulationRun
from drumbeat.twin.engine.validate.learn_correction import Correction, learn_correction
from drumbeat.twin.engine.validate.recalibrate import fit_line
from drumbeat.twin.read_kept import KEPT_WEEKS, read_kept
from drumbeat.twin.rewind import find_outcomes
from drumbeat.twin.validate_plant import read_moments, resolve


def find_correction(snapshot: Snapshot) -> Correction:
    """Learn from the predictions that the database has kept and that are resolved by the moment of the data."""
    kept = read_kept(snapshot.as_of, KEPT_WEEKS)
    if kept.height == 0:
        return Correction(fit_line([], []))
    return learn_correction(*read_moments(resolve(kept, find_outcomes(snapshot)), snapshot.as_of))


def put_right(run: SimulationRun, correction: Correction) -> SimulationRun:
    """Put a simulation's probabilities right; what was put right before, or needs not be, stays as it is.

    The share of orders on time becomes the mean of theirs. The probability that all are on time, the promise dates and
    the threats stay as they were played: single orders teach nothing of them.

    Parameters
    ----------
    run
        As `simulate` tells it.
    correction
        From `find_correction`.

    Returns
    -------
    SimulationRun
        With the correction, and where it is applied a column `played` of the orders.
    """
    if run.correction is not None:
        return run
    if not correction.is_applied:
        return replace(run, correction=correction)
    line = correction.recalibration
    orders = run.orders
    said, low, high = (orders[name].to_numpy() for name in ("probability", "probability_low", "probability_high"))
    # Orders without a place in the schedule are never on time, and those without a due date always: that is no luck.
    # Nor is it that orders are late whose due time is past, which has no moment in the table.
    is_open = (orders["due_at"].is_not_null() & orders["p95_end"].is_not_null()).to_numpy()
    right, (below, above) = line.apply(said), line.bound(low, high)
    told = orders.with_columns(
        pl.Series("played", said),
        pl.Series("probability", np.where(is_open, right, said)),
        pl.Series("probability_low", np.where(is_open, np.minimum(below, right), low)),
        pl.Series("probability_high", np.where(is_open, np.maximum(above, right), high)),
    )
    if not is_open.any():
        return replace(run, orders=told, correction=correction)
    share, bottom, top = _put_share_right(run, correction, right[is_open], said[is_open])
    return replace(
        run,
        orders=told,
        expected_on_time=share,
        expected_on_time_low=bottom,
        expected_on_time_high=top,
        correction=correction,
    )


def _put_share_right(
    run: SimulationRun, correction: Correction, right: np.ndarray, said: np.ndarray
) -> tuple[float, float, float]:
    """Expected share on time, its interval made of the line's errors, which all orders share, and the play's.

    `right` and `said` are those of the orders that luck decides; the share counts all that have a due time.
    """
    num_due = int((run.result.jobs.due < FAR_FUTURE).sum())
    share = run.expected_on_time + float((right - said).sum()) / num_due
    slope = right * (1 - right)
    odds = np.log(np.clip(said, 1e-4, 1 - 1e-4) / (1 - np.clip(said, 1e-4, 1 - 1e-4)))
    way = np.array([slope.sum(), (slope * odds).sum()]) / num_due
    error = 1.96 * float(np.sqrt(way @ correction.recalibration.covariance @ way))
    below, above = (
        float(np.hypot(error, side))
        for side in (
            run.expected_on_time - run.expected_on_time_low,
            run.expected_on_time_high - run.expected_on_time,
        )
    )
    return share, max(0.0, share - below), min(1.0, share + above)


def tell_correction(correction: Correction) -> str:
    """Say in a sentence whether probabilities are put right, and why."""
    return _tell(correction.as_json())


def tell_stored(correction: dict[str, Any] | None) -> str | None:
    """Say the same of a correction that was stored as JSON; None where none was."""
    return _tell(correction) if correction else None


def _tell(found: dict[str, Any]) -> str:
    resolved, moments = found["num_resolved"], found["num_moments"]
    if not found["is_enough"]:
        return (
            f"Probabilities are shown as played: {resolved} predictions kept at the time are resolved, tried at "
            f"{moments} later moments. From {found['fewest_resolved']} and {found['fewest_moments']} on they are put "
            "right by them where that has helped."
        )
    was = (
        f"calibration error {100 * found['error']:.1f} points as played, {100 * found['corrected_error']:.1f} put right"
    )
    if found["is_applied"]:
        return (
            f"Probabilities are put right by {resolved} predictions that were kept at the time. Tried at {moments} "
            f"later moments on what it had not seen: {was}."
        )
    return (
        f"Probabilities are shown as played: put right by {resolved} kept predictions, those of the {moments} moments "
        f"after would not have been better by more than luck ({was})."
    )
