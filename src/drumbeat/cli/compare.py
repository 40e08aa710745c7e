"""`drumbeat compare`: which of some ways to run the plant is better than today's, and how sure is that?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from drumbeat.cli.read_source import read_source
from drumbeat.cli.show import open_database, progress_bar, show_findings

if TYPE_CHECKING:
    from drumbeat.twin.compare import ComparisonRun, KpiComparison

SHOWN_ORDERS = 8


def compare(
    designs: Annotated[
        list[str], typer.Argument(help="Each a folder, workbook, file of changes (.toml, .json), or a what-if's name")
    ],
    base: Annotated[Path | None, typer.Option(help="What they are compared with; without one, the database")] = None,
    replications: Annotated[int, typer.Option(min=2, max=1_000_000, help="How often each is replayed")] = 1000,
    seconds: Annotated[float, typer.Option(min=0.1, help="Effort that each schedule gets, about")] = 2.0,
    seed: Annotated[int, typer.Option(help="Of all luck, which all designs share")] = 1,
    cores: Annotated[int, typer.Option(min=0, help="Cores that share the work; 0 = all. The result is the same")] = 0,
    cluster: Annotated[str | None, typer.Option(help="Address of a Dask scheduler whose workers share it")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> None:
    """Plan, schedule and simulate each design on the same luck, and compare it with today.

    Says for each figure how much a design differs, how sure that is, the probability that it is the best, and what
    choosing it is expected to cost if it is not. Nothing is stored.
    """
    open_database()
    from drumbeat.basics.progress import part_of
    from drumbeat.twin.compare import compare as compare_designs
    from drumbeat.twin.compare_read import read_designs
    from drumbeat.twin.measure_design import Effort

    effort = Effort(replications, seconds, seed, cores, cluster)
    with progress_bar("compare") as progress:
        progress(0.0, "reading")
        found = read_designs(read_source(base), designs)
        run = compare_designs(found, effort, part_of(progress, 0.05, 1.0))
    if as_json:
        print(json.dumps(run.as_json(), indent=2))  # noqa: T201 - it is the output
    else:
        show(run, Console())
    if run.failed:
        raise typer.Exit(1)


def show(run: ComparisonRun, console: Console) -> None:
    """Print a comparison: the verdict, a table a figure, and the orders that change most."""
    errors = Console(stderr=True)
    for design, findings in run.failed:
        errors.print(f"[red]{design.name} cannot be played[/]", highlight=False)
        show_findings(findings, errors)
    if not run.kpis:
        return
    console.print(f"[bold]{run.verdict}[/]\n", highlight=False)
    for one in run.kpis:
        console.print(_make_table(run, one))
        console.print()
    for design, played in zip(run.designs, run.played, strict=True):
        if played.num_unplaced:
            words = "orders have tasks without a place: see drumbeat schedule"
            console.print(f"[yellow]{design.name}: {played.num_unplaced} {words}[/]", highlight=False)
    for name, orders in run.changed.items():
        if orders.height:
            table = Table(title=f"Orders that change most: {name}", title_justify="left", box=None)
            for column in ("order", "item", "on time today", "on time then", "P80 end moves"):
                table.add_column(column, no_wrap=True)
            for row in orders.head(SHOWN_ORDERS).iter_rows(named=True):
                shift = row["p80_shift_hours"]
                moved = "–" if shift is None else f"{shift:+,.1f} h"
                chances = (f"{row[which]:.0%}" for which in ("probability_before", "probability"))
                table.add_row(row["order"], row["item"] or "", *chances, moved)
            console.print(table)


def _make_table(run: ComparisonRun, one: KpiComparison) -> Table | str:
    from drumbeat.twin.compare_verdict import tell_chance

    kpi, scale = one.kpi, 100.0 if one.kpi.unit == "%" else 1.0
    title = f"{kpi.label}, {kpi.unit}".rstrip(", ")
    if len(run.designs) > 1 and all(gap == (0, 0, 0) for gap in one.differences):
        return f"{title}: {one.summaries[0].mean.value * scale:,.1f} in all designs, in every replication."
    table = Table(title=title, title_justify="left", box=None)
    for name in ("", "mean", "P10 to P90", f"against {run.designs[0].name}", "P(best)", "loss"):
        table.add_column(name, no_wrap=bool(name), justify="right" if name else "left")
    for number, design in enumerate(run.designs):
        summary, gap = one.summaries[number], one.differences[number]
        chance = tell_chance(float(one.weighing.probability_best[number]))
        table.add_row(
            design.name,
            _show(summary.mean.value * scale),
            f"{_show(summary.p10.value * scale)} to {_show(summary.p90.value * scale)}",
            "{} ({} to {})".format(*(_show(value * scale, "+") for value in gap)) if number else "",
            chance.replace("more than ", ">").replace("less than ", "<"),
            _show(float(one.weighing.expected_loss[number]) * scale),
        )
    return table


def _show(value: float, sign: str = "") -> str:
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:{sign},.{digits}f}"
