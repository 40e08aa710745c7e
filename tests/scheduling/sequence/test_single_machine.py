"""Single machines: every order tried on small ones, published optima on large ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drumbeat.scheduling.engine.features import describe
from drumbeat.scheduling.engine.formats.read_single import make_single_problem, read_smtwt, read_smtwt_sdst
from drumbeat.scheduling.engine.objective import Objective
from drumbeat.scheduling.engine.problem import Problem, Setups
from drumbeat.scheduling.engine.sequence.one_machine import find_line
from tests.scheduling.sequence.by_hand import find_best, pass_machine, solve_checked


@st.composite
def single_machines(draw: st.DrawFn) -> Problem:
    """A single machine of up to 6 jobs, with or without setups and releases, for tardiness or makespan."""
    n = draw(st.integers(1, 6))

    def numbers(most: int, size: int = n) -> np.ndarray:
        return np.array(draw(st.lists(st.integers(0, most), min_size=size, max_size=size)), np.int64)

    problem = make_single_problem(numbers(20), numbers(5), numbers(60))
    if draw(st.booleans()):
        seconds = numbers(25, (n + 1) * n).reshape(1, n + 1, n)
        problem = replace(
            problem,
            tasks=replace(problem.tasks, family=problem.tasks.job.copy()),
            resources=replace(problem.resources, setup_matrix=np.zeros(1, np.int32)),
            setups=Setups(seconds, problem.jobs.keys, is_ahead=draw(st.booleans())),
        )
        if seconds.any() and draw(st.booleans()):
            return replace(problem, objective=Objective(tardiness=0.0, makespan=1.0))
    if draw(st.booleans()):
        problem = replace(problem, tasks=replace(problem.tasks, release=numbers(40)))
    return problem


@settings(max_examples=40, deadline=None)
@given(single_machines())
def test_no_order_of_a_small_machine_is_better(problem: Problem) -> None:
    best = find_best(problem, lambda order: pass_machine(problem, order))
    result = solve_checked(problem, "single machine")
    assert result.worth.objective * 3600 == pytest.approx(best)


def test_weighted_shortest_time_first_where_all_is_late() -> None:
    # Smith 1956: by run / weight. 1 x 1, then 3 x 2 at 4, then 6 x 1 at 10: 1 + 8 + 10.
    problem = make_single_problem(np.array([6, 3, 1]), np.array([1, 2, 1]), np.array([0, 0, 0]))
    assert solve_checked(problem, "single machine").worth.objective * 3600 == pytest.approx(1 + 8 + 10)


def test_two_tasks_of_one_job_are_left_to_others() -> None:
    problem = make_single_problem(np.array([6, 3]), np.array([1, 2]), np.array([0, 0]))
    assert find_line(problem, describe(problem)) is not None
    joined = replace(problem, tasks=replace(problem.tasks, job=np.zeros(2, np.int32)))
    assert find_line(joined, describe(joined)) is None


@pytest.mark.parametrize(
    ("size", "number", "optimum"),
    [(40, 25, 128747), (40, 111, 31478), (50, 1, 2134), (50, 68, 92756), (100, 1, 5988), (100, 68, 399085)],
)
def test_published_optima_are_met_within_a_second(shared_data: Path, size: int, number: int, optimum: int) -> None:
    text = (shared_data / "scheduling" / "smtwt" / f"wt{size}.txt").read_text()
    result = solve_checked(read_smtwt(text, number), "single machine", 1.0)
    assert round(result.worth.objective * 3600) == optimum


@pytest.mark.parametrize("number", [12, 21])
def test_setups_that_leave_nobody_late_are_found(shared_data: Path, number: int) -> None:
    text = (shared_data / "scheduling" / "smtwt_sdst" / f"wt_sds_{number}.instance").read_text()
    result = solve_checked(read_smtwt_sdst(text), "single machine", 1.0)
    assert result.worth.objective == 0
    assert result.is_optimal
