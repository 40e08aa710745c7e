"""Play a game of the Decision Lab at the terminal: ask, tell, and keep each move at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from rich.console import Console
from rich.prompt import FloatPrompt, Prompt

from drumbeat.basics.findings import Finding, InputError
from drumbeat.cli.show_lab import print_answers, print_decision, print_information, print_opening, print_report
from drumbeat.lab import actions


def play_answers(game: int, moves: Sequence[dict[str, Any]], console: Console, *, quiet: bool) -> dict[str, Any]:
    """Play a list of moves, as `drumbeat lab play --answers` reads them; returns what the player sees then.

    Raises
    ------
    InputError
        When a move is none, or not allowed; those before it are kept.
    """
    view = actions.read_view(None, game)
    for place, data in enumerate(moves, 1):
        view = _make(game, data, place)
        if not quiet and data["kind"] == "play":
            print_report(view, console)
    return view


def _make(game: int, data: dict[str, Any], place: int) -> dict[str, Any]:
    given = {name: value for name, value in data.items() if name != "kind"}
    now = timezone.now()
    calls: dict[str, Any] = {
        "buy": lambda: actions.buy_information(None, game, now=now, **given),
        "decide": lambda: actions.decide(None, game, now=now, **given),
        "defend": lambda: actions.defend(None, game, now=now, **given),
        "play": lambda: actions.play(None, game, now, **given),
    }
    if data.get("kind") not in calls:
        rule, remedy = "a move is buy, decide, defend or play", "Correct its kind"
        raise InputError(Finding("answers", rule, remedy, place, "kind", str(data.get("kind"))))
    try:
        return dict(calls[data["kind"]]())
    except TypeError as error:
        raise InputError(Finding("answers", f"the move has the right fields: {error}", "Correct it", place)) from None


def ask_round(game: int, view: dict[str, Any], console: Console) -> dict[str, Any]:
    """Ask for the moves of a round, one after the other; returns what the player sees after it."""
    if view["phase"] == "decide":
        if not view["made"]:
            print_opening(view, console)
        else:
            print_report(view, console)
        view = _ask_information(game, view, console)
        view = _ask_decision(game, view, console)
    if view["phase"] == "defend":
        view = _ask_defence(game, view, console)
        print_answers(view, console)
    Prompt.ask("\nPress Enter to play the period", console=console, default="", show_default=False)
    view = actions.play(None, game, timezone.now())
    if view["phase"] == "over":
        print_report(view, console)
    return view


def _ask_information(game: int, view: dict[str, Any], console: Console) -> dict[str, Any]:
    while True:
        print_information(view, console)
        open_ = {str(place): one for place, one in enumerate(view["information"], 1) if one["can_buy"]}
        if not open_:
            return view
        answer = Prompt.ask("Find out which (number; Enter = none)", console=console, default="", show_default=False)
        if answer.strip() not in open_:
            return view
        view = actions.buy_information(None, game, open_[answer.strip()]["code"], timezone.now())


def _ask_decision(game: int, view: dict[str, Any], console: Console) -> dict[str, Any]:
    print_decision(view, console)
    options = {str(place): one for place, one in enumerate(view["decision"]["options"], 1) if one["can_choose"]}
    choice = Prompt.ask("Your decision", choices=list(options), console=console)
    console.print(f"The wager: [bold]{view['decision']['wager']['text']}[/]", highlight=False)
    chance = -1.0
    while not 0 <= chance <= 100:
        chance = FloatPrompt.ask("How probable is that, in percent", console=console)
    assumptions = Prompt.ask("What must hold for it (commas between)", console=console, default="")
    pre_mortem = Prompt.ask("It has failed. Why", console=console, default="")
    return actions.decide(
        None, game, options[choice]["code"], chance / 100, timezone.now(),
        assumptions=tuple(one.strip() for one in assumptions.split(",") if one.strip()), pre_mortem=pre_mortem,
    )  # fmt: skip


def _ask_defence(game: int, view: dict[str, Any], console: Console) -> dict[str, Any]:
    console.print("\n[bold]Defend it.[/] The others listen:", highlight=False)
    for who in view["stakeholders"]:
        told = f"  {who['name']}: {who['cares']} Goes by {', '.join(who['accepts'])}; asks whether it is"
        console.print(f"{told} {', '.join(who['checks'])}.", highlight=False)
    read = [one for one in view["information"] if one["is_read"]]
    for place, one in enumerate(read, 1):
        console.print(f"  {place}. {one['name']} ({one['kind']})", highlight=False)
    cited = Prompt.ask("Evidence that you cite (numbers; the report always)", console=console, default="")
    chosen = view["made"][-1]["option"]
    option = next(one for one in view["decision"]["options"] if one["code"] == chosen)
    cost = FloatPrompt.ask("What it costs in all until the end", console=console, default=float(option["cost"]))
    wager = view["decision"]["wager"]
    level = FloatPrompt.ask(f"Which {wager['figure']} do you expect", console=console, default=float(wager["level"]))
    steps = Prompt.ask("Where could one stop on the way", console=console, default="")
    places = {str(place): one["code"] for place, one in enumerate(read, 1)}
    evidence = [places[word] for word in cited.replace(",", " ").split() if word in places]
    return actions.defend(
        None, game, timezone.now(), evidence=(*evidence, "report.on_time"), cost=cost, level=level, steps=steps
    )
