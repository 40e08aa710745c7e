"""How `drumbeat schedule` shows a schedule: on the terminal, as JSON, as a workbook, as calendars."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
from rich.console import Console
from rich.table import Table

from drumbeat.cli.show import show_findings

if TYPE_CHECKING:
    from drumbeat.data.snapshot import Snapshot
    from drumbeat.scheduling.actions import ScheduleRun
    from drumbeat.scheduling.tell_waits import Stretch

SHOWN = 20
"""Late orders on the terminal; all are in the workbook and in the JSON."""

SHOWN_NEXT = 8
"""Tasks of each machine on the terminal."""

MOST_SHEETS = 200
"""Machines with a sheet of their own; the list of all is on one sheet anyway."""

BARS = "▁▂▃▄▅▆▇█"
POINTS = 32


def as_document(run: ScheduleRun) -> dict[str, Any]:
    """Return the schedule in a JSON-ready form: worth, bound, curve, findings, tasks and orders."""
    return {
        "horizon_start": run.horizon_start.isoformat(),
        "version": run.version,
        "method": run.result.method,
        "worth": asdict(run.result.worth),
        "bound": run.result.bound,
        "gap": find_gap(run),
        "is_optimal": run.result.is_optimal,
        "curve": list(run.result.curve),
        "findings": run.findings.as_json(),
        "tasks": json.loads(run.tasks.write_json()),
        "orders": json.loads(run.orders.write_json()),
    }


def find_gap(run: ScheduleRun) -> float | None:
    """Return how far the objective may be above the best possible, as a share of it; None where no bound is known."""
    result = run.result
    if result.is_optimal:
        return 0.0
    if result.bound <= 0 or result.worth.objective <= 0:
        return None
    return (result.worth.objective - result.bound) / result.worth.objective


def _reason_of(waits: list[dict[str, Any]]) -> Stretch | None:
    from drumbeat.scheduling.tell_waits import main_reason

    return main_reason(waits)


def _tell_reason(stretch: Stretch | None) -> str:
    if stretch is None:
        return "its own work"
    return f"{stretch.words} {stretch.order}".strip() + f", {stretch.seconds / 3600:,.1f} h"


def print_schedule(run: ScheduleRun, console: Console) -> None:
    """Print what a schedule is worth, how it came about, and its late orders with the main reason of each."""
    show_findings(run.findings)
    worth, result = run.result.worth, run.result
    console.print(
        f"[bold]{run.tasks.height:,} tasks[/] of {run.orders.height:,} orders: {result.method}", highlight=False
    )
    if worth.num_unscheduled:
        console.print(f"[red]{worth.num_unscheduled:,} tasks cannot be scheduled[/]", highlight=False)
    console.print(
        f"[bold]{worth.num_late:,} late[/], weighted tardiness {worth.weighted_tardiness_hours:,.1f} h, "
        f"all done after {worth.makespan_hours:,.1f} h, setups {worth.setup_hours:,.1f} h",
        highlight=False,
    )
    gap = find_gap(run)
    told = "no bound is known" if gap is None else f"bound {result.bound:,.2f}, gap {gap:.1%}"
    console.print(
        f"Objective {worth.objective:,.2f}: {'proven optimal' if result.is_optimal else told}", highlight=False
    )
    if len(result.curve) > 1:
        first, last = result.curve[0], result.curve[-1]
        console.print(
            f"Improved from {first[1]:,.2f} after {first[0]:.1f} s to {last[1]:,.2f} after {last[0]:.1f} s  "
            f"[dim]{draw_curve(result.curve)}[/]",
            highlight=False,
        )
    _print_late(run, console)


def draw_curve(curve: Sequence[tuple[float, float]]) -> str:
    """Draw (seconds, objective) points as a line of bars, evenly over the time; "" for fewer than two points."""
    if len(curve) < 2:
        return ""
    begin, end = curve[0][0], curve[-1][0]
    high, low = max(value for _, value in curve), min(value for _, value in curve)
    bars, at = [], 0
    for i in range(POINTS):
        moment = begin + (end - begin) * i / (POINTS - 1)
        while at + 1 < len(curve) and curve[at + 1][0] <= moment:
            at += 1
        share = (curve[at][1] - low) / (high - low) if high > low else 0.0
        bars.append(BARS[round(share * (len(BARS) - 1))])
    return "".join(bars)


def _print_late(run: ScheduleRun, console: Console) -> None:
    late = run.orders.filter(pl.col("late_seconds") > 0).sort("late_seconds", "order", descending=[True, False])
    if late.is_empty():
        return
    table = Table("Order", "Item", "Due", "Done", "Late", "Main reason", title="Late", title_justify="left", box=None)
    for row in late.head(SHOWN).iter_rows(named=True):
        done = "never" if row["ends_at"] is None else f"{row['ends_at']:%d %b %H:%M}"
        hours = "" if row["ends_at"] is None else f"{row['late_seconds'] / 3600:,.1f} h"
        reason = _tell_reason(_reason_of(row["waits"]))
        table.add_row(row["order"], row["item"] or "", f"{row['due_at']:%d %b %H:%M}", done, hours, reason)
    console.print()
    console.print(table)
    if late.height > SHOWN:
        console.print(f"... and {late.height - SHOWN:,} more", style="dim")


def list_machines(run: ScheduleRun, snapshot: Snapshot) -> pl.DataFrame:
    """List what each machine does next, with its shift; see `list_dispatch`."""
    from drumbeat.scheduling.list_dispatch import list_dispatch, read_places

    zones = dict(snapshot["site"].select("code", "time_zone").iter_rows())
    rows = snapshot["resource"].select("code", "site", "calendar").iter_rows()
    shifts = snapshot["calendar_shift"].select("calendar", "weekday", "start", "end").iter_rows()
    places = read_places(((code, zones.get(site, "UTC"), calendar) for code, site, calendar in rows), shifts)
    return list_dispatch(run.tasks, places)


def print_lists(run: ScheduleRun, snapshot: Snapshot, console: Console, machine: str = "") -> None:
    """Print the next tasks of each machine, or all of one machine, by shift."""
    from zoneinfo import ZoneInfo

    listed = list_machines(run, snapshot)
    if machine:
        listed = listed.filter(pl.col("resource") == machine)
    if listed.is_empty():
        console.print(f"\nNothing is scheduled{f' on {machine}' if machine else ''}.")
        return
    sites = dict(snapshot["site"].select("code", "time_zone").iter_rows())
    zones = {code: sites.get(site, "UTC") for code, site in snapshot["resource"].select("code", "site").iter_rows()}
    for (resource,), rows in listed.group_by("resource", maintain_order=True):
        zone = ZoneInfo(zones.get(str(resource), "UTC"))
        table = Table("Start", "Order", "Item", "Quantity", "Setup", "Material", box=None, title_justify="left")
        table.title = str(resource)
        table.columns[0].no_wrap = True
        shown = rows if machine else rows.head(SHOWN_NEXT)
        for (day, shift), tasks in shown.group_by("shift_day", "shift", maintain_order=True):
            table.add_row(f"[dim]{day:%a %d %b} {shift}[/]")
            for row in tasks.iter_rows(named=True):
                setup = (
                    f"{row['setup_seconds'] / 60:.0f} min {row['setup_note']}".strip() if row["setup_seconds"] else ""
                )
                table.add_row(
                    f"{row['starts_at'].astimezone(zone):%H:%M}", row["order"], row["item"] or "",
                    f"{row['quantity']:g}", setup, row["material_note"],
                )  # fmt: skip
        console.print()
        console.print(table)
        if rows.height > shown.height:
            console.print(f"... and {rows.height - shown.height:,} more", style="dim")


def write_workbook(run: ScheduleRun, snapshot: Snapshot, path: Path) -> None:
    """Write figures, orders with their reasons, the chains of waits, tasks, the curve, and the list of each machine."""
    from drumbeat.data.write_sheets import write_sheets

    reasons = [_reason_of(waits) for waits in run.orders["waits"].to_list()]
    told = [("", "", 0.0) if one is None else (one.words, one.order, one.seconds / 3600) for one in reasons]
    kinds = {"reason": pl.String, "reason_order": pl.String, "reason_hours": pl.Float64}
    orders = run.orders.drop("waits").hstack(pl.DataFrame(told, kinds, orient="row"))
    chains = run.orders.select("order", "late_seconds", "waits").explode("waits").drop_nulls().unnest("waits")
    figures = {"method": run.result.method, "bound": run.result.bound, "is_optimal": run.result.is_optimal}
    figures |= asdict(run.result.worth)
    listed = list_machines(run, snapshot)
    sheets = {
        "figures": pl.DataFrame({"figure": list(figures), "value": [str(value) for value in figures.values()]}),
        "orders": orders,
        "waits": chains,
        "tasks": run.tasks,
        "curve": pl.DataFrame(list(run.result.curve), {"seconds": pl.Float64, "objective": pl.Float64}, orient="row"),
        "lists": listed,
    }
    machines = listed.partition_by("resource", maintain_order=True)[:MOST_SHEETS]
    sheets |= {str(rows["resource"][0]): rows.drop("resource") for rows in machines}
    zones = snapshot["site"]["time_zone"].unique().to_list()
    write_sheets(path, sheets, zones[0] if len(zones) == 1 else "UTC")


def write_calendar(run: ScheduleRun, target: Path, by: str) -> int:
    """Write one `.ics` file of all tasks, or, into a folder, one each by resource or by order; return how many."""
    from drumbeat.scheduling.tell_events import tell_events
    from drumbeat.scheduling.write_ical import write_ical

    rows = run.tasks.filter(pl.col("starts_at").is_not_null())
    if target.suffix.lower() == ".ics":
        groups = {target: ("Schedule", rows)}
    else:
        target.mkdir(parents=True, exist_ok=True)
        parts = rows.filter(pl.col(by) != "").partition_by(by, as_dict=True, maintain_order=True)
        groups = {
            target / f"{re.sub(r'[^A-Za-z0-9._-]', '_', str(name))}-{number}.ics": (str(name), part)
            for number, ((name,), part) in enumerate(parts.items(), 1)
        }
    for file, (name, part) in groups.items():
        file.write_text(
            write_ical(name, tell_events(part.iter_rows(named=True)), run.horizon_start), encoding="utf-8", newline=""
        )
    return len(groups)
