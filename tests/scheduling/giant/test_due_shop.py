"""Shops with due dates: the timeline's arithmetic by hand, and whatever the search makes is feasible and adds up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.dispatch import Prepared, dispatch
from drumbeat.scheduling.engine.features import describe
from drumbeat.scheduling.engine.giant.due_shop import lay_out_due_shop, measure_lateness
from drumbeat.scheduling.engine.giant.ruin import make_pick, ruin_and_recreate
from drumbeat.scheduling.engine.giant.solve_due_shop import is_due_shop, solve_due_shop
from drumbeat.scheduling.engine.giant.timeline import fill_spans, make_timeline, shift_left, shift_right
from drumbeat.scheduling.engine.measure_worth import measure_worth
from drumbeat.scheduling.engine.objective import Objective
from drumbeat.scheduling.engine.portfolio import choose_method
from drumbeat.scheduling.engine.price_work import Policy, find_loads, price_work
from drumbeat.scheduling.engine.problem import FAR_FUTURE, Jobs, Problem
from drumbeat.scheduling.engine.read_instance import make_shop_problem
from drumbeat.scheduling.engine.search import Search
from drumbeat.scheduling.engine.solve_general import list_rules
from tests.scheduling.giant.test_giant import make_square


def with_dues(problem: Problem, due, weight=None, objective=None) -> Problem:
    """Give a makespan problem due dates and weights."""
    old = problem.jobs
    weight = np.ones(len(due)) if weight is None else np.asarray(weight, float)
    jobs = Jobs(old.keys, np.asarray(due, np.int64), weight, old.release)
    return replace(problem, jobs=jobs, objective=objective or Objective())


@st.composite
def due_shops(draw):
    """Small shops with alternatives, tasks of no length, assembly inside jobs, releases and due dates."""
    num_machines = draw(st.integers(1, 3))
    way = st.tuples(st.integers(0, num_machines - 1), st.integers(0, 6))
    step = st.lists(way, min_size=1, max_size=2)
    routes = draw(st.lists(st.lists(step, min_size=1, max_size=4), min_size=1, max_size=6))
    problem = make_shop_problem(routes, num_machines)
    dues = st.one_of(st.integers(0, 30), st.just(FAR_FUTURE))
    due = draw(st.lists(dues, min_size=len(routes), max_size=len(routes)))
    aim = draw(st.sampled_from([Objective(), Objective(tardiness=0.0, num_late=1.0), Objective(1.0, num_late=2.0)]))
    problem = with_dues(problem, due, objective=aim)
    n = problem.num_tasks
    problem.tasks.release[:] = draw(st.lists(st.integers(0, 9), min_size=n, max_size=n))
    links = problem.links
    kept = np.array(draw(st.lists(st.booleans(), min_size=len(links.before), max_size=len(links.before))), bool)
    return replace(problem, links=type(links)(links.before[kept], links.after[kept], links.kind[kept], links.lag[kept]))


def start_of(problem):
    """The due shop, and a first timeline of it."""
    shop, schedule = lay_out_due_shop(problem), dispatch(problem)
    way = np.array([np.flatnonzero(shop.mode == schedule.mode[t])[0] for t in shop.task], np.int32)
    return shop, make_timeline(shop, schedule.start[shop.task], way)


def read(problem, shop, line):
    """The schedule of a timeline."""
    schedule = dispatch(problem)
    schedule.mode[shop.task], schedule.start[shop.task] = shop.mode[line.way], line.at
    schedule.end[shop.task] = line.until
    return schedule


def test_shifts_by_hand():
    # Machine 0 does A1 then B1, machine 1 B2; A is due at 9, B at 4.
    problem = with_dues(make_shop_problem([[[(0, 2)]], [[(0, 3)], [(1, 1)]]], 2), [9, 4])
    shop = lay_out_due_shop(problem)
    line = make_timeline(shop, np.array([1, 4, 8]), np.arange(3, dtype=np.int32))
    shift_left(shop, line, np.arange(3))
    assert line.at.tolist() == [0, 2, 5]
    assert measure_lateness(shop, line.until) == pytest.approx(2 / 3600)
    shift_right(shop, line, np.arange(3))
    # B is late and keeps its end; A may not pass B on their machine.
    assert line.at.tolist() == [0, 2, 5]
    line = make_timeline(shop, np.array([3, 0, 3]), np.arange(3, dtype=np.int32))
    shift_right(shop, line, np.array([1, 0, 2]))
    assert line.at.tolist() == [7, 0, 3]


def test_priced_work_by_hand():
    problem = with_dues(make_shop_problem([[[(0, 4)], [(1, 2)]], [[(0, 4)]]], 2), [9, 4], [1.0, 2.0])
    prepared = Prepared.of(problem)
    loads = find_loads(prepared.shop)
    assert loads.tolist() == [1.0, 0.25, 0.0]
    policy = Policy(loads, np.array([5.0, 6.0, 7.0]))
    priced = price_work(prepared, policy)
    # 4 on the bottleneck and 2 at a quarter; then these 2; then 4 for a weight of 2.
    assert np.exp(-priced.shop.mode["value"][:-1]) == pytest.approx([4.5, 0.5, 2.0])
    assert priced.shop.task["tail"][:-1].tolist() == [5.0, 6.0, 7.0]
    # A wait of 3 adds 8.5 to each task, the mean priced task being 8.5 / 3.
    waiting = price_work(prepared, replace(policy, wait=3.0))
    assert np.exp(-waiting.shop.mode["value"][:-1]) == pytest.approx([21.5, 9.0, 6.25])
    # Over the task's own work in mean runs of 10 / 3; the last tasks of a job count twice.
    short = price_work(prepared, replace(policy, own=1.0, last=float(np.log(2.0))))
    assert np.exp(-short.shop.mode["value"][:-1]) == pytest.approx([4.5 * 1.2, 0.5 * 0.6 / 2, 2.0 * 1.2 / 2])


@given(problem=due_shops(), seed=st.integers(1, 2**40), heat=st.sampled_from([0.0, 0.01]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_ruin_and_recreate_breaks_no_rule_and_keeps_its_account(problem, seed, heat):
    assert not is_due_shop(problem, describe(problem))  # too small
    shop, line = start_of(problem)
    before = measure_lateness(shop, line.until)
    assert before == pytest.approx(measure_worth(problem, read(problem, shop, line)).objective)
    pick, luck = make_pick(shop, 3), np.array([seed])
    grown = ruin_and_recreate(shop, line, pick, luck, 0, 30, heat)
    after = measure_lateness(shop, line.until)
    assert after == pytest.approx(before + grown)
    assert heat > 0 or after <= before + 1e-9
    assert not check_schedule(problem, read(problem, shop, line))
    for shift in (shift_right, shift_left):
        order = np.argsort(line.at, kind="stable")
        shift(shop, line, order)
        fill_spans(shop, line, np.argsort(line.at, kind="stable"))
        assert not check_schedule(problem, read(problem, shop, line))
        shifted = measure_lateness(shop, line.until)
        assert shifted <= after + 1e-9
        after = shifted


def make_busy(num_jobs=100, num_machines=10):
    """More work than the due dates allow: which jobs come late is all that matters."""
    problem = make_square(num_jobs, num_machines)
    busy = problem.modes.run_seconds.sum() / num_machines
    return with_dues(problem, np.full(num_jobs, int(0.3 * busy)), 1.0 + 3 * (np.arange(num_jobs) % 4))


def test_portfolio_takes_it_by_what_it_has():
    problem = make_busy()
    assert choose_method(problem, describe(problem)).name == "shop with due dates"
    crossed = replace(problem.links, before=np.zeros_like(problem.links.before))
    other = replace(problem, links=crossed)
    assert not is_due_shop(other, describe(other))
    mixed = replace(problem, objective=Objective(makespan=1.0))
    assert not is_due_shop(mixed, describe(mixed))


def test_search_is_clearly_better_than_the_best_rule_and_repeats_itself():
    problem = make_busy()
    best_rule = min(measure_worth(problem, dispatch(problem, rule)).objective for rule in list_rules(problem))
    found = []
    for _ in range(2):
        search = Search(problem, 1.0, seed=1, is_deterministic=True)
        solve_due_shop(search)
        found.append(search.result())
    assert not check_schedule(problem, found[0].schedule)
    assert found[0].worth.objective < 0.96 * best_rule
    assert (found[0].schedule.start == found[1].schedule.start).all()


def test_nothing_late_is_proved_at_once():
    problem = with_dues(make_square(10, 5), np.full(10, 10**6))
    search = Search(problem, 60.0, is_deterministic=True)
    solve_due_shop(search)
    assert search.result().is_optimal
    assert search.spent < 1
