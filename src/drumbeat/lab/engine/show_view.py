"""What a player may see of a game, and nothing else: the one door from a position to a page, a terminal or an API.

It is built up from what is allowed, never by taking away from what is there: neither what is hidden, nor the luck, nor
the future can slip through.
"""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

from drumbeat.lab.engine.apply_changes import apply_changes, find_active, list_changes
from drumbeat.lab.engine.believe import known_company
from drumbeat.lab.engine.company import Company, list_parameters
from drumbeat.lab.engine.defend import price_of
from drumbeat.lab.engine.game import OVER, Position, Seen
from drumbeat.lab.engine.make_move import list_offers
from drumbeat.lab.engine.scenario import Change, Decision, Information, Option, Scenario, Wager
from drumbeat.lab.engine.tell_figure import FIGURE_NAMES, scale_of, tell_level, tell_wager, unit_of


def show_view(position: Position) -> dict[str, Any]:
    """Return what the player sees: plain values, ready for JSON.

    Returns
    -------
    `scenario`, `round`, `rounds`, `phase`, `budget_left`, `committed`, `cash`, `company` (as known), `reports` (one a
    period, oldest first), `happened`, `information`, `decision` (None where there is none), `stakeholders`, `made`,
    `initiatives`.
    """
    scenario = position.scenario
    return {
        "scenario": show_card(scenario) | {"story": flow(scenario.story)},
        "round": position.round,
        "rounds": scenario.rounds,
        "phase": position.phase,
        "budget_left": position.budget_left,
        "committed": position.condition.committed,
        "cash": position.condition.cash + sum(position.spent.values()),
        "company": show_company(_company_as_known(position)),
        "reports": [one.report() for one in position.history],
        "happened": [{"round": at, "code": code, "text": flow(text)} for at, code, text in position.happened],
        "information": _show_information(position),
        "decision": None if position.phase == OVER else _show_decision(position),
        "stakeholders": [
            {"code": who.code, "name": who.name, "cares": who.cares, "accepts": list(who.accepts),
             "checks": list(who.checks)}
            for who in scenario.stakeholders
        ],
        "made": [_show_made(position, place) for place in range(len(position.made))],
        "initiatives": [
            {"path": one.path, "name": _name_of(scenario, one.path), "progress": max(0.0, one.progress),
             "takes": one.takes, "is_running": one.is_running}
            for one in position.condition.adoptions
            if one.effort > 0
        ],
    }  # fmt: skip


def show_card(scenario: Scenario) -> dict[str, Any]:
    """Return what is said of a scenario before it is played."""
    return {
        "code": scenario.code, "title": scenario.title, "role": scenario.role, "period": scenario.period,
        "rounds": scenario.rounds, "minutes": scenario.minutes, "level": scenario.level, "aims": list(scenario.aims),
        "company": scenario.company.name, "place": scenario.company.place,
        "currency": scenario.company.money.currency,
    }  # fmt: skip


def show_company(company: Company) -> dict[str, Any]:
    """Return a company as plain values: `groups`, `products`, `skills`, `suppliers`, `organisation`, `money`."""
    return asdict(company) | {"text": flow(company.text)}


def flow(text: str) -> str:
    """Return a text as its paragraphs, one a line: where a line ends in the file, it does not end on a screen.

    Paragraphs are what stands between empty lines. "" for an empty text.
    """
    paragraphs = re.split(r"\n\s*\n", text.strip())
    return "\n\n".join(" ".join(one.split()) for one in paragraphs)


def tell_change(company: Company, change: Change) -> str:
    """Say a change in words: "Forging presses: planned maintenance done in a week + 34 h/week, for 3 periods"."""
    told = list_parameters(company)[change.parameter].metadata
    parts = change.parameter.split(".")
    owner = parts[0] if len(parts) == 2 else _find_name(company, parts[0], parts[1])
    amount = f"{abs(change.value):g}"
    if change.how == "like":
        other = change.of.split(".")
        whose = other[0] if len(other) == 2 else _find_name(company, other[0], other[1])
        amount = f"{'' if change.value == 1.0 else f'{change.value:g} x '}that of {whose}"
    what = {
        "add": f"{'+' if change.value >= 0 else '-'} {amount} {told['unit']}".rstrip(),
        "scale": f"x {change.value:g}",
        "set": f"= {change.value:g} {told['unit']}".rstrip(),
        "like": f"= {amount}",
    }[change.how]
    after = f", after {change.starts} period{'s' if change.starts > 1 else ''}" if change.starts else ""
    during = f", for {change.lasts} period{'s' if change.lasts > 1 else ''}" if change.lasts else ""
    return f"{owner}: {told['doc']} {what}{after}{during}"


def _find_name(company: Company, word: str, code: str) -> str:
    rows: Any = {"group": company.groups, "product": company.products, "skill": company.skills}.get(
        word, company.suppliers
    )
    return str(next(one.name for one in rows if one.code == code))


def _company_as_known(position: Position) -> Company:
    """The books, corrected by what was read, with the changes that hold: those of options and told events."""
    changes = list_changes(position.scenario) | position.injected
    return apply_changes(known_company(position), find_active(position.condition, changes))


def _name_of(scenario: Scenario, path: str) -> str:
    return scenario.option_of(path)[1].name


def _show_information(position: Position) -> list[dict[str, Any]]:
    seen = {one.code: one for one in position.seen}
    rows = []
    for one in position.scenario.information:
        mine = seen.get(one.code)
        is_read = mine is not None and mine.ready <= position.round
        rows.append(
            {
                "code": one.code, "name": one.name, "kind": one.kind, "price": one.price, "delay": one.delay,
                "first": one.first, "is_bought": mine is not None, "is_read": is_read,
                "ready": mine.ready if mine else None, "text": mine.text if mine and is_read else "",
                "can_buy": mine is None and one.first <= position.round and one.price <= position.budget_left,
                "closed": _why_not_bought(position, one, mine),
            }
        )  # fmt: skip
    return rows


def _why_not_bought(position: Position, offer: Information, mine: Seen | None) -> str:
    """What keeps a piece of information from being bought now; "" where nothing does."""
    if mine is not None:
        return "bought already"
    if offer.first > position.round:
        return f"from round {offer.first} on"
    return "" if offer.price <= position.budget_left else "costs more than is left of the budget"


def _why_not_chosen(position: Position, option: Option) -> str:
    """What keeps an option that is not offered from being chosen: what it stands on was not, or its price."""
    chosen = {one.path for one in position.made}
    missing = [_name_of(position.scenario, path) for path in option.after if path not in chosen]
    if missing:
        return f"stands on {' and '.join(f'“{name}”' for name in missing)}, which you did not choose"
    return "costs more than is left of the budget"


def _show_decision(position: Position) -> dict[str, Any] | None:
    decision = position.scenario.decision_of(position.round)
    if decision is None:
        return None
    offers = {one.code for one in list_offers(position)}
    return {
        "code": decision.code,
        "title": decision.title,
        "text": flow(decision.text),
        "wager": _show_wager(decision.wager),
        "options": [_show_option(position, decision, one, one.code in offers) for one in decision.options],
    }


def _show_wager(wager: Wager) -> dict[str, Any]:
    """A wager with its words; `scale` makes its level a number in `unit`, as people say it."""
    said = {"text": tell_wager(wager), "name": FIGURE_NAMES[wager.figure]}
    return asdict(wager) | said | {"unit": unit_of(wager.figure), "scale": scale_of(wager.figure)}


def _show_option(position: Position, decision: Decision, option: Option, can_choose: bool) -> dict[str, Any]:
    company = position.scenario.company
    return {
        "code": option.code, "path": f"{decision.code}.{option.code}", "name": option.name,
        "text": flow(option.text), "kind": option.kind, "price": option.price, "upkeep": option.upkeep,
        "cost": price_of(option, position.scenario.rounds - position.round + 1), "effort": option.effort,
        "takes": option.takes, "is_default": option.is_default, "is_staged": option.is_staged,
        "can_choose": can_choose, "closed": "" if can_choose else _why_not_chosen(position, option),
        "after": list(option.after),
        "changes": [tell_change(company, one) for one in option.changes],
    }  # fmt: skip


def _show_made(position: Position, place: int) -> dict[str, Any]:
    made = position.made[place]
    decision, option = position.scenario.option_of(made.path)
    return {
        "round": made.round, "decision": made.decision, "title": decision.title, "option": made.option,
        "name": option.name, "probability": made.probability, "assumptions": list(made.assumptions),
        "pre_mortem": made.pre_mortem, "wager": tell_wager(decision.wager), "outcome": made.outcome,
        "reached": made.reached, "resolved": made.round + decision.wager.periods - 1,
        "reached_text": "" if made.reached is None else tell_level(decision.wager.figure, made.reached),
        "answers": [
            {"stakeholder": one.stakeholder, "agrees": one.agrees, "text": one.text,
             "rules": [{"rule": rule, "kept": kept, "why": why} for rule, kept, why in one.rules]}
            for one in made.answers
        ],
    }  # fmt: skip
