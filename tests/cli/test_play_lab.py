"""A game at the terminal, as its player types it: what is wrong is told, lines fit, and stopping loses nothing."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable

import pytest

from drumbeat.cli.main import main
from drumbeat.lab import actions
from drumbeat.lab.models import Game, GameMove
from tests.lab.test_actions import NOW

pytestmark = pytest.mark.django_db
Type = Callable[[Iterable[str | type[BaseException]]], None]

ROUND = ["1", "", "2", "70", "the crew stays, and the press holds", "", "the press broke", "1", "", "", "after a month"]
"""Buy the count, take half, 70 %, one assumption, a pre-mortem, cite the count, the offered cost and level, a step."""


@pytest.fixture(autouse=True)
def no_migration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drumbeat.cli.lab.open_database", lambda: None)


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Type:
    """Type lines; after the last the input ends, as with Ctrl-D."""

    def feed(lines: Iterable[str | type[BaseException]]) -> None:
        rest = iter(lines)

        def answer(_prompt: str = "") -> str:
            told = next(rest, EOFError)
            if isinstance(told, str):
                return told
            raise told

        monkeypatch.setattr("builtins.input", answer)

    return feed


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_every_line_fits_and_breaks_at_words(
    columns: int, typed: Type, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    typed([*ROUND, "", "", EOFError])
    assert main(["lab", "play", "record-quarter", "--seed", "3"]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out  # piped: no colours
    told = [line for line in out.splitlines() if not line.rstrip().endswith(":") and "Enter" not in line]
    assert max(len(line) for line in told) <= min(columns, 100)
    story = out[out.index("Halvorsen Fittings forges") : out.index("Two forging presses")].split()
    shown = out[out.index("Halvorsen Fittings forges") : out.index("Two forging presses")].splitlines()
    wrapped = textwrap.wrap(" ".join(story), min(columns, 100), break_on_hyphens=False)
    assert [line for line in shown if line] == wrapped
    assert "\n     A fitter and a clerk went through every sheet" in out  # below the name, not below the number


def test_what_cannot_be_read_is_told_with_what_to_type_and_asked_again(
    typed: Type, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = ["x", "1", "1", "9", ""]  # no number, buy, bought already, no such one, go on
    typed([*wrong, "7", "2", "abc", "140", "0.7", "70 %", "", "", "4", "1 1", "6,0x", "0", "about 90", "90", ""])
    assert main(["lab", "play", "record-quarter", "--seed", "3"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    for said in (
        "Type a number from 1 to 3, or press Enter to decide.",
        "Not this one: bought already.",
        "Type a number, such as 70 or 12,500.",
        "Type a number from 0 to 100, such as 70.",
        "In percent, please: 70 rather than 0.7.",
        "“4” is none of them.",
    ):
        assert said in out, said
    moves = [(one.kind, one.data) for one in GameMove.objects.all()]
    assert [kind for kind, _ in moves] == ["buy", "decide", "defend"]
    assert moves[1][1]["probability"] == 0.7
    assert (moves[2][1]["cost"], moves[2][1]["level"]) == (0.0, 0.9)
    assert moves[2][1]["evidence"] == ["count", "report.on_time"]


def test_whoever_stops_anywhere_goes_on_where_they_were(typed: Type, capsys: pytest.CaptureFixture[str]) -> None:
    typed(["1", KeyboardInterrupt])
    assert main(["lab", "play", "record-quarter", "--seed", "3"]) == 0
    game = Game.objects.get()
    assert f"drumbeat lab play --game {game.pk}" in capsys.readouterr().out
    typed([*ROUND[1:], KeyboardInterrupt])  # stops before the period is lived
    assert main(["lab", "play", "--game", str(game.pk)]) == 0
    assert "1,100 hours are overdue" in " ".join(capsys.readouterr().out.split())  # what was bought is still there
    typed([""])
    assert main(["lab", "play", "--game", str(game.pk)]) == 0
    out = capsys.readouterr().out
    assert "Take half, with an option on the rest. 70 % sure" in " ".join(out.split())
    assert "What they say" in out
    assert "Round 2 of 7" in out
    assert [one.kind for one in GameMove.objects.all()] == ["buy", "decide", "defend", "play"]
    assert GameMove.objects.get(kind="decide").data["assumptions"] == ["the crew stays, and the press holds"]


def test_a_move_of_another_window_is_told_and_the_game_goes_on(
    typed: Type, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two windows decide at once: the second hears of it, and defends what the first decided."""
    game = actions.begin(None, "record-quarter", NOW, seed=3)
    typed(["", "1", "50", "", "", "0", "90", "", EOFError])
    real = actions.decide

    def first_another(*given: object, **named: object) -> object:
        monkeypatch.setattr(actions, "decide", real)
        real(None, game.pk, "half", 0.7, NOW)
        return real(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(actions, "decide", first_another)
    assert main(["lab", "play", "--game", str(game.pk)]) == 0
    out = capsys.readouterr().out
    assert "it is time to defend what was decided now" in " ".join(out.split())
    assert "Defend it: Take half" in out
    assert [one.data.get("option") for one in GameMove.objects.filter(kind="decide")] == ["half"]


def test_a_scenario_that_is_not_there_is_told_with_the_one_that_was_meant(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["lab", "play", "record-quater"]) == 1
    assert "Did you mean record-quarter" in " ".join(capsys.readouterr().err.split())
    assert main(["lab", "play"]) == 1
    assert "Name one of cheapest-site" in " ".join(capsys.readouterr().err.split())


def test_an_option_that_is_closed_says_why(typed: Type, capsys: pytest.CaptureFixture[str]) -> None:
    """Where one man knows, what stands on his notebook cannot be chosen without it."""
    game = actions.begin(None, "one-man-knows", NOW, seed=3)
    closed: list[tuple[int, str]] = []
    while not closed:
        view = actions.read_view(None, game.pk)
        if view["decision"] is None:
            pytest.fail("no option was closed in the whole game")
        options = view["decision"]["options"]
        closed = [(place, one["closed"]) for place, one in enumerate(options, 1) if not one["can_choose"]]
        if not closed:
            default = next(one for one in options if one["is_default"])
            actions.decide(None, game.pk, default["code"], 0.5, NOW)
            actions.defend(None, game.pk, NOW, cost=default["cost"])
            actions.play(None, game.pk, NOW)
    typed(["", str(closed[0][0])])
    assert main(["lab", "play", "--game", str(game.pk)]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert f"Not this one: {closed[0][1]}." in out
    assert "which you did not choose" in closed[0][1]
