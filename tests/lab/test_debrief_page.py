"""The debrief's page: from a debrief of today, one of an older version, and one whose texts are markup."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page
from pypdf import PdfReader

from drumbeat.accounts.models import User
from drumbeat.lab import actions
from drumbeat.lab.models import Game, StoredDebrief
from tests.judge_page import Judge
from tests.lab.make_told import make_told

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SCRIPT = "<script>alert('1')</script> {{ 1 }} \"q\""


def end_game(user: User, told: dict[str, Any]) -> str:
    """Let a game be over with a debrief; returns its address."""
    game = actions.begin(user, "record-quarter", NOW, seed=1)
    Game.objects.filter(pk=game.pk).update(phase="over")
    StoredDebrief.objects.create(game=game, made_at=NOW, data=told)
    return f"/lab/games/{game.pk}/debrief"


def read_page(client: Client, told: dict[str, Any]) -> str:
    user = User.objects.get(pk=client.session["_auth_user_id"])
    page = client.get(f"{end_game(user, told)}/")
    assert page.status_code == 200
    return " ".join(page.content.decode().split())


@pytest.mark.django_db
def test_it_tells_each_figure_with_what_it_compares(client_as: Callable[..., Client]) -> None:
    page = read_page(client_as("viewer"), make_told())
    for words in (
        "You earned 100,000 EUR: 60,000 more than with nothing decided.", "+10,000", "+45,000", "−5,000",
        "8,000 to 12,000", "−45,000", "against it, over 8 further lucks: −70,000 to −20,000",
        "cannot be told from chance", "perhaps chance",
        "Jo, finance", "objects", "numbers", "What must hold:", "−2,500", "The system as a whole",
    ):  # fmt: skip
        assert words in page, words


@pytest.mark.django_db
def test_one_that_an_older_version_stored_is_shown_as_far_as_it_goes(client_as: Callable[..., Client]) -> None:
    told = make_told()
    for name in ("defence", "information_low", "information_high", "luck_low", "luck_high"):
        del told["regret"][name]
    for one in told["costs"]:
        del one["cost_low"], one["cost_high"]
    del told["course"], told["stakeholders"]
    page = read_page(client_as("viewer"), told)
    assert "+45,000" in page
    assert "Finance" in page
    assert "The system as a whole" not in page


@pytest.mark.django_db
def test_a_tie_with_the_oracle_on_a_game_without_decisions_that_cost(client_as: Callable[..., Client]) -> None:
    told = make_told()
    told |= {"value": 150e3, "worst": None, "brier": None, "num_wagers": 0, "num_met": 0, "mistakes": []}
    told["regret"] |= dict.fromkeys(("total", "information", "decision", "luck"), 0.0)
    for one in told["made"]:
        one["outcome"] = None
    page = read_page(client_as("viewer"), told)
    assert "there is no regret" in page
    assert "None of the six kinds." in page
    assert "No wager was decided" in page
    assert "The decision that cost most" not in page
    assert "+0" not in page


@pytest.mark.django_db
def test_what_players_wrote_is_text(client_as: Callable[..., Client]) -> None:
    told = make_told()
    told["made"][0] |= {"pre_mortem": SCRIPT, "assumptions": [SCRIPT], "name": SCRIPT}
    told["worst"] = told["costs"][0] | {"best": SCRIPT, "chosen": SCRIPT, "title": SCRIPT}
    page = read_page(client_as("viewer"), told)
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert") >= 6


@pytest.mark.django_db
def test_the_paper_that_is_taken_along_names_who_played(client_as: Callable[..., Client]) -> None:
    client = client_as("viewer")
    user = User.objects.get(pk=client.session["_auth_user_id"])
    paper = client.get(f"{end_game(user, make_told())}.pdf")
    assert paper.headers["Content-Type"] == "application/pdf"
    assert f"the debrief of {user.username}" in PdfReader(io.BytesIO(paper.content)).pages[0].extract_text()


@pytest.mark.browser
@pytest.mark.slow
def test_everybody_can_use_it(page_as: Callable[..., Page], live_site: str) -> None:
    page = page_as("viewer")
    told = make_told()
    told["made"][0]["pre_mortem"] = "nobody_looked_at_the_presses_" * 60
    judge = Judge(page)
    judge.visit(live_site, [f"{end_game(User.objects.get(), told)}/", "/lab/"], narrow=True)
    assert judge.wrong == []
