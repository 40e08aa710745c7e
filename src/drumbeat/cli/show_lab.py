"""How the terminal shows the Decision Lab: scenarios, reports, what can be found out, offers, answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from drumbeat.cli.write_lines import draw_bar, print_heading, print_item, print_rows, tell_percent
from drumbeat.lab.draw_game import PERIOD_FIGURES, list_groups

if TYPE_CHECKING:
    from drumbeat.lab.models import Game

SHOWN_PERIODS = 8
LEAST_BAR, WIDEST_BAR = 6, 24
LONGEST_NAME = 26
DELAYED_BELOW = 0.5
BUSY, FULL = 0.85, 0.93
"""Use of a group of machines from which it is shown as busy, and as full."""


def print_cards(cards: Sequence[dict[str, Any]], console: Console) -> None:
    """Print the scenarios that there are."""
    for card in cards:
        print_item(console, Text(card["code"], style="bold"), indent=0)
        print_item(console, card["title"] + (" (your own plant)" if card["is_own"] else ""))
        told = f"{card['role']} · {count(card['rounds'], card['period'])} · about {card['minutes']} minutes"
        print_item(console, told, style="dim")
    console.print()
    print_item(console, "Play one: drumbeat lab play SCENARIO", indent=0)


def print_games(games: Sequence[Game], console: Console) -> None:
    """Print the last games begun at this terminal, with what goes on with each."""
    if not games:
        return
    print_heading(console, "Your games")
    for game in games:
        state, what = ("over", "debrief") if game.phase == "over" else (f"round {game.round}", "play --game")
        told = f"{game.scenario}, seed {game.seed}, {state}: drumbeat lab {what} {game.pk}"
        print_item(console, told, mark=f"{game.pk:>3}")


def count(num: int, word: str) -> str:
    """Say how many: "1 quarter", "6 quarters"."""
    return f"{num} {word}{'' if num == 1 else 's'}"


def print_opening(view: dict[str, Any], console: Console) -> None:
    """Print the story, the company, and what there is to learn."""
    scenario = view["scenario"]
    place = ", ".join(one for one in (scenario["company"], scenario["place"]) if one)
    print_heading(console, scenario["title"])
    print_item(console, place, indent=0, style="dim")
    console.print()
    print_item(console, scenario["story"], indent=0)
    console.print()
    print_item(console, view["company"]["text"], indent=0, style="dim")
    console.print()
    print_item(console, f"You are: {scenario['role']}.", indent=0)
    print_heading(console, "To learn")
    for aim in scenario["aims"]:
        print_item(console, aim, mark="-")


def print_round(view: dict[str, Any], console: Console) -> None:
    """Print the line that begins a round, and its news."""
    told = f"── Round {view['round']} of {view['rounds']} "
    console.print()
    console.print(Text(told + "─" * (console.width - len(told)), style="bold"), soft_wrap=True)
    for one in view["happened"]:
        if one["round"] == view["round"]:
            print_item(console, one["text"], mark="News:", indent=0, style="yellow")


def print_report(view: dict[str, Any], console: Console) -> None:
    """Print the last periods side by side, the machines, and how the last wagers came out."""
    last, period = view["reports"][-1], view["scenario"]["period"]
    title = f"The report, by {period}, in {view['scenario']['currency']} where it is money"
    print_heading(console, title)
    _print_periods(view, console)
    print_heading(console, f"The machines, last {period}")
    _print_groups(view, console)
    for one in view["made"]:
        if one["outcome"] is not None and one["resolved"] == last["period"]:
            console.print()
            _print_wager(one, console)


def _print_periods(view: dict[str, Any], console: Console) -> None:
    """Figures of as many of the last periods as fit side by side."""
    money = [("contribution", "Contribution", "number"), ("cash", "Cash", "number")]
    lines = [*PERIOD_FIGURES, *money]
    columns = []
    for report in view["reports"][-SHOWN_PERIODS:]:
        number = report["period"]
        head = f"{number}" if number > 0 else f"{number - 1}"
        columns.append([head, *(_tell_number(report[key], kind) for key, _, kind in lines)])
    names = ["", *(name for _, name, _ in lines)]
    left = console.width - 2 - max(len(name) for name in names)
    widths = [2 + max(len(cell) for cell in column) for column in columns]
    while len(columns) > 1 and sum(widths[-len(columns) :]) > left:
        columns.pop(0)
    print_rows(console, list(zip(names, *columns, strict=True)))
    if view["reports"][-1]["period"] <= 0:
        print_item(console, f"-1 is the {view['scenario']['period']} before you came.", style="dim")


def _tell_number(value: float, kind: str) -> str:
    """Say a figure of a report: "97.5%", "103,375", "0.4"."""
    if kind == "share":
        return f"{value:.1%}"
    return f"{value:,.0f}" if abs(value) >= 10 or value == round(value) else f"{value:.1f}"


def _print_groups(view: dict[str, Any], console: Console) -> None:
    """What the open hours of each group of machines were used for."""
    groups = list_groups(view)
    heads = ("in use", "down h", "changeover h", "upkeep h")
    names = [
        one["name"] if len(one["name"]) <= LONGEST_NAME else one["name"][: LONGEST_NAME - 1] + "…" for one in groups
    ]
    taken = 2 + max(len(name) for name in names) + sum(2 + len(head) for head in heads)
    bar = min(WIDEST_BAR, console.width - taken - 2)
    rows: list[list[str | Text]] = [["", "", *heads]]
    for name, one in zip(names, groups, strict=True):
        colour = "red" if one["use"] > FULL else "yellow" if one["use"] > BUSY else "green"
        hours = [f"{one[f'{part}_hours']:,.0f}" for part in ("down", "setup", "upkeep")]
        rows.append([name, draw_bar(one["use"], bar, colour), f"{one['use']:.0%}", *hours])
    has_bar = bar >= LEAST_BAR
    print_rows(console, [row if has_bar else [row[0], *row[2:]] for row in rows])


def _shorten(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def _print_wager(made: dict[str, Any], console: Console) -> None:
    """How the wager of a decision came out."""
    word = ("was met", "green") if made["outcome"] else ("was not met", "red")
    told = f": it came to {made['reached_text']}. You gave it {tell_percent(made['probability'])}."
    begin = f"Your word of round {made['round']} ({made['wager']}) "
    print_item(console, Text.assemble(begin, word, told), indent=0)


def print_made(view: dict[str, Any], console: Console) -> None:
    """Print what was decided, round by round."""
    if not view["made"]:
        return
    print_heading(console, "What you decided")
    for one in view["made"]:
        ended = "" if one["outcome"] is None else ", met" if one["outcome"] else ", not met"
        told = f"{one['title']}: {one['name']}. {tell_percent(one['probability'])} sure of: {one['wager']}{ended}."
        print_item(console, told, mark=f"{one['round']}.")


def print_information(view: dict[str, Any], console: Console) -> None:
    """Print what can be found out, and what has been."""
    currency = view["scenario"]["currency"]
    print_heading(console, "What you can find out")
    print_item(console, f"{view['budget_left']:,.0f} {currency} of the budget are left.", style="dim")
    for place, one in enumerate(view["information"], 1):
        mark = f"{place}."
        if one["is_read"]:
            print_item(console, one["name"], mark=mark)
            print_item(console, one["text"], indent=3 + len(mark), style="cyan")
        elif one["is_bought"]:
            print_item(console, f"{one['name']}: the answer comes in round {one['ready']}", mark=mark)
        else:
            wait = f", answer after {count(one['delay'], view['scenario']['period'])}" if one["delay"] else ""
            closed = f" ({one['closed']})" if one["closed"] else ""
            told = f"{one['name']}: {one['price']:,.0f} {currency}{wait}{closed}"
            print_item(console, told, mark=mark, style="dim" if closed else "")


def print_decision(view: dict[str, Any], console: Console) -> None:
    """Print what is to be decided, and between what."""
    decision = view["decision"]
    print_heading(console, decision["title"])
    print_item(console, decision["text"], indent=0)
    for place, one in enumerate(decision["options"], 1):
        mark = f"{place}."
        console.print()
        title = Text.assemble((one["name"], "bold"), f": {_tell_price(one, view['scenario'])}")
        if not one["can_choose"]:
            title.append(f" ({one['closed']})", style="yellow")
        print_item(console, title, mark=mark)
        if one["text"]:
            print_item(console, one["text"], indent=3 + len(mark))
        for change in one["changes"]:
            print_item(console, change, mark="-", indent=3 + len(mark), style="dim")


def _tell_price(option: dict[str, Any], scenario: dict[str, Any]) -> str:
    """Say what an option costs in money and attention."""
    currency, period = scenario["currency"], scenario["period"]
    told = [f"{option['price']:,.0f} {currency} at once"] if option["price"] else []
    if option["upkeep"]:
        told.append(f"{option['upkeep']:,.0f} {currency} a {period}")
    told = told or ["costs nothing"]
    if option["effort"]:
        told.append(f"an initiative for {count(option['takes'], period)}")
    return ", ".join([*told, *(["in steps"] if option["is_staged"] else [])])


def print_listeners(view: dict[str, Any], console: Console) -> None:
    """Print who listens to a defence, what they care about, and what they go by."""
    made = view["made"][-1]
    print_heading(console, f"Defend it: {made['name']}")
    print_item(
        console,
        f"You gave {tell_percent(made['probability'])} to this: {made['wager']}. These people listen:",
        indent=0,
    )
    for who in view["stakeholders"]:
        goes = f" Goes by {', '.join(who['accepts'])}; checks: {', '.join(who['checks'])}."
        print_item(console, Text.assemble((who["name"], "bold"), f": {who['cares']}", (goes, "dim")), mark="-")


def print_answers(view: dict[str, Any], console: Console) -> None:
    """Print what the stakeholders say to a defence, and what follows from it."""
    answers = view["made"][-1]["answers"]
    if not answers:
        return
    names = {one["code"]: one["name"] for one in view["stakeholders"]}
    print_heading(console, "What they say")
    for one in answers:
        word = ("agrees", "green") if one["agrees"] else ("objects", "red")
        print_item(console, Text.assemble(f"{names[one['stakeholder']]} ", word, f": {one['text']}"), mark="-")
        broken = [row["rule"] for row in one["rules"] if not row["kept"]]
        if broken:
            print_item(console, f"By the rule: {', '.join(broken)}.", indent=4, style="dim")
    if sum(one["agrees"] for one in answers) / len(answers) < DELAYED_BELOW:
        said = f"Less than half of them agree: what you decided begins a {view['scenario']['period']} later."
        print_item(console, said, style="yellow")
