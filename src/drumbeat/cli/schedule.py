"""`drumbeat schedule`: when does each task run, and why are orders late?"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import polars as pl
import typer
from rich.console import Console
from rich.table import Table

from drumbeat.cli.read_source import read_source
from drumbeat.cli.show import open_database, progress_bar, show_findings, start_django

if TYPE_CHECKING:
    from drumbeat.scheduling.actions import ScheduleRun

SHOWN = 20
"""Late orders on the terminal; all are in the workbook and in the JSON."""

WORK = ("run", "setup", "lag", "release")
"""Stretches of an order's time that are no wait for others."""


def schedule(
    path: Annotated[
        Path | None, typer.Argument(help="Folder, workbook, or frePPLe fixture; empty = the database, and it is kept")
    ] = None,
    seconds: Annotated[float, typer.Option(min=0.1, help="Seconds that the schedule may be improved")] = 10.0,
    seed: Annotated[int, typer.Option(help="Seed of the search")] = 0,
    xlsx: Annotated[Path | None, typer.Option(help="Write tasks and orders to this workbook")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole schedule as JSON")] = False,
) -> None:
    """Make a finite schedule of live and planned orders, and say why orders are late."""
    start_django() if path else open_database()
    from django.utils import timezone

    from drumbeat.basics.progress import part_of
    from drumbeat.planning.actions import make_plan, save_plan
    from drumbeat.scheduling.actions import make_schedule, save_schedule

    with progress_bar("Scheduling") as progress:
        progress(0.0, "reading")
        snapshot = read_source(path)
        plan = make_plan(snapshot, part_of(progress, 0.0, 0.1))
        run = make_schedule(snapshot, plan, seconds=seconds, seed=seed, progress=part_of(progress, 0.1, 1.0))
    stored = None
    if path is None:
        now = timezone.now()
        stored = save_schedule(run, save_plan(plan, now).pk, now)
    if xlsx:
        write_workbook(run, xlsx)
    if as_json:
        typer.echo(json.dumps(as_document(run), indent=1))
        return
    print_schedule(run, Console())
    if stored:
        Console().print(f"\nKept as {stored}.", highlight=False)
    if xlsx:
        Console().print(f"\nWorkbook: [bold]{xlsx}[/]", soft_wrap=True)


def as_document(run: ScheduleRun) -> dict[str, Any]:
    """Return the schedule in a JSON-ready form: worth, bound, curve, findings, tasks and orders."""
    return {
        "horizon_start": run.horizon_start.isoformat(),
        "version": run.version,
        "method": run.result.method,
        "worth": asdict(run.result.worth),
        "bound": run.result.bound,
        "is_optimal": run.result.is_optimal,
        "curve": list(run.result.curve),
        "findings": run.findings.as_json(),
        "tasks": json.loads(run.tasks.write_json()),
        "orders": json.loads(run.orders.write_json()),
    }


def find_main_wait(waits: list[dict[str, Any]]) -> tuple[str, int]:
    """Return what an order waited for longest, and for how many seconds; ("its own work", 0) when for nothing."""
    total: dict[str, int] = {}
    for wait in waits:
        if wait["cause"] not in WORK:
            total[wait["cause"]] = total.get(wait["cause"], 0) + wait["seconds"]
    if not total:
        return "its own work", 0
    cause = max(total, key=lambda name: total[name])
    return cause, total[cause]


def write_workbook(run: ScheduleRun, path: Path) -> None:
    """Write tasks and orders as sheets of a workbook; moments are UTC."""
    import xlsxwriter

    reasons = [find_main_wait(waits)[0] if waits else "" for waits in run.orders["waits"].to_list()]
    orders = run.orders.drop("waits").with_columns(pl.Series("reason", reasons, dtype=pl.String))
    with xlsxwriter.Workbook(path) as book:
        for name, frame in (("tasks", run.tasks), ("orders", orders)):
            # A workbook knows no time zones.
            moments = [pl.col(column).dt.replace_time_zone(None) for column in frame.columns if column.endswith("_at")]
            frame.with_columns(moments).write_excel(book, worksheet=name, autofit=True, freeze_panes=(1, 0))


def print_schedule(run: ScheduleRun, console: Console) -> None:
    """Print what a schedule is worth, and its late orders with the main reason of each."""
    show_findings(run.findings)
    worth, result = run.result.worth, run.result
    console.print(
        f"[bold]{run.tasks.height:,} tasks[/] of {run.orders.height:,} orders: {result.method}", highlight=False
    )
    if worth.num_unscheduled:
        console.print(f"[red]{worth.num_unscheduled:,} tasks cannot be scheduled[/]", highlight=False)
    console.print(
        f"[bold]{worth.num_late:,} late[/], weighted tardiness {worth.weighted_tardiness_hours:,.1f} h, "
        f"all done after {worth.makespan_hours:,.1f} h, setups {worth.setup_hours:,.1f} h",
        highlight=False,
    )
    console.print(f"Objective {worth.objective:,.2f}: {_tell_gap(run)}", highlight=False)
    late = run.orders.filter(pl.col("late_seconds") > 0).sort("late_seconds", "order", descending=[True, False])
    if late.is_empty():
        return
    table = Table("Order", "Item", "Due", "Done", "Late", "Main reason", title="Late", title_justify="left", box=None)
    for row in late.head(SHOWN).iter_rows(named=True):
        cause, waited = find_main_wait(row["waits"])
        done = "never" if row["ends_at"] is None else f"{row['ends_at']:%d %b %H:%M}"
        hours = "" if row["ends_at"] is None else f"{row['late_seconds'] / 3600:,.1f} h"
        reason = f"{cause}, {waited / 3600:,.1f} h" if waited else cause
        table.add_row(row["order"], row["item"] or "", f"{row['due_at']:%d %b %H:%M}", done, hours, reason)
    console.print()
    console.print(table)
    if late.height > SHOWN:
        console.print(f"... and {late.height - SHOWN:,} more", style="dim")


def _tell_gap(run: ScheduleRun) -> str:
    result = run.result
    if result.is_optimal:
        return "proven optimal"
    if result.bound <= 0:
        return "no bound is known"
    gap = (result.worth.objective - result.bound) / result.worth.objective
    return f"bound {result.bound:,.2f}, gap {gap:.1%}"
