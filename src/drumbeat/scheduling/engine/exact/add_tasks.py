"""Tasks in a model: their moments, their modes, how long they take, and the links between them."""

from __future__ import annotations

from typing import Any

import numpy as np
from ortools.sat.python import cp_model

from drumbeat.basics.calendars import OpenTimes
from drumbeat.scheduling.engine.exact.add_hours import Hours, add_next_open, add_work, join_hours
from drumbeat.scheduling.engine.exact.model import CpsatModel, NotModelledError
from drumbeat.scheduling.engine.problem import FAR_FUTURE, FINISH_FINISH, FINISH_START, START_START
from drumbeat.scheduling.engine.shop import number_calendars


def add_tasks(made: CpsatModel, sequenced: dict[int, list[int]]) -> None:
    """Add all tasks and their modes.

    Parameters
    ----------
    made
        A model without tasks.
    sequenced
        Machines whose setups depend on the order, and the modes that take part.
    """
    numbers, times = number_calendars(made.problem)
    extra = _team_calendars(made)
    choices: dict[int, list[Any]] = {}
    for task in range(made.problem.num_tasks):
        _add_moments(made, task, choices)
        _add_modes(made, task, sequenced, numbers.tolist(), times, extra)
    for literals in choices.values():
        made.model.add_exactly_one(literals)
    goes_with = made.problem.tasks.goes_with
    for task in np.flatnonzero(goes_with >= 0).tolist():
        made.model.add(made.present[task] == made.present[int(goes_with[task])])


def _team_calendars(made: CpsatModel) -> int:
    """Calendar that all people with skills share, -1 for always; those of tasks that never pause may differ, and are
    kept out of each other's closed times instead."""
    problem, skills = made.problem, made.problem.skills
    if not len(skills.count):
        return -1
    calendars = np.unique(problem.resources.calendar[skills.worker])
    if len(calendars) == 1:
        return int(calendars[0])
    needs = np.diff(skills.task_ptr) > 0
    if problem.tasks.can_pause[needs].any():
        raise NotModelledError("teams of people with different calendars on tasks that pause")
    return -1


def _add_moments(made: CpsatModel, task: int, choices: dict[int, list[Any]]) -> None:
    """Variables for the moments of a task, and whether it is done."""
    problem, model, unit = made.problem, made.model, made.unit
    tasks, jobs = problem.tasks, problem.jobs
    job = int(tasks.job[task])
    choice = int(tasks.choice[task]) if len(tasks.choice) else -1
    follows = bool(len(tasks.goes_with) and tasks.goes_with[task] >= 0)
    may_skip = choice >= 0 or follows or bool(len(tasks.skip_cost) and np.isfinite(tasks.skip_cost[task]))
    present = model.new_bool_var(f"p{task}") if may_skip else made.true
    if choice >= 0:
        choices.setdefault(choice, []).append(present)
    is_fixed = tasks.fixed_start[task] >= 0
    release = made.in_units(max(int(tasks.release[task]), int(jobs.release[job]), 0))
    deadline = made.in_units(int(jobs.deadline[job])) if len(jobs.deadline) and not is_fixed else made.horizon
    binds_run = problem.setups.is_ahead or may_skip or is_fixed
    start: Any = int(tasks.fixed_start[task]) // unit
    if not is_fixed:
        start = model.new_int_var(0 if binds_run else min(release, made.horizon), made.horizon, f"s{task}")
    end = model.new_int_var(0, min(deadline, made.horizon), f"e{task}")
    if is_fixed and may_skip:
        raise NotModelledError("a fixed task that may be left out")
    if is_fixed and start > made.horizon:
        raise NotModelledError("a task fixed beyond the horizon")
    run_start = start
    if problem.setups.is_ahead:
        run_start = model.new_int_var(0, made.horizon, f"r{task}")
    if binds_run and not is_fixed:
        model.add(run_start >= release).only_enforce_if(present)
    if may_skip:
        for moment in (start, end, run_start):
            model.add(moment == 0).only_enforce_if(present.negated())
    made.present.append(present)
    made.start.append(start)
    made.run_start.append(run_start)
    made.end.append(end)


def _add_modes(
    made: CpsatModel,
    task: int,
    sequenced: dict[int, list[int]],
    numbers: list[int],
    times: list[OpenTimes],
    extra: int,
) -> None:
    """Choose one mode of a task; its setup is a number, or a variable where the order of tasks decides it."""
    problem, model, modes = made.problem, made.model, made.problem.modes
    first, last = int(modes.task_ptr[task]), int(modes.task_ptr[task + 1])
    fixed_mode = int(problem.tasks.fixed_mode[task]) if problem.tasks.fixed_start[task] >= 0 else -1
    literals = []
    for mode in range(first, last):
        is_only = last - first == 1
        literals.append(made.present[task] if is_only else model.new_bool_var(f"m{mode}"))
    if last - first > 1:
        model.add(sum(literals) == made.present[task])
    if fixed_mode >= 0:
        model.add(literals[fixed_mode - first] == 1)
    varies = [made.machine(mode) in sequenced and problem.tasks.family[task] >= 0 for mode in range(first, last)]
    varies = [
        one or (made.machine(mode) >= 0 and _is_batch(made, made.machine(mode)))
        for one, mode in zip(varies, range(first, last), strict=True)
    ]
    setup, ready = _add_setup(made, task, literals, varies)
    made.setup.append(setup)
    made.ready.append(ready)
    for mode, literal, is_variable in zip(range(first, last), literals, varies, strict=True):
        made.mode_present.append(literal)
        hours = join_hours(
            made, times[numbers[mode]] if numbers[mode] >= 0 else None, _extra_calendars(made, task, extra)
        )
        _add_mode(made, task, mode, hours, is_variable)


def _extra_calendars(made: CpsatModel, task: int, extra: int) -> list[int]:
    skills = made.problem.skills
    needs = len(skills.task_ptr) and skills.task_ptr[task + 1] > skills.task_ptr[task]
    return [extra] if needs else []


def _is_batch(made: CpsatModel, machine: int) -> bool:
    is_batch = made.problem.resources.is_batch
    return bool(len(is_batch) and is_batch[machine])


def _add_setup(made: CpsatModel, task: int, literals: list[Any], varies: list[bool]) -> tuple[Any, Any]:
    """Setup of a task, in whichever mode, and the end of the setup where crews or releases need to know it."""
    problem, model, modes = made.problem, made.model, made.problem.modes
    first = int(modes.task_ptr[task])
    own = [int(modes.setup_seconds[first + i]) // made.unit for i in range(len(literals))]
    if any(varies):
        setup: Any = model.new_int_var(0, made.horizon, f"u{task}")
        for seconds, literal, is_variable in zip(own, literals, varies, strict=True):
            if not is_variable:
                model.add(setup == seconds).only_enforce_if(literal)
        model.add(setup == 0).only_enforce_if(made.present[task].negated())
    elif len(set(own)) == 1 and len(literals) == 1:
        setup = own[0]
    else:
        setup = sum(seconds * literal for seconds, literal in zip(own, literals, strict=True))
    has_crew = len(problem.resources.setup_crew) > 0
    needs_ready = (any(varies) or any(own)) and (has_crew or problem.setups.is_ahead)
    ready = model.new_int_var(0, made.horizon, f"y{task}") if needs_ready else made.start[task]
    if problem.setups.is_ahead and not needs_ready:
        model.add(made.run_start[task] == made.start[task])
    return setup, ready


def _add_mode(made: CpsatModel, task: int, mode: int, hours: Hours | None, is_variable: bool) -> None:
    """How long a task takes in a mode."""
    problem, model = made.problem, made.model
    literal, start, end = made.mode_present[mode], made.start[task], made.end[task]
    run: Any = int(problem.modes.run_seconds[mode]) // made.unit
    if made.machine(mode) >= 0 and _is_batch(made, made.machine(mode)):
        longest = _longest_run(made, made.machine(mode), int(problem.tasks.family[task]))
        run = model.new_int_var(run, longest, f"w{mode}") if longest > run else run
    made.mode_run.append(run)
    setup = made.setup[task] if is_variable else int(problem.modes.setup_seconds[mode]) // made.unit
    can_pause = bool(problem.tasks.can_pause[task])
    if made.ready[task] is start:
        add_work(made, start, end, setup + run, hours, literal, can_pause)
    else:
        _add_phases(made, task, mode, setup, run, hours)
    if isinstance(setup, int) and isinstance(run, int) and setup + run == 0:
        made.mode_interval.append(None)
        return
    is_there = literal
    if isinstance(run, int) and run == 0:
        # What takes no time may lie inside another task, as an interval may not.
        is_there = model.new_bool_var("")
        model.add(end > start).only_enforce_if(is_there)
        model.add_implication(is_there, literal)
        model.add(end == start).only_enforce_if([literal, is_there.negated()])
    is_known = isinstance(setup, int) and isinstance(run, int)
    is_known = is_known and (not can_pause or (hours is None and made.ready[task] is start))
    made.mode_interval.append(made.interval(start, end, is_there, setup + run if is_known else None))


def _longest_run(made: CpsatModel, machine: int, family: int) -> int:
    """Longest run of a family in an oven."""
    runs = [
        int(made.problem.modes.run_seconds[mode]) // made.unit
        for mode, task in enumerate(made.owner.tolist())
        if made.machine(mode) == machine and made.problem.tasks.family[task] == family
    ]
    return max(runs)


def _add_phases(made: CpsatModel, task: int, mode: int, setup: Any, run: Any, hours: Hours | None) -> None:
    """Set up while the crew is there too, then run."""
    problem, model = made.problem, made.model
    literal, start, end, ready = made.mode_present[mode], made.start[task], made.end[task], made.ready[task]
    crews, machine = problem.resources.setup_crew, made.machine(mode)
    crew = int(crews[machine]) if len(crews) and machine >= 0 else -1
    crew_calendar = int(problem.resources.calendar[crew]) if crew >= 0 else -1
    if isinstance(start, int) and (hours is not None or crew_calendar >= 0):
        if not made.is_window:
            raise NotModelledError("a fixed task with a setup in calendars that a crew or a release binds")
        start = model.new_constant(start)  # what a window leaves where it is starts at an open moment
    can_pause = bool(problem.tasks.can_pause[task])
    is_set_up = model.new_bool_var("")
    model.add(setup >= 1).only_enforce_if(is_set_up)
    model.add(setup == 0).only_enforce_if(is_set_up.negated())
    with_setup, without = made.both(literal, is_set_up), made.both(literal, is_set_up.negated())
    at_setup = hours if crew_calendar < 0 else _meet(made, hours, crew_calendar)
    add_work(made, start, ready, setup, at_setup, with_setup, can_pause)
    model.add(ready == start).only_enforce_if(without)
    if hours is not None:
        inside = [[opens, closes - 1] for opens, closes in zip(hours.opens, hours.closes, strict=True)]
        model.add_linear_expression_in_domain(start, cp_model.Domain.from_intervals(inside)).only_enforce_if(without)
    begin: Any = ready
    if hours is not None:
        begin = made.run_start[task] if problem.setups.is_ahead else model.new_int_var(0, made.horizon, "")
        if isinstance(run, int) and run == 0:
            model.add(begin == ready).only_enforce_if(literal)
            model.add(end == ready).only_enforce_if(literal)
            return
        add_next_open(made, ready, begin, hours, literal)
    elif problem.setups.is_ahead:
        model.add(made.run_start[task] == ready).only_enforce_if(literal)
    add_work(made, begin, end, run, hours, literal, can_pause)
    if not can_pause:
        model.add(begin == ready).only_enforce_if(literal)


def _meet(made: CpsatModel, hours: Hours | None, calendar: int) -> Hours:
    """Hours in which a calendar is open too."""
    other = join_hours(made, None, [calendar])
    assert other is not None
    if hours is None:
        return other
    opens, closes, before, worked = [], [], [], 0
    for start, close in zip(hours.opens, hours.closes, strict=True):
        for other_start, other_close in zip(other.opens, other.closes, strict=True):
            if (low := max(start, other_start)) < (high := min(close, other_close)):
                opens.append(low)
                closes.append(high)
                before.append(worked)
                worked += high - low
    return Hours(opens, closes, before)


def add_links(made: CpsatModel) -> None:
    """Keep the least and the most time of each link whose both tasks are done; a fixed task waits for nobody."""
    links, fixed = made.problem.links, made.problem.tasks.fixed_start
    most = links.most if len(links.most) else np.full(len(links.before), FAR_FUTURE)
    for i, (before, after, kind) in enumerate(
        zip(links.before.tolist(), links.after.tolist(), links.kind.tolist(), strict=True)
    ):
        if fixed[after] >= 0:
            continue
        first = made.end[before] if kind in (FINISH_START, FINISH_FINISH) else made.run_start[before]
        last = made.run_start[after] if kind in (FINISH_START, START_START) else made.end[after]
        both = [made.present[before], made.present[after]]
        made.model.add(last >= first + int(links.lag[i]) // made.unit).only_enforce_if(both)
        if most[i] < FAR_FUTURE:
            made.model.add(last <= first + int(most[i]) // made.unit).only_enforce_if(both)
