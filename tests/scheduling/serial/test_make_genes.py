"""Genes to begin with, by hand."""

from dataclasses import replace

import numpy as np

from drumbeat.scheduling.engine.problem import Budgets
from drumbeat.scheduling.engine.serial.make_genes import choose_base
from tests.scheduling.make_problem import ResourceRow, TaskRow, make_problem

NOT_AFFORDED, LEFT_OUT = 2, 1


def _spend_one_each(choices, amount):
    """Tasks that take 1 each of a budget, some of them ways of a choice."""
    size = len(choices)
    problem = make_problem([TaskRow(0, [(1, 0, [(0, 1)])], choice=choice) for choice in choices], [ResourceRow()])
    budgets = Budgets(
        np.array(["MONEY"], dtype=object),
        np.array([amount], dtype=np.int64),
        np.arange(size + 1, dtype=np.int64),
        np.zeros(size, dtype=np.int32),
        np.ones(size, dtype=np.int64),
    )
    return replace(problem, budgets=budgets)


def test_whatever_must_be_done_and_cannot_be_afforded_counts_as_not_placed():
    _, out = choose_base(_spend_one_each([-1, -1, -1], amount=1))
    assert sorted(out.tolist()) == [0, NOT_AFFORDED, NOT_AFFORDED]


def test_of_a_choice_that_cannot_be_afforded_one_way_counts_as_not_placed():
    _, out = choose_base(_spend_one_each([0, 0], amount=0))
    assert sorted(out.tolist()) == [LEFT_OUT, NOT_AFFORDED]
