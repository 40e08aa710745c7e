"""`drumbeat run`: everything, and one HTML report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from drumbeat.cli.read_source import read_source
from drumbeat.cli.show import open_database, progress_bar, start_django

if TYPE_CHECKING:
    from drumbeat.home.run import Run


def run(
    path: Annotated[
        Path | None, typer.Argument(help="Folder, workbook, or frePPLe fixture (.json); empty = the database")
    ] = None,
    report: Annotated[Path, typer.Option(help="Where the HTML report goes")] = Path("drumbeat-report.html"),
    seconds: Annotated[float, typer.Option(min=0, help="Time to improve the schedule for")] = 10.0,
    replications: Annotated[int, typer.Option(min=1, max=1_000_000, help="Times that the twin plays it")] = 1000,
    seed: Annotated[int, typer.Option(help="Of all luck")] = 1,
    cores: Annotated[int, typer.Option(min=0, help="Threads for the twin; 0 = all cores. The result is the same")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the headline figures as JSON")] = False,
) -> None:
    """Plan, schedule, simulate, score, find weaknesses; write one self-contained HTML report."""
    start_django() if path else open_database()
    from django.utils import timezone

    from drumbeat.home.report import write_report
    from drumbeat.home.run import put_run_right, run_all, save_run
    from drumbeat.home.warm_up import start_warm_up

    if start_warm_up():
        note = "The first run on a machine compiles Drumbeat's kernels: one to three minutes, once."
        Console(stderr=True).print(note, style="dim")
    with progress_bar("Drumbeat") as progress:
        progress(0.0, "reading")
        snapshot = read_source(path)
        result = run_all(
            snapshot, seconds=seconds, replications=replications, seed=seed, cores=cores, progress=progress
        )
    created_at = timezone.now()
    if path is None:
        result = put_run_right(result)
        save_run(result, created_at)
    write_report(result, report, created_at)
    if as_json:
        typer.echo(json.dumps(headline(result) | {"report": str(report)}, indent=2))
        return
    print_run(result, Console())
    Console().print(f"\nReport: [bold]{report}[/]", soft_wrap=True)


def headline(result: Run) -> dict[str, Any]:
    """Return the few figures that everybody asks for first."""
    orders = result.schedule.orders
    return {
        "version": result.snapshot.version,
        "as_of": result.snapshot.as_of.isoformat(),
        "orders": orders.height,
        "late_on_paper": orders.filter(orders["late_seconds"] > 0).height,
        "expected_on_time": result.simulation.expected_on_time,
        "expected_on_time_interval": [result.simulation.expected_on_time_low, result.simulation.expected_on_time_high],
        "probability_all_on_time": result.simulation.probability_all,
        "threats": result.simulation.threats.head(3).select("kind", "subject", "loss").to_dicts(),
        "weaknesses": [weakness.headline for weakness in result.weaknesses],
        "seconds": result.seconds,
    }


def print_run(result: Run, console: Console) -> None:
    """Print a run as a production leader reads it: will it hold, what threatens it, what to change."""
    from drumbeat.home.report import verdict

    simulation, orders = result.simulation, result.schedule.orders
    late = orders.filter(orders["late_seconds"] > 0).height
    low, high = simulation.expected_on_time_low, simulation.expected_on_time_high
    console.print(
        f"\n[bold]Will it hold?[/] {verdict(simulation.expected_on_time)}: [bold]{simulation.expected_on_time:.0%}[/] "
        f"of {orders.height} orders on time ({low:.1%} to {high:.1%}); on paper {late} are late."
    )
    table = Table("Threat", "Costs", "Hits hardest", box=None, pad_edge=False, header_style="dim")
    for threat in simulation.threats.head(3).iter_rows(named=True):
        table.add_row(f"{threat['kind']} · {threat['subject']}", f"{threat['loss']:.1%}", threat["worst_order"] or "")
    console.print(table)
    proposals = result.plan.orders.group_by("method").len().sort("method")
    said = ", ".join(f"{row['len']} to {row['method']}" for row in proposals.iter_rows(named=True)) or "none"
    console.print(
        f"\n[bold]Plan[/] proposals: {said}; {result.plan.actions.height} action messages\n"
        f"[bold]Schedule[/] {result.schedule.tasks.height} tasks by {result.schedule.result.method}, "
        f"the last ends after {result.schedule.result.worth.makespan_hours:,.1f} h"
    )
    known = [figure for figure in result.scorecard.figures if figure.value is not None][:6]
    if known:
        console.print("[bold]Scorecard[/] " + ", ".join(f"{figure.name} {figure.text}" for figure in known))
    if result.weaknesses:
        console.print("\n[bold]What to change[/]")
        for weakness in result.weaknesses[:8]:
            console.print(f"  · {weakness.headline}", highlight=False)
    spent = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in result.seconds.items())
    console.print(f"\n[dim]{spent}[/]")
