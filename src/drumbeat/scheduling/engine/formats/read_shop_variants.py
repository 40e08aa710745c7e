"""Read flexible job shops with setups by sequence, and those whose jobs are assembled: text in, problem out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from drumbeat.basics.arrays import Int32s
from drumbeat.basics.findings import Finding, InputError
from drumbeat.scheduling.engine.problem import FAR_FUTURE, FINISH_START, Jobs, Links, Problem, Setups
from drumbeat.scheduling.engine.read_instance import make_shop_problem, read_fjsp


def _refuse(name: str, row: int, rule: str) -> InputError:
    return InputError(Finding(name, rule, "Check that this is the right format", row=row))


def _rows(text: str, name: str) -> list[tuple[int, list[int]]]:
    """Numbers of each line that holds any, with the line's number; comments begin with "#"."""
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split("#")[0].split()
        try:
            values = [int(float(word)) for word in words]
        except ValueError:
            raise _refuse(name, number, "every word of an instance is a number") from None
        if values:
            rows.append((number, values))
    return rows


def read_fjsp_sdst(text: str, name: str = "fjsp_sdst") -> Problem:
    """Read a flexible job shop with setups: the flexible job shop, then for each machine a matrix of setup seconds.

    Row i and column j of a matrix are the setup when operation j follows operation i; the first operation on a machine
    needs none. Machines are set up while the piece of work is still elsewhere (`Setups.is_ahead`).

    Raises
    ------
    InputError
        Where the shop is wrong (`read_fjsp`) or the matrices are not one for each machine, of as many rows and columns
        as there are operations, of 0 or more.
    """
    rows = _rows(text, name)
    num_jobs = rows[0][1][0] if rows else 0
    shop = read_fjsp("\n".join(" ".join(map(str, row)) for _, row in rows[: num_jobs + 1]), name)
    n, num_machines = shop.num_tasks, shop.num_resources
    matrices = rows[num_jobs + 1 :]
    rule = f"after the jobs come {num_machines} matrices of {n} rows of {n} setups, each 0 or more"
    for number, row in matrices:
        if len(row) != n or min(row) < 0:
            raise _refuse(name, number, rule)
    if len(matrices) != n * num_machines:
        raise _refuse(name, rows[-1][0], rule)
    seconds = np.zeros((num_machines, n + 1, n), np.int64)
    seconds[:, :n] = np.array([row for _, row in matrices], np.int64).reshape(num_machines, n, n)
    # Where an operation cannot come to a machine, its setups there are filled with a number that means nothing.
    owner = np.repeat(np.arange(n), np.diff(shop.modes.task_ptr))
    can = np.zeros((num_machines, n), bool)
    can[shop.modes.resource, owner] = True
    seconds[:, :n] *= can[:, :, None] & can[:, None, :]
    families = np.array([f"operation {t + 1}" for t in range(n)], dtype=np.object_)
    return replace(
        shop,
        tasks=replace(shop.tasks, family=np.arange(n, dtype=np.int32)),
        resources=replace(shop.resources, setup_matrix=np.arange(num_machines, dtype=np.int32)),
        setups=Setups(seconds, families, is_ahead=True),
    )


def read_fajsp(text: str, name: str = "fajsp") -> Problem:
    """Read a flexible job shop whose jobs branch and join: "operations precedences machines", then a line for each
    precedence (before, after), then for each operation its number of alternatives and (machine, duration) pairs; all
    counted from 0. Operations that hang together are a job.

    Raises
    ------
    InputError
        Where a word is not a number, a line is missing, or an operation or machine does not exist.
    """
    rows = _rows(text, name)
    if not rows or len(rows[0][1]) < 3:
        raise _refuse(name, 1, "an instance starts with the numbers of operations, precedences and machines")
    n, num_links, num_machines = rows[0][1][:3]
    if len(rows) < 1 + num_links + n:
        raise _refuse(name, rows[-1][0], f"there are {num_links} precedences and {n} operations, one a line")
    for number, row in rows[1 : 1 + num_links]:
        if len(row) != 2 or not all(0 <= task < n for task in row):
            raise _refuse(name, number, f"a precedence is two operations from 0 to {n - 1}")
    operations = []
    for number, row in rows[1 + num_links : 1 + num_links + n]:
        pairs = list(zip(row[1::2], row[2::2], strict=False))
        if row[0] < 1 or len(row) != 1 + 2 * row[0] or any(not 0 <= m < num_machines or run < 0 for m, run in pairs):
            raise _refuse(name, number, f"an operation has alternatives on machines 0 to {num_machines - 1}")
        operations.append([pairs])
    apart = make_shop_problem(operations, num_machines)
    before, after = np.array([row for _, row in rows[1 : 1 + num_links]], np.int32).reshape(-1, 2).T
    job = _find_jobs(n, before, after)
    count = int(job.max()) + 1 if n else 0
    return replace(
        apart,
        jobs=Jobs(
            apart.jobs.keys[:count], np.full(count, FAR_FUTURE, np.int64), np.ones(count), np.zeros(count, np.int64)
        ),
        tasks=replace(apart.tasks, job=job),
        links=Links(before, after, np.full(num_links, FINISH_START, np.int32), np.zeros(num_links, np.int64)),
    )


def _find_jobs(n: int, before: Int32s, after: Int32s) -> Int32s:
    """Number the groups of operations that hang together, by their first operation."""
    root = np.arange(n)
    while True:
        least = root.copy()
        np.minimum.at(least, before, root[after])
        np.minimum.at(least, after, root[before])
        least = least[least]
        if (least == root).all():
            numbers: Int32s = np.unique(root, return_inverse=True)[1].astype(np.int32)
            return numbers
        root = least
