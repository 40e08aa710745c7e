"""The debrief's PDF, read back as text: what the first page says, and that nothing a player wrote is markup."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from pypdf import PdfReader

from drumbeat.lab.write_debrief import write_debrief
from tests.lab.make_told import make_told

NOW = datetime(2026, 11, 23, tzinfo=UTC)
MARKUP = "#panic() $x$ *b* _i_ @ref <lab> \"q\" \\n `raw` // gone /* <script>alert('1')</script> [x] ~ --"


def read_pages(told: dict[str, Any]) -> list[str]:
    """Pages as text, every white space one space."""
    pages = PdfReader(io.BytesIO(write_debrief(told, NOW))).pages
    return [" ".join(page.extract_text().split()) for page in pages]


def test_the_first_page_says_what_happened() -> None:
    first = read_pages(make_told())[0]
    for words in (
        "The case", "Anvil & Co, Leeds", "You earned 100,000 EUR: 60,000 more than with nothing decided.",
        "An oracle that knows what is hidden and what comes earned 50,000 EUR more", "Best policy found", "130,000",
        "Regret: 50,000", "+10,000", "+45,000", "−5,000", "8,000 to 12,000", "20,000 to 70,000",
        "cannot be told from chance", "Round 1, Title 1: you took “Chosen 1”.", "1 of 2", "What you leave behind",
    ):  # fmt: skip
        assert words in first, words


def test_what_stands_behind_it_is_told() -> None:
    rest = " ".join(read_pages(make_told())[1:])
    for words in (
        "“Better 1” would have brought 30,000 EUR more", "−1,000 to 11,000", "nothing: right", "A walk, 1,500 EUR",
        "A count: 1,100 hours", "−2,500", "Brier score 0.485", "You were worse than a coin", "Jo, finance",
        "objects numbers", "Round 1, acting on averages: nothing was read.", "1,100", "Count first.", "Presses hold",
        "The system as a whole", "Told of operational risk.", "seed 7",
    ):  # fmt: skip
        assert words in rest, words


def test_who_played_is_named_where_it_is_known() -> None:
    named = PdfReader(io.BytesIO(write_debrief(make_told(), NOW, "Team #Anvil"))).pages[0].extract_text()
    assert "Decision Lab: the debrief of Team #Anvil" in named
    assert "the debrief of" not in read_pages(make_told())[0]


def test_equal_debriefs_are_equal_bytes() -> None:
    assert write_debrief(make_told(), NOW) == write_debrief(make_told(), NOW)


def infect(value: Any, name: str = "") -> Any:
    """Put markup behind every text that people write, in a player's words or in a scenario file."""
    if isinstance(value, dict):
        return {key: infect(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [infect(one, name) for one in value]
    written = {
        "title",
        "role",
        "company",
        "place",
        "chosen",
        "best",
        "text",
        "why",
        "assumptions",
        "pre_mortem",
        "good",
    }
    return f"{value} {MARKUP}" if isinstance(value, str) and name in written else value


def test_markup_in_any_text_is_shown_and_does_nothing() -> None:
    told = infect(make_told())
    told["made"][0]["pre_mortem"] = MARKUP
    told["made"][0]["answers"][0]["rules"][0]["rule"] = MARKUP
    told["stakeholders"][0]["name"] = told["made"][1]["name"] = told["costs"][0]["unread"][0]["name"] = MARKUP
    text = "".join("".join(read_pages(told)).split())
    # Lines of narrow columns break anywhere: white space is left out on both sides.
    assert text.count("".join(MARKUP.split())) >= 15


@pytest.mark.parametrize("length", [0, 2000])
def test_long_words_of_players_run_over_pages_and_none_is_lost(length: int) -> None:
    told = make_told()
    words = [f"word{at}" for at in range(length // 8)]
    for one in told["made"]:
        one["pre_mortem"] = " ".join(words)
    text = " ".join(read_pages(told))
    assert all(text.count(f"{word} ") >= 3 for word in words[:-1])
    assert "How the figures were made" in text


def test_a_game_of_one_round_without_anything_to_hold_against_it() -> None:
    told = make_told()
    told["scenario"]["rounds"] = 1
    told["made"], told["costs"] = told["made"][2:], told["costs"][2:]
    told["worst"], told["brier"], told["num_wagers"], told["num_met"] = None, None, 0, 0
    told["mistakes"], told["mistake_counts"] = [], {kind: [0] for kind in told["mistake_counts"]}
    told["value"] = told["others"][-1]["value"]
    told["regret"] |= {"total": 0.0, "information": 0.0, "decision": 0.0, "luck": 0.0}
    text = " ".join(read_pages(told))
    for words in (
        "Nobody did better on this luck", "None: no other option that was open", "No wager was decided",
        "None of the six kinds.", "Regret: 0", "1 quarter.",
    ):  # fmt: skip
        assert words in text, words
    assert "Who agreed" not in text


def test_a_debrief_stored_by_an_older_version_is_told_as_far_as_it_goes() -> None:
    told = make_told()
    for name in ("defence", "information_low", "information_high", "luck_low", "luck_high"):
        del told["regret"][name]
    for one in told["costs"]:
        del one["cost_low"], one["cost_high"]
    del told["course"], told["stakeholders"]
    text = " ".join(read_pages(told))
    assert "Regret: 50,000" in text
    assert "Finance" in text
    assert "The system as a whole" not in text


def test_huge_amounts_and_losses_stay_on_the_first_page() -> None:
    told = make_told()
    told["value"] = -3.2e12
    for one in told["others"]:
        one["value"] *= -1e7
    told["regret"] |= {"total": 1.7e12, "information": -2e12, "decision": 3e12, "luck": 0.7e12}
    first = read_pages(told)[0]
    assert "−3,200,000,000,000" in first
    assert "What you leave behind" in first
    assert "1 / 4" in first or "1 / 3" in first
