"""Predictions put right: unknown with few outcomes, nearer to the truth with many, never upside down."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drumbeat.twin.engine.validate.recalibrate import FEWEST_RESOLVED, fit_recalibration
from drumbeat.twin.engine.validate.score import score_probabilities


def grid(size: int) -> np.ndarray:
    """Numbers spread evenly in (0, 1), in an order without a pattern."""
    return (np.arange(size) * 0.6180339887498949 + 0.5) % 1.0


def test_nothing_is_said_below_ten_outcomes():
    few = fit_recalibration(np.full(FEWEST_RESOLVED - 1, 0.8), np.ones(FEWEST_RESOLVED - 1))
    assert (few.method, few.is_known, few.num_resolved) == ("unknown", False, 9)
    assert np.isnan(few.apply([0.1, 0.9])).all()
    assert fit_recalibration([], []).method == "unknown"
    assert fit_recalibration(np.full(FEWEST_RESOLVED, 0.8), np.ones(FEWEST_RESOLVED)).is_known


def test_ten_outcomes_move_little_and_forty_more():
    """All ten said .9 and half held: the prior keeps the line between; four times as many pull it nearer to .5."""
    ten, forty = (fit_recalibration(np.full(n, 0.9), np.arange(n) % 2).apply(0.9) for n in (10, 40))
    assert 0.5 < forty < ten < 0.9


@pytest.mark.parametrize("size", [120, 3000])
def test_too_sure_predictions_come_nearer_to_the_truth(size):
    """Who doubles the log-odds is too sure: the truth at .9 is .75."""
    truth = 0.02 + 0.96 * grid(size)
    odds = (truth / (1 - truth)) ** 2
    said = odds / (1 + odds)
    happened = (np.arange(size) * 0.7548776662466927) % 1.0 < truth
    fitted = fit_recalibration(said, happened)
    assert fitted.method == ("line" if size == 120 else "steps")
    assert float(fitted.apply(0.9)) == pytest.approx(0.75, abs=0.06)
    before, after = (score_probabilities(p, happened) for p in (said, fitted.apply(said)))
    assert after.brier < before.brier
    assert after.error < before.error


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=10, max_size=400))
def test_the_order_stays_and_so_do_the_bounds(rows):
    said, happened = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    right = fit_recalibration(said, happened).apply(np.linspace(0, 1, 101))
    assert ((right >= 0) & (right <= 1)).all()
    assert (np.diff(right) >= -1e-12).all()


def test_wrong_input_is_named():
    with pytest.raises(ValueError, match="one shape"):
        fit_recalibration([0.5, 0.5], [1])
    with pytest.raises(ValueError, match=r"0 to 1, not 1\.5"):
        fit_recalibration([1.5], [1])
    with pytest.raises(ValueError, match="true or false"):
        fit_recalibration([0.5], [2])
    assert fit_recalibration([0.5, np.nan] * 10, [1, 0] * 10).num_resolved == 10
