"""Read published flow shops and parallel machines: one unit is one second.

All begin with the number of jobs, n, and of machines, m; then come n rows of m durations. What stands between or
after is said at each reader.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from drumbeat.basics.arrays import Int64s
from drumbeat.scheduling.engine.formats.read_numbers import check_table, read_numbers, refuse
from drumbeat.scheduling.engine.objective import Objective
from drumbeat.scheduling.engine.problem import Problem, Setups
from drumbeat.scheduling.engine.read_instance import make_chain_problem


def _read_head(numbers: Int64s, name: str) -> tuple[int, int]:
    if len(numbers) < 2 or numbers[:2].min() < 1:
        raise refuse(name, "an instance begins with its numbers of jobs and of machines, both above 0")
    return int(numbers[0]), int(numbers[1])


def _read_table(numbers: Int64s, name: str) -> tuple[Int64s, Int64s]:
    """Durations, shape (n, m), and what follows them."""
    n, m = _read_head(numbers, name)
    table = check_table(name, numbers[2:], n * m, "durations").reshape(n, m)
    return table, numbers[2 + n * m :]


def make_flow_problem(durations: Int64s) -> Problem:
    """Make a permutation flow shop for makespan: all machines take the jobs in one order.

    Parameters
    ----------
    durations
        Shape (n, m): seconds of each job on each machine, in the order of the route.
    """
    n, m = durations.shape
    job = np.repeat(np.arange(n, dtype=np.int32), m)
    machine = np.tile(np.arange(m), n)
    problem = make_chain_problem(job, np.ones(n * m, np.int64), machine, durations.ravel(), m, n)
    return replace(problem, resources=replace(problem.resources, order_group=np.zeros(m, np.int32)))


def _aim_at_dates(problem: Problem, due: Int64s) -> Problem:
    jobs = replace(problem.jobs, due=due.astype(np.int64))
    return replace(problem, jobs=jobs, objective=Objective(tardiness=1.0))


def read_pfsp(text: str, name: str = "pfsp") -> Problem:
    """Read a permutation flow shop: makespan.

    Raises
    ------
    InputError
        Where a word is no whole number, a duration is missing or negative.
    """
    return make_flow_problem(_read_table(read_numbers(text, name), name)[0])


def read_nw_pfsp(text: str, name: str = "nw_pfsp") -> Problem:
    """Read a no-wait flow shop: makespan; each job goes from machine to machine without waiting.

    Raises
    ------
    InputError
        As `read_pfsp`.
    """
    problem = read_pfsp(text, name)
    return replace(problem, links=replace(problem.links, most=np.zeros(len(problem.links.before), np.int64)))


def read_tct_pfsp(text: str, name: str = "tct_pfsp") -> Problem:
    """Read a permutation flow shop for the total of completion times: tardiness against due times of 0.

    Raises
    ------
    InputError
        As `read_pfsp`.
    """
    problem = read_pfsp(text, name)
    return _aim_at_dates(problem, np.zeros(problem.num_jobs, np.int64))


def read_tt_pfsp(text: str, name: str = "tt_pfsp") -> Problem:
    """Read a permutation flow shop for total tardiness: n due times stand before the durations.

    Raises
    ------
    InputError
        As `read_pfsp`, and where due times are missing or negative.
    """
    numbers = read_numbers(text, name)
    n, _ = _read_head(numbers, name)
    due = check_table(name, numbers[2:], n, "due times")
    table, _ = _read_table(np.concatenate((numbers[:2], numbers[2 + n :])), name)
    return _aim_at_dates(make_flow_problem(table), due)


def read_sdst_pfsp(text: str, name: str = "sdst_pfsp") -> Problem:
    """Read a permutation flow shop with setups: makespan.

    After the durations come m matrices of n rows and n columns: the setup on a machine from the row's job to the
    column's. The first job needs none, and machines are set up before the piece of work has come.

    Raises
    ------
    InputError
        As `read_pfsp`, and where setups are missing or negative.
    """
    durations, rest = _read_table(read_numbers(text, name), name)
    n, m = durations.shape
    seconds = np.zeros((m, n + 1, n), np.int64)
    seconds[:, :n] = check_table(name, rest, m * n * n, "setup times").reshape(m, n, n)
    problem = make_flow_problem(durations)
    return replace(
        problem,
        tasks=replace(problem.tasks, family=problem.tasks.job.copy()),
        resources=replace(problem.resources, setup_matrix=np.arange(m, dtype=np.int32)),
        setups=Setups(seconds, problem.jobs.keys, is_ahead=True),
    )


def read_hfsp(text: str, name: str = "hfsp") -> Problem:
    """Read a hybrid flow shop: makespan; the second number is that of stages, the third line says how many machines,
    all alike, stand at each, and then come n rows with a duration for each stage.

    Raises
    ------
    InputError
        Where a word is no whole number, a stage has no machine, a duration is missing or negative.
    """
    numbers = read_numbers(text, name)
    n, stages = _read_head(numbers, name)
    count = check_table(name, numbers[2:], stages, "numbers of machines")
    if count.min() < 1:
        raise refuse(name, "each stage has a machine", int(count.min()))
    durations, _ = _read_table(np.concatenate((numbers[:2], numbers[2 + stages :])), name)
    machines = np.arange(int(count.sum()))
    job = np.repeat(np.arange(n, dtype=np.int32), stages)
    run = np.repeat(durations.ravel(), np.tile(count, n))
    return make_chain_problem(job, np.tile(count, n), np.tile(machines, n), run, int(count.sum()), n)


def read_pmp(text: str, name: str = "pmp") -> Problem:
    """Read unrelated parallel machines: makespan; each job runs once, on any machine, each with its duration.

    Raises
    ------
    InputError
        As `read_pfsp`.
    """
    durations, _ = _read_table(read_numbers(text, name), name)
    n, m = durations.shape
    job = np.arange(n, dtype=np.int32)
    return make_chain_problem(job, np.full(n, m, np.int64), np.tile(np.arange(m), n), durations.ravel(), m, n)
