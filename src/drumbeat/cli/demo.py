"""`drumbeat demo`: the made-up company, run and served."""

from __future__ import annotations

import os
import secrets
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from drumbeat.cli.show import open_database, progress_bar, start_django

if TYPE_CHECKING:
    from drumbeat.data.snapshot import Snapshot
    from drumbeat.home.run import Run

MOST_OPERATIONS = 1000
"""Stress tests and the director's KPIs are made ahead where the company has no more operations: that takes seconds."""


class Size(StrEnum):
    """How large the company is."""

    S = "s"
    M = "m"
    L = "l"
    XL = "xl"


def demo(
    size: Annotated[Size, typer.Option(help="s and m run in seconds; xl has a million tasks")] = Size.S,
    seed: Annotated[int, typer.Option(help="Another seed, another company")] = 1,
    out: Annotated[Path | None, typer.Option(help="Write the data to this folder or .xlsx and stop")] = None,
    replace: Annotated[bool, typer.Option(help="Replace what is in the database")] = False,
    serve: Annotated[bool, typer.Option("--serve", help="Serve the site afterwards")] = False,
) -> None:
    """Make the demo company: two plants and a studio, with stories hidden in it; store it, run it."""
    console = Console()
    start_django() if out else open_database()
    from drumbeat.home.warm_up import start_warm_up
    from drumbeat.lab.company import make_company

    if not out and start_warm_up():
        console.print("The first run on a machine compiles Drumbeat's kernels: one to three minutes.", style="dim")
    with progress_bar("Demo company") as progress:
        progress(0.0, f"making size {size.value}")
        snapshot = make_company(size=size.value, seed=seed)
        rows = sum(frame.height for frame in snapshot.frames.values())
        if out:
            progress(0.5, f"writing {rows:,} rows")
            snapshot.write(out)
    if out:
        console.print(f"Wrote {rows:,} rows to [bold]{out}[/].")
        return
    store_and_run(snapshot, console, replace=replace)
    name, password = _ensure_demo_user()
    console.print(f"\nSign in as [bold]{name}[/] with password [bold]{password}[/]")
    if serve:
        # In place of this process, whose memory the run has filled.
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, "-m", "drumbeat.cli.main", "serve"])  # noqa: S606
    else:
        console.print("Next: [bold]drumbeat serve[/], then open http://127.0.0.1:8000")


def store_and_run(snapshot: object, console: Console, *, replace: bool) -> None:
    """Store the demo company in an empty database, or where the user allows to replace, and run it."""
    from django.utils import timezone

    from drumbeat.cli.run import print_run
    from drumbeat.data.actions import load
    from drumbeat.data.snapshot import Snapshot
    from drumbeat.home.run import put_run_right, run_all, save_run

    assert isinstance(snapshot, Snapshot)
    stored = Snapshot.read_database()
    if stored["site"].height and stored.version != snapshot.version and not replace:
        console.print(
            f"The database holds data already ({stored['site'].height} sites, {stored['order'].height} orders): "
            "left as they are. Use --replace to put the demo company in their place."
        )
        snapshot = stored
    elif stored.version != snapshot.version:
        with progress_bar("Storing") as progress:
            load(snapshot, remove_absent=True, progress=progress)
    with progress_bar("Drumbeat") as progress:
        result = run_all(snapshot, progress=progress)
        progress(0.98, "storing the run")
        result = put_run_right(result)
        save_run(result, timezone.now())
    if snapshot["operation"].height <= MOST_OPERATIONS:
        _fill_strategy(result)
    print_run(result, console)


def _fill_strategy(run: Run) -> None:
    """Run the stress tests and measure the director's KPIs, so that their pages show something at the first look."""
    from django.utils import timezone

    from drumbeat.basics.progress import part_of
    from drumbeat.strategy.list_stress_nodes import StressTerms
    from drumbeat.strategy.measure_director import measure_director, save_review
    from drumbeat.strategy.run_stress import run_stress, save_stress

    with progress_bar("Director's figures") as progress:
        terms = StressTerms()
        stress = run_stress(run.snapshot, terms, progress=part_of(progress, 0.0, 0.5))
        save_stress(stress, terms, timezone.now())
        review = measure_director(run.snapshot, run.plan, terms=terms, progress=part_of(progress, 0.5, 1.0))
        save_review(review, timezone.now())
    _enqueue_roadmap(run.snapshot)


def _enqueue_roadmap(snapshot: Snapshot) -> None:
    """Have the site plan the roadmap as its first job: half a minute that nobody has to wait for here."""
    from drumbeat.strategy.models import RoadmapPlan
    from drumbeat.web.jobs import enqueue
    from drumbeat.web.models import Job

    is_made = RoadmapPlan.objects.filter(version=snapshot.version).exists()
    is_waiting = Job.objects.filter(kind="roadmap", state__in=(Job.State.WAITING, Job.State.RUNNING)).exists()
    if snapshot["initiative"].height and not is_made and not is_waiting:
        enqueue("roadmap", {}, title="Plan the demo company's roadmap")


def _ensure_demo_user() -> tuple[str, str]:
    """Make sure that there is a user "demo", with a fresh password: one told a week ago is lost."""
    from drumbeat.accounts.actions import ensure_user

    password = secrets.token_urlsafe(9)
    ensure_user("demo", password, "admin")
    return "demo", password
