"""Published problems of deciding under uncertainty, written down as the engine takes them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from scipy import sparse

from drumbeat.strategy.engine.programs.decide_in_stages import Stage
from drumbeat.strategy.engine.programs.problem import Scenarios, TwoStageProgram

DEMANDS = (
    (5, 5, 5, 5, 5, 5, 5, 5),
    (4, 3, 1, 3, 0, 9, 8, 17),
    (0, 9, 4, 2, 19, 19, 13, 7),
    (25, 11, 4, 14, 4, 6, 15, 12),
    (6, 7, 5, 3, 8, 4, 17, 13),
)
"""Twice the demand of each stage, eight equally likely values (SDDP.jl, example of generation expansion)."""
UNITS, UNIT_COST, USE_COST, UNMET_COST, DISCOUNT = 5, 10_000.0, 4.0, 500_000.0, 0.99


def make_expansion(*, on_means: bool = False) -> list[Stage]:
    """Write staged expansion: the state is the number of units built, the action how many there are from now on.

    As in the example, building and use are discounted and unmet demand is not: decide with a discount of 1.
    """
    built = np.arange(UNITS + 1)
    stages = []
    for number, doubled in enumerate(DEMANDS):
        demand = np.array(doubled) / 2
        demand = demand.mean(keepdims=True) if on_means else demand
        used = np.minimum(built[:, None], demand[None, :])
        worth = DISCOUNT**number
        work = worth * USE_COST * used + UNMET_COST * (demand[None, :] - used)
        grown = np.maximum(built[None, :] - built[:, None], 0)
        cost = worth * UNIT_COST * grown[:, :, None] + work[None, :, :]
        cost = np.where((built[None, :] >= built[:, None])[:, :, None], cost, np.inf)
        after = np.broadcast_to(built[None, :, None], cost.shape)
        stages.append(Stage(np.full(len(demand), 1 / len(demand)), cost, after.astype(np.int64)))
    return stages


def make_option(years: int = 2) -> list[Stage]:
    """Write Dixit and Pindyck's factory: 1,600 to build; earns 200 this year, from the next on 300 or 100; at 10 %.

    States: 0 waiting at 200, 1 waiting at 300, 2 waiting at 100, 3 built. Actions: 0 wait, 1 build.
    """
    worth = {0: 200 + (0.5 * 300 + 0.5 * 100) / 0.1, 1: 300 * 1.1 / 0.1, 2: 100 * 1.1 / 0.1}
    cost = np.zeros((4, 2, 2))
    after = np.zeros((4, 2, 2), dtype=np.int64)
    for state in range(4):
        cost[state, 1] = 1600 - worth[state] if state in worth else np.inf
        after[state, 0] = (1, 2) if state == 0 else state
        after[state, 1] = 3
    return [Stage(np.array([0.5, 0.5]), cost, after) for _ in range(years)]


def make_farmer() -> TwoStageProgram:
    """Write Birge and Louveaux' farmer: 500 acres of wheat, corn and beets; yields a fifth up or down."""
    plant, buy, sell = (150, 230, 260), (238, 210), (-170, -150, -36, -10)
    cost = np.array([*plant, *buy, *sell], dtype=float)
    upper = np.full(9, np.inf)
    upper[7] = 6000.0
    rows = np.zeros((4, 9))
    rows[0, :3] = 1.0
    rows[1, [0, 3, 5]] = 2.5, 1, -1
    rows[2, [1, 4, 6]] = 3.0, 1, -1
    rows[3, [2, 7, 8]] = 20.0, -1, -1
    low, high = np.array([-np.inf, 200.0, 240.0, 0.0]), np.array([500.0, np.inf, np.inf, np.inf])
    yields = np.array([[2.5, 3.0, 20.0]]) * np.array([[1.2], [1.0], [0.8]])
    futures = Scenarios(
        np.full(3, 1 / 3), np.tile(low[1:], (3, 1)), np.tile(high[1:], (3, 1)), np.tile(cost[3:], (3, 1)),
        np.arange(3), np.arange(3), yields,
    )  # fmt: skip
    whole = np.zeros(9, dtype=bool)
    return TwoStageProgram(cost, np.zeros(9), upper, whole, sparse.csr_array(rows), low, high, 3, 1, futures)


def read_knapsacks(path: Path) -> list[tuple[np.ndarray, np.ndarray, np.ndarray, float]]:
    """Read OR-Library's mknap1: worths, one row of costs a budget, budgets, and the optimum, of each problem."""
    numbers = iter(float(word) for word in path.read_text(encoding="utf-8").split())
    found = []
    for count in numbers:
        items, budgets, optimum = int(count), int(next(numbers)), next(numbers)
        worth = np.array([next(numbers) for _ in range(items)])
        costs = np.array([[next(numbers) for _ in range(items)] for _ in range(budgets)])
        found.append((worth, costs, np.array([next(numbers) for _ in range(budgets)]), optimum))
    return found


def _parameter(text: str, name: str) -> np.ndarray:
    told = re.search(rf"param\s+{name}\s*:=\s*([^;]*);", text)
    assert told, name
    words = [float(word) for word in told.group(1).split()]
    return np.array(words if len(words) == 1 else words[1::2])


def read_sizes(folder: Path) -> TwoStageProgram:
    """Read SIZES (Jorjani, Scott and Woodruff 1999): how many pieces of each size to make, before demand is known.

    A larger size can be cut down to a smaller one. Columns of a stage: whether a size is made (10), how many (10), and
    how many of size i are used for size j <= i (55). No more of a size is made than all that it could be used for;
    pieces are real numbers: thousands of them make whole ones worth less than a ten-thousandth.
    """
    files = [(folder / f"Scenario{number}.dat").read_text(encoding="utf-8") for number in (1, 2, 3)]
    text, size = files[0], 10
    uses = [(i, j) for i in range(size) for j in range(i + 1)]
    unit, setup = _parameter(text, "UnitProductionCosts"), _parameter(text, "SetupCosts")
    cut, capacity = float(_parameter(text, "UnitReductionCost")[0]), float(_parameter(text, "Capacity")[0])
    cost = np.concatenate([setup, unit, [cut if i != j else 0.0 for i, j in uses]])
    wide = len(cost)
    later = np.max([_parameter(one, "DemandsSecondStage") for one in files], axis=0)
    useful = np.array([_parameter(text, "DemandsFirstStage"), later])
    rows, low, high = [], [], []

    def add(entries: dict[int, float], least: float, most: float) -> None:
        rows.append(entries)
        low.append(least)
        high.append(most)

    for stage in (0, 1):
        at = stage * wide
        wanted = _parameter(text, "DemandsFirstStage" if stage == 0 else "DemandsSecondStage")
        for j in range(size):
            serving = {at + 2 * size + k: 1.0 for k, (_, to) in enumerate(uses) if to == j}
            add(serving, wanted[j], np.inf)
        for i in range(size):
            add({at + size + i: 1.0, at + i: -useful[stage:, : i + 1].sum()}, -np.inf, 0.0)
            made = {s * wide + size + i: -1.0 for s in range(stage + 1)}
            used = {
                s * wide + 2 * size + k: 1.0 for s in range(stage + 1) for k, (own, _) in enumerate(uses) if own == i
            }
            add(made | used, -np.inf, 0.0)
        add({at + size + i: 1.0 for i in range(size)}, -np.inf, capacity)
    matrix = sparse.lil_array((len(rows), 2 * wide))
    for number, entries in enumerate(rows):
        for column, value in entries.items():
            matrix[number, column] = value
    first = len(rows) // 2
    later_low = np.tile(np.array(low[first:]), (3, 1))
    for scenario, one in enumerate(files):
        later_low[scenario, :size] = _parameter(one, "DemandsSecondStage")
    nothing = np.zeros(0, dtype=np.int64)
    futures = Scenarios(
        np.full(3, 1 / 3), later_low, np.tile(np.array(high[first:]), (3, 1)), np.tile(cost, (3, 1)), nothing, nothing,
        np.zeros((3, 0)),
    )  # fmt: skip
    upper, whole = np.full(2 * wide, np.inf), np.zeros(2 * wide, dtype=bool)
    for stage in (0, 1):
        upper[stage * wide : stage * wide + size] = 1.0
        whole[stage * wide : stage * wide + size] = True
    return TwoStageProgram(
        np.tile(cost, 2), np.zeros(2 * wide), upper, whole, sparse.csr_array(matrix),
        np.array(low), np.array(high), wide, first, futures,
    )  # fmt: skip
