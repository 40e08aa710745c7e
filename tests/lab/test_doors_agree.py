"""A debrief says the same on its page, in its PDF, at the terminal and over the API; also one of the first version."""

from __future__ import annotations

import io
import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader

from drumbeat.accounts.models import Membership, User
from drumbeat.cli.main import main
from drumbeat.lab import actions, actions_cohort
from drumbeat.lab.engine.score_game import NAMES
from drumbeat.lab.explain_debrief import FAIR, GOOD, explain_lucks, explain_result, grade_of
from drumbeat.lab.models import Game, StoredDebrief
from tests.lab.make_told import make_told
from tests.lab.test_actions import NOW

pytestmark = pytest.mark.django_db
HERE = Path(__file__).parent
OLD_TEXT = (HERE / "old_record_quarter.toml").read_text(encoding="utf-8")
OLD_TOLD = json.loads((HERE / "old_debrief.json").read_text(encoding="utf-8"))
"""Written by the first version of the Lab: without course, stakeholders, bounds of most parts, `reached_text`."""


@pytest.fixture(autouse=True)
def no_migration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drumbeat.cli.lab.open_database", lambda: None)
    monkeypatch.setenv("COLUMNS", "100")


def squeeze(text: str) -> str:
    return " ".join(text.split())


def open_doors(told: dict[str, Any], capsys: pytest.CaptureFixture[str], tmp_path: Path) -> dict[str, str]:
    """Texts of page, PDF, terminal and API of a game that is over with this debrief."""
    user = User.objects.create(username="ada")
    Membership.objects.create(user=user, role="viewer")
    mine = actions.begin(user, "record-quarter", NOW, seed=3)
    typed = actions.begin(None, "record-quarter", NOW, seed=3)
    for game in (mine, typed):
        Game.objects.filter(pk=game.pk).update(phase="over")
        StoredDebrief.objects.create(game=game, made_at=NOW, data=told)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    at = f"/lab/games/{mine.pk}/debrief"
    page, api = client.get(f"{at}/"), client.get(f"/api/lab/games/{mine.pk}/debrief")
    pdf = client.get(f"{at}.pdf")
    assert [page.status_code, api.status_code, pdf.status_code] == [200, 200, 200]
    paper = tmp_path / "debrief.pdf"
    assert main(["lab", "debrief", str(typed.pk), "--pdf", str(paper)]) == 0
    assert paper.read_bytes()[:4] == b"%PDF"
    capsys.readouterr()
    assert main(["lab", "debrief", str(typed.pk)]) == 0
    return {
        "page": squeeze(unescape(re.sub(r"<[^>]+>", " ", page.content.decode()))),
        "paper": squeeze(" ".join(one.extract_text() for one in PdfReader(io.BytesIO(pdf.content)).pages)),
        "terminal": squeeze(capsys.readouterr().out),
        "api": api.content.decode(),
    }


def test_every_door_says_the_same(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    told = make_told()
    doors = open_doors(told, capsys, tmp_path)
    said = [
        *explain_result(told), "8,000 to 12,000", "20,000 to 70,000", "−30,000 to 20,000", "+10,000", "+45,000",
        "−5,000", "“Better 1” would have brought 30,000 EUR more", "20,000 to 40,000", "−1,000 to 11,000",
        "8 further lucks", "Best policy found", "The same, informed", "Brier score 0.485 over 2 wagers",
        "You were worse than a coin", "cannot be told from chance", "Count first.", "Told of quality.", "A walk",
        "Presses hold", "Jo, finance", "did not hold", "breaks first",
    ]  # fmt: skip
    for door in ("page", "paper", "terminal"):
        lacking = [words for words in said if words not in doors[door]]
        assert not lacking, f"{door}: {lacking}"
    for door in ("page", "terminal"):
        assert explain_lucks(8) in doors[door]
    for key, value in told["regret"].items():
        assert json.loads(doors["api"])["regret"][key] == value


def test_health_is_graded_alike_on_page_and_terminal(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = make_told()
    for kpi, health in zip(told["kpis"], (FAIR - 1, FAIR, 39.0, 41.0, GOOD - 1, GOOD, 71.0), strict=True):
        kpi["health"] = health
    graded = [grade_of(kpi["health"]) for kpi in told["kpis"]]
    assert graded == ["bad", "fair", "fair", "fair", "fair", "good", "good"]
    doors = open_doors(told, capsys, tmp_path)
    at_terminal = [re.search(rf"{name} [━─]+ +\d+ (\w+)", doors["terminal"]) for name in NAMES]
    assert [found and found[1] for found in at_terminal] == graded
    client = Client()
    client.force_login(User.objects.get(username="ada"), backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(f"/lab/games/{Game.objects.get(player__isnull=False).pk}/debrief/").content.decode()
    assert re.findall(r"health-card health-(\w+)", page) == graded


def test_a_debrief_of_the_first_version_opens_on_every_door(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    doors = open_doors(OLD_TOLD, capsys, tmp_path)
    for door in ("page", "paper", "terminal"):
        assert "149,733 to 249,154" in doors[door] or "149,733 to 249,153" in doors[door], "the only bounds of old"
        assert "2 further lucks" in doors[door]
        for words in explain_result(OLD_TOLD):
            assert words in doors[door]
    assert "not kept" in doors["terminal"]
    assert json.loads(doors["api"])["regret"]["luck"] == OLD_TOLD["regret"]["luck"]


def test_a_game_begun_with_an_old_scenario_file_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    """The file as it was when the game began is the game's own: page, API, terminal and export read it."""
    lead, ada = User.objects.create(username="lead"), User.objects.create(username="ada")
    for user, role in ((lead, "planner"), (ada, "viewer")):
        Membership.objects.create(user=user, role=role)
    cohort = actions_cohort.create_cohort(lead, "Old", "record-quarter", NOW)
    actions_cohort.join_cohort(ada, cohort.code, NOW)
    game = Game.objects.get(player=ada)
    typed = actions.begin(None, "record-quarter", NOW, seed=3)
    Game.objects.update(text=OLD_TEXT)
    option = actions.read_view(ada, game.pk)["decision"]["options"][0]
    actions.decide(ada, game.pk, option["code"], 0.7, NOW)
    client, leads = Client(), Client()
    for one, user in ((client, ada), (leads, lead)):
        one.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    for address in ("/lab/", f"/lab/games/{game.pk}/", f"/lab/games/{game.pk}/plant/", f"/api/lab/games/{game.pk}"):
        assert client.get(address).status_code == 200, address
    for address in ("", "compare/", "export.xlsx"):
        assert leads.get(f"/lab/cohorts/{cohort.pk}/{address}").status_code == 200, address
    assert main(["lab", "replay", str(typed.pk)]) == 0
    assert "Delivered on time" in capsys.readouterr().out
