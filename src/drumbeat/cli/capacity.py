"""`drumbeat capacity`: load against usable hours by machine and week; with --master, the plan that costs least."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer
from rich.console import Console
from rich.table import Table

from drumbeat.cli.read_source import read_source
from drumbeat.cli.show import open_database, progress_bar, show_findings, start_django

if TYPE_CHECKING:
    from drumbeat.planning.make_master import MasterRun
    from drumbeat.planning.weigh_load import LoadRun
    from drumbeat.planning.weigh_people import PeopleRun

SHOWN = 15
"""Rows of a table on the terminal; all are in the workbook and in the JSON."""
WEEKS_SHOWN = 8
WORTHS = 10_000
"""Limits of each kind that a workbook and the JSON have, the dearest first."""


def capacity(
    path: Annotated[
        Path | None, typer.Argument(help="Folder, workbook, or frePPLe fixture; empty = the database")
    ] = None,
    weeks: Annotated[int, typer.Option(min=1, max=104, help="Weeks ahead")] = 13,
    master: Annotated[
        bool, typer.Option(help="Plan quantities, overtime and shifts by week at the least cost")
    ] = False,
    overtime: Annotated[float, typer.Option(min=0, help="Master plan: overtime, as a share of open hours")] = 0.2,
    shifts: Annotated[int, typer.Option(min=0, help="Master plan: extra shifts a machine and week")] = 0,
    late: Annotated[
        float, typer.Option(min=0, help="Master plan: cost of a week late, as a share of the price")
    ] = 0.02,
    budget: Annotated[float | None, typer.Option(min=0, help="Master plan: money a week; empty = any")] = None,
    xlsx: Annotated[Path | None, typer.Option(help="Write the tables to this workbook")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the tables as JSON")] = False,
) -> None:
    """Weigh the plan's load against usable hours; with --master, choose overtime, shifts, stock and moves by cost."""
    start_django() if path else open_database()
    from drumbeat.data.write_sheets import write_sheets
    from drumbeat.planning.actions import make_plan
    from drumbeat.planning.compile_master import MasterTerms
    from drumbeat.planning.make_master import make_master
    from drumbeat.planning.weigh_load import weigh_load
    from drumbeat.planning.weigh_people import weigh_people

    with progress_bar("Planning") as progress:
        progress(0.0, "reading")
        snapshot = read_source(path)
        if master:
            terms = MasterTerms(
                weeks, late_rate=late, overtime_share=overtime, extra_shifts=shifts,
                budget=float("inf") if budget is None else budget,
            )  # fmt: skip
            plan = make_master(snapshot, terms, progress=progress)
        else:
            planned = make_plan(snapshot, progress).orders
            load, people = weigh_load(snapshot, planned, weeks), weigh_people(snapshot, planned, weeks)
    tables = (
        _table_master(plan)
        if master
        else {"machines": load.machines, "weeks": load.weeks, "people": people.groups, "people weeks": people.weeks}
    )
    if xlsx:
        write_sheets(xlsx, tables)
    if as_json:
        typer.echo(json.dumps({name: json.loads(frame.write_json()) for name, frame in tables.items()}, indent=1))
        return
    console = Console()
    if master:
        print_master(plan, console)
    else:
        print_load(load, console)
        print_people(people, console)
    if xlsx:
        console.print(f"\nWorkbook: [bold]{xlsx}[/]", soft_wrap=True)


def _table_master(plan: MasterRun) -> dict[str, pl.DataFrame]:
    return {
        "quantities": plan.quantities, "hours": plan.hours, "stocks": plan.stocks, "cost": plan.cost_parts,
        "worths": plan.worths(WORTHS),
    }  # fmt: skip


def print_load(run: LoadRun, console: Console) -> None:
    """Print the most loaded machines with their weeks."""
    shown = run.machines.head(SHOWN)
    if shown.is_empty():
        console.print("There are no machines: load resources first.")
        return
    starts = run.weeks["week_start"].unique().sort()[:WEEKS_SHOWN].to_list()
    table = Table(
        "Machine", "To its site", "Peak", *[f"{start.day} {start:%b}" for start in starts], title_justify="left"
    )
    for column in table.columns[2:]:
        column.justify = "right"
    weeks = {(row["resource"], row["week_start"]): row["load"] for row in run.weeks.iter_rows(named=True)}
    for row in shown.iter_rows(named=True):
        cells = [_percent(weeks[row["resource"], start]) for start in starts]
        table.add_row(row["resource"], row["kind"], _percent(row["peak"]), *cells)
    console.print(table)
    if run.machines.height > SHOWN:
        console.print(f"... and {run.machines.height - SHOWN:,} more", highlight=False)


def print_people(run: PeopleRun, console: Console) -> None:
    """Print the skills and crews that have the fewest hours for their work."""
    busy = run.groups.filter(pl.col("peak") > 0)
    if busy.is_empty():
        return
    table = Table("People", "", "Site", "Heads", "Peak", "In the week of", "Hours short", title_justify="left")
    for row in busy.head(SHOWN).iter_rows(named=True):
        table.add_row(
            row["name"] or row["code"], row["kind"], row["site"], f"{row['people']:,}", _percent(row["peak"]),
            f"{row['peak_week'].day} {row['peak_week']:%b}", f"{row['short_hours']:,.0f}",
        )  # fmt: skip
    console.print(table)


def _percent(share: float) -> str:
    if share == float("inf"):
        return "[red]no hours[/]"
    text = f"{share:.0%}"
    return f"[red]{text}[/]" if share > 1 else text


def print_master(run: MasterRun, console: Console) -> None:
    """Print what a master plan costs, which hours it adds, what stays late, and what one more hour is worth."""
    show_findings(run.findings)
    console.print(f"[bold]The plan costs {run.plan.cost:,.0f}[/]", highlight=False)
    table = Table("For", "Amount", title_justify="left")
    table.columns[1].justify = "right"
    for kind, amount in run.cost_parts.filter(pl.col("amount").abs() > 0.5).iter_rows():
        table.add_row(kind, f"{amount:,.0f}")
    console.print(table)
    added = run.hours.select(pl.col("overtime").sum(), pl.col("shifts").sum()).row(0)
    console.print(f"Overtime {added[0]:,.0f} h, extra shifts {added[1]:,.0f}", highlight=False)
    late = run.stocks.filter(pl.col("late") > 0)
    if late.height:
        console.print(
            f"Late at the end of some week: {late.select('item', 'site').unique().height:,} items", highlight=False
        )
    for sentence in run.worths()["sentence"]:
        console.print(f"  {sentence}", highlight=False)
