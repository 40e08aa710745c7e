"""How the terminal shows a debrief: the same luck played by others, regret and its parts, KPIs, mistakes, the truth."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.text import Text

from drumbeat.cli.show_lab import count
from drumbeat.cli.write_lines import as_sentence, draw_bar, print_heading, print_item, print_rows

BAR = 16
POOR, FAIR = 40, 70
"""Health of a KPI below which it is shown as poor, and as fair."""

PARTS = (
    ("information", "what you could have found out"),
    ("decision", "what you could have decided with what you knew"),
    ("luck", "what nobody could have known"),
)


def print_debrief(told: dict[str, Any], console: Console) -> None:
    """Print a debrief; see `drumbeat.lab.tell_debrief`."""
    print_heading(console, f"{told['scenario']['title']}: the debrief")
    print_item(console, f"Seed {told['seed']}", indent=0, style="dim")
    _print_regret(told, console)
    _print_worst(told, console)
    print_heading(console, "What you leave behind")
    for kpi in told["kpis"]:
        health = kpi["health"] or 0.0
        colour = "red" if health < POOR else "yellow" if health < FAIR else "green"
        name = f"{kpi['name']:22} "
        told_health = "  –" if kpi["health"] is None else f"{health:3.0f}"
        print_item(console, Text.assemble(name, draw_bar(health / 100, BAR, colour), f" {told_health}"))
        print_item(console, kpi["text"], indent=4, style="dim")
    if told["brier"] is not None:
        print_heading(console, "Your probabilities")
        said = f"Brier score {told['brier']:.3f} over {count(told['num_wagers'], 'wager')} (0 = always right and sure, "
        print_item(console, f"{said}0.250 = 50 % on everything); {told['num_met']} met.")
    print_heading(console, "Mistakes, by rule" if told["mistakes"] else "No mistake of the six kinds")
    for one in told["mistakes"]:
        print_item(console, f"{one['kind']}: {as_sentence(one['why'])}", mark=f"Round {one['round']}:")
    print_heading(console, "What was hidden")
    for one in told["hidden"]:
        said = f"{as_sentence(one['text'])} The books said {one['books']:,.4g}, it was {one['truth']:,.4g}."
        print_item(console, said, mark="-")
    print_heading(console, "What good looks like")
    for line in told["good"]:
        print_item(console, line, mark="-")


def _print_regret(told: dict[str, Any], console: Console) -> None:
    """Others on the same luck, and what lies between them and the player."""
    currency = told["scenario"]["currency"]
    print_heading(console, "The same luck, played by")
    rows = [("you", told["value"]), *((one["name"], one["value"]) for one in told["others"])]
    print_rows(console, [("", currency), *((name, f"{value:,.0f}") for name, value in rows)])
    regret = told["regret"]
    print_heading(console, f"Regret: {regret['total']:,.0f} {currency} less than somebody who knew all")
    print_rows(console, [("", currency), *((f"{name}: {what}", f"{regret[name]:,.0f}") for name, what in PARTS)])


def _print_worst(told: dict[str, Any], console: Console) -> None:
    """The decision that cost most, with what was known then, and what could have been."""
    worst, currency = told["worst"], told["scenario"]["currency"]
    if not worst:
        return
    print_heading(console, f"What cost most: round {worst['round']}, {worst['title']}")
    said = f"You chose “{worst['chosen']}”; on average “{worst['best']}” brings {worst['cost']:,.0f} {currency} more."
    print_item(console, said)
    for one in worst["read"]:
        print_item(console, f"You had read: {one['text']}", mark="-", style="dim")
    for one in worst["unread"]:
        print_item(console, f"You could have had: {one['name']}, {one['price']:,.0f} {currency}", mark="-", style="dim")
