"""Check what one line of a scenario says against the others: references, bounds, chances, rounds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from drumbeat.lab.engine.company import Company, list_parameters
from drumbeat.lab.engine.scenario import Change, Decision, Scenario

Add = Callable[..., None]
"""Keeps a finding: path, rule, remedy, value, severity."""


def check_scenario(scenario: Scenario, add: Add) -> None:
    """Check a scenario whose fields are right one by one; findings go to `add`."""
    _check_company(scenario.company, add)
    parameters = list_parameters(scenario.company)
    _check_hidden(scenario, parameters, add)
    _check_information(scenario, add)
    _check_decisions(scenario, parameters, add)
    for place, event in enumerate(scenario.events):
        path = ("events", place)
        if event.round > scenario.rounds:
            add(
                (*path, "round"), "an event happens by the last decision's round", "Enter an earlier round", event.round
            )
        _check_changes(event.changes, parameters, (*path, "changes"), add)
    _check_unique(scenario.events, ("events",), add)
    _check_unique(scenario.stakeholders, ("stakeholders",), add)
    for place, who in enumerate(scenario.stakeholders):
        _check_among(who.accepts, ("count", "log", "walk", "trial", "interview", "ledger", "model"),
                     ("stakeholders", place, "accepts"), "a kind of evidence", add)  # fmt: skip
        _check_among(who.checks, ("evidence", "numbers", "staged", "affordable", "absorbable"),
                     ("stakeholders", place, "checks"), "a rule of the defence", add)  # fmt: skip


def _check_unique(rows: Iterable[Any], path: tuple[Any, ...], add: Add) -> None:
    for code, times in Counter(one.code for one in rows).items():
        if times > 1:
            place = max(place for place, one in enumerate(rows) if one.code == code)
            add((*path, place, "code"), "a code stands once in its list", "Choose another", code)


def _check_among(found: Iterable[str], known: Iterable[str], path: tuple[Any, ...], what: str, add: Add) -> None:
    known = list(known)
    for one in found:
        if one not in known:
            add(path, f"{what} is one of {', '.join(known)}", "Name one that exists", one)


def _check_company(company: Company, add: Add) -> None:
    for name in ("groups", "products", "skills", "suppliers"):
        _check_unique(getattr(company, name), ("company", name), add)
    groups, skills, suppliers = (
        [one.code for one in getattr(company, name)] for name in ("groups", "skills", "suppliers")
    )
    for place, group in enumerate(company.groups):
        if group.skill:
            _check_among([group.skill], skills, ("company", "groups", place, "skill"), "a skill", add)
    for place, product in enumerate(company.products):
        path = ("company", "products", place)
        for index, step in enumerate(product.steps):
            _check_among([step.group], groups, (*path, "steps", index), "a group", add)
        if product.supplier:
            _check_among([product.supplier], suppliers, (*path, "supplier"), "a supplier", add)
        if product.price <= product.material:
            add((*path, "price"), "a piece earns more than its material", "Correct the price", product.price, "warning")
    if sum(product.demand for product in company.products) <= 0:
        add(("company", "products", 0, "demand"), "somebody wants something", "Enter a demand", 0)


def _check_hidden(scenario: Scenario, parameters: dict[str, Any], add: Add) -> None:
    _check_unique(scenario.hidden, ("hidden",), add)
    for place, hidden in enumerate(scenario.hidden):
        path = ("hidden", place)
        told = parameters.get(hidden.parameter)
        if told is None:
            _say_no_parameter((*path, "parameter"), hidden.parameter, add)
            continue
        for index, level in enumerate(hidden.levels):
            if not told.metadata["low"] <= level.value <= told.metadata["high"]:
                rule = f"{told.metadata['doc']}: {told.metadata['low']:g} to {told.metadata['high']:g}"
                add((*path, "levels", index), rule, "Enter a value within these bounds", level.value)
            _check_changes(level.changes, parameters, (*path, "levels", index, "changes"), add)
        total = sum(level.chance for level in hidden.levels)
        if abs(total - 1.0) > 1e-6:
            add((*path, "levels"), "the chances of the levels add up to 1", "Correct them", f"{total:g}")


def _say_no_parameter(path: tuple[Any, ...], value: str, add: Add) -> None:
    rule = "the company has such a parameter, like group.CODE.upkeep or organisation.overtime"
    add(path, rule, "Correct its code or name; docs/lab.md lists them", value)


def _list_options(scenario: Scenario) -> dict[str, int]:
    """Round of each option by its path."""
    return {
        f"{decision.code}.{option.code}": decision.round
        for decision in scenario.decisions
        for option in decision.options
    }


def _check_information(scenario: Scenario, add: Add) -> None:
    _check_unique(scenario.information, ("information",), add)
    options = _list_options(scenario)
    for place, one in enumerate(scenario.information):
        path = ("information", place)
        _check_among([one.shows], [hidden.code for hidden in scenario.hidden], (*path, "shows"), "a hidden thing", add)
        limits = [reading.below for reading in one.readings]
        if limits != sorted(limits):
            add((*path, "readings"), "readings go from low to high", "Sort them by `below`")
        for index, reading in enumerate(one.readings):
            for option in (*reading.supports, *reading.opposes):
                if option not in options:
                    rule = "evidence speaks for or against an option, as decision.option"
                    add((*path, "readings", index), rule, "Name one that exists", option)


def _check_decisions(scenario: Scenario, parameters: dict[str, Any], add: Add) -> None:
    _check_unique(scenario.decisions, ("decisions",), add)
    rounds = [decision.round for decision in scenario.decisions]
    for place, number in enumerate(rounds):
        if number in rounds[:place]:
            add(("decisions", place, "round"), "a round has one decision", "Move one to another round", number)
    if not 6 <= len(scenario.decisions) <= 8:
        rule, remedy = "a scenario has 6 to 8 decisions", "Add or remove some"
        add(("decisions",), rule, remedy, len(scenario.decisions), "warning")
    options = _list_options(scenario)
    for place, decision in enumerate(scenario.decisions):
        path = ("decisions", place)
        _check_unique(decision.options, (*path, "options"), add)
        _check_default(decision, path, add)
        for index, option in enumerate(decision.options):
            inner = (*path, "options", index)
            known = [one.code for one in scenario.information]
            _check_among(option.needs, known, (*inner, "needs"), "needed information", add)
            for before in option.after:
                if options.get(before, decision.round) >= decision.round:
                    rule = "an option stands on one of an earlier round, as decision.option"
                    add((*inner, "after"), rule, "Name one of an earlier round", before)
            _check_changes(option.changes, parameters, (*inner, "changes"), add)
            if any(change.starts > option.takes for change in option.changes) and option.effort > 0:
                rule = "what an initiative brings is there when it is done"
                add((*inner, "takes"), rule, "Raise takes to the latest start", option.takes, "warning")


def _check_default(decision: Decision, path: tuple[Any, ...], add: Add) -> None:
    defaults = [option for option in decision.options if option.is_default]
    if len(defaults) != 1:
        rule = "one option of a decision is what happens when nothing is decided"
        add(path, rule, "Give one option is_default = true", f"{len(defaults)} of them")
    elif defaults[0].price > 0 or defaults[0].after:
        rule = "deciding nothing costs nothing at once and stands on nothing"
        add(path, rule, "Make another option the default", defaults[0].code)


def _check_changes(changes: tuple[Change, ...], parameters: dict[str, Any], path: tuple[Any, ...], add: Add) -> None:
    for index, change in enumerate(changes):
        if change.parameter not in parameters:
            _say_no_parameter((*path, index), change.parameter, add)
        elif change.how == "like" and change.of not in parameters:
            _say_no_parameter((*path, index), change.of, add)
        elif change.how == "scale" and change.value < 0:
            add((*path, index), "a scale is zero or more", "Enter a number such as 1.2", change.value)
