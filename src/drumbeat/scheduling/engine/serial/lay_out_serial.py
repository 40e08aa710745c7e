"""Lay a problem of any kind out for the serial generation of schedules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from drumbeat.basics.arrays import Bools, Int64s
from drumbeat.scheduling.engine.event_heap import EVENT as HEAP
from drumbeat.scheduling.engine.plant.lay_out import lay_out
from drumbeat.scheduling.engine.plant.lines import make_lines
from drumbeat.scheduling.engine.plant.records import Plant, Records
from drumbeat.scheduling.engine.problem import FAR_FUTURE, Problem
from drumbeat.scheduling.engine.result import Schedule
from drumbeat.scheduling.engine.serial.records import (
    BATCH,
    MACHINE,
    MAX_HOURS,
    NEED,
    NUM_AT,
    NUM_FOUND,
    PLACED,
    RULE,
    SAVED,
    Board,
    Desk,
    Rules,
)
from drumbeat.scheduling.engine.shop import group_rows


def _wide(values: Any) -> Int64s:
    return np.asarray(values, dtype=np.int64)


def _or_else(values: Any, size: int, nothing: Any) -> Any:
    """A column that may be empty."""
    return values if len(values) else np.full(size, nothing)


def order_tasks(problem: Problem) -> Int64s:
    """Place of each task in an order that links allow, shape (T,)."""
    links, n = problem.links, problem.num_tasks
    pointer, order = group_rows(links.before, n)
    first, after = pointer.tolist(), links.after[order].tolist()
    left = np.bincount(links.after, minlength=n).tolist()
    row = [t for t in range(n) if not left[t]]
    for t in row:
        for other in after[first[t] : first[t + 1]]:
            left[other] -= 1
            if not left[other]:
                row.append(other)
    place = np.empty(n, np.int64)
    place[row] = np.arange(n)
    return place


def _find_clusters(problem: Problem, place: Int64s) -> tuple[Int64s, Int64s, Int64s, Int64s]:
    """Clusters of tasks that most-lags tie together, with whoever stands between them: the cluster of each task, their
    bounds, their tasks (forerunners first), and the number of links that come to each from outside."""
    links, n = problem.links, problem.num_tasks
    binds = problem.tasks.fixed_start[links.after] < 0
    before, after = links.before[binds], links.after[binds]
    tight = (_or_else(links.most, len(binds), FAR_FUTURE) < FAR_FUTURE)[binds]
    number, cluster = n, np.arange(n)
    if tight.any():
        from scipy.sparse import coo_matrix
        from scipy.sparse.csgraph import connected_components

        rows, columns = np.concatenate((before, after[tight])), np.concatenate((after, before[tight]))
        arcs = coo_matrix((np.ones(len(rows), np.int8), (rows, columns)), shape=(n, n))
        number, found = connected_components(arcs, directed=True, connection="strong")
        cluster = _wide(found)
    member = np.lexsort((place, cluster))
    bounds = np.searchsorted(cluster[member], np.arange(number + 1))
    outside = cluster[before] != cluster[after]
    ahead = np.bincount(cluster[after[outside]], minlength=number)
    return _wide(cluster), _wide(bounds), _wide(member), _wide(ahead)


def _list_fixed(problem: Problem, is_state: Bools, is_oven: Bools) -> tuple[Int64s, Int64s, Int64s, Int64s, int]:
    """Fixed tasks by start, then those of each machine whose state counts, one a batch; bounds of the latter for each
    resource; longest run and setup in the batch of each fixed task."""
    tasks, modes, n = problem.tasks, problem.modes, problem.num_tasks
    run, setup = np.zeros(n, np.int64), np.zeros(n, np.int64)
    fixed = np.flatnonzero(tasks.fixed_start >= 0)
    fixed = fixed[np.argsort(tasks.fixed_start[fixed], kind="stable")]
    lists: list[list[int]] = [[] for _ in range(problem.num_resources)]
    batches: dict[tuple[int, int, int], list[int]] = {}
    for t in fixed.tolist():
        mode = max(int(tasks.fixed_mode[t]), int(modes.task_ptr[t]))
        if modes.resource_ptr[mode] == modes.resource_ptr[mode + 1]:
            continue
        machine, family = int(modes.resource[modes.resource_ptr[mode]]), int(tasks.family[t])
        mates = batches.setdefault((machine, int(tasks.fixed_start[t]), family), []) if is_oven[machine] else []
        mates.append(t)
        if is_state[machine] and family >= 0 and len(mates) == 1:
            lists[machine].append(t)
    for mates in batches.values():
        chosen = np.maximum(tasks.fixed_mode[mates], modes.task_ptr[mates])
        run[mates], setup[mates] = modes.run_seconds[chosen].max(), modes.setup_seconds[chosen].max()
    bounds = len(fixed) + np.concatenate(([0], np.cumsum([len(own) for own in lists])))
    rows = np.concatenate((fixed, *(np.array(own, np.int64) for own in lists)))
    return _wide(rows), _wide(bounds), run, setup, len(fixed)


def _list_people(problem: Problem) -> tuple[Int64s, Int64s, Int64s, Int64s]:
    """First head of each task, the skill of each head, and the people of each skill, those who know least first."""
    skills = problem.skills
    count = np.zeros(problem.num_tasks, np.int64)
    if len(skills.task_ptr):
        np.add.at(count, np.repeat(np.arange(problem.num_tasks), np.diff(skills.task_ptr)), skills.count)
    known = np.bincount(skills.worker, minlength=problem.num_resources)
    skill = np.repeat(np.arange(len(skills.keys)), np.diff(skills.worker_ptr))
    worker = skills.worker[np.lexsort((skills.worker, known[skills.worker], skill))]
    head_skill = np.repeat(skills.skill, skills.count)
    return np.concatenate(([0], np.cumsum(count))), _wide(head_skill), _wide(skills.worker_ptr), _wide(worker)


def lay_out_rules(problem: Problem, plant: Plant) -> tuple[Plant, Rules]:
    """Lay out what plants seldom have.

    Parameters
    ----------
    problem
        A problem without errors (`check_problem`).
    plant
        It laid out without lines.

    Returns
    -------
    tuple
        The plant, with ovens that hold one batch at a time, and the rules.
    """
    resources, num = problem.resources, problem.num_resources
    is_oven = _or_else(resources.is_batch, num, False)
    most = _or_else(resources.most_campaign, num, FAR_FUTURE)
    is_state = (resources.setup_matrix >= 0) | (most < FAR_FUTURE)
    cluster, cluster0, member, ahead = _find_clusters(problem, order_tasks(problem))
    fixed, fixed0, oven_run, oven_setup, num_fixed = _list_fixed(problem, is_state, is_oven)
    head0, head_skill, worker0, worker = _list_people(problem)
    rule = np.zeros(num + 1, RULE)
    group = _or_else(resources.order_group, num, -1)
    numbers = np.unique(group[group >= 0])
    columns = {
        "is_oven": is_oven, "is_state": is_state, "room": resources.capacity, "calendar": resources.calendar,
        "most_campaign": most, "clean": _or_else(resources.clean_seconds, num, 0),
        "order_group": np.where(group >= 0, np.searchsorted(numbers, group), -1),
    }  # fmt: skip
    for name, values in columns.items():
        rule[name][:num] = values
    rule["fixed0"] = fixed0
    need = np.zeros(problem.num_tasks + 1, NEED)
    need["head0"], need["cluster"][:-1] = head0, cluster
    need["is_optional"][:-1] = find_optional(problem)
    entry, resource = plant.entry.copy(), plant.resource.copy()
    entry["units"][is_oven[entry["resource"]]] = 1
    ovens = np.flatnonzero(is_oven)
    resource["capacity"][ovens], resource["calendar"][ovens], resource["varies"][ovens] = 1, -1, 0
    budgets = problem.budgets
    budget0 = budgets.mode_ptr if len(budgets.mode_ptr) else np.zeros(len(problem.modes.run_seconds) + 1, np.int64)
    amount = budgets.amount if len(budgets.taken) else budgets.amount[:0]
    rules = Rules(
        rule, need, plant.entry["units"].copy(), head_skill, worker0, worker, cluster0, member, ahead, fixed,
        oven_run, oven_setup, _wide(budget0), _wide(budgets.budget), _wide(budgets.taken), _wide(amount),
        num_fixed, problem.num_jobs,
    )  # fmt: skip
    return plant._replace(entry=entry, resource=resource), rules


def find_optional(problem: Problem) -> Bools:
    """Which tasks may be left out at a cost, whatever others are."""
    tasks, n = problem.tasks, problem.num_tasks
    is_free = (_or_else(tasks.choice, n, -1) < 0) & (tasks.fixed_start < 0)
    result: Bools = is_free & np.isfinite(_or_else(tasks.skip_cost, n, np.inf))
    return result


def make_board(plant: Plant, rules: Rules) -> Board:
    """Make a board; `decode` clears it."""
    lines, n, num = make_lines(plant), len(plant.task) - 1, len(plant.resource) - 1
    has_groups = bool((rules.resource["order_group"][:-1] >= 0).any())
    num_groups = int(rules.resource["order_group"][:-1].max(initial=-1)) + 1
    has_ovens = bool(rules.resource["is_oven"].any())
    num_batches = n + 1 if has_ovens else 1
    return Board(
        np.zeros(n, PLACED), lines.size, lines.step, lines.leaf, lines.material, lines.event,
        np.zeros(num, MACHINE), np.zeros(num_batches, BATCH), np.zeros(MAX_HOURS * num_batches, np.int64),
        np.full(len(rules.head_skill), -1), np.zeros(len(rules.amount), np.int64),
        np.zeros(len(rules.fixed), np.int64), np.zeros(num * rules.num_jobs if has_groups else 1, np.int64),
        np.zeros(max(num_groups * rules.num_jobs, 1), np.int64), np.zeros(n + 1, SAVED), np.zeros(4, np.int64),
    )  # fmt: skip


def make_desk(plant: Plant, rules: Rules) -> Desk:
    """Make room to work; one a thread."""
    n, num = len(plant.task) - 1, len(plant.resource) - 1
    heads = int(np.diff(rules.task["head0"]).max(initial=0)) + 1

    def room(size: int) -> Int64s:
        return np.zeros(size, np.int64)

    return Desk(
        room(NUM_AT), room(NUM_FOUND), room(NUM_FOUND), room(heads), room(heads), room(heads + MAX_HOURS + 8),
        room(num + 1), room(num + 1), room(2 * num + 2), room(2 * heads + 2), np.zeros(n + 2, HEAP), room(2),
        room(n + 1), room(n + 1), room(n + 1),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Serial:
    """A problem laid out; share it between threads."""

    problem: Problem
    plant: Plant
    rules: Rules

    @classmethod
    def of(cls, problem: Problem) -> Serial:
        """Lay a problem without errors out."""
        plant, rules = lay_out_rules(problem, lay_out(problem, has_lines=False))
        return cls(problem, plant, rules)

    def read_board(self, board: Board) -> Schedule:
        """Return what stands on a board; absent tasks are `UNSCHEDULED`."""
        task: Records = board.task
        start, end = task["start"].copy(), task["end"].copy()
        out = task["mode"] < 0
        start[out] = end[out] = -1
        team = np.where(np.repeat(out, np.diff(self.rules.task["head0"])), -1, board.team).astype(np.int32)
        return Schedule(task["mode"].astype(np.int32), start, task["setup"].copy(), end, team)
