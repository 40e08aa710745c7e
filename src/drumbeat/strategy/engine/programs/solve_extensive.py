"""Solve a two-stage program as one large program: the second stage written once for each future."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from drumbeat.basics.arrays import Floats
from drumbeat.basics.findings import Finding, InputError
from drumbeat.strategy.engine.programs.problem import TwoStageProgram

INFEASIBLE = 2
"""HiGHS' answer, as SciPy numbers it, where nothing keeps all rows."""


@dataclass(frozen=True, slots=True)
class ProgramResult:
    """The cheapest decisions that were found.

    Parameters
    ----------
    cost
        Expected cost of `now` with the best that can be done afterwards.
    bound
        No decisions are cheaper.
    now
        Shape (N1,): what to decide before the future is known.
    later
        Shape (S, N2): what to decide in each future; without rows when it was not asked for.
    """

    cost: float
    bound: float
    now: Floats
    later: Floats


def solve_extensive(program: TwoStageProgram, gap: float = 1e-4, seconds: float = 300.0) -> ProgramResult:
    """Solve a two-stage program over all its futures at once, by HiGHS.

    Parameters
    ----------
    program
        What to decide.
    gap
        Good enough within this share of the bound.
    seconds
        Most time; the best found by then is returned.

    Raises
    ------
    InputError
        When nothing keeps all rows, or nothing is found in time.
    """
    now, size = program.num_columns_now, program.num_scenarios
    later = len(program.cost) - now
    told = program.scenarios
    cost = np.concatenate([program.cost[:now], (told.probability[:, None] * told.cost).ravel()])
    blocks: list[list[Any]] = [[program.matrix[: program.num_rows_now, :now]] + [None] * size]
    for scenario in range(size):
        matrix = program.later_matrix(scenario)
        row: list[Any] = [matrix[:, :now]] + [None] * size
        row[1 + scenario] = matrix[:, now:]
        blocks.append(row)
    whole = np.concatenate([program.is_whole[:now], np.tile(program.is_whole[now:], size)])
    lower = np.concatenate([program.lower[:now], np.tile(program.lower[now:], size)])
    upper = np.concatenate([program.upper[:now], np.tile(program.upper[now:], size)])
    low = np.concatenate([program.row_low[: program.num_rows_now], told.row_low.ravel()])
    high = np.concatenate([program.row_high[: program.num_rows_now], told.row_high.ravel()])
    matrix = sparse.csr_array(sparse.block_array(_with_shapes(blocks, later, size)))
    answer = ask_highs(cost, lower, upper, whole, matrix, low, high, gap, seconds)
    chosen = np.asarray(answer.x, dtype=np.float64)
    bound = float(answer.mip_dual_bound) if answer.mip_dual_bound is not None else float(answer.fun)
    return ProgramResult(float(answer.fun), min(bound, float(answer.fun)), chosen[:now],
                         chosen[now:].reshape(size, later))  # fmt: skip


def _with_shapes(blocks: list[list[Any]], later: int, size: int) -> list[list[Any]]:
    """Give the first row of blocks the widths of the later ones, which has no entry there."""
    rows = blocks[0][0].shape[0]
    if rows == 0:
        return blocks[1:]
    blocks[0] = [blocks[0][0]] + [sparse.csr_array((rows, later)) for _ in range(size)]
    return blocks


def ask_highs(
    cost: Floats, lower: Floats, upper: Floats, whole: Any, matrix: sparse.csr_array, low: Floats, high: Floats,
    gap: float, seconds: float,
) -> Any:  # fmt: skip
    """Minimise `cost @ x` where `low <= matrix @ x <= high`, some columns whole; return SciPy's answer with its `x`.

    Raises
    ------
    InputError
        When nothing keeps all rows, or nothing is found in time.
    """
    answer = milp(
        cost, integrality=np.asarray(whole).astype(np.uint8), bounds=Bounds(lower, upper),
        constraints=LinearConstraint(matrix, low, high) if matrix.shape[0] else (),
        options={"mip_rel_gap": gap, "time_limit": seconds},
    )  # fmt: skip
    if answer.status == INFEASIBLE:
        rule, remedy = "some decisions keep all limits", "Relax a budget, a deadline or a requirement"
        raise InputError(Finding("program", rule, remedy, value="none does"))
    if answer.x is None:
        rule, remedy = "decisions are found in the time given", "Give it more seconds, or fewer scenarios"
        raise InputError(Finding("program", rule, remedy, value=str(answer.message)))
    return answer
