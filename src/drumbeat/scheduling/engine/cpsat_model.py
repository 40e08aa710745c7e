"""The CP-SAT model of a scheduling problem: only the features that the problem uses."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import gcd
from typing import Any

import numpy as np
from ortools.sat.python import cp_model

from drumbeat.basics.calendars import NEVER
from drumbeat.scheduling.engine.measure_worth import HOUR
from drumbeat.scheduling.engine.problem import FAR_FUTURE, FINISH_FINISH, FINISH_START, START_FINISH, Problem
from drumbeat.scheduling.engine.result import Schedule
from drumbeat.scheduling.engine.shop import Shop, build_shop

MOST_PIECES = 60_000
"""Largest number of calendar pieces in a model; beyond it, local search does better."""
MOST_ARCS = 40_000
"""Largest number of pairs of tasks on machines with sequence-dependent setups."""
QUANTITY_SCALE = 1000
"""Materials are counted in thousandths of a unit."""


class NotModelledError(Exception):
    """The problem has a feature, or a size, that this model does not hold."""


@dataclass
class CpsatModel:
    """The model, with the variables that a schedule is read from; times are in units of `unit` seconds.

    `beyond` is the least objective of any schedule that reaches beyond the model's horizon.
    """

    problem: Problem
    shop: Shop
    unit: int
    horizon: int
    beyond: float
    model: Any = field(default_factory=cp_model.CpModel)
    start: list[Any] = field(default_factory=list)
    end: list[Any] = field(default_factory=list)
    setup: list[Any] = field(default_factory=list)
    present: list[Any] = field(default_factory=list)
    mode_interval: list[Any] = field(default_factory=list)
    late: list[Any] = field(default_factory=list)
    num_pieces: int = 0


def build_model(problem: Problem, hint: Schedule) -> CpsatModel:
    """Build the model of a problem and hint a schedule to it.

    Parameters
    ----------
    problem
        A problem without errors.
    hint
        A feasible schedule of all its tasks.

    Returns
    -------
    CpsatModel
        Ready to be solved.

    Raises
    ------
    NotModelledError
        Where a feature cannot be modelled exactly: setups by sequence together with pauses or with tasks that have
        no family, quantities finer than a thousandth, calendars of too many pieces, unscheduled tasks.
    """
    if (hint.mode < 0).any():
        raise NotModelledError("some tasks cannot be scheduled")
    unit = _find_unit(problem, hint)
    horizon = _find_horizon(problem, hint, unit)
    made = CpsatModel(problem, build_shop(problem), unit, horizon, _cost_beyond(problem, horizon * unit))
    setups = _setup_machines(problem)
    for task in range(problem.num_tasks):
        _add_task(made, task, hint, setups)
    _add_links(made)
    _add_capacities(made)
    for machine in setups:
        _add_circuit(made, machine)
    _add_materials(made)
    _add_objective(made, hint)
    return made


def _find_unit(problem: Problem, hint: Schedule) -> int:
    """The largest unit in which all times are whole."""
    far = problem.calendars.open_end < FAR_FUTURE
    fixed = problem.tasks.fixed_start >= 0
    parts = [
        problem.modes.run_seconds,
        problem.modes.setup_seconds,
        problem.tasks.release,
        problem.jobs.release,
        problem.jobs.due[problem.jobs.due < FAR_FUTURE],
        problem.links.lag,
        problem.setups.seconds.ravel(),
        problem.calendars.open_start,
        problem.calendars.open_end[far],
        hint.start[fixed],
        hint.end[fixed],
        problem.materials.receipt_time,
    ]
    return max(gcd(*(int(np.gcd.reduce(part)) for part in parts if len(part))), 1)


def _find_horizon(problem: Problem, hint: Schedule, unit: int) -> int:
    """A horizon that leaves room for twice as long as the hint takes; all that is needed for the makespan alone."""
    last = int(hint.end.max(initial=0))
    aim = problem.objective
    is_makespan = aim.makespan > 0 and aim.tardiness == aim.num_late == aim.setup == 0
    return (last if is_makespan else 2 * last) // unit + 1


def _cost_beyond(problem: Problem, horizon: int) -> float:
    """The least objective of a schedule in which some job ends after `horizon` seconds."""
    aim, jobs = problem.objective, problem.jobs
    over = np.where(jobs.due < FAR_FUTURE, np.maximum(horizon - jobs.due, 0), 0)
    cost = aim.tardiness * jobs.weight * over / HOUR + aim.num_late * (over > 0)
    return float(cost.min(initial=np.inf)) + aim.makespan * horizon / HOUR


def _setup_machines(problem: Problem) -> dict[int, list[int]]:
    """Machines with a setup matrix that matters, and the modes that run on them."""
    modes, resources = problem.modes, problem.resources
    found: dict[int, list[int]] = {}
    if not problem.setups.seconds.any():
        return found
    owner = np.repeat(np.arange(problem.num_tasks), np.diff(modes.task_ptr))
    for mode in range(len(modes.run_seconds)):
        if modes.resource_ptr[mode] == modes.resource_ptr[mode + 1]:
            continue
        machine = int(modes.resource[modes.resource_ptr[mode]])
        matrix = int(resources.setup_matrix[machine])
        if matrix < 0 or not problem.setups.seconds[matrix].any():
            continue
        if problem.tasks.family[owner[mode]] < 0:
            raise NotModelledError("a task without a setup family on a machine with a setup matrix")
        found.setdefault(machine, []).append(mode)
    if sum(len(rows) ** 2 for rows in found.values()) > MOST_ARCS:
        raise NotModelledError("too many tasks on machines with setups by sequence")
    return found


def _add_task(made: CpsatModel, task: int, hint: Schedule, setups: dict[int, list[int]]) -> None:
    problem, model, unit = made.problem, made.model, made.unit
    modes, tasks = problem.modes, problem.tasks
    first, last = int(modes.task_ptr[task]), int(modes.task_ptr[task + 1])
    is_fixed = tasks.fixed_start[task] >= 0
    if is_fixed:
        start = model.new_constant(int(hint.start[task]) // unit)
        end = model.new_constant(int(hint.end[task]) // unit)
    else:
        release = max(int(tasks.release[task]), int(problem.jobs.release[tasks.job[task]])) // unit
        start = model.new_int_var(min(release, made.horizon), made.horizon, f"s{task}")
        end = model.new_int_var(0, made.horizon, f"e{task}")
        model.add_hint(start, int(hint.start[task]) // unit)
        model.add_hint(end, int(hint.end[task]) // unit)
    made.start.append(start)
    made.end.append(end)
    made.setup.append(0)
    literals = []
    for mode in range(first, last):
        present = model.new_constant(1) if last - first == 1 else model.new_bool_var(f"m{mode}")
        if last - first > 1 and not is_fixed:
            model.add_hint(present, int(hint.mode[task] == mode))
        elif is_fixed:
            model.add(present == int(hint.mode[task] == mode))
        literals.append(present)
        made.present.append(present)
        length = _length_of(made, task, mode, present, hint, setups)
        # The interval itself ties start, length and end where the mode is chosen.
        made.mode_interval.append(model.new_optional_interval_var(start, length, end, present, f"i{mode}"))
    if not isinstance(made.setup[task], int):
        for mode, present in zip(range(first, last), literals, strict=True):
            begin = int(modes.resource_ptr[mode])
            if begin == modes.resource_ptr[mode + 1] or int(modes.resource[begin]) not in setups:
                model.add(made.setup[task] == 0).only_enforce_if(present)
    model.add_exactly_one(literals)


def _length_of(
    made: CpsatModel, task: int, mode: int, present: Any, hint: Schedule, setups: dict[int, list[int]]
) -> Any:
    """Length of a mode from start to end: a number where it is one, else a variable."""
    problem, model, unit = made.problem, made.model, made.unit
    modes = problem.modes
    if problem.tasks.fixed_start[task] >= 0:
        return int(hint.end[task]) // unit - int(hint.start[task]) // unit
    work = int(modes.run_seconds[mode] + modes.setup_seconds[mode]) // unit
    begin = int(modes.resource_ptr[mode])
    if begin < modes.resource_ptr[mode + 1] and int(modes.resource[begin]) in setups:
        if made.shop.mode["calendar"][mode] >= 0:
            raise NotModelledError("setups by sequence on a machine with a calendar")
        most = int(problem.setups.seconds[problem.resources.setup_matrix[modes.resource[begin]]].max()) // unit
        if isinstance(made.setup[task], int):
            made.setup[task] = model.new_int_var(0, most, f"u{task}")
        length = model.new_int_var(0, made.horizon, f"d{mode}")
        model.add(length == work + made.setup[task]).only_enforce_if(present)
        return length
    return _length_in_calendar(made, task, mode, work, present)


def _length_in_calendar(made: CpsatModel, task: int, mode: int, work: int, present: Any) -> Any:
    """Let a mode start only when its calendar allows; its length with the pauses there."""
    model, shop, unit = made.model, made.shop, made.unit
    number = int(shop.mode["calendar"][mode])
    if number < 0:
        return work
    span = slice(int(shop.cal_ptr[number]), int(shop.cal_ptr[number + 1]))
    opens = [int(value) // unit for value in shop.cal_start[span]]
    closes = [min(int(value), NEVER) // unit for value in shop.cal_end[span]]
    inside = [(a, b) for a, b in zip(opens, closes, strict=True) if a <= made.horizon]
    if not made.problem.tasks.can_pause[task]:
        starts = [[a, min(b - max(work, 1) + (work == 0), made.horizon)] for a, b in inside]
        allowed = cp_model.Domain.from_intervals([pair for pair in starts if pair[0] <= pair[1]])
        model.add_linear_expression_in_domain(made.start[task], allowed).only_enforce_if(present)
        return work
    pieces = _find_pieces(inside, work, made.horizon)
    made.num_pieces += len(pieces)
    if made.num_pieces > MOST_PIECES:
        raise NotModelledError("calendars of too many pieces")
    if not pieces:
        model.add(present == 0)
        return work
    length = model.new_int_var(work, max(lasts for _, _, lasts in pieces), f"d{mode}")
    chosen = [model.new_bool_var("") for _ in pieces]
    model.add_exactly_one([*chosen, present.negated()])
    for literal, (first, last, lasts) in zip(chosen, pieces, strict=True):
        model.add_linear_constraint(made.start[task], first, last).only_enforce_if(literal)
        model.add(length == lasts).only_enforce_if(literal)
    return length


def _find_pieces(intervals: list[tuple[int, int]], work: int, horizon: int) -> list[tuple[int, int, int]]:
    """Ranges of starts over which work that pauses lasts equally long: (first, last, length) each."""
    pieces = []
    for i, (opens, closes) in enumerate(intervals):
        first, closed, k = opens, 0, i
        until = closes - work  # last start that ends in interval k
        while first < closes:
            last = min(until, closes - 1, horizon)
            if last >= first:
                pieces.append((first, last, work + closed))
                first = last + 1
            if first > horizon or k + 1 >= len(intervals):
                break
            closed += intervals[k + 1][0] - intervals[k][1]
            until += intervals[k + 1][1] - intervals[k + 1][0]
            k += 1
    return pieces


def _add_links(made: CpsatModel) -> None:
    links = made.problem.links
    fixed = made.problem.tasks.fixed_start
    for before, after, kind, lag in zip(
        links.before.tolist(), links.after.tolist(), links.kind.tolist(), links.lag.tolist(), strict=True
    ):
        if fixed[after] >= 0:
            continue
        first = made.end[before] if kind in (FINISH_START, FINISH_FINISH) else made.start[before]
        last = made.end[after] if kind in (FINISH_FINISH, START_FINISH) else made.start[after]
        made.model.add(last >= first + lag // made.unit)


def _add_capacities(made: CpsatModel) -> None:
    problem, model = made.problem, made.model
    modes, resources = problem.modes, problem.resources
    owner = np.repeat(np.arange(len(modes.run_seconds)), np.diff(modes.resource_ptr))
    held: dict[int, list[tuple[Any, int]]] = {}
    for e, resource in enumerate(modes.resource.tolist()):
        held.setdefault(resource, []).append((made.mode_interval[owner[e]], int(modes.units[e])))
    for resource, rows in sorted(held.items()):
        capacity, calendar = int(resources.capacity[resource]), int(resources.calendar[resource])
        fillers, most = _fill_levels(made, calendar)
        if capacity * most == 1:
            model.add_no_overlap([interval for interval, _ in rows])
            continue
        intervals = [interval for interval, _ in rows] + [interval for interval, _ in fillers]
        demands = [units for _, units in rows] + [capacity * gap for _, gap in fillers]
        model.add_cumulative(intervals, demands, capacity * most)


def _fill_levels(made: CpsatModel, calendar: int) -> tuple[list[tuple[Any, int]], int]:
    """Intervals that take up what a calendar's lower levels leave out, and its highest level."""
    if calendar < 0:
        return [], 1
    book, unit = made.problem.calendars, made.unit
    span = slice(book.ptr[calendar], book.ptr[calendar + 1])
    levels = book.level[span].tolist()
    most = max(levels, default=1)
    fillers = []
    for start, end, level in zip(book.open_start[span].tolist(), book.open_end[span].tolist(), levels, strict=True):
        if level < most and start // unit <= made.horizon:
            length = min(end // unit, 2 * made.horizon + 1) - start // unit
            fillers.append((made.model.new_fixed_size_interval_var(start // unit, length, ""), most - level))
    return fillers, most


def _add_circuit(made: CpsatModel, machine: int) -> None:
    """Order the tasks of a machine in a circuit whose arcs carry the setups."""
    problem, model = made.problem, made.model
    modes = problem.modes
    rows = _setup_machines(problem)[machine]
    owner = np.repeat(np.arange(problem.num_tasks), np.diff(modes.task_ptr))
    seconds = problem.setups.seconds[problem.resources.setup_matrix[machine]]
    initial = int(problem.resources.initial_family[machine])
    arcs = []
    everyone_absent = model.new_bool_var("")
    arcs.append((0, 0, everyone_absent))
    for i, mode in enumerate(rows, 1):
        task = int(owner[mode])
        family = int(problem.tasks.family[task])
        arcs.append((i, i, made.present[mode].negated()))
        model.add_implication(everyone_absent, made.present[mode].negated())
        first = model.new_bool_var("")
        arcs += [(0, i, first), (i, 0, model.new_bool_var(""))]
        if problem.tasks.fixed_start[task] < 0:
            model.add(made.setup[task] == int(seconds[initial, family]) // made.unit).only_enforce_if(first)
        for k, other in enumerate(rows, 1):
            if i == k or owner[other] == task:
                continue
            then = int(owner[other])
            literal = model.new_bool_var("")
            arcs.append((i, k, literal))
            model.add(made.start[then] >= made.end[task]).only_enforce_if(literal)
            if problem.tasks.fixed_start[then] < 0:
                setup = int(seconds[family, problem.tasks.family[then]]) // made.unit
                model.add(made.setup[then] == setup).only_enforce_if(literal)
    model.add_circuit(arcs)


def _add_materials(made: CpsatModel) -> None:
    """Keep every stock at or above zero."""
    problem, materials = made.problem, made.problem.materials
    if not len(materials.quantity):
        return
    owner = np.repeat(np.arange(problem.num_tasks), np.diff(materials.task_ptr))
    for k in range(len(materials.keys)):
        rows = np.flatnonzero(materials.material == k)
        received = np.flatnonzero(materials.receipt_material == k)
        times = [max(int(materials.receipt_time[i]), 0) // made.unit for i in received]
        changes = [_as_whole(float(materials.receipt_quantity[i])) for i in received]
        for row in rows:
            amount = _as_whole(float(materials.quantity[row]))
            times.append(made.start[owner[row]] if amount < 0 else made.end[owner[row]])
            changes.append(amount)
        times.append(0)
        changes.append(_as_whole(float(materials.stock[k])))
        if sum(change for change in changes if change < 0) < 0:
            made.model.add_reservoir_constraint(times, changes, 0, sum(change for change in changes if change > 0))


def _as_whole(quantity: float) -> int:
    scaled = quantity * QUANTITY_SCALE
    if abs(scaled - round(scaled)) > 1e-6 * max(1.0, abs(scaled)) or abs(scaled) > 1e12:
        raise NotModelledError("a quantity finer than a thousandth")
    return round(scaled)


def _add_objective(made: CpsatModel, hint: Schedule) -> None:
    problem, model, unit = made.problem, made.model, made.unit
    aim, terms = problem.objective, []
    by_job: dict[int, list[int]] = {}
    for task, job in enumerate(problem.tasks.job.tolist()):
        by_job.setdefault(job, []).append(task)
    for job, members in by_job.items():
        due = int(problem.jobs.due[job])
        if due >= FAR_FUTURE or due // unit > made.horizon or not (aim.tardiness or aim.num_late):
            continue
        late = model.new_int_var(0, made.horizon, f"l{job}")
        for task in members:
            model.add(late >= made.end[task] - due // unit)
        model.add_hint(late, max(0, int(hint.end[members].max()) - due) // unit)
        terms.append(late * (aim.tardiness * float(problem.jobs.weight[job]) * unit / HOUR))
        if aim.num_late:
            is_late = model.new_bool_var("")
            model.add(late == 0).only_enforce_if(is_late.negated())
            terms.append(is_late * aim.num_late)
    if aim.makespan:
        last = model.new_int_var(0, made.horizon, "makespan")
        model.add_max_equality(last, made.end)
        model.add_hint(last, int(hint.end.max(initial=0)) // unit)
        terms.append(last * (aim.makespan * unit / HOUR))
    if aim.setup:
        fixed = problem.modes.setup_seconds
        terms += [setup * (aim.setup * unit / HOUR) for setup in made.setup if not isinstance(setup, int)]
        terms += [
            present * (aim.setup * int(fixed[mode]) / HOUR) for mode, present in enumerate(made.present) if fixed[mode]
        ]
    if terms:
        model.minimize(sum(terms))
