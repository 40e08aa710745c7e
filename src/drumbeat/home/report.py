"""The run report: one HTML file that needs nothing else, for a mail, a wall screen or an archive."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from django.template.loader import render_to_string

from drumbeat.basics.findings import Finding
from drumbeat.home.run import Run

SHOWN_ORDERS = 25
SHOWN_ACTIONS = 20
SHOWN_MACHINES = 24
SHOWN_FINDINGS = 25
REPORTED_LEVELS = ("enterprise", "site")
BOARD_DAYS = 10
BARS_PER_MACHINE = 400


@dataclass(frozen=True)
class Bar:
    """A task on the report's small board: position and width in percent, and its story."""

    left: float
    width: float
    hue: int
    is_late: bool
    story: str


def write_report(run: Run, path: Path, created_at: datetime) -> None:
    """Write the report of a run; the file appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}.part")
    draft.write_text(render_report(run, created_at), encoding="utf-8")
    draft.replace(path)


def render_report(run: Run, created_at: datetime) -> str:
    """Render the report of a run as one HTML page without outside parts."""
    zone = _zone(run)
    late = run.schedule.orders.filter(pl.col("late_seconds") > 0).sort("late_seconds", descending=True)
    probable = {row["order"]: row for row in run.simulation.orders.iter_rows(named=True)}
    return render_to_string(
        "home/report.html",
        {
            "created_at": created_at,
            "zone": zone.key,
            "company": _company(run),
            "run": run,
            "verdict": verdict(run.simulation.expected_on_time),
            "threats": run.simulation.threats.filter(pl.col("loss_high") > 0).head(6).to_dicts(),
            "largest_loss": max(run.simulation.threats["loss"].to_list(), default=0) or 1,
            "num_orders": run.schedule.orders.height,
            "num_tasks": run.schedule.tasks.height,
            "num_late": late.height,
            "late": [
                row | {"sure": probable.get(row["order"]), "why": main_wait(row["waits"])}
                for row in late.head(SHOWN_ORDERS).iter_rows(named=True)
            ],
            "unsure": _unsure(run),
            "machines": _machines(run),
            "board": _board(run, zone),
            "board_days": BOARD_DAYS,
            "proposals": run.plan.orders.group_by("method").len().sort("method").to_dicts(),
            "actions": _actions(run),
            "num_actions": run.plan.actions.height,
            "weaknesses": run.weaknesses,
            "scopes": _scopes(run),
            "figures": _figures(run),
            "notes": _notes(run),
            "num_findings": run.findings.count,
        },
    )


def verdict(share: float) -> str:
    """Say in a few words what an expected share of orders on time means."""
    if share >= 0.97:
        return "It holds"
    if share >= 0.9:
        return "It mostly holds"
    if share >= 0.75:
        return "It is fragile"
    return "It does not hold"


def main_wait(waits: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the longest wait of an order's binding chain; None when it waited for nothing."""
    return max(waits, key=lambda wait: wait["seconds"], default=None) if waits else None


def _zone(run: Run) -> ZoneInfo:
    sites = run.snapshot["site"]
    return ZoneInfo(sites["time_zone"][0] if sites.height else "UTC")


def _company(run: Run) -> str:
    companies = run.snapshot["company"]
    if not companies.height:
        return "Your plant"
    return str(companies["name"][0] or companies["code"][0])


def _unsure(run: Run) -> list[dict[str, Any]]:
    """Orders that are planned on time but are not safe, the least sure first."""
    return (
        run.simulation.orders.filter(
            pl.col("due_at").is_not_null() & (pl.col("planned_end") <= pl.col("due_at")) & (pl.col("probability") < 0.9)
        )
        .sort("probability", "order")
        .head(SHOWN_ORDERS)
        .to_dicts()
    )


def _actions(run: Run) -> list[dict[str, Any]]:
    """Action messages about what exists, the most urgent first; new proposals are only counted."""
    rank = {"short": 0, "expedite": 1, "split": 2, "defer": 3, "cancel": 4}
    urgent = run.plan.actions.filter(pl.col("kind").cast(pl.String).is_in(list(rank)))
    rows = urgent.to_dicts()
    rows.sort(key=lambda row: (rank[row["kind"]], str(row["to_at"]), row["subject"]))
    return rows[:SHOWN_ACTIONS]


def _scopes(run: Run) -> list[str]:
    """Whom the scorecard's columns are about: the enterprise, then its sites."""
    return list(dict.fromkeys(figure.scope for figure in run.scorecard.figures if figure.level in REPORTED_LEVELS))


def _figures(run: Run) -> list[dict[str, Any]]:
    """The scorecard as a table: a row a figure, a column a scope."""
    rows: dict[str, dict[str, Any]] = {}
    for figure in run.scorecard.figures:
        if figure.level in REPORTED_LEVELS:
            rows.setdefault(figure.name, {})[figure.scope] = figure
    scopes = _scopes(run)
    return [{"name": name, "cells": [cells.get(scope) for scope in scopes]} for name, cells in rows.items()]


def _notes(run: Run) -> list[dict[str, Any]]:
    """What was said about the data, alike ones together."""
    alike: dict[tuple[str, str], list[Finding]] = {}
    for finding in run.findings:
        alike.setdefault((finding.place, finding.remedy), []).append(finding)
    return [
        {"first": group[0], "values": [finding.value for finding in group if finding.value][:6], "count": len(group)}
        for group in list(alike.values())[:SHOWN_FINDINGS]
    ]


def _machines(run: Run) -> list[dict[str, Any]]:
    """Hours of work and setup by machine, the most loaded first."""
    tasks = run.schedule.tasks.filter(pl.col("starts_at").is_not_null())
    hours = (pl.col("ends_at") - pl.col("starts_at")).dt.total_seconds() / 3600
    loads = (
        tasks.group_by("resource")
        .agg(hours.sum().alias("hours"), (pl.col("setup_seconds").sum() / 3600).alias("setup_hours"), pl.len())
        .sort("hours", "resource", descending=[True, False])
        .head(SHOWN_MACHINES)
    )
    most = loads["hours"].max() or 1
    return [row | {"width": 100 * row["hours"] / most} for row in loads.iter_rows(named=True)]


def _board(run: Run, zone: ZoneInfo) -> list[dict[str, Any]]:
    """The first days of the most loaded machines, as bars."""
    start = run.schedule.horizon_start
    span = BOARD_DAYS * 86400
    since = (pl.col("starts_at") - start).dt.total_seconds()
    tasks = run.schedule.tasks.filter(pl.col("starts_at").is_not_null() & (since < span))
    busiest = tasks.group_by("resource").len().sort("len", "resource", descending=[True, False])["resource"]
    rows = []
    for resource in sorted(busiest.head(SHOWN_MACHINES).to_list()):
        mine = tasks.filter(pl.col("resource") == resource).sort("starts_at").head(BARS_PER_MACHINE)
        rows.append(
            {"resource": resource, "bars": [_bar(row, start, span, zone) for row in mine.iter_rows(named=True)]}
        )
    return rows


def _bar(row: dict[str, Any], start: datetime, span: int, zone: ZoneInfo) -> Bar:
    begins = (row["starts_at"] - start).total_seconds()
    ends = min((row["ends_at"] - start).total_seconds(), span)
    is_late = row["due_at"] is not None and row["ends_at"] > row["due_at"]
    story = (
        f"{row['order']} {row['operation'] or row['task']}: "
        f"{row['starts_at'].astimezone(zone):%a %d %b %H:%M} to {row['ends_at'].astimezone(zone):%a %d %b %H:%M}"
    )
    hue = sum(row["order"].encode()) * 47 % 360
    return Bar(100 * begins / span, max(100 * (ends - begins) / span, 0.08), hue, is_late, story)
