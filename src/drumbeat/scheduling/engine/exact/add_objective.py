"""The parts of the objective in a model, each a sum of variables with what a unit of each is worth."""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import Any, TypeAlias

import numpy as np

from drumbeat.scheduling.engine.exact.add_hours import join_hours
from drumbeat.scheduling.engine.exact.model import CpsatModel
from drumbeat.scheduling.engine.features import PARTS
from drumbeat.scheduling.engine.measure_worth import HOUR
from drumbeat.scheduling.engine.problem import FAR_FUTURE

Terms: TypeAlias = list[tuple[Any, float]]
"""(variable or expression, worth of one unit of it)."""


def make_whole(terms: Terms, most: int) -> tuple[list[tuple[Any, int]], float]:
    """Return terms with whole worths, and what one of their units is worth.

    Exact where the worths are multiples of each other's simple fractions, else rounded so finely that it does not
    matter; `most` is the largest value of a term's variable.
    """
    worths = [worth for _, worth in terms if worth]
    if not worths:
        return [], 1.0
    least = min(abs(worth) for worth in worths)
    shares = [Fraction(worth / least).limit_denominator(1000) for worth in worths]
    scale = lcm(*(share.denominator for share in shares))
    is_exact = all(
        abs(float(share) * least - worth) <= 1e-12 * abs(worth) for share, worth in zip(shares, worths, strict=True)
    )
    room = 2**52 / max(most, 1) / sum(abs(worth) / least for worth in worths)
    if not is_exact or scale > room:
        scale = 2 ** max(min(int(room).bit_length() - 1, 30), 0)
    return [(what, round(worth / least * scale)) for what, worth in terms if worth], least / scale


def list_parts(made: CpsatModel) -> dict[str, Terms]:
    """Add what the parts that the objective names need, and return the terms of each; `skip_cost` among them."""
    aim = made.problem.objective
    names = aim.order or tuple(name for name in PARTS if getattr(aim, name))
    builders = {
        "tardiness": _list_tardiness,
        "makespan": _list_makespan,
        "num_late": _list_late,
        "setup": _list_setup,
        "setup_cost": lambda made: list(made.change),
        "earliness": _list_earliness,
        "in_process": _list_in_process,
        "overtime": _list_overtime,
        "hold_pay": _list_hold_pay,
        "moved_hours": _list_moved_hours,
        "moved_tasks": _list_moved_tasks,
        "changed_modes": _list_changed_modes,
    }
    return {name: builders[name](made) for name in names} | {"skip_cost": _list_skips(made)}


def _hours(made: CpsatModel) -> float:
    """Hours of one unit of time."""
    return made.unit / HOUR


def _tasks_by_job(made: CpsatModel) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for task, job in enumerate(made.problem.tasks.job.tolist()):
        found.setdefault(job, []).append(task)
    return found


def _add_lateness(made: CpsatModel, job: int, members: list[int]) -> Any:
    """Variable of at least the lateness of a job, or None where it cannot be late."""
    jobs = made.problem.jobs
    due = int(jobs.due[job])
    if due >= FAR_FUTURE or due // made.unit > made.horizon:
        return None
    least = max(max(int(jobs.release[job]), made.outside.job_end.get(job, 0)) - due, 0) // made.unit
    late = made.model.new_int_var(least, made.horizon + max(-due // made.unit, 0) + least, f"l{job}")
    for task in members:
        made.model.add(late >= made.end[task] - due // made.unit).only_enforce_if(made.present[task])
    if made.hint is not None:
        made.model.add_hint(late, max(least, (int(made.hint.end[members].max()) - due) // made.unit))
    return late


def _list_tardiness(made: CpsatModel) -> Terms:
    jobs = made.problem.jobs
    rows = [(job, _add_lateness(made, job, members)) for job, members in _tasks_by_job(made).items()]
    terms = [(late, float(jobs.weight[job]) * _hours(made)) for job, late in rows if late is not None]
    # A job without tasks ends at its release.
    empty = np.setdiff1d(np.arange(len(jobs.due)), made.problem.tasks.job)
    late_hours = (jobs.weight * np.maximum(jobs.release - jobs.due, 0))[empty].sum() / HOUR
    return [*terms, (made.true, float(late_hours))] if late_hours else terms


def _list_late(made: CpsatModel) -> Terms:
    terms: Terms = []
    for job, members in _tasks_by_job(made).items():
        late = _add_lateness(made, job, members)
        if late is not None:
            is_late = made.model.new_bool_var("")
            made.model.add(late == 0).only_enforce_if(is_late.negated())
            terms.append((is_late, 1.0))
    jobs = made.problem.jobs
    empty = np.setdiff1d(np.arange(len(jobs.due)), made.problem.tasks.job)
    num_empty = int((jobs.release > jobs.due)[empty].sum())
    return [*terms, (made.true, float(num_empty))] if num_empty else terms


def _list_makespan(made: CpsatModel) -> Terms:
    last = made.model.new_int_var(0, made.horizon, "makespan")
    if made.end:
        made.model.add_max_equality(last, [min(made.outside.last_end // made.unit, made.horizon), *made.end])
    if made.hint is not None and not made.is_window:
        made.model.add_hint(last, int(made.hint.end.max(initial=0)) // made.unit)
    return [(last, _hours(made))]


def _list_setup(made: CpsatModel) -> Terms:
    """Setups, one for each batch."""
    terms: Terms = []
    in_oven = {mode for leads in made.batch_lead.values() for mode in leads}
    for task, setup in enumerate(made.setup):
        modes = range(int(made.problem.modes.task_ptr[task]), int(made.problem.modes.task_ptr[task + 1]))
        joined = [made.batch_lead[made.machine(mode)][mode] for mode in modes if mode in in_oven]
        if not joined:
            terms.append((setup * made.present[task] if isinstance(setup, int) else setup, _hours(made)))
            continue
        counted = made.model.new_int_var(0, made.horizon, "")
        for mode in modes:
            lead = made.batch_lead[made.machine(mode)][mode] if mode in in_oven else made.mode_present[mode]
            made.model.add(counted >= setup).only_enforce_if(lead)
        terms.append((counted, _hours(made)))
    return terms


def _job_end(made: CpsatModel, job: int, members: list[int]) -> Any:
    """Variable equal to the end of a job."""
    end = made.model.new_int_var(0, made.horizon, "")
    release = made.in_units(max(int(made.problem.jobs.release[job]), made.outside.job_end.get(job, 0)))
    made.model.add_max_equality(end, [min(release, made.horizon), *(made.end[task] for task in members)])
    return end


def _is_worked(made: CpsatModel, members: list[int]) -> Any:
    """Literal: whether any of a job's tasks is done."""
    if any(made.present[task].index == made.true.index for task in members):
        return made.true
    worked = made.model.new_bool_var("")
    made.model.add_max_equality(worked, [made.present[task] for task in members])
    return worked


def _list_earliness(made: CpsatModel) -> Terms:
    terms: Terms = []
    for job, members in _tasks_by_job(made).items():
        due = int(made.problem.jobs.due[job])
        if due >= FAR_FUTURE or due <= 0:
            continue
        early = made.model.new_int_var(0, max(due // made.unit, 0), "")
        end = _job_end(made, job, members)
        made.model.add(early >= due // made.unit - end).only_enforce_if(_is_worked(made, members))
        terms.append((early, float(made.problem.jobs.weight[job]) * _hours(made)))
    return terms


def _list_in_process(made: CpsatModel) -> Terms:
    terms: Terms = []
    for job, members in _tasks_by_job(made).items():
        end, first = _job_end(made, job, members), made.model.new_int_var(0, made.horizon, "")
        for task in members:
            made.model.add(first <= made.start[task]).only_enforce_if(made.present[task])
        if job in made.outside.job_start:
            made.model.add(first <= made.outside.job_start[job] // made.unit)
        flow = made.model.new_int_var(0, made.horizon, "")
        made.model.add(flow >= end - first).only_enforce_if(_is_worked(made, members))
        terms.append((flow, _hours(made)))
    return terms


def _list_overtime(made: CpsatModel) -> Terms:
    """What of each task lies in the overtime of its machine, once for a batch."""
    problem, model, book, terms = made.problem, made.model, made.problem.calendars, []
    for mode, literal in enumerate(made.mode_present):
        machine = made.machine(mode)
        calendar = int(problem.resources.calendar[machine]) if machine >= 0 else -1
        if calendar < 0 or not len(book.is_overtime) or made.mode_interval[mode] is None:
            continue
        lead = made.batch_lead.get(machine, {}).get(mode, literal)
        task = int(made.owner[mode])
        for start, end in _overtime_spans(made, mode, calendar):
            made.count_pieces(1)
            first, last = (model.new_int_var(0, made.horizon, "") for _ in range(2))
            model.add_max_equality(first, [min(start, made.horizon), made.start[task]])
            model.add_min_equality(last, [min(end, made.horizon), made.end[task]])
            over = model.new_int_var(0, end - start, "")
            model.add(over >= last - first).only_enforce_if(lead)
            terms.append((over, _hours(made)))
    return terms


def _overtime_spans(made: CpsatModel, mode: int, calendar: int) -> list[tuple[int, int]]:
    """Overtime of a machine while all that a mode holds is open."""
    modes, book = made.problem.modes, made.problem.calendars
    held = modes.resource[modes.resource_ptr[mode] : modes.resource_ptr[mode + 1]]
    hours = join_hours(made, None, np.unique(made.problem.resources.calendar[held]).tolist())
    assert hours is not None
    spans = []
    for e in range(int(book.ptr[calendar]), int(book.ptr[calendar + 1])):
        start, end = made.in_units(int(book.open_start[e])), made.in_units(int(book.open_end[e]))
        if not book.is_overtime[e] or start > made.horizon:
            continue
        for opens, closes in zip(hours.opens, hours.closes, strict=True):
            if max(start, opens) < min(end, closes):
                spans.append((max(start, opens), min(end, closes)))
    return spans


def _list_hold_pay(made: CpsatModel) -> Terms:
    problem, model, modes, terms = made.problem, made.model, made.problem.modes, []
    holders: dict[int, list[tuple[int, Any]]] = {}
    for mode, literal in enumerate(made.mode_present):
        for resource in modes.resource[modes.resource_ptr[mode] : modes.resource_ptr[mode + 1]].tolist():
            holders.setdefault(resource, []).append((int(made.owner[mode]), literal))
    for task, rows in enumerate(made.team):
        for _, worker, literal in rows:
            holders.setdefault(worker, []).append((task, literal))
    for resource in np.flatnonzero(problem.resources.hold_pay).tolist():
        first, last, stay = (model.new_int_var(0, made.horizon, "") for _ in range(3))
        for task, literal in holders.get(resource, []):
            model.add(first <= made.start[task]).only_enforce_if(literal)
            model.add(last >= made.end[task]).only_enforce_if(literal)
        if resource in made.outside.held_from:
            model.add(first <= made.outside.held_from[resource] // made.unit)
            model.add(last >= min(made.outside.held_until[resource] // made.unit, made.horizon))
        model.add(stay >= last - first)
        terms.append((stay, float(problem.resources.hold_pay[resource]) * _hours(made)))
    return terms


def _list_moved_hours(made: CpsatModel) -> Terms:
    terms: Terms = []
    for task, before in enumerate(made.problem.previous.start.tolist()):
        if before >= 0:
            gap = made.model.new_int_var(0, made.horizon + made.in_units(before), "")
            moment = made.in_units(before)
            made.model.add(gap >= made.start[task] - moment).only_enforce_if(made.present[task])
            made.model.add(gap >= moment - made.start[task]).only_enforce_if(made.present[task])
            terms.append((gap, _hours(made)))
    return terms


def _list_moved_tasks(made: CpsatModel) -> Terms:
    terms: Terms = []
    for task, before in enumerate(made.problem.previous.start.tolist()):
        if before >= 0:
            moved = made.model.new_bool_var("")
            stays = [made.present[task], moved.negated()]
            made.model.add(made.start[task] == made.in_units(before)).only_enforce_if(stays)
            terms.append((moved, 1.0))
    return terms


def _list_changed_modes(made: CpsatModel) -> Terms:
    terms: Terms = []
    for task, before in enumerate(made.problem.previous.mode.tolist()):
        if before >= 0:
            terms.append((made.present[task] - made.mode_present[before], 1.0))
    return terms


def _list_skips(made: CpsatModel) -> Terms:
    tasks, terms = made.problem.tasks, []
    for task, cost in enumerate(tasks.skip_cost.tolist()):
        is_choice = len(tasks.choice) and tasks.choice[task] >= 0
        if np.isfinite(cost) and cost and not is_choice:
            terms.append((1 - made.present[task], float(cost)))
    return terms
