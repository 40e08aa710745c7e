"""How the command line shows the director's KPIs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from drumbeat.cli.read_source import read_source
from drumbeat.cli.show import progress_bar

if TYPE_CHECKING:
    from drumbeat.strategy.engine.director.result import DirectorKpi, DirectorReview

PART_WIDTH = 41


def show_director(path: Path | None, replications: int, seed: int, as_json: bool) -> None:
    """Measure the director's KPIs and print them."""
    from drumbeat.strategy.measure_director import measure_director
    from drumbeat.strategy.run_stress import read_terms

    with progress_bar("Director's KPIs") as progress:
        progress(0.0, "reading")
        terms = None if path else read_terms()
        review = measure_director(
            read_source(path), terms=terms, replications=replications, seed=seed, progress=progress
        )
    if as_json:
        typer.echo(json.dumps(review.as_json(), indent=2))
        return
    print_review(review, Console())


def print_review(review: DirectorReview, console: Console) -> None:
    """Print the seven KPIs, each with its interval, what it means, and what it is made of."""
    console.print(f"\n[bold]The director's KPIs[/], seen from {review.as_of:%d %b %Y}, with 80 % intervals")
    for kpi in review.kpis:
        interval = f"  [dim]{kpi.interval_text}[/]" if kpi.interval_text else ""
        console.print(f"\n[bold]{kpi.name:34}{kpi.text}[/]{interval}", highlight=False)
        console.print(f"    {kpi.words}", markup=False, highlight=False)
        for line in _lines(kpi):
            console.print(Padding(line, (0, 0, 0, 4)), highlight=False)
    for finding in review.findings:
        console.print(f"[yellow]warning[/] {finding}", highlight=False)


def _lines(kpi: DirectorKpi) -> Iterator[Table | Padding]:
    """One line a part: name, value and interval; how it was measured goes below it, across the whole width."""
    rows = [
        (part.name, part.text + (f" ({part.interval_text})" if part.interval_text else ""), part.note)
        for part in kpi.parts
    ]
    if kpi.series:
        rows.append(("Trend", kpi.trend.words, kpi.series_name))
    rows.append(("Rests on", f"{kpi.n:,} {kpi.counted}", kpi.note))
    for name, told, note in rows:
        line = Table(box=None, show_header=False, pad_edge=False)
        line.add_column(style="dim", width=PART_WIDTH)
        line.add_column()
        line.add_row(Text(name), Text(told))
        yield line
        if note:
            yield Padding(Text(note, style="dim"), (0, 0, 0, 2))
