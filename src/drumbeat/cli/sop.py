"""`drumbeat sop`: sales', finance's and production's plans side by side, the gap, and who closes it."""

from __future__ import annotations

import getpass
import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from drumbeat.basics.findings import Finding, InputError
from drumbeat.cli.show import open_database

if TYPE_CHECKING:
    from drumbeat.planning.balance_plans import Line

PARTIES = ("sales", "finance", "production")


def sop(
    family: Annotated[str, typer.Argument(help="Words of the family's name; empty = all")] = "",
    months: Annotated[int, typer.Option(min=1, max=60, help="Months from this one on")] = 6,
    gap: Annotated[bool, typer.Option("--gap", help="The widest gap first, instead of by family and month")] = False,
    xlsx: Annotated[Path | None, typer.Option(help="Write plans and comments to this workbook")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the tables as JSON")] = False,
    month: Annotated[str, typer.Option(help="Enter plans of this month, such as 2026-03, for FAMILY")] = "",
    sales: Annotated[str | None, typer.Option(help="Units that sales plans; '' takes them back")] = None,
    finance: Annotated[str | None, typer.Option(help="Units that finance plans")] = None,
    production: Annotated[str | None, typer.Option(help="Units that production plans")] = None,
    owner: Annotated[str | None, typer.Option(help="Who closes the gap; '' = nobody")] = None,
    comment: Annotated[str, typer.Option(help="What is said of it")] = "",
    author: Annotated[str, typer.Option(help="Who enters it; empty = your name on this machine")] = "",
) -> None:
    """Show the plans of the database side by side: by family and month, with the gap and its owner.

    With --month it enters what is given of that FAMILY and month, and shows that month.

    Tables volume_plan (sales, finance, production) and plan_gap (owner) hold what was entered; the forecast stands in
    for sales, what is planned to be made for production.
    """
    open_database()
    from drumbeat.data.write_sheets import write_sheets
    from drumbeat.planning.balance_plans import find_lines, find_today, tabulate_plans

    given = {"sales": sales, "finance": finance, "production": production}
    plans = {party: text for party, text in given.items() if text is not None}
    first = find_today()
    if month or plans or owner is not None or comment:
        first, months = _enter(family, month, plans, {"owner": owner, "comment": comment, "author": author}), 1
    lines = find_lines(first, family, widest_first=gap, count=months)
    tables = tabulate_plans(lines)
    if xlsx:
        write_sheets(xlsx, tables)
    if as_json:
        typer.echo(json.dumps({name: json.loads(frame.write_json()) for name, frame in tables.items()}, indent=1))
        return
    print_plans(lines, Console())
    if xlsx:
        Console().print(f"\nWorkbook: [bold]{xlsx}[/]", soft_wrap=True)


def _enter(family: str, month: str, plans: dict[str, str], told: dict[str, str | None]) -> date:
    from drumbeat.planning.enter_plans import enter_plans, read_quantity

    try:
        day = date.fromisoformat(f"{month}-01" if len(month) == len("2026-03") else month)
    except ValueError:
        rule = "--month is a month, such as 2026-03"
        raise InputError(Finding("sop", rule, "Say which month is planned", value=month or None)) from None
    entered = {party: read_quantity(party, text) for party, text in plans.items()}
    author = told["author"] or getpass.getuser()
    enter_plans(family, day, entered, author=author, owner=told["owner"], comment=told["comment"] or "")
    return day


def print_plans(lines: list[Line], console: Console) -> None:
    """Print the lines, marking what nobody entered, and say how many wide gaps have no owner."""
    if not lines:
        console.print(
            "Nobody plans a family in these months: enter item_family, then forecast and plan, or enter volume_plan."
        )
        return
    table = Table("Family", "Month", box=None, pad_edge=False)
    table.columns[0].no_wrap = table.columns[1].no_wrap = True
    for name in ("Sales", "Finance", "Production", "Gap"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Closed by", overflow="fold")
    for line in lines:
        gap = "-" if line.gap is None else f"{line.gap:,.0f} {line.share:4.0%}"
        owner = line.owner or ("[red]nobody[/]" if line.is_open else "")
        plans = [_tell(getattr(line, party), is_entered=party in line.entered) for party in PARTIES]
        table.add_row(line.family, f"{line.month:%b %Y}", *plans, gap, owner)
    console.print(table)
    console.print("~ entered by nobody: the forecast for sales, planned orders for production", style="dim")
    alone = sum(line.is_open for line in lines)
    if alone:
        console.print(f"[red]Wide gaps that nobody closes: {alone:,}[/]", highlight=False)


def _tell(value: float | None, *, is_entered: bool) -> str:
    return "-" if value is None else f"{'' if is_entered else '~'}{value:,.0f}"
