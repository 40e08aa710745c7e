"""Judge the shape of a problem: arrays of the right length and kind, pointers in order, indices that exist."""

from __future__ import annotations

from typing import Any

import numpy as np

from drumbeat.basics.findings import Finding
from drumbeat.scheduling.engine.check_report import Inspection, is_outside
from drumbeat.scheduling.engine.problem import Problem

_REMEDY = "Mend the problem's arrays"

_COLUMNS = {
    "jobs": ("keys due weight release", "deadline"),
    "tasks": ("keys job release family can_pause fixed_start fixed_mode", "skip_cost choice goes_with"),
    "modes": ("run_seconds setup_seconds", ""),
    "links": ("before after kind lag", "most"),
    "resources": (
        "keys calendar capacity setup_matrix initial_family",
        "setup_crew is_batch most_campaign clean_seconds order_group hold_pay",
    ),
    "calendars": ("open_start open_end level", "is_overtime"),
    "materials": ("keys stock", "most"),
    "budgets": ("keys amount", ""),
    "previous": ("", "start mode"),
}
"""Arrays of each part that have one row for each of it, and those that may be empty instead."""

_SECONDS = {
    "jobs": "due release deadline",
    "tasks": "release fixed_start",
    "modes": "run_seconds setup_seconds",
    "links": "lag most",
    "resources": "most_campaign clean_seconds",
    "calendars": "open_start open_end",
    "setups": "seconds",
    "materials": "receipt_time",
    "previous": "start",
}
"""Arrays of times: anything narrower than 64 bits would overflow silently after 68 years."""


def check_arrays(inspection: Inspection) -> None:
    """Check lengths, kinds of numbers, pointers and, where those are right, indices."""
    _check_lengths(inspection)
    _check_kinds(inspection)
    if inspection.has_errors:
        return
    _check_pointers(inspection)
    if inspection.has_errors:
        return
    _check_indices(inspection)


def _check_lengths(inspection: Inspection) -> None:
    problem = inspection.problem
    sizes = {
        "jobs": problem.num_jobs,
        "tasks": problem.num_tasks,
        "modes": len(problem.modes.run_seconds),
        "links": len(problem.links.before),
        "resources": problem.num_resources,
        "calendars": len(problem.calendars.open_start),
        "materials": len(problem.materials.keys),
        "budgets": len(problem.budgets.keys),
        "previous": problem.num_tasks,
    }
    for part, (always, maybe) in _COLUMNS.items():
        for name in [*always.split(), *maybe.split()]:
            length = len(getattr(getattr(problem, part), name))
            if length != sizes[part] and (length or name in always.split()):
                _refuse(inspection, f"{part}.{name}", f"an array has one row for each of {sizes[part]}", length)
    if len(problem.resources.clean_seconds) != len(problem.resources.most_campaign):
        length = len(problem.resources.clean_seconds)
        _refuse(inspection, "resources.clean_seconds", "cleaning is given with the longest campaign", length)
    receipts = len(problem.materials.receipt_time)
    for name in ("receipt_material", "receipt_quantity", "receipt_keys"):
        length = len(getattr(problem.materials, name))
        if length != receipts:
            _refuse(inspection, f"materials.{name}", f"an array has one row for each of {receipts}", length)
    setups, families = problem.setups, len(problem.setups.families)
    shapes = {"setups.seconds": setups.seconds.shape, "setups.cost": setups.cost.shape}
    for name, shape in shapes.items():
        wanted = (len(setups.seconds), families + 1, families)
        if shape != wanted and (name == "setups.seconds" or setups.cost.size):
            _refuse(inspection, name, f"a setup matrix has a row for each family and one more: {wanted}", shape)


def _refuse(inspection: Inspection, place: str, rule: str, found: object) -> None:
    inspection.findings.add(Finding(place, rule, _REMEDY, value=str(found)))


def _check_kinds(inspection: Inspection) -> None:
    for part, names in _SECONDS.items():
        for name in names.split():
            values = getattr(getattr(inspection.problem, part), name)
            if values.dtype != np.int64:
                _refuse(inspection, f"{part}.{name}", "times are whole seconds of 64 bits (int64)", values.dtype)


def _list_pointers(problem: Problem) -> list[tuple[str, Any, int, list[Any]]]:
    """Name, pointers, number of rows and flat arrays of each ragged list; without those that may be and are empty."""
    modes, materials, skills, budgets = problem.modes, problem.materials, problem.skills, problem.budgets
    tasks, num_modes = problem.num_tasks, len(problem.modes.run_seconds)
    lists: list[tuple[str, Any, int, list[Any]]] = [
        ("modes.task_ptr", modes.task_ptr, tasks, [modes.run_seconds]),
        ("modes.resource_ptr", modes.resource_ptr, num_modes, [modes.resource, modes.units]),
        ("calendars.ptr", problem.calendars.ptr, len(problem.calendars.ptr) - 1, [problem.calendars.open_start]),
        ("skills.worker_ptr", skills.worker_ptr, len(skills.keys), [skills.worker]),
    ]
    if len(materials.task_ptr) or len(materials.quantity):
        lists.append(("materials.task_ptr", materials.task_ptr, tasks, [materials.material, materials.quantity]))
    if len(skills.task_ptr) or len(skills.count):
        lists.append(("skills.task_ptr", skills.task_ptr, tasks, [skills.skill, skills.count]))
    if len(budgets.mode_ptr) or len(budgets.taken):
        lists.append(("budgets.mode_ptr", budgets.mode_ptr, num_modes, [budgets.budget, budgets.taken]))
    return lists


def _check_pointers(inspection: Inspection) -> None:
    for name, pointer, rows, flats in _list_pointers(inspection.problem):
        if len(pointer) != rows + 1:
            _refuse(inspection, name, f"pointers have one entry more than there are rows: {rows + 1}", len(pointer))
        elif pointer[0] != 0 or (np.diff(pointer) < 0).any():
            _refuse(inspection, name, "pointers begin at 0 and never fall", pointer[0])
        elif any(len(flat) != pointer[-1] for flat in flats):
            sizes = [len(flat) for flat in flats]
            _refuse(inspection, name, f"the last pointer is the number of entries: {pointer[-1]}", sizes)


def _check_indices(inspection: Inspection) -> None:
    problem, report = inspection.problem, inspection.report
    tasks, modes, links, resources = problem.tasks, problem.modes, problem.links, problem.resources
    skills, materials, previous, budgets = problem.skills, problem.materials, problem.previous, problem.budgets
    keys, first, families = tasks.keys, modes.task_ptr, len(problem.setups.families)
    report("task", "a task has at least one mode", "Say how it can be done", keys, np.diff(first) < 1)
    rows = [
        ("task", "a task belongs to a job", keys, tasks.job, 0, problem.num_jobs),
        ("task", "a task's setup family exists", keys, tasks.family, -1, families),
        ("task", "what a task goes with exists", keys, tasks.goes_with, -1, problem.num_tasks),
        ("mode", "a mode holds resources that exist", modes.resource, modes.resource, 0, problem.num_resources),
        ("link", "a link starts at a task that exists", links.before, links.before, 0, problem.num_tasks),
        ("link", "a link ends at a task that exists", links.after, links.after, 0, problem.num_tasks),
        ("link", "a link is of a known kind", links.kind, links.kind, 0, 4),
        ("resource", "its calendar exists", resources.keys, resources.calendar, -1, len(problem.calendars.ptr) - 1),
        (
            "resource",
            "its setup matrix exists",
            resources.keys,
            resources.setup_matrix,
            -1,
            len(problem.setups.seconds),
        ),
        ("resource", "its initial setup family exists", resources.keys, resources.initial_family, -1, families),
        ("resource", "its setup crew exists", resources.keys, resources.setup_crew, -1, problem.num_resources),
        ("skill", "a worker exists", skills.worker, skills.worker, 0, problem.num_resources),
        ("skill", "a task needs skills that exist", skills.skill, skills.skill, 0, len(skills.keys)),
        (
            "material",
            "a task uses materials that exist",
            materials.material,
            materials.material,
            0,
            len(materials.keys),
        ),
        ("receipt", "its material exists", materials.receipt_keys, materials.receipt_material, 0, len(materials.keys)),
        ("budget", "a mode draws on budgets that exist", budgets.budget, budgets.budget, 0, len(budgets.amount)),
    ]
    for place, rule, names, index, low, size in rows:
        report(place, rule, _REMEDY, names, is_outside(index, low, size))
    foreign = (tasks.fixed_mode >= 0) & ((tasks.fixed_mode < first[:-1]) | (tasks.fixed_mode >= first[1:]))
    report("task", "a fixed task's mode is one of its own", _REMEDY, keys, foreign)
    if len(previous.mode):
        foreign = (previous.mode >= 0) & ((previous.mode < first[:-1]) | (previous.mode >= first[1:]))
        report("task", "a task's previous mode is one of its own", _REMEDY, keys, foreign)
    if len(resources.setup_crew):
        own = resources.setup_crew == np.arange(problem.num_resources)
        report("resource", "a setup crew is another resource", "Name the crew", resources.keys, own)
