"""`drumbeat plan`: what to make, buy and move, and what to do about what is on order."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import polars as pl
import typer
from rich.console import Console
from rich.table import Table

from drumbeat.basics.findings import Findings
from drumbeat.cli.read_source import read_source
from drumbeat.cli.show import open_database, progress_bar, show_findings, start_django

if TYPE_CHECKING:
    from drumbeat.data.snapshot import Snapshot
    from drumbeat.planning.actions import PlanRun

SHOWN = 15
"""Rows of a table on the terminal; all are in the workbook and in the JSON."""


def plan(
    path: Annotated[
        Path | None, typer.Argument(help="Folder, workbook, or frePPLe fixture; empty = the database, and it is kept")
    ] = None,
    xlsx: Annotated[Path | None, typer.Option(help="Write orders, actions and demands to this workbook")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole plan as JSON")] = False,
    with_forecast: Annotated[
        int, typer.Option("--forecast", min=0, max=520, help="Periods of demand forecast to plan too; orders eat it")
    ] = 0,
    finite: Annotated[bool, typer.Option(help="Plan against capacity too: when each demand can be delivered")] = False,
    importance_first: Annotated[
        bool, typer.Option(help="With --finite: more important demands before those due earlier; else as the data say")
    ] = False,
    remedies: Annotated[
        str,
        typer.Option(
            metavar="DEMAND", help="Code of a late demand: try what would help it, with --finite on machines too"
        ),
    ] = "",
) -> None:
    """Net demand against stock and supply through the bills of material: planned orders and action messages."""
    start_django() if path else open_database()
    from django.utils import timezone

    from drumbeat.planning.actions import make_plan, save_plan
    from drumbeat.planning.propose_purchases import propose_purchases
    from drumbeat.planning.recall_told import recall_told

    if remedies:
        print_remedies(path, remedies, as_json, with_forecast, finite=finite)
        return
    if finite:
        plan_against_capacity(path, xlsx, as_json, with_forecast, importance_first=importance_first)
        return
    with progress_bar("Planning") as progress:
        progress(0.0, "reading")
        snapshot = read_demand(path, with_forecast)
        run = make_plan(snapshot, progress)
    run = recall_told(run, snapshot) if path is None else run
    stored = save_plan(run, timezone.now(), snapshot) if path is None else None
    purchases = propose_purchases(snapshot, run)
    if xlsx:
        write_workbook(run, purchases, xlsx)
    if as_json:
        typer.echo(json.dumps(as_document(run, purchases), indent=1))
        return
    print_plan(run, Console())
    if stored:
        Console().print(f"\nKept as {stored}.", highlight=False)
    if xlsx:
        Console().print(f"\nWorkbook: [bold]{xlsx}[/]", soft_wrap=True)


def read_demand(path: Path | None, periods: int) -> Snapshot:
    """Read the production system, with what orders leave of so many periods of forecast; 0 = orders as they are."""
    from drumbeat.demand.actions import make_forecast
    from drumbeat.demand.add_forecast import add_forecast

    snapshot = read_source(path)
    if not periods:
        return snapshot
    forecast = make_forecast(snapshot, horizon=periods)
    show_findings(forecast.findings)
    return add_forecast(snapshot, forecast)


def print_remedies(path: Path | None, demand: str, as_json: bool, periods: int, *, finite: bool = False) -> None:
    """Print why a demand is late, and what would help it: each remedy is tried on the whole plan, or finite plan."""
    with progress_bar("Planning") as progress:
        progress(0.0, "reading")
        snapshot = read_demand(path, periods)
        progress(0.2, "trying what may help")
        if finite and path is None:
            from drumbeat.scheduling.save_finite import serve_as_kept

            snapshot = serve_as_kept(snapshot)
        why, is_late, found = (try_finitely if finite else try_on_materials)(snapshot, demand)
    if as_json:
        typer.echo(json.dumps([remedy.as_json() for remedy in found], indent=1))
        return
    console = Console()
    console.print(f"[bold]{demand}[/]: {why or 'it is on time'}.", highlight=False)
    table = Table("What would help", "Costs", "Saves" if finite else "Pays below", "All there", "Late demands")
    for one in found:
        ready = one.delivered_at if finite else one.ready_at
        there, worth = f"{ready:%Y-%m-%d}" if ready else "never", "" if one.worth is None else f"{one.worth:,.0f}"
        table.add_row(one.title, one.cost, worth, there, f"{one.num_late_before:,} -> {one.num_late:,}")
    if found:
        console.print(table)
    elif is_late:
        console.print("Nothing that is known helps: neither an earlier purchase nor a delivery in parts.")


def try_on_materials(snapshot: Snapshot, demand: str) -> tuple[str, bool, list[Any]]:
    """Say why a demand is late by the material plan, whether it is, and what would help."""
    from drumbeat.planning.actions import make_plan
    from drumbeat.planning.propose_remedies import propose_remedies

    run = make_plan(snapshot)
    found = propose_remedies(snapshot, run, demand)
    row = run.demands.row(by_predicate=pl.col("demand") == demand, named=True)
    return row["cause"], row["is_late"], found


def try_finitely(snapshot: Snapshot, demand: str) -> tuple[str, bool, list[Any]]:
    """Say what a demand waits for by the finite plan, whether it is late, and what would help."""
    from drumbeat.scheduling.plan_finitely import plan_finitely
    from drumbeat.scheduling.propose_finite_remedies import propose_finite_remedies

    run = plan_finitely(snapshot)
    found = propose_finite_remedies(snapshot, run, demand)
    row = run.deliveries.row(by_predicate=pl.col("demand") == demand, named=True)
    return f"waits longest for {row['reason']}" if row["reason"] else "", row["late_seconds"] != 0, found


def plan_against_capacity(
    path: Path | None, xlsx: Path | None, as_json: bool, periods: int = 0, *, importance_first: bool = False
) -> None:
    """Plan material and capacity at once; print, or write, when each demand is delivered and what to buy by when."""
    from drumbeat.data.write_sheets import write_sheets
    from drumbeat.scheduling.plan_finitely import plan_finitely

    with progress_bar("Planning") as progress:
        progress(0.0, "reading")
        run = plan_finitely(read_demand(path, periods), progress, importance_first=importance_first or None)
    tables = {"deliveries": run.deliveries, "purchases": run.purchases, "passes": pl.DataFrame(run.trail)}
    if run.claims.height:
        tables["claims"] = run.claims
    findings = Findings()
    findings.merge(run.plan.findings)
    findings.merge(run.schedule.findings)
    if xlsx:
        write_sheets(xlsx, tables)
    if as_json:
        told = {name: json.loads(frame.write_json()) for name, frame in tables.items()}
        typer.echo(json.dumps({**told, **findings.as_json()}, indent=1))
        return
    show_findings(findings)
    console = Console()
    late = run.deliveries.filter(pl.col("late_seconds").fill_null(1) > 0).sort(
        "late_seconds", descending=True, nulls_last=False
    )
    console.print(
        f"[bold]{run.deliveries.height - late.height:,} of {run.deliveries.height:,} demands on time[/]",
        highlight=False,
    )
    if len(run.passes) > 1:
        counts = ", ".join(f"{count:,}" for count in run.passes)
        number, kept = next((at, one) for at, one in enumerate(run.trail, 1) if one.is_kept)
        console.print(f"Planned {len(run.passes)} times, each with what the schedule before found: {counts} late")
        console.print(f"Pass {number} is kept: {kept.why}", highlight=False)
    for claim in run.claims.head(SHOWN).iter_rows(named=True):
        taken = f"{claim['demand']} takes {claim['quantity']:g} {claim['item']} of {claim['taken_from']}"
        console.print(f"{taken}, which is less important", highlight=False)
    table = Table("Late demand", "Item", "Due", "Delivered", "Waits longest for", title_justify="left")
    for row in late.head(SHOWN).iter_rows(named=True):
        delivered = f"{row['delivered_at']:%Y-%m-%d %H:%M}" if row["delivered_at"] else "never"
        table.add_row(row["demand"], row["item"], f"{row['due_at']:%Y-%m-%d}", delivered, row["reason"])
    if late.height:
        console.print(table)
    if late.height > SHOWN:
        console.print(f"... and {late.height - SHOWN:,} more", highlight=False)
    if xlsx:
        console.print(f"\nWorkbook: [bold]{xlsx}[/]", soft_wrap=True)


def as_document(run: PlanRun, purchases: pl.DataFrame) -> dict[str, Any]:
    """Return the plan in a JSON-ready form: the summary, and the rows of its tables and of the purchases."""
    tables = list_tables(run, purchases)
    rows = {name: json.loads(frame.write_json()) for name, frame in tables.items()}
    return {"as_of": run.as_of.isoformat(), "version": run.version, "summary": run.summary(), **rows}


def write_workbook(run: PlanRun, purchases: pl.DataFrame, path: Path) -> None:
    """Write the plan's tables and the purchases as sheets of a workbook; moments are UTC."""
    from drumbeat.data.write_sheets import write_sheets

    write_sheets(path, list_tables(run, purchases))


def list_tables(run: PlanRun, purchases: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """List the plan's tables; those that few plans have only where they hold something."""
    tables = {"actions": run.actions, "orders": run.orders, "demands": run.demands, "purchases": purchases}
    more = {"held back": run.held_back, "replacements": run.replacements, "by-products": run.outputs}
    return tables | {name: frame for name, frame in more.items() if frame.height}


def print_plan(run: PlanRun, console: Console) -> None:
    """Print a plan as a planner reads it: what will be short and why, then what to do."""
    show_findings(run.findings)
    summary = run.summary()
    made = ", ".join(f"{count:,} to {method}" for method, count in summary["orders"].items())
    console.print(f"[bold]{run.orders.height:,} planned orders[/]: {made}", highlight=False)
    told = ", ".join(f"{count:,} {kind}" for kind, count in summary["actions"].items() if count) or "none"
    console.print(f"[bold]{run.actions.height:,} action messages[/]: {told}", highlight=False)
    if summary["held_back"]:
        console.print(f"{summary['held_back']:,} more are held back by stability rules", highlight=False)
    on_time = summary["demands"] - summary["late"]
    console.print(f"[bold]{on_time:,} of {summary['demands']:,} demands[/] can be met on time", highlight=False)
    columns = {"subject": "Demand or order", "item": "Item", "site": "Site", "quantity": "Units", "from_at": "Due",
               "to_at": "Possible", "reason": "Why"}  # fmt: skip
    print_table(console, "Short", run.actions.filter(kind="short"), columns)
    columns = {"kind": "Do", "subject": "Order", "item": "Item", "site": "Site", "quantity": "Units",
               "from_at": "From", "to_at": "To", "reason": "Why"}  # fmt: skip
    print_table(console, "To do", run.actions.filter(pl.col("kind") != "short"), columns)


def print_table(console: Console, title: str, frame: pl.DataFrame, columns: dict[str, str]) -> None:
    """Print the first rows of a table, and how many more there are; nothing for an empty one."""
    if frame.is_empty():
        return
    table = Table(*columns.values(), title=title, title_justify="left", box=None, pad_edge=False, header_style="dim")
    table.columns[list(columns).index("quantity")].justify = "right"
    for row in frame.head(SHOWN).select(list(columns)).iter_rows(named=True):
        table.add_row(*(_cell(name, value) for name, value in row.items()))
    console.print()
    console.print(table)
    if frame.height > SHOWN:
        console.print(f"... and {frame.height - SHOWN:,} more", style="dim")


def _cell(name: str, value: Any) -> str:
    if value is None:
        return "never" if name == "to_at" else ""
    if name.endswith("_at"):
        return f"{value:%d %b %H:%M}"
    return f"{value:,.6g}" if isinstance(value, float) else str(value)
