"""`drumbeat lab`: played by a file of moves, checked, listed; bad input is findings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from drumbeat.cli.main import main
from drumbeat.lab.models import Game, GameMove
from drumbeat.lab.read_scenario import SHIPPED

pytestmark = pytest.mark.django_db
ROUND = [
    {"kind": "buy", "information": "count"},
    {"kind": "decide", "option": "half", "probability": 0.7},
    {"kind": "defend", "evidence": ["count"], "cost": 0, "level": 0.95},
    {"kind": "play"},
]


@pytest.fixture(autouse=True)
def no_migration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drumbeat.cli.lab.open_database", lambda: None)


def write(path: Path, moves: object) -> str:
    path.write_text(json.dumps(moves), encoding="utf-8")
    return str(path)


def test_moves_of_a_file_are_played_kept_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answers = write(tmp_path / "moves.json", ROUND)
    assert main(["lab", "play", "record-quarter", "--seed", "3", "--answers", answers, "--json"]) == 0
    view = json.loads(capsys.readouterr().out)
    assert (view["round"], view["phase"], len(view["reports"])) == (2, "decide", 4)
    assert GameMove.objects.count() == 4
    number = str(Game.objects.get().pk)
    assert main(["lab", "replay", number, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == view
    assert main(["lab", "replay", number]) == 0
    assert "Forging presses" in capsys.readouterr().out


def test_a_wrong_move_keeps_those_before_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answers = write(tmp_path / "moves.json", [ROUND[0], {"kind": "fly"}])
    assert main(["lab", "play", "record-quarter", "--answers", answers]) == 1
    assert "buy, decide, defend or play" in capsys.readouterr().err.replace("\n", " ")
    assert GameMove.objects.count() == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["fly"],
        ["play", "no-such"],
        ["play", "--game", "77"],
        ["debrief", "x"],
        ["check", "no-such.toml"],
        ["new", "mine.toml"],
    ],
)
def test_bad_input_is_findings(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lab", *arguments]) == 1
    assert "error" in capsys.readouterr().err


def test_moves_must_be_a_list(tmp_path: Path) -> None:
    assert main(["lab", "play", "record-quarter", "--answers", write(tmp_path / "a.json", {"kind": "play"})]) == 1
    (tmp_path / "b.json").write_text("[", encoding="utf-8")
    assert main(["lab", "play", "record-quarter", "--answers", str(tmp_path / "b.json")]) == 1


def test_list_schema_and_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lab", "list", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 8
    assert main(["lab", "schema"]) == 0
    assert json.loads(capsys.readouterr().out)["required"]
    text = (SHIPPED / "five-plans.toml").read_text(encoding="utf-8")
    (tmp_path / "bad.toml").write_text(text.replace("round = 3", "round = 99", 1), encoding="utf-8")
    assert main(["lab", "check", str(tmp_path / "bad.toml")]) == 1
    assert "bad.toml, row" in capsys.readouterr().err.replace("\n", " ")
