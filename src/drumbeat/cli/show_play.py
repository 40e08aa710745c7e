"""What `drumbeat simulate --weeks N` prints: what the plant does in some weeks, without a schedule."""

from __future__ import annotations

import json
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from drumbeat.cli.read_source import read_source
from drumbeat.cli.show import progress_bar, show_findings

if TYPE_CHECKING:
    from drumbeat.twin.play_floor import FloorRun

BUSIEST = 10
SCOPES = {"plant": "The plant", "site": "Sites", "line": "Lines", "product": "Products"}
"""Scopes that are shown in full, with their title."""


def play_weeks(
    path: Path | None,
    *,
    weeks: int,
    rule: str,
    setups_first: bool,
    replications: int,
    precision: float | None,
    threats: int,
    seed: int,
    cores: int,
    as_json: bool,
) -> None:
    """Play the plant forward and print what comes out; a play of the database is kept, and shown on the site."""
    from drumbeat.twin.compile_floor import FloorTerms
    from drumbeat.twin.play_floor import play_floor

    terms = FloorTerms(weeks=weeks, rule=rule, setups_first=setups_first)
    snapshot = read_source(path)
    with progress_bar("play") as progress:
        run = play_floor(
            snapshot, terms, replications=replications, precision=precision, threats=threats, seed=seed, cores=cores,
            progress=progress,
        )  # fmt: skip
    if path is None:
        from django.utils import timezone

        from drumbeat.twin.keep_plays import save_play

        save_play(run, timezone.now())
    if as_json:
        print(json.dumps(as_json_ready(run), indent=2))  # noqa: T201 - it is the output
    else:
        show(run, Console())


def as_json_ready(run: FloorRun) -> dict[str, Any]:
    """Return the answer in words and numbers that JSON knows; moments as ISO 8601."""
    return {
        "weeks": run.terms.weeks,
        "rule": run.terms.rule,
        "setups_first": run.terms.setups_first,
        "replications": run.replications,
        "seed": run.seed,
        "kpis": json.loads(run.kpis.fill_nan(None).write_json()),
        "weekly": json.loads(run.weekly.write_json()),
        "fans": json.loads(run.fans.write_json()),
        "threats": json.loads(run.threats.fill_nan(None).write_json()),
        "findings": run.findings.as_json(),
    }


def show(run: FloorRun, console: Console) -> None:
    """Print the KPIs of the plant, its sites, lines and products, and its busiest machines."""
    show_findings(run.findings)
    title = f"{run.terms.weeks} weeks ahead, dispatched by {run.terms.rule}"
    console.print(f"\n[bold]{title}[/]   ({run.replications} replications, seed {run.seed})")
    _show_threats(run, console)
    for scope, title in SCOPES.items():
        rows = run.kpis.filter(run.kpis["scope"] == scope)
        if rows.height and (scope != "line" or rows["name"].n_unique() > 1):
            console.print(_as_table(title, rows.iter_rows(named=True), with_name=scope != "plant"))
    machines = run.kpis.filter((run.kpis["scope"] == "machine") & (run.kpis["kpi"] == "utilisation"))
    busiest = machines.sort("mean", "name", descending=[True, False]).head(BUSIEST)
    if busiest.height:
        console.print(_as_table("Busiest machines", busiest.iter_rows(named=True), with_name=True))


def _show_threats(run: FloorRun, console: Console) -> None:
    """Print what each cause alone costs the plant."""
    rows = run.threats.filter(run.threats["scope"] == "plant")
    if rows.is_empty():
        return
    from drumbeat.twin.tell_causes import tell_cause

    table = Table(title="What threatens it, each switched off alone", title_justify="left", box=None)
    table.add_column("Cause", overflow="fold")
    for name in ("orders on time", "bounds", "units a week", "bounds"):
        table.add_column(name, no_wrap=True, justify="right")
    for row in rows.iter_rows(named=True):
        table.add_row(
            escape(tell_cause(row["kind"], row["subject"])), _number(row["on_time"], True),
            _interval(row["on_time_low"], row["on_time_high"], True), _number(row["output"], False),
            _interval(row["output_low"], row["output_high"], False),
        )  # fmt: skip
    console.print(table)
    console.print("  All bounds hold together with 95 %; one that reaches 0 may be luck.", highlight=False)


def _as_table(title: str, rows: Any, *, with_name: bool) -> Table:
    table = Table(title=title, title_justify="left", box=None)
    # Words fold on a narrow terminal, figures are never cut.
    table.add_column("KPI", overflow="fold")
    for name in ("mean", "95 % interval", "P10", "P50", "P90"):
        table.add_column(name, no_wrap=True, justify="right")
    last = None
    for row in rows:
        if with_name and row["name"] != last:
            table.add_row(f"[bold]{escape(row['name'])}[/]")
            last = row["name"]
        is_share = row["unit"].startswith("share")
        figures = (_number(row[name], is_share) for name in ("p10", "p50", "p90"))
        table.add_row(
            f"{row['kpi']}, [dim]{row['unit']}[/]", _number(row["mean"], is_share),
            _interval(row["low"], row["high"], is_share), *figures,
        )  # fmt: skip
    return table


def _number(value: float, is_share: bool) -> str:
    if isnan(value):  # one replication has no interval
        return ""
    if is_share:
        return f"{value:.1%}".replace("-0.0%", "0.0%")
    if abs(value) >= 1e6:
        return f"{value / 1e6:.4g} M"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _interval(low: float, high: float, is_share: bool) -> str:
    found = _number(low, is_share), _number(high, is_share)
    return f"{found[0]} to {found[1]}" if all(found) else ""
