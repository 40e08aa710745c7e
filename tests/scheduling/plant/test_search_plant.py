"""The general search: it improves, breaks no rule, and its objective is the judge's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.measure_worth import measure_worth
from drumbeat.scheduling.engine.plant import Timelines
from drumbeat.scheduling.engine.plant.improve_plant import BEST, CURRENT, NUM_KINDS
from drumbeat.scheduling.engine.plant.search_plant import Climb, search_plant
from drumbeat.scheduling.engine.search import Search
from tests.scheduling.make_problem import ResourceRow, TaskRow, make_problem, problems, rich_problems

EVEN = np.cumsum(np.ones(NUM_KINDS)) / NUM_KINDS


@given(problem=problems() | rich_problems(("deadlines", "setup_crews", "is_ahead")), seed=st.integers(0, 99))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_change_breaks_a_rule_and_costs_stay_true(problem, seed):
    timelines = Timelines.of(problem)
    timelines.insert(timelines.absent)
    schedule = timelines.to_schedule()
    if check_schedule(problem, schedule):
        return  # fixed tasks that contradict each other
    climb = Climb(problem, timelines.plant, schedule, seed)
    for _ in range(4):
        climb.run(EVEN, 0.5, 50)
        now = climb.timelines.to_schedule()
        assert not check_schedule(problem, now)
        assert not check_schedule(problem, climb.to_schedule())
        # The judge has a job end no earlier than its release, even where a fixed task ended before.
        if (now.mode >= 0).all() and (now.end >= problem.jobs.release[problem.tasks.job]).all():
            assert climb.marks[CURRENT] == pytest.approx(measure_worth(problem, now).objective, abs=1e-6)
            best = measure_worth(problem, climb.to_schedule()).objective
            assert climb.marks[BEST] == pytest.approx(best, abs=1e-6)
        climb.close_gaps()


def _make_families():
    """Twelve tasks of three families in turn on one machine, a setup of 10 h at each change; all are due at once."""
    hour = 3600
    matrix = [[[0 if i == j else 10 * hour for j in range(3)] for i in range(4)]]
    rows = [TaskRow(t, [(hour, 0, [(0, 1)])], family=t % 3) for t in range(12)]
    return make_problem(rows, [ResourceRow(matrix=0)], jobs=[(0, 1.0, 0)] * 12, setups=matrix)


def test_families_come_together():
    """The best is four of each family in a row: three setups (the first from the unknown), 78 + 180 x 1 h late."""
    problem = _make_families()
    search = Search(problem, 2.0, workers=1)
    timelines = Timelines.of(problem)
    timelines.insert(np.arange(12))
    search.offer(timelines.to_schedule(), "in turn")
    search_plant(search)
    assert search.worth is not None
    assert not check_schedule(problem, search.schedule)
    assert search.worth.setup_hours == pytest.approx(30.0)
    assert search.worth.objective == pytest.approx(sum(range(1, 13)) + 10 * (12 + 8 + 4))


def test_the_same_seed_gives_the_same_schedule():
    problem = _make_families()
    found = []
    for _ in range(2):
        search = Search(problem, 0.3, seed=5, is_deterministic=True)
        timelines = Timelines.of(problem)
        timelines.insert(np.arange(12))
        search.offer(timelines.to_schedule(), "in turn")
        search_plant(search)
        found.append(search.schedule)
    assert (found[0].start == found[1].start).all()
