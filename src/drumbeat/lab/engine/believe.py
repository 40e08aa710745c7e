"""The company as somebody knows it: the books, corrected by what has been found out."""

from __future__ import annotations

from drumbeat.lab.engine.age_organisation import HIDDEN, draw_uniform
from drumbeat.lab.engine.apply_changes import apply_changes
from drumbeat.lab.engine.company import Company, write_parameter
from drumbeat.lab.engine.game import Position
from drumbeat.lab.engine.scenario import Scenario


def draw_hidden(scenario: Scenario, seed: int) -> dict[str, float]:
    """Draw what each hidden thing truly is, by the chances of its levels.

    Returns
    -------
    Value by code; the same for equal seeds.
    """
    found = {}
    for hidden in scenario.hidden:
        u = draw_uniform(seed, f"{scenario.code}.{hidden.code}", HIDDEN, 0) * sum(one.chance for one in hidden.levels)
        for level in hidden.levels:
            found[hidden.code] = level.value
            u -= level.chance
            if u < 0:
                break
    return found


def reveal(scenario: Scenario, hidden: dict[str, float]) -> Company:
    """Return the scenario's company with these hidden things as they are; what is not named stays as in the books.

    Parameters
    ----------
    scenario
        Whose company.
    hidden
        Value by code of the hidden thing.
    """
    company = scenario.company
    for one in scenario.hidden:
        if one.code in hidden:
            value = hidden[one.code]
            company = write_parameter(company, one.parameter, value)
            level = next((level for level in one.levels if level.value == value), None)
            company = apply_changes(company, level.changes if level else ())
    return company


def list_found(position: Position) -> dict[str, float]:
    """Return the hidden things that the player has found out and can read, by code."""
    shows = {one.code: one.shows for one in position.scenario.information}
    return {shows[one.code]: one.value for one in position.seen if one.ready <= position.round}


def known_company(position: Position) -> Company:
    """Return the company at the start of the game as the player knows it now."""
    return reveal(position.scenario, list_found(position))
