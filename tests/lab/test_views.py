"""The Lab's pages: a game from the first look to the debrief, and a cohort with its facilitator."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from drumbeat.lab.actions import read_view
from drumbeat.lab.draw_game import draw_bars, draw_tiles
from drumbeat.lab.models import Cohort, Game, GameMove, Seat, StoredScenario
from drumbeat.lab.read_scenario import SHIPPED, read_text
from drumbeat.web.models import Job

pytestmark = pytest.mark.django_db


def text_of(page: Any) -> str:
    assert page.status_code == 200
    return str(page.content.decode())


def begin(client: Client) -> Game:
    assert client.post("/lab/begin/", {"scenario": "record-quarter"}).status_code == 302
    return Game.objects.latest("id")


def play_round(client: Client, game: Game) -> None:
    """Take the first open option, defend it with the report, live the period."""
    view = read_view(game.player, game.pk)
    if view["decision"]:
        option = next(one for one in view["decision"]["options"] if one["can_choose"])
        client.post(f"/lab/games/{game.pk}/decide/", {"option": option["code"], "probability": "60"})
        level = view["decision"]["wager"]["level"] * view["decision"]["wager"]["scale"]
        client.post(
            f"/lab/games/{game.pk}/defend/", {"evidence": "report.on_time", "cost": option["cost"], "level": level}
        )
    client.post(f"/lab/games/{game.pk}/play/")


def test_a_round_over_the_pages(client_as: Callable[..., Client]) -> None:
    client = client_as("viewer")
    lobby = text_of(client.get("/lab/"))
    assert "The record quarter" in lobby
    game = begin(client)
    at = f"/lab/games/{game.pk}/"
    page = text_of(client.get(at))
    assert "Where you are" in page
    assert "Find out" in page
    bought = text_of(client.post(f"{at}buy/", {"information": "count"}, follow=True))
    assert "hours are overdue" in bought
    told = text_of(client.post(f"{at}decide/", {"option": "half", "probability": "many"}, follow=True))
    assert "Correct it" in told
    option = re.search(r'name="option" value="(\w+)"', page)
    assert option is not None
    given = {"option": option[1], "probability": "70", "assumption": ["Presses last", ""], "pre_mortem": "They broke"}
    assert "Defend it" in text_of(client.post(f"{at}decide/", given, follow=True))
    assert "Decide" not in text_of(client.get(at)).split("the defence")[1].split("</form>")[0]
    defended = {"evidence": ["report.on_time", "count"], "cost": "0", "level": "95"}
    answers = text_of(client.post(f"{at}defend/", defended, follow=True))
    assert "By which rules" in answers
    assert "round-past" not in answers
    played = text_of(client.post(f"{at}play/", follow=True))
    assert "The report on quarter 1" in played
    assert "round-past" in played
    assert [move.kind for move in GameMove.objects.filter(game=game)] == ["buy", "decide", "defend", "play"]


def test_nobody_sees_somebody_elses_game_or_what_is_hidden(client_as: Callable[..., Client]) -> None:
    client = client_as("viewer")
    game = begin(client)
    other = client_as("planner")
    for address in ("", "debrief/", "debrief.pdf"):
        assert other.get(f"/lab/games/{game.pk}/{address}").status_code == 404
    for address in ("buy", "decide", "defend", "play", "note"):
        assert other.post(f"/lab/games/{game.pk}/{address}/").status_code == 404
    page = text_of(client.get(f"/lab/games/{game.pk}/"))
    assert "signed that nobody had done" not in page, "the hidden truth"
    assert client.get(f"/lab/games/{game.pk}/debrief/").status_code == 302, "no debrief before the end"


@pytest.mark.slow
def test_a_game_is_played_to_its_debrief(client_as: Callable[..., Client]) -> None:
    from drumbeat.lab.jobs import debrief_job

    client = client_as("viewer")
    game = begin(client)
    for _ in range(7):
        play_round(client, game)
    at = f"/lab/games/{game.pk}/"
    assert "To the debrief" in text_of(client.get(at))
    assert client.get(f"{at}debrief.pdf").status_code == 404, "not made yet"
    to_job = client.get(f"{at}debrief/")
    job = Job.objects.get(kind="lab-debrief")
    assert to_job.headers["Location"] == f"/jobs/{job.pk}/"
    client.get(f"{at}debrief/")
    assert Job.objects.count() == 1, "asked twice, made once"
    told = debrief_job(job.arguments, lambda share, words="": None)  # type: ignore[arg-type]
    assert told["url"] == f"{at}debrief/"
    page = text_of(client.get(f"{at}debrief/"))
    for words in ("What was left on the table", "Oracle", "What was hidden", "Mistakes, by kind and round"):
        assert words in page
    assert client.get(f"{at}debrief.pdf").content.startswith(b"%PDF")


def test_a_cohort_is_gathered_seated_paused_and_something_happens(client_as: Callable[..., Client]) -> None:
    lead = client_as("planner")
    assert lead.post("/lab/cohorts-new/", {"name": "", "scenario": "record-quarter"}).status_code == 302
    assert not Cohort.objects.exists()
    lead.post("/lab/cohorts-new/", {"name": "Autumn", "scenario": "record-quarter", "teams": "Anvil\nFurnace\n"})
    cohort = Cohort.objects.get()
    at = f"/lab/cohorts/{cohort.pk}/"
    player = client_as("viewer")
    assert "Ask the facilitator" in text_of(player.post("/lab/join/", {"code": "WRONG"}, follow=True))
    player.post("/lab/join/", {"code": cohort.code.lower()})
    seat = Seat.objects.get()
    lead.post(f"{at}seat/", {"seat": seat.pk, "team": "Anvil", "role": "director"})
    game = Game.objects.get(team__name="Anvil")
    assert text_of(player.get(f"/lab/games/{game.pk}/"))
    assert player.get(f"/lab/games/{Game.objects.get(team__name='Furnace').pk}/").status_code == 404
    lead.post(f"{at}pause/", {"pause": "yes"})
    buy = {"information": "count"}
    assert "has paused" in text_of(player.post(f"/lab/games/{game.pk}/buy/", buy, follow=True))
    lead.post(f"{at}pause/", {"pause": "no"})
    player.post(f"/lab/games/{game.pk}/buy/", buy)
    player.post(f"/lab/games/{game.pk}/note/", {"text": "Do not trust the books", "probability": "80"})
    assert "Do not trust the books" not in text_of(lead.get(at)), "only with the game"
    for who in (player, lead):
        assert "trust the books" in text_of(who.get(f"/lab/games/{game.pk}/"))
    happens = {"text": "A press cracks", "parameter": "group.FORGE.machines", "how": "add", "value": "-1", "lasts": "1"}
    assert "It happens in 2 games" in text_of(lead.post(f"{at}inject/", happens, follow=True))
    assert "Correct it" in text_of(lead.post(f"{at}inject/", happens | {"how": "wave"}, follow=True))
    lead.post(f"{at}team/", {"name": "Lathe"})
    page = text_of(lead.get(at))
    assert "Lathe" in page
    assert "rank" not in page.lower().replace("nobody is ranked", "")
    sheets = pl.read_excel(io.BytesIO(lead.get(f"{at}export.xlsx").content), sheet_name="log", engine="calamine")
    assert {"buy", "note", "inject"} <= set(sheets["kind"])
    stranger = client_as("manager")
    assert stranger.get(at).status_code == 404
    assert player.get("/lab/cohorts/").status_code == 403


@pytest.mark.parametrize("teams", ["Anvil", ""])
def test_a_cohort_outlives_its_scenario(client_as: Callable[..., Client], teams: str) -> None:
    lead = client_as("planner")
    text = read_text(SHIPPED / "record-quarter.toml").replace('"record-quarter"', '"mine"', 1)
    lead.post("/lab/scenarios/store/", {"file": SimpleUploadedFile("mine.toml", text.encode())})
    lead.post("/lab/cohorts-new/", {"name": "Autumn", "scenario": "mine", "transfer": "mine", "teams": teams})
    at = f"/lab/cohorts/{Cohort.objects.get().pk}/"
    lead.post("/lab/scenarios/mine/drop/")
    assert not StoredScenario.objects.exists()
    for address in (at, f"{at}compare/"):
        page = text_of(lead.get(address, follow=True))
        assert "Autumn" in page
        assert ("there is such a scenario" in page) == (not teams)  # without a game there is nothing to show


def test_bars_and_courses_stay_in_their_boxes() -> None:
    bars = draw_bars([("a", -50.0, ""), ("b", 150.0, ""), ("c", 0.0, "")])
    assert [(round(bar.left, 6), round(bar.width, 6)) for bar in bars] == [(0, 25), (25, 75), (25, 0)]
    assert draw_bars([]) == []
    keys = ("on_time", "output", "first_pass_yield", "reported_oee", "overtime_hours", "complaints", "contribution")
    report = dict.fromkeys((*keys, "cash"), 1.0)
    tiles = draw_tiles([report, report | {"output": 5.0}])
    assert tiles[1].last == (116.0, 4.0)
    assert tiles[0].last[1] == 15.0, "a flat course lies in the middle"
    assert draw_tiles([]) == []
