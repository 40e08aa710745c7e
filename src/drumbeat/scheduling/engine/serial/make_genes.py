"""Genes to begin with: what comes first by simple rules, modes that budgets allow, one task of each choice."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int64s
from drumbeat.scheduling.engine.problem import FAR_FUTURE, Problem
from drumbeat.scheduling.engine.result import SKIPPED, Schedule
from drumbeat.scheduling.engine.serial.choose_routes import choose_routes, follow_chosen
from drumbeat.scheduling.engine.serial.lay_out_serial import Serial, find_optional, order_tasks
from drumbeat.scheduling.engine.serial.records import Genes

CPSAT_SECONDS = 0.5
"""Deterministic, for modes within budgets."""


def count_spent(problem: Problem, mode: Int64s, is_in: Bools) -> Int64s:
    """What the modes of the tasks that are in take of each budget."""
    budgets = problem.budgets
    chosen = np.zeros(len(problem.modes.run_seconds), bool)
    chosen[mode[is_in]] = True
    rows = np.repeat(chosen, np.diff(budgets.mode_ptr)) if len(budgets.mode_ptr) else np.zeros(0, bool)
    spent = np.zeros(len(budgets.amount), np.int64)
    np.add.at(spent, budgets.budget[rows], budgets.taken[rows])
    return spent


def _shortest_modes(problem: Problem) -> Int64s:
    """The shortest mode of each task; that which is fixed, of fixed ones."""
    modes, tasks = problem.modes, problem.tasks
    work = modes.run_seconds + modes.setup_seconds
    owner = np.repeat(np.arange(problem.num_tasks), np.diff(modes.task_ptr))
    mode = np.lexsort((work, owner))[modes.task_ptr[:-1]]
    fixed = tasks.fixed_start >= 0
    mode[fixed] = np.maximum(tasks.fixed_mode, modes.task_ptr[:-1])[fixed]
    return mode


def choose_base(problem: Problem) -> tuple[Int64s, Int64s]:
    """Choose a mode for each task, and who is left out, such that no budget is overspent.

    Returns
    -------
    tuple
        Modes, and `Genes.is_out`: 1 for what a choice or a low cost leaves out, 2 where budgets leave no other way;
        shape (T,) each.
    """
    tasks, n = problem.tasks, problem.num_tasks
    mode, out = _shortest_modes(problem), np.zeros(n, np.int64)
    if len(tasks.choice):
        out = choose_routes(problem, mode)
    if not len(problem.budgets.taken) or (count_spent(problem, mode, out == 0) <= problem.budgets.amount).all():
        return mode, out
    cheap = _choose_cheap(problem, mode, out)
    return _ask_cpsat(problem, mode, out) if cheap is None else (cheap, out)


def _choose_cheap(problem: Problem, shortest: Int64s, out: Int64s) -> Int64s | None:
    """The cheapest modes, then shorter ones where most time is won and budgets allow; None where they are overspent."""
    modes, budgets, tasks = problem.modes, problem.budgets, problem.tasks
    takes = np.zeros((len(modes.run_seconds), len(budgets.amount)), np.int64)
    np.add.at(takes, (np.repeat(np.arange(len(takes)), np.diff(budgets.mode_ptr)), budgets.budget), budgets.taken)
    price = (takes / np.maximum(budgets.amount, 1)).sum(axis=1)
    owner = np.repeat(np.arange(problem.num_tasks), np.diff(modes.task_ptr))
    mode = np.lexsort((modes.run_seconds, price, owner))[modes.task_ptr[:-1]]
    mode = np.where(tasks.fixed_start >= 0, shortest, mode)
    left = budgets.amount - takes[mode[out == 0]].sum(axis=0)
    if (left < 0).any():
        return None
    won = (modes.run_seconds[mode] - modes.run_seconds[shortest]) / np.maximum(price[shortest] - price[mode], 1e-12)
    for t in np.argsort(-won, kind="stable").tolist():
        after = left + takes[mode[t]] - takes[shortest[t]]
        if won[t] > 0 and out[t] == 0 and (after >= 0).all():
            left, mode[t] = after, shortest[t]
    return mode


def _ask_cpsat(problem: Problem, shortest: Int64s, out: Int64s) -> tuple[Int64s, Int64s]:
    """The shortest modes in all that keep within budgets, with as few tasks left out as can be."""
    from ortools.sat.python import cp_model

    modes, budgets, tasks = problem.modes, problem.budgets, problem.tasks
    model, n = cp_model.CpModel(), problem.num_tasks
    chosen = [model.new_bool_var("") for _ in modes.run_seconds]
    is_in = [model.new_bool_var("") for _ in range(n)]
    pointer, optional = modes.task_ptr.tolist(), find_optional(problem)
    choice = tasks.choice if len(tasks.choice) else np.full(n, -1)
    for t in range(n):
        model.add(sum(chosen[pointer[t] : pointer[t + 1]]) == is_in[t])
        if tasks.fixed_start[t] >= 0:
            model.add(chosen[int(shortest[t])] == 1)
    for group in np.unique(choice[choice >= 0]).tolist():
        model.add(sum(is_in[t] for t in np.flatnonzero(choice == group).tolist()) <= 1)
    for t in np.flatnonzero(tasks.goes_with >= 0).tolist():
        model.add(is_in[t] == is_in[int(tasks.goes_with[t])])
    owner = np.repeat(np.arange(len(chosen)), np.diff(budgets.mode_ptr)).tolist()
    for b, amount in enumerate(budgets.amount.tolist()):
        rows = np.flatnonzero(budgets.budget == b).tolist()
        model.add(sum(int(budgets.taken[e]) * chosen[owner[e]] for e in rows) <= amount)
    worst = int(modes.run_seconds.sum()) + 1
    price = np.where(optional, worst // 2 + 1, worst)
    model.maximize(
        sum(int(p) * x for p, x in zip(price, is_in, strict=True))
        - sum(int(run) * x for run, x in zip(modes.run_seconds, chosen, strict=True))
    )
    solver = cp_model.CpSolver()
    solver.parameters.num_workers, solver.parameters.max_deterministic_time = 1, CPSAT_SECONDS
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return shortest, np.where(tasks.fixed_start < 0, 2, out)
    mode, out = shortest.copy(), np.zeros(n, np.int64)
    kept = {int(choice[t]) for t in range(n) if choice[t] >= 0 and solver.boolean_value(is_in[t])}
    for t in range(n):
        if solver.boolean_value(is_in[t]):
            mode[t] = next(m for m in range(pointer[t], pointer[t + 1]) if solver.boolean_value(chosen[m]))
        elif optional[t] or int(choice[t]) in kept:
            out[t] = 1
        else:
            out[t] = 2
            if choice[t] >= 0:  # of a choice that nobody can afford, one counts as not placed
                kept.add(int(choice[t]))
    follow_chosen(problem, out)
    return mode, out


def list_keys(serial: Serial) -> list[tuple[str, Floats]]:
    """List keys by which tasks come, the most promising first: a name and the key of each task."""
    problem, plant = serial.problem, serial.plant
    jobs, job, task = problem.jobs, problem.tasks.job.astype(np.int64), plant.task[:-1]
    place = order_tasks(problem).astype(np.float64) / max(problem.num_tasks, 1)
    due = np.minimum(jobs.due, jobs.deadline if len(jobs.deadline) else FAR_FUTURE)[job].astype(np.float64)
    latest = due[due < FAR_FUTURE].max(initial=0.0) + 1e6
    due = np.minimum(due, latest)
    tail, work = task["tail"], np.maximum(_mean_work(problem), 1.0)
    total = np.zeros(problem.num_jobs)
    np.maximum.at(total, job, task["release"] + tail)
    weighed = np.bincount(job, work, minlength=problem.num_jobs) / np.maximum(jobs.weight, 1e-9)
    family = problem.tasks.family + 1.0
    span = float(np.sum(work)) / max(problem.num_resources, 1)
    bucket = np.floor((due - tail) / max(span / 8, 1.0))
    keys = [
        ("slack", due - tail),
        ("due date", due + place),
        ("job after job", total[job] + due + place),
        ("families", bucket + family / (family.max(initial=0.0) + 1.0)),
        ("longest first", -tail),
        ("release", task["release"] + place),
        ("most weight", weighed[job] + place),
        ("shortest first", work),
    ]
    if len(problem.previous.start):
        before = problem.previous.start.astype(np.float64)
        keys.insert(0, ("as before", np.where(before >= 0, before, before.max(initial=0.0) + place)))
    return [(name, order_by_groups(serial, key)) for name, key in keys]


def order_by_groups(serial: Serial, key: Floats) -> Floats:
    """The key itself; where resources take the jobs in one order, a key by which whole jobs follow each other."""
    if not (serial.rules.resource["order_group"][:-1] >= 0).any():
        return key
    problem = serial.problem
    place = order_tasks(problem).astype(np.float64) / max(problem.num_tasks, 1)
    return _by_jobs(key, problem.tasks.job.astype(np.int64), place)


def _mean_work(problem: Problem) -> Floats:
    modes = problem.modes
    work = (modes.run_seconds + modes.setup_seconds).astype(np.float64)
    if not problem.num_tasks:
        return work
    result: Floats = np.add.reduceat(work, modes.task_ptr[:-1]) / np.diff(modes.task_ptr)
    return result


def _by_jobs(key: Floats, job: Int64s, place: Floats) -> Floats:
    """One job after the other, by the smallest key of each: resources of a group take them in one order then."""
    least = np.full(int(job.max(initial=-1)) + 1, np.inf)
    np.minimum.at(least, job, key)
    number = np.empty(len(least))
    number[np.argsort(least, kind="stable")] = np.arange(len(least))
    result: Floats = number[job] + place
    return result


def rank_keys(key: Floats) -> Int64s:
    """Ranks of keys, ties by number."""
    rank = np.empty(len(key), np.int64)
    rank[np.argsort(key, kind="stable")] = np.arange(len(key))
    return rank


def make_genes(serial: Serial, base: Int64s, out: Int64s) -> Genes:
    """Make genes with any mode and no wishes; ranks are to be filled in."""
    n = serial.problem.num_tasks
    before = serial.problem.previous.start
    floor = np.maximum(before, 0) if len(before) else np.zeros(n, np.int64)
    return Genes(np.arange(n), np.full(n, -1), base.copy(), floor.astype(np.int64), out.copy())


def read_genes(genes: Genes, schedule: Schedule) -> None:
    """Take order, modes and what is left out over from a schedule in which all is placed."""
    is_in = schedule.mode >= 0
    last = schedule.start.max(initial=0) + 1
    genes.rank[:] = rank_keys(np.where(is_in, schedule.start, last).astype(np.float64))
    genes.mode[:] = np.where(is_in, schedule.mode, -1)
    genes.base[:] = np.where(is_in, schedule.mode, genes.base)
    genes.is_out[:] = np.where(schedule.mode == SKIPPED, 1, np.where(genes.is_out == 2, 2, 0))
