"""`drumbeat twin`: how far its answers can be trusted, and what they rest on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from drumbeat.basics.findings import Finding, InputError
from drumbeat.basics.progress import part_of
from drumbeat.cli.read_source import read_source
from drumbeat.cli.show import open_database, progress_bar, show_findings, start_django

if TYPE_CHECKING:
    from drumbeat.twin.list_fits import FitRow
    from drumbeat.twin.validate_plant import ValidationRun
    from drumbeat.twin.validate_play import PlayValidation

ACTIONS = ("validate", "fits")


def twin(
    action: Annotated[str, typer.Argument(help="validate or fits")] = "validate",
    path: Annotated[Path | None, typer.Argument(help="Folder or workbook; without one, the database")] = None,
    weeks: Annotated[int, typer.Option(min=1, max=104, help="validate: weeks to look back")] = 4,
    replications: Annotated[int, typer.Option(min=20, help="validate: how often each week is replayed")] = 400,
    seed: Annotated[int, typer.Option(help="validate: seed of all luck")] = 1,
    cores: Annotated[int, typer.Option(min=0, help="Cores that share the work; 0 = all")] = 0,
    judge: Annotated[bool, typer.Option("--judge", help="fits: test how well each law fits")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> None:
    """Score the twin's predictions of the last weeks against what happened, or list what it learned from the events.

    drumbeat twin validate --weeks 8    how often what it said held, and what it cannot be trusted for
    drumbeat twin fits --judge          laws of failures, repairs, run times and lateness, with how well they fit

    Run on the database, a validation is kept and shown on the site, with predictions that were made at the time.
    """
    if action not in ACTIONS:
        raise InputError(Finding("twin", f"there are {' and '.join(ACTIONS)}", "Use one of them", value=action))
    if path is None:
        open_database()
    else:
        start_django()
    if action == "fits":
        _fits(path, judge, as_json)
    else:
        _validate(path, weeks, replications, seed, cores, as_json)


def _validate(path: Path | None, weeks: int, replications: int, seed: int, cores: int, as_json: bool) -> None:
    from django.utils import timezone

    from drumbeat.twin.keep_validation import PLAY_WEEKS, save_validation
    from drumbeat.twin.read_kept import read_kept, read_schedules
    from drumbeat.twin.validate_plant import validate
    from drumbeat.twin.validate_play import validate_play

    snapshot = read_source(path)
    kept = read_kept(snapshot.as_of, weeks) if path is None else None
    schedules = read_schedules(snapshot.as_of, weeks) if path is None else []
    with progress_bar("validate") as progress:
        run = validate(
            snapshot, weeks=weeks, replications=replications, seed=seed, cores=cores, kept=kept,
            schedules=schedules, progress=part_of(progress, 0.0, 0.6),
        )  # fmt: skip
        played = validate_play(
            snapshot, weeks=max(weeks, PLAY_WEEKS), seed=seed, cores=cores, progress=part_of(progress, 0.6, 1.0)
        )
    if path is None:
        save_validation(run, timezone.now(), played)
    if as_json:
        told = as_json_ready(run) | {"plays": played.as_json() if played else None}
        print(json.dumps(told, indent=2))  # noqa: T201 - it is the output
    else:
        show(run, Console())
        show_play(played, Console())


def as_json_ready(run: ValidationRun) -> dict[str, Any]:
    """Return a validation in words and numbers that JSON knows; what is unknown is null."""
    from drumbeat.twin.put_right import tell_correction
    from drumbeat.twin.validate_plant import tell_limits

    score, curve = run.score, run.score.curve

    def number(value: float) -> float | None:
        return round(value, 6) if value - value == 0 else None

    return {
        "weeks": run.weeks,
        "resolved": score.num_resolved,
        "brier": number(score.brier),
        "skill": number(score.skill),
        "base_rate": number(score.base_rate),
        "calibration_error": number(score.error),
        "calibration_error_put_right_by_earlier_weeks": number(run.corrected.error),
        "correction": run.correction.as_json() | {"told": tell_correction(run.correction)},
        "curve": [
            {"said": number(said), "held": number(held), "low": number(low), "high": number(high), "count": int(count)}
            for said, held, low, high, count in zip(
                curve.said, curve.held, curve.held_low, curve.held_high, curve.count, strict=True
            )
        ],
        "promises": [
            {"promised": one.promised, "kept": number(one.kept.value), "low": number(one.kept.low),
             "high": number(one.kept.high), "count": one.count}
            for one in run.coverage
        ],
        "actual_over_predicted": [number(x) for x in run.bias.ratio],
        "limits": tell_limits(run),
        "too_few_to_judge": list(run.few),
        "not_known_then": list(run.unknown),
        "schedules_followed": list(run.followed),
        "orders": json.loads(run.orders.write_json()),
    }  # fmt: skip


def show(run: ValidationRun, console: Console) -> None:
    """Print how far what was said held."""
    from drumbeat.twin.put_right import tell_correction
    from drumbeat.twin.validate_plant import tell_limits

    score = run.score
    console.print(
        f"\n[bold]Did it hold what it said?[/]  {score.num_resolved} predictions of the last {run.weeks} weeks"
    )
    if score.num_resolved:
        skill = f", skill against that {score.skill:.2f}" if score.skill - score.skill == 0 else ""
        console.print(
            f"  Brier score {score.brier:.3f}; always saying the share on time ({score.base_rate:.0%}) would score "
            f"{score.base_brier:.3f}{skill}\n  Calibration error {100 * score.error:.1f} points"
            f"; put right by the weeks before each, {100 * run.corrected.error:.1f}"
        )
        table = Table(box=None)
        for name in ("said", "held", "95 % interval", "orders"):
            table.add_column(name, justify="right")
        curve = score.curve
        for said, held, low, high, count in zip(
            curve.said, curve.held, curve.held_low, curve.held_high, curve.count, strict=True
        ):
            table.add_row(f"{said:.0%}", f"{held:.0%}", f"{low:.0%} to {high:.0%}", f"{int(count)}")
        console.print(table)
        for one in run.coverage:
            interval = f"{one.kept.low:.0%} to {one.kept.high:.0%}"
            console.print(f"  Promise dates at {one.promised:.0%}: {one.kept.value:.0%} kept ({interval})")
    console.print(f"  {tell_correction(run.correction)}", markup=False, highlight=False)
    console.print("\n[bold]What it cannot be trusted for[/]")
    for sentence in tell_limits(run):
        console.print(f"  {sentence}", markup=False, highlight=False)
    if run.few:
        console.print(f"  Too few orders to judge: {', '.join(run.few[:12])}{' ...' if len(run.few) > 12 else ''}")
    for sentence in run.followed:
        console.print(f"  {sentence}", markup=False, highlight=False)
    for sentence in run.unknown:
        console.print(f"  Not known of the time: {sentence}", markup=False, highlight=False)


def show_play(played: PlayValidation | None, console: Console) -> None:
    """Print how near plays without a schedule came to what happened."""
    console.print("\n[bold]The plant played without a schedule, against what it did[/]")
    if played is None:
        console.print("  Nothing to judge: too few orders ended, or nothing that was wanted has a routing.")
        return
    table = Table(box=None)
    for name in ("from", "of", "what", "played", "P10 to P90", "was"):
        table.add_column(name, no_wrap=True)
    for row in played.figures.filter(played.figures["scope"] != "machine").iter_rows(named=True):
        form = "{:.0%}" if row["unit"] == "share" else "{:,.1f}"
        spread = f"{form.format(row['p10'])} to {form.format(row['p90'])}"
        cells = form.format(row["mean"]), spread, form.format(row["actual"])
        table.add_row(f"{row['moment']:%d %b}", row["name"], row["kpi"], *cells)
    console.print(table)
    inside = f"{played.inside.value:.0%} ({played.inside.low:.0%} to {played.inside.high:.0%})"
    console.print(f"  Weeks of a site inside P10 to P90, 80 % promised: {inside}")
    for sentence in played.limits:
        console.print(f"  {sentence}", markup=False, highlight=False)
    for sentence in played.unknown:
        console.print(f"  Not known of the time: {sentence}", markup=False, highlight=False)


def _fits(path: Path | None, judge: bool, as_json: bool) -> None:
    from drumbeat.basics.findings import Findings
    from drumbeat.twin.list_fits import list_fits

    findings = Findings()
    rows = list_fits(read_source(path), findings, judges=judge)
    if as_json:
        print(json.dumps([row.as_json() for row in rows], indent=2))  # noqa: T201 - it is the output
        return
    show_findings(findings)
    show_fits(rows, Console())


def show_fits(rows: list[FitRow], console: Console) -> None:
    """Print the laws that the twin draws from."""
    table = Table(title="What the twin learned from the plant's events", title_justify="left", box=None)
    for name in ("of", "subject", "law", "mean", "95 % interval", "shape", "seen", "cut", "fit", "from"):
        table.add_column(name)
    for row in rows:
        fit = "" if row.fit is None else f"p {row.fit:.2f}"
        table.add_row(
            row.what, row.subject, row.law, f"{row.mean:.3g} {row.unit}", f"{row.low:.3g} to {row.high:.3g}",
            f"{row.shape:.2f}", str(row.num_ended), str(row.num_running), fit, row.said_by,
        )  # fmt: skip
    console.print(table)
