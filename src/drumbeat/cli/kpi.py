"""`drumbeat kpi`: the scorecard."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from drumbeat.cli.read_source import read_source
from drumbeat.cli.show import open_database, start_django
from drumbeat.cli.show_director import show_director

if TYPE_CHECKING:
    from drumbeat.kpis.engine.result import Figure, Point, Scorecard, Trend

BARS = "▁▂▃▄▅▆▇█"
SHOWN_WEEKS = 13
COLOURS = {"better": "green", "worse": "red", "changed": "yellow"}


def kpi(
    path: Annotated[
        Path | None, typer.Argument(help="Folder, workbook, or frePPLe fixture (.json); empty = the database")
    ] = None,
    weeks: Annotated[
        int, typer.Option(min=1, max=520, help="Weeks of the period, which ends at the data's moment")
    ] = 13,
    director: Annotated[
        bool, typer.Option("--director", help="The seven KPIs of a director instead, with 80 % intervals")
    ] = False,
    replications: Annotated[
        int, typer.Option(min=20, max=100_000, help="With --director: times that the coming quarter is played")
    ] = 1000,
    seed: Annotated[int, typer.Option(help="With --director: seed of all luck")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON")] = False,
) -> None:
    """The scorecard: OEE, on-time delivery, first-pass yield, schedule variance, with interval and trend."""
    start_django() if path else open_database()
    if director:
        show_director(path, replications, seed, as_json)
        return
    from drumbeat.kpis.actions import measure_scorecard

    scorecard = measure_scorecard(read_source(path), weeks=weeks)
    if as_json:
        typer.echo(json.dumps(scorecard.as_json(), indent=2))
        return
    print_scorecard(scorecard, Console())


def print_scorecard(scorecard: Scorecard, console: Console) -> None:
    """Print the enterprise's figures, then those of each site, then OEE's losses and the parts' figures."""
    console.print(f"\n[bold]Scorecard[/] {scorecard.start:%d %b %Y} to {scorecard.end:%d %b %Y %H:%M} UTC")
    for title, figures in _groups(scorecard):
        console.print(_figures_table(title, figures))
    console.print(_losses_table(scorecard))
    console.print("\n[dim]Trend: changes of level in the last 13 weeks that luck does not explain; few = few weeks.[/]")
    for finding in scorecard.findings[:10]:
        console.print(f"[cyan]note[/] {finding}", highlight=False)
    if len(scorecard.findings) > 10:
        console.print(f"... and {len(scorecard.findings) - 10} more notes")


def _groups(scorecard: Scorecard) -> list[tuple[str, tuple[Figure, ...]]]:
    groups = [("Enterprise", scorecard.of("enterprise"))]
    regions = sorted({figure.scope for figure in scorecard.of("region")})
    groups += [(f"Region {region}", scorecard.of("region", region)) for region in regions]
    sites = sorted({figure.scope for figure in scorecard.of("site")})
    groups += [(f"Site {site}", scorecard.of("site", site)) for site in sites]
    lines = tuple(figure for figure in scorecard.of("line") if figure.key == "oee")
    centres = tuple(figure for figure in scorecard.of("cost centre") if figure.key == "overtime_share")
    groups += [("OEE by line", lines), ("Overtime by cost centre", centres)]
    return [(title, figures) for title, figures in groups if figures]


def _figures_table(title: str, figures: tuple[Figure, ...]) -> Table:
    is_by_scope = len({figure.key for figure in figures}) == 1
    table = Table(
        title=f"\n{title}", title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="dim"
    )
    table.add_column("Figure", no_wrap=True, min_width=24)
    table.add_column("Value", justify="right", no_wrap=True, min_width=7)
    table.add_column("95 % interval", no_wrap=True, min_width=15)
    table.add_column("n", justify="right", no_wrap=True, min_width=5)
    table.add_column("Weeks", no_wrap=True, min_width=SHOWN_WEEKS)
    table.add_column("Trend", no_wrap=True, min_width=6)
    for figure in figures:
        is_known = figure.value is not None
        table.add_row(
            figure.scope if is_by_scope else figure.name,
            f"[bold]{figure.text}[/]" if is_known else "[dim]none[/]",
            figure.interval_text if is_known else f"[dim]{figure.text}[/]",
            f"{figure.n:,}" if figure.n else "",
            draw_bars(figure.series[-SHOWN_WEEKS:]),
            _trend(figure.trend) if is_known else "",
        )
    return table


def _trend(trend: Trend) -> str:
    if trend.verdict in COLOURS:
        return f"[{COLOURS[trend.verdict]}]{trend.words}[/]"
    return "[dim]few[/]" if trend.verdict == "not enough data" else "[dim]no signal[/]"


def _losses_table(scorecard: Scorecard) -> Table:
    """Where the planned hours went, by site."""
    figures = [
        figure for figure in scorecard.figures if figure.key == "oee" and figure.parts and figure.level == "site"
    ]
    table = Table(
        title="\nWhere the planned hours went" if figures else None,
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
        header_style="dim",
        show_header=bool(figures),
    )
    if not figures:
        return table
    table.add_column("Hours", no_wrap=True)
    for figure in figures:
        table.add_column(figure.scope, justify="right", no_wrap=True)
    outside = {"planned maintenance", "overtime"}
    planned = [sum(hours for name, hours in figure.parts if name not in outside) or 1.0 for figure in figures]
    for name, _ in figures[0].parts:
        amounts = [dict(figure.parts).get(name, 0.0) for figure in figures]
        if not any(amounts):
            continue
        cells = [
            f"{hours:,.0f}" + ("" if name in outside else f" [dim]{hours / whole:6.1%}[/]")
            for hours, whole in zip(amounts, planned, strict=True)
        ]
        table.add_row("good output" if name == "good" else name, *cells)
    return table


def draw_bars(points: tuple[Point, ...]) -> str:
    """Draw a series as small bars, lowest to highest; a dot where a week was not measured."""
    values = [point.value for point in points if point.value is not None]
    if not values:
        return ""
    low, high = min(values), max(values)
    scale = (len(BARS) - 1) / (high - low) if high > low else 0.0
    return "".join("·" if p.value is None else BARS[round((p.value - low) * scale)] for p in points)
