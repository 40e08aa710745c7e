"""Scenarios by their code: those that are shipped, and those that were stored."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.db.models import Q, QuerySet

from drumbeat.accounts.permissions import sites_of
from drumbeat.basics.findings import Finding, InputError
from drumbeat.lab.engine.scenario import Scenario
from drumbeat.lab.engine.show_view import show_card
from drumbeat.lab.models import StoredScenario
from drumbeat.lab.read_scenario import SHIPPED, check_text, list_shipped, read_text


def stored_for(user: Any) -> QuerySet[StoredScenario]:
    """Return the stored scenarios that a user may play: invented ones, own ones, and those of sites that they see.

    A scenario of a plant tells that plant's prices, hours and weaknesses. None, the terminal, sees all.
    """
    rows = StoredScenario.objects.all()
    sites = None if user is None else sites_of(user)
    return rows if sites is None else rows.filter(Q(site="") | Q(site__in=sites) | Q(made_by=user))


def list_cards(user: Any = None) -> list[dict[str, Any]]:
    """Return what is said of each scenario before it is played, shipped ones first; `is_own` tells them apart."""
    shipped = [show_card(parse(read_text(SHIPPED / f"{code}.toml"), code)) for code in list_shipped()]
    own = [(one, show_card(parse(one.text, one.code))) for one in stored_for(user)]
    return [card | {"is_own": False, "site": ""} for card in shipped] + [
        card | {"is_own": True, "site": one.site} for one, card in own
    ]


def text_of(code: str, user: Any = None) -> str:
    """Return the text of a scenario that a user may play.

    Raises
    ------
    InputError
        When there is none of that code for them.
    """
    if code in list_shipped():
        return read_text(SHIPPED / f"{code}.toml")
    own = stored_for(user).filter(code=code).first()
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
