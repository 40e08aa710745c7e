"""`drumbeat forecast`: what will be wanted, how sure that is, and what orders leave of it."""

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
    from drumbeat.demand.actions import ForecastRun

SHOWN = 15
"""Series on the terminal, the dearest errors first; all are in the workbook and in the JSON."""


def forecast(
    path: Annotated[
        Path | None, typer.Argument(help="Folder, workbook, or frePPLe fixture; empty = the database")
    ] = None,
    horizon: Annotated[int, typer.Option(min=1, max=520, help="Periods ahead")] = 12,
    best: Annotated[bool, typer.Option(help="Take each series' best model instead of a blend")] = False,
    xlsx: Annotated[Path | None, typer.Option(help="Write forecast and series to this workbook")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole forecast as JSON")] = False,
) -> None:
    """Forecast every item and site by the models that would have done well, with its band and the cost of its error."""
    start_django() if path else open_database()
    from drumbeat.demand.actions import make_forecast

    with progress_bar("Forecasting") as progress:
        progress(0.0, "reading")
        run = make_forecast(read_source(path), horizon=horizon, blends=not best, progress=progress)
    if xlsx:
        write_workbook(run, xlsx)
    if as_json:
        typer.echo(json.dumps(run.as_document(), indent=1))
        return
    print_forecast(run, Console())
    if xlsx:
        Console().print(f"\nWorkbook: [bold]{xlsx}[/]", soft_wrap=True)


def write_workbook(run: ForecastRun, path: Path) -> None:
    """Write forecast and series as sheets of a workbook."""
    import xlsxwriter

    with xlsxwriter.Workbook(path) as book:
        for name, frame in (("forecast", run.rows), ("series", run.series)):
            frame.write_excel(book, worksheet=name, autofit=True, freeze_panes=(1, 0))


def print_forecast(run: ForecastRun, console: Console) -> None:
    """Print the series whose errors cost most, and what will be wanted of all."""
    show_findings(run.findings)
    period = run.compiled.period
    console.print(
        f"[bold]{run.series.height:,} series[/] by {period}, {len(run.compiled.starts)} {period}s ahead",
        highlight=False,
    )
    if not run.series.height:
        return
    next_ones = run.rows.group_by("item", "site", maintain_order=True).agg(
        pl.col("quantity").first(), pl.col("low").first(), pl.col("high").first(), pl.col("left").sum()
    )
    shown = (
        run.series.join(next_ones, on=["item", "site"], maintain_order="left")
        .sort("error_cost", descending=True, nulls_last=True, maintain_order=True)
        .head(SHOWN)
    )
    table = Table(title=f"Next {period}, the dearest errors first", title_justify="left")
    table.add_column("Item", min_width=8)
    table.add_column("Site", min_width=6)
    for name in ("Expected", "8 in 10 within", "Error", "Costs"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Led by")
    for row in shown.iter_rows(named=True):
        numbers = [row[name] for name in ("error", "error_cost")]
        cells = ["-" if value is None else f"{value:,.1f}" for value in numbers]
        band = f"{row['low']:,.0f} - {row['high']:,.0f}"
        table.add_row(row["item"], row["site"], f"{row['quantity']:,.1f}", band, *cells, row["model"])
    console.print(table)
    if run.series.height > SHOWN:
        console.print(f"... and {run.series.height - SHOWN:,} more", highlight=False)
