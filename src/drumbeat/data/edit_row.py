"""One row saved or removed by hand, with the checks that a load would make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import models, transaction
from django.db.models.deletion import Collector

from drumbeat.basics.findings import Finding
from drumbeat.data.browse import count_capped
from drumbeat.data.check_frames import check_frames
from drumbeat.data.read_database import read_database
from drumbeat.data.schema import Schema, schemas

CHECKED_ROWS = 50_000
"""Rules that join rows (cycles, overlaps) are checked at once where the tables concerned are not larger than this."""


class Refused(Exception):  # noqa: N818 - said to the user as a sentence
    """A row was not saved because together with the others it breaks a rule."""

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        super().__init__(" ".join(f"{finding.rule}. {finding.remedy}." for finding in findings))


FACTS = {"demand_history", "machine_event", "nonconformance", "production_report", "sample"}
"""What happened: a change of the plant is checked without it."""


@dataclass(frozen=True, slots=True)
class Referrer:
    """Rows of one column of a table that refer to a row."""

    table: str
    column: str
    count: int
    is_more: bool
    is_removed_with_it: bool


def save_row(schema: Schema, row: models.Model) -> None:
    """Save a row whose fields were checked, unless it breaks a rule that joins rows.

    Raises
    ------
    Refused
        With the rules that the row breaks; nothing is saved.
    """
    with transaction.atomic():
        before = _broken(schema)
        row.save()
        if before is not None:
            new = [finding for key, finding in (_broken(schema) or {}).items() if key not in before]
            if new:
                raise Refused(new)


def _broken(schema: Schema) -> dict[tuple[str, ...], Finding] | None:
    """Findings of a table by what they say; None where the tables are too large to look at for one row."""
    needed = {schema.name, *(column.refers_to for column in schema.columns if column.refers_to)}
    if schema.name == "initiative_change":  # its changes may be of anything
        needed = set(schemas()) - FACTS
    if any(count_capped(schemas()[name].model.objects.all(), CHECKED_ROWS)[1] for name in needed):
        return None
    findings = check_frames(read_database(needed))
    return {
        (finding.rule, str(finding.column), str(finding.value)): finding
        for finding in findings
        if finding.place == schema.name and finding.severity == "error"
    }


def find_referrers(schema: Schema, row: models.Model) -> list[Referrer]:
    """Find which tables refer to a row, and how often."""
    found = []
    for other in schemas().values():
        for column in other.columns:
            if column.refers_to != schema.name:
                continue
            field: Any = other.model._meta.get_field(column.name)
            count, is_more = count_capped(other.model.objects.filter(**{field.attname: row.pk}), 10_000)
            if count:
                found.append(Referrer(other.name, column.name, count, is_more, not field.null))
    return found


def count_removed(row: models.Model) -> dict[str, int]:
    """Count what would be removed together with a row, by table, the row itself left out."""
    names: dict[Any, str] = {schema.model: name for name, schema in schemas().items()}
    collector: Any = Collector(using="default", origin=row)
    collector.collect([row])
    counts: dict[str, int] = {}
    for model, rows in collector.data.items():
        number = len([other for other in rows if other != row])
        counts[names.get(model, model.__name__)] = counts.get(names.get(model, model.__name__), 0) + number
    for rows in collector.fast_deletes:
        name = names.get(rows.model, rows.model.__name__)
        counts[name] = counts.get(name, 0) + rows.count()
    return {name: number for name, number in counts.items() if number}
