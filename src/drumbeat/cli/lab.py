"""`drumbeat lab`: make the call, live with it, defend it, and learn."""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from drumbeat.basics.findings import Finding, InputError
from drumbeat.cli.show import open_database, progress_bar, show_findings, start_django
from drumbeat.cli.write_lines import open_console, print_heading, print_item

if TYPE_CHECKING:
    from drumbeat.lab.models import Game

ACTIONS = ("list", "play", "replay", "debrief", "check", "new", "schema")


def lab(
    action: Annotated[str, typer.Argument(help="list, play, replay, debrief, check, new or schema")] = "list",
    name: Annotated[
        str, typer.Argument(help="Scenario (play), number of the game (replay, debrief), file (check, new)")
    ] = "",
    seed: Annotated[int | None, typer.Option(help="Seed of all luck; equal seeds and moves give equal games")] = None,
    answers: Annotated[Path | None, typer.Option(help="Play by this file of moves (JSON) instead of asking")] = None,
    game: Annotated[int | None, typer.Option(help="Go on with this game")] = None,
    from_plant: Annotated[bool, typer.Option("--from-plant", help="new: of the plant's own weaknesses")] = False,
    source: Annotated[Path | None, typer.Option(help="new: folder or workbook of the plant; empty = database")] = None,
    pdf: Annotated[Path | None, typer.Option(help="debrief: write it as a PDF")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> None:
    """Practise: play scenarios, or your own plant, on the twin; be debriefed on the same luck.

    drumbeat lab play record-quarter          play at the terminal; each move is kept at once
    drumbeat lab play --game 3                go on with a game
    drumbeat lab debrief 3 --pdf debrief.pdf  what was luck, what was judgement
    drumbeat lab new --from-plant mine.toml   a scenario of your own plant's weaknesses
    """
    if action not in ACTIONS:
        raise InputError(Finding("lab", f"there are {', '.join(ACTIONS)}", "Use one of them", value=action))
    console = open_console()
    if action == "check":
        start_django()
        _check(Path(name), console)
        return
    if action == "schema":
        start_django()
        from drumbeat.lab.read_scenario import describe_schema

        typer.echo(json.dumps(describe_schema(), indent=2))
        return
    open_database()
    if action == "list":
        _list(console, as_json)
    elif action == "new":
        _make_new(name, source, from_plant, console)
    elif action == "play":
        _play(name, seed, answers, game, console, as_json)
    else:
        _tell(action, game or _number(name), pdf, console, as_json)


def _number(name: str) -> int:
    if not name.isdigit():
        raise InputError(Finding("lab", "a game has a number", "See `drumbeat lab list`", column="game", value=name))
    return int(name)


def _find(number: int) -> Game:
    """Find a game of this terminal."""
    from django.core.exceptions import PermissionDenied

    from drumbeat.lab.actions import find_game

    try:
        return find_game(None, number)
    except PermissionDenied:
        rule, remedy = "there is such a game", "See `drumbeat lab list`"
        raise InputError(Finding("lab", rule, remedy, column="game", value=str(number))) from None


def _list(console: Console, as_json: bool) -> None:
    from drumbeat.cli.show_lab import print_cards, print_games
    from drumbeat.lab.actions import games_of
    from drumbeat.lab.actions_scenario import list_scenarios

    cards = list_scenarios()
    if as_json:
        typer.echo(json.dumps(cards, indent=2))
        return
    print_cards(cards, console)
    print_games(list(games_of(None)[:10]), console)


def _check(path: Path, console: Console) -> None:
    """Check a scenario file, and play it once without deciding anything."""
    from drumbeat.lab.engine.make_move import begin_game
    from drumbeat.lab.engine.policies import Fixed, play_out
    from drumbeat.lab.read_scenario import check_text, read_text

    scenario, findings = check_text(read_text(path), path.name)
    show_findings(findings)
    if scenario is None:
        raise typer.Exit(1)
    end = play_out(begin_game(scenario, 1), Fixed())
    told = f"{len(scenario.decisions)} decisions, {len(scenario.information)} things to find out"
    worth = f"left alone it earns {end.value:,.0f} {scenario.company.money.currency}"
    console.print(f"{scenario.title}: {told}; {worth}.", highlight=False)


def _make_new(name: str, source: Path | None, from_plant: bool, console: Console) -> None:
    from django.utils import timezone

    from drumbeat.cli.read_source import read_source
    from drumbeat.lab.actions_scenario import store_scenario
    from drumbeat.lab.engine.show_view import flow
    from drumbeat.lab.find_scenario import parse
    from drumbeat.lab.make_own_scenario import make_own_scenario

    if not from_plant:
        rule, remedy = "a new scenario is made of a plant", "Add --from-plant, or write a file and check it"
        raise InputError(Finding("lab", rule, remedy, column="from-plant"))
    path = Path(name) if name else None
    if path is not None and path.exists():
        rule, remedy = "a new scenario overwrites no file", "Name another file, or remove this one first"
        raise InputError(Finding(name, rule, remedy))
    with progress_bar("new scenario") as progress:
        progress(0.0, "reading the plant")
        own = make_own_scenario(read_source(source), progress=progress)
    stored = store_scenario(None, own.text, timezone.now(), site=own.site)
    print_heading(console, stored.title)
    print_item(console, flow(parse(stored.text).story), indent=0)
    console.print()
    if path is not None:
        path.write_text(own.text, encoding="utf-8")
        print_item(console, f"The file, which you may edit: {path}", indent=0)
    print_item(console, f"Play it: drumbeat lab play {stored.code}", indent=0)


def _play(
    name: str, seed: int | None, answers: Path | None, number: int | None, console: Console, as_json: bool
) -> None:
    from django.utils import timezone

    from drumbeat.cli.play_lab import play_answers, play_game
    from drumbeat.lab.actions import begin

    game = _find(number) if number else begin(None, _code_of(name), timezone.now(), seed=seed)
    if answers is not None:
        view = play_answers(game.pk, _read_answers(answers), console, quiet=as_json)
        if as_json:
            typer.echo(json.dumps(view, indent=2))
        return
    go_on = f"drumbeat lab play --game {game.pk}"
    print_item(
        console, f"Game {game.pk}. Each move is kept: stop with Ctrl-C, go on with {go_on}", indent=0, style="dim"
    )
    try:
        play_game(game.pk, console)
    except (EOFError, KeyboardInterrupt):
        console.print()
        print_item(console, f"Stopped; what you moved is kept. Go on with: {go_on}", indent=0)
        return
    _tell("debrief", game.pk, None, console, False)


def _code_of(name: str) -> str:
    """Return the code of a scenario that was typed.

    Raises
    ------
    InputError
        When there is none; with the one that was probably meant.
    """
    from drumbeat.lab.actions_scenario import list_scenarios

    codes = [one["code"] for one in list_scenarios()]
    if name in codes:
        return name
    meant = difflib.get_close_matches(name, codes, 1)
    remedy = f"Did you mean {meant[0]}" if meant else f"Name one of {', '.join(codes)}"
    raise InputError(Finding("lab", "there is such a scenario", remedy, column="scenario", value=name))


def _read_answers(path: Path) -> list[dict[str, Any]]:
    try:
        moves = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        rule, remedy = f"the file of moves is JSON that can be read: {error}", "Correct it"
        raise InputError(Finding(str(path), rule, remedy)) from None
    if not isinstance(moves, list) or not all(isinstance(one, dict) for one in moves):
        raise InputError(Finding(str(path), "the file is a list of moves", 'Write [{"kind": "play"}, ...]'))
    return moves


def _tell(action: str, number: int, pdf: Path | None, console: Console, as_json: bool) -> None:
    from django.utils import timezone

    from drumbeat.cli.show_debrief import print_debrief
    from drumbeat.cli.show_lab import print_made, print_report
    from drumbeat.lab.actions import read_debrief, read_view

    _find(number)
    if action == "replay":
        view = read_view(None, number)
        if as_json:
            typer.echo(json.dumps(view, indent=2))
            return
        print_made(view, console)
        print_report(view, console)
        return
    with progress_bar("debrief") as progress:
        told = read_debrief(None, number, timezone.now(), progress=progress)
    assert told is not None
    if pdf is not None:
        from drumbeat.lab.write_debrief import write_debrief

        pdf.write_bytes(write_debrief(told, timezone.now()))
        console.print(f"Written: {pdf}")
    elif as_json:
        typer.echo(json.dumps(told, indent=2))
    else:
        print_debrief(told, console)
        console.print()
        print_item(console, f"As a paper: drumbeat lab debrief {number} --pdf debrief.pdf", indent=0, style="dim")
