"""Machines in a model: capacity, setups by sequence and by crews, campaigns, batches, and the order of jobs."""

from __future__ import annotations

from typing import Any

import numpy as np

from drumbeat.scheduling.engine.exact.model import MOST_ARCS, CpsatModel, NotModelledError
from drumbeat.scheduling.engine.problem import FAR_FUTURE, FINISH_START, Problem


def find_sequenced(problem: Problem) -> dict[int, list[int]]:
    """Find machines whose setups, or their cost, depend on the order, and the modes of tasks with a family on them."""
    modes, resources, setups = problem.modes, problem.resources, problem.setups
    found: dict[int, list[int]] = {}
    owner = np.repeat(np.arange(problem.num_tasks), np.diff(modes.task_ptr))
    for mode in np.flatnonzero((problem.tasks.family[owner] >= 0) & (np.diff(modes.resource_ptr) > 0)).tolist():
        machine = int(modes.resource[modes.resource_ptr[mode]])
        matrix = int(resources.setup_matrix[machine])
        has_campaign = len(resources.most_campaign) and resources.most_campaign[machine] < FAR_FUTURE
        has_cost = len(setups.cost) and matrix >= 0 and setups.cost[matrix].any()
        if has_campaign or has_cost or (matrix >= 0 and setups.seconds[matrix].any()):
            found.setdefault(machine, []).append(mode)
    if sum(len(rows) ** 2 for rows in found.values()) > MOST_ARCS:
        raise NotModelledError("too many tasks on machines whose setups depend on the order")
    return found


def add_machines(made: CpsatModel, sequenced: dict[int, list[int]]) -> None:
    """Add what machines, tools and crews allow; teams are added elsewhere."""
    is_batch, modes = made.problem.resources.is_batch, made.problem.modes
    if len(is_batch):
        is_first = np.zeros(len(modes.resource), dtype=bool)
        is_first[modes.resource_ptr[:-1][np.diff(modes.resource_ptr) > 0]] = True
        if is_batch[modes.resource[~is_first]].any():
            raise NotModelledError("an oven that is held beside a machine")
    for machine in np.flatnonzero(is_batch).tolist():
        _add_batches(made, machine, machine in sequenced)
    _add_capacities(made)
    for machine, rows in sorted(sequenced.items()):
        _add_circuit(made, machine, rows)
    _add_order_groups(made)


def _add_capacities(made: CpsatModel) -> None:
    modes, resources = made.problem.modes, made.problem.resources
    entry_mode = np.repeat(np.arange(len(modes.run_seconds)), np.diff(modes.resource_ptr))
    held: dict[int, list[tuple[Any, int]]] = {}
    for e, resource in enumerate(modes.resource.tolist()):
        interval = made.mode_interval[entry_mode[e]]
        if interval is not None and resource not in made.batch_lead:
            held.setdefault(resource, []).append((interval, int(modes.units[e])))
    for machine, leads in made.batch_lead.items():
        for mode, lead in leads.items():
            task = int(made.owner[mode])
            interval = made.interval(made.start[task], made.end[task], lead)
            held.setdefault(machine, []).append((interval, int(resources.capacity[machine])))
    if len(resources.setup_crew):
        _hold_crews(made, held)
    for skilled, rows in _hold_teams(made).items():
        held.setdefault(skilled, []).extend((interval, 1) for interval in rows)
    for resource, start, end, units in made.outside.blocks:
        if resource in held:
            interval = made.model.new_fixed_size_interval_var(start // made.unit, (end - start) // made.unit, "")
            held[resource].append((interval, units))
    for resource, rows in sorted(held.items()):
        capacity, calendar = int(resources.capacity[resource]), int(resources.calendar[resource])
        fillers, most = _fill_levels(made, calendar)
        if 2 * min(units for _, units in rows) > capacity * most:
            made.model.add_no_overlap([interval for interval, _ in rows])
            if most == 1 and max(units for _, units in rows) <= capacity:
                continue
        intervals = [interval for interval, _ in rows] + [interval for interval, _ in fillers]
        demands = [units for _, units in rows] + [capacity * gap for _, gap in fillers]
        made.model.add_cumulative(intervals, demands, capacity * most)


def _fill_levels(made: CpsatModel, calendar: int) -> tuple[list[tuple[Any, int]], int]:
    """Intervals that take up what a calendar's lower levels leave out, and its highest level."""
    if calendar < 0:
        return [], 1
    book = made.problem.calendars
    span = slice(book.ptr[calendar], book.ptr[calendar + 1])
    levels = book.level[span].tolist()
    most = max(levels, default=1)
    fillers = []
    for start, end, level in zip(book.open_start[span].tolist(), book.open_end[span].tolist(), levels, strict=True):
        if level < most and start // made.unit <= made.horizon and end > made.outside.floor:
            length = made.in_units(end) - start // made.unit
            fillers.append((made.model.new_fixed_size_interval_var(start // made.unit, length, ""), most - level))
    return fillers, most


def _hold_crews(made: CpsatModel, held: dict[int, list[tuple[Any, int]]]) -> None:
    """Let a crew be held while a machine that needs it is set up: once for a batch."""
    crews = made.problem.resources.setup_crew
    for mode, literal in enumerate(made.mode_present):
        machine, task = made.machine(mode), int(made.owner[mode])
        start, ready = made.start[task], made.ready[task]
        if machine < 0 or crews[machine] < 0 or ready is start:
            continue
        lead = made.batch_lead.get(machine, {}).get(mode, literal)
        is_set_up = made.model.new_bool_var("")
        made.model.add(ready > start).only_enforce_if(is_set_up)
        made.model.add(ready == start).only_enforce_if([lead, is_set_up.negated()])
        busy = made.both(lead, is_set_up)
        interval = made.interval(start, ready, busy)
        held.setdefault(int(crews[machine]), []).append((interval, 1))


def _hold_teams(made: CpsatModel) -> dict[int, list[Any]]:
    """Let people be held from the start to the end of what they work on, each by at most one skill of a task."""
    held: dict[int, list[Any]] = {}
    calendars = made.problem.resources.calendar
    differ = len(np.unique(calendars[made.problem.skills.worker])) > 1
    size = [_known_size(made, task) for task in range(made.problem.num_tasks)]
    for task, rows in enumerate(made.team):
        by_worker: dict[int, list[Any]] = {}
        for _, worker, literal in rows:
            by_worker.setdefault(worker, []).append(literal)
        for worker, literals in by_worker.items():
            at_work = literals[0]
            if len(literals) > 1:
                at_work = made.model.new_bool_var("")
                made.model.add(sum(literals) == at_work)
            held.setdefault(worker, []).append(made.interval(made.start[task], made.end[task], at_work, size[task]))
    for worker in held if differ else []:
        held[worker] += _closed_times(made, int(calendars[worker]))
    return held


def _known_size(made: CpsatModel, task: int) -> int | None:
    """Length of a task that has one mode, no pauses and a setup that is known; else None."""
    modes, problem = made.problem.modes, made.problem
    mode = int(modes.task_ptr[task])
    setup, run = made.setup[task], made.mode_run[mode]
    is_only = modes.task_ptr[task + 1] - mode == 1
    pauses = problem.tasks.can_pause[task] and (problem.resources.calendar >= 0).any()
    return setup + run if is_only and not pauses and isinstance(setup, int) and isinstance(run, int) else None


def _closed_times(made: CpsatModel, calendar: int) -> list[Any]:
    """Intervals in which a calendar is closed, up to the horizon."""
    if calendar < 0:
        return []
    book, closed, moment = made.problem.calendars, [], 0
    span = slice(book.ptr[calendar], book.ptr[calendar + 1])
    pairs = zip(book.open_start[span].tolist(), book.open_end[span].tolist(), strict=True)
    for opens, closes in [*((made.in_units(a), made.in_units(b)) for a, b in pairs), (made.horizon + 1, 0)]:
        if opens > moment and opens * made.unit > made.outside.floor:
            closed.append(made.model.new_fixed_size_interval_var(moment, opens - moment, ""))
        moment = max(moment, closes)
    return closed


def _add_batches(made: CpsatModel, machine: int, is_sequenced: bool) -> None:
    """Let each task in an oven lead a batch, or join one that an earlier task of its family leads."""
    problem, model, modes = made.problem, made.model, made.problem.modes
    rows = [mode for mode in range(len(modes.run_seconds)) if made.machine(mode) == machine]
    if len(rows) ** 2 > MOST_ARCS:
        raise NotModelledError("too many tasks in an oven")
    capacity, calendar = int(problem.resources.capacity[machine]), int(problem.resources.calendar[machine])
    if _fill_levels(made, calendar)[1] > 1 or any(made.mode_interval[mode] is None for mode in rows):
        raise NotModelledError("an oven with levels, or with tasks that take no time")
    held = {tuple(modes.resource[modes.resource_ptr[m] + 1 : modes.resource_ptr[m + 1]].tolist()) for m in rows}
    if any((problem.resources.calendar[list(others)] >= 0).any() for others in held) or any(
        len(problem.skills.task_ptr) and np.diff(problem.skills.task_ptr)[made.owner[mode]] for mode in rows
    ):
        raise NotModelledError("an oven whose tasks hold other things with calendars, or people")
    units = {mode: int(modes.units[modes.resource_ptr[mode]]) for mode in rows}
    led: dict[int, list[tuple[int, Any]]] = {mode: [] for mode in rows}
    leads = made.batch_lead.setdefault(machine, {})
    for i, mode in enumerate(rows):
        task = int(made.owner[mode])
        family = problem.tasks.family[task]
        leads[mode] = model.new_bool_var(f"b{mode}")
        joins = [(mode, leads[mode])]
        for earlier in rows[:i]:
            other = int(made.owner[earlier])
            if other == task or problem.tasks.family[other] != family:
                continue
            literal = model.new_bool_var("")
            model.add_implication(literal, leads[earlier])
            joins.append((earlier, literal))
            for mine, its in ((made.start, 0), (made.end, 0), (made.setup, 0), (made.ready, 0)):
                model.add(mine[task] == mine[other] + its).only_enforce_if(literal)
            model.add(made.mode_run[mode] == made.mode_run[earlier]).only_enforce_if(literal)
        model.add(sum(literal for _, literal in joins) == made.mode_present[mode])
        for leader, literal in joins:
            led[leader].append((mode, literal))
    for leader, members in led.items():
        _add_batch(made, leader, members, units, capacity, is_sequenced)


def _add_batch(
    made: CpsatModel,
    leader: int,
    members: list[tuple[int, Any]],
    units: dict[int, int],
    capacity: int,
    is_sequenced: bool,
) -> None:
    """Let a batch fit, and run and be set up as long as the longest of its members."""
    model, modes = made.model, made.problem.modes
    lead = made.batch_lead[made.machine(leader)][leader]
    model.add(sum(units[mode] * literal for mode, literal in members) <= capacity)
    model.add_max_equality(
        longest := model.new_int_var(0, made.horizon, ""),
        [int(modes.run_seconds[mode]) // made.unit * literal for mode, literal in members],
    )
    model.add(made.mode_run[leader] == longest).only_enforce_if(lead)
    if not is_sequenced or made.problem.tasks.family[made.owner[leader]] < 0:
        setup = model.new_int_var(0, made.horizon, "")
        own = [int(modes.setup_seconds[mode]) // made.unit * literal for mode, literal in members]
        model.add_max_equality(setup, own)
        model.add(made.setup[int(made.owner[leader])] == setup).only_enforce_if(lead)
    elif any(modes.setup_seconds[mode] for mode, _ in members):
        raise NotModelledError("setups of their own in an oven whose setups depend on the order")


def _add_circuit(made: CpsatModel, machine: int, rows: list[int]) -> None:
    """Order the tasks of a machine in a circuit whose arcs carry setups, their cost, and campaigns."""
    problem, model, resources = made.problem, made.model, made.problem.resources
    matrix, initial = int(resources.setup_matrix[machine]), int(resources.initial_family[machine])
    leads = made.batch_lead.get(machine, {})
    run_of, in_turn = _add_campaign_counts(made, machine, rows), _find_pairs_in_turn(made)
    nobody = model.new_bool_var("")
    arcs: list[tuple[int, int, Any]] = [(0, 0, nobody)]
    for i, mode in enumerate(rows, 1):
        task = int(made.owner[mode])
        family = int(problem.tasks.family[task])
        literal = leads.get(mode, made.mode_present[mode])
        arcs.append((i, i, literal.negated()))
        model.add_implication(nobody, literal.negated())
        first = model.new_bool_var("")
        arcs += [(0, i, first), (i, 0, model.new_bool_var(""))]
        _add_change(made, mode, matrix, initial, family, first)
        if run_of:
            model.add(run_of[mode] == made.mode_run[mode]).only_enforce_if(first)
        for k, then in enumerate(rows, 1):
            if i == k or made.owner[then] == task or (int(made.owner[then]), task) in in_turn:
                continue
            arc = model.new_bool_var("")
            arcs.append((i, k, arc))
            model.add(made.start[int(made.owner[then])] >= made.end[task]).only_enforce_if(arc)
            following = int(problem.tasks.family[made.owner[then]])
            if run_of and following == family:
                _add_cleaning(made, machine, (mode, then), arc, run_of)
                continue
            if run_of:
                model.add(run_of[then] == made.mode_run[then]).only_enforce_if(arc)
            _add_change(made, then, matrix, family, following, arc)
    model.add_circuit(arcs)


def _find_pairs_in_turn(made: CpsatModel) -> set[tuple[int, int]]:
    """Pairs of tasks of which links put the first before the second: also where both take no time, at one moment."""
    links, fixed = made.problem.links, made.problem.tasks.fixed_start
    rows = (links.kind == FINISH_START) & (links.lag >= 0) & (fixed[links.after] < 0)
    return set(zip(links.before[rows].tolist(), links.after[rows].tolist(), strict=True))


def _add_change(made: CpsatModel, mode: int, matrix: int, before: int, family: int, arc: Any) -> None:
    """Let an arc of the circuit set the setup, and name its cost."""
    setups, own = made.problem.setups, int(made.problem.modes.setup_seconds[mode]) // made.unit
    change = int(setups.seconds[matrix, before, family]) // made.unit if matrix >= 0 else 0
    made.model.add(made.setup[int(made.owner[mode])] == own + change).only_enforce_if(arc)
    cost = float(setups.cost[matrix, before, family]) if len(setups.cost) and matrix >= 0 else 0.0
    if cost:
        made.change.append((arc, cost))


def _add_campaign_counts(made: CpsatModel, machine: int, rows: list[int]) -> dict[int, Any]:
    """Run time of the campaign up to and with each task; empty where the machine has no longest campaign."""
    most = made.problem.resources.most_campaign
    if not len(most) or most[machine] >= FAR_FUTURE:
        return {}
    return {mode: made.model.new_int_var(0, made.horizon, f"c{mode}") for mode in rows}


def _add_cleaning(made: CpsatModel, machine: int, pair: tuple[int, int], arc: Any, run_of: dict[int, Any]) -> None:
    """Clean between two tasks of one family exactly when the second would make the campaign too long."""
    problem, model, (mode, then) = made.problem, made.model, pair
    setups, resources = problem.setups, problem.resources
    room = int(resources.most_campaign[machine]) // made.unit
    clean = int(resources.clean_seconds[machine]) // made.unit
    matrix, family = int(resources.setup_matrix[machine]), int(problem.tasks.family[made.owner[mode]])
    setup = int(problem.modes.setup_seconds[then]) // made.unit
    setup += int(setups.seconds[matrix, family, family]) // made.unit if matrix >= 0 else 0
    goes_on = model.new_bool_var("")
    both, cleaned = made.both(arc, goes_on), made.both(arc, goes_on.negated())
    whole = run_of[mode] + made.mode_run[then]
    task = int(made.owner[then])
    model.add(whole <= room).only_enforce_if(both)
    model.add(run_of[then] == whole).only_enforce_if(both)
    model.add(made.setup[task] == setup).only_enforce_if(both)
    model.add(whole >= room + 1).only_enforce_if(cleaned)
    model.add(run_of[then] == made.mode_run[then]).only_enforce_if(cleaned)
    model.add(made.setup[task] == max(setup, clean)).only_enforce_if(cleaned)
    if len(setups.cost) and matrix >= 0 and setups.cost[matrix, family, family]:
        made.change.append((arc, float(setups.cost[matrix, family, family])))


def _add_order_groups(made: CpsatModel) -> None:
    """Let the resources of a group take the jobs that they share in one order."""
    model, group = made.model, made.problem.resources.order_group
    for number in np.unique(group[group >= 0]).tolist() if len(group) else []:
        starts: dict[int, dict[int, Any]] = {}
        for resource in np.flatnonzero(group == number).tolist():
            starts[resource] = _find_first_starts(made, resource)
        jobs = sorted({job for found in starts.values() for job in found})
        if len(jobs) ** 2 * len(starts) > MOST_ARCS:
            raise NotModelledError("too many jobs in an order group")
        for i, one in enumerate(jobs):
            for other in jobs[:i]:
                is_first = model.new_bool_var("")
                for found in starts.values():
                    if one in found and other in found:
                        model.add(found[one] <= found[other]).only_enforce_if(is_first)
                        model.add(found[other] <= found[one]).only_enforce_if(is_first.negated())


def _find_first_starts(made: CpsatModel, resource: int) -> dict[int, Any]:
    """First start of each job on a resource."""
    problem, modes = made.problem, made.problem.modes
    found: dict[int, list[Any]] = {}
    for mode, task in enumerate(made.owner.tolist()):
        if resource in modes.resource[modes.resource_ptr[mode] : modes.resource_ptr[mode + 1]]:
            is_only = modes.task_ptr[task + 1] - modes.task_ptr[task] == 1
            if not is_only or made.present[task].index != made.true.index:
                raise NotModelledError("alternatives in an order group")
            found.setdefault(int(problem.tasks.job[task]), []).append(made.start[task])
    first = {}
    for job, starts in found.items():
        first[job] = starts[0]
        if len(starts) > 1:
            first[job] = made.model.new_int_var(0, made.horizon, "")
            made.model.add_min_equality(first[job], starts)
    return first
