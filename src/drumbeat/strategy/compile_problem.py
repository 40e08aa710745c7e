"""Compile what weaknesses are looked for in, from a snapshot and, where there are, a schedule and a simulation."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from drumbeat.data.snapshot import Snapshot
from drumbeat.kpis.compile_problem import list_costs, machine_places, operation_standards
from drumbeat.kpis.engine.build_figures import WEEK, Window, add_week
from drumbeat.plant.list_alternatives import list_alternatives
from drumbeat.plant.list_open_hours import list_open_hours
from drumbeat.shopfloor.engine.measure_oee import measure_oee
from drumbeat.strategy.aim_initiatives import list_initiatives
from drumbeat.strategy.compile_families import list_family_hours
from drumbeat.strategy.compile_loads import compile_loads
from drumbeat.strategy.compile_people import absence_shares, list_holders, list_shifts, list_skill_needs
from drumbeat.strategy.compile_supply import list_exposure, list_purchases, list_terms, measure_contribution
from drumbeat.strategy.convert_money import read_money
from drumbeat.strategy.engine.problem import HourValue, Problem
from drumbeat.strategy.engine.thresholds import QUARTER

if TYPE_CHECKING:
    from drumbeat.scheduling.actions import ScheduleRun
    from drumbeat.twin.actions import SimulationRun

HISTORY_WEEKS = 52
AHEAD_WEEKS = 13


def compile_problem(
    snapshot: Snapshot, schedule: ScheduleRun | None = None, simulation: SimulationRun | None = None
) -> Problem:
    """Compile the facts and the structure of a snapshot.

    Parameters
    ----------
    snapshot
        The production system.
    schedule
        Says on which machine each task is to run; without it, open orders load the machines that their routings
        prefer, evenly.
    simulation
        Adds what the twin says that each threat costs.

    Returns
    -------
    The problem; frames without rows where the snapshot has none.
    """
    now = snapshot.as_of
    window = Window(tuple(now - WEEK * (HISTORY_WEEKS - w) for w in range(HISTORY_WEEKS + 1)), HISTORY_WEEKS - QUARTER)
    machines = snapshot["resource"].filter(pl.col("kind").cast(pl.String) == "machine")
    facts = _facts(snapshot, window, machines)
    alternatives = list_alternatives(snapshot)
    loads, machine_loads = compile_loads(snapshot, schedule, alternatives)
    ahead = list_open_hours(snapshot.frames, machines, now, now + timedelta(weeks=AHEAD_WEEKS))
    contribution = measure_contribution(snapshot, window)
    resources = snapshot["resource"].select(pl.col("code").alias("resource"), "site", "line")
    is_care = (pl.col("kind").cast(pl.String) == "preventive") & (pl.col("state").cast(pl.String) != "cancelled")
    return Problem(
        now=now,
        window=window,
        machines=machines.select(pl.col("code").alias("resource"), "site", "line", "capability", "name", "capacity"),
        facts=facts,
        loads=loads,
        machine_loads=machine_loads,
        open_ahead=ahead.rename({"code": "resource"}),
        alternatives=alternatives,
        skill_needs=list_skill_needs(snapshot),
        holders=list_holders(snapshot),
        person_open=list_shifts(snapshot, now, now + timedelta(weeks=4)),
        absence_share=absence_shares(snapshot),
        terms=list_terms(snapshot),
        purchases=list_purchases(snapshot, now - timedelta(weeks=HISTORY_WEEKS)),
        exposure=list_exposure(snapshot, contribution),
        cares=snapshot["maintenance_order"]
        .filter(is_care)
        .join(resources, on="resource", how="left", maintain_order="left"),
        setups=list_family_hours(snapshot, window),
        costs=list_costs(snapshot),
        escapes=_escapes(snapshot),
        values=_values(snapshot, facts, contribution, window),
        threats=_threats(simulation),
        initiatives=list_initiatives(snapshot),
        rates=read_money(snapshot)[0].rates,
    )


def _facts(snapshot: Snapshot, window: Window, machines: pl.DataFrame) -> pl.DataFrame:
    planned = list_open_hours(snapshot.frames, machines, window.edges[0], window.end)
    result = measure_oee(
        snapshot["machine_event"],
        snapshot["production_report"],
        planned.rename({"code": "resource"}),
        operation_standards(snapshot),
        machine_places(snapshot),
        edges=window.edges,
        now=window.end,
    )
    return add_week(result.facts, "period", window)


def _escapes(snapshot: Snapshot) -> pl.DataFrame:
    """Nonconformances that customers found; the site is that of the resource, else of the order."""
    resources = snapshot["resource"].select(pl.col("code").alias("resource"), pl.col("site").alias("at"))
    orders = snapshot["order"].select(
        pl.col("code").alias("order"), pl.col("site").alias("ordered"), pl.col("item").alias("made")
    )
    return (
        snapshot["nonconformance"]
        .filter(pl.col("stage").cast(pl.String) == "customer")
        .join(resources, on="resource", how="left", maintain_order="left")
        .join(orders, on="order", how="left", maintain_order="left")
        .with_columns(pl.coalesce("at", "ordered").alias("site"), pl.coalesce("item", "made").alias("item"))
    )


def _values(
    snapshot: Snapshot, facts: pl.DataFrame, contribution: pl.DataFrame, window: Window
) -> dict[str, HourValue]:
    """What the hours of each site are worth."""
    recent = facts.filter(pl.col("week") >= window.first)
    busy = (
        recent.group_by("site", "resource")
        .agg(((pl.col("run") + pl.col("setup")).sum() / 3.6e9 / QUARTER).alias("hours"))
        .sort(["hours", "resource"], descending=[True, False])
    )
    earned = dict(contribution.group_by("site").agg(pl.col("contribution").sort().sum()).iter_rows())
    values = {}
    for site, currency in snapshot["site"].select("code", "currency").iter_rows():
        mine = busy.filter(pl.col("site") == site)
        hours = dict(mine.select("resource", "hours").iter_rows())
        values[site] = HourValue(
            contribution_per_week=max(earned.get(site, 0.0), 0.0) / QUARTER,
            constraint=mine["resource"][0] if mine.height else "",
            busy_hours_per_week=hours,
            currency=currency,
        )
    return values


def _threats(simulation: SimulationRun | None) -> pl.DataFrame:
    schema = {"kind": pl.String(), "subject": pl.String(), "loss": pl.Float64(), "late_hours": pl.Float64()}
    if simulation is None:
        return pl.DataFrame(schema=schema)
    return simulation.threats.select([pl.col(name).cast(dtype) for name, dtype in schema.items()])
