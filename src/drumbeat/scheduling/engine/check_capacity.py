"""Judge who holds what at any moment: resources, crews that set up, and the people of teams."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Int64s
from drumbeat.basics.findings import Finding
from drumbeat.scheduling.engine.check_evidence import REMEDY, Evidence
from drumbeat.scheduling.engine.check_hours import Phases, find_bounds, find_setup_crews, measure_levels


def check_capacity(evidence: Evidence, phases: Phases) -> None:
    """Check that no resource, crew or worker holds more than it has at any open moment."""
    problem, schedule, held = evidence.problem, evidence.schedule, evidence.holds
    crew = find_setup_crews(evidence)
    # A batch is set up once.
    sets_up = np.flatnonzero((crew >= 0) & (evidence.batch == np.arange(problem.num_tasks)))
    resource = np.concatenate((held.resource, crew[sets_up]))
    units = np.concatenate((held.units, np.ones(len(sets_up), dtype=np.int64)))
    start = np.concatenate((schedule.start[held.task], schedule.start[sets_up]))
    end = np.concatenate((schedule.end[held.task], phases.setup_end[sets_up]))
    rows = np.flatnonzero(end > start)
    rows = rows[np.lexsort((start[rows], resource[rows]))]
    resource, units, start, end = resource[rows], units[rows], start[rows], end[rows]
    edges = np.searchsorted(resource, np.arange(problem.num_resources + 1))
    # Where nobody overlaps anybody and nobody needs more than one level, nothing can be over.
    suspect = units > problem.resources.capacity[resource]
    suspect[1:] |= (resource[1:] == resource[:-1]) & (start[1:] < end[:-1])
    rule = "no resource holds more than it has at any open moment"
    for r in np.unique(resource[suspect]).tolist():
        mine = slice(edges[r], edges[r + 1])
        over = _find_over(evidence, r, start[mine], end[mine], units[mine])
        if len(over):
            value = f"{problem.resources.keys[r]}: over at {over[0]} s and at {len(over) - 1} more moments"
            evidence.findings.add(Finding("resource", rule, REMEDY, value=value))


def _find_over(evidence: Evidence, resource: int, start: Int64s, end: Int64s, units: Int64s) -> Int64s:
    """Moments from which a resource holds more than it has."""
    resources = evidence.problem.resources
    cuts = np.unique(np.concatenate((find_bounds(evidence.problem, [int(resources.calendar[resource])]), start, end)))
    change = np.bincount(np.searchsorted(cuts, start), weights=units, minlength=len(cuts))
    change -= np.bincount(np.searchsorted(cuts, end), weights=units, minlength=len(cuts))
    levels = measure_levels(evidence.problem, int(resources.calendar[resource]), cuts)
    at_hand = levels * int(resources.capacity[resource])
    over: Int64s = cuts[(np.cumsum(change) > at_hand + 0.5) & (at_hand > 0)]
    return over


def check_teams(evidence: Evidence) -> None:
    """Check that each head of a scheduled task is filled by another worker who has the skill."""
    problem, skills, team = evidence.problem, evidence.problem.skills, evidence.schedule.team
    keys, task = problem.tasks.keys, evidence.head_task
    skill = np.repeat(skills.skill, skills.count)
    is_worker = (team >= 0) & (team < problem.num_resources)
    empty = task[evidence.done[task] & ~is_worker]
    evidence.report("task", "every head of a scheduled task is filled", keys, np.unique(empty))
    evidence.report(
        "task", "an unscheduled task has no team", keys, np.unique(task[~evidence.done[task] & (team >= 0)])
    )
    filled = np.flatnonzero(evidence.done[task] & is_worker)
    size = problem.num_resources
    knows = np.repeat(np.arange(len(skills.keys)), np.diff(skills.worker_ptr)) * size + skills.worker
    unskilled = filled[~np.isin(skill[filled].astype(np.int64) * size + team[filled], knows)]
    names = problem.resources.keys
    evidence.report(
        "task",
        "who fills a head has its skill",
        keys[task],
        unskilled,
        lambda h: f"{names[team[h]]}, {skills.keys[skill[h]]}",
    )
    pairs, times = np.unique(task[filled] * size + team[filled], return_counts=True)
    twice = pairs[times > 1]
    evidence.report("task", "nobody fills two heads of one task", keys, np.unique(twice // size))
