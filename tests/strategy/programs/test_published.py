"""Published problems of deciding under uncertainty come out at their published values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks.strategy.published import (
    make_expansion,
    make_farmer,
    make_option,
    read_knapsacks,
    read_sizes,
)

from drumbeat.basics.findings import InputError
from drumbeat.strategy.engine.programs.choose_portfolio import choose_portfolio
from drumbeat.strategy.engine.programs.decide_in_stages import Stage, decide_in_stages, follow_actions
from drumbeat.strategy.engine.programs.problem import TwoStageProgram
from drumbeat.strategy.engine.programs.read_smps import read_smps
from drumbeat.strategy.engine.programs.solve_by_boxes import solve_by_boxes
from drumbeat.strategy.engine.programs.solve_extensive import solve_extensive


def test_staged_expansion_and_what_deciding_adaptively_is_worth() -> None:
    stages = make_expansion()
    seen = decide_in_stages(stages, 1.0, sees_first=True)
    assert seen.cost == pytest.approx(2_079_457.11, abs=0.01)
    assert decide_in_stages(stages, 1.0, sees_first=False).cost == pytest.approx(2_081_110.40, abs=0.01)
    means = decide_in_stages(make_expansion(on_means=True), 1.0, sees_first=False)
    plan, state = [], 0
    for actions in means.actions:
        state = int(actions[state])
        plan.append(state)
    fixed = follow_actions(stages, 1.0, plan)
    assert fixed == pytest.approx(2_362_160, abs=1)
    assert fixed - seen.cost == pytest.approx(282_703, abs=1)


def test_an_option_to_wait() -> None:
    stages = make_option()
    now = follow_actions(stages, 1 / 1.1, [1, 0])
    assert -now == pytest.approx(600)
    best = decide_in_stages(stages, 1 / 1.1, sees_first=False)
    assert -best.cost == pytest.approx(772.727, abs=1e-3)
    assert best.actions[0][0] == 0
    assert best.actions[1][1:3].tolist() == [1, 0]  # built at 300, never at 100


def test_the_farmer_and_the_value_of_knowing_the_spread() -> None:
    program = make_farmer()
    best = solve_extensive(program)
    assert best.cost == pytest.approx(-108_390, abs=0.5)
    assert best.now == pytest.approx([170, 80, 250], abs=1e-6)
    mean = solve_extensive(program.average())
    assert mean.cost == pytest.approx(-118_600, abs=0.5)  # Birge and Louveaux: what a plan on the means promises


@pytest.mark.parametrize("number", range(4))
def test_a_portfolio_under_budgets(shared_data: Path, number: int) -> None:
    worth, costs, budgets, optimum = read_knapsacks(shared_data / "strategy" / "mknap1_first4.txt")[number]
    chosen = choose_portfolio(worth, costs, budgets)
    assert worth @ chosen == pytest.approx(optimum)
    assert np.all(costs @ chosen <= budgets)


def read_acquisition(folder: Path) -> TwoStageProgram:
    return read_smps(*[(folder / f"dcap233_200.{kind}").read_text() for kind in ("cor", "tim", "sto")])


def test_smps_is_read(shared_data: Path) -> None:
    program = read_acquisition(shared_data / "strategy" / "dcap233_200")
    assert (len(program.cost), program.num_columns_now, program.num_rows_now) == (39, 12, 6)
    assert program.num_scenarios == 200
    first = program.later_matrix(0).toarray()
    assert first[0, program.num_columns_now] == 0.913625  # y_1_1_1 in dem_1_1 of the first scenario
    assert program.row_high[-1] == program.row_low[-1] == 1.0
    assert program.is_whole.sum() == 33


@pytest.mark.slow
def test_capacity_acquisition_is_within_a_thousandth(shared_data: Path) -> None:
    found = solve_by_boxes(read_acquisition(shared_data / "strategy" / "dcap233_200"), gap=5e-4)
    assert found.cost == pytest.approx(1834.57, rel=1e-3)
    assert found.bound <= 1834.57


@pytest.mark.slow
def test_sizes_of_three_futures(shared_data: Path) -> None:
    found = solve_extensive(read_sizes(shared_data / "strategy" / "sizes3"), gap=1e-3, seconds=900)
    assert found.cost == pytest.approx(224_275.33, rel=1e-3)
    assert found.bound <= 224_275.33


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(InputError, match="some decisions keep all limits"):
        choose_portfolio(np.ones(1), np.ones((1, 1)), np.array([-1.0]))
    with pytest.raises(ValueError, match="sum to 1"):
        decide_in_stages([Stage(np.array([0.5]), np.zeros((1, 1, 1)), np.zeros((1, 1, 1), int))], 1.0, sees_first=True)
    with pytest.raises(ValueError, match="no action"):
        decide_in_stages(
            [Stage(np.ones(1), np.full((1, 1, 1), np.inf), np.zeros((1, 1, 1), int))], 1.0, sees_first=True
        )
