"""A two-stage program: what is decided now, and what is decided once one of several futures has come about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from drumbeat.basics.arrays import Bools, Floats, Int64s


@dataclass(frozen=True, slots=True)
class Scenarios:
    """S futures: how likely each is, and which numbers of the second stage differ in it from the program's own.

    Parameters
    ----------
    probability
        Shape (S,): above 0, summing to 1.
    row_low, row_high
        Shape (S, M2): bounds of the second stage's rows.
    cost
        Shape (S, N2): price of the second stage's columns.
    entry_row, entry_column
        Shape (E,): entries of the matrix that differ between futures: second-stage row (0 is the first of them), and
        column of the whole program.
    entry_value
        Shape (S, E): their values.
    """

    probability: Floats
    row_low: Floats
    row_high: Floats
    cost: Floats
    entry_row: Int64s
    entry_column: Int64s
    entry_value: Floats


@dataclass(frozen=True, slots=True)
class TwoStageProgram:
    """Minimise the cost now plus the expected cost later; of N columns and M rows the first N1 and M1 are of now.

    Parameters
    ----------
    cost, lower, upper
        Shape (N,): price and bounds of each column; costs of later columns are those before any scenario changes them.
    is_whole
        Shape (N,): whether the column takes whole numbers only.
    matrix
        Shape (M, N).
    row_low, row_high
        Shape (M,): bounds of each row; -inf and inf = none.
    num_columns_now, num_rows_now
        N1 and M1; no row of the first M1 has an entry in a later column.
    scenarios
        The futures.

    Raises
    ------
    ValueError
        When probabilities do not sum to 1, or a first-stage row uses a later column.
    """

    cost: Floats
    lower: Floats
    upper: Floats
    is_whole: Bools
    matrix: sparse.csr_array
    row_low: Floats
    row_high: Floats
    num_columns_now: int
    num_rows_now: int
    scenarios: Scenarios

    def __post_init__(self) -> None:
        chances = self.scenarios.probability
        if not len(chances) or np.any(chances <= 0) or abs(float(chances.sum()) - 1.0) > 1e-6:
            raise ValueError("probabilities of scenarios are above 0 and sum to 1")
        if self.matrix[: self.num_rows_now, self.num_columns_now :].count_nonzero():
            raise ValueError("a row of the first stage has an entry in a column of the second")

    @property
    def num_scenarios(self) -> int:
        """Number of futures."""
        return len(self.scenarios.probability)

    def later_matrix(self, scenario: int) -> sparse.csr_array:
        """Return the second stage's rows in one future; shape (M2, N)."""
        later = self.matrix[self.num_rows_now :].tolil()
        told = self.scenarios
        later[told.entry_row, told.entry_column] = told.entry_value[scenario]
        return sparse.csr_array(later)

    def take(self, chosen: Int64s) -> TwoStageProgram:
        """Return the program of some futures only, their probabilities scaled to sum to 1."""
        told = self.scenarios
        chance = told.probability[chosen] / told.probability[chosen].sum()
        kept = Scenarios(
            chance, told.row_low[chosen], told.row_high[chosen], told.cost[chosen], told.entry_row, told.entry_column,
            told.entry_value[chosen],
        )  # fmt: skip
        return self._with(kept)

    def average(self) -> TwoStageProgram:
        """Return the program whose one future is the mean of all: what a plan on averages is made of."""
        told = self.scenarios
        chance = told.probability[None, :]
        mean = Scenarios(
            np.ones(1), chance @ told.row_low, chance @ told.row_high, chance @ told.cost, told.entry_row,
            told.entry_column, chance @ told.entry_value,
        )  # fmt: skip
        return self._with(mean)

    def _with(self, scenarios: Scenarios) -> TwoStageProgram:
        return TwoStageProgram(
            self.cost, self.lower, self.upper, self.is_whole, self.matrix, self.row_low, self.row_high,
            self.num_columns_now, self.num_rows_now, scenarios,
        )  # fmt: skip
