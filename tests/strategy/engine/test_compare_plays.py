"""What a disruption takes in plays: by hand, and whatever the plays."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drumbeat.strategy.engine.compare_plays import measure_loss


def test_a_loss_by_hand() -> None:
    """Ten a week; three weeks of nothing, then 15 a week until all 30 are made up for, in six weeks."""
    usual = np.full((4, 12), 10.0)
    row = np.array([0, 0, 0, 15, 15, 15, 15, 15, 15, 10, 10, 10], dtype=np.float64)
    found = measure_loss(usual, np.tile(row, (4, 1)), 3.0)
    assert found.behind.value == pytest.approx(30)
    assert found.lost.value == pytest.approx(0)
    assert (found.felt.p50, found.felt.share) == (1.0, 1.0)
    assert found.recovered.p50 == 3.0, "from then on the gap grows no more"
    assert found.caught_up.p50 == 9.0, "ten per cent of 30 are left after 8.4 weeks"
    assert found.usual == 10.0
    assert found.mean[:4].tolist() == [10, 20, 30, 25]


def test_what_is_not_felt_has_no_times() -> None:
    usual = np.full((3, 6), 10.0)
    found = measure_loss(usual, usual, 2.0)
    assert math.isinf(found.felt.p50)
    assert (found.felt.share, found.recovered.share, found.caught_up.share) == (0.0, 0.0, 0.0)
    assert (found.behind.value, found.behind.low, found.behind.high) == (0.0, 0.0, 0.0)


def test_what_is_lost_for_good_is_never_caught_up() -> None:
    usual = np.full((2, 5), 10.0)
    found = measure_loss(usual, usual * 0.5, 2.0)
    assert found.lost.value == pytest.approx(25)
    assert math.isinf(found.caught_up.p90)
    assert found.recovered.p50 == 5.0


@given(st.lists(st.lists(st.floats(0, 100), min_size=6, max_size=6), min_size=2, max_size=6), st.floats(0.1, 20.0))
def test_times_are_in_order_and_gaps_add_up(rows: list[list[float]], weeks: float) -> None:
    disturbed = np.array(rows)
    usual = np.full_like(disturbed, 50.0)
    found = measure_loss(usual, disturbed, weeks)
    assert found.lost.value == pytest.approx(float((usual - disturbed).sum(axis=1).mean()), abs=1e-6)
    for spread in (found.felt, found.recovered, found.caught_up):
        assert spread.p10 <= spread.p50 <= spread.p90
    assert found.caught_up.p10 > found.recovered.p10 or math.isinf(found.caught_up.p10)
    assert (found.low <= found.high + 1e-9).all()


def test_plays_that_do_not_belong_together_are_refused() -> None:
    for usual, other, weeks in (
        (np.ones((2, 3)), np.ones((2, 4)), 1.0), (np.ones((1, 3)), np.ones((1, 3)), 1.0),
        (np.ones((2, 3)), np.ones((2, 3)), 0.0), (np.ones((2, 0)), np.ones((2, 0)), 1.0),
    ):  # fmt: skip
        with pytest.raises(ValueError, match="two plays or more"):
            measure_loss(usual, other, weeks)
