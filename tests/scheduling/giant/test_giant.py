"""Job shops of ten thousand tasks and more: feasible whatever they look like, and at the bound where it can be met."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drumbeat.basics.findings import InputError
from drumbeat.basics.streams import luck_of, uniform
from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.features import describe
from drumbeat.scheduling.engine.giant.bound_makespan import bound_makespan
from drumbeat.scheduling.engine.giant.chains import find_least_heads, find_least_tails
from drumbeat.scheduling.engine.giant.run_chains import run_chains
from drumbeat.scheduling.engine.giant.solve_giant import is_chain_shop, is_giant, lay_out, make_schedule, solve_giant
from drumbeat.scheduling.engine.portfolio import choose_method
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.read_instance import make_chain_problem, make_shop_problem, read_jsp
from drumbeat.scheduling.engine.search import Search


def make_square(num_jobs: int, num_machines: int, seed: int = 1) -> Problem:
    """Every job visits every machine once, in its own order, for 1 to 99 seconds."""
    luck, size = np.uint64(luck_of(seed, 0)), num_jobs * num_machines
    drawn = np.array([[uniform(luck, np.uint64(i), purpose, 0) for i in range(size)] for purpose in (1, 2)])
    machine = np.argsort(drawn[0].reshape(num_jobs, num_machines), axis=1).ravel()
    job = np.repeat(np.arange(num_jobs, dtype=np.int32), num_machines)
    run = 1 + np.floor(99 * drawn[1]).astype(np.int64)
    return make_chain_problem(job, np.ones(size, np.int64), machine, run, num_machines, num_jobs)


@st.composite
def chain_shops(draw):
    """Small re-entrant shops with releases; zero lengths too."""
    num_machines = draw(st.integers(1, 4))
    pairs = st.tuples(st.integers(0, num_machines - 1), st.integers(0, 9))
    routes = draw(st.lists(st.lists(pairs, min_size=1, max_size=5), min_size=1, max_size=5))
    problem = make_shop_problem([[[pair] for pair in route] for route in routes], num_machines)
    problem.tasks.release[:] = draw(
        st.lists(st.integers(0, 20), min_size=problem.num_tasks, max_size=problem.num_tasks)
    )
    return problem


def test_reading_a_job_shop():
    problem = read_jsp("2 2 # jobs, machines\n0 3 1 2.0\n\n1 4 -1 -1\n")
    assert problem.tasks.job.tolist() == [0, 0, 1]
    assert problem.modes.resource.tolist() == [0, 1, 1]
    assert problem.modes.run_seconds.tolist() == [3, 2, 4]
    assert problem.links.before.tolist() == [0]


@pytest.mark.parametrize("row", ["0 3 1", "2 3", "0 -3", "0 99999999999999999999", "0 x", "0 inf"])
def test_a_job_that_is_not_pairs_is_refused_by_its_row(row):
    with pytest.raises(InputError) as error:
        read_jsp(f"1 2\n{row}\n")
    assert error.value.findings.shown[0].row == 2


def test_heads_tails_and_bound_by_hand():
    chains = lay_out(make_shop_problem([[[(0, 3)], [(1, 2)]], [[(1, 4)], [(0, 1)]]], 2))
    assert find_least_heads(chains).tolist() == [0, 3, 0, 4]
    assert find_least_tails(chains).tolist() == [2, 0, 1, 0]
    # Machine 1: nothing before, 6 of work, nothing after.
    assert bound_makespan(chains) == 6


def test_the_smallest_key_goes_first():
    chains = lay_out(make_shop_problem([[[(0, 3)], [(1, 2)]], [[(0, 4)], [(1, 1)]]], 2))
    start = np.zeros(4, np.int64)
    assert run_chains(chains, np.array([1.0, 0.0, 0.0, 0.0]), False, start) == 9
    assert start.tolist() == [4, 7, 0, 4]
    # Mirrored: the second tasks start at once, the first of the second job waits for nobody.
    assert run_chains(chains, np.array([0.0, 0.0, 1.0, 1.0]), True, start) == 9
    assert start.tolist() == [2, 0, 5, 2]


@given(problem=chain_shops())
@settings(max_examples=100, deadline=None)
def test_whatever_is_dispatched_is_feasible_and_not_below_the_bound(problem):
    assert is_chain_shop(describe(problem))
    chains = lay_out(problem)
    start = np.zeros(problem.num_tasks, np.int64)
    end = run_chains(chains, -find_least_tails(chains).astype(np.float64), False, start)
    schedule = make_schedule(chains, start)
    assert not check_schedule(problem, schedule)
    assert schedule.end.max() == end >= bound_makespan(chains)


def test_links_in_any_order_are_chains():
    problem = make_square(5, 4)
    turned = np.arange(problem.num_tasks)[::-1]
    links = problem.links
    before, after = turned[links.before].astype(np.int32)[::-1], turned[links.after].astype(np.int32)[::-1]
    tasks, modes = problem.tasks, problem.modes
    other = Problem(
        problem.jobs,
        type(tasks)(*(getattr(tasks, name)[::-1] for name in ("keys", "job", "release", "family", "can_pause")),
                    tasks.fixed_start, tasks.fixed_mode),
        type(modes)(modes.task_ptr, modes.run_seconds[::-1].copy(), modes.setup_seconds, modes.resource_ptr,
                    modes.resource[::-1].copy(), modes.units),
        problem.resources,
        type(links)(before.copy(), after.copy(), links.kind, links.lag),
        objective=problem.objective,
    )  # fmt: skip
    chains = lay_out(other)
    start = np.zeros(20, np.int64)
    run_chains(chains, np.zeros(20), False, start)
    assert not check_schedule(other, make_schedule(chains, start))


def test_forty_times_more_jobs_than_machines_meet_the_bound():
    problem = make_square(1000, 25)
    assert is_giant(problem, describe(problem))
    assert choose_method(problem, describe(problem)).name == "giant job shop"
    search = Search(problem, 5.0, is_deterministic=True)
    solve_giant(search)
    result = search.result()
    assert result.is_optimal
    assert not check_schedule(problem, result.schedule)


def test_a_seed_and_a_budget_give_one_schedule():
    problem = make_square(100, 100)
    found = []
    for _ in range(2):
        search = Search(problem, 0.3, seed=3, is_deterministic=True)
        solve_giant(search)
        found.append(search.result())
    assert (found[0].schedule.start == found[1].schedule.start).all()
    assert found[0].bound <= found[0].worth.objective
    assert len(found[0].curve) > 1
