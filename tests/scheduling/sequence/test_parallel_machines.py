"""Parallel machines: all assignments tried on small ones, near the published bounds on large ones."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drumbeat.scheduling.engine.features import describe
from drumbeat.scheduling.engine.formats.read_flow import read_pmp
from drumbeat.scheduling.engine.objective import Objective
from drumbeat.scheduling.engine.read_instance import make_chain_problem
from drumbeat.scheduling.engine.sequence.parallel_machines import NEVER, find_parallel_machines
from drumbeat.scheduling.engine.sequence.share_by_lp import share_by_lp
from tests.scheduling.sequence.by_hand import solve_checked


def find_least_load(run: np.ndarray) -> int:
    n, m = run.shape
    return min(
        max(sum(int(run[j, i]) for j, i in enumerate(chosen) if i == machine) for machine in range(m))
        for chosen in product(range(m), repeat=n)
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 6), st.integers(2, 3), st.data())
def test_no_assignment_of_few_jobs_is_better(n: int, m: int, data: st.DataObject) -> None:
    run = np.array(data.draw(st.lists(st.integers(0, 30), min_size=n * m, max_size=n * m))).reshape(n, m)
    result = solve_checked(read_pmp(f"{n} {m} " + " ".join(map(str, run.ravel()))), "parallel machines")
    assert result.worth.makespan_hours * 3600 == pytest.approx(find_least_load(run))


def test_jobs_stay_on_the_machines_that_can_do_them() -> None:
    # Jobs 0 and 1 only on machine 0, job 2 on either: 4 + 5 there, 7 on the other.
    sizes, machine, run = np.array([1, 1, 2]), np.array([0, 0, 0, 1]), np.array([4, 5, 1, 7])
    problem = make_chain_problem(np.arange(3, dtype=np.int32), sizes, machine, run, 2, 3)
    machines = find_parallel_machines(problem, describe(problem))
    assert machines is not None
    assert machines.run.tolist() == [[4, NEVER], [5, NEVER], [1, 7]]
    result = solve_checked(problem, "parallel machines")
    assert result.worth.makespan_hours * 3600 == pytest.approx(9)
    assert result.is_optimal


def test_shares_are_a_bound() -> None:
    # One job of 6 on either of two machines is split in halves.
    found = share_by_lp(np.array([[6, 6]]))
    assert found is not None
    assert found[0] == pytest.approx(3)


def test_due_times_are_left_to_others() -> None:
    problem = read_pmp("2 2 1 2 3 4")
    assert find_parallel_machines(problem, describe(problem)) is not None
    late = replace(problem, objective=Objective())
    assert find_parallel_machines(late, describe(late)) is None


@pytest.mark.parametrize(("number", "known"), [(109, 490), (1006, 508)])
def test_published_machines_come_within_one_in_a_hundred(shared_data: Path, number: int, known: int) -> None:
    text = (shared_data / "scheduling" / "pmp_unrelated" / f"PMP-{number}.txt").read_text()
    result = solve_checked(read_pmp(text), "parallel machines", 1.0)
    assert result.worth.makespan_hours * 3600 <= 1.01 * known
