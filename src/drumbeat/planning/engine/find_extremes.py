"""Find what no plan can hold: more lots than anybody can order, and orders that take for ever."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Floats, Int32s
from drumbeat.basics.findings import Finding, Findings
from drumbeat.planning.engine.blow_phantoms import blow_phantoms
from drumbeat.planning.engine.problem import Problem

MOST_LOTS = 1_000_000
"""Orders of one item at one site."""
LONGEST = 2.0**50
"""Seconds that an order may take, some 36 million years: times are counted in whole numbers, and add up over levels."""
MOST_UNITS = 1e15
"""Units of an item in all: beyond, a number no longer tells one unit."""


def find_extremes(problem: Problem, level: Int32s) -> Findings:
    """Find items of which so much is wanted that they cannot be planned.

    Parameters
    ----------
    problem
        What is to be planned.
    level
        Shape (B,): of `find_levels`.

    Returns
    -------
    Findings
        An error for each item at each site of which more than `MOST_UNITS` units may be needed, more than `MOST_LOTS`
        lots, or one lot for longer than `LONGEST`; empty as a rule.

    Notes
    -----
    What is needed is bounded from above: no stock and nothing on order, every order by the method with the lowest
    yield, every bill line valid for ever. By-products are left out.
    """
    units = _bound_units(problem, level)
    findings = Findings()
    methods, keys = problem.methods, problem.buffers.keys
    remedy = "Correct the quantity of the demand, of the bill, or of the lot"
    for buffer in np.flatnonzero(~(units <= MOST_UNITS)).tolist():
        rule = f"at most {MOST_UNITS:g} units of an item are needed in all"
        findings.add(Finding("plan", rule, remedy, value=f"{keys[buffer]}: {units[buffer]:g}"))
    owner = np.repeat(np.arange(problem.num_buffers), np.diff(methods.ptr))
    lots = units[owner] / np.maximum(methods.lot_maximum, 1e-12)
    for method in np.flatnonzero((lots > MOST_LOTS) & (units[owner] <= MOST_UNITS)).tolist():
        rule = f"at most {MOST_LOTS:,} lots of an item are planned"
        told = f"{keys[owner[method]]}: {units[owner[method]]:g} units in lots of {methods.lot_maximum[method]:g}"
        findings.add(Finding("plan", rule, "Enter a smaller quantity, or a larger lot_maximum", value=told))
    seconds = methods.lead_seconds + methods.lead_seconds_per_unit * np.minimum(units[owner], methods.lot_maximum)
    for method in np.flatnonzero((seconds > LONGEST) & (units[owner] > 0)).tolist():
        rule, days = "an order takes less than some million years", seconds[method] / 86_400
        remedy = "Correct its lead time or run time, the quantity, or the largest lot"
        findings.add(Finding("plan", rule, remedy, value=f"{keys[owner[method]]}: {days:g} days"))
    return findings


def _bound_units(problem: Problem, level: Int32s) -> Floats:
    """Units of each buffer that may be needed at most, its smallest lots included."""
    bills, methods, receipts = blow_phantoms(problem), problem.methods, problem.receipts
    units = np.zeros(problem.num_buffers)
    np.add.at(units, problem.demands.buffer, problem.demands.quantity)
    units += problem.buffers.safety_stock
    started = np.zeros(problem.num_buffers)
    np.add.at(started, receipts.buffer, receipts.units_to_issue)
    owner = np.repeat(np.arange(problem.num_buffers), np.diff(methods.ptr))
    share = np.ones(problem.num_buffers)
    np.minimum.at(share, owner, methods.yields)
    lot = np.zeros(problem.num_buffers)
    np.maximum.at(lot, owner, np.minimum(np.maximum(methods.lot_minimum, methods.lot_multiple), methods.lot_maximum))
    line_owner = np.repeat(np.arange(problem.num_buffers), np.diff(bills.ptr))
    gross = bills.quantity_per / (1 - bills.scrap)
    moves = np.flatnonzero(methods.source >= 0)
    num_levels = int(level.max(initial=-1)) + 1
    lines = _by_level(level[line_owner], num_levels)
    sent = _by_level(level[owner[moves]], num_levels)
    with np.errstate(over="ignore", invalid="ignore"):
        for here in range(num_levels):
            mine = level == here
            units[mine] += np.where(units[mine] > 0, lot[mine], 0.0)
            rows = lines[here]
            taken = (units[line_owner[rows]] / share[line_owner[rows]] + started[line_owner[rows]]) * gross[rows]
            np.add.at(units, bills.component[rows], taken)
            rows = moves[sent[here]]
            np.maximum.at(units, methods.source[rows], units[methods.source[rows]] + units[owner[rows]])
    return units


def _by_level(of: Int32s, num_levels: int) -> list[np.ndarray]:
    """Rows of each level."""
    order = np.argsort(of, kind="stable")
    cuts = np.searchsorted(of[order], np.arange(num_levels + 1))
    return [order[cuts[here] : cuts[here + 1]] for here in range(num_levels)]
