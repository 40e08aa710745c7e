"""Compile a snapshot and a plan into a scheduling problem."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Floats, Int32s
from drumbeat.basics.calendars import NEVER
from drumbeat.basics.findings import Findings
from drumbeat.data.snapshot import Snapshot
from drumbeat.scheduling.compile_fences import hold_back_to_fence
from drumbeat.scheduling.compile_hours import find_hours
from drumbeat.scheduling.compile_limits import add_machine_rules, add_options, compile_budgets
from drumbeat.scheduling.compile_materials import compile_materials
from drumbeat.scheduling.compile_modes import Floorplan, compile_modes
from drumbeat.scheduling.compile_orders import Work, find_work, list_planned
from drumbeat.scheduling.compile_prices import read_prices, weigh
from drumbeat.scheduling.compile_resources import seconds_between
from drumbeat.scheduling.engine.problem import (
    FAR_FUTURE,
    FINISH_FINISH,
    FINISH_START,
    START_FINISH,
    START_START,
    Jobs,
    Links,
    Modes,
    Problem,
    Resources,
    Setups,
    Tasks,
)

if TYPE_CHECKING:
    from drumbeat.planning.actions import PlanRun

LINK_KINDS = {"FS": FINISH_START, "SS": START_START, "FF": FINISH_FINISH, "SF": START_FINISH}

DAY_SECONDS = 86_400
LEAST_HORIZON_DAYS = 400


@dataclass(frozen=True)
class Compiled:
    """A problem with the business rows behind it.

    Parameters
    ----------
    problem
        What the engine sees; second 0 is the snapshot's `as_of`.
    tasks
        Row t = task t: task, order, item, site, operation, quantity.
    jobs
        Row j = job j: order, item, site, quantity, due_at.
    findings
        What was left out or looks wrong, as warnings.
    mode_rank
        Mode m's place in what is preferred: those of a task that have the lowest are.
    """

    problem: Problem
    tasks: pl.DataFrame
    jobs: pl.DataFrame
    findings: Findings
    mode_rank: Int32s


def compile_problem(snapshot: Snapshot, plan: PlanRun | None = None, *, has_routes: bool = False) -> Compiled:
    """Compile a snapshot, and a plan's make and move orders, into a scheduling problem.

    Parameters
    ----------
    snapshot
        Checked data.
    plan
        Planned orders to schedule beside the live ones, and planned purchases as receipts; None = none.
    has_routes
        Whether a whole route is chosen where an order names no routing and several of its item are preferred alike;
        otherwise the first of them is taken.

    Returns
    -------
    Compiled
        Without any task when nothing is to be made.
    """
    findings = Findings()
    planned = None if plan is None else list_planned(plan)
    work = find_work(snapshot, planned, findings, has_routes=has_routes)
    hours = find_hours(snapshot, _horizon_seconds(snapshot, work))
    findings.merge(hours.findings)
    pools, calendars = hours.pools, hours.calendars
    families = sorted({*work.tasks["family"].to_list(), *snapshot["resource"]["set_up_for"].to_list()} - {""})
    setups, matrices = compile_setups(snapshot, families)
    modes, spends, mode_rank = compile_modes(work.tasks, Floorplan.of(snapshot, pools, findings))
    prices = read_prices(snapshot)
    tasks, modes = _compile_tasks(snapshot, work, modes, families)
    tasks = add_options(tasks, work, prices)
    links = _compile_links(work)
    is_ahead = bool(snapshot["company"]["is_set_up_ahead"].any())
    tasks = hold_back_to_fence(tasks, modes, links, work.jobs["fence_seconds"].to_numpy(), is_ahead=is_ahead)
    resources = _compile_resources(snapshot, pools, hours.of_resource, matrices, families)
    problem = Problem(
        _compile_jobs(snapshot, work),
        tasks,
        modes,
        resources,
        links,
        calendars,
        replace(setups, is_ahead=is_ahead),
        compile_materials(snapshot, work, planned),
        compile_budgets(snapshot, work, modes, spends),
        objective=weigh(prices, setups, resources, calendars),
    )
    shown = work.tasks.select("task", "order", "item", "site", "operation", "quantity")
    jobs = work.jobs.select("order", "item", "site", "quantity", "due_at")
    return Compiled(problem, shown, jobs, findings, mode_rank)


def _horizon_seconds(snapshot: Snapshot, work: Work) -> int:
    """How far calendars are expanded: past the last date by as long again, and a year and more at least."""
    moments = [seconds_between(snapshot.as_of, work.jobs[name]) for name in ("due_at", "release_at")]
    latest = max((int(values[values < NEVER].max(initial=0)) for values in moments), default=0)
    return max(LEAST_HORIZON_DAYS * DAY_SECONDS, 2 * latest + LEAST_HORIZON_DAYS * DAY_SECONDS // 2)


def _compile_jobs(snapshot: Snapshot, work: Work) -> Jobs:
    release = seconds_between(snapshot.as_of, work.jobs["release_at"])
    deadline = seconds_between(snapshot.as_of, work.jobs["deadline_at"])
    return Jobs(
        work.jobs["order"].to_numpy().astype(np.object_),
        seconds_between(snapshot.as_of, work.jobs["due_at"]),
        np.maximum(work.jobs["priority"].fill_null(1.0).to_numpy(), 1e-4),
        np.where(release >= NEVER, 0, np.maximum(release, 0)),
        deadline if (deadline < NEVER).any() else deadline[:0],
    )


def _compile_tasks(snapshot: Snapshot, work: Work, modes: Modes, families: list[str]) -> tuple[Tasks, Modes]:
    """Tasks; a started one is fixed at 0 with the time that is left, a frozen one at its start."""
    rows = work.tasks
    num_tasks = rows.height
    columns = {name: rows[name] for name in ("release_at", "starts_at") if name in rows.columns}
    nothing = pl.Series("none", [None] * num_tasks, dtype=pl.Datetime("us", "UTC"))
    release = seconds_between(snapshot.as_of, columns.get("release_at", nothing))
    starts = seconds_between(snapshot.as_of, columns.get("starts_at", nothing))
    is_started = (rows["state"] == "started").to_numpy()
    is_frozen = rows["is_fixed"].to_numpy() & (starts < NEVER) & ~is_started
    fixed_start = np.where(is_started, 0, np.where(is_frozen, np.maximum(starts, 0), -1))
    number = {family: i for i, family in enumerate(families)}
    family = rows["family"].replace_strict(number, default=-1, return_dtype=pl.Int32).to_numpy() if num_tasks else []
    tasks = Tasks(
        rows["task"].to_numpy().astype(np.object_),
        rows["job"].to_numpy().astype(np.int32),
        np.where(release >= NEVER, 0, np.maximum(release, 0)).astype(np.int64),
        np.asarray(family, dtype=np.int32),
        rows["can_pause"].to_numpy().astype(bool),
        fixed_start.astype(np.int64),
        np.where(fixed_start >= 0, modes.task_ptr[:-1], -1).astype(np.int32),
    )
    # What is in progress is set up; the time that passed since its start is taken off its run.
    passed = np.where(is_started & (starts < NEVER), np.maximum(-starts, 0), 0)
    owner = np.repeat(np.arange(num_tasks), np.diff(modes.task_ptr))
    began = is_started[owner]
    left = np.maximum(modes.run_seconds + modes.setup_seconds - passed[owner], 0)
    run = np.where(began, np.minimum(left, modes.run_seconds), modes.run_seconds)
    setup = np.where(began, left - run, modes.setup_seconds)
    return tasks, Modes(modes.task_ptr, run, setup, modes.resource_ptr, modes.resource, modes.units)


def _compile_links(work: Work) -> Links:
    links = work.links
    most = np.rint(links["most_minutes"].fill_null(0.0).to_numpy() * 60).astype(np.int64)
    is_bounded = links["most_minutes"].is_not_null().to_numpy()
    return Links(
        links["before"].to_numpy().astype(np.int32),
        links["after"].to_numpy().astype(np.int32),
        links["kind"].replace_strict(LINK_KINDS, return_dtype=pl.Int32).to_numpy().astype(np.int32)
        if links.height
        else np.zeros(0, np.int32),
        np.rint(links["lag_minutes"].to_numpy() * 60).astype(np.int64),
        np.where(is_bounded, most, FAR_FUTURE) if is_bounded.any() else most[:0],
    )


def _compile_resources(
    snapshot: Snapshot, pools: list[str], calendar: list[int], matrices: dict[str, int], families: list[str]
) -> Resources:
    rows = snapshot["resource"]
    number = {family: i for i, family in enumerate(families)}
    capacity = [*rows["capacity"], *([1] * len(pools))]
    # A matrix needs to know what was there before: only where one task, or one batch, runs at a time.
    matrix = [
        matrices.get(name, -1) if name and (size == 1 or is_batch) else -1
        for name, size, is_batch in rows.select("setup_matrix", "capacity", "is_batch").iter_rows()
    ]
    problem_rows = Resources(
        np.array([*rows["code"], *pools], dtype=np.object_),
        np.array(calendar, dtype=np.int32),
        np.array(capacity, dtype=np.int32),
        np.array([*matrix, *([-1] * len(pools))], dtype=np.int32),
        np.array([*(number.get(name, -1) for name in rows["set_up_for"]), *([-1] * len(pools))], dtype=np.int32),
        hold_pay=_compile_hold_pay(rows, len(pools)),
    )
    return add_machine_rules(problem_rows, snapshot)


def _compile_hold_pay(resources: pl.DataFrame, num_pools: int) -> Floats:
    """Pay per hour of those who are paid while they wait; empty where nobody is."""
    pay = resources.select(
        pl.when("is_paid_when_idle").then(pl.col("cost_per_hour").cast(pl.Float64).fill_null(0.0)).otherwise(0.0)
    ).to_series()
    if not (pay > 0).any():
        return np.zeros(0)
    return np.concatenate((pay.to_numpy(), np.zeros(num_pools)))


def compile_setups(snapshot: Snapshot, families: list[str]) -> tuple[Setups, dict[str, int]]:
    """Setup matrices; what names both families holds over what names one, and that over "*" to "*".

    "*" means any other family: to stay in a family takes no time unless the pair is listed.
    """
    matrices = {code: i for i, code in enumerate(snapshot["setup_matrix"]["code"])}
    number: dict[str, list[int]] = {family: [i] for i, family in enumerate(families)}
    size = len(families)
    number["*"] = list(range(size))
    seconds = np.zeros((len(matrices), size + 1, size), dtype=np.int64)
    cost = np.zeros(seconds.shape)
    columns = ("setup_matrix", "from_family", "to_family", "minutes", "cost")
    rows = list(snapshot["setup_change"].select(columns).iter_rows())
    # From general to special; "to" counts more than "from", as it is the setup that is made.
    rows.sort(key=lambda row: (row[2] != "*", row[1] != "*"))
    for matrix, before, after, minutes, money in rows:
        sources = [*number["*"], size] if before == "*" else number.get(before, [])
        for i in sources:
            for j in number.get(after, []):
                if i != j or (before != "*" and after != "*"):
                    seconds[matrices[matrix], i, j] = round(minutes * 60)
                    cost[matrices[matrix], i, j] = float(money or 0)
    if not cost.any():
        cost = np.zeros((0, 1, 0))
    return Setups(seconds, np.array(families, dtype=np.object_), cost), matrices
