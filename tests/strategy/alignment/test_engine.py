"""Weights by pairs, rankings and gaps, by published and hand-computed cases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drumbeat.basics.findings import InputError
from drumbeat.strategy.engine.alignment.measure_gaps import mean_gap, measure_gap
from drumbeat.strategy.engine.alignment.rank_options import rank_options
from drumbeat.strategy.engine.alignment.weigh_criteria import Weights, weigh_criteria

DRINKS = ("coffee", "wine", "tea", "beer", "soda", "milk", "water")
RATIOS = [
    [1, 9, 5, 2, 1, 1, 1 / 2],
    [1 / 9, 1, 1 / 3, 1 / 9, 1 / 9, 1 / 9, 1 / 9],
    [1 / 5, 3, 1, 1 / 3, 1 / 4, 1 / 3, 1 / 9],
    [1 / 2, 9, 3, 1, 1 / 2, 1, 1 / 3],
    [1, 9, 4, 2, 1, 2, 1 / 2],
    [1, 9, 3, 1, 1 / 2, 1, 1 / 3],
    [2, 9, 9, 3, 2, 3, 1],
]
"""Saaty's drinks of the United States."""


def drinks() -> Weights:
    return weigh_criteria(DRINKS, {(DRINKS[a], DRINKS[b]): RATIOS[a][b] for a in range(7) for b in range(a + 1, 7)})


def test_weights_of_saatys_drinks() -> None:
    weights = drinks()
    found = dict(zip(weights.criteria, weights.weights, strict=True))
    assert found["water"] == pytest.approx(0.327, abs=5e-4)
    assert found["soda"] == pytest.approx(0.190, abs=5e-4)
    assert found["coffee"] == pytest.approx(0.177, abs=5e-4)
    assert weights.consistency_ratio == pytest.approx(0.022, abs=1e-3)
    assert weights.is_consistent
    assert weights.doubtful is None


def test_a_judgement_against_all_others_is_named_with_what_they_imply() -> None:
    true = {"a": 8, "b": 4, "c": 2, "d": 1}
    pairs = {(x, y): true[x] / true[y] for x in true for y in true if x < y} | {("a", "d"): 1 / 6}
    weights = weigh_criteria(tuple(true), pairs)
    assert not weights.is_consistent
    assert weights.doubtful is not None
    assert weights.doubtful[:2] == ("a", "d")
    assert weights.doubtful[2] == pytest.approx(8)


@given(st.lists(st.floats(1.0, 3.0), min_size=2, max_size=8), st.data())
def test_consistent_judgements_give_back_their_weights_also_with_pairs_left_out(
    parts: list[float], data: st.DataObject
) -> None:
    names = tuple(f"c{at}" for at in range(len(parts)))
    every = [(a, b) for a in range(len(parts)) for b in range(a + 1, len(parts))]
    # The neighbours keep all criteria joined; the others may be missing.
    kept = [pair for pair in every if pair[1] == pair[0] + 1 or data.draw(st.booleans())]
    weights = weigh_criteria(names, {(names[a], names[b]): parts[a] / parts[b] for a, b in kept})
    assert weights.weights == pytest.approx(np.array(parts) / sum(parts), abs=1e-6)
    assert weights.consistency_ratio < 1e-6


def test_bad_judgements_are_told_all_at_once() -> None:
    with pytest.raises(InputError) as error:
        weigh_criteria(("a", "b"), {("a", "b"): 12, ("a", "x"): 2, ("b", "b"): 1})
    assert len(error.value.findings) == 3
    with pytest.raises(InputError):
        weigh_criteria(("a", "a"), {})
    with pytest.raises(InputError):
        weigh_criteria((), {})


def test_one_criterion_has_all_the_weight() -> None:
    assert weigh_criteria(("cost",), {}).weights.tolist() == [1.0]


def test_ranking_and_the_weight_that_would_turn_it() -> None:
    weights = Weights(("cost", "risk"), np.array([0.6, 0.4]), 0.0, None)
    # line: 10 w, stock: 4 w + 7 (1 - w): equal where 6 w = 7 - 7 w, w = 7 / 13.
    ranking = rank_options(("stock", "line"), np.array([[4.0, 7.0], [10.0, 0.0]]), weights)
    assert ranking.options == ("line", "stock")
    assert ranking.totals.tolist() == pytest.approx([6.0, 5.2])
    assert ranking.turn is not None
    assert ranking.turn.weight_then == pytest.approx(7 / 13)  # of cost; of risk 6/13, as far away
    assert ranking.turn.option == "stock"


def test_an_option_that_is_best_by_all_cannot_be_turned() -> None:
    weights = Weights(("cost", "risk"), np.array([0.5, 0.5]), 0.0, None)
    assert rank_options(("a", "b"), np.array([[2.0, 2.0], [1.0, 1.0]]), weights).turn is None


@given(
    st.lists(st.lists(st.integers(0, 10), min_size=3, max_size=3), min_size=2, max_size=5),
    st.lists(st.floats(0.05, 1.0), min_size=3, max_size=3),
)
def test_a_weight_beyond_the_turn_makes_the_other_option_win(rows: list[list[int]], raw: list[float]) -> None:
    scores, share = np.array(rows, dtype=float), np.array(raw) / sum(raw)
    options = tuple(f"o{at}" for at in range(len(rows)))
    turn = rank_options(options, scores, Weights(("a", "b", "c"), share, 0.0, None)).turn
    if turn is None:
        return
    at = ("a", "b", "c").index(turn.criterion)
    moved = share * (1.0 - turn.weight_then) / (1.0 - share[at])
    moved[at] = turn.weight_then
    totals = scores @ moved
    winner = int(np.argmax(scores @ share))
    assert totals[options.index(turn.option)] == pytest.approx(totals[winner], abs=1e-6)


def test_gaps_between_functions() -> None:
    gap = measure_gap({"sales": 120.0, "finance": 100.0, "production": 90.0})
    assert gap is not None
    assert (gap.widest, gap.share, gap.highest, gap.lowest) == (30.0, 0.25, "sales", "production")
    assert measure_gap({"sales": 1.0}) is None
    assert measure_gap({"sales": 0.0, "hr": 0.0}).share == 0.0  # type: ignore[union-attr]
    assert mean_gap([gap]) == 0.25
    assert mean_gap([]) is None
