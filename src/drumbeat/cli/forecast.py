"""`drumbeat forecast`: what will be wanted, how sure that is, what people changed, and what that was worth."""

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
    from drumbeat.demand.score_forecasts import ValueAdded

SHOWN = 15
"""Series on the terminal, the dearest errors first; all are in the workbook and in the JSON."""


def forecast(
    path: Annotated[
        Path | None, typer.Argument(help="Folder, workbook, or frePPLe fixture; empty = the database, and it is kept")
    ] = None,
    horizon: Annotated[int, typer.Option(min=1, max=520, help="Periods ahead")] = 12,
    best: Annotated[bool, typer.Option(help="Take each series' best model instead of a blend")] = False,
    add_up: Annotated[bool, typer.Option(help="Make items over sites and families over items add up")] = True,
    edits: Annotated[bool, typer.Option("--edits", help="Show people's edits, and what each changed")] = False,
    statistical: Annotated[bool, typer.Option("--statistical", help="Leave people's edits out")] = False,
    fva: Annotated[
        bool, typer.Option("--fva", help="Forecast value added: score the forecasts that were kept, step by step")
    ] = False,
    xlsx: Annotated[Path | None, typer.Option(help="Write forecast and series to this workbook")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole forecast as JSON")] = False,
) -> None:
    """Forecast every item and site by the models that would have done well, with its band and the cost of its error."""
    start_django() if path and not fva else open_database()
    from django.utils import timezone

    from drumbeat.data.write_sheets import write_sheets
    from drumbeat.demand.actions import make_forecast, save_forecast

    if fva:
        score(path, xlsx, as_json)
        return
    with progress_bar("Forecasting") as progress:
        progress(0.0, "reading")
        snapshot = read_source(path)
        run = make_forecast(
            snapshot, horizon=horizon, blends=not best, reconciles=add_up, edits=not statistical, progress=progress
        )
    stored = save_forecast(run, timezone.now()) if path is None and run.series.height else None
    if xlsx:
        write_sheets(xlsx, {"forecast": run.rows, "series": run.series, "edits": run.edits})
    if as_json:
        typer.echo(json.dumps(run.as_document(), indent=1))
        return
    console = Console()
    print_forecast(run, console)
    if edits:
        print_edits(run, console)
    if stored:
        console.print(f"\nKept as {stored}.", highlight=False)
    if xlsx:
        console.print(f"\nWorkbook: [bold]{xlsx}[/]", soft_wrap=True)


def score(path: Path | None, xlsx: Path | None, as_json: bool) -> None:
    """Score the forecasts that the database keeps against the demand that came, there or in `path`."""
    from drumbeat.data.write_sheets import write_sheets
    from drumbeat.demand.score_forecasts import score_forecasts

    found = score_forecasts(read_source(path))
    tables = {"steps": found.steps, "people": found.people, "reasons": found.reasons, "edits": found.edits}
    if xlsx:
        write_sheets(xlsx, tables)
    if as_json:
        rows = {name: json.loads(frame.write_json()) for name, frame in tables.items()}
        typer.echo(json.dumps({"periods": found.num_periods, **rows}, indent=1))
        return
    print_value(found, Console())


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
        band = f"{row['low']:,.0f} - {row['high']:,.0f}"
        cells = [_number(row[name]) for name in ("error", "error_cost")]
        table.add_row(row["item"], row["site"], f"{row['quantity']:,.1f}", band, *cells, row["model"])
    console.print(table)
    if run.series.height > SHOWN:
        console.print(f"... and {run.series.height - SHOWN:,} more", highlight=False)


def print_edits(run: ForecastRun, console: Console) -> None:
    """Print the edits that count, and what each made of the forecast that it found."""
    table = Table("About", "Days", "Why", "Who", title="People's edits", title_justify="left")
    table.columns[1].no_wrap = True
    for name in ("Found", "Left"):
        table.add_column(name, justify="right")
    for row in run.edits.iter_rows(named=True):
        about = " ".join(row[name] for name in ("item", "family", "site", "customer") if row[name]) or "everything"
        days = f"{row['starts_on']:%Y-%m-%d} to {row['ends_on']:%m-%d}"
        found = [_number(row[name]) for name in ("before", "after")]
        table.add_row(about, days, row["reason"], row["author"], *found)
    console.print(table if run.edits.height else "Nobody has changed this forecast.")


def print_value(found: ValueAdded, console: Console) -> None:
    """Print what each step was worth, and whose edits helped."""
    if not found.num_periods:
        console.print(
            "No forecast can be judged yet: forecasts are scored when the demand that they told of is loaded."
        )
        return
    console.print(f"[bold]{found.num_periods} periods[/] judged", highlight=False)
    table = Table("Step", title="Forecast value added", title_justify="left")
    for name in ("Error of demand", "Bias", "Cost", "Saved"):
        table.add_column(name, justify="right")
    for row in found.steps.iter_rows(named=True):
        shares = ["-" if row[name] is None else f"{row[name]:.1%}" for name in ("wape", "bias_share")]
        table.add_row(row["step"], *shares, _number(row["cost"]), _number(row["saved_cost"]))
    console.print(table)
    for name, frame in (("author", found.people), ("reason", found.reasons)):
        if frame.height:
            table = Table(name.capitalize(), "Edits", "Helped", "Units saved", "Money saved")
            for row in frame.iter_rows(named=True):
                cells = [f"{row['helped']:.0%}", _number(row["saved_units"]), _number(row["saved_cost"])]
                table.add_row(row[name] or "nobody named", str(row["edits"]), *cells)
            console.print(table)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.1f}"
