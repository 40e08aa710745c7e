"""How the terminal shows a debrief: the same luck played by others, regret and its parts, KPIs, mistakes, the truth."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.text import Text

from drumbeat.cli.write_lines import as_sentence, draw_bar, print_heading, print_item, print_rows, tell_percent
from drumbeat.lab.draw_debrief import draw_verdicts
from drumbeat.lab.explain_debrief import (
    LEAST,
    PARTS,
    WHO,
    explain_brier,
    explain_cost,
    explain_lucks,
    explain_regret,
    explain_result,
    grade_of,
    is_told_from_luck,
    say_amount,
    say_bounds,
    say_reached,
)

BAR = 16
COLOURS = {"good": "green", "fair": "yellow", "bad": "red"}
"""Colour of a grade of health."""


def print_debrief(told: dict[str, Any], console: Console) -> None:
    """Print a debrief; see `drumbeat.lab.tell_debrief`. It says what the page and the paper say, in their words."""
    print_heading(console, f"{told['scenario']['title']}: the debrief")
    print_item(console, f"Seed {told['seed']}. {explain_lucks(told['regret']['lucks'])}", indent=0, style="dim")
    console.print()
    for sentence in explain_result(told):
        print_item(console, sentence, indent=0)
    _print_regret(told, console)
    _print_worst(told, console)
    _print_decisions(told, console)
    _print_health(told, console)
    _print_wagers(told, console)
    print_heading(console, "Mistakes, by rule" if told["mistakes"] else "No mistake of the six kinds")
    for one in sorted(told["mistakes"], key=lambda one: one["round"]):
        print_item(console, f"{one['kind']}: {as_sentence(one['why'])}", mark=f"Round {one['round']}:")
    _print_verdicts(told, console)
    print_heading(console, "What was hidden")
    for one in told["hidden"]:
        said = f"{as_sentence(one['text'])} The books said {one['books']:,.4g}, it was {one['truth']:,.4g}."
        print_item(console, said, mark="-")
    print_heading(console, "What good looks like")
    for line in told["good"]:
        print_item(console, line, mark="-")


def _print_regret(told: dict[str, Any], console: Console) -> None:
    """Others on the same luck, and what lies between them and the player, each part with its interval."""
    currency, regret = told["scenario"]["currency"], told["regret"]
    print_heading(console, "Your luck, played by others")
    rows = [("", currency), ("You", say_amount(told["value"]))]
    rows += [(WHO.get(one["name"], (one["name"],))[0], say_amount(one["value"])) for one in told["others"]]
    print_rows(console, rows)
    print_heading(console, f"What was left on the table: {say_amount(regret['total'])} {currency}")
    print_rows(
        console,
        [
            ("", currency, "95 % interval"),
            *((name, _sign(regret[key]), say_bounds(regret, key) or "not kept") for key, name in PARTS),
        ],
    )
    notes = explain_regret(told)
    for key, name in PARTS:
        print_item(console, notes[key], mark=f"{name}:", style="dim")


def _sign(value: float) -> str:
    return ("+" if value >= LEAST else "") + say_amount(value)


def _print_worst(told: dict[str, Any], console: Console) -> None:
    """The decision that cost most, with what was known then, and what could have been."""
    worst, currency = told["worst"], told["scenario"]["currency"]
    if not worst:
        return
    print_heading(console, f"What cost most: round {worst['round']}, {worst['title']}")
    said = explain_cost(worst, told["regret"]["lucks"], currency)
    print_item(console, f"You took “{worst['chosen']}”. {said}")
    for one in worst["read"]:
        print_item(console, f"You had read: {one['text']}", mark="-", style="dim")
    for one in worst["unread"]:
        print_item(console, f"You could have had: {one['name']}, {say_amount(one['price'])} {currency}", mark="-",
                   style="dim")  # fmt: skip


def _print_decisions(told: dict[str, Any], console: Console) -> None:
    """What each decision cost, with its interval."""
    print_heading(console, f"Decision by decision, {told['scenario']['currency']}")
    for one in told["costs"]:
        print_item(console, f"{one['title']}: {one['chosen']}.", mark=f"{one['round']}.")
        if one["cost"] < LEAST:
            print_item(console, "No other open option would have brought more.", indent=5, style="dim")
            continue
        bounds = say_bounds(one, "cost")
        doubt = "" if not bounds or is_told_from_luck(one, "cost") else "; perhaps chance"
        told_bounds = f" ({bounds}{doubt})" if bounds else ""
        print_item(console, f"“{one['best']}” brings {say_amount(one['cost'])} more{told_bounds}.", indent=5)


def _print_health(told: dict[str, Any], console: Console) -> None:
    print_heading(console, "What you leave behind: health, 0 to 100")
    healths = [kpi["health"] for kpi in told["kpis"]]
    mean = sum(healths) / len(healths)
    print_item(console, f"The system as a whole: {mean:.0f}, the mean of the seven; its weakest stands at "
                        f"{min(healths):.0f}, and that is where it breaks first.")  # fmt: skip
    firsts = {one["name"]: next((value for value in one["healths"] if value is not None), None)
              for one in told.get("course", [])}  # fmt: skip
    for kpi in told["kpis"]:
        health, first = kpi["health"], firsts.get(kpi["name"])
        bar = draw_bar(health / 100, BAR, COLOURS[grade_of(health)])
        since = "" if first is None else f", from {first:.0f}"
        print_item(console, Text.assemble(f"{kpi['name']:22} ", bar, f" {health:3.0f} {grade_of(health)}{since}"))
        print_item(console, kpi["text"], indent=4, style="dim")


def _print_wagers(told: dict[str, Any], console: Console) -> None:
    print_heading(console, "How well you knew what you knew")
    if told["num_wagers"]:
        print_item(console, f"{told['num_met']} of {told['num_wagers']} held.")
    print_item(console, explain_brier(told))
    for one in told["made"]:
        ended = "was not decided" if one["outcome"] is None else "held" if one["outcome"] else "did not hold"
        reached = f": {say_reached(one)}" if one["outcome"] is not None and say_reached(one) else ""
        said = f"{as_sentence(one['wager'])} You gave it {tell_percent(one['probability'])}; it {ended}{reached}."
        print_item(console, said, mark=f"{one['round']}.")


def _print_verdicts(told: dict[str, Any], console: Console) -> None:
    """Who agreed to what, and what the player wrote before the result."""
    verdicts = draw_verdicts(told)
    if verdicts["names"]:
        print_heading(console, "Who agreed")
    for row in verdicts["rows"]:
        said = []
        for name, cell in zip(verdicts["names"], row["cells"], strict=True):
            if cell is not None:
                why = f" ({', '.join(cell['failed'])})" if cell["failed"] else ""
                said.append(f"{name} {'agrees' if cell['agrees'] else f'objects{why}'}")
        if said:
            print_item(console, f"{row['name']}: {'; '.join(said)}.", mark=f"{row['round']}.")
    written = [one for one in told["made"] if one["assumptions"] or one["pre_mortem"]]
    if written:
        print_heading(console, "What you wrote before the result")
    for one in written:
        assumed = f"What must hold: {'; '.join(one['assumptions'])}. " if one["assumptions"] else ""
        failed = f"It has failed, because: {one['pre_mortem']}" if one["pre_mortem"] else ""
        print_item(console, (assumed + failed).strip(), mark=f"{one['round']}.")
