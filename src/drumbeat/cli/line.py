"""`drumbeat line`: what a serial line makes, what holds it up, and where a place more would be worth most."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
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
    from drumbeat.twin.study_serial_line import compile_line, study_serial_line

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
        if not operation or not number.isdigit():
            remedy = "Write it like R-10/20=4"
            raise InputError(Finding("line", "places are told as OPERATION=NUMBER", remedy, None, "place", one))
        found[operation] = int(number)
    return found


def as_json_ready(study: SerialLineStudy) -> dict[str, Any]:
    """Return the answer in words and numbers that JSON knows; pieces by open hour."""
    return {
        "output": {"mean": study.output.value, "low": study.output.low, "high": study.output.high},
        "limit": study.limit,
        "lot": study.serial.lot,
        "good": study.serial.good,
        "more": study.more,
        "replications": study.replications,
        "stations": study.stations.to_dicts(),
        "findings": study.serial.findings.as_json(),
    }


def show(study: SerialLineStudy, console: Console) -> None:
    """Print what the line makes, then station by station where its time goes and what places would add."""
    output = study.output
    console.print(
        f"\n[bold]{output.value:,.4g} good pieces an open hour[/] ({output.low:,.4g} to {output.high:,.4g}), in lots "
        f"of {study.serial.lot:,}; the slowest station alone would make {study.limit:,.4g}", highlight=False,
    )  # fmt: skip
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("operation", overflow="fold")
    table.add_column("machines", overflow="fold")
    headings = ("places", "alone", "works", "down", "blocked", "starved", f"+{study.more} place adds")
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    for row in study.stations.iter_rows(named=True):
        shares = (f"{row[name]:.1%}" for name in ("works", "down", "blocked", "starved"))
        gain = "" if row["gain"] is None else f"{row['gain']:+.3g} ({row['gain_low']:+.2g} to {row['gain_high']:+.2g})"
        place = "" if row["places"] is None else str(row["places"])
        table.add_row(row["operation"], row["machines"], place, f"{row['rate']:,.4g}", *shares, gain)
    console.print(table, highlight=False)
