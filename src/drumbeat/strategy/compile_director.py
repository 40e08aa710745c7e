"""Compile what the director's KPIs are measured from: machines and their failures, pools, losses, maintenance."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Floats
from drumbeat.basics.streams import DISTRIBUTIONS
from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.actions import PlanRun
from drumbeat.strategy.convert_money import Money
from drumbeat.strategy.engine.director.measure_oee_trend import REAL, WeeklyLosses
from drumbeat.strategy.engine.director.measure_reliability import Backlog
from drumbeat.strategy.engine.director.measure_throughput import Pools
from drumbeat.strategy.engine.director.play_downtime import Machines
from drumbeat.strategy.engine.problem import Problem
from drumbeat.strategy.engine.show_evidence import show_evidence
from drumbeat.strategy.engine.thresholds import OVERTIME, QUARTER

HOUR = 3_600_000_000
USUAL_BUSY = 0.75
"""Share of its open hours that a machine is taken to work where no event says it."""
TREND_WEEKS = 26
LEAST_DEMAND_WEEKS = 8


def week_starts(snapshot: Snapshot, weeks: int = QUARTER) -> list[datetime]:
    """Return the start of each week ahead."""
    return [snapshot.as_of + timedelta(weeks=w) for w in range(weeks)]


def compile_machines(snapshot: Snapshot, problem: Problem, plan: PlanRun, money: Money) -> Machines:
    """Compile the machines of a plan's load, how they fail, and what an hour of each is worth."""
    load = plan.load.problem
    keys = load.keys
    sites = _by_machine(plan.load.machines, "site", keys, "")
    recent = problem.facts.filter(pl.col("week") >= problem.window.first)
    busy = recent.group_by("resource").agg(
        ((pl.col("run") + pl.col("setup")).sum() / pl.col("planned").sum()).alias("busy")
    )
    share = np.nan_to_num(_by_machine(busy, "busy", keys, USUAL_BUSY).astype(np.float64), nan=USUAL_BUSY)
    rows = {key: row for row, key in enumerate(keys)}
    modes = snapshot["failure_mode"].filter(pl.col("resource").is_in(list(rows))).sort("code")
    down = snapshot["machine_event"].filter(
        (pl.col("state").cast(pl.String) == "down") & (pl.col("starts_at") >= problem.window.edges[0])
    )
    ways = modes.group_by("resource").len("ways")
    seen = down.group_by("resource").len("failures").join(ways, on="resource")
    counted = modes.join(seen, on="resource", how="left", maintain_order="left")
    words = {name: modes[name].cast(pl.String).to_list() for name in ("distribution", "repair_distribution", "clock")}
    worth = [problem.value(site).of(key) * money.of_site(site) for key, site in zip(keys, sites, strict=True)]
    return Machines(
        keys=keys,
        sites=sites,
        open_hours=np.ascontiguousarray(load.open_hours, dtype=np.float64),
        busy_share=share,
        worth=np.array(worth, dtype=np.float64),
        mode_keys=modes["code"].to_numpy().astype(object),
        mode_machine=np.array([rows[name] for name in modes["resource"]], dtype=np.int32),
        is_busy_clock=np.array([word == "busy" for word in words["clock"]], dtype=np.bool_),
        distribution=np.array([DISTRIBUTIONS[word] for word in words["distribution"]], dtype=np.int32),
        mean_hours=modes["mean_hours"].to_numpy().astype(np.float64),
        shape=modes["shape"].to_numpy().astype(np.float64),
        repair_distribution=np.array([DISTRIBUTIONS[word] for word in words["repair_distribution"]], dtype=np.int32),
        repair_mean_hours=modes["repair_mean_hours"].to_numpy().astype(np.float64),
        repair_shape=modes["repair_shape"].to_numpy().astype(np.float64),
        failures_seen=(counted["failures"] / counted["ways"]).fill_null(0.0).to_numpy().astype(np.float64),
    )


def _by_machine(frame: pl.DataFrame, column: str, keys: np.ndarray, missing: object) -> np.ndarray:
    """A column of a frame by resource, in the order of the machines."""
    known = dict(frame.select("resource", column).iter_rows())
    values = [known.get(key) for key in keys]
    kind = np.float64 if isinstance(missing, float) else np.object_
    return np.array([missing if value is None else value for value in values], dtype=kind)


def compile_pools(snapshot: Snapshot, problem: Problem, plan: PlanRun, overtime_cap: float) -> Pools:
    """Compile machines of a site that can do the same, what maintenance takes of them, and what the demand asks."""
    load, worked = plan.load.problem, plan.load.load
    resources = snapshot["resource"].select("code", "site", "capability")
    about = {code: (site, capability or code) for code, site, capability in resources.iter_rows()}
    places = [about.get(key, ("", str(key))) for key in load.keys]
    names = sorted(set(places))
    number = {name: p for p, name in enumerate(names)}
    of_machine = np.array([number[place] for place in places], dtype=np.int32)
    asked = worked.run_hours + worked.setup_hours
    known = _known_weeks(asked)
    required = np.zeros(len(names))
    np.add.at(required, of_machine, asked[:, :known].sum(axis=1) / max(known, 1))
    beyond = overtime_beyond(problem, overtime_cap)
    overdue, put_off = _maintenance_put_off(snapshot, problem)
    return Pools(
        keys=np.array([name[1] for name in names], dtype=object),
        sites=np.array([name[0] for name in names], dtype=object),
        of_machine=of_machine,
        open_hours=np.ascontiguousarray(load.open_hours, dtype=np.float64),
        care_hours=load.care_hours,
        backlog_hours=np.array([overdue.get(key, 0.0) for key in load.keys]),
        put_off_share=np.array([put_off.get(key, 0.0) for key in load.keys]),
        required_hours=required,
        past_speed=_past_speed(snapshot, problem, load.keys, of_machine, len(names)),
        overtime_beyond=np.array([beyond.get(place[0], 0.0) for place in places]),
        known_weeks=known,
        demand_doubt=_demand_doubt(snapshot, [name[0] for name in names], known),
    )


def _demand_doubt(snapshot: Snapshot, sites: list[str], known: int) -> Floats:
    """Standard error of a quarter's mean weekly demand that is judged from its first weeks, as a share, by site.

    The value that customers asked for varied from week to week by some share of its mean over the last half year. Of
    the quarter's weeks some are known: error of a sample without replacement. NaN with fewer than 8 past weeks.
    """
    past = (pl.lit(snapshot.as_of) - pl.col("due_at")).dt.total_seconds() // 604_800
    items = snapshot["item"].select(item="code", usual=pl.col("price").cast(pl.Float64))
    rows = snapshot["demand_line"].filter(
        (pl.col("kind").cast(pl.String) == "order") & (pl.col("state").cast(pl.String) != "cancelled")
    )
    own = pl.col("price").cast(pl.Float64)
    price = pl.when(own > 0).then(own).otherwise(pl.col("usual")).fill_null(0.0)
    weekly = (
        rows.join(items, on="item", how="left")
        .with_columns(past.alias("week"), (pl.col("quantity") * price).alias("worth"))
        .filter(pl.col("week").is_between(0, TREND_WEEKS - 1))
        .group_by("site", "week")
        .agg(pl.col("worth").sort().sum())
    )
    left = max(1.0 / max(known, 1) - 1.0 / QUARTER, 0.0)
    doubt: dict[str, float] = {}
    for (site,), rest in weekly.sort("week").group_by("site", maintain_order=True):
        worth = np.zeros(int(rest["week"].max()) + 1)  # type: ignore[arg-type]
        worth[rest["week"].to_numpy().astype(np.int64)] = rest["worth"].to_numpy()
        if worth.size >= LEAST_DEMAND_WEEKS and worth.mean() > 0:
            doubt[str(site)] = float(worth.std(ddof=1) / worth.mean()) * left**0.5
    return np.array([doubt.get(site, np.nan) for site in sites], dtype=np.float64)


def _known_weeks(asked: Floats) -> int:
    """Weeks until nearly all of the work that is known has been asked for; 1 at least."""
    weekly = np.cumsum(asked.sum(axis=0))
    if weekly.size == 0 or weekly[-1] <= 0:
        return max(int(weekly.size), 1)
    return int(np.searchsorted(weekly, 0.95 * weekly[-1])) + 1


def overtime_beyond(problem: Problem, cap: float) -> dict[str, float]:
    """Return, by site, the share of the last quarter's hours worked that was overtime beyond the cap of its centre."""
    recent = problem.costs.filter(pl.col("week_at") >= problem.window.start)
    account, hours = pl.col("account").cast(pl.String), pl.col("hours").fill_null(0.0)
    centres = recent.group_by("site", "cost_centre").agg(
        hours.filter(account == "labour").sum().alias("labour"),
        hours.filter(account == "overtime").sum().alias("overtime"),
    )
    sums = centres.group_by("site").agg(
        (pl.col("overtime") - cap * pl.col("labour")).clip(lower_bound=0.0).sum().alias("beyond"),
        (pl.col("overtime") + pl.col("labour")).sum().alias("worked"),
    )
    return {site: beyond / worked for site, beyond, worked in sums.iter_rows() if worked > 0}


def _maintenance_put_off(snapshot: Snapshot, problem: Problem) -> tuple[dict[str, float], dict[str, float]]:
    """By machine: hours of overdue care, and the share of the last quarter's care that was not done."""
    plans = snapshot["maintenance_plan"].select(plan="code", minutes="duration_minutes")
    cares = problem.cares.join(plans, on="plan", how="left", maintain_order="left") if "plan" in problem.cares else (
        problem.cares.with_columns(pl.lit(None, dtype=pl.Float64).alias("minutes"))
    )  # fmt: skip
    hours = pl.coalesce(pl.col("minutes") / 60, pl.col("crew_hours"))
    due = cares.filter(pl.col("due_at") <= problem.now).with_columns(hours.alias("hours"))
    missing = pl.col("ends_at").is_null() | (pl.col("ends_at") > problem.now)
    overdue = due.filter(missing).group_by("resource").agg(pl.col("hours").sum())
    recent = due.filter(pl.col("due_at") >= problem.window.start)
    shares = recent.group_by("resource").agg(missing.mean().alias("share"))
    return dict(overdue.iter_rows()), dict(shares.iter_rows())


def _past_speed(
    snapshot: Snapshot, problem: Problem, keys: np.ndarray, of_machine: np.ndarray, num_pools: int
) -> Floats:
    """Good output of each pool and week against what standard and planned yield make of the run time; NaN = none."""
    rows = pl.DataFrame({"resource": keys, "pool": of_machine}, schema={"resource": pl.String, "pool": pl.Int64})
    recent = problem.facts.filter((pl.col("week") >= problem.window.first) & (pl.col("num_reports") > 0))
    sums = recent.join(rows, on="resource").group_by("pool", "week").agg(pl.col("good", "run").sum())
    yields = snapshot["operation"].select(operation="code", expected="operation_yield")
    made = pl.col("good") + pl.col("scrap") + pl.col("rework")
    reports = snapshot["production_report"].filter(pl.col("ends_at") >= problem.window.start)
    planned = (
        reports.join(yields, on="operation")
        .join(rows, on="resource")
        .with_columns(made.alias("made"))
        .filter(pl.col("made") > 0)
        .group_by("pool")
        .agg(((pl.col("made") * pl.col("expected")).sum() / pl.col("made").sum()).alias("expected"))
    )
    speed = np.full((num_pools, QUARTER), np.nan)
    told = sums.join(planned, on="pool", how="left").filter(pl.col("run") > 0)
    for pool, week, good, run, expected in told.select("pool", "week", "good", "run", "expected").iter_rows():
        speed[pool, week - problem.window.first] = good / run / (expected or 1.0)
    return speed


def compile_losses(problem: Problem) -> WeeklyLosses:
    """Compile planned hours, good output and losses of the last half year, by week and machine."""
    start = problem.window.num_weeks - TREND_WEEKS
    recent = problem.facts.filter(pl.col("week") >= start)
    machines = recent["resource"].unique().sort()
    number = {name: i for i, name in enumerate(machines)}
    at = (recent["week"].to_numpy() - start, np.array([number[name] for name in recent["resource"]], dtype=np.int64))
    tables: dict[str, Floats] = {}
    for name in ("planned", "good", "run", "unmeasured", "unreported", *REAL):
        tables[name] = np.zeros((TREND_WEEKS, machines.len()))
        tables[name][at] = recent[name].to_numpy() / HOUR
    losses = {name: tables[name] for name in (*REAL, "unreported")}
    return WeeklyLosses(
        machines.to_numpy().astype(object), tables["planned"], tables["good"], losses, tables["run"],
        tables["unmeasured"],
    )  # fmt: skip


def compile_backlog(snapshot: Snapshot, problem: Problem) -> Backlog:
    """Compile overdue care, and the weekly hours of those who do care."""
    hours = pl.when(pl.col("crew_hours") > 0).then(pl.col("crew_hours")).otherwise(1.0)
    due = problem.cares.filter(pl.col("due_at") <= problem.now).with_columns(hours.alias("crew_hours"))
    overdue = due.filter(pl.col("ends_at").is_null() | (pl.col("ends_at") > problem.now))
    skills = snapshot["maintenance_plan"]["skill"].drop_nulls().unique()
    able = problem.holders.filter(pl.col("skill").is_in(skills.implode()))["person"].unique()
    shifts = problem.person_open.filter(pl.col("person").is_in(able.implode()))
    length = (shifts["ends_at"] - shifts["starts_at"]).dt.total_seconds().sum() / 3600
    weeks = max((problem.person_open["ends_at"].max() - problem.now).days / 7, 1.0) if shifts.height else 4.0  # type: ignore[operator,union-attr]
    ranked = overdue.sort(["crew_hours", "code"], descending=[True, False])
    return Backlog(
        overdue_hours=float(overdue["crew_hours"].sort().sum()),
        capacity_hours=float(length) / weeks,
        due_hours=float(due.filter(pl.col("due_at") >= problem.window.start)["crew_hours"].sort().sum()) / QUARTER,
        rows=show_evidence("maintenance_order", ranked, ["code", "resource", "due_at", "crew_hours", "state"]),
    )


def target_of(snapshot: Snapshot, kpi: str, usual: float) -> tuple[float, str]:
    """Return the target of a KPI and who says so; a usual value where none was set."""
    rows = snapshot["kpi_target"].filter(pl.col("kpi").cast(pl.String) == kpi)
    if rows.height:
        return float(rows["value"][0]), f"target by {rows['source'][0] or 'the company'}"
    return usual, f"no target was set: {usual:.0%} assumed"


def overtime_cap(snapshot: Snapshot) -> float:
    """Return the share of labour hours that overtime may take."""
    return target_of(snapshot, "overtime_share", OVERTIME.value)[0]
