"""`drumbeat line`: what a serial line makes, what holds it up, and where a place more would be worth most."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from drumbeat.basics.findings import Finding, InputError
from drumbeat.cli.read_source import read_source
from drumbeat.cli.show import open_database, progress_bar, show_findings, start_django

if TYPE_CHECKING:
    from drumbeat.twin.study_serial_line import SerialLineStudy


def line(
    routing: Annotated[str, typer.Argument(help="Code of the routing whose machines are the line")],
    path: Annotated[
        Path | None, typer.Argument(help="Folder, workbook, or frePPLe fixture (.json); empty = the database")
    ] = None,
    places: Annotated[int, typer.Option(help="Lots that may wait where queue_places does not tell")] = 10,
    place: Annotated[
        list[str] | None, typer.Option(help="OPERATION=NUMBER: try so many places before an operation; repeatable")
    ] = None,
    more: Annotated[int, typer.Option(help="Places added before one machine at a time, 1 to 1000")] = 1,
    precision: Annotated[float, typer.Option(help="Half-width of the output's interval as a share of it")] = 0.01,
    seed: Annotated[int, typer.Option(help="Seed of all luck")] = 1,
    cores: Annotated[int, typer.Option(help="Cores; 0 = all")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print all of it as JSON")] = False,
) -> None:
    """What a serial line makes an hour, what holds it up, and where a place more would be worth most."""
    start_django() if path else open_database()
    from drumbeat.twin.compile_line import compile_line
    from drumbeat.twin.study_serial_line import as_json_ready, study_serial_line

    serial = compile_line(read_source(path), routing, places=places, set_places=_read_places(place or []))
    with progress_bar("line") as progress:
        study = study_serial_line(serial, more=more, precision=precision, seed=seed, cores=cores, progress=progress)
    if as_json:
        typer.echo(json.dumps(as_json_ready(study), indent=2))
    else:
        show_findings(serial.findings)
        show(study, Console())


def _read_places(told: list[str]) -> dict[str, int]:
    found = {}
    for one in told:
        operation, _, number = one.rpartition("=")
        if not operation or not number.isdecimal() or not number.isascii():
            remedy = "Write it like R-10/20=4"
            raise InputError(Finding("line", "places are told as OPERATION=NUMBER", remedy, None, "place", one))
        found[operation] = int(number)
    return found


def show(study: SerialLineStudy, console: Console) -> None:
    """Print what the line makes, then station by station where its time goes and what places would add."""
    output, lots = study.output, study.lots
    console.print(
        f"\n[bold]{output.value:,.4g} good pieces an open hour[/] ({output.low:,.4g} to {output.high:,.4g}), in lots "
        f"of {study.serial.lot:,}; the slowest station alone would make {study.limit:,.4g}. "
        f"{lots.value:,.3g} lots are in the line on average ({lots.low:,.3g} to {lots.high:,.3g})", highlight=False,
    )  # fmt: skip
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("operation", overflow="fold", min_width=12)
    for heading in ("places", "alone", "works", "down", "blocked", "starved", f"+{study.more} adds"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in study.stations.iter_rows(named=True):
        shares = (f"{row[name]:.1%}" for name in ("works", "down", "blocked", "starved"))
        gain = "" if row["gain"] is None else f"{row['gain']:+.2g} ±{(row['gain_high'] - row['gain_low']) / 2:.1g}"
        place = "" if row["places"] is None else str(row["places"])
        table.add_row(escape(row["operation"]), place, f"{row['rate']:,.4g}", *shares, gain)
    console.print(table, highlight=False)
    for row in study.stations.iter_rows(named=True):
        console.print(f"[dim]{escape(row['operation'])}: {escape(row['machines'])}[/]", highlight=False)
    if study.by_places.height:
        told = "; ".join(f"{row['places']}: {row['output']:,.4g}" for row in study.by_places.iter_rows(named=True))
        console.print(f"[dim]places before each station, and good pieces an open hour:[/] {told}", highlight=False)
        console.print(escape(study.advice), highlight=False)
