"""How the terminal shows the Decision Lab: scenarios, reports, offers, answers, the debrief."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

if TYPE_CHECKING:
    from drumbeat.lab.models import Game

LINES = (
    ("on time", "on_time", "{:.0%}"),
    ("good pieces", "output", "{:,.0f}"),
    ("wanted", "demand", "{:,.0f}"),
    ("contribution", "contribution", "{:,.0f}"),
    ("cash", "cash", "{:,.0f}"),
    ("OEE, as reported", "reported_oee", "{:.0%}"),
    ("first-pass yield", "first_pass_yield", "{:.1%}"),
    ("complaints", "complaints", "{:,.0f}"),
    ("overtime, hours", "overtime_hours", "{:,.0f}"),
    ("absence", "absence", "{:.1%}"),
    ("people who left", "leavers", "{:,.0f}"),
    ("weeks without material", "shortage_weeks", "{:.1f}"),
)
SHOWN_PERIODS = 6
BAR = 24


def plain(text: str) -> str:
    """Escape what the terminal would take for markup."""
    return text.replace("[", r"\[")


def print_cards(cards: Sequence[dict[str, Any]], console: Console) -> None:
    """Print the scenarios that there are."""
    table = Table(box=None, pad_edge=False)
    for title in ("scenario", "title", "you are", "rounds", "minutes"):
        table.add_column(title)
    for card in cards:
        told = (f"[bold]{card['code']}[/]", plain(card["title"]), plain(card["role"]))
        table.add_row(*told, f"{card['rounds']} {card['period']}s", f"{card['minutes']}")
    console.print(table)
    console.print("\nPlay one with [bold]drumbeat lab play SCENARIO[/].", highlight=False)


def print_games(games: Sequence[Game], console: Console) -> None:
    """Print the last games begun at this terminal."""
    if not games:
        return
    console.print("\n[bold]Your games[/]")
    for game in games:
        state = (
            "over: drumbeat lab debrief" if game.phase == "over" else f"round {game.round}: drumbeat lab play --game"
        )
        console.print(f"  {game.pk:>4}  {game.scenario}, seed {game.seed}, {state} {game.pk}", highlight=False)


def print_opening(view: dict[str, Any], console: Console) -> None:
    """Print the story, the company and the past."""
    scenario = view["scenario"]
    body = (
        f"{plain(scenario['story'])}\n\n[dim]{plain(view['company']['text'])}[/]\n\nYou are: {plain(scenario['role'])}."
    )
    console.print(Panel(body, title=f"[bold]{plain(scenario['title'])}[/]", subtitle=plain(scenario["company"])))
    for aim in scenario["aims"]:
        console.print(f"  to learn: {plain(aim)}", style="dim", highlight=False)
    print_report(view, console)


def print_report(view: dict[str, Any], console: Console) -> None:
    """Print the last periods side by side, the machines, and what has happened."""
    reports = view["reports"][-SHOWN_PERIODS:]
    period = view["scenario"]["period"]
    table = Table(title=f"\nThe report, by {period}", title_justify="left", box=None, pad_edge=False)
    table.add_column("")
    for report in reports:
        number = report["period"]
        table.add_column(f"{number}" if number > 0 else f"{number - 1}", justify="right")
    for title, key, form in LINES:
        table.add_row(title, *(form.format(report[key]) for report in reports))
    console.print(table)
    names = {group["code"]: group["name"] for group in view["company"]["groups"]}
    for group in reports[-1]["groups"]:
        filled = round(min(group["use"], 1.0) * BAR)
        colour = "red" if group["use"] > 0.93 else "yellow" if group["use"] > 0.85 else "green"
        bar = f"[{colour}]{'━' * filled}[/][dim]{'─' * (BAR - filled)}[/]"
        hours = f"down {group['down_hours']:,.0f} h, changeover {group['setup_hours']:,.0f} h"
        care = f"upkeep {group['upkeep_hours']:,.0f} h"
        console.print(f"  {names[group['code']]:24} {bar} {group['use']:4.0%}  {hours}, {care}", highlight=False)
    for one in view["happened"]:
        if one["round"] == view["round"]:
            console.print(f"\n[yellow]News:[/] {plain(one['text'])}", highlight=False)
    resolved = [one for one in view["made"] if one["outcome"] is not None]
    for one in resolved[-1:]:
        word = "[green]met[/]" if one["outcome"] else "[red]not met[/]"
        said = f"Your wager “{one['wager']}” was {word}: {one['reached']:,.4g}; you gave it {one['probability']:.0%}."
        console.print(said, highlight=False)


def print_information(view: dict[str, Any], console: Console) -> None:
    """Print what can be found out, and what has been."""
    currency = view["scenario"]["currency"]
    console.print(f"\n[bold]What you can find out[/] ({view['budget_left']:,.0f} {currency} of the budget left)")
    for place, one in enumerate(view["information"], 1):
        wait = f", answer after {one['delay']} round{'s' if one['delay'] > 1 else ''}" if one["delay"] else ""
        if one["is_read"]:
            console.print(f"  {place}. {plain(one['name'])}\n     [cyan]{plain(one['text'])}[/]", highlight=False)
        elif one["is_bought"]:
            console.print(f"  {place}. {plain(one['name'])}: the answer comes in round {one['ready']}", highlight=False)
        else:
            dim = "" if one["can_buy"] else "[dim]"
            end = "" if one["can_buy"] else " (not now)[/]"
            console.print(
                f"  {dim}{place}. {plain(one['name'])}: {one['price']:,.0f} {currency}{wait}{end}", highlight=False
            )


def print_decision(view: dict[str, Any], console: Console) -> None:
    """Print what is to be decided, and between what."""
    decision, currency = view["decision"], view["scenario"]["currency"]
    title = f"[bold]Round {view['round']} of {view['rounds']}: {plain(decision['title'])}[/]"
    console.print(Panel(plain(decision["text"]), title=title, title_align="left"))
    for place, one in enumerate(decision["options"], 1):
        price = f"{one['price']:,.0f} {currency}" if one["price"] else "nothing at once"
        later = f", then {one['upkeep']:,.0f} a period" if one["upkeep"] else ""
        lock = "" if one["can_choose"] else " [dim](cannot be chosen now)[/]"
        console.print(f"  [bold]{place}. {plain(one['name'])}[/]: {price}{later}{lock}", highlight=False)
        if one["text"]:
            console.print(f"     {plain(one['text'])}", highlight=False)
        for change in one["changes"]:
            console.print(f"     [dim]{plain(change)}[/]", highlight=False)


def print_answers(view: dict[str, Any], console: Console) -> None:
    """Print what the stakeholders say to a defence."""
    names = {one["code"]: one["name"] for one in view["stakeholders"]}
    for answer in view["made"][-1]["answers"]:
        mark = "[green]agrees[/] " if answer["agrees"] else "[red]objects[/]"
        console.print(f"  {mark} {names[answer['stakeholder']]}: {plain(answer['text'])}", highlight=False)


def print_debrief(told: dict[str, Any], console: Console) -> None:
    """Print the debrief: others on the same luck, regret and its parts, KPIs, mistakes, what was hidden."""
    currency = told["scenario"]["currency"]
    console.print(Panel(f"[bold]{plain(told['scenario']['title'])}[/]: the debrief, seed {told['seed']}"))
    table = Table(title="The same luck, played by", title_justify="left", box=None, pad_edge=False)
    table.add_column("")
    table.add_column(currency, justify="right")
    for name, value in (("you", told["value"]), *((one["name"], one["value"]) for one in told["others"])):
        table.add_row(name, f"{value:,.0f}")
    console.print(table)
    regret = told["regret"]
    console.print(f"\n[bold]Regret {regret['total']:,.0f}[/] =", end=" ", highlight=False)
    parts = [f"{name} {regret[name]:,.0f}" for name in ("information", "decision", "luck")]
    console.print(" + ".join(parts), highlight=False)
    if told["worst"]:
        worst = told["worst"]
        said = f"Round {worst['round']}, “{worst['title']}”: you chose “{worst['chosen']}”; on average"
        console.print(
            f"[bold]What cost most[/] {said} “{worst['best']}” brings {worst['cost']:,.0f} more.", highlight=False
        )
        for one in worst["read"]:
            console.print(f"    you had read: {plain(one['text'])}", style="dim", highlight=False)
        for one in worst["unread"]:
            console.print(
                f"    you could have had: {plain(one['name'])}, {one['price']:,.0f}", style="dim", highlight=False
            )
    console.print("\n[bold]What you leave behind[/]")
    for kpi in told["kpis"]:
        filled = round(kpi["health"] / 100 * BAR)
        colour = "red" if kpi["health"] < 40 else "yellow" if kpi["health"] < 70 else "green"
        bar = f"[{colour}]{'━' * filled}[/][dim]{'─' * (BAR - filled)}[/]"
        console.print(f"  {kpi['name']:22} {bar} {kpi['health']:3.0f}  {plain(kpi['text'])}", highlight=False)
    if told["brier"] is not None:
        said = f"Brier score {told['brier']:.3f} over {told['num_wagers']} wagers (a coin: .250, a seer: 0)"
        console.print(f"\n[bold]Your probabilities[/]: {said}", highlight=False)
    console.print("\n[bold]Mistakes, by rule[/]" if told["mistakes"] else "\nNo mistake of the six kinds.")
    for one in told["mistakes"]:
        console.print(f"  round {one['round']}: {one['kind']}: {plain(one['why'])}", highlight=False)
    console.print("\n[bold]What was hidden[/]")
    for one in told["hidden"]:
        said = f"books {one['books']:,.4g}, truth {one['truth']:,.4g}"
        console.print(f"  {plain(one['text'])} ({said})", highlight=False)
    console.print("\n[bold]What good looks like[/]")
    for line in told["good"]:
        console.print(f"  {plain(line)}", highlight=False)
