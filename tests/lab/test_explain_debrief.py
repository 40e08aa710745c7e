"""What a debrief's figures mean, in words: every sign, every tie, and what cannot be told from luck."""

from __future__ import annotations

from typing import Any

import pytest

from drumbeat.lab.explain_debrief import (
    explain_brier,
    explain_cost,
    explain_regret,
    explain_result,
    say_amount,
    say_bounds,
)
from tests.lab.make_told import make_told


def with_values(value: float, visible: float, oracle: float, **regret: Any) -> dict[str, Any]:
    told = make_told()
    told["value"] = value
    for one in told["others"]:
        one["value"] = {"visible information": visible, "oracle": oracle}.get(one["name"], one["value"])
    told["regret"] |= regret
    return told


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (with_values(100e3, 130e3, 150e3), ["60,000 more than with nothing", "earned 30,000 more", "50,000 EUR more"]),
        (with_values(10e3, 130e3, 150e3), ["30,000 less than with nothing", "earned 120,000 more", "is the regret"]),
        (with_values(40e3, 40e3, 40e3), ["as much as with nothing", "earned just that", "there is no regret"]),
        (
            with_values(140e3, 130e3, 140e3, decision=45e3),
            ["more than with nothing", "what could be seen, by 10,000; on other lucks", "there is no regret"],
        ),
        (
            with_values(140e3, 130e3, 140e3, decision=-45e3, decision_low=-50e3, decision_high=-40e3),
            ["more than with nothing", "by 10,000.", "there is no regret"],
        ),
    ],
    ids=["behind", "worse than nothing", "tie with all", "lucky", "better"],
)  # fmt: skip
def test_the_result_is_told_against_each(told: dict[str, Any], words: list[str]) -> None:
    sentences = explain_result(told)
    for sentence, said in zip(sentences, words, strict=True):
        assert said in sentence
    assert all("-" not in sentence for sentence in sentences), "no amount below zero is left without words"


@pytest.mark.parametrize(
    ("name", "value", "low", "high", "words", "doubts"),
    [
        ("information", 10.0, 8.0, 12.0, "what is hidden adds this to the best policy", False),
        ("information", 0.2, 0.2, 0.2, "adds nothing", False),
        ("information", -5.0, -20.0, 10.0, "does no better for being told", True),
        ("decision", 45.0, 20.0, 70.0, "The best policy found on what could be seen earns this more than your", False),
        ("decision", 45.0, -20.0, 110.0, "earns this more than your decisions", True),
        ("decision", -45.0, -70.0, -20.0, "Your decisions earn this more than the best policy", False),
        ("decision", 0.0, 0.0, 0.0, "Your decisions earn as much as the best policy", False),
        ("luck", 30.0, 10.0, 50.0, "how the dice fell, and what foreseeing them", False),
        ("luck", -30.0, -50.0, -10.0, "The dice fell your way", False),
        ("luck", -30.0, -80.0, 20.0, "The dice fell your way", True),
        ("luck", 0.0, -9.0, 9.0, "Nothing is left", False),
    ],
)
def test_each_part_says_what_its_sign_means(
    name: str, value: float, low: float, high: float, words: str, doubts: bool
) -> None:
    told = with_values(1.0, 2.0, 3.0, **{name: value, f"{name}_low": low, f"{name}_high": high})
    said = explain_regret(told)[name]
    assert words in said
    if name != "luck":
        assert "8 further lucks" in said
    if abs(value) >= 0.5:
        assert ("cannot be told from chance" in said) == doubts


def test_a_defence_is_told_with_the_decisions_that_it_belongs_to() -> None:
    assert "defended" not in explain_regret(with_values(1.0, 2.0, 3.0, defence=0.0))["decision"]
    assert "Of it, 880 is how you defended" in explain_regret(with_values(1.0, 2.0, 3.0, defence=880.0))["decision"]
    assert "brought 40 over a plain defence" in explain_regret(with_values(1.0, 2.0, 3.0, defence=-40.0))["decision"]
    old = make_told()
    del old["regret"]["defence"], old["regret"]["luck_low"], old["regret"]["luck_high"]
    assert "defended" not in explain_regret(old)["decision"]
    assert "chance" not in explain_regret(old)["luck"], "without an interval there is nothing to say of it"


def test_amounts_and_bounds() -> None:
    assert [say_amount(one) for one in (-0.4, 0.0, -1234.5, 1e6)] == ["0", "0", "−1,234", "1,000,000"]
    assert say_bounds({"x_low": -5.0, "x_high": 12.4}, "x") == "−5 to 12"
    assert say_bounds({"x_low": 3.0, "x_high": 3.2}, "x") == "alike on each luck"
    assert say_bounds({"x_low": None, "x_high": None}, "x") == say_bounds({}, "x") == ""


def test_a_cost_says_how_sure_it_is() -> None:
    costs = make_told()["costs"]
    assert explain_cost(costs[0], 8, "EUR").endswith("all your other decisions held (20,000 to 40,000 with 95 %).")
    assert "so it cannot be told from chance" in explain_cost(costs[1], 8, "EUR")
    assert explain_cost(costs[2], 8, "EUR") == "No other option that was open would have brought more on average."


@pytest.mark.parametrize(
    ("brier", "num", "words"),
    [(None, 0, "No wager"), (0.25, 4, "as good as a coin"), (0.1, 1, "over 1 wager:"), (0.4, 40, "worse than a coin.")],
)
def test_a_brier_score_is_told_against_a_coin(brier: float | None, num: int, words: str) -> None:
    assert words in explain_brier(make_told() | {"brier": brier, "num_wagers": num})
