"""`drumbeat load`: a folder or a workbook into the database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from drumbeat.basics.findings import InputError
from drumbeat.basics.progress import silent
from drumbeat.cli.show import open_database, progress_bar, show_findings

SHOWN_CHANGES = 5
"""Updated rows of each table that a dry run names."""


def load(
    path: Annotated[Path, typer.Argument(help="Folder of CSV or Parquet files named after tables, or a workbook")],
    remove_absent: Annotated[
        bool, typer.Option("--remove-absent", help="Remove stored rows that the source does not have, table by table")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the difference, store nothing")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print counts and findings as JSON")] = False,
) -> int:
    """Load a folder of CSV or Parquet, or a workbook: insert and update by code, all or nothing."""
    open_database()
    from drumbeat.data import actions

    try:
        if as_json:
            report = actions.load(path, remove_absent=remove_absent, dry_run=dry_run, progress=silent)
        else:
            with progress_bar(f"Loading {path.name}") as progress:
                report = actions.load(path, remove_absent=remove_absent, dry_run=dry_run, progress=progress)
    except InputError as error:
        if not as_json:
            raise
        print(json.dumps({"stored": False, "tables": {}, **error.findings.as_json()}, indent=1))  # noqa: T201
        return 1
    if as_json:
        print(json.dumps(report.as_json(), indent=1))  # noqa: T201
    else:
        show_report(report)
    return 1 if report.findings.has_errors else 0


def show_report(report: object) -> None:
    """Print what a load did, or would do: its findings, and counts by table."""
    from drumbeat.data.actions import LoadReport

    assert isinstance(report, LoadReport)
    show_findings(report.findings)
    columns = ("inserted", "updated", "removed", "unchanged")
    table = Table("table", *(f"[bold]{column}[/]" for column in columns))
    for column in table.columns[1:]:
        column.justify = "right"
    for name, count in report.tables.items():
        numbers = [getattr(count, column) for column in columns]
        if any(numbers):
            table.add_row(name, *(f"{number:,}" if number else "" for number in numbers))
    console = Console()
    if table.row_count:
        console.print(table)
    for name, difference in report.differences.items():
        for row in difference.as_json()["changed"][:SHOWN_CHANGES]:
            console.print(f"  {name} {row['key']}: {', '.join(row['columns'])}", markup=False, highlight=False)
    if report.is_stored:
        console.print("Stored.")
    elif not report.findings.has_errors:
        console.print("Dry run: this is what a load would do; nothing was stored.")
