"""What people do with scenarios: see which there are, store their own, and make one of their plant."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from drumbeat.accounts.permissions import check_role
from drumbeat.basics.findings import Finding, InputError
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.lab.actions import begin
from drumbeat.lab.find_scenario import list_cards, parse
from drumbeat.lab.models import Game, StoredScenario
from drumbeat.lab.read_scenario import list_shipped


def list_scenarios(user: Any = None) -> list[dict[str, Any]]:
    """Return what is said of each scenario that a user may play: code, title, role, rounds, minutes, aims, ..."""
    return list_cards(user)


def store_scenario(user: Any, text: str, now: datetime, *, site: str = "") -> StoredScenario:
    """Store somebody's own scenario; one of the same code of the same user is replaced.

    Games that have begun keep the file that they began with. `site` is that of which it is made.

    Raises
    ------
    InputError
        With line and rule, when the file is not right, or the code is taken.
    """
    scenario = parse(text, "scenario.toml")
    taken = StoredScenario.objects.filter(code=scenario.code).exclude(made_by=user)
    if scenario.code in list_shipped() or taken.exists():
        raise InputError(Finding("scenario", "the code is free", "Choose another", column="code", value=scenario.code))
    values = {"title": scenario.title, "text": text, "made_by": user, "made_at": now}
    # An edited file of a plant's scenario still tells of the plant.
    known = values | ({"site": site} if site else {})
    stored, _ = StoredScenario.objects.update_or_create(
        code=scenario.code, defaults=known, create_defaults=values | {"site": site}
    )
    return stored


def make_own(user: Any, site: str, now: datetime, *, progress: Progress = silent) -> Game:
    """Make a scenario of a site as the database tells it now, store it, and begin the user's game of it.

    Raises
    ------
    PermissionDenied
        When the user is no planner of the site.
    InputError
        When the site shows no weakness, or no work that could be played.
    """
    # Here: the detectors of weaknesses take a while to load, and no page needs them.
    from drumbeat.data.snapshot import Snapshot
    from drumbeat.lab.make_own_scenario import make_own_scenario

    check_role(user, "planner", site)
    progress(0.0, "reading the plant")
    snapshot = Snapshot.read_database(progress=part_of(progress, 0.0, 0.2))
    own = make_own_scenario(snapshot.sites([site]), site, progress=part_of(progress, 0.2, 0.9))
    stored = _store_anew(user, own.text, now, own.site)
    return begin(user, stored.code, now)


def _store_anew(user: Any, text: str, now: datetime, site: str) -> StoredScenario:
    """Store a scenario of a plant; where somebody else's has its code, under one that tells whose it is."""
    try:
        return store_scenario(user, text, now, site=site)
    except InputError:
        code = parse(text).code
        mine = f"{code[: 58 - len(str(user.pk))]}-{user.pk}"
        return store_scenario(user, text.replace(f'code = "{code}"', f'code = "{mine}"', 1), now, site=site)


def drop_scenario(user: Any, code: str) -> None:
    """Remove one's own scenario; games that were begun with it go on.

    Raises
    ------
    InputError
        When it is not one's own.
    """
    if not StoredScenario.objects.filter(code=code, made_by=user).delete()[0]:
        rule, remedy = "you made this scenario", "Ask who made it"
        raise InputError(Finding("scenario", rule, remedy, column="code", value=code))
