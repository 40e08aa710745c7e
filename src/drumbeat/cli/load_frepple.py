"""`drumbeat load-frepple`: a frePPLe fixture or workbook into the database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from drumbeat.basics.findings import InputError
from drumbeat.cli.show import open_database, progress_bar, show_findings


def load_frepple(
    path: Annotated[Path, typer.Argument(help="Fixture (.json) or workbook (.xlsx) of frePPLe")],
    remove_absent: Annotated[
        bool, typer.Option("--remove-absent", help="Remove stored rows that the file does not have, table by table")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the difference, store nothing")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print counts and findings as JSON")] = False,
) -> int:
    """Load a frePPLe fixture or workbook: its tables become ours, and what has no place here is said."""
    open_database()
    from drumbeat.cli.load import show_report
    from drumbeat.data import actions
    from drumbeat.data.frepple import read_frepple
    from drumbeat.data.snapshot import Snapshot

    try:
        frames, as_of, findings = read_frepple(path)
        findings.raise_on_errors()
        with progress_bar(f"Loading {path.name}") as progress:
            snapshot = Snapshot.of(frames, as_of)
            report = actions.load(snapshot, remove_absent=remove_absent, dry_run=dry_run, progress=progress)
    except InputError as error:
        if not as_json:
            raise
        typer.echo(json.dumps({"stored": False, "tables": {}, **error.findings.as_json()}, indent=1))
        return 1
    if as_json:
        findings.merge(report.findings)
        typer.echo(json.dumps({**report.as_json(), **findings.as_json()}, indent=1))
    else:
        show_findings(findings)
        Console().print(f"{path.name}, as of {as_of:%Y-%m-%d %H:%M} UTC", highlight=False)
        show_report(report)
    return 1 if report.findings.has_errors else 0
