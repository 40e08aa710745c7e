"""Read published single machines with weighted tardiness: one unit is one second."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from drumbeat.basics.arrays import Int64s
from drumbeat.scheduling.engine.formats.read_numbers import check_table, read_numbers, refuse
from drumbeat.scheduling.engine.objective import Objective
from drumbeat.scheduling.engine.problem import FAR_FUTURE, Problem, Setups
from drumbeat.scheduling.engine.read_instance import make_chain_problem

BLOCKS = 125
"""Instances in a file of the OR-Library."""


def make_single_problem(run: Int64s, weight: Int64s, due: Int64s) -> Problem:
    """Make a single machine for total weighted tardiness; arrays of shape (n,), times in seconds.

    A job without weight has no due time instead.
    """
    n = len(run)
    job = np.arange(n, dtype=np.int32)
    problem = make_chain_problem(job, np.ones(n, np.int64), np.zeros(n, np.int64), run, 1, n)
    counts = weight > 0
    jobs = replace(
        problem.jobs,
        weight=np.where(counts, weight, 1).astype(np.float64),
        due=np.where(counts, due, FAR_FUTURE).astype(np.int64),
    )
    return replace(problem, jobs=jobs, objective=Objective(tardiness=1.0))


def read_smtwt(text: str, number: int, name: str = "smtwt") -> Problem:
    """Read one of the OR-Library's single machines for total weighted tardiness.

    Parameters
    ----------
    text
        A whole file: 125 instances, each n processing times, n weights and n due times.
    number
        Which of them, from 1.
    name
        For messages.

    Raises
    ------
    InputError
        Where a word is no whole number, the file does not hold 125 instances, or a number is negative.
    """
    numbers = read_numbers(text, name)
    n = len(numbers) // (3 * BLOCKS)
    if not n or len(numbers) != 3 * BLOCKS * n:
        raise refuse(name, f"a file holds {BLOCKS} instances of one size, each of three lists", len(numbers))
    if not 1 <= number <= BLOCKS:
        raise refuse(name, f"instances are numbered from 1 to {BLOCKS}", number)
    block = numbers[3 * n * (number - 1) : 3 * n * number]
    run, weight, due = check_table(name, block, 3 * n, "times and weights").reshape(3, n)
    return make_single_problem(run, weight, due)


def read_smtwt_sdst(text: str, name: str = "smtwt_sdst") -> Problem:
    """Read a single machine with setups for total weighted tardiness, in Cicirello's format.

    Headed lists of process times, weights, due dates and setup times; a setup is "from to seconds", jobs counted from
    0, and from -1 before the first.

    Raises
    ------
    InputError
        Where a list is missing or too short, a word is no whole number, or a job does not exist.
    """
    size = re.search(r"Problem Size:\s*(\d+)", text)
    heads = ("Process Times:", "Weights:", "Duedates:", "Setup Times:", "End Problem Specification")
    places = [text.find(head) for head in heads]
    if size is None or min(places) < 0 or places != sorted(places):
        raise refuse(name, f"an instance has a problem size and then, in this order: {' '.join(heads)}")
    n = int(size[1])
    parts = [
        read_numbers(text[a + len(head) : b], name)
        for head, a, b in zip(heads[:-1], places[:-1], places[1:], strict=True)
    ]
    run, weight, due = (check_table(name, part, n, what) for part, what in zip(parts, heads[:3], strict=False))
    if len(parts[3]) % 3:
        raise refuse(name, "a setup is three numbers: from, to, seconds", len(parts[3]))
    before, after, seconds = parts[3].reshape(-1, 3).T
    if len(seconds) and (
        before.min() < -1 or max(before.max(), after.max()) >= n or min(after.min(), seconds.min()) < 0
    ):
        raise refuse(name, f"setups are between jobs below {n}, and 0 or more")
    matrix = np.zeros((1, n + 1, n), np.int64)
    matrix[0, np.where(before < 0, n, before), after] = seconds
    problem = make_single_problem(run, weight, due)
    return replace(
        problem,
        tasks=replace(problem.tasks, family=problem.tasks.job.copy()),
        resources=replace(problem.resources, setup_matrix=np.zeros(1, np.int32)),
        setups=Setups(matrix, problem.jobs.keys),
    )
