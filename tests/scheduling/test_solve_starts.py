"""Several starts: the best of them, whoever plays them."""

from __future__ import annotations

import numpy as np
import pytest

from drumbeat.basics.findings import InputError
from drumbeat.basics.progress import Cancelled
from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.solve import solve
from drumbeat.scheduling.engine.solve_starts import solve_starts
from tests.basics.test_cluster import cluster as cluster  # a fixture
from tests.scheduling.make_problem import ResourceRow, TaskRow, make_problem
from tests.scheduling.serial.make_plant import make_plant

COUNTED = {"seconds": 0.3, "workers": 1, "is_deterministic": True}


def test_the_best_of_the_seeds_wins_and_one_start_is_a_plain_search():
    plant = make_plant(200, (), 5)
    alone = [solve(plant, seed=seed, **COUNTED) for seed in (7, 8, 9)]
    objectives = [result.worth.objective for result in alone]
    assert len(set(objectives)) > 1, "seeds are to differ"
    together = solve_starts(plant, 3, seed=7, **COUNTED)
    assert together.worth.objective == min(objectives)
    assert (together.schedule.start == alone[int(np.argmin(objectives))].schedule.start).all()
    assert solve_starts(plant, 1, seed=8, **COUNTED).worth.objective == objectives[1]
    assert not check_schedule(plant, together.schedule)


@pytest.mark.slow
def test_a_cluster_finds_the_same(cluster):
    pytest.importorskip("distributed")
    plant = make_plant(200, (), 5)
    here, there = (solve_starts(plant, 3, cluster=where, **COUNTED) for where in (None, cluster.address))
    for name in ("mode", "start", "end", "setup_seconds"):
        assert (getattr(here.schedule, name) == getattr(there.schedule, name)).all()


def test_bad_problems_and_cancelling_come_through():
    rows = [TaskRow(0, [(5, 0, [(0, 1)])]), TaskRow(0, [(5, 0, [(0, 1)])])]
    circle = make_problem(rows, [ResourceRow()], links=[(0, 1, 0, 0), (1, 0, 0, 0)])
    with pytest.raises(InputError, match=r"circle|cycle"):
        solve_starts(circle, 2, **COUNTED)

    def cancel(fraction, message):
        raise Cancelled

    with pytest.raises(Cancelled):
        solve_starts(make_plant(40, (), 1), 2, progress=cancel, **COUNTED)
