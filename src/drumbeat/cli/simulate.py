"""`drumbeat simulate`: will it hold?"""

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
from drumbeat.cli.show_play import play_weeks

if TYPE_CHECKING:
    from drumbeat.twin.actions import SimulationRun

LEAST_SURE = 10
CAUSES = {
    "breakdown": "breakdowns of {}",
    "absence": "absence in {}",
    "supplier": "late deliveries from {}",
    "scrap": "scrap at {}",
    "run time": "run times that stray at {}",
}


def simulate(
    path: Annotated[Path | None, typer.Argument(help="Folder or workbook; without one, the database")] = None,
    weeks: Annotated[
        int | None,
        typer.Option(min=1, max=520, help="Play the plant so many weeks ahead by a rule, without a schedule"),
    ] = None,
    rule: Annotated[
        str, typer.Option(help="With --weeks: what machines take next; fifo, edd, spt, critical-ratio or atc")
    ] = "edd",
    setups_first: Annotated[
        bool, typer.Option("--setups-first", help="With --weeks: the shortest changeover before the rule")
    ] = False,
    replications: Annotated[
        int | None, typer.Option(min=1, help="How often it is played; default 1000, with --weeks 100")
    ] = None,
    precision: Annotated[
        float | None,
        typer.Option(help="Points of a percent wanted: play on until chances are known to so much either way"),
    ] = None,
    threats: Annotated[
        int, typer.Option(min=0, max=20, help="With --weeks: name so many causes that cost it most; takes longer")
    ] = 0,
    seed: Annotated[int, typer.Option(help="Seed of all luck")] = 1,
    cores: Annotated[int, typer.Option(min=0, help="Cores that share the work; 0 = all")] = 0,
    cluster: Annotated[str | None, typer.Option(help="Address of a Dask scheduler whose workers share it")] = None,
    seconds: Annotated[float, typer.Option(min=0.1, help="Seconds that the schedule may be improved")] = 10.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> None:
    """Say how probable it is that the schedule holds, and what threatens it most.

    Plans, schedules and simulates. Run on the database, the plan, the schedule and the simulation are kept.
    With --weeks, the plant is played forward by a rule instead, 13, 26 or 52 weeks: output, lead times, work in
    progress, utilisation, downtime, each with its interval; on the database it is kept, and shown below
    /twin/weeks/.
    """
    share = None if precision is None else read_precision(precision)
    if path is None:
        open_database()
    else:
        start_django()
    if weeks is not None:
        play_weeks(
            path, weeks=weeks, rule=rule, setups_first=setups_first, replications=replications or 100, precision=share,
            threats=threats, seed=seed, cores=cores, as_json=as_json,
        )  # fmt: skip
        return
    run = _simulate(
        path, replications=replications or 1000, precision=share, seed=seed, cores=cores, cluster=cluster,
        seconds=seconds,
    )  # fmt: skip
    if as_json:
        print(json.dumps(as_json_ready(run), indent=2))  # noqa: T201 - it is the output
    else:
        show(run, Console())


def _simulate(
    path: Path | None, *, replications: int, precision: float | None, seed: int, cores: int, cluster: str | None,
    seconds: float,
) -> SimulationRun:  # fmt: skip
    """Plan, schedule and simulate; what was made of the database is kept there."""
    from django.utils import timezone

    from drumbeat.basics.progress import part_of
    from drumbeat.planning.actions import make_plan, save_plan
    from drumbeat.scheduling.actions import make_schedule, save_schedule
    from drumbeat.twin.actions import save_simulation, simulate
    from drumbeat.twin.put_right import find_correction, put_right

    snapshot = read_source(path)
    with progress_bar("simulate") as progress:
        plan = make_plan(snapshot, progress=part_of(progress, 0.0, 0.1))
        schedule = make_schedule(snapshot, plan, seconds=seconds, progress=part_of(progress, 0.1, 0.5))
        run = simulate(
            snapshot, schedule, replications=replications, precision=precision, seed=seed, cores=cores, cluster=cluster,
            progress=part_of(progress, 0.5, 1.0),
        )  # fmt: skip
    if path is None:
        run = put_right(run, find_correction(snapshot))
        now = timezone.now()
        plan_id = save_plan(plan, now, snapshot).pk
        save_simulation(run, save_schedule(schedule, plan_id, now).pk, now)
    return run


def read_precision(points: float) -> float:
    """Return a precision in percentage points as a share."""
    if not 0.1 <= points <= 50:  # nan too
        rule, remedy = "a precision is 0.1 to 50 percentage points", "Write 1 for one point either way"
        raise InputError(Finding("simulate", rule, remedy, column="--precision", value=f"{points:g}"))
    return points / 100


def as_json_ready(run: SimulationRun) -> dict[str, Any]:
    """Return the answer in words and numbers that JSON knows; moments as ISO 8601."""
    return {
        "probability_all": [run.probability_all, run.probability_all_low, run.probability_all_high],
        "expected_on_time": [run.expected_on_time, run.expected_on_time_low, run.expected_on_time_high],
        "replications": run.replications,
        "replications_needed": run.result.needed,
        "seed": run.seed,
        "orders": json.loads(run.orders.write_json()),
        "threats": json.loads(run.threats.write_json()),
        "correction": None if run.correction is None else run.correction.as_json(),
        "expected_on_time_as_played": run.result.expected_on_time.value,
        "findings": run.findings.as_json(),
    }


def show(run: SimulationRun, console: Console) -> None:
    """Print whether it holds, what threatens it, and the orders that are least sure."""
    show_findings(run.findings)
    console.print("\n[bold]Will it hold?[/]")
    console.print(
        f"  All orders on time: {percent(run.probability_all, run.probability_all_low, run.probability_all_high)}"
    )
    on_time = percent(run.expected_on_time, run.expected_on_time_low, run.expected_on_time_high)
    console.print(f"  Orders on time, expected: {on_time}   ({run.replications} replications, seed {run.seed})")
    if run.correction is not None:
        from drumbeat.twin.put_right import tell_correction

        played = f" As played: {run.result.expected_on_time.value:.1%}." if run.correction.is_applied else ""
        console.print(f"  {tell_correction(run.correction)}{played}", markup=False, highlight=False)
    console.print("\n[bold]What threatens it most[/]")
    for threat in run.threats.head(3).iter_rows(named=True):
        cause = CAUSES[threat["kind"]].format(threat["subject"])
        cost = percent(threat["loss"], threat["loss_low"], threat["loss_high"])
        worst = f"; worst for order {threat['worst_order']}" if threat["worst_order"] else ""
        text = f"  {threat['rank']}. {cause}: {cost} of the orders late, {threat['late_hours']:.1f} h in all{worst}"
        console.print(text, markup=False, highlight=False)
    if run.threats.height == 0:
        console.print("  Nothing that was looked at.")
    table = Table(title="Least sure", title_justify="left", box=None)
    for name in ("order", "on time", "due", "planned", "P50", "P80", "P95"):
        # On a narrow terminal moments take two lines; codes and figures are never cut.
        table.add_column(name, no_wrap=name in ("order", "on time"))
    orders = run.orders.filter(run.orders["due_at"].is_not_null()).sort("probability", "order")
    for order in orders.head(LEAST_SURE).iter_rows(named=True):
        low, high = (order[f"probability_{name}"] for name in ("low", "high"))
        chance = f"{order['probability']:.0%} ({low:.0%}-{high:.0%})"
        ends = [order[name] for name in ("due_at", "planned_end", "p50_end", "p80_end", "p95_end")]
        table.add_row(order["order"], chance, *(f"{end:%d %b %H:%M}" if end else "never" for end in ends))
    console.print()
    console.print(table)


def percent(value: float, low: float, high: float) -> str:
    """Return a share with its interval, in percent."""
    return f"{value:.1%} ({low:.1%} to {high:.1%})"
