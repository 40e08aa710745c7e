"""`drumbeat weak`: hidden weaknesses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from drumbeat.cli.read_source import read_source
from drumbeat.cli.show import open_database, progress_bar, start_django

if TYPE_CHECKING:
    from drumbeat.strategy.engine.result import Weakness


def weak(
    path: Annotated[
        Path | None, typer.Argument(help="Folder, workbook, or frePPLe fixture (.json); empty = the database")
    ] = None,
    plan: Annotated[
        bool, typer.Option(help="Plan and schedule first, so that planned orders load the machines too")
    ] = True,
    by_twin: Annotated[
        int, typer.Option("--by-twin", min=0, max=100, help="Also play what so many of them, the worst, cost if left")
    ] = 0,
    plays: Annotated[int, typer.Option(min=2, max=10_000, help="With --by-twin: plays of each, on the same luck")] = 40,
    as_json: Annotated[bool, typer.Option("--json", help="Print the weaknesses as JSON")] = False,
) -> None:
    """Hidden weaknesses, the most at risk first: what shows them, what to do, what would prove them wrong."""
    start_django() if path else open_database()
    from drumbeat.strategy.actions import find_weaknesses

    with progress_bar("Weaknesses") as progress:
        progress(0.0, "reading")
        snapshot = read_source(path)
        schedule = _make_schedule(snapshot, progress) if plan else None
        progress(0.9, "looking")
        found = find_weaknesses(snapshot, schedule)
        if by_twin:
            from drumbeat.basics.progress import part_of
            from drumbeat.strategy.play_plant import PlayTerms
            from drumbeat.strategy.weak_by_twin import weak_by_twin

            terms = PlayTerms(replications=plays, cores=0)
            found = weak_by_twin(snapshot, found, terms, top=by_twin, progress=part_of(progress, 0.9, 1.0))
    if as_json:
        typer.echo(json.dumps([weakness.as_json() for weakness in found], indent=2))
        return
    print_weaknesses(found, Console())


def _make_schedule(snapshot: Any, progress: Any) -> Any:
    """Make a plan and a dispatching schedule, hardly improved: the load is what counts here."""
    from drumbeat.basics.progress import part_of
    from drumbeat.planning.actions import make_plan
    from drumbeat.scheduling.actions import make_schedule

    plan = make_plan(snapshot, progress=part_of(progress, 0.1, 0.4))
    return make_schedule(snapshot, plan, seconds=1.0, progress=part_of(progress, 0.4, 0.9))


def print_weaknesses(found: list[Weakness], console: Console) -> None:
    """Print weaknesses one below the other, as a production leader reads them."""
    if not found:
        console.print("\nNo weakness is above its threshold in these data.")
        return
    count = f"{len(found)} weakness{'es' if len(found) > 1 else ''}"
    console.print(f"\n[bold]{count}[/], the most at risk over the next 13 weeks first")
    for weakness in found:
        console.print(f"\n[bold]{weakness.rank:>2}  {_plain(weakness.headline)}[/]", highlight=False)
        table = Table(box=None, show_header=False, pad_edge=False)
        table.add_column(style="dim", no_wrap=True)
        table.add_column()
        interval = ""
        if weakness.low is not None and weakness.high is not None:
            interval = f" ({weakness.low:,.3g} to {weakness.high:,.3g})"
        table.add_row(
            "Measured",
            f"{weakness.metric}: [bold]{weakness.value:,.3g}[/]{interval}; threshold {weakness.threshold:,.3g}",
        )
        table.add_row("At risk", _risk(weakness))
        if weakness.by_twin:
            table.add_row("If left", _plain(str(weakness.by_twin["words"])))
        table.add_row("Do", _plain(weakness.remedy))
        table.add_row("Wrong if", _plain(weakness.disproof))
        table.add_row("Because", f"{_plain(weakness.threshold_source)}; {weakness.num_evidence:,} rows of evidence")
        console.print(Padding(table, (0, 0, 0, 4)), highlight=False)


def _risk(weakness: Weakness) -> str:
    risks = []
    if weakness.money_at_risk > 0:
        risks.append(f"[bold]{weakness.money_at_risk:,.0f} {weakness.currency}[/]")
    if weakness.hours_at_risk > 0:
        risks.append(f"{weakness.hours_at_risk:,.0f} h")
    if not risks:
        return f"not known ({_plain(weakness.risk_basis)})"
    return f"{', '.join(risks)}: {_plain(weakness.risk_basis)}"


def _plain(text: str) -> str:
    """Escape what the terminal would take for markup."""
    return text.replace("[", r"\[")
