"""Groups that are blamed, groups that are not, groups of which nothing is known."""

from __future__ import annotations

import numpy as np
import pytest

from drumbeat.twin.engine.validate.find_limits import find_limits


def outcomes(share: float, size: int) -> np.ndarray:
    return (np.arange(size) < round(share * size)).astype(float)


def test_only_the_group_that_is_off_is_blamed():
    groups = ["M1"] * 60 + ["M2"] * 60 + ["M3"] * 4 + [""] * 10
    said = np.full(134, 0.8)
    held = np.concatenate([outcomes(0.8, 60), outcomes(0.4, 60), outcomes(0.0, 4), outcomes(0.0, 10)])
    blamed, few = find_limits("machine", groups, said, held)
    assert [(one.group, one.count) for one in blamed] == [("M2", 60)]
    assert (blamed[0].said, blamed[0].held.value) == (pytest.approx(0.8), pytest.approx(0.4))
    assert few == ["M3"]


def test_luck_is_not_blamed():
    """40 groups of 25 whose truth is what was said: at most one is blamed, and nearly always none."""
    rng = np.random.default_rng(3)  # noqa: TID251 - it makes an input
    wrong = 0
    for _ in range(20):
        said = rng.uniform(0.2, 0.95, 1000)
        held = (rng.random(1000) < said).astype(float)
        wrong += len(find_limits("machine", [f"M{i % 40}" for i in range(1000)], said, held)[0])
    assert wrong <= 1


def test_a_small_gap_is_let_pass_however_sure():
    blamed, _ = find_limits("all", ["A"] * 20_000, np.full(20_000, 0.8), outcomes(0.77, 20_000))
    assert blamed == []
    assert find_limits("all", [], [], []) == ([], [])
    with pytest.raises(ValueError, match="groups"):
        find_limits("all", ["A"], [0.5, 0.5], [1, 0])
