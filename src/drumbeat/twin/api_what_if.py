"""What-ifs and their comparisons over the API, read only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Path, Query, Router, Schema
from ninja.errors import HttpError
from pydantic import Field

from drumbeat.accounts.permissions import sites_of
from drumbeat.basics.findings import InputError
from drumbeat.data.list_changes import list_changes
from drumbeat.data.models import WhatIf
from drumbeat.data.snapshot import Snapshot
from drumbeat.data.what_if import check_what_if, narrow, what_ifs_of
from drumbeat.twin.api import Problem, Slice
from drumbeat.twin.models import Comparison

router = Router(tags=["what-ifs"])


class WhatIfOut(Schema):
    """A named list of changes."""

    code: str
    name: str
    note: str
    site: str = Field(description="Code of its site; empty = all sites")
    changed_at: datetime
    changes: list[dict[str, Any]]


class CheckedOut(WhatIfOut):
    """A named list of changes, and what is wrong with it on today's data."""

    findings: list[str]


class FieldOut(Schema):
    """A field of a kind of change."""

    name: str
    type: str
    required: bool
    help: str
    unit: str
    choices: list[str]
    code_of: str = Field(description="Table of which it holds a code; empty = none")


class KindOut(Schema):
    """A kind of change that can be made."""

    kind: str
    title: str
    description: str
    fields: list[FieldOut]


class ComparisonOut(Schema):
    """What comparing what-ifs with today gave."""

    id: int
    created_at: datetime
    codes: list[str]
    site: str
    version: str
    verdict: str
    outcome: dict[str, Any] = Field(description="Figures by design, differences, orders that change most")


@router.get("", response=list[WhatIfOut], operation_id="list_what_ifs")
def list_what_ifs(request: Any, part: Query[Slice]) -> Any:
    """List the what-ifs that you may see, the last changed first."""
    return list(what_ifs_of(request.user)[part.offset : part.offset + part.limit])


@router.get("/kinds", response=list[KindOut], operation_id="list_change_kinds")
def list_kinds(request: Any) -> Any:
    """List the kinds of changes, with their fields."""
    del request
    return [
        {
            "kind": kind.name, "title": kind.title, "description": kind.description,
            "fields": [
                {"name": one.name, "type": one.kind.__name__, "required": one.is_required, "help": one.help_text,
                 "unit": one.unit, "choices": list(one.choices), "code_of": one.table}
                for one in kind.fields
            ],
        }
        for kind in list_changes().values()
    ]  # fmt: skip


@router.get(
    "/comparisons/{number}", response={200: ComparisonOut, 404: Problem}, operation_id="read_comparison_of_what_ifs"
)
def read_comparison(request: Any, number: Path[int]) -> Any:
    """Read a comparison; the newest has the highest number, and is `what-ifs/comparisons/0`."""
    sites = sites_of(request.user)
    rows = Comparison.objects.all() if sites is None else Comparison.objects.filter(site__in=sites)
    found = rows.first() if number == 0 else rows.filter(pk=number).first() if 0 < number < 2**63 else None
    if found is None:
        raise HttpError(404, "There is no such comparison.")
    return found


@router.get("/{code}", response={200: CheckedOut, 404: Problem}, operation_id="read_what_if")
def read_what_if(request: Any, code: str) -> Any:
    """Read a what-if, with what is wrong with it on today's data."""
    found: WhatIf | None = None if "\0" in code else what_ifs_of(request.user).filter(code=code).first()
    if found is None:
        raise HttpError(404, "There is no such what-if.")
    try:
        findings = check_what_if(narrow(Snapshot.read_database(), found.site), found.changes)
    except InputError as error:
        findings = error.findings
    names = ("code", "name", "note", "site", "changed_at", "changes")
    return {name: getattr(found, name) for name in names} | {"findings": [str(one) for one in findings]}
