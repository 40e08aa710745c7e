"""Any small shop: schedules are feasible, bounds hold, and CP-SAT finds nothing better."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.jobshop.bounds import find_bound, find_machine_bound
from drumbeat.scheduling.engine.jobshop.explorer import Explorer
from drumbeat.scheduling.engine.jobshop.lay_out import lay_out, order_of, read_schedule
from drumbeat.scheduling.engine.jobshop.moves import FAR, bound_back, bound_onward, estimate_segment
from drumbeat.scheduling.engine.jobshop.tabu import read_starts
from drumbeat.scheduling.engine.problem import FINISH_START, Links, Problem, Setups
from drumbeat.scheduling.engine.read_instance import make_shop_problem
from drumbeat.scheduling.engine.solve_cpsat import solve_cpsat


@st.composite
def shops(draw: st.DrawFn, least: int = 0) -> Problem:
    """Shops of up to twelve tasks on three machines: flexible or not, with or without setups, releases, joins."""
    run = st.integers(least, 9)
    machine = st.integers(0, 2)
    alternatives = st.dictionaries(machine, run, min_size=1, max_size=3).map(lambda pairs: list(pairs.items()))
    routes = draw(st.lists(st.lists(alternatives, min_size=1, max_size=3), min_size=2, max_size=4))
    problem = make_shop_problem(routes, 3)
    n = problem.num_tasks
    if draw(st.booleans()):
        release = np.array(draw(st.lists(st.integers(0, 20), min_size=n, max_size=n)), np.int64)
        problem = replace(problem, tasks=replace(problem.tasks, release=release))
    if draw(st.booleans()):
        seconds = np.array(draw(st.lists(st.integers(0, 9), min_size=24, max_size=24)), np.int64).reshape(2, 4, 3)
        family = np.array(draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)), np.int32)
        names = np.array(["A", "B", "C"], dtype=np.object_)
        problem = replace(
            problem,
            tasks=replace(problem.tasks, family=family),
            resources=replace(problem.resources, setup_matrix=np.array([0, 1, -1], np.int32)),
            setups=Setups(seconds, names, is_ahead=draw(st.booleans())),
        )
    if draw(st.booleans()):
        links = problem.links
        first, last = np.append(links.before, 0).astype(np.int32), np.append(links.after, n - 1).astype(np.int32)
        kinds = np.full(len(first), FINISH_START, np.int32)
        problem = replace(problem, links=Links(first, last, kinds, np.zeros(len(first), np.int64)))
    return problem


def run_search(problem: Problem, iterations: int) -> tuple[Explorer, int]:
    """Search for so many iterations from a construction; return the explorer and its best makespan."""
    explorer = Explorer(lay_out(problem), 1, 0)
    elite = explorer.run(explorer.construct(0.3), iterations, 0, lambda _explorer, _makespan: True)
    return explorer, elite.makespan


@settings(max_examples=60, deadline=None)
@given(shops())
def test_schedules_are_feasible_and_bounds_hold(problem: Problem) -> None:
    """Heads kept up to date move by move are those of the schedule that comes out."""
    explorer, makespan = run_search(problem, 200)
    schedule = read_schedule(problem, explorer.graph, *explorer.peek())
    assert not check_schedule(problem, schedule)
    assert schedule.end.max() == makespan
    assert find_bound(explorer.graph) <= makespan


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.tuples(st.integers(0, 1), st.integers(1, 9)), min_size=1, max_size=3), max_size=5))
def test_what_its_bound_shuts_out_is_no_better(routes: list[list[tuple[int, int]]]) -> None:
    """The bound of a move within a block without gaps, found at once, is never above its estimate, found by task."""
    routes += [[(0, 3), (1, 2)], [(0, 4)]]
    explorer, _ = run_search(make_shop_problem([[[pair] for pair in route] for route in routes], 2), 3)
    graph = explorer.graph._replace(node=explorer.graph.node.view(np.recarray))
    memory, node, n = explorer._memory, graph.node, len(graph.order)
    row = [int(graph.first[0])]
    while row[-1] < n:
        row.append(int(node[row[-1]].machine_after))
    memory.path[: len(row) - 1] = row[:-1]
    for low in range(len(row) - 1):
        for high in range(low + 1, len(row) - 1):
            if node[row[high - 1]].head + node[row[high - 1]].run < node[row[high]].head:
                break
            before = int(node[row[low]].machine_before)
            for bound, order in (
                (bound_onward.py_func(graph, memory, low, high), [*row[low + 1 : high + 1], row[low]]),
                (bound_back.py_func(graph, memory, high, low), [row[high], *row[low:high]]),
            ):
                memory.segment[: len(order)] = order
                estimate = estimate_segment.py_func(graph, memory, len(order), before, row[high + 1], FAR)
                assert bound == FAR or bound <= estimate


@settings(max_examples=30, deadline=None)
@given(shops())
def test_a_schedule_comes_back_from_its_order(problem: Problem) -> None:
    """What is read off the graph and put in again ends no later."""
    explorer, makespan = run_search(problem, 50)
    schedule = read_schedule(problem, explorer.graph, *explorer.peek())
    order = order_of(problem, schedule)
    start = read_starts(explorer.graph, order, schedule.mode)[0]
    assert (start + problem.modes.run_seconds[schedule.mode]).max() <= makespan


@settings(max_examples=12, deadline=None)
@given(shops(least=1))
def test_cpsat_finds_nothing_better(problem: Problem) -> None:
    """On shops this small a few starts find the optimum that CP-SAT proves.

    Tasks take some time: of two without length at one moment CP-SAT may set the machine up for either first, whatever
    the links between them say.
    """
    explorer = Explorer(lay_out(problem), 1, 0)
    elites = [
        explorer.run(explorer.construct(0.05 * turn), 300, 0, lambda _explorer, _makespan: False) for turn in range(40)
    ]
    answer = solve_cpsat(problem, seconds=20.0, workers=1)
    assert answer.is_optimal
    assert answer.schedule is not None
    assert min(elite.makespan for elite in elites) == answer.schedule.end.max()


def test_blends_keep_what_parents_agree_on() -> None:
    """Of two schedules with one machine order in common, every blend has that order."""
    problem = make_shop_problem([[[(0, 3)], [(1, 2)]], [[(0, 2)], [(1, 4)]], [[(0, 4)], [(1, 1)]]], 2)
    explorer = Explorer(lay_out(problem), 1, 0)
    mode = np.arange(6, dtype=np.int32)

    def elite_of(order: list[int]) -> object:
        return explorer.run((np.array(order, np.int32), mode), 0, 10**6, lambda _explorer, _makespan: True)

    first, second = elite_of([0, 1, 2, 3, 4, 5]), elite_of([2, 0, 3, 4, 5, 1])
    for share in (0.0, 0.3, 0.5, 0.7, 1.0):
        order, _ = explorer.blend(first, second, share)  # type: ignore[arg-type]
        place = np.argsort(order)
        assert place[0] < place[4]
        assert place[2] < place[4]
        assert place[3] < place[5]
        assert all(place[2 * job] < place[2 * job + 1] for job in range(3))


@pytest.mark.parametrize(
    ("head", "run", "tail", "bound"),
    [
        # Carlier's example (1982) of seven tasks: the preemptive schedule ends at 49.
        ([10, 13, 11, 20, 30, 0, 30], [5, 6, 7, 4, 3, 6, 2], [7, 26, 24, 21, 8, 17, 0], 49),
        ([0, 0], [3, 4], [5, 0], 8),
        ([5], [2], [1], 8),
    ],
)
def test_machine_bound(head: list[int], run: list[int], tail: list[int], bound: int) -> None:
    """Jackson's preemptive schedule, by hand."""
    assert find_machine_bound(np.array(head), np.array(run), np.array(tail)) == bound
