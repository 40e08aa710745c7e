"""A player sees neither what is hidden, nor the future, nor another's log: every page and every API route, attacked."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from drumbeat.accounts.models import Membership, User
from drumbeat.basics.findings import InputError
from drumbeat.lab import actions, actions_cohort, actions_scenario
from drumbeat.lab.export_cohort import make_sheets
from drumbeat.lab.models import Game, StoredDebrief, StoredScenario
from drumbeat.lab.read_scenario import SHIPPED, list_shipped, read_shipped, read_text
from drumbeat.lab.urls import urlpatterns
from drumbeat.plant.models import Site
from drumbeat.site.api import api
from drumbeat.web.jobs import enqueue

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
pytestmark = pytest.mark.django_db
NUMBERED = [str(one.pattern) for one in urlpatterns if "<int:number>" in str(one.pattern)]
OF_API = [path for path in api.get_openapi_schema()["paths"] if path.startswith("/api/lab/") and "{number}" in path]


def sign_in(name: str, role: str = "viewer", site: str = "") -> tuple[User, Client]:
    user = User.objects.create(username=name)
    Membership.objects.create(user=user, role=role, site=site)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return user, client


def end_game(game: Game) -> None:
    """Let a game be over, as far as its row tells."""
    Game.objects.filter(pk=game.pk).update(phase="over")


@pytest.fixture
def played(user_as: Callable[..., User]) -> dict[str, Any]:
    """A cohort of a facilitator with a game of ada's, in which she has moved and noted something."""
    lead, lead_client = sign_in("lead", "planner")
    ada, client = sign_in("ada")
    cohort = actions_cohort.create_cohort(lead, "Autumn", "record-quarter", NOW, transfer="cheapest-site")
    actions_cohort.join_cohort(ada, cohort.code, NOW)
    game = Game.objects.get(player=ada)
    actions.buy_information(ada, game.pk, "count", NOW)
    actions.decide(ada, game.pk, "half", 0.7, NOW, pre_mortem="adas own words")
    actions.write_note(ada, game.pk, NOW, text="adas own note")
    return {"lead": lead, "lead_client": lead_client, "ada": ada, "client": client, "cohort": cohort, "game": game}


@pytest.mark.parametrize("address", NUMBERED)
@pytest.mark.parametrize("role", ["viewer", "admin"])
def test_every_page_of_a_game_or_cohort_is_closed_to_others(address: str, role: str, played: dict[str, Any]) -> None:
    _, stranger = sign_in("bob", role)
    number = played["game"].pk if address.startswith("games") else played["cohort"].pk
    place = f"/lab/{address.replace('<int:number>', str(number))}"
    before = (played["game"].moves.count(), played["game"].notes.count(), Game.objects.count())
    for ask in (stranger.get, stranger.post):
        answer = ask(place, {"purpose": "before", "information": "walk", "text": "mine", "name": "x", "pause": "yes"})
        # Whoever tries to begin the transfer of a cohort is told at the lobby to ask; the rest does not exist.
        allowed = {302, 405} if address.endswith("transfer/") else {403, 404, 405}
        assert answer.status_code in allowed
        assert "adas own" not in answer.content.decode()
    assert (played["game"].moves.count(), played["game"].notes.count(), Game.objects.count()) == before
    played["cohort"].refresh_from_db()
    assert not played["cohort"].is_paused


@pytest.mark.parametrize("address", OF_API)
def test_every_api_route_is_closed_to_others(address: str, played: dict[str, Any]) -> None:
    _, stranger = sign_in("bob", "admin")
    number = played["cohort" if "/cohorts/" in address else "game"].pk
    place = address.replace("{number}", str(number))
    assert stranger.get(place).status_code == 404
    assert stranger.get(address.replace("{number}", str(2**70))).status_code in {404, 422}
    assert stranger.get("/api/lab/games").json() == []
    owner = played["lead_client"] if "/cohorts/" in address else played["client"]
    assert owner.get(place).status_code == (404 if address.endswith("debrief") else 200)
    assert played["client"].get(f"/api/lab/cohorts/{played['cohort'].pk}/games").status_code == 404


@pytest.mark.parametrize("role", ["viewer", "planner"])
def test_who_plays_in_the_same_cohort_reads_nobody_elses_game(role: str, played: dict[str, Any]) -> None:
    """Also one who facilitates other cohorts: neither the game, its log and notes, nor the cohort's own pages."""
    fellow, client = sign_in("fellow", role)
    cohort, game = played["cohort"], played["game"]
    actions_cohort.join_cohort(fellow, cohort.code, NOW)
    moves = game.moves.count()
    for address in (*(f"/lab/{one}" for one in NUMBERED), *OF_API):
        number = cohort.pk if "cohorts" in address else game.pk
        place = address.replace("<int:number>", str(number)).replace("{number}", str(number))
        for ask in (client.get, client.post):
            answer = ask(place, {"purpose": "after", "text": "mine", "name": "x", "pause": "yes", "open": "yes"})
            assert answer.status_code in ({302, 405} if place.endswith("transfer/") else {403, 404, 405}), place
            assert "adas own" not in answer.content.decode()
    cohort.refresh_from_db()
    assert not cohort.is_paused
    assert not cohort.is_debrief_open
    assert game.moves.count() == moves
    with pytest.raises(PermissionDenied):
        make_sheets(fellow, cohort.pk)
    listed = {one["id"] for one in client.get("/api/lab/games").json()}
    assert listed == {Game.objects.get(player=fellow).pk}


@pytest.mark.parametrize("name", list_shipped())
def test_no_page_tells_what_is_hidden_or_comes(name: str) -> None:
    user, client = sign_in("ada")
    game = actions.begin(user, name, NOW, seed=982_451_653)
    scenario = read_shipped(name)
    secrets = [one.text for one in (*scenario.hidden, *scenario.events)] + list(scenario.good)
    secrets += [one.text.partition("{value}")[2] or one.text for info in scenario.information for one in info.readings]
    # What comes later: titles, and names of options, that the first round does not have as well.
    now = {option.name for option in scenario.decisions[0].options} | {scenario.decisions[0].title}
    later = [name for one in scenario.decisions[1:] for name in (one.title, one.text, *(o.name for o in one.options))]
    secrets += [one for one in later if one not in now and len(one) > 12]
    shown = json.dumps(client.get(f"/api/lab/games/{game.pk}").json(), ensure_ascii=False)
    pages = [client.get(f"/lab/games/{game.pk}/{part}").content.decode() for part in ("", "plant/")]
    told = " ".join(" ".join(unescape(one).split()) for one in (*pages, shown, client.get("/lab/").content.decode()))
    story = " ".join(scenario.story.split())
    for secret in secrets:
        words = " ".join(secret.split())
        if len(words) < 12:
            continue  # no secret, but what is left of a sentence
        assert words not in told.replace(story, ""), words
    assert "982451653" not in told.replace(",", "")
    assert "982451653" not in json.dumps(client.get("/api/lab/games").json())


def test_the_debrief_of_a_cohort_waits_for_those_who_still_play(played: dict[str, Any]) -> None:
    bob, bobs = sign_in("bob")
    actions_cohort.join_cohort(bob, played["cohort"].code, NOW)
    game, client = played["game"], played["client"]
    end_game(game)
    StoredDebrief.objects.create(game=game, made_at=NOW, data={"secret": "the truth"})
    at = f"/lab/games/{game.pk}/"
    assert client.get(f"{at}debrief/").status_code == 302
    assert client.get(f"{at}debrief.pdf").status_code == 404
    assert client.get(f"/api/lab/games/{game.pk}/debrief").status_code == 404
    assert "open when all games" in actions.why_debrief_waits(played["ada"], Game.objects.get(pk=game.pk))
    assert actions.read_debrief(played["lead"], game.pk, NOW) == {"secret": "the truth"}, "the facilitator may"
    lead, cohort = played["lead_client"], played["cohort"]
    lead.post(f"/lab/cohorts/{cohort.pk}/debriefs/", {"open": "yes"})
    assert actions.read_debrief(played["ada"], game.pk, NOW) == {"secret": "the truth"}
    lead.post(f"/lab/cohorts/{cohort.pk}/debriefs/", {"open": "no"})
    with pytest.raises(InputError):
        actions.read_debrief(played["ada"], game.pk, NOW)
    end_game(Game.objects.get(player=bob))
    assert actions.read_debrief(played["ada"], game.pk, NOW) == {"secret": "the truth"}, "all are over"
    assert bobs.get(f"{at}debrief/").status_code == 404


def test_before_does_not_give_after_away(played: dict[str, Any]) -> None:
    cohort = played["cohort"]
    eve, _ = sign_in("eve")
    actions_cohort.join_cohort(eve, cohort.code, NOW)
    before = actions_cohort.begin_transfer(eve, cohort.pk, "before", NOW)
    end_game(before)
    assert "after the game after" in actions.why_debrief_waits(eve, before)
    with pytest.raises(InputError, match="follows the cohort's own game"):
        actions_cohort.begin_transfer(eve, cohort.pk, "after", NOW)
    end_game(Game.objects.get(player=eve, purpose="play"))
    after = actions_cohort.begin_transfer(eve, cohort.pk, "after", NOW)
    assert before.seed != after.seed
    assert actions.replay(before).history != actions.replay(after).history
    assert actions.why_debrief_waits(eve, before)
    end_game(after)
    assert not actions.why_debrief_waits(eve, before)


def test_no_seed_can_be_worked_out_from_what_a_player_reads(played: dict[str, Any]) -> None:
    """Equal moments, players and names give other lucks; before, main game and after do not follow from each other."""
    ada, lead, cohort = played["ada"], played["lead"], played["cohort"]
    seeds = {actions.begin(ada, "record-quarter", NOW).seed for _ in range(4)}
    assert len(seeds) == 4
    assert len({abs(one - other) for one in seeds for other in seeds}) > 4, "not one step from each to the next"
    Game.objects.filter(seed__in=seeds).delete()
    twins = [actions_cohort.create_cohort(lead, "Same", "record-quarter", NOW) for _ in range(2)]
    assert twins[0].seed != twins[1].seed
    assert twins[0].code != twins[1].code
    gaps = set()
    for one in (*twins, cohort):
        for purpose in (Game.Purpose.BEFORE, Game.Purpose.AFTER):
            assert actions.derive_luck(one, purpose) == actions.derive_luck(one, purpose)
            gaps.add((actions.derive_luck(one, purpose) - one.seed) % actions.SEEDS)
    assert len(gaps) == 6
    begun = {
        purpose: actions.begin(ada, "record-quarter", NOW, cohort=cohort, purpose=purpose).seed
        for purpose in (Game.Purpose.BEFORE, Game.Purpose.AFTER)
    }
    assert len({cohort.seed, *begun.values()}) == 3
    assert begun == {purpose: actions.derive_luck(cohort, purpose) for purpose in begun}
    for address in ("", "plant/"):
        page = played["client"].get(f"/lab/games/{played['game'].pk}/{address}").content.decode()
        assert f"{cohort.seed}" not in page
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.SECRET_KEY", "another")
        assert (actions.derive_luck(cohort, Game.Purpose.AFTER) - cohort.seed) % actions.SEEDS not in gaps


def test_jobs_tell_no_value_and_are_their_owners(played: dict[str, Any]) -> None:
    from drumbeat.lab.jobs import debrief_job

    end_game(played["game"])
    actions_cohort.open_debriefs(played["lead"], played["cohort"].pk, is_open=True)
    StoredDebrief.objects.create(game=played["game"], made_at=NOW, data={"value": 1.0})
    arguments = {"game": played["game"].pk, "user": played["ada"].pk}
    told = debrief_job(arguments, lambda share, words="": None)  # type: ignore[arg-type]
    assert set(told) == {"game", "url"}
    job = enqueue("lab-debrief", arguments, played["ada"])
    _, stranger = sign_in("bob", "planner")
    assert stranger.get(f"/jobs/{job.pk}/").status_code == 404
    assert stranger.get(f"/api/jobs/{job.pk}").status_code == 404


def test_a_scenario_of_a_plant_is_for_those_who_see_the_plant() -> None:
    for code in ("NORTH", "SOUTH"):
        Site.objects.create(code=code)
    maker, makers = sign_in("maker", "planner", "NORTH")
    text = read_text(SHIPPED / "record-quarter.toml").replace('"record-quarter"', '"own-north"', 1)
    actions_scenario.store_scenario(maker, text, NOW, site="NORTH")
    _, north = sign_in("north", "viewer", "NORTH")
    south, souths = sign_in("south", "planner", "SOUTH")
    assert "own-north" in north.get("/lab/").content.decode()
    assert "own-north" not in souths.get("/lab/").content.decode()
    assert "own-north" not in json.dumps(souths.get("/api/lab/scenarios").json())
    assert "own-north" in json.dumps(north.get("/api/lab/scenarios").json())
    with pytest.raises(InputError):
        actions.begin(south, "own-north", NOW)
    assert souths.get("/lab/scenarios/own-north.toml").status_code == 404
    assert makers.get("/lab/scenarios/own-north.toml").content.decode() == text
    souths.post("/lab/scenarios/own-north/drop/")
    assert StoredScenario.objects.count() == 1
    assert souths.post("/lab/scenarios/from-plant/", {"site": "NORTH"}).status_code == 403
    # An edited file of a plant's scenario still tells of the plant.
    assert actions_scenario.store_scenario(maker, text, NOW).site == "NORTH"
    # Who is asked into a cohort by its facilitator may play it.
    cohort = actions_cohort.create_cohort(maker, "Course", "own-north", NOW)
    actions_cohort.join_cohort(south, cohort.code, NOW)
    assert actions.read_view(south, Game.objects.get(player=south).pk)["round"] == 1
