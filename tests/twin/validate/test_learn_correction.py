"""What kept predictions teach: applied where it helps on what it had not seen, on plants whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from drumbeat.twin.engine.validate.learn_correction import (
    FEWEST_APPLIED,
    FEWEST_MOMENTS,
    learn_correction,
    walk_forward,
)
from drumbeat.twin.engine.validate.recalibrate import fit_line


def logit(p: np.ndarray) -> np.ndarray:
    return np.log(p / (1 - p))


def expit(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


class Plant:
    """A plant whose twin is wrong in a known way: where it says p, the truth is expit(shift + slope logit p)."""

    def __init__(self, seed: int, shift: float, slope: float) -> None:
        self.rng = np.random.default_rng(seed)  # noqa: TID251 - it makes an input
        self.shift, self.slope = shift, slope

    def say(self, orders: int) -> tuple[np.ndarray, np.ndarray]:
        """What the twin says of so many orders, and the truth; a week's orders share some luck of their own."""
        said = np.clip(self.rng.beta(2.0, 0.8, orders), 0.02, 0.98)
        return said, expit(self.shift + self.slope * logit(said) + 0.3 * self.rng.normal())

    def live(self, weeks: int, orders: int = 40) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Weeks of predictions: said, held, said at and known at (days)."""
        said, held, said_at, known_at = [], [], [], []
        for week in range(weeks):
            told, truth = self.say(orders)
            said.append(told)
            held.append((self.rng.random(orders) < truth).astype(float))
            said_at.append(np.full(orders, 7 * week))
            known_at.append(7 * week + self.rng.integers(1, 15, orders))
        return tuple(np.concatenate(part) for part in (said, held, said_at, known_at))  # type: ignore[return-value]


def far_off(plant: Plant, correction: object, orders: int = 2000) -> tuple[float, float]:
    """Mean distance from the truth of new predictions, as said and put right."""
    said, _ = plant.say(orders)
    truth = expit(plant.shift + plant.slope * logit(said))
    right = correction.recalibration.apply(said) if correction.is_applied else said  # type: ignore[attr-defined]
    return float(np.abs(said - truth).mean()), float(np.abs(right - truth).mean())


@pytest.mark.parametrize(("shift", "slope"), [(0.7, 1.0), (-0.6, 1.0), (0.3, 0.5), (0.9, 1.4)])
def test_where_the_twin_is_wrong_it_comes_near_the_truth(shift: float, slope: float) -> None:
    before, after, applied = [], [], 0
    for seed in range(10):
        plant = Plant(seed, shift, slope)
        correction = learn_correction(*plant.live(26))
        applied += correction.is_applied
        raw, right = far_off(plant, correction)
        before.append(raw)
        after.append(right)
    assert applied >= 6
    assert np.mean(after) < 0.5 * np.mean(before)
    assert np.mean(before) > 0.06


def test_where_the_twin_is_right_it_is_left_alone_or_nearly() -> None:
    applied, after = 0, []
    for seed in range(20):
        plant = Plant(100 + seed, 0.0, 1.0)
        correction = learn_correction(*plant.live(16))
        applied += correction.is_applied
        after.append(far_off(plant, correction)[1])
    assert applied <= 3
    assert np.mean(after) < 0.005
    assert max(after) < 0.06


def test_with_few_outcomes_or_few_moments_nothing_is_applied() -> None:
    plant = Plant(7, 1.5, 1.0)
    few = learn_correction(*plant.live(9, FEWEST_APPLIED // 10))
    assert (few.is_enough, few.is_applied, few.num_resolved) == (False, False, 90)
    early = learn_correction(*plant.live(FEWEST_MOMENTS, 200))
    assert early.num_resolved >= FEWEST_APPLIED
    assert (early.num_moments < FEWEST_MOMENTS, early.is_applied) == (True, False)
    none = learn_correction([], [], [], [])
    assert (none.is_applied, none.num_resolved, none.as_json()["error"]) == (False, 0, None)


def test_what_came_out_later_is_never_used() -> None:
    said, held, said_at, known_at = Plant(3, 0.8, 1.0).live(8)
    right, count = walk_forward(said, held, said_at, known_at)
    assert (count[said_at == 0] == 0).all()
    assert np.array_equal(right[said_at == 0], said[said_at == 0])
    cut = 28
    turned = np.where(known_at > cut, 1 - held, held)
    again, _ = walk_forward(said, turned, said_at, known_at)
    assert np.array_equal(again[said_at <= cut], right[said_at <= cut])
    assert not np.array_equal(again, right)
    with pytest.raises(ValueError, match="moments"):
        walk_forward(said, held, said_at[:-1], known_at)


def test_bounds_hold_the_truth_about_as_often_as_they_say() -> None:
    """Of orders said 70 %, the truth is inside the line's 95 % bounds: independent outcomes, 100 plants."""
    inside = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)  # noqa: TID251 - it makes an input
        said = np.clip(rng.beta(2.0, 0.8, 300), 0.02, 0.98)
        held = rng.random(300) < expit(0.4 + logit(said))
        low, high = fit_line(said, held).bound([0.7], [0.7])
        inside += float(low[0]) <= expit(0.4 + logit(np.array(0.7))) <= float(high[0])
    assert 0.90 <= inside / 100 <= 0.99
