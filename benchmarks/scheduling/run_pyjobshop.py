"""Solve a problem by PyJobShop with its OR-Tools back end: the same problem, told in its own words.

A peer as `drumbeat.scheduling.ask_peer` describes; its Python needs pyjobshop, and nothing of ours but the nouns.
What PyJobShop has no words for is refused, with the reason: a wrong model would be no rival.
"""

from __future__ import annotations

import pickle
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from drumbeat.scheduling.engine.features import Features, describe
from drumbeat.scheduling.engine.problem import FAR_FUTURE, FINISH_FINISH, FINISH_START, START_START, Problem

HOUR = 3600.0
MOST_SETUPS = 150_000_000
"""Resources x tasks x tasks: PyJobShop lays setups out as one dense array of int64."""
WEIGHT_UNITS = 1000
"""Parts into which weights are cut where they are not whole."""


class NotModelledError(Exception):
    """PyJobShop has no words for it."""


@dataclass
class Told:
    """A problem in PyJobShop's words.

    Parameters
    ----------
    data
        PyJobShop's `ProblemData`.
    scale
        Its objective over the instance's own.
    shift
        What its objective has on top, in its own units.
    """

    data: Any
    scale: float
    shift: float = 0.0


def refuse_what_has_no_words(problem: Problem, features: Features) -> None:
    """Raise `NotModelledError` where a model of PyJobShop would be another problem."""
    has_matrix = bool(problem.setups.seconds.any()) and bool((problem.resources.setup_matrix >= 0).any())
    binds = bool(len(problem.links.before)) or features.has_releases
    reasons = {
        "people of several skills": features.has_skills,
        "batches": features.has_batches,
        "campaigns": features.has_campaigns,
        "setup crews": features.has_setup_crews,
        "tanks": features.has_tanks,
        "costs of leaving out": bool(np.isfinite(problem.tasks.skip_cost).any()),
        "setups that begin after the piece of work has come": has_matrix and binds and not problem.setups.is_ahead,
        "setups in calendars": has_matrix and features.has_calendars,
        "crews that change by the hour": bool((problem.calendars.level != 1).any()),
        "stock that grows or arrives": bool((problem.materials.quantity > 0).any())
        or bool(len(problem.materials.receipt_time)),
        f"the objective {', '.join(sorted(features.aims))}": not features.aims <= {"makespan", "tardiness", "num_late"}
        or len(features.aims) != 1,
        "unequal weights of late orders": "num_late" in features.aims and len(np.unique(problem.jobs.weight)) > 1,
        "setups of so many tasks": has_matrix and problem.num_resources * problem.num_tasks**2 > MOST_SETUPS,
    }
    found = [reason for reason, holds in reasons.items() if holds]
    if found:
        raise NotModelledError(f"PyJobShop has no words for {found[0]}")


def list_breaks(problem: Problem, resource: int) -> list[tuple[int, int]]:
    """List the closed times of a resource."""
    calendar = int(problem.resources.calendar[resource])
    if calendar < 0:
        return []
    book = problem.calendars
    span = slice(int(book.ptr[calendar]), int(book.ptr[calendar + 1]))
    edges = [0]
    for start, end in zip(book.open_start[span].tolist(), book.open_end[span].tolist(), strict=True):
        edges += [start, min(end, 2**41)]
    pairs = [*zip(edges[0::2], edges[1::2], strict=False), (edges[-1], 2**41)]
    return [(start, end) for start, end in pairs if end > start]


def build(problem: Problem) -> Told:
    """Tell a problem to PyJobShop; tasks and modes keep their numbers."""
    from pyjobshop import ProblemData
    from pyjobshop.ProblemData import Constraints

    features = describe(problem)
    refuse_what_has_no_words(problem, features)
    constraints = Constraints()
    jobs, weight_scale = tell_jobs(problem)
    resources = tell_resources(problem)
    tasks = tell_tasks(problem, jobs)
    modes = tell_modes(problem)
    tell_links(problem, constraints)
    tell_sequences(problem, constraints)
    tell_choices(problem, constraints)
    tell_setups(problem, tasks, modes, constraints)
    objective, shift = tell_objective(problem, features)
    return Told(ProblemData(jobs, resources, tasks, modes, constraints, objective), weight_scale, shift)


def tell_jobs(problem: Problem) -> tuple[list[Any], float]:
    """Jobs with whole weights, and by how much the weights were multiplied."""
    from pyjobshop.constants import MAX_VALUE
    from pyjobshop.ProblemData import Job

    weight = problem.jobs.weight
    is_weighted = problem.objective.tardiness > 0
    scale = 1.0 if not is_weighted or (weight == np.round(weight)).all() else float(WEIGHT_UNITS)
    members: list[list[int]] = [[] for _ in range(problem.num_jobs)]
    for task, job in enumerate(problem.tasks.job.tolist()):
        members[job].append(task)
    deadline = problem.jobs.deadline
    jobs = []
    for j in range(problem.num_jobs):
        due, last = int(problem.jobs.due[j]), int(deadline[j]) if len(deadline) else FAR_FUTURE
        jobs.append(
            Job(
                weight=max(round(float(weight[j]) * scale), 1) if is_weighted else 1,
                release_date=int(problem.jobs.release[j]),
                deadline=min(last, MAX_VALUE),
                due_date=min(due, MAX_VALUE),
                tasks=members[j],
            )
        )
    return jobs, scale


def tell_resources(problem: Problem) -> list[Any]:
    """Machines and crews with our numbers, then the materials that are only consumed, then the budgets."""
    from pyjobshop.ProblemData import Consumable, Machine, Renewable

    resources: list[Any] = []
    for r, capacity in enumerate(problem.resources.capacity.tolist()):
        breaks = list_breaks(problem, r)
        resources.append(Machine(breaks=breaks) if capacity == 1 else Renewable(capacity, breaks=breaks))
    amounts = [*np.floor(problem.materials.stock).tolist(), *problem.budgets.amount.tolist()]
    return [*resources, *(Consumable(int(amount)) for amount in amounts)]


def tell_tasks(problem: Problem, jobs: list[Any]) -> list[Any]:
    """Tasks with their releases, and the start of those that are fixed."""
    from pyjobshop.constants import MAX_VALUE
    from pyjobshop.ProblemData import Task

    choice = problem.tasks.choice
    told = []
    for t in range(problem.num_tasks):
        job, fixed = int(problem.tasks.job[t]), int(problem.tasks.fixed_start[t])
        release = max(int(problem.tasks.release[t]), jobs[job].release_date)
        told.append(
            Task(
                job=job,
                earliest_start=fixed if fixed >= 0 else release,
                latest_start=fixed if fixed >= 0 else MAX_VALUE,
                allow_breaks=bool(problem.tasks.can_pause[t]),
                optional=bool(len(choice) and choice[t] >= 0),
            )
        )
    return told


def tell_modes(problem: Problem) -> list[Any]:
    """Modes with our numbers."""
    from pyjobshop.ProblemData import Mode

    modes, materials, budgets = problem.modes, problem.materials, problem.budgets
    first_material, first_budget = problem.num_resources, problem.num_resources + len(materials.stock)
    owner = np.repeat(np.arange(problem.num_tasks), np.diff(modes.task_ptr))
    fixed = problem.tasks.fixed_mode
    told = []
    for m in range(len(modes.run_seconds)):
        task = int(owner[m])
        if fixed[task] >= 0 and fixed[task] != m:
            raise NotModelledError("PyJobShop has no words for a fixed mode")
        span = slice(int(modes.resource_ptr[m]), int(modes.resource_ptr[m + 1]))
        # A machine takes one task at a time, whatever is asked of it: PyJobShop wants to hear of no demand.
        pairs = zip(modes.resource[span].tolist(), modes.units[span].tolist(), strict=True)
        held = {r: 0 if problem.resources.capacity[r] == 1 else units for r, units in pairs}
        if len(materials.task_ptr):
            for e in range(int(materials.task_ptr[task]), int(materials.task_ptr[task + 1])):
                need = int(np.ceil(-materials.quantity[e]))
                resource = first_material + int(materials.material[e])
                held[resource] = held.get(resource, 0) + need
        if len(budgets.mode_ptr):
            span = slice(int(budgets.mode_ptr[m]), int(budgets.mode_ptr[m + 1]))
            for budget, taken in zip(budgets.budget[span].tolist(), budgets.taken[span].tolist(), strict=True):
                held[first_budget + budget] = held.get(first_budget + budget, 0) + taken
        duration = int(modes.run_seconds[m] + modes.setup_seconds[m])
        told.append(Mode(task, list(held), duration, list(held.values())))
    return told


def tell_links(problem: Problem, constraints: Any) -> None:
    """Least lags as they are, most lags as the same turned round."""
    from pyjobshop.ProblemData import EndAtStart, EndBeforeEnd, EndBeforeStart, StartBeforeEnd, StartBeforeStart

    links = problem.links
    most = links.most if len(links.most) else np.full(len(links.before), FAR_FUTURE)
    rows = zip(*(a.tolist() for a in (links.before, links.after, links.kind, links.lag, most)), strict=True)
    for before, after, kind, lag, longest in rows:
        if kind == FINISH_START and longest == lag:
            constraints.end_at_start.append(EndAtStart(before, after, lag))
        elif kind == FINISH_START:
            constraints.end_before_start.append(EndBeforeStart(before, after, lag))
            if longest < FAR_FUTURE:
                constraints.start_before_end.append(StartBeforeEnd(after, before, -longest))
        elif kind == START_START:
            constraints.start_before_start.append(StartBeforeStart(before, after, lag))
            if longest < FAR_FUTURE:
                constraints.start_before_start.append(StartBeforeStart(after, before, -longest))
        elif kind == FINISH_FINISH:
            constraints.end_before_end.append(EndBeforeEnd(before, after, lag))
            if longest < FAR_FUTURE:
                constraints.end_before_end.append(EndBeforeEnd(after, before, -longest))
        else:
            constraints.start_before_end.append(StartBeforeEnd(before, after, lag))
            if longest < FAR_FUTURE:
                constraints.end_before_start.append(EndBeforeStart(after, before, -longest))


def tell_sequences(problem: Problem, constraints: Any) -> None:
    """The machines of an order group take the jobs in the same order."""
    from pyjobshop.ProblemData import SameSequence

    groups, modes = problem.resources.order_group, problem.modes
    for group in sorted(set(groups[groups >= 0].tolist())):
        machines = np.flatnonzero(groups == group).tolist()
        tasks_of: dict[int, list[int]] = {machine: [] for machine in machines}
        for t in range(problem.num_tasks):
            held = modes.resource[modes.resource_ptr[modes.task_ptr[t]] : modes.resource_ptr[modes.task_ptr[t + 1]]]
            for machine in set(held.tolist()) & tasks_of.keys():
                tasks_of[machine].append(t)
        for tasks in tasks_of.values():
            tasks.sort(key=lambda t: int(problem.tasks.job[t]))
        by_job = [[int(problem.tasks.job[t]) for t in tasks] for tasks in tasks_of.values()]
        if any(one != by_job[0] for one in by_job) or len(set(by_job[0])) != len(by_job[0]):
            raise NotModelledError("PyJobShop has no words for machines in one order that jobs may skip")
        for first, second in pairwise(machines):
            constraints.same_sequence.append(SameSequence(first, second, tasks_of[first], tasks_of[second]))


def tell_choices(problem: Problem, constraints: Any) -> None:
    """Exactly one task of each choice is done."""
    from pyjobshop.ProblemData import SelectExactlyOne

    choice = problem.tasks.choice
    for group in sorted(set(choice[choice >= 0].tolist())):
        constraints.select_exactly_one.append(SelectExactlyOne(np.flatnonzero(choice == group).tolist()))


def tell_setups(problem: Problem, tasks: list[Any], modes: list[Any], constraints: Any) -> None:
    """Setup times between tasks on each machine; those from the start follow a task without length at 0, after ours."""
    from pyjobshop.ProblemData import Mode, SetupTime, Task

    seconds = problem.setups.seconds
    unknown = seconds.shape[1] - 1
    members: list[set[int]] = [set() for _ in range(problem.num_resources)]
    for m, mode in enumerate(modes):
        at = int(problem.modes.resource_ptr[m])
        if at < problem.modes.resource_ptr[m + 1] and problem.tasks.family[mode.task] >= 0:
            members[int(problem.modes.resource[at])].add(mode.task)
    for r, group in enumerate(members):
        matrix = int(problem.resources.setup_matrix[r])
        if matrix < 0 or not group or not seconds[matrix].any():
            continue
        family = {t: int(problem.tasks.family[t]) for t in group}
        for i in sorted(group):
            row = seconds[matrix, family[i]]
            constraints.setup_times += [SetupTime(r, i, j, int(row[family[j]])) for j in sorted(group) if i != j]
        state = int(problem.resources.initial_family[r])
        first = seconds[matrix, unknown if state < 0 else state]
        if any(first[family[j]] for j in group):
            dummy = len(tasks)
            tasks.append(Task(latest_start=0))
            modes.append(Mode(dummy, [r], 0))
            constraints.setup_times += [SetupTime(r, dummy, j, int(first[family[j]])) for j in sorted(group)]


def tell_objective(problem: Problem, features: Features) -> tuple[Any, float]:
    """The one aim, and what PyJobShop's value of it has on top."""
    from pyjobshop.ProblemData import Objective

    if "makespan" in features.aims:
        return Objective(weight_makespan=1), 0.0
    if "num_late" in features.aims:
        return Objective(weight_tardy_jobs=1), 0.0
    jobs = problem.jobs
    if (jobs.due <= jobs.release).all():
        # Late from the start: tardiness is flow time and a constant, which PyJobShop knows as an aim of its own.
        return Objective(weight_total_flow_time=1), float((jobs.weight * (jobs.release - jobs.due)).sum())
    return Objective(weight_total_tardiness=1), 0.0


def solve(told: Told, seconds: float, workers: int) -> tuple[Any, list[tuple[float, float]], float, bool, float]:
    """Solve as PyJobShop does, and listen; returns the solution (or None), the curve, the bound, whether it is proven,
    and the seconds of making the model."""
    from ortools.sat.python.cp_model import CpSolver, CpSolverSolutionCallback
    from pyjobshop.solvers.ortools import CPModel

    class Listener(CpSolverSolutionCallback):
        def __init__(self) -> None:
            super().__init__()
            self.curve: list[tuple[float, float]] = []

        def on_solution_callback(self) -> None:
            self.curve.append((self.wall_time, self.objective_value))

    began = perf_counter()
    model = CPModel(told.data)
    model_seconds = perf_counter() - began
    solver, listener = CpSolver(), Listener()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = workers
    status = solver.status_name(solver.solve(model.model, listener))
    if status not in ("OPTIMAL", "FEASIBLE"):
        return None, listener.curve, 0.0, False, model_seconds
    solution = model._convert_to_solution(solver)
    return solution, listener.curve, solver.best_objective_bound, status == "OPTIMAL", model_seconds


def read_back(problem: Problem, solution: Any) -> dict[str, np.ndarray]:
    """Our words again: a machine is set up right before the run."""
    count = problem.num_tasks
    mode = np.array([task.mode if task.present else -2 for task in solution.tasks[:count]], dtype=np.int32)
    start = np.array([task.start if task.present else -1 for task in solution.tasks[:count]], dtype=np.int64)
    end = np.array([task.end if task.present else -1 for task in solution.tasks[:count]], dtype=np.int64)
    setup = np.where(mode >= 0, problem.modes.setup_seconds[np.maximum(mode, 0)], 0)
    pointer, family = problem.modes.resource_ptr, problem.tasks.family
    has = (mode >= 0) & (pointer[np.maximum(mode, 0) + 1] > pointer[np.maximum(mode, 0)])
    machine = np.full(count, -1)
    machine[has] = problem.modes.resource[pointer[mode[has]]]
    seconds = problem.setups.seconds
    for r in np.unique(machine[machine >= 0]).tolist():
        matrix = int(problem.resources.setup_matrix[r])
        rows = np.flatnonzero((machine == r) & (family >= 0))
        if matrix < 0 or not len(rows):
            continue
        before = int(problem.resources.initial_family[r])
        for t in rows[np.lexsort((end[rows], start[rows]))].tolist():
            change = int(seconds[matrix, before, family[t]])
            setup[t] += change
            start[t] -= change
            before = int(family[t])
    return {"mode": mode, "start": start, "setup_seconds": setup.astype(np.int64), "end": end}


def main() -> None:
    """Read the problem, solve it, write the answer."""
    asked, answer, seconds, workers = sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
    problem: Problem = pickle.loads(Path(asked).read_bytes())
    told: dict[str, Any] = {"method": "CP-SAT by PyJobShop"}
    try:
        began = perf_counter()
        made = build(problem)
        laid_out = perf_counter() - began
        began = perf_counter()
        solution, curve, bound, is_optimal, model_seconds = solve(made, seconds, workers)
        told |= {"seconds": perf_counter() - began - model_seconds, "model_seconds": laid_out + model_seconds}
        told |= {"curve": np.array([(at, (value + made.shift) / made.scale) for at, value in curve]).reshape(-1, 2)}
        if solution is not None:
            told |= read_back(problem, solution)
            told |= {"bound": (bound + made.shift) / made.scale, "is_optimal": is_optimal}
    except NotModelledError as error:
        told["reason"] = str(error)
    np.savez(answer, **{name: np.asarray(value) for name, value in told.items()})


if __name__ == "__main__":
    main()
