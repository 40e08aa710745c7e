"""`drumbeat schedule`: when does each task run, and why are orders late?"""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from drumbeat.cli.read_source import read_source
from drumbeat.cli.show import open_database, progress_bar, start_django
from drumbeat.cli.show_schedule import as_document, print_lists, print_schedule, write_calendar, write_workbook

if TYPE_CHECKING:
    from drumbeat.data.snapshot import Snapshot
    from drumbeat.scheduling.actions import ScheduleRun
    from drumbeat.scheduling.profiles import Effort


class Profile(StrEnum):
    """How much effort the schedule is worth."""

    QUICK = "quick"
    BALANCED = "balanced"
    THOROUGH = "thorough"


class Grouping(StrEnum):
    """What one calendar of an iCalendar file is about."""

    RESOURCE = "resource"
    ORDER = "order"


def schedule(
    path: Annotated[
        Path | None, typer.Argument(help="Folder, workbook, or frePPLe fixture; empty = the database, and it is kept")
    ] = None,
    profile: Annotated[
        Profile,
        typer.Option(help="quick: 3 s or a gap of 2 %; balanced: 20 s or 0.5 %; thorough: 180 s or the optimum"),
    ] = Profile.BALANCED,
    seconds: Annotated[
        float | None, typer.Option(min=0.1, help="Seconds that it may be improved; empty = as the profile says")
    ] = None,
    gap: Annotated[
        float | None, typer.Option(min=0.0, max=0.99, help="Stop within this share of the best possible, e.g. 0.01")
    ] = None,
    plateau: Annotated[
        float | None, typer.Option(min=0.0, help="Stop after so many seconds without a better one; 0 = never")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Threads")] = 2,
    seed: Annotated[int, typer.Option(help="Seed of the search")] = 0,
    deterministic: Annotated[
        bool, typer.Option("--deterministic", help="Count work instead of the clock: a seed gives the same schedule")
    ] = False,
    starts: Annotated[
        int | None,
        typer.Option(
            min=1, max=1000, help="Searches with seeds of their own, the best of which wins; empty = 1, or one a worker"
        ),
    ] = None,
    cluster: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler whose workers do the searches")
    ] = None,
    lists: Annotated[bool, typer.Option("--lists", help="Print what each machine does next, shift by shift")] = False,
    machine: Annotated[str, typer.Option(help="Lists of this machine only")] = "",
    xlsx: Annotated[
        Path | None, typer.Option(help="Write figures, orders, reasons, tasks and a sheet a machine to this workbook")
    ] = None,
    ics: Annotated[Path | None, typer.Option(help="Write an iCalendar file, or one each into this folder")] = None,
    by: Annotated[Grouping, typer.Option(help="What each calendar in the folder is about")] = Grouping.RESOURCE,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole schedule as JSON")] = False,
) -> None:
    """Make a finite schedule of live and planned orders, and say why orders are late."""
    start_django() if path else open_database()
    effort = _choose_effort(profile, seconds, gap, plateau)
    search = {"seed": seed, "workers": workers, "is_deterministic": deterministic, "cluster": cluster}
    snapshot, run, stored = make(path, effort, starts or _count_starts(cluster), search)
    if xlsx:
        write_workbook(run, snapshot, xlsx)
    files = write_calendar(run, ics, by.value) if ics else 0
    if as_json:
        typer.echo(json.dumps(as_document(run), indent=1))
        return
    console = Console()
    print_schedule(run, console)
    if lists or machine:
        print_lists(run, snapshot, console, machine)
    if stored:
        console.print(f"\nKept as {stored}.", highlight=False)
    if xlsx:
        console.print(f"\nWorkbook: [bold]{xlsx}[/]", soft_wrap=True)
    if ics:
        console.print(f"\nCalendar{'s' if files > 1 else ''}: [bold]{ics}[/]", soft_wrap=True)


def _choose_effort(profile: Profile, seconds: float | None, gap: float | None, plateau: float | None) -> Effort:
    """The profile's, but for what was said; who says how long, means it."""
    from drumbeat.scheduling.profiles import PROFILES, Effort

    known = PROFILES[profile.value]
    return Effort(
        known.seconds if seconds is None else seconds,
        (known.gap if seconds is None else 0.0) if gap is None else gap,
        (known.plateau if seconds is None else 0.0) if plateau is None else plateau,
    )


def _count_starts(cluster: str | None) -> int:
    """As many as a cluster has workers; 1 without."""
    if cluster is None:
        return 1
    from drumbeat.basics.cluster import count_workers

    return count_workers(cluster)


def make(
    path: Path | None, effort: Effort, starts: int, search: dict[str, Any]
) -> tuple[Snapshot, ScheduleRun, object]:
    """Plan and schedule a source; what comes of the database is kept, and what it is kept as comes back."""
    from django.db import transaction
    from django.utils import timezone

    from drumbeat.basics.progress import part_of
    from drumbeat.planning.actions import make_plan, save_plan
    from drumbeat.scheduling.actions import make_schedule, save_schedule

    with progress_bar("Scheduling") as progress:
        progress(0.0, "reading")
        snapshot = read_source(path)
        plan = make_plan(snapshot, part_of(progress, 0.0, 0.1))
        run = make_schedule(
            snapshot,
            plan,
            seconds=effort.seconds,
            gap=effort.gap,
            plateau=effort.plateau,
            starts=starts,
            **search,
            progress=part_of(progress, 0.1, 1.0),
        )
    if path is not None:
        return snapshot, run, None
    now = timezone.now()
    with transaction.atomic():  # a plan without its schedule would be half a run
        stored = save_schedule(run, save_plan(plan, now, snapshot).pk, now)
    return snapshot, run, stored
