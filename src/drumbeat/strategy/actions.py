"""What people ask of strategy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from drumbeat.basics.findings import Finding, InputError
from drumbeat.data.snapshot import Snapshot
from drumbeat.strategy import models
from drumbeat.strategy.compile_problem import compile_problem
from drumbeat.strategy.engine.find_weaknesses import find_weaknesses as find_in_problem
from drumbeat.strategy.engine.result import Weakness
from drumbeat.strategy.propose_changes import propose_changes

if TYPE_CHECKING:
    from drumbeat.scheduling.actions import ScheduleRun
    from drumbeat.twin.actions import SimulationRun

__all__ = ["Weakness", "find_weaknesses", "read_same_data", "read_weaknesses", "save_by_twin", "save_weaknesses"]


def find_weaknesses(
    snapshot: Snapshot,
    schedule: ScheduleRun | None = None,
    simulation: SimulationRun | None = None,
) -> list[Weakness]:
    """Find the hidden weaknesses of a production system.

    Parameters
    ----------
    snapshot
        The production system with its facts.
    schedule
        Load of the machines; without it the load comes from open orders by their routings.
    simulation
        What the twin says that causes of lateness cost; optional.

    Returns
    -------
    Weaknesses above their threshold, the most at risk first; none where the data give no cause.
    """
    return propose_changes(snapshot, find_in_problem(compile_problem(snapshot, schedule, simulation)))


@transaction.atomic
def save_weaknesses(
    weaknesses: Sequence[Weakness], version: str, found_at: datetime, as_of: datetime | None = None
) -> list[models.Weakness]:
    """Store weaknesses with version and moment of the data and the moment at which they were found, all or nothing."""
    return models.Weakness.objects.bulk_create(_row(weakness, version, found_at, as_of) for weakness in weaknesses)


def read_same_data() -> Snapshot:
    """Read the data in which the newest weaknesses were found.

    Raises
    ------
    InputError
        When the data have changed since.
    """
    newest = models.Weakness.objects.order_by("-found_at").first()
    snapshot = Snapshot.read_database(as_of=newest.as_of if newest else None)
    if newest and snapshot.version != newest.version:
        rule, remedy = "a weakness is played on the data in which it was found", "Run everything anew, then play it"
        raise InputError(Finding("weakness", rule, remedy, value=f"of {newest.version}, now {snapshot.version}"))
    return snapshot


def read_weaknesses() -> list[Weakness]:
    """Return the weaknesses of the newest search as they are stored, the worst first; none before the first search."""
    newest = models.Weakness.objects.order_by("-found_at").values_list("found_at", flat=True).first()
    names = [field.name for field in fields(Weakness)]
    return [
        Weakness(**row | {name: tuple(row[name]) for name in ("evidence", "remedies")})
        for row in models.Weakness.objects.filter(found_at=newest).order_by("rank").values(*names)
    ]


@transaction.atomic
def save_by_twin(played: Sequence[Weakness]) -> int:
    """Store what the twin says with the weaknesses of the newest search; returns with how many."""
    newest = models.Weakness.objects.order_by("-found_at").values_list("found_at", flat=True).first()
    count = 0
    for one in played:
        if one.by_twin:
            same = models.Weakness.objects.filter(found_at=newest, kind=one.kind, site=one.site, subject=one.subject)
            count += same.update(by_twin=one.by_twin)
    return count


def _row(weakness: Weakness, version: str, found_at: datetime, as_of: datetime | None) -> models.Weakness:
    told: dict[str, Any] = weakness.as_json()
    names = {field.name: field for field in models.Weakness._meta.concrete_fields}
    stored = {name: value for name, value in told.items() if name in names}
    for name, value in stored.items():
        longest = names[name].max_length
        if longest is not None and isinstance(value, str):
            stored[name] = value[:longest]
    return models.Weakness(found_at=found_at, as_of=as_of, version=version, **stored)
