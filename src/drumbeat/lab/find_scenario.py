"""Scenarios by their code: those that are shipped, and those that were stored."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from drumbeat.basics.findings import Finding, InputError
from drumbeat.lab.engine.scenario import Scenario
from drumbeat.lab.engine.show_view import show_card
from drumbeat.lab.models import StoredScenario
from drumbeat.lab.read_scenario import SHIPPED, check_text, list_shipped, read_text


def list_cards() -> list[dict[str, Any]]:
    """Return what is said of each scenario before it is played, shipped ones first; `is_own` tells them apart."""
    shipped = [show_card(parse(read_text(SHIPPED / f"{code}.toml"), code)) for code in list_shipped()]
    own = [show_card(parse(one.text, one.code)) for one in StoredScenario.objects.all()]
    return [card | {"is_own": False} for card in shipped] + [card | {"is_own": True} for card in own]


def text_of(code: str) -> str:
    """Return the text of a scenario.

    Raises
    ------
    InputError
        When there is none of that code.
    """
    if code in list_shipped():
        return read_text(SHIPPED / f"{code}.toml")
    own = StoredScenario.objects.filter(code=code).first()
    if own is None:
        rule = f"there is such a scenario; shipped are {', '.join(list_shipped())}"
        raise InputError(Finding("scenario", rule, "Name one of them, or store yours first", value=code))
    return str(own.text)


@lru_cache(maxsize=64)
def parse(text: str, place: str = "scenario") -> Scenario:
    """Read the text of a scenario; equal texts are read once.

    Raises
    ------
    InputError
        When it is not right.
    """
    scenario, findings = check_text(text, place)
    findings.raise_on_errors()
    assert scenario is not None
    return scenario
