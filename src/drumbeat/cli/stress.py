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
    from drumbeat.basics.progress import Progress
    from drumbeat.data.snapshot import Snapshot
    from drumbeat.strategy.list_stress_nodes import StressTerms
    from drumbeat.strategy.run_stress import StressRow, StressRun
    from drumbeat.strategy.stress_by_twin import TwinStress


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
    by_twin: Annotated[
        int, typer.Option("--by-twin", min=0, max=40, help="Also play the worst so many losses of those named")
    ] = 0,
    plays: Annotated[int, typer.Option(min=2, max=10_000, help="With --by-twin: plays of each, on the same luck")] = 40,
    as_json: Annotated[bool, typer.Option("--json", help="Print the tests as JSON")] = False,
    xlsx: Annotated[Path | None, typer.Option(help="Write them as a workbook")] = None,
) -> None:
    """What the loss of a site, line, machine group, supplier, skill or people costs, and what would cover it."""
    start_django() if path else open_database()
    from drumbeat.basics.progress import part_of
    from drumbeat.strategy.list_stress_nodes import StressTerms
    from drumbeat.strategy.run_stress import run_stress

    try:
        terms = StressTerms(_read_weeks(weeks or []), people, demand)
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        raise typer.BadParameter(str(error)) from error
    with progress_bar("Stress tests") as progress:
        snapshot = read_source(path)
        share = part_of(progress, 0.0, 0.4 if by_twin else 1.0)
        run = run_stress(snapshot, terms, only=lose or [], together=together, progress=share)
        played = _play(snapshot, run, terms, by_twin, plays, part_of(progress, 0.4, 1.0)) if by_twin else None
    told = {one.key: one.as_json() for one in played.losses} if played else {}
    if xlsx:
        from drumbeat.data.write_sheets import write_sheets
        from drumbeat.strategy.views.stress import stress_sheets

        with xlsx.open("wb") as file:
            write_sheets(file, stress_sheets(run.as_json(), told), "UTC")
    if as_json:
        typer.echo(json.dumps(run.as_json() | {"played": told}, indent=2))
        return
    print_stress(run, Console())
    if played:
        print_played(played, run, Console())


def _play(
    snapshot: Snapshot, run: StressRun, terms: StressTerms, most: int, plays: int, progress: Progress
) -> TwinStress | None:
    """Play the worst losses; None where none of them costs something that can be played."""
    from drumbeat.strategy.disturb_floor import PLAYED_KINDS
    from drumbeat.strategy.play_plant import PlayTerms
    from drumbeat.strategy.stress_by_twin import stress_by_twin

    chosen = [row for row in run.rows if row.loss > 0 and row.kind in PLAYED_KINDS][:most]
    if not chosen:
        return None
    losses = {row.key: row.loss for row in chosen}
    return stress_by_twin(snapshot, losses, terms, PlayTerms(replications=plays, cores=0), progress)


def print_played(played: TwinStress, run: StressRun, console: Console) -> None:
    """Print what the twin says, one loss below the other."""
    names = {row.key: row.name or row.code for row in run.rows}
    console.print("\n[bold]By the twin[/], on the luck of the undisturbed plant")
    for one in played.losses:
        console.print(f"\n[bold]{names[one.key]}[/] [dim]{one.key}[/]", highlight=False)
        console.print(f"    {one.words}", markup=False, highlight=False)
    for finding in played.findings:
        console.print(f"[dim]{finding}[/]", highlight=False)


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
