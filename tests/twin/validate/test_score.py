"""Scores by hand."""

from __future__ import annotations

import numpy as np
import pytest

from drumbeat.twin.engine.validate.score import measure_bias, measure_coverage, score_probabilities


def test_brier_by_hand():
    score = score_probabilities([0.7, 0.8, 0.9, 0.6], [1, 0, 1, 1])
    assert score.brier == 0.225
    assert score.base_brier == 0.75 * 0.25
    assert score.skill == pytest.approx(1 - 0.225 / 0.1875)
    assert score.bias == pytest.approx(0.0)
    # Four bands of one each: .3, .8, .1 and .4 away.
    assert score.error == pytest.approx((0.3 + 0.8 + 0.1 + 0.4) / 4)
    assert score.curve.said.tolist() == [0.6, 0.7, 0.8, 0.9]


def test_a_curve_counts_each_prediction_once():
    said = np.array([0.0, 0.05, 0.1, 0.1, 0.95, 1.0])
    curve = score_probabilities(said, [0, 0, 0, 1, 1, 1]).curve
    assert curve.count.tolist() == [2, 2, 2]
    assert curve.held.tolist() == [0.0, 0.5, 1.0]
    assert (curve.held_low <= curve.held).all()
    assert (curve.held <= curve.held_high).all()


def test_without_outcomes_everything_is_nan():
    score = score_probabilities([], [])
    assert score.num_resolved == 0
    assert np.isnan([score.brier, score.skill, score.error]).all()
    assert np.isnan(score_probabilities([1.0, 0.9], [1, 1]).skill)  # nothing to be better than
    with pytest.raises(ValueError, match="at least 1 band"):
        score_probabilities([0.5], [1], 0)


def test_promises_kept_and_run_times_off():
    kept = measure_coverage(0.8, [10, 10, 10, np.nan], [9, 10, 11, 1])
    assert (kept.count, kept.kept.value) == (3, pytest.approx(2 / 3))
    assert kept.kept.low < 2 / 3 < kept.kept.high
    assert measure_coverage(0.8, [], []).count == 0
    bias = measure_bias([10, 10, 10, 0], [11, 11, 11, 5])
    assert (bias.count, bias.ratio.value) == (3, pytest.approx(1.1))
    assert measure_bias([1.0], [2.0]).ratio == (pytest.approx(2.0), 0.0, np.inf)
