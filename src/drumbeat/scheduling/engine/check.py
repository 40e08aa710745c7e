"""Judge a schedule, whoever made it: plain NumPy that shares no code with what makes schedules."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.findings import Finding, Findings
from drumbeat.scheduling.engine.check_capacity import check_capacity, check_teams
from drumbeat.scheduling.engine.check_evidence import REMEDY, Evidence
from drumbeat.scheduling.engine.check_hours import Phases, check_hours
from drumbeat.scheduling.engine.check_setups import check_batches, check_choices, check_order_groups, check_setups
from drumbeat.scheduling.engine.check_stock import check_budgets, check_materials
from drumbeat.scheduling.engine.problem import FINISH_FINISH, FINISH_START, START_START, Problem
from drumbeat.scheduling.engine.result import SKIPPED, UNSCHEDULED, Schedule


def check_schedule(problem: Problem, schedule: Schedule) -> Findings:
    """Find every rule that a schedule breaks.

    Parameters
    ----------
    problem, schedule
        The schedule may leave tasks unscheduled, but not what must go before a scheduled one.

    Returns
    -------
    Findings
        One for each broken rule and task, resource or material; empty when the schedule is feasible.
    """
    evidence = Evidence(problem, schedule)
    if not _has_right_shape(evidence):
        return evidence.findings
    _check_modes(evidence)
    if len(evidence.head_task):
        check_teams(evidence)
    if evidence.findings:
        return evidence.findings
    phases = check_hours(evidence)
    _check_moments(evidence, phases)
    check_setups(evidence)
    check_batches(evidence)
    check_order_groups(evidence)
    check_choices(evidence)
    _check_links(evidence, phases)
    check_capacity(evidence, phases)
    check_materials(evidence)
    check_budgets(evidence)
    return evidence.findings


def _has_right_shape(evidence: Evidence) -> bool:
    problem, schedule = evidence.problem, evidence.schedule
    sizes = {len(part) for part in (schedule.mode, schedule.start, schedule.end, schedule.setup_seconds)}
    if sizes != {problem.num_tasks}:
        rule = f"a schedule has one row for each of the {problem.num_tasks} tasks"
        evidence.findings.add(Finding("schedule", rule, REMEDY, value=str(sorted(sizes))))
        return False
    heads = len(evidence.head_task)
    if heads and len(schedule.team) != heads:
        rule = f"a team has one row for each of the {heads} heads that tasks need"
        evidence.findings.add(Finding("schedule", rule, REMEDY, value=str(len(schedule.team))))
        return False
    return True


def _check_modes(evidence: Evidence) -> None:
    schedule, pointer = evidence.schedule, evidence.problem.modes.task_ptr
    is_out = (schedule.mode == UNSCHEDULED) | (schedule.mode == SKIPPED)
    wrong = ~is_out & ((schedule.mode < pointer[:-1]) | (schedule.mode >= pointer[1:]))
    keys = evidence.problem.tasks.keys
    evidence.report("task", "a task runs in one of its own modes", keys, wrong, lambda t: str(schedule.mode[t]))
    half = is_out & ((schedule.start != UNSCHEDULED) | (schedule.end != UNSCHEDULED))
    evidence.report("task", "an unscheduled task has no times", keys, half, lambda t: str(schedule.start[t]))
    backwards = evidence.done & ((schedule.start < 0) | (schedule.setup_seconds < 0))
    rule = "no task starts before 0 or has a setup of less than 0 s"
    evidence.report("task", rule, keys, backwards, lambda t: f"starts at {schedule.start[t]}")


def _check_moments(evidence: Evidence, phases: Phases) -> None:
    problem, schedule, free = evidence.problem, evidence.schedule, evidence.free
    tasks, jobs, keys = problem.tasks, problem.jobs, problem.tasks.keys
    start = phases.run_start if problem.setups.is_ahead else schedule.start

    def at(t: int) -> str:
        return f"starts at {start[t]}"

    evidence.report("task", "a task starts at or after its release", keys, free & (start < tasks.release), at)
    early = free & (start < jobs.release[tasks.job])
    evidence.report("task", "a task starts at or after its job's release", keys, early, at)
    moved = (tasks.fixed_start >= 0) & (schedule.start != tasks.fixed_start)
    evidence.report("task", "a fixed task starts when it is fixed to", keys, moved, at)
    changed = (tasks.fixed_start >= 0) & (tasks.fixed_mode >= 0) & (schedule.mode != tasks.fixed_mode)
    evidence.report("task", "a fixed task runs in the mode that it is fixed to", keys, changed, at)
    if len(jobs.deadline):
        late = free & (schedule.end > jobs.deadline[tasks.job])
        rule = "a task ends at or before its job's deadline"
        evidence.report("task", rule, keys, late, lambda t: f"{schedule.end[t]}, not {jobs.deadline[tasks.job[t]]}")


def _check_links(evidence: Evidence, phases: Phases) -> None:
    problem, schedule = evidence.problem, evidence.schedule
    links, keys = problem.links, problem.tasks.keys
    before, after = links.before, links.after
    binds = evidence.free[after]
    lost = binds & (schedule.mode[before] == UNSCHEDULED)
    rule = "what goes before a scheduled task is scheduled"
    evidence.report("task", rule, keys[after], lost, lambda i: f"not {keys[before[i]]}")
    start = phases.run_start if problem.setups.is_ahead else schedule.start
    binds &= evidence.done[before]
    first = np.where((links.kind == FINISH_START) | (links.kind == FINISH_FINISH), schedule.end[before], start[before])
    last = np.where((links.kind == FINISH_START) | (links.kind == START_START), start[after], schedule.end[after])
    names = ("finish-start", "start-start", "finish-finish", "start-finish")
    for kind, name in enumerate(names):
        rows = binds & (links.kind == kind)
        broken = rows & (last < first + links.lag)
        rule = f"a {name} link keeps its lag"
        evidence.report("link", rule, keys[after], broken, lambda i: f"after {keys[before[i]]}, lag {links.lag[i]}")
        if len(links.most):
            late = rows & (last > first + links.most)
            rule = f"a {name} link keeps the most that it allows"
            evidence.report("link", rule, keys[after], late, lambda i: f"after {keys[before[i]]}, most {links.most[i]}")
