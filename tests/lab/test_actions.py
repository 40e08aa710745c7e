"""Games over the door that pages and the API use: stored as they happen, and shown only what may be seen."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.core.exceptions import PermissionDenied

from drumbeat.accounts.models import User
from drumbeat.basics.findings import InputError
from drumbeat.lab import actions, actions_cohort
from drumbeat.lab.engine.show_view import show_view
from drumbeat.lab.models import Game, GameMove, Seat

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return User.objects.create(username="ada")


@pytest.fixture
def bob() -> User:
    return User.objects.create(username="bob")


def play_one(user: User, game: int) -> dict:
    """Play a round: the default option, honestly defended."""
    view = actions.read_view(user, game)
    if view["decision"] is not None:
        option = next(one for one in view["decision"]["options"] if one["is_default"])
        view = actions.decide(user, game, option["code"], 0.6, NOW, assumptions=("none",), pre_mortem="frost")
        level = view["decision"]["wager"]["level"]
        view = actions.defend(user, game, NOW, evidence=("report.on_time",), cost=option["cost"], level=level)
        assert view["made"][-1]["answers"]
    return actions.play(user, game, NOW)


def test_game_is_stored_move_by_move_and_replayed_to_the_same_figures(ada: User) -> None:
    game = actions.begin(ada, "record-quarter", NOW, seed=5)
    actions.buy_information(ada, game.pk, "count", NOW)
    view = play_one(ada, game.pk)
    assert view["round"] == 2
    assert GameMove.objects.filter(game=game).count() == 4
    actions._reach.cache_clear()
    actions._start.cache_clear()
    assert actions.read_view(ada, game.pk) == view


def test_what_is_hidden_is_not_in_the_view(ada: User) -> None:
    game = actions.begin(ada, "record-quarter", NOW, seed=5)
    shown = json.dumps(actions.read_view(ada, game.pk))
    for word in ("truth", "hidden", "seed", "needs", "readings", "escapes", "events", "levels", "good"):
        assert f'"{word}"' not in shown
    assert "early frost" not in shown


def test_view_does_not_change_with_what_is_hidden_the_luck_or_the_future(ada: User) -> None:
    game = actions.begin(ada, "record-quarter", NOW, seed=5)
    actions.buy_information(ada, game.pk, "talks", NOW)
    position = actions.replay(Game.objects.get(pk=game.pk))
    condition = replace(
        position.condition, backlog=(1.0, 2.0, 3.0, 4.0), fatigue=0.9, trust=0.1, goodwill=0.3, escapes=1e6, floor=None,
        outages=((0.0, 9.0),), gaps=((9.0,), (), ()),
    )  # fmt: skip
    other = replace(
        position, seed=99, hidden=dict.fromkeys(position.hidden, 77.0), truth=position.scenario.company,
        condition=condition, mistakes=(), ending=position.history,
    )  # fmt: skip
    assert show_view(other) == show_view(position)


def test_nobody_reads_or_moves_in_the_game_of_another(ada: User, bob: User) -> None:
    game = actions.begin(ada, "record-quarter", NOW, seed=5)
    for attempt in (
        lambda: actions.read_view(bob, game.pk),
        lambda: actions.play(bob, game.pk, NOW),
        lambda: actions.list_notes(bob, game.pk),
        lambda: actions.read_debrief(bob, game.pk, NOW),
    ):
        with pytest.raises(PermissionDenied):
            attempt()


def test_moves_out_of_turn_are_findings_and_leave_nothing(ada: User) -> None:
    game = actions.begin(ada, "record-quarter", NOW, seed=5)
    for attempt in (
        lambda: actions.play(ada, game.pk, NOW),
        lambda: actions.buy_information(ada, game.pk, "no such", NOW),
        lambda: actions.decide(ada, game.pk, "half", float("nan"), NOW),
        lambda: actions.decide(ada, game.pk, "half", 1.2, NOW),
        lambda: actions.decide(ada, game.pk, "other", 0.5, NOW),
        lambda: actions.defend(ada, game.pk, NOW),
        lambda: actions.read_debrief(ada, game.pk, NOW),
    ):
        with pytest.raises(InputError):
            attempt()
    assert not GameMove.objects.exists()


def test_two_who_move_at_once_are_not_both_stored(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    game = actions.begin(ada, "record-quarter", NOW, seed=5)
    actions.buy_information(ada, game.pk, "walk", NOW)
    monkeypatch.setattr(actions, "_log_of", lambda game: ())  # what a second browser read a moment earlier
    with pytest.raises(InputError, match="somebody has just moved"):
        actions.buy_information(ada, game.pk, "count", NOW)
    assert GameMove.objects.count() == 1


def test_cohort_plays_the_same_luck_pauses_and_hears_of_events(ada: User, bob: User) -> None:
    boss = User.objects.create(username="boss")
    cohort = actions_cohort.create_cohort(boss, "Autumn", "record-quarter", NOW, teams=("Red", "Blue"))
    for user, team, role in ((ada, "Red", "director"), (bob, "Blue", "director")):
        seat = actions_cohort.join_cohort(user, cohort.code.lower(), NOW)
        actions_cohort.assign_seat(boss, cohort.pk, seat.pk, team=team, role=role)
    red, blue = (Game.objects.get(team__name=name) for name in ("Red", "Blue"))
    assert actions.read_view(ada, red.pk)["reports"] == actions.read_view(bob, blue.pk)["reports"]
    with pytest.raises(PermissionDenied):
        actions.read_view(ada, blue.pk)
    with pytest.raises(PermissionDenied):
        actions_cohort.compare_games(ada, cohort.pk)
    actions_cohort.pause_cohort(boss, cohort.pk, is_paused=True)
    with pytest.raises(InputError, match="paused"):
        actions.buy_information(ada, red.pk, "count", NOW)
    actions_cohort.pause_cohort(boss, cohort.pk, is_paused=False)
    changes = [{"parameter": "product.S15.demand", "how": "scale", "value": 1.2}]
    assert len(actions_cohort.inject_event(boss, cohort.pk, "A competitor burns down.", changes, NOW)) == 2
    assert "competitor" in json.dumps(actions.read_view(ada, red.pk)["happened"])
    bad = [{"parameter": "product.NONE.demand", "how": "scale", "value": 1.2}]
    with pytest.raises(InputError):
        actions_cohort.inject_event(boss, cohort.pk, "Nothing.", bad, NOW)
    actions.write_note(ada, red.pk, NOW, text="I would say no", probability=0.2)
    assert actions.list_notes(boss, red.pk)[0]["text"] == "I would say no"
    rows = actions_cohort.compare_games(boss, cohort.pk)
    assert [row["name"] for row in rows] == ["Blue", "Red"]
    assert {row["kind"] for row in actions_cohort.export_cohort(boss, cohort.pk)} == {"inject", "note"}


def test_observers_watch_and_only_directors_decide(ada: User, bob: User) -> None:
    boss = User.objects.create(username="boss")
    cohort = actions_cohort.create_cohort(boss, "Autumn", "record-quarter", NOW, teams=("Red",))
    for user, role in ((ada, "director"), (bob, "finance")):
        seat = actions_cohort.join_cohort(user, cohort.code, NOW)
        actions_cohort.assign_seat(boss, cohort.pk, seat.pk, team="Red", role=role)
    game = Game.objects.get(team__name="Red")
    actions.buy_information(bob, game.pk, "count", NOW)
    with pytest.raises(PermissionDenied):
        actions.decide(bob, game.pk, "half", 0.5, NOW)
    actions.write_note(bob, game.pk, NOW, text="too dear")
    assert actions.list_notes(ada, game.pk) == []
    Seat.objects.filter(user=bob).update(role="observer")
    with pytest.raises(PermissionDenied):
        actions.buy_information(bob, game.pk, "walk", NOW)
