"""Move one task of a stored schedule by hand: what else moves, what it costs, and keep it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from threading import Lock

import numpy as np
import polars as pl
from django.db import transaction
from django.db.models import F

from drumbeat.basics.findings import Finding, InputError
from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.actions import make_plan
from drumbeat.scheduling.actions import save_schedule, tell_schedule
from drumbeat.scheduling.compare_schedules import Figure, compare_worth
from drumbeat.scheduling.compile_problem import Compiled, compile_problem
from drumbeat.scheduling.engine import result as engine
from drumbeat.scheduling.engine.measure_worth import measure_worth
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.reschedule import Drag, Rescheduled, reschedule
from drumbeat.scheduling.engine.reschedule.apply_events import find_mode_on
from drumbeat.scheduling.models import Schedule, ScheduledTask

KEPT_BENCHES = 2
"""Schedules whose problems a process keeps at hand: the second move of a schedule is answered at once."""

FARTHEST_SECONDS = 10 * 366 * 86_400

_laying_out = Lock()


@dataclass(frozen=True)
class Bench:
    """A stored schedule with the problem that it solves.

    Parameters
    ----------
    snapshot, compiled
        The data, as they were when it was made.
    schedule
        The engine's.
    """

    snapshot: Snapshot
    compiled: Compiled
    schedule: engine.Schedule


@dataclass(frozen=True)
class Move:
    """What a move by hand does.

    Parameters
    ----------
    bench, rescheduled
        Where from, and what became of it.
    tasks
        One row a task that moved: task, order, operation, resource_before, resource, start_before, start, end
        (moments); the one that was dragged comes first.
    figures
        Before and after.
    """

    bench: Bench
    rescheduled: Rescheduled
    tasks: pl.DataFrame
    figures: list[Figure]


def find_bench(schedule: Schedule) -> Bench:
    """Return a stored schedule with its problem; the last few are kept at hand.

    Raises
    ------
    InputError
        When the data have changed since: a schedule of other data cannot be moved about.
    """
    with _laying_out:
        return _lay_out(schedule.pk, schedule.version, schedule.horizon_start)


@lru_cache(maxsize=KEPT_BENCHES)
def _lay_out(number: int, version: str, horizon_start: datetime) -> Bench:
    snapshot = Snapshot.read_database(as_of=horizon_start)
    if snapshot.version != version:
        rule = "a schedule is moved about on the data that it was made from"
        raise InputError(Finding("schedule", rule, "The data have changed: run again, then move", value=str(number)))
    compiled = compile_problem(snapshot, make_plan(snapshot), has_routes=True)
    schedule = _read_schedule(number, compiled, snapshot.as_of)
    if compiled.problem.num_tasks:
        reschedule(compiled.problem, schedule, [])  # what is compiled on first use is compiled now
    return Bench(snapshot, compiled, schedule)


def _read_schedule(number: int, compiled: Compiled, origin: datetime) -> engine.Schedule:
    """Put stored times back into the engine's arrays; what is not stored has no place."""
    problem = compiled.problem
    count = problem.num_tasks
    # What may be left out and is not there was left out.
    tasks = problem.tasks
    may_skip = np.isfinite(tasks.skip_cost) if len(tasks.skip_cost) else np.zeros(count, dtype=np.bool_)
    if len(tasks.choice):
        may_skip |= tasks.choice_of_route >= 0
    mode = np.where(may_skip, engine.SKIPPED, engine.UNSCHEDULED).astype(np.int32)
    start, end = np.full(count, -1, dtype=np.int64), np.full(count, -1, dtype=np.int64)
    setup = np.zeros(count, dtype=np.int64)
    place = {key: row for row, key in enumerate(compiled.tasks["task"].to_list())}
    names = [str(key) for key in problem.resources.keys]
    rows = ScheduledTask.objects.filter(schedule=number)
    for task, held, begins, change, ends in rows.values_list(
        "task", "resources", "starts_at", "setup_seconds", "ends_at"
    ):
        t = place.get(task)
        if t is None:
            continue
        mode[t] = _find_mode(problem, t, held, names)
        start[t], end[t] = (round((moment - origin).total_seconds()) for moment in (begins, ends))
        setup[t] = change
    return engine.Schedule(mode, start, setup, end)


def _find_mode(problem: Problem, task: int, held: str, names: Sequence[str]) -> int:
    """Return the task's mode that holds these resources (joined by ", "); its first one where none does."""
    modes = problem.modes
    ways = range(int(modes.task_ptr[task]), int(modes.task_ptr[task + 1]))
    for way in ways:
        span = slice(int(modes.resource_ptr[way]), int(modes.resource_ptr[way + 1]))
        if ", ".join(names[r] for r in modes.resource[span]) == held:
            return way
    return ways[0]


def move_task(schedule: Schedule, task: str, start: datetime, resource: str) -> Move:
    """Find out what it does to let a task start at a moment, on a machine.

    Parameters
    ----------
    schedule
        Stored.
    task
        Key of the task.
    start
        The wished start; it starts then or at the first moment after that calendars and what goes before it allow.
    resource
        Code of the machine.

    Returns
    -------
    Move
        Nothing is stored; see `keep_move`.

    Raises
    ------
    InputError
        When the data have changed since the schedule was made, the task is not in it, has begun or is fixed, or cannot
        be done on that machine, or the start is more than ten years away.
    """
    bench = find_bench(schedule)
    problem = bench.compiled.problem
    found = np.flatnonzero(bench.compiled.tasks["task"].to_numpy() == task)
    machine = np.flatnonzero(problem.resources.keys == resource)
    if not len(found) or bench.schedule.mode[found[0]] < 0:
        raise InputError(Finding("task", "a task that is moved is in the schedule", "Choose another", value=task))
    mode = find_mode_on(problem, int(found[0]), int(machine[0])) if len(machine) else -1
    if mode < 0:
        remedy = "Drop it on a machine that can do it"
        raise InputError(Finding("task", f"{task} can be done where it is put", remedy, value=resource))
    held = int(bench.schedule.mode[found[0]])
    if _machine_of(problem, held) == int(machine[0]):
        mode = held  # the same machine, with the tools and people that it has
    seconds = max(round((start - bench.snapshot.as_of).total_seconds()), 0)
    if seconds > FARTHEST_SECONDS:
        raise InputError(Finding("task", "a start is within ten years", "Choose an earlier one", value=str(start)))
    done = reschedule(problem, bench.schedule, [Drag(int(found[0]), seconds, mode)])
    before, after = asdict(measure_worth(problem, bench.schedule)), asdict(measure_worth(problem, done.result.schedule))
    return Move(bench, done, _tell_moves(bench, done, int(found[0])), compare_worth(before, after))


def _machine_of(problem: Problem, mode: int) -> int:
    first = int(problem.modes.resource_ptr[mode])
    return int(problem.modes.resource[first]) if first < problem.modes.resource_ptr[mode + 1] else -1


def _tell_moves(bench: Bench, done: Rescheduled, dragged: int) -> pl.DataFrame:
    """List the tasks that moved or lost their place, the dragged one first, then by start."""
    problem, old, new = bench.compiled.problem, bench.schedule, done.result.schedule
    rows = np.union1d(done.moved, done.lost)
    rows = rows[np.lexsort((new.start[rows], rows != dragged))]
    origin = pl.lit(bench.snapshot.as_of)

    def name(modes: np.ndarray) -> list[str | None]:
        machines = [_machine_of(problem, int(mode)) if mode >= 0 else -1 for mode in modes]
        return [str(problem.resources.keys[machine]) if machine >= 0 else None for machine in machines]

    columns = {"start_before": old.start, "start": new.start, "end": new.end}
    return (
        bench.compiled.tasks[rows]
        .select("task", "order", "operation")
        .with_columns(
            pl.Series("resource_before", name(old.mode[rows]), dtype=pl.String),
            pl.Series("resource", name(new.mode[rows]), dtype=pl.String),
            *(pl.Series(label, values[rows]) for label, values in columns.items()),
        )
        .with_columns(
            pl.when(pl.col(label) >= 0).then(origin + pl.duration(seconds=pl.col(label))).alias(label)
            for label in columns
        )
    )


def keep_move(schedule: Schedule, move: Move, created_at: datetime) -> Schedule:
    """Store what came of a move as a new schedule; the old one stays.

    Raises
    ------
    InputError
        When there is a newer schedule by now: of two who move at once, the second is told so, and nothing is lost.
    """
    problem, done = move.bench.compiled.problem, move.rescheduled.result
    worth = measure_worth(problem, done.schedule)
    kept = engine.Result(done.schedule, worth, 0.0, False, f"moved by hand, {done.method}"[:60])
    run = tell_schedule(move.bench.snapshot, move.bench.compiled, kept)
    with transaction.atomic():
        # Writing the row first makes whoever keeps a move of the same schedule wait until this one is stored.
        Schedule.objects.filter(pk=schedule.pk).update(method=F("method"))
        if Schedule.objects.filter(pk__gt=schedule.pk).exists():
            rule, remedy = "a move is made on the newest schedule", "There is a newer one by now: make it on that one"
            raise InputError(Finding("schedule", rule, remedy, value=str(schedule.pk)))
        return save_schedule(run, schedule.plan_id, created_at)
