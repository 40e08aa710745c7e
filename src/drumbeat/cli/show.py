"""How the command line shows things: progress bars, findings, tables; and how it opens the database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from drumbeat.basics import progress as basics_progress
from drumbeat.basics.findings import Findings

SHOWN = 30
COLOURS = {"error": "red", "warning": "yellow", "note": "cyan"}


def start_django() -> None:
    """Make Django ready; needed before anything that knows the tables is imported."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "drumbeat.site.settings")
    import django

    django.setup()


def open_database() -> None:
    """Make Django ready and bring the database up to this version's tables."""
    start_django()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)


def show_findings(findings: Findings, console: Console | None = None) -> None:
    """Print findings, errors first, the first `SHOWN` in full and the rest as a count."""
    console = console or Console(stderr=True)
    ranked = sorted(findings, key=lambda finding: list(COLOURS).index(finding.severity))
    for finding in ranked[:SHOWN]:
        console.print(f"[{COLOURS[finding.severity]}]{finding.severity:8}[/] ", end="")
        console.print(str(finding), markup=False, highlight=False)
    if findings.count > SHOWN:
        console.print(f"... and {findings.count - SHOWN} more findings")
    if findings.has_errors:
        told = "1 error" if findings.num_errors == 1 else f"{findings.num_errors} errors"
        console.print(f"[red]{told}[/]: nothing was saved.")


@contextmanager
def progress_bar(title: str) -> Iterator[basics_progress.Progress]:
    """Show a progress bar on the terminal's error stream while the work runs."""
    console = Console(stderr=True)
    columns = [SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()]
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title, total=1.0)

        def report(fraction: float, message: str) -> None:
            bar.update(task, completed=fraction, description=f"{title}: {message}" if message else title)

        yield report
