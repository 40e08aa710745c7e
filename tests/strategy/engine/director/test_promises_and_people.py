"""Execution confidence and leadership alignment: certified values, by hand, and what is unknown."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drumbeat.lab.company.luck import Luck
from drumbeat.strategy.engine.director.measure_alignment import concordance, measure_alignment
from drumbeat.strategy.engine.director.measure_confidence import (
    Commitment,
    brier_score,
    brier_skill,
    calibrate,
    measure_confidence,
)

TODAY = date(2026, 3, 2)


def promise(number: int, stated: float, kept: bool | None, **missed: bool) -> Commitment:
    return Commitment(
        f"C{number}", f"promise {number}", "production", stated, TODAY + timedelta(weeks=number),
        is_resolved=kept is not None, is_on_time=kept is not False, **missed,
    )  # fmt: skip


def test_brier_score_and_skill_are_the_certified_ones() -> None:
    assert brier_score([0.7, 0.8, 0.9, 0.6], [True, False, True, True]) == pytest.approx(0.225)
    # The share that was kept, 3/4, used for all scores 3/16.
    assert brier_skill([0.7, 0.8, 0.9, 0.6], [True, False, True, True]) == pytest.approx(1 - 0.225 / 0.1875)
    assert brier_skill([0.9, 0.9], [True, True]) is None
    with pytest.raises(ValueError, match="one outcome"):
        brier_score([], [])


def test_without_outcomes_what_is_stated_stands_about_as_it_is() -> None:
    corrected = calibrate([], []).weight @ calibrate([], []).correct([0.5, 0.8])
    assert corrected == pytest.approx([0.5, 0.76], abs=0.03)


def test_boasting_is_corrected_and_honesty_is_not() -> None:
    """Twenty promises at 90 %: of boasters half are kept, of the honest eighteen."""
    for num_kept, low, high in ((10, 0.45, 0.62), (18, 0.84, 0.93)):
        kept = [True] * num_kept + [False] * (20 - num_kept)
        calibration = calibrate([0.9] * 20, kept)
        assert low < float((calibration.weight @ calibration.correct([0.9]))[0]) < high


def test_the_correction_finds_the_one_that_made_the_outcomes() -> None:
    """An independent check: outcomes by logit(p) = -1 + 0.8 logit(stated), many of them, tell -1 and 0.8."""
    stated = np.tile(np.linspace(0.1, 0.95, 18), 40)
    truth = 1 / (1 + np.exp(-(-1 + 0.8 * np.log(stated / (1 - stated)))))
    even = Luck(5).uniform("outcomes", stated.size)
    found = calibrate(stated.tolist(), (even < truth).tolist())
    assert float(found.weight @ found.shift) == pytest.approx(-1, abs=0.25)
    assert float(found.weight @ found.slope) == pytest.approx(0.8, abs=0.2)


def test_fewer_than_ten_outcomes_are_unknown() -> None:
    nine = [promise(i, 0.8, i % 3 > 0) for i in range(9)]
    kpi = measure_confidence([*nine, promise(20, 0.9, None)])
    assert (kpi.value, kpi.text, kpi.n) == (None, "unknown", 9)
    assert "9 of at least 10" in kpi.note
    assert measure_confidence([]).text == "unknown"


def test_confidence_is_the_mean_of_corrected_promises_with_its_interval() -> None:
    past = [promise(-i - 1, 0.9, i % 2 == 0) for i in range(12)]
    kpi = measure_confidence([*past, promise(1, 0.9, None), promise(2, 0.7, None)])
    assert kpi.value is not None
    assert kpi.low is not None
    assert kpi.high is not None
    assert kpi.low < kpi.value < kpi.high
    assert kpi.value < 0.65
    assert [part.value for part in kpi.parts[:2]] == [pytest.approx(0.8), pytest.approx(0.5)]
    assert [one.num_rows for one in kpi.evidence] == [2, 12]
    # All kept but too dear: the budget alone breaks a promise.
    dear = [Commitment(f"D{i}", "x", "hr", 0.9, TODAY, True, True, False, True) for i in range(12)]
    assert measure_confidence([*dear, promise(1, 0.9, None)]).value < 0.4  # type: ignore[operator]


def test_concordance_is_the_certified_one() -> None:
    assert concordance(np.array([[1, 2, 3, 4], [1, 3, 2, 4], [2, 1, 3, 4]], float)) == pytest.approx(0.778, abs=5e-4)
    assert concordance(np.array([[1, 2, 3], [1, 2, 3]], float)) == 1.0
    assert concordance(np.array([[1, 2, 3], [3, 2, 1]], float)) == 0.0
    assert concordance(np.array([[1, 1, 1], [1, 1, 1]], float)) == 1.0
    with pytest.raises(ValueError, match="two raters"):
        concordance(np.array([[1, 2, 3]], float))


@given(st.lists(st.lists(st.integers(1, 5), min_size=4, max_size=4), min_size=2, max_size=6))
def test_concordance_lies_between_0_and_1_and_knows_no_names(rows: list[list[int]]) -> None:
    table = np.array(rows, float)
    value = concordance(table)
    assert 0.0 <= value <= 1.0
    assert concordance(table[::-1, ::-1]) == pytest.approx(value)
    # Ranks with gaps are ranks.
    assert concordance(3 * table - 2) == pytest.approx(value)


def test_concordance_agrees_with_friedmans_statistic() -> None:
    """W = chi2 / (raters x (items - 1)), ties included: scipy's Friedman test is another way to it."""
    from scipy.stats import friedmanchisquare

    table = np.array([[1, 2, 2, 4], [2, 1, 3, 4], [1, 3, 2, 2], [4, 1, 2, 3]], float)
    chi2 = friedmanchisquare(*table.T).statistic
    assert concordance(table) == pytest.approx(chi2 / (4 * 3))


RANKS = {
    "finance": {"a": 1.0, "b": 2.0, "c": 3.0, "d": 4.0},
    "sales": {"a": 1.0, "b": 3.0, "c": 2.0, "d": 4.0},
    "hr": {"a": 2.0, "b": 1.0, "c": 3.0, "d": 4.0, "e": 5.0},
}


def test_alignment_is_concordance_less_the_gap_of_the_plans() -> None:
    kpi = measure_alignment(RANKS, {"Pumps, Apr": {"finance": 100.0, "sales": 80.0}, "Alone": {"hr": 3.0}})
    assert kpi.value == pytest.approx(0.7778 * 0.8, abs=1e-3)
    assert kpi.low is not None
    assert kpi.high is not None
    assert 0 <= kpi.low < kpi.value < kpi.high <= 0.8
    assert kpi.evidence[0].num_rows == 4  # only priorities that all have ranked
    assert "gap counts as none" in measure_alignment(RANKS, {}).note


def test_alignment_is_not_shown_below_three_raters() -> None:
    two = {name: RANKS[name] for name in ("finance", "sales")}
    assert measure_alignment(two, {}).text == "unknown"
    assert measure_alignment({}, {}).text == "unknown"
    assert measure_alignment(RANKS | {"it": {"z": 1.0}}, {}).text == "unknown"
