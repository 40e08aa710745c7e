"""Choose among projects under several budgets at once: a knapsack with as many limits as there are budgets."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from drumbeat.basics.arrays import Bools, Floats
from drumbeat.strategy.engine.programs.solve_extensive import ask_highs


def choose_portfolio(worth: Floats, costs: Floats, budgets: Floats, seconds: float = 60.0) -> Bools:
    """Choose the projects of the highest worth together that keep every budget.

    Parameters
    ----------
    worth
        Shape (P,): of each project.
    costs
        Shape (B, P): what each takes of each budget, of a period or a function.
    budgets
        Shape (B,).
    seconds
        Most time; the best choice found by then is returned.

    Returns
    -------
    Shape (P,): whether a project is chosen; none where no project fits.

    Raises
    ------
    InputError
        When a budget is below zero and nothing can mend it.
    """
    size = len(worth)
    if size == 0:
        return np.zeros(0, dtype=bool)
    least = np.full(len(budgets), -np.inf)
    answer = ask_highs(
        -worth, np.zeros(size), np.ones(size), np.ones(size), sparse.csr_array(costs), least, budgets, 1e-9, seconds
    )
    chosen: Bools = np.asarray(answer.x) > 0.5
    return chosen
