"""Apply changes to a company: what holds of the options and events adopted so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from drumbeat.lab.engine.company import Company, read_parameter, write_parameter
from drumbeat.lab.engine.condition import Condition
from drumbeat.lab.engine.scenario import Change, Scenario


def list_changes(scenario: Scenario) -> dict[str, tuple[Change, ...]]:
    """Return the changes of each option ("decision.option") and event ("event.code") of a scenario."""
    found = {f"event.{event.code}": event.changes for event in scenario.events}
    for decision in scenario.decisions:
        for option in decision.options:
            found[f"{decision.code}.{option.code}"] = option.changes
    return found


def apply_changes(company: Company, changes: Sequence[Change]) -> Company:
    """Return the company with changes made, one after the other, each kept within its parameter's bounds.

    Parameters
    ----------
    company
        As it is.
    changes
        In order; their `starts` and `lasts` are not looked at.

    Raises
    ------
    KeyError
        When the company has no such parameter.
    """
    for change in changes:
        value = change.value
        if change.how == "add":
            value = read_parameter(company, change.parameter) + change.value
        elif change.how == "scale":
            value = read_parameter(company, change.parameter) * change.value
        elif change.how == "like":
            value = read_parameter(company, change.of) * change.value
        company = write_parameter(company, change.parameter, value)
    return company


def find_active(condition: Condition, changes: Mapping[str, tuple[Change, ...]]) -> tuple[Change, ...]:
    """Return the changes that hold in the period that begins, in the order in which they were adopted.

    A change holds once its adoption has made `starts` periods of progress, and for `lasts` of them (0 = for good).
    """
    active: list[Change] = []
    for one in condition.adoptions:
        for change in changes.get(one.path, ()):
            since = one.progress - change.starts
            # Progress is a sum of rates: a hair below a whole number counts as it.
            if since > -1e-9 and (change.lasts == 0 or since < change.lasts - 1e-9):
                active.append(change)
    return tuple(active)
