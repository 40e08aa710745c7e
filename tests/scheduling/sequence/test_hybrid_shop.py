"""Hybrid flow shops: feasible whatever is drawn, optimal where that can be reckoned, near the published bounds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drumbeat.scheduling.engine.features import describe
from drumbeat.scheduling.engine.formats.read_flow import read_hfsp
from drumbeat.scheduling.engine.sequence.hybrid_shop import bound_hybrid, find_hybrid_shop
from tests.scheduling.sequence.by_hand import solve_checked


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_schedules_are_feasible_and_not_below_the_bound(data: st.DataObject) -> None:
    n, stages = data.draw(st.integers(1, 8)), data.draw(st.integers(2, 4))
    machines = data.draw(st.lists(st.integers(1, 3), min_size=stages, max_size=stages).filter(lambda m: max(m) > 1))
    run = data.draw(st.lists(st.integers(0, 30), min_size=n * stages, max_size=n * stages))
    problem = read_hfsp(" ".join(map(str, [n, stages, *machines, *run])))
    shop = find_hybrid_shop(problem, describe(problem))
    assert shop is not None
    result = solve_checked(problem, "hybrid flow shop")
    table = np.array(run).reshape(n, stages)
    # No schedule is shorter than a job, none needs be longer than all jobs one after the other.
    assert table.sum(axis=1).max() <= bound_hybrid(shop) <= result.worth.makespan_hours * 3600 + 1e-6
    assert result.worth.makespan_hours * 3600 <= table.sum() + 1e-6


def test_a_bound_counts_the_idle_time_of_each_machine() -> None:
    # Stage 2 has two machines and 4 + 6 + 8 to do; they begin after 1 and 2, and 1 and 1 still follow: 23 / 2.
    problem = read_hfsp("3 3  1 2 1  1 4 1  2 6 1  3 8 1")
    shop = find_hybrid_shop(problem, describe(problem))
    assert shop is not None
    assert bound_hybrid(shop) == max(-(-(18 + 1 + 2 + 1 + 1) // 2), 12)


def test_jobs_pass_two_by_two_where_stages_have_two_machines() -> None:
    result = solve_checked(read_hfsp("4 2  2 2  5 5  5 5  5 5  5 5"), "hybrid flow shop")
    assert result.worth.makespan_hours * 3600 == pytest.approx(15)
    assert result.is_optimal


def test_machines_of_a_stage_must_be_alike() -> None:
    problem = read_hfsp("2 2  2 1  5 6  7 8")
    assert find_hybrid_shop(problem, describe(problem)) is not None
    run = problem.modes.run_seconds.copy()
    run[0] += 1
    unlike = replace(problem, modes=replace(problem.modes, run_seconds=run))
    assert find_hybrid_shop(unlike, describe(unlike)) is None
    machine = problem.modes.resource.copy()
    machine[2] = 0
    shared = replace(problem, modes=replace(problem.modes, resource=machine))
    assert find_hybrid_shop(shared, describe(shared)) is None


@pytest.mark.parametrize(("number", "known"), [(42, 999), (1164, 3580)])
def test_published_hybrid_shops_come_within_three_in_a_hundred(shared_data: Path, number: int, known: int) -> None:
    text = (shared_data / "scheduling" / "hfsp" / f"HFSP-{number}.txt").read_text()
    result = solve_checked(read_hfsp(text), "hybrid flow shop", 0.6)
    assert known <= result.worth.makespan_hours * 3600 + 20
    assert result.worth.makespan_hours * 3600 <= 1.03 * known
