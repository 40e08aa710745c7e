"""Make a schedule of the data, and keep it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Int64s
from drumbeat.basics.findings import Finding, Findings
from drumbeat.basics.parallel import count_cores
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.data.schema import MOMENT
from drumbeat.data.snapshot import Snapshot
from drumbeat.scheduling.compile_problem import Compiled, compile_problem
from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.explain import Wait, explain_jobs
from drumbeat.scheduling.engine.explain_infeasible import Conflict, explain_infeasible, tell_conflicts
from drumbeat.scheduling.engine.measure_worth import find_job_ends
from drumbeat.scheduling.engine.problem import FAR_FUTURE, Problem
from drumbeat.scheduling.engine.result import SKIPPED, UNSCHEDULED, Result
from drumbeat.scheduling.engine.solve import solve
from drumbeat.scheduling.engine.solve_starts import solve_starts
from drumbeat.scheduling.note_tasks import note_batches, note_materials, note_setups

if TYPE_CHECKING:
    from drumbeat.planning.actions import PlanRun
    from drumbeat.scheduling.models import Schedule

SHOWN_LOST = 50
"""Tasks without a place that are named; the rest are counted."""

EXPLAIN_SECONDS = 5.0
"""Wall time for finding out why tasks have no place."""

MOST_EXPLAINED = 5000
"""How many orders, the latest first, are told with what they waited for."""


@dataclass(frozen=True)
class ScheduleRun:
    """A schedule with the business rows behind it.

    Parameters
    ----------
    problem, result
        The engine's.
    horizon_start
        Second 0.
    tasks
        Row t = task t of the problem: task, order, item, site, operation, quantity, resource (its machine), resources
        (all that it holds, joined by ", "), starts_at, setup_seconds, ends_at, due_at, setup_note (from which setup
        family to which, and whether it is cleaned first), batch (first task of those that run together with it; "" =
        alone), material_note (what it takes); times are null where unscheduled or left out.
    orders
        Row j = job j: order, item, site, quantity, starts_at, ends_at, due_at, late_seconds, waits (list of
        cause and seconds from the end back to the release, see `explain_jobs`; given for the latest
        `MOST_EXPLAINED` orders, empty for others).
    findings
        What was left out, looks wrong or could not be scheduled.
    version
        Version of the data it was made from.
    """

    problem: Problem
    result: Result
    horizon_start: datetime
    tasks: pl.DataFrame
    orders: pl.DataFrame
    findings: Findings
    version: str


def make_schedule(
    snapshot: Snapshot,
    plan: PlanRun | None = None,
    *,
    seconds: float = 10.0,
    seed: int = 0,
    workers: int = 2,
    is_deterministic: bool = False,
    gap: float = 0.0,
    plateau: float = 0.0,
    waits_for_kernels: bool = True,
    starts: int = 1,
    cluster: str | None = None,
    progress: Progress = silent,
) -> ScheduleRun:
    """Make a finite schedule of a snapshot's live orders and a plan's proposals.

    Parameters
    ----------
    snapshot
        Checked data.
    plan
        Planned orders; None = live orders only.
    seconds
        Wall time of the search, > 0.
    seed, workers, is_deterministic, gap, plateau, waits_for_kernels
        As in `solve`.
    starts, cluster
        More than one start, or a cluster: as in `solve_starts`.
    progress
        Hears how far it is.

    Returns
    -------
    ScheduleRun
        Without rows when nothing is to be made.

    Raises
    ------
    InputError
        When the problem breaks a rule, e.g. a cycle in its links; or when the independent judge finds that the
        schedule breaks one: such a schedule is never handed out.
    """
    progress(0.0, "compiling the problem")
    compiled = compile_problem(snapshot, plan, has_routes=True)
    tell_time = name_moments(snapshot)
    options: dict[str, Any] = {
        "seconds": seconds, "seed": seed, "workers": workers, "is_deterministic": is_deterministic, "gap": gap,
        "plateau": plateau, "tell_time": tell_time, "progress": part_of(progress, 0.1, 0.85),
    }  # fmt: skip
    if starts > 1 or cluster is not None:
        cores = max(count_cores() // max(workers, 1), 1)
        result = solve_starts(compiled.problem, starts, cores=cores, cluster=cluster, **options)
    else:
        result = solve(compiled.problem, waits_for_kernels=waits_for_kernels, **options)
    progress(0.85, "judging")
    check_schedule(compiled.problem, result.schedule).raise_on_errors()
    progress(0.9, "explaining")
    return tell_schedule(snapshot, compiled, result, _explain_lost(compiled.problem, result, tell_time))


def name_moments(snapshot: Snapshot) -> Callable[[int], str]:
    """Return what turns seconds from a snapshot's moment into words, in its first site's time zone."""
    # What is told to processes on other machines holds these three, not the whole snapshot.
    begin, zone = snapshot.as_of, ZoneInfo(next(iter(snapshot["site"].sort("code")["time_zone"]), None) or "UTC")
    last = int((datetime.max.replace(tzinfo=UTC) - timedelta(days=1) - begin).total_seconds())

    def tell(seconds: int) -> str:
        moment = (begin + timedelta(seconds=min(int(seconds), last))).astimezone(zone)
        return f"{moment:%a} {moment.day} {moment:%b %Y %H:%M}"

    return tell


def _explain_lost(problem: Problem, result: Result, tell_time: Callable[[int], str]) -> list[Conflict]:
    """Say why tasks found no place, where that is because of facts that contradict each other."""
    lost = np.unique(problem.tasks.job[result.schedule.mode == UNSCHEDULED]).tolist()
    if not lost:
        return []
    return explain_infeasible(problem, seconds=EXPLAIN_SECONDS, tell_time=tell_time, suspects=lost)


def tell_schedule(
    snapshot: Snapshot,
    compiled: Compiled,
    result: Result,
    conflicts: Sequence[Conflict] = (),
    explained: Int64s | None = None,
) -> ScheduleRun:
    """Put an engine's result back into business rows, with the facts for which some of it has no place.

    Only the waits of the jobs `explained` are told; None: those of the latest.
    """
    findings = Findings()
    if conflicts:
        findings.add(tell_conflicts(conflicts, "warning"))
    findings.merge(compiled.findings)
    _report_unscheduled(compiled, result, findings)
    _report_left_out(compiled, result, findings)
    return ScheduleRun(
        compiled.problem,
        result,
        snapshot.as_of,
        _tell_tasks(snapshot.as_of, compiled, result),
        _tell_orders(snapshot.as_of, compiled, result, explained),
        findings,
        snapshot.version,
    )


def _moments(start: datetime, seconds: Int64s, known: np.ndarray) -> pl.Series:
    values = pl.Series(np.where(known, seconds, 0)) * 1_000_000 + int(start.timestamp()) * 1_000_000 + start.microsecond
    return pl.select(pl.when(pl.Series(known)).then(values.cast(MOMENT))).to_series()


def _tell_tasks(start: datetime, compiled: Compiled, result: Result) -> pl.DataFrame:
    schedule, problem = result.schedule, compiled.problem
    done = schedule.mode >= 0
    mode = np.where(done, schedule.mode, problem.modes.task_ptr[:-1])
    held, machine = _name_resources(problem)
    kind = _number_sets(problem)[mode] if len(mode) else np.zeros(0, np.int64)
    due = problem.jobs.due[problem.tasks.job]
    return compiled.tasks.with_columns(
        pl.Series("resource", machine[kind], dtype=pl.String),
        pl.Series("resources", held[kind], dtype=pl.String),
        _moments(start, schedule.start, done).alias("starts_at"),
        pl.Series("setup_seconds", np.where(done, schedule.setup_seconds, 0), dtype=pl.Int64),
        _moments(start, schedule.end, done).alias("ends_at"),
        _moments(start, due, due < FAR_FUTURE).alias("due_at"),
        note_setups(problem, schedule).alias("setup_note"),
        note_batches(problem, schedule).alias("batch"),
        note_materials(problem).alias("material_note"),
    )


def _number_sets(problem: Problem) -> Int64s:
    """Number the sets of resources that modes hold, shape (M,), in order of their first mode's entries."""
    pointer, resource = problem.modes.resource_ptr, problem.modes.resource.astype(np.int64)
    sizes = np.diff(pointer)
    code = np.zeros(len(sizes), dtype=np.int64)
    for place in range(int(sizes.max(initial=0))):
        rows = sizes > place
        code[rows] = code[rows] * (problem.num_resources + 1) + resource[pointer[:-1][rows] + place] + 1
        code = np.unique(code, return_inverse=True)[1].astype(np.int64)
    return code


def _name_resources(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """Return the joined resource keys and the machine's key of each set of `_number_sets`."""
    numbers, first = np.unique(_number_sets(problem), return_index=True)
    held = np.empty(len(numbers), dtype=np.object_)
    machine = np.empty(len(numbers), dtype=np.object_)
    for i, mode in enumerate(first):
        span = slice(problem.modes.resource_ptr[mode], problem.modes.resource_ptr[mode + 1])
        names = [str(problem.resources.keys[r]) for r in problem.modes.resource[span]]
        held[i], machine[i] = ", ".join(names), names[0] if names else ""
    return held, machine


def _tell_orders(start: datetime, compiled: Compiled, result: Result, explained: Int64s | None) -> pl.DataFrame:
    schedule, problem = result.schedule, compiled.problem
    job = problem.tasks.job
    first = np.full(problem.num_jobs, FAR_FUTURE, dtype=np.int64)
    np.minimum.at(first, job, np.where(schedule.start >= 0, schedule.start, FAR_FUTURE))
    lost = np.zeros(problem.num_jobs, dtype=bool)
    lost[job[schedule.mode == UNSCHEDULED]] = True
    ends = find_job_ends(problem, schedule)
    due = problem.jobs.due
    late = np.where(due < FAR_FUTURE, np.maximum(ends - due, 0), 0)
    told = np.argsort(-late, kind="stable")[:MOST_EXPLAINED] if explained is None else explained
    waits = _tell_waits(told, explain_jobs(problem, schedule, told), problem.num_jobs)
    return compiled.jobs.drop("due_at").with_columns(
        _moments(start, first, first < FAR_FUTURE).alias("starts_at"),
        _moments(start, ends, ~lost).alias("ends_at"),
        _moments(start, due, due < FAR_FUTURE).alias("due_at"),
        pl.Series("late_seconds", late, dtype=pl.Int64),
        waits.alias("waits"),
    )


def _tell_waits(jobs: Int64s, chains: list[list[Wait]], num_jobs: int) -> pl.Series:
    """Put chains of waits into a column of lists, one row a job; empty where nothing is told."""
    rows = [(job, wait.cause, wait.seconds) for job, chain in zip(jobs.tolist(), chains, strict=True) for wait in chain]
    flat = pl.DataFrame(rows, {"job": pl.Int64, "cause": pl.String, "seconds": pl.Int64}, orient="row")
    lists = flat.group_by("job", maintain_order=True).agg(pl.struct("cause", "seconds").alias("waits"))
    every = pl.DataFrame({"job": np.arange(num_jobs, dtype=np.int64)})
    return every.join(lists, on="job", how="left", maintain_order="left")["waits"].fill_null([])


def _report_unscheduled(compiled: Compiled, result: Result, findings: Findings) -> None:
    """Say which tasks found no place, and what they are short of where that is material."""
    lost = np.flatnonzero(result.schedule.mode == UNSCHEDULED)
    rule = "every task gets its material, its resources and enough open time within the horizon"
    missing = _find_missing(compiled.problem) if lost.size else {}
    for number, task in enumerate(lost[: SHOWN_LOST + 1]):
        short = _materials_of(compiled.problem, int(task), missing)
        remedy = (
            "Buy or make " + " and ".join(f"{missing[material]:g} more of {material}" for material in short)
            if short
            else "See the task before it, and the calendars of its resources"
        )
        finding = Finding("task", rule, remedy, value=str(compiled.problem.tasks.keys[task]), severity="warning")
        findings.add(finding, times=1 if number < SHOWN_LOST else len(lost) - SHOWN_LOST)


def _report_left_out(compiled: Compiled, result: Result, findings: Findings) -> None:
    """Say which tasks were left out because that costs less than doing them; what a choice left out is as wanted."""
    tasks = compiled.problem.tasks
    if not len(tasks.skip_cost):
        return
    rule, remedy = "what may be left out is done where it pays", "Raise its skip_cost, or empty it, to have it done"
    for task in np.flatnonzero((result.schedule.mode == SKIPPED) & np.isfinite(tasks.skip_cost))[:SHOWN_LOST]:
        findings.add(Finding("task", rule, remedy, None, "skip_cost", str(tasks.keys[task]), "note"))


def _find_missing(problem: Problem) -> dict[str, float]:
    """Materials of which all tasks together take more than there ever is, with how much is missing."""
    materials = problem.materials
    size = len(materials.keys)
    balance = materials.stock + np.bincount(materials.receipt_material, materials.receipt_quantity, size)
    balance = balance + np.bincount(materials.material, materials.quantity, size)
    return {str(materials.keys[k]): float(-balance[k]) for k in np.flatnonzero(balance < -1e-6)}


def _materials_of(problem: Problem, task: int, missing: dict[str, float]) -> list[str]:
    materials = problem.materials
    if not missing or not len(materials.task_ptr) > task + 1:
        return []
    used = slice(int(materials.task_ptr[task]), int(materials.task_ptr[task + 1]))
    taken = materials.material[used][materials.quantity[used] < 0]
    return [str(materials.keys[k]) for k in taken if str(materials.keys[k]) in missing]


def save_schedule(run: ScheduleRun, plan_id: int | None, created_at: datetime) -> Schedule:
    """Store a schedule with its tasks and orders; all of it or nothing.

    Unscheduled tasks are not stored; they are in the findings of `summary`.
    """
    from django.db import transaction

    from drumbeat.data.save_rows import save_frame
    from drumbeat.scheduling.models import Schedule, ScheduledOrder, ScheduledTask

    worth = run.result.worth
    with transaction.atomic():
        schedule = Schedule.objects.create(
            created_at=created_at,
            version=run.version,
            plan_id=plan_id,
            horizon_start=run.horizon_start,
            method=run.result.method,
            objective=worth.objective,
            bound=run.result.bound,
            num_tasks=run.problem.num_tasks,
            num_unscheduled=worth.num_unscheduled,
            num_late=worth.num_late,
            summary={
                "worth": asdict(worth),
                "curve": list(run.result.curve),
                "is_optimal": run.result.is_optimal,
                "findings": run.findings.as_json(),
            },
        )
        columns = [name for name in run.tasks.columns if name != "site"]
        tasks = run.tasks.filter(pl.col("starts_at").is_not_null()).select(columns)
        save_frame(ScheduledTask, tasks, {"schedule_id": schedule.pk})
        save_frame(ScheduledOrder, run.orders.drop("site"), {"schedule_id": schedule.pk})
    return schedule
