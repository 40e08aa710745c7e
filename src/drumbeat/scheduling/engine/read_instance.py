"""Read published benchmark instances: text in, problem out. Makespan is their objective; one unit = one second."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Int32s, Int64s
from drumbeat.basics.findings import Finding, InputError
from drumbeat.scheduling.engine.objective import Objective
from drumbeat.scheduling.engine.problem import FAR_FUTURE, FINISH_START, Jobs, Links, Modes, Problem, Resources, Tasks


def _numbers(text: str, name: str) -> list[list[int]]:
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split("#")[0].split()
        if not words:
            continue
        try:
            rows.append(_whole(words))
        except (ValueError, OverflowError):
            rule, remedy = "every word of an instance is a number", "Remove what is not part of the format"
            raise InputError(Finding(name, rule, remedy, row=number, value=line.strip()[:60])) from None
    if not rows or len(rows[0]) < 2:
        rule, remedy = "an instance starts with the numbers of jobs and machines", "Check that this is the right format"
        raise InputError(Finding(name, rule, remedy, row=1))
    return rows


def _whole(words: list[str]) -> list[int]:
    try:
        return list(map(int, words))
    except ValueError:  # 3.0, as some publish
        return [int(float(word)) for word in words]


def _refuse(name: str, row: int, rule: str) -> InputError:
    return InputError(Finding(name, rule, "Check that this is the right format", row=row))


def read_jsp(text: str, name: str = "jsp") -> Problem:
    """Read a job shop in the standard format: "n m", then for each job its (machine, duration) pairs, 0-based.

    A line may end in "-1 -1" (re-entrant sets), and the numbers of operations of jobs may differ.

    Raises
    ------
    InputError
        Where a word is not a number, a job is missing, or a machine does not exist.
    """
    rows = _numbers(text, name)
    num_jobs, num_machines = rows[0][:2]
    if len(rows) < num_jobs + 1:
        raise _refuse(name, len(rows), f"there are {num_jobs} jobs, one a line")
    pairs = []
    for j, row in enumerate(rows[1 : num_jobs + 1], 2):
        rule = f"a job is pairs of a machine below {num_machines} and a duration of 0 or more"
        if len(row) % 2:
            raise _refuse(name, j, rule)
        try:
            job = np.array(row, dtype=np.int64).reshape(-1, 2)
        except OverflowError:
            raise _refuse(name, j, rule) from None
        job = job[job[:, 0] >= 0]
        if (job[:, 0] >= num_machines).any() or (job[:, 1] < 0).any():
            raise _refuse(name, j, rule)
        pairs.append(job)
    joined = np.concatenate(pairs) if pairs else np.zeros((0, 2), np.int64)
    job_of = np.repeat(np.arange(len(pairs), dtype=np.int32), [len(job) for job in pairs])
    ones = np.ones(len(joined), np.int64)
    return make_chain_problem(job_of, ones, joined[:, 0], joined[:, 1], num_machines, num_jobs)


def read_fjsp(text: str, name: str = "fjsp") -> Problem:
    """Read a flexible job shop: "n m", then for each job its number of operations and for each of those the number
    of alternatives and their (machine, duration) pairs, machines 1-based.

    Raises
    ------
    InputError
        Where a word is not a number, a job is missing or too short, or a machine does not exist.
    """
    rows = _numbers(text, name)
    num_jobs, num_machines = rows[0][:2]
    if len(rows) < num_jobs + 1:
        raise _refuse(name, len(rows), f"there are {num_jobs} jobs, one a line")
    routes = []
    for j, row in enumerate(rows[1 : num_jobs + 1], 2):
        route, i = [], 1
        for _ in range(row[0]):
            count = row[i] if i < len(row) else 0
            pairs = [(row[i + 1 + 2 * a] - 1, row[i + 2 + 2 * a]) for a in range(count) if i + 2 + 2 * a < len(row)]
            if not pairs or len(pairs) < count or any(not 0 <= m < num_machines or run < 0 for m, run in pairs):
                raise _refuse(name, j, f"each operation has alternatives on machines 1 to {num_machines}")
            route.append(pairs)
            i += 1 + 2 * count
        routes.append(route)
    return make_shop_problem(routes, num_machines)


def make_shop_problem(routes: list[list[list[tuple[int, int]]]], num_machines: int) -> Problem:
    """Make a makespan problem of jobs, each a chain of operations, each with (machine, seconds) alternatives."""
    job = np.array([j for j, route in enumerate(routes) for _ in route], dtype=np.int32)
    operations = [operation for route in routes for operation in route]
    sizes = np.array([len(operation) for operation in operations], dtype=np.int64)
    pairs = np.array([pair for operation in operations for pair in operation], dtype=np.int64).reshape(-1, 2)
    return make_chain_problem(job, sizes, pairs[:, 0], pairs[:, 1], num_machines, len(routes))


def make_chain_problem(
    job: Int32s, num_modes: Int64s, machine: Int64s, run_seconds: Int64s, num_machines: int, num_jobs: int
) -> Problem:
    """Make a makespan problem of arrays: tasks sorted by job, each with `num_modes` machines one after the other."""
    n, m = len(job), len(machine)
    keys = np.array([f"J{j + 1}" for j in range(num_jobs)], dtype=np.object_)
    before = np.flatnonzero(job[1:] == job[:-1]).astype(np.int32)
    task_ptr = np.concatenate(([0], np.cumsum(num_modes))).astype(np.int64)
    far = np.full(num_jobs, FAR_FUTURE, np.int64)
    return Problem(
        Jobs(keys, far, np.ones(num_jobs), np.zeros(num_jobs, np.int64)),
        Tasks(
            np.arange(n).astype(np.object_),
            job,
            np.zeros(n, np.int64),
            np.full(n, -1, np.int32),
            np.zeros(n, bool),
            np.full(n, -1, np.int64),
            np.full(n, -1, np.int32),
        ),
        Modes(
            task_ptr,
            run_seconds.astype(np.int64),
            np.zeros(m, np.int64),
            np.arange(m + 1, dtype=np.int64),
            machine.astype(np.int32),
            np.ones(m, np.int32),
        ),
        Resources(
            np.array([f"M{i + 1}" for i in range(num_machines)], dtype=np.object_),
            np.full(num_machines, -1, np.int32),
            np.ones(num_machines, np.int32),
            np.full(num_machines, -1, np.int32),
            np.full(num_machines, -1, np.int32),
        ),
        Links(
            before, before + np.int32(1), np.full(len(before), FINISH_START, np.int32), np.zeros(len(before), np.int64)
        ),
        objective=Objective(tardiness=0.0, makespan=1.0),
    )
