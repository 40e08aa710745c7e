"""Play a game of the Decision Lab at the terminal: ask, tell, and keep each move at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from rich.console import Console

from drumbeat.basics.findings import Finding, InputError
from drumbeat.cli.ask import ask, read_amount, read_percent, read_place, read_places
from drumbeat.cli.show import show_findings
from drumbeat.cli.show_lab import (
    print_answers,
    print_decision,
    print_information,
    print_listeners,
    print_made,
    print_opening,
    print_report,
    print_round,
)
from drumbeat.cli.write_lines import as_sentence, print_heading, print_item
from drumbeat.lab import actions

MOST_ASSUMPTIONS = 5
MONEY = frozenset({"contribution", "cash"})
"""Figures of a wager that are money."""

REPORT = "report.on_time"
"""The report, as evidence: whoever defends has always read it."""


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


def play_game(game: int, console: Console) -> dict[str, Any]:
    """Ask for moves until the game is over; each is kept when it is made. Returns what the player sees then.

    A move that the rules do not allow, or that another window made first, is told, and asked for again.

    Raises
    ------
    EOFError, KeyboardInterrupt
        When the player stops; what was moved is kept.
    """
    asks = {"decide": _ask_decision, "defend": _ask_defence, "play": _ask_period}
    view = actions.read_view(None, game)
    shown = 0
    while view["phase"] != "over":
        if view["round"] != shown:
            shown = _begin_round(view, console, is_first=not shown)
        try:
            view = asks[view["phase"]](game, view, console)
        except InputError as error:
            show_findings(error.findings, console)
            view = actions.read_view(None, game)
    print_heading(console, "It is over")
    print_report(view, console)
    return view


def _begin_round(view: dict[str, Any], console: Console, *, is_first: bool) -> int:
    """Show where the game is; returns the round. Whoever comes back sees the story and the decisions again."""
    if is_first:
        print_opening(view, console)
        print_made(view, console)
    print_round(view, console)
    print_report(view, console)
    if is_first and view["phase"] == "play":
        print_answers(view, console)
    return int(view["round"])


def _ask_information(game: int, view: dict[str, Any], console: Console) -> dict[str, Any]:
    """Let the player find things out, one after the other, until Enter."""
    while True:
        print_information(view, console)
        rows = view["information"]
        if not any(one["can_buy"] for one in rows):
            return view
        closed = {place: one["closed"] for place, one in enumerate(rows, 1) if not one["can_buy"]}
        enter = "to decide"
        console.print()
        question = "Find out which (number, or Enter to decide)"
        place = ask(console, question, lambda typed: read_place(typed, len(rows), closed, enter=enter))  # noqa: B023
        if not place:
            return view
        view = actions.buy_information(None, game, rows[place - 1]["code"], timezone.now())


def _ask_decision(game: int, view: dict[str, Any], console: Console) -> dict[str, Any]:
    view = _ask_information(game, view, console)
    print_decision(view, console)
    options = view["decision"]["options"]
    closed = {place: one["closed"] for place, one in enumerate(options, 1) if not one["can_choose"]}
    again = "to see again what you can find out"
    console.print()
    question = "Your decision (number, or Enter to find out more)"
    place = ask(console, question, lambda typed: read_place(typed, len(options), closed, enter=again))
    if not place:
        return view
    print_heading(console, "Your word, before the result")
    print_item(console, as_sentence(view["decision"]["wager"]["text"]))
    chance = ask(console, "How sure are you of this, in percent", read_percent)
    assumptions = _ask_assumptions(console)
    pre_mortem = ask(console, "It has failed. Why", str)
    return actions.decide(
        None, game, options[place - 1]["code"], chance, timezone.now(), assumptions=assumptions,
        pre_mortem=pre_mortem, at=view["round"],
    )  # fmt: skip


def _ask_assumptions(console: Console) -> tuple[str, ...]:
    """Ask what must hold, one a line, until Enter."""
    told: list[str] = []
    while len(told) < MOST_ASSUMPTIONS:
        question = "And what else (or Enter)" if told else "What must hold for it (one a line; Enter ends)"
        typed = ask(console, question, str)
        if not typed:
            break
        told.append(typed)
    return tuple(told)


def _ask_defence(game: int, view: dict[str, Any], console: Console) -> dict[str, Any]:
    print_listeners(view, console)
    read = [one for one in view["information"] if one["is_read"]]
    if read:
        print_heading(console, "Evidence that you can cite, besides the report")
    for place, one in enumerate(read, 1):
        print_item(console, f"{one['name']} ({one['kind']}): {one['text']}", mark=f"{place}.")
    console.print()
    question = "Evidence that you cite (numbers, or Enter for the report alone)"
    cited = ask(console, question, lambda typed: read_places(typed, len(read))) if read else []
    chosen, wager = view["made"][-1]["option"], view["decision"]["wager"]
    option = next(one for one in view["decision"]["options"] if one["code"] == chosen)
    currency = view["scenario"]["currency"]
    cost = _ask_amount(console, "What it costs until the end", option["cost"], currency)
    unit = currency if wager["figure"] in MONEY else wager["unit"]
    level = _ask_amount(console, f"What you expect, {wager['name']}", wager["level"] * wager["scale"], unit)
    steps = ask(console, "Where could one stop on the way (or Enter)", str)
    evidence = (*(read[place - 1]["code"] for place in cited), REPORT)
    view = actions.defend(
        None, game, timezone.now(), evidence=evidence, cost=cost, level=level / wager["scale"], steps=steps,
        at=view["round"],
    )  # fmt: skip
    print_answers(view, console)
    return view


def _ask_amount(console: Console, what: str, default: float, unit: str) -> float:
    """Ask for a number; Enter takes the one that is there."""
    told = f"{default:,.6g}" if abs(default) < 1000 else f"{default:,.0f}"
    question = f"{what}{f', in {unit}' if unit else ''} (Enter = {told})"
    return ask(console, question, lambda typed: read_amount(typed, default))


def _ask_period(game: int, view: dict[str, Any], console: Console) -> dict[str, Any]:
    period = view["scenario"]["period"]
    console.print()
    ask(console, f"Press Enter to live the {period}", str)
    with console.status(f"The {period} passes"):
        return actions.play(None, game, timezone.now(), at=view["round"])
