"""Two windows, a closed browser, odd forms: nothing is lost, nothing happens twice, and a game can be played again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from drumbeat.accounts.models import User
from drumbeat.lab import actions, actions_cohort
from drumbeat.lab.engine import play_floor
from drumbeat.lab.models import Game, GameMove

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def forget() -> None:
    """Forget all that was computed, as a server that begins anew."""
    for remembered in (actions._reach, actions._start, play_floor._play):
        remembered.cache_clear()


@pytest.fixture
def game(client_as: Callable[..., Client]) -> Game:
    client_as("viewer").post("/lab/begin/", {"scenario": "record-quarter"})
    return Game.objects.latest("id")


def test_a_window_that_shows_an_old_round_decides_nothing(client_as: Callable[..., Client], game: Game) -> None:
    first, second = client_as("viewer"), client_as("viewer")
    at = f"/lab/games/{game.pk}/"
    decided = {"option": "half", "probability": "70", "round": "1"}
    first.post(f"{at}decide/", decided)
    assert "phase" in second.post(f"{at}decide/", decided | {"option": "all"}, follow=True).content.decode()
    defended = {"evidence": "report.on_time", "cost": "0", "level": "90", "round": "1"}
    first.post(f"{at}defend/", defended)
    first.post(f"{at}play/", {"round": "1"})
    # A second click, and a window that was left open over lunch: round 2 is not played, nor decided, unseen.
    for address, form in (("play", {"round": "1"}), ("decide", decided), ("defend", defended)):
        assert "Look again" in second.post(f"{at}{address}/", form, follow=True).content.decode()
    assert [one.kind for one in GameMove.objects.filter(game=game)] == ["decide", "defend", "play"]
    game.refresh_from_db()
    assert (game.round, game.phase) == (2, "decide")


def test_a_closed_browser_and_a_stopped_server_lose_nothing(client_as: Callable[..., Client], game: Game) -> None:
    user = game.player
    at = f"/lab/games/{game.pk}/"
    client_as("viewer").post(f"{at}buy/", {"information": "count"})
    given = {"option": "half", "probability": "70", "round": "1", "assumption": ["It holds"], "pre_mortem": "It broke"}
    client_as("viewer").post(f"{at}decide/", given)
    forget()
    page = client_as("viewer").get(at).content.decode()
    assert "Defend it" in page
    assert "hours are overdue" in page
    made = actions.read_view(user, game.pk)["made"][0]
    assert (made["option"], made["probability"], made["assumptions"]) == ("half", 0.7, ["It holds"])
    assert made["pre_mortem"] == "It broke"


def test_seed_and_moves_give_identical_figures_again(user_as: Callable[..., User]) -> None:
    ada = user_as("viewer")
    views = []
    for _ in range(2):
        game = actions.begin(ada, "five-plans", NOW, seed=11)
        view = actions.read_view(ada, game.pk)
        for _ in range(2):
            option = view["decision"]["options"][0]
            view = actions.decide(ada, game.pk, option["code"], 0.6, NOW)
            view = actions.defend(ada, game.pk, NOW, cost=option["cost"], level=0.9)
            view = actions.play(ada, game.pk, NOW)
        views.append({name: value for name, value in view.items() if name != "game"})
        forget()
    assert views[0] == views[1]
    again = actions.read_view(ada, game.pk)
    assert {name: value for name, value in again.items() if name != "game"} == views[0]


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("buy", {"information": "\x00"}),
        ("decide", {"option": "half", "probability": "70", "round": "²", "pre_mortem": "a\x00b", "assumption": "\x00"}),
        ("decide", {"option": "half", "probability": "1e999"}),
        ("decide", {}),
        ("defend", {"cost": "nan", "level": "1"}),
        ("play", {"round": "99999999999999999999"}),
        ("note", {"text": "\x00", "probability": "-3"}),
        ("note", {"text": "x" * 100_000, "probability": ""}),
    ],
)
def test_odd_forms_are_answered(
    address: str, form: dict[str, str], client_as: Callable[..., Client], game: Game
) -> None:
    client = client_as("viewer")
    assert client.post(f"/lab/games/{game.pk}/{address}/", form).status_code == 302
    assert client.get(f"/lab/games/{game.pk}/").status_code == 200
    assert "\\u0000" not in str(list(GameMove.objects.values_list("data", flat=True)))


def test_an_event_happens_though_a_player_moves_at_that_moment(
    user_as: Callable[..., User], monkeypatch: pytest.MonkeyPatch
) -> None:
    lead, ada = user_as("planner"), user_as("viewer")
    cohort = actions_cohort.create_cohort(lead, "Autumn", "record-quarter", NOW)
    actions_cohort.join_cohort(ada, cohort.code, NOW)
    game = Game.objects.get()
    real = actions_cohort.add_move
    calls = []

    def add_move(*given: object) -> object:
        calls.append(given)
        if len(calls) == 1:  # the player is first by a moment
            monkeypatch.setattr(actions, "_log_of", lambda one: ())
            try:
                actions.buy_information(ada, game.pk, "count", NOW)
                return real(*given)  # type: ignore[arg-type]
            finally:
                monkeypatch.setattr(actions, "_log_of", log_of)
        return real(*given)  # type: ignore[arg-type]

    log_of = actions._log_of
    monkeypatch.setattr(actions_cohort, "add_move", add_move)
    changes = [{"parameter": "product.S15.demand", "how": "scale", "value": 1.2}]
    assert actions_cohort.inject_event(lead, cohort.pk, "A competitor burns down.", changes, NOW) == [game.pk]
    assert len(calls) == 2
    assert [one.kind for one in game.moves.all()] == ["buy", "inject"]


def test_a_player_decides_though_an_event_happens_at_that_moment(
    user_as: Callable[..., User], monkeypatch: pytest.MonkeyPatch
) -> None:
    lead, ada = user_as("planner"), user_as("viewer")
    cohort = actions_cohort.create_cohort(lead, "Autumn", "record-quarter", NOW)
    actions_cohort.join_cohort(ada, cohort.code, NOW)
    game = Game.objects.get()
    changes = [{"parameter": "product.S15.demand", "how": "scale", "value": 1.2}]
    real = actions._try_move

    def try_move(*given: object) -> object:
        monkeypatch.setattr(actions, "_try_move", real)
        actions_cohort.inject_event(lead, cohort.pk, "A competitor burns down.", changes, NOW)
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(actions, "_try_move", try_move)
    view = actions.decide(ada, game.pk, "half", 0.7, NOW, at=1)
    assert [one.kind for one in game.moves.all()] == ["inject", "decide"]
    assert view["phase"] == "defend"


def test_a_page_offers_only_what_its_reader_may_do(
    user_as: Callable[..., User], client_as: Callable[..., Client]
) -> None:
    """In a team the director decides, others buy, an observer looks on; the facilitator does nothing for them."""
    who = [("viewer", ""), ("viewer", "NORTH"), ("viewer", "SOUTH"), ("planner", "")]
    *people, lead = (user_as(*one) for one in who)
    cohort = actions_cohort.create_cohort(lead, "Autumn", "record-quarter", NOW, teams=["Anvil"])
    for one, role in zip(people, ("director", "finance", "observer"), strict=True):
        seat = actions_cohort.join_cohort(one, cohort.code, NOW)
        actions_cohort.assign_seat(lead, cohort.pk, seat.pk, team="Anvil", role=role)
    at = f"/lab/games/{Game.objects.get(team__name='Anvil').pk}/"
    offers = []
    for one in who:
        page = client_as(*one).get(at).content.decode()
        offers.append(("Decide</button>" in page, "Buy<span" in page))
        assert "Take half, with an option on the rest" in page
    assert offers == [(True, True), (False, True), (False, False), (False, False)]
    told = client_as(*who[1]).get(at).content.decode()
    assert f"the director decides: {people[0].username}" in told
