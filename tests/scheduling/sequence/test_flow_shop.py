"""Permutation flow shops: every order tried on small ones, published optima on large ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drumbeat.scheduling.engine.features import describe
from drumbeat.scheduling.engine.formats.read_flow import make_flow_problem, read_pfsp, read_tct_pfsp
from drumbeat.scheduling.engine.objective import Objective
from drumbeat.scheduling.engine.problem import FAR_FUTURE, Problem, Setups
from drumbeat.scheduling.engine.sequence.bound_flow import bound_flow
from drumbeat.scheduling.engine.sequence.flow_shop import find_flow_shop, time_flow
from drumbeat.scheduling.engine.sequence.improve_flow import BEST, CURRENT, build_flow
from drumbeat.scheduling.engine.sequence.solve_flow_shop import make_flow_data
from tests.scheduling.sequence.by_hand import find_best, pass_flow, solve_checked, weigh


@st.composite
def flow_problems(draw: st.DrawFn, no_wait: bool = False) -> tuple[Problem, np.ndarray | None]:
    """A flow shop of up to 5 jobs and 4 machines, and its setups if it has any."""
    n, m = draw(st.integers(1, 5)), draw(st.integers(2, 4))
    run = np.array(draw(st.lists(st.integers(0, 20), min_size=n * m, max_size=n * m))).reshape(n, m)
    problem = make_flow_problem(run)
    if no_wait:
        problem = replace(problem, links=replace(problem.links, most=np.zeros(n * (m - 1), np.int64)))
    if draw(st.booleans()):
        due = np.array(draw(st.lists(st.integers(0, 80) | st.just(FAR_FUTURE), min_size=n, max_size=n)), np.int64)
        weight = np.array(draw(st.lists(st.integers(1, 5), min_size=n, max_size=n)), np.float64)
        jobs = replace(problem.jobs, due=due, weight=weight)
        problem = replace(problem, jobs=jobs, objective=Objective())
    if draw(st.booleans()):
        return problem, None
    setup = np.array(draw(st.lists(st.integers(0, 15), min_size=n * n * m, max_size=n * n * m))).reshape(m, n, n)
    seconds = np.concatenate((setup, np.zeros((m, 1, n), np.int64)), axis=1).astype(np.int64)
    problem = replace(
        problem,
        tasks=replace(problem.tasks, family=problem.tasks.job.copy()),
        resources=replace(problem.resources, setup_matrix=np.arange(m, dtype=np.int32)),
        setups=Setups(seconds, problem.jobs.keys, is_ahead=True),
    )
    return problem, setup


@settings(max_examples=30, deadline=None)
@given(flow_problems())
def test_no_order_of_a_small_flow_shop_is_better(drawn: tuple[Problem, np.ndarray | None]) -> None:
    problem, setup = drawn
    run = problem.modes.run_seconds.reshape(problem.num_jobs, -1)
    best = find_best(problem, lambda order: pass_flow(run, order, setup))
    result = solve_checked(problem, "permutation flow shop")
    assert result.worth.objective * 3600 == pytest.approx(best)


@settings(max_examples=30, deadline=None)
@given(flow_problems(no_wait=True))
def test_no_order_of_a_small_no_wait_shop_is_better(drawn: tuple[Problem, np.ndarray | None]) -> None:
    problem, setup = drawn
    run = problem.modes.run_seconds.reshape(problem.num_jobs, -1)
    best = find_best(problem, lambda order: pass_flow(run, order, setup, no_wait=True))
    result = solve_checked(problem, "single machine")
    assert result.worth.objective * 3600 == pytest.approx(best)


@settings(max_examples=50, deadline=None)
@given(flow_problems(), st.permutations(range(5)))
def test_the_last_job_is_put_in_at_the_best_of_all_places(
    drawn: tuple[Problem, np.ndarray | None], drawn_order: list[int]
) -> None:
    problem, setup = drawn
    shop = find_flow_shop(problem, describe(problem))
    assert shop is not None
    n = problem.num_jobs
    rows, values = np.zeros((5, n), np.int64), np.zeros(3)
    rows[CURRENT] = [j for j in drawn_order if j < n]
    last = int(rows[CURRENT, -1])
    build_flow(make_flow_data(shop, np.uint64(7)), rows, values)
    ends, _ = time_flow(shop, rows[BEST])
    assert values[BEST] == pytest.approx(weigh(problem, ends[:, -1].tolist()))
    others = [j for j in rows[BEST].tolist() if j != last]
    places = [[*others[:i], last, *others[i:]] for i in range(n)]
    assert values[BEST] == pytest.approx(min(weigh(problem, pass_flow(shop.run, order, setup)) for order in places))


def test_two_machines_meet_johnsons_rule() -> None:
    # Johnson 1954: first the jobs that are shorter on the first machine, then the others by the second, falling.
    run = np.array([[3, 6], [5, 2], [1, 2], [6, 6], [7, 5]])
    result = solve_checked(make_flow_problem(run), "permutation flow shop")
    assert result.worth.makespan_hours * 3600 == 24


def test_bounds_are_those_of_a_machine_and_of_the_shortest_jobs() -> None:
    # Machine 2: 2 before it, 4 + 5 + 6 on it, 1 after it. All orders end later on other machines.
    makespan = read_pfsp("3 3 2 4 1 3 5 1 4 6 2")
    shop = find_flow_shop(makespan, describe(makespan))
    assert shop is not None
    assert bound_flow(shop) == 2 + 15 + 1
    total = read_tct_pfsp("2 2 1 5 2 3")
    shop = find_flow_shop(total, describe(total))
    assert shop is not None
    # Machine 2 begins after 1 and does 3, then 5: ends at 4 and 9.
    assert bound_flow(shop) == 4 + 9


@pytest.mark.parametrize(
    "change",
    [
        lambda p: replace(p, resources=replace(p.resources, order_group=np.array([0, 1], np.int32))),
        lambda p: replace(p, tasks=replace(p.tasks, release=p.tasks.release + 1)),
        lambda p: replace(p, objective=Objective(makespan=1.0)),
        lambda p: replace(p, links=replace(p.links, lag=p.links.lag + 1)),
        lambda p: replace(p, modes=replace(p.modes, setup_seconds=p.modes.setup_seconds + 1)),
        lambda p: replace(p, modes=replace(p.modes, run_seconds=p.modes.run_seconds + 2**29)),
    ],
)
def test_what_the_kernels_do_not_honour_is_left_to_others(change: object) -> None:
    problem = read_pfsp("2 2 1 2 3 4")
    assert find_flow_shop(problem, describe(problem)) is not None
    other = change(problem)  # type: ignore[operator]
    assert find_flow_shop(other, describe(other)) is None


def test_the_same_seed_gives_the_same_schedule() -> None:
    text = "20 5 " + " ".join(str(1 + (37 * i * i + 11 * i) % 97) for i in range(100))
    first, second = (solve_checked(read_tct_pfsp(text), "permutation flow shop", 0.3) for _ in range(2))
    assert first.schedule.start.tolist() == second.schedule.start.tolist()


@pytest.mark.parametrize(
    ("name", "seconds", "most"), [("pfsp/PFSP-26", 0.8, 2240), ("tct_pfsp/TCT-PFSP-19", 0.8, 20330)]
)
def test_published_flow_shops_are_solved(shared_data: Path, name: str, seconds: float, most: int) -> None:
    read = read_pfsp if name.startswith("pfsp") else read_tct_pfsp
    problem = read((shared_data / "scheduling" / f"{name}.txt").read_text())
    result = solve_checked(problem, "permutation flow shop", seconds)
    assert result.worth.objective * 3600 <= most + 0.5
