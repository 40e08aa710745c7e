"""Find starts that keep the rules: windows, prerequisites, exclusions, budgets, engineers, initiatives at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int64s
from drumbeat.basics.compiled import bare, njit
from drumbeat.strategy.engine.roadmap.problem import NEVER, RoadmapProblem

SLACK = 1e-9


class Rules(NamedTuple):
    """What starts have to keep, as the kernels take it; `spent` is the cost up to each age."""

    earliest: Int64s
    latest: Int64s
    build: Int64s
    requires: Bools
    excludes: Bools
    spent: Floats
    engineering: Floats
    is_busy: Bools
    is_committed: Bools
    gate_age: Int64s
    budget: Floats
    engineers: Floats
    most_at_once: Int64s


def list_rules(problem: RoadmapProblem) -> Rules:
    """List the rules of a problem."""
    own, means = problem.initiatives, problem.means
    return Rules(
        own.earliest.astype(np.int64), own.latest.astype(np.int64), own.build.astype(np.int64), own.requires,
        own.excludes, own.cost.cumsum(axis=2), own.engineering, own.is_busy, own.is_committed, own.gate_age,
        means.budget,
        means.engineering, means.most_at_once.astype(np.int64),
    )  # fmt: skip


@bare
def _fits_in_period(rules: Rules, starts: Int64s, stops: Int64s, period: int) -> bool:
    """Whether means suffice in a period."""
    functions = rules.spent.shape[1]
    engineers, busy, total = 0.0, 0, 0.0
    for f in range(functions):
        spent = 0.0
        for i in range(len(starts)):
            age = period - starts[i]
            if starts[i] >= 0 and age >= 0:
                until = age if stops[i] < 0 else min(age, rules.gate_age[i, stops[i]])
                spent += rules.spent[i, f, until]
        total += spent
        if spent > rules.budget[f, period] * (1.0 + SLACK) + SLACK:
            return False
    if total > rules.budget[functions, period] * (1.0 + SLACK) + SLACK:
        return False
    for i in range(len(starts)):
        age = period - starts[i]
        if starts[i] >= 0 and age >= 0 and (stops[i] < 0 or age <= rules.gate_age[i, stops[i]]):
            engineers += rules.engineering[i, age]
            busy += rules.is_busy[i, age]
    return engineers <= rules.engineers[period] + SLACK and busy <= rules.most_at_once[period]


@bare
def _keeps_links(rules: Rules, starts: Int64s, i: int) -> bool:
    """Whether an initiative that starts is within its window, after what it requires, and without what it excludes."""
    if starts[i] < rules.earliest[i] or starts[i] > rules.latest[i]:
        return False
    for j in range(len(starts)):
        if rules.requires[i, j] and (starts[j] < 0 or starts[j] + rules.build[j] > starts[i]):
            return False
        if rules.excludes[i, j] and starts[j] >= 0:
            return False
    return True


@bare
def _fits(rules: Rules, starts: Int64s, stops: Int64s) -> bool:
    for i in range(len(starts)):
        if starts[i] < 0 and rules.is_committed[i]:
            return False
        if starts[i] >= 0 and not _keeps_links(rules, starts, i):
            return False
    period, periods = 0, rules.budget.shape[1]
    while period < periods and _fits_in_period(rules, starts, stops, period):
        period += 1
    return period == periods


@njit(nogil=True, _nrt=False)
def fit_rows(rules: Rules, starts: Int64s, stops: Int64s, fits: Bools) -> None:
    """Fill `fits` (shape (n,)): whether each row of starts and stops (n, I) keeps all rules."""
    for row in range(len(fits)):
        fits[row] = _fits(rules, starts[row], stops[row])


@njit(nogil=True, _nrt=False)
def place_in_order(rules: Rules, order: Int64s, not_before: Int64s, starts: Int64s, stops: Int64s) -> None:
    """Start initiatives one after the other as early as the rules allow, on top of those that start already.

    Parameters
    ----------
    rules
        Of `list_rules`.
    order
        Shape (n,): initiatives; one whose prerequisite does not start, or for which there is no room, is left out.
    not_before
        Shape (I,): earliest period wanted for each.
    starts
        Shape (I,): changed in place.
    stops
        Shape (I,): -1 each.
    """
    periods = rules.budget.shape[1]
    for at in range(len(order)):
        i = order[at]
        if starts[i] >= 0:
            continue
        for period in range(max(rules.earliest[i], not_before[i]), min(rules.latest[i], periods - 1) + 1):
            starts[i] = period
            is_good = _keeps_links(rules, starts, i)
            for j in range(len(starts)):
                if starts[j] >= 0 and rules.excludes[j, i]:
                    is_good = False
            later = period
            while is_good and later < periods:
                is_good = _fits_in_period(rules, starts, stops, later)
                later += 1
            if is_good:
                break
            starts[i] = NEVER


def keep_rules(rules: Rules, starts: Int64s, stops: Int64s) -> Bools:
    """Say which rows of starts and stops keep all rules; shapes (n, I) to (n,)."""
    fits = np.zeros(len(starts), dtype=bool)
    fit_rows(rules, np.ascontiguousarray(starts), np.ascontiguousarray(stops), fits)
    return fits
