"""`drumbeat load-log`: a plant from a shop-floor log alone, and how sure it is."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from drumbeat.basics.findings import Finding, InputError
from drumbeat.cli.show import open_database, progress_bar, show_findings, start_django

if TYPE_CHECKING:
    from drumbeat.shopfloor.actions import LogReport

CONFIDENCES = ("sure", "fair", "weak", "guess")
SHOWN = 8
ALWAYS_SHOWN = ("log", "calendars", "orders", "people")


def load_log(
    file: Annotated[Path, typer.Argument(help="CSV or Parquet file, a row a report")],
    map_path: Annotated[
        Path | None, typer.Option("--map", help="TOML or JSON: what columns and values mean; without it: guessed")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Cut the log at this local moment, such as '2026-02-16 06:00'")
    ] = None,
    promise: Annotated[
        str | None, typer.Option("--promise", help="none: no due dates; usual: due after the usual time of the part")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the plant as CSV files to this folder instead of storing it")
    ] = None,
    remove_absent: Annotated[
        bool, typer.Option("--remove-absent", help="Remove stored rows that the plant does not have")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what was inferred, store nothing")] = False,
    show_all: Annotated[bool, typer.Option("--all", help="Print every statement")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the statements as JSON")] = False,
) -> int:
    """Build a plant from a shop-floor log alone: routings, times, hours, breakdowns, skills, open orders."""
    touches_database = out is None and not dry_run
    if touches_database:
        open_database()
    else:
        start_django()
    from drumbeat.shopfloor import actions

    moment = _read_moment(as_of)
    with progress_bar(f"Reading {file.name}") as progress:
        if touches_database:
            report = actions.load_log(
                file, map_path, as_of=moment, promise=promise, remove_absent=remove_absent, progress=progress
            )
        else:
            report = actions.infer_log(file, map_path, as_of=moment, promise=promise, progress=progress)
    if out is not None and not dry_run:
        report.snapshot.write(out)
    if as_json:
        print(actions.list_statements(report.inference).write_json())  # noqa: T201
        return 0
    show_log_report(report, show_all=show_all)
    console = Console()
    if dry_run:
        console.print("Dry run: nothing was stored or written.")
    elif out is not None:
        console.print(f"Written to {out}.")
    else:
        console.print("Stored. `drumbeat run` plans, schedules and simulates it.")
    return 0


def _read_moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        rule = "a moment is written as year-month-day hour:minute"
        raise InputError(Finding("option --as-of", rule, "Write 2026-02-16 06:00", value=text)) from error


def show_log_report(report: LogReport, *, show_all: bool) -> None:
    """Print what was inferred: how much and how sure by topic, then the statements that matter first."""
    show_findings(report.findings)
    statements = report.inference.statements
    console = Console()
    topics = list(dict.fromkeys(statement.topic for statement in statements))
    table = Table("inferred", *(f"[bold]{word}[/]" for word in CONFIDENCES), title="How sure it is")
    for column in table.columns[1:]:
        column.justify = "right"
    for topic in topics:
        counts = [sum(s.topic == topic and s.confidence == word for s in statements) for word in CONFIDENCES]
        table.add_row(topic, *(str(count) if count else "" for count in counts))
    console.print(table)
    for topic in topics:
        chosen = [statement for statement in statements if statement.topic == topic]
        if not show_all and topic not in ALWAYS_SHOWN:
            chosen = sorted(chosen, key=lambda one: -one.num_observations)[:SHOWN]
        console.print(f"\n[bold]{topic}[/]")
        for one in chosen:
            subject = "" if one.subject == "all" else f"{one.subject}: "
            console.print(f"  {one.confidence:5}  ", end="", style="dim")
            console.print(f"{subject}{one.text}", markup=False, highlight=False, soft_wrap=True)
        left = sum(statement.topic == topic for statement in statements) - len(chosen)
        if left:
            console.print(f"  ... and {left} more (--all)", style="dim")
