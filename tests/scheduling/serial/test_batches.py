"""Batches for ovens: BATCS by hand, the beam against all that can be done, and what both win on plants."""

from __future__ import annotations

from itertools import permutations
from math import exp

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.objective import Objective
from drumbeat.scheduling.engine.result import UNSCHEDULED
from drumbeat.scheduling.engine.search import Search
from drumbeat.scheduling.engine.serial.dispatch_batches import BatchDispatcher, sweep_batches
from drumbeat.scheduling.engine.serial.form_batches import BatchParams, Firing, Ovens, form_batches, search_beam
from drumbeat.scheduling.engine.serial.lay_out_serial import Serial
from drumbeat.scheduling.engine.serial.make_genes import choose_base
from drumbeat.scheduling.engine.serial.search_serial import Breeder
from drumbeat.scheduling.engine.serial.solve_serial import sweep_rules
from drumbeat.scheduling.engine.shop import build_shop
from tests.scheduling.make_problem import ResourceRow, TaskRow, make_problem
from tests.scheduling.serial.make_plant import make_furnaces

OVEN = ResourceRow(capacity=2, is_batch=True)


def bake(rows, jobs, oven=OVEN, **more):
    """Work for one oven: a task a job of (run, family, units), each job (due, weight, release)."""
    tasks = [
        TaskRow(j, [(run, 0, [(0, units)])], family=family, release=jobs[j][2])
        for j, (run, family, units) in enumerate(rows)
    ]
    problem = make_problem(tasks, [oven], jobs=jobs, objective=Objective(1.0), **more)
    return Ovens.of(problem, build_shop(problem))


def ready_of(ovens):
    return ovens.shop.task["release"][:-1].copy()


def test_the_value_of_a_batch_by_hand():
    # All late. Two of family 0 fill the oven: (1 + 3) / 4 x 1. One of family 1 fills half of it: 5 / 2 x 1/2.
    ovens = bake([(4, 0, 1), (4, 0, 1), (2, 1, 1)], [(0, 1.0, 0), (0, 3.0, 0), (0, 5.0, 0)])
    first, second = Firing(ovens, ready_of(ovens)).list_next(BatchParams(), 2)
    assert (first.value, first.row.tolist(), first.start, first.end) == (pytest.approx(1.25), [2], 0, 2)
    assert (second.value, second.row.tolist(), second.end) == (pytest.approx(1.0), [1, 0], 4)


def test_slack_counts_less_the_farther_away():
    # Mean run 4, look-ahead 2: a slack of 16 weighs exp(-2).
    ovens = bake([(4, 0, 1)], [(20, 1.0, 0)])
    (only,) = Firing(ovens, ready_of(ovens)).list_next(BatchParams(look_ahead=2.0))
    assert only.value == pytest.approx(exp(-2) / 4 * 0.5)


def test_a_setup_counts_against_a_family():
    # Set up for family 0; a change takes 6, 3 on the mean over the matrix: exp(-2), and the oven is taken for 10.
    matrix = [[[0, 6], [6, 0], [3, 3]]]
    oven = ResourceRow(matrix=0, capacity=2, is_batch=True, initial_family=0)
    ovens = bake([(4, 1, 2)], [(0, 1.0, 0)], oven, setups=matrix)
    assert ovens.mean_setup == 3.0
    (only,) = Firing(ovens, ready_of(ovens)).list_next(BatchParams())
    assert only.value == pytest.approx(1 / 10 * exp(-2))
    assert (only.start, only.end) == (0, 10)


def test_an_oven_waits_where_that_pays():
    # Half full now: 1/10 x 1/2. Full one later: 2/11. A wait of 0.05 runs is too short for that.
    ovens = bake([(10, 0, 1), (10, 0, 1)], [(0, 1.0, 0), (0, 1.0, 1)])
    assert form_batches(ovens, ready_of(ovens), BatchParams(most_wait=0.5)).start.tolist() == [1, 1]
    assert form_batches(ovens, ready_of(ovens), BatchParams(most_wait=0.05)).start.tolist() == [0, 10]


def test_units_and_hours_are_kept():
    # Units of 2 and 1 do not go into an oven for 2 together; what may not pause waits for the second morning.
    rows, jobs = [(4, 0, 2), (4, 0, 1)], [(0, 1.0, 0), (0, 1.0, 0)]
    calendars = [[(0, 6, 1), (10, 30, 1)]]
    oven = ResourceRow(0, capacity=2, is_batch=True)
    ovens = bake(rows, jobs, oven, calendars=calendars)
    made = form_batches(ovens, ready_of(ovens), BatchParams())
    assert made.start.tolist() == [0, 4]
    assert made.cost == 4 * 1.0 + 12 * 1.0  # the second runs from 4 to 6 and from 10 to 12
    ovens.problem.tasks.can_pause[:] = False
    assert form_batches(ovens, ready_of(ovens), BatchParams()).start.tolist() == [0, 10]


def test_what_no_oven_can_do_is_left():
    ovens = bake([(4, 0, 1)], [(0, 1.0, 0)], ResourceRow(0, capacity=2, is_batch=True), calendars=[[(0, 3, 1)]])
    assert form_batches(ovens, ready_of(ovens), BatchParams()).mode.tolist() == [-1]


def _least_cost(ovens):
    """The least weighted tardiness, by trying every order: batches are filled greedily along it or closed early."""
    n, best = len(ovens.task), np.inf
    run, release = ovens.problem.modes.run_seconds, ready_of(ovens)
    for order in permutations(range(n)):
        for cuts in range(2 ** (n - 1)):
            groups, moment, cost = [[order[0]]], 0, 0.0
            for i in range(1, n):
                if cuts >> (i - 1) & 1:
                    groups.append([])
                groups[-1].append(order[i])
            if any(len(g) > 2 or len({int(ovens.family[j]) for j in g}) > 1 for g in groups):
                continue
            for group in groups:
                moment = max(moment, *(int(release[j]) for j in group), 0) + max(int(run[j]) for j in group)
                cost += sum(ovens.weight[j] * max(moment - ovens.due[j], 0) for j in group)
            best = min(best, cost)
    return best


@given(
    st.lists(
        st.tuples(st.integers(1, 6), st.integers(0, 1), st.integers(0, 12), st.integers(1, 4), st.integers(0, 8)),
        min_size=1, max_size=5,
    )
)  # fmt: skip
@settings(max_examples=20, deadline=None)
def test_the_beam_is_between_the_rule_and_the_best(rows):
    ovens = bake([(run, family, 1) for run, family, *_ in rows], [(due, float(w), r) for *_, due, w, r in rows])
    ready = ready_of(ovens)
    rule, beam = form_batches(ovens, ready, BatchParams()), search_beam(ovens, ready, BatchParams())
    assert _least_cost(ovens) - 1e-9 <= beam.cost <= rule.cost
    for batch in range(beam.num_batches):
        inside = np.flatnonzero(beam.batch == batch)
        assert len(set(beam.start[inside].tolist())) == 1
        assert len(inside) <= 2
        assert (beam.start[inside] >= ready[inside]).all()


def test_the_beam_finds_what_the_rule_does_not_see():
    # The rule begins with the two of family 1, who weigh more: the other, due at 2, ends at 8. It could go first.
    ovens = bake([(6, 1, 1), (2, 0, 1), (3, 1, 1)], [(8, 4.0, 0), (2, 1.0, 0), (11, 1.0, 0)])
    rule = form_batches(ovens, ready_of(ovens), BatchParams())
    assert (rule.start.tolist(), rule.cost) == ([0, 6, 0], 6.0)
    beam = search_beam(ovens, ready_of(ovens), BatchParams())
    assert (beam.start.tolist(), beam.cost) == ([2, 0, 2], 0.0)


def test_the_plan_is_placed_as_it_is():
    problem = make_furnaces(20, seed=2)
    breeder = Breeder(Serial.of(problem), *choose_base(problem), 1)
    dispatcher = BatchDispatcher(problem)
    start, firing = dispatcher.dispatch(BatchParams())
    dispatcher.write_genes(breeder.genes, start, firing, start)
    schedule, _ = breeder.make(breeder.genes)
    assert not check_schedule(problem, schedule)
    assert not (schedule.mode == UNSCHEDULED).any()
    task = dispatcher.ovens.task
    for batch in range(firing.num_batches):  # none is torn apart
        assert len(set(schedule.start[task[firing.batch == batch]].tolist())) == 1


def test_ovens_behind_ovens_and_no_ovens():
    tasks = [TaskRow(0, [(4, 0, [(0, 1)])], family=0), TaskRow(0, [(2, 0, [(1, 1)])], family=0)]
    problem = make_problem(tasks, [OVEN, OVEN], links=[(0, 1, 0, 3)])
    _, firing = BatchDispatcher(problem).dispatch(BatchParams())
    assert firing.start.tolist() == [0, 7]
    without = make_problem(tasks[:1], [ResourceRow()])
    assert not len(Ovens.of(without, build_shop(without)).task)
    with pytest.raises(ValueError, match="above 0"):
        BatchParams(look_ahead=0.0)
    with pytest.raises(ValueError, match="0 or more"):
        BatchParams(most_wait=-1.0)


def test_plants_with_busy_ovens_gain():
    won = []
    for seed in (1, 2):
        problem = make_furnaces(60, seed=seed)
        search = Search(problem, 60.0, seed, is_deterministic=True)
        breeder = Breeder(Serial.of(problem), *choose_base(problem), seed)
        sweep_rules(search, breeder)
        before = breeder.cost
        sweep_batches(search, breeder)
        assert breeder.cost <= before
        assert not check_schedule(problem, search.schedule)
        won.append((before - breeder.cost) / max(before, 1e-9))
    assert np.mean(won) > 0.1


def test_an_oven_waits_past_what_is_too_large_for_it():
    # A lot of 60 units is there first, which only the large oven holds; four of 20 come to the small one after 10 h.
    hour = 3600
    both = [(4 * hour, 0, [(0, 60)]), (4 * hour, 0, [(1, 60)])]
    tasks = [TaskRow(0, both, family=0)]
    tasks += [TaskRow(job, [(4 * hour, 0, [(0, 20)])], family=0, release=10 * hour) for job in range(1, 5)]
    ovens = [ResourceRow(capacity=40, is_batch=True), ResourceRow(capacity=80, is_batch=True)]
    jobs = [(0, 1.0, 0)] + [(0, 1.0, 10 * hour)] * 4
    laid = Ovens.of(made := make_problem(tasks, ovens, jobs=jobs, objective=Objective(1.0)), build_shop(made))
    assert sorted(form_batches(laid, ready_of(laid), BatchParams()).start.tolist()) == [
        0, 10 * hour, 10 * hour, 14 * hour, 14 * hour,
    ]  # fmt: skip


def test_an_oven_waits_past_what_never_fits_its_hours():
    # Its last shift ends at 30: what runs 40 never fits, what comes at 20 and runs 4 does.
    oven = ResourceRow(0, capacity=1, is_batch=True)
    ovens = bake([(40, 0, 1), (4, 1, 1)], [(0, 1.0, 0), (0, 1.0, 20)], oven, calendars=[[(0, 30, 1)]])
    ready = np.array([0, 20])
    assert form_batches(ovens, ready, BatchParams(most_wait=0.0)).start.tolist() == [-1, 20]


def test_batches_are_not_formed_where_the_time_is_too_short(monkeypatch):
    ovens = bake([(4, 0, 1), (4, 0, 1)], [(0, 1.0, 0), (0, 3.0, 0)])
    asked = []
    monkeypatch.setattr(BatchDispatcher, "dispatch", lambda *_, **__: asked.append(1) or 1 / 0)
    # Two rounds for two tasks are counted as 1.2 ms; the shares of 4 ms are less, those of 6 s are not.
    for seconds, is_asked in ((0.004, False), (6.0, True)):
        search = Search(ovens.problem, seconds=seconds, is_deterministic=True)
        first = Breeder(Serial.of(ovens.problem), *choose_base(ovens.problem), 1)
        if is_asked:
            with pytest.raises(ZeroDivisionError):
                sweep_batches(search, first)
        else:
            sweep_batches(search, first)
        assert bool(asked) == is_asked
