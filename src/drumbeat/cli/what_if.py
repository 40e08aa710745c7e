"""`drumbeat what-if`: the stored what-ifs, and which changes there are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from drumbeat.cli.show import open_database, show_findings


def what_if(
    word: Annotated[
        str | None, typer.Argument(help="Code or name of a what-if, or a file of changes to store; without one, all")
    ] = None,
    kinds: Annotated[bool, typer.Option("--kinds", help="List the kinds of changes and their fields")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON: the changes as a file of changes has them")
    ] = False,
) -> None:
    """List what-ifs, show one with what is wrong with it today, store one from a file of changes, or list the kinds.

    `drumbeat compare NAME` plans, schedules and simulates it against today.
    """
    open_database()
    if kinds:
        _list_kinds(as_json)
    elif word is None:
        _list_stored(as_json)
    else:
        _show_one(word, as_json)


def _list_kinds(as_json: bool) -> None:
    from drumbeat.data.list_changes import list_changes

    found = list_changes()
    if as_json:
        plain = {
            name: {field.name: {"type": field.kind.__name__, "required": field.is_required, "help": field.help_text}
                   for field in kind.fields}
            for name, kind in found.items()
        }  # fmt: skip
        print(json.dumps(plain, indent=2))  # noqa: T201 - it is the output
        return
    console = Console()
    for name, kind in found.items():
        console.print(f"[bold]{name}[/]  {kind.description}", highlight=False)
        for field in kind.fields:
            mark = "" if field.is_required else " (optional)"
            words = f"Code of {field.table}" if field.table else ", ".join(field.choices)
            held = f" {words}." if words else ""
            console.print(f"    {field.name}{mark}: {field.help_text}{held}", markup=False, highlight=False)


def _list_stored(as_json: bool) -> None:
    from drumbeat.data.models import WhatIf

    rows = list(WhatIf.objects.all())
    if as_json:
        plain = [{"code": one.code, "name": one.name, "site": one.site, "changes": one.changes} for one in rows]
        print(json.dumps(plain, indent=2))  # noqa: T201 - it is the output
        return
    table = Table("code", "name", "site", "changes", "changed", box=None)
    for one in rows:
        table.add_row(one.code, one.name, one.site or "all", str(len(one.changes)), f"{one.changed_at:%Y-%m-%d %H:%M}")
    Console().print(table if rows else "No what-if is stored yet: drumbeat what-if FILE stores one.")


def _show_one(word: str, as_json: bool) -> None:
    from drumbeat.basics.findings import Finding, InputError
    from drumbeat.data.list_changes import list_changes, tell_change
    from drumbeat.data.read_changes import SUFFIXES, read_changes
    from drumbeat.data.snapshot import Snapshot
    from drumbeat.data.what_if import check_what_if, find_what_if, narrow, open_what_if

    path, console = Path(word), Console()
    if path.suffix.lower() in SUFFIXES and path.exists():
        file = read_changes(path)
        found = open_what_if(file.name, file.changes, note=file.note, site=file.site)
        if not as_json:
            console.print(f"Stored as [bold]{found.code}[/].")
    else:
        known = find_what_if(word)
        if known is None:
            rule, remedy = "a what-if of that code or name is stored", "See `drumbeat what-if` for those that are"
            raise InputError(Finding("what-if", rule, remedy, value=word))
        found = known
    if as_json:
        plain = {"name": found.name, "note": found.note, "site": found.site, "changes": found.changes}
        print(json.dumps(plain, indent=2))  # noqa: T201 - it is the output
        return
    kinds = list_changes()
    console.print(f"[bold]{found.name}[/]  {found.note}", highlight=False)
    for number, row in enumerate(found.changes, 1):
        console.print(f"  {number}. {tell_change(row, kinds)}", markup=False, highlight=False)
    findings = check_what_if(narrow(Snapshot.read_database(), found.site), found.changes)
    if findings:
        console.print("On today's data:")
        show_findings(findings)
