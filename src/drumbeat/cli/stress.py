"""`drumbeat stress`: what losses cost, and what would cover them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from drumbeat.basics.findings import Finding, InputError
from drumbeat.cli.read_source import read_source
from drumbeat.cli.show import open_database, progress_bar, start_django

if TYPE_CHECKING:
    from drumbeat.strategy.run_stress import StressRow, StressRun


def stress(
    path: Annotated[
        Path | None, typer.Argument(help="Folder, workbook, or frePPLe fixture (.json); empty = the database")
    ] = None,
    lose: Annotated[
        list[str] | None, typer.Option(help="A kind (supplier) or a key (supplier/ACME); may be repeated")
    ] = None,
    together: Annotated[bool, typer.Option(help="Also lose all that are named at once")] = False,
    weeks: Annotated[list[str] | None, typer.Option(help="Weeks to recover by kind, such as supplier=6")] = None,
    people: Annotated[float, typer.Option(help="Share of a site's people that are away, above 0 to 1")] = 0.2,
    demand: Annotated[float, typer.Option(help="What demand is multiplied by in its test")] = 1.3,
    as_json: Annotated[bool, typer.Option("--json", help="Print the tests as JSON")] = False,
    xlsx: Annotated[Path | None, typer.Option(help="Write them as a workbook")] = None,
) -> None:
    """What the loss of a site, line, machine group, supplier, skill or people costs, and what would cover it."""
    start_django() if path else open_database()
    from drumbeat.strategy.list_stress_nodes import StressTerms
    from drumbeat.strategy.run_stress import run_stress

    try:
        terms = StressTerms(_read_weeks(weeks or []), people, demand)
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        raise typer.BadParameter(str(error)) from error
    with progress_bar("Stress tests") as progress:
        run = run_stress(read_source(path), terms, only=lose or [], together=together, progress=progress)
    if xlsx:
        from drumbeat.data.write_sheets import write_sheets
        from drumbeat.strategy.views.stress import stress_sheets

        with xlsx.open("wb") as file:
            write_sheets(file, stress_sheets(run.as_json()), "UTC")
    if as_json:
        typer.echo(json.dumps(run.as_json(), indent=2))
        return
    print_stress(run, Console())


def _read_weeks(told: list[str]) -> dict[str, float]:
    weeks = {}
    for word in told:
        kind, _, number = word.partition("=")
        try:
            weeks[kind.strip()] = float(number)
        except ValueError:
            rule, remedy = "weeks to recover are a kind and a number", "Write them as supplier=6"
            raise InputError(Finding("--weeks", rule, remedy, value=word)) from None
    return weeks


def print_stress(run: StressRun, console: Console) -> None:
    """Print the tests, the largest loss first."""
    console.print(f"\n[bold]{len(run.rows)} stress tests[/]; a week earns {run.weekly:,.0f} {run.currency}")
    if run.unserved > 0.5:
        console.print(
            f"{run.unserved:,.0f} {run.currency} a week more is wanted than can be made: no test counts that."
        )
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("lost", overflow="fold")
    for heading in ("recovers in", "survived for", f"loss {run.currency}", "exposure"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("cheapest cover", overflow="fold")
    for row in run.rows:
        survived = "any time" if row.weeks_to_survive >= 104 else f"{row.weeks_to_survive:.1f} wk"
        table.add_row(
            f"{row.name or row.code} [dim]{row.key}[/]", f"{row.weeks_to_recover:.1f} wk", survived,
            f"{row.loss:,.0f}", f"{row.index:.2f}", _tell_cover(row),
        )  # fmt: skip
    console.print(table, highlight=False)
    for finding in run.findings:
        console.print(f"[dim]{finding}[/]", highlight=False)


def _tell_cover(row: StressRow) -> str:
    if not row.remedies:
        return "none found" if row.loss > 0 else ""
    first = row.remedies[0]
    price = first["missing"] and f"price not in the data ({first['missing']})"
    if first["cost_a_year"] is not None:
        price = f"{first['cost_a_year']:,.0f} a year"
    return f"{first['kind']}: {price}"
