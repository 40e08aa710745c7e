"""Before and after: what a cohort measures its learning by is played in its order, or is not counted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from drumbeat.accounts.models import Membership, User
from drumbeat.basics.findings import InputError
from drumbeat.lab import actions, actions_cohort
from drumbeat.lab.models import Cohort, Game, Seat
from tests.lab.test_actions import NOW

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def add_user(name: str, role: str = "viewer") -> tuple[User, Client]:
    user = User.objects.create(username=name)
    Membership.objects.create(user=user, role=role)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return user, client


def gather(lead: User, *teams: str) -> Cohort:
    return actions_cohort.create_cohort(lead, "Autumn", "record-quarter", NOW, teams=teams, transfer="cheapest-site")


def play_to_end(user: User, game: Game, now: Any = NOW) -> None:
    view = actions.read_view(user, game.pk)
    while view["phase"] != "over":
        option = next(one for one in view["decision"]["options"] if one["is_default"])
        actions.decide(user, game.pk, option["code"], 0.6, now)
        actions.defend(user, game.pk, now, cost=option["cost"])
        view = actions.play(user, game.pk, now)


def test_before_is_refused_once_ones_own_game_has_begun() -> None:
    (lead, _), (ada, adas), (bob, bobs) = add_user("lead", "planner"), add_user("ada"), add_user("bob")
    cohort = gather(lead)
    for user in (ada, bob):
        actions_cohort.join_cohort(user, cohort.code, NOW)
    mine = Game.objects.get(player=ada)
    actions_cohort.inject_event(lead, cohort.pk, "Snow", [{"parameter": "money.fixed", "how": "add", "value": 1.0}],
                                NOW)  # fmt: skip
    # To look at it, and what the facilitator lets happen, is no move; to buy something is one.
    assert adas.get(f"/lab/games/{mine.pk}/").status_code == 200
    assert "disabled" not in adas.get("/lab/").content.decode().split('value="before"')[1][:40]
    actions.buy_information(ada, mine.pk, "count", NOW)
    with pytest.raises(InputError, match="later it measures nothing") as told:
        actions_cohort.begin_transfer(ada, cohort.pk, "before", NOW)
    assert all(one.remedy for one in told.value.findings)
    assert "disabled" in adas.get("/lab/").content.decode().split('value="before"')[1][:40]
    page = adas.post(f"/lab/cohorts/{cohort.pk}/transfer/", {"purpose": "before"}, follow=True).content.decode()
    assert "comes before the first move" in page
    assert not Game.objects.filter(purpose="before").exists()
    # Nobody else's move closes it; a game before that is there is found again.
    bobs.post(f"/lab/cohorts/{cohort.pk}/transfer/", {"purpose": "before"})
    before = Game.objects.get(player=bob, purpose="before")
    actions.buy_information(bob, Game.objects.get(player=bob, purpose="play").pk, "count", NOW)
    assert actions_cohort.begin_transfer(bob, cohort.pk, "before", NOW).pk == before.pk


def test_before_is_refused_once_ones_team_has_moved() -> None:
    (lead, _), (ada, _), (bob, _) = add_user("lead", "planner"), add_user("ada"), add_user("bob")
    cohort = gather(lead, "Forge")
    for user in (ada, bob):
        actions_cohort.join_cohort(user, cohort.code, NOW)
        actions_cohort.assign_seat(lead, cohort.pk, Seat.objects.get(user=user).pk, team="Forge", role="director")
    actions_cohort.begin_transfer(bob, cohort.pk, "before", NOW)
    actions.buy_information(bob, Game.objects.get(team__name="Forge").pk, "count", NOW)
    with pytest.raises(InputError, match="later it measures nothing"):
        actions_cohort.begin_transfer(ada, cohort.pk, "before", NOW)


def test_a_game_before_that_went_on_too_long_is_not_counted() -> None:
    (lead, leads), (ada, _), (bob, _) = add_user("lead", "planner"), add_user("ada"), add_user("bob")
    cohort = gather(lead)
    for user in (ada, bob):
        actions_cohort.join_cohort(user, cohort.code, NOW)
        before = actions_cohort.begin_transfer(user, cohort.pk, "before", NOW)
        play_to_end(user, before, LATER if user == bob else NOW)
        play_to_end(user, Game.objects.get(player=user, purpose="play"), NOW)
        play_to_end(user, actions_cohort.begin_transfer(user, cohort.pk, "after", LATER), LATER)
    measured = actions_cohort.measure_learning(lead, cohort.pk)
    assert [(one["name"], one["is_late"]) for one in measured] == [("ada", False), ("bob", True)]
    page = leads.get(f"/lab/cohorts/{cohort.pk}/compare/").content.decode()
    assert "of 1 made fewer; 1 left out, whose game before went on" in page
    assert "too late: left out" in page
