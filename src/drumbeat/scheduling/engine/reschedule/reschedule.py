"""Reschedule after events: from the live state, with the least change, in less than a second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from drumbeat.basics.arrays import Bools, Int64s
from drumbeat.basics.findings import Finding, InputError
from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.check_problem import check_problem
from drumbeat.scheduling.engine.features import describe
from drumbeat.scheduling.engine.measure_worth import Meter, find_job_ends
from drumbeat.scheduling.engine.objective import Previous
from drumbeat.scheduling.engine.plant import Timelines
from drumbeat.scheduling.engine.problem import FAR_FUTURE, Problem
from drumbeat.scheduling.engine.reschedule.apply_events import apply_event, check_event
from drumbeat.scheduling.engine.reschedule.events import (
    Breakdown,
    Cancellation,
    Drag,
    Event,
    LateMaterial,
    LongerRun,
    Prices,
)
from drumbeat.scheduling.engine.reschedule.repair import Wishes, make_room, repair, stand
from drumbeat.scheduling.engine.result import SKIPPED, UNSCHEDULED, Result, Schedule
from drumbeat.scheduling.engine.search import rank_worth

HOUR = 3600
USUAL = Prices()
DAY = 24 * HOUR
NUM_VISITS = (200, 5, 25)
"""A policy is given up when more tasks give way than 200, 5 for each that the events displace and a 25th of all."""

POLICIES: dict[str, tuple[int, int]] = {
    "into gaps": (FAR_FUTURE, FAR_FUTURE),
    "one gives way": (0, FAR_FUTURE),
    "within a day": (DAY, DAY),
    "on time": (-1, -1),
    "in turn": (0, 0),
}
"""By how many seconds a task may end later before others give way to it: those that the events displace, and those that
give way in turn. -1: as long as the order is on time."""


@dataclass(frozen=True, slots=True)
class Rescheduled:
    """What became of a schedule.

    Parameters
    ----------
    problem
        The problem as it stands after the events: what has begun is fixed, `previous` is the old schedule, and the
        objective prices change. New tasks are at the end of its arrays.
    result
        The new schedule; its objective counts change.
    moved
        Tasks that had a place and start at another moment or in another mode.
    added
        Tasks that have a place now and had none.
    lost
        Tasks that had a place and have none now, those left out on purpose not counted.
    """

    problem: Problem
    result: Result
    moved: Int64s
    added: Int64s
    lost: Int64s

    @property
    def unmoved_share(self) -> float:
        """Share of the tasks that had a place, and still do or were left out on purpose, which did not move."""
        known = int(np.count_nonzero(self.problem.previous.mode >= 0))
        return 1.0 - (len(self.moved) + len(self.lost)) / known if known else 1.0


def reschedule(
    problem: Problem,
    previous: Schedule,
    events: Sequence[Event],
    *,
    now: int = 0,
    frozen_until: int = 0,
    prices: Prices = USUAL,
    seconds: float = 5.0,
) -> Rescheduled:
    """Change a schedule as little as it takes after something happened.

    What can stay where it is stays. What cannot, and what it pushes away, goes to the nearest place from its old start
    on; three policies of who gives way to whom are tried, and the cheapest outcome wins, change priced.

    Parameters
    ----------
    problem
        A problem without errors (`check_problem`), as it was before the events.
    previous
        The schedule that people know; feasible but for what happened.
    events
        What happened, written into the problem one after the other.
    now
        Seconds: what starts before has begun and stays as it is, but for breakdowns and runs that take longer.
    frozen_until
        Seconds: what starts before gives way to nobody, unless it cannot stay; rush orders start no earlier.
    prices
        Of change, in units of the objective.
    seconds
        How long to search where a problem has skills, batches, campaigns, tanks or orders of jobs, which repairing does
        not know: the whole of it is then solved anew, with change priced.

    Returns
    -------
    Rescheduled
        Feasible, unless tasks that have begun are in each other's way. Tasks that find no place are `UNSCHEDULED`.

    Raises
    ------
    InputError
        When an event names what does not exist or drags what has begun, or when the problem has errors after the
        events.
    """
    after = problem
    for event in events:
        check_event(after, event)
        clipped = _clip_to_now(problem, previous, event, now)
        after = after if clipped is None else apply_event(after, clipped)
    old = _lengthen(previous, after)
    after = _fix_begun(after, old, events, now)
    aim = replace(after.objective, **{name: getattr(prices, name) for name in Prices.__dataclass_fields__})
    after = replace(after, previous=Previous(old.start, np.where(old.mode >= 0, old.mode, -1)), objective=aim)
    check_problem(after).raise_on_errors()
    wants = _find_wishes(after, old, events, max(now, frozen_until))
    for schedule, policy in _try_policies(after, old, wants, prices):
        if not check_schedule(after, schedule):
            return _tell(after, schedule, f"repair, {policy}")
    return _solve_anew(after, old, max(now, frozen_until), seconds)


def _clip_to_now(problem: Problem, old: Schedule, event: Event, now: int) -> Event | None:
    """Leave of an event what is not over yet; None where nothing is left."""
    if isinstance(event, Breakdown) and event.start < now < event.end:
        return replace(event, start=now)
    if isinstance(event, Breakdown) and event.start < event.end <= now:
        return None
    if isinstance(event, LongerRun) and 0 <= event.task < problem.num_tasks and 0 <= old.end[event.task] <= now:
        rule, value = "a task that has ended takes no longer", str(problem.tasks.keys[event.task])
        raise InputError(Finding("LongerRun", rule, "Name one that is under way or to come", value=value))
    times = problem.materials.receipt_time
    if isinstance(event, LateMaterial) and 0 <= event.receipt < len(times) and times[event.receipt] < now:
        rule, value = "a receipt that has come is not late", str(problem.materials.receipt_keys[event.receipt])
        raise InputError(Finding("LateMaterial", rule, "Name one that is to come", value=value))
    return event


def _lengthen(schedule: Schedule, problem: Problem) -> Schedule:
    """Add rows without a place for new tasks."""
    extra = problem.num_tasks - len(schedule.mode)
    if not extra:
        return schedule
    nothing = np.full(extra, UNSCHEDULED, dtype=np.int64)
    return Schedule(
        np.append(schedule.mode, nothing.astype(schedule.mode.dtype)),
        np.append(schedule.start, nothing),
        np.append(schedule.setup_seconds, np.zeros(extra, dtype=np.int64)),
        np.append(schedule.end, nothing),
        schedule.team,
    )


def _fix_begun(problem: Problem, old: Schedule, events: Sequence[Event], now: int) -> Problem:
    """Fix what has begun, and let nothing else begin before now."""
    tasks = problem.tasks
    begun = (old.mode >= 0) & (old.start < now)
    for event in events:
        if isinstance(event, Drag) and (begun[event.task] or tasks.fixed_start[event.task] >= 0):
            rule = "what has begun, or is fixed, cannot be dragged"
            raise InputError(Finding("Drag", rule, "Drag another task", value=str(tasks.keys[event.task])))
    fixed_start = np.where(begun, old.start, tasks.fixed_start)
    fixed_mode = np.where(begun, old.mode, tasks.fixed_mode).astype(np.int32)
    release = np.where(fixed_start >= 0, tasks.release, np.maximum(tasks.release, now))
    return replace(problem, tasks=replace(tasks, fixed_start=fixed_start, fixed_mode=fixed_mode, release=release))


@dataclass(frozen=True, slots=True)
class _Wants:
    """Wishes without patience, who wants to stand and who has no place yet."""

    wishes: Wishes
    standing: Int64s
    homeless: Int64s
    work_left: Int64s
    floor: int


def _find_wishes(problem: Problem, old: Schedule, events: Sequence[Event], frozen: int) -> _Wants:
    """Say what each task wants: its old place, or the one it is dragged to, or, being new, the first there is."""
    n, tasks = problem.num_tasks, problem.tasks
    mode, start, end = old.mode.astype(np.int64), old.start.copy(), old.end.copy()
    free = tasks.fixed_start < 0
    for event in events:
        if isinstance(event, Cancellation):
            mode[(tasks.job == event.job) & free] = SKIPPED
        if isinstance(event, LongerRun) and free[event.task] and mode[event.task] >= 0:
            end[event.task] = FAR_FUTURE  # it may stand with another end
    homeless = free & (mode == UNSCHEDULED)
    work, work_left = _measure_chains(problem, homeless)
    start[homeless] = np.maximum(frozen, tasks.release[homeless])
    end[homeless] = start[homeless] + work[homeless]
    dragged, only_mode = np.zeros(n, dtype=bool), np.full(n, -1, dtype=np.int64)
    for event in events:
        if isinstance(event, Drag) and mode[event.task] != SKIPPED:
            task = event.task
            only_mode[task] = event.mode if event.mode >= 0 else max(mode[task], problem.modes.task_ptr[task])
            length = max(int(end[task] - start[task]), 0) if mode[task] >= 0 else int(work[task])
            start[task] = max(event.start, int(tasks.release[task]))
            end[task] = start[task] + length
            dragged[task] = True
    turn = np.empty(n, dtype=np.int64)
    turn[np.lexsort((end, start, ~dragged))] = np.arange(n)
    is_kept = dragged | (free & (mode >= 0) & (start < frozen))
    standing = np.flatnonzero(free & (mode >= 0) & ~dragged)
    standing = standing[np.argsort(turn[standing], kind="stable")]
    wishes = Wishes(mode, start, end, start, only_mode, turn, is_kept, np.zeros(n, dtype=np.int64))
    return _Wants(wishes, standing, np.flatnonzero(homeless | (dragged & (mode != SKIPPED))), work_left, frozen)


def _measure_chains(problem: Problem, new: Bools) -> tuple[Int64s, Int64s]:
    """Least seconds from the first start of a job's new tasks to the end of each, and from there to the job's end.

    New tasks of a job are taken to follow each other.
    """
    modes, job = problem.modes, problem.tasks.job
    least = np.minimum.reduceat(modes.run_seconds + modes.setup_seconds, modes.task_ptr[:-1])
    rows = np.flatnonzero(new)
    done, left = least.copy(), np.zeros(problem.num_tasks, dtype=np.int64)
    before: dict[int, int] = {}
    for task in rows.tolist():
        before[int(job[task])] = before.get(int(job[task]), 0) + int(least[task])
        done[task] = before[int(job[task])]
    for task in rows.tolist():
        left[task] = before[int(job[task])] - done[task]
    return done, left


def _try_policies(problem: Problem, old: Schedule, wants: _Wants, prices: Prices) -> list[tuple[Schedule, str]]:
    """Repair by each policy; return the outcomes, the cheapest first, each once."""
    if not _can_repair(problem):
        return []
    timelines = Timelines.of(problem)
    displaced = stand(timelines.plant, timelines.lines, wants.standing, wants.wishes, timelines.scratch)
    aim = problem.objective
    hour = prices.moved_hours + aim.tardiness + aim.makespan
    penalty = int(min(prices.changed_modes / hour, 1e6) * HOUR) if hour else FAR_FUTURE
    lifted = np.concatenate((displaced, wants.homeless))
    meter, outcomes = Meter(problem), []
    slack = _find_slack(problem, old, wants)
    for policy, (first, others) in list(POLICIES.items())[: None if len(lifted) else 1]:
        lines = type(timelines.lines)(*(part.copy() for part in timelines.lines))
        patience = slack.copy() if others < 0 else np.full(problem.num_tasks, others, dtype=np.int64)
        if first >= 0:
            patience[lifted] = first
        patience[wants.wishes.only_mode >= 0] = 0  # who is dragged is not put off
        wishes = wants.wishes._replace(patience=patience)
        room = make_room(problem.num_tasks)
        # The first policy always comes to an end soon: nobody but followers gives way.
        budget = NUM_VISITS[0] + len(lifted) * NUM_VISITS[1] + problem.num_tasks // NUM_VISITS[2] if outcomes else 2**60
        lost = repair(timelines.plant, lines, lifted, wishes, wants.floor, penalty, budget, room, timelines.scratch)
        if lost < 0:
            continue
        schedule = replace(timelines, lines=lines).to_schedule()
        outcomes.append((rank_worth(problem, meter.measure(schedule)), schedule, policy))
    outcomes.sort(key=lambda outcome: outcome[0])
    return [(schedule, policy) for _, schedule, policy in outcomes]


def _find_slack(problem: Problem, old: Schedule, wants: _Wants) -> Int64s:
    """Seconds by which each task may end later and leave its order on time, whatever else moves."""
    jobs = problem.jobs
    is_new = wants.wishes.mode == UNSCHEDULED
    ends = find_job_ends(problem, replace(old, mode=np.where(old.mode < 0, SKIPPED, old.mode)))
    # An order without a due time is in no hurry, unless it would be the last.
    due = np.where(jobs.due < FAR_FUTURE, jobs.due, ends.max(initial=0))
    slack = np.maximum(due - ends, 0)[problem.tasks.job]
    slack_new = np.maximum(due[problem.tasks.job] - wants.work_left - wants.wishes.end, 0)
    result: Int64s = np.where(is_new, slack_new, slack)
    return result


def _can_repair(problem: Problem) -> bool:
    features = describe(problem)
    return not (
        features.has_skills
        or features.has_batches
        or features.has_campaigns
        or features.has_order_groups
        or features.has_tanks
    )


def _solve_anew(problem: Problem, old: Schedule, frozen: int, seconds: float) -> Rescheduled:
    """Solve the whole problem, with what starts before `frozen` fixed."""
    from drumbeat.scheduling.engine.solve import solve

    tasks = problem.tasks
    stays = (old.mode >= 0) & (old.start < frozen)
    fixed_start = np.where(stays, old.start, tasks.fixed_start)
    fixed_mode = np.where(stays, old.mode, tasks.fixed_mode).astype(np.int32)
    frozen_tasks = replace(tasks, fixed_start=fixed_start, fixed_mode=fixed_mode)
    result = solve(replace(problem, tasks=frozen_tasks), seconds=seconds)
    return _tell(problem, result.schedule, f"solved anew, {result.method}")


def _tell(problem: Problem, schedule: Schedule, method: str) -> Rescheduled:
    """Say what moved."""
    had, has = problem.previous.mode >= 0, schedule.mode >= 0
    moved = had & has & ((schedule.start != problem.previous.start) | (schedule.mode != problem.previous.mode))
    result = Result(schedule, Meter(problem).measure(schedule), 0.0, False, method)
    return Rescheduled(
        problem,
        result,
        np.flatnonzero(moved),
        np.flatnonzero(~had & has),
        np.flatnonzero(had & (schedule.mode == UNSCHEDULED)),
    )
