"""The cheapest way to close the gap between surviving and recovering."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.strategy.engine.stress.flow_program import FlowProgram, minimise
from drumbeat.strategy.engine.stress.problem import Disruption


@dataclass(frozen=True, slots=True, eq=False)
class StockRemedy:
    """The cheapest stock that carries a network through a disruption.

    Parameters
    ----------
    units
        Shape (P,): units to add.
    cost_a_year
        Money that holding them costs a year.
    capital
        Money tied up.
    is_enough
        Whether nothing is lost any more; otherwise no stock that may be held helps.
    """

    units: Floats
    cost_a_year: float
    capital: float
    is_enough: bool


def place_cover(
    program: FlowProgram, disruption: Disruption, demand: Floats, hold_cost: Floats, unit_cost: Floats
) -> StockRemedy:
    """Find the cheapest stock with which a disruption costs nothing.

    Parameters
    ----------
    program, disruption, demand
        As for `find_loss`.
    hold_cost
        Shape (P,): money for a unit in stock for a year, >= 0; inf = may not be held.
    unit_cost
        Shape (P,): money for a unit.
    """
    network = program.network
    products, activities = len(network.products), len(network.activities)
    above, most = program.limits(disruption, demand)
    helps = np.flatnonzero(np.isfinite(hold_cost) & (disruption.stock_left > 0))
    more = sparse.csr_array(
        (-disruption.stock_left[helps], (helps, np.arange(len(helps)))), shape=(program.matrix.shape[0], len(helps))
    )
    matrix = sparse.csr_array(sparse.hstack([program.matrix[:, :activities], more]))
    # The least of anything breaks ties between stocks that cost nothing to hold.
    cost = np.concatenate([np.zeros(activities), hold_cost[helps] + 1e-9])
    limits = np.concatenate([most[:activities], np.full(len(helps), np.inf)])
    found = minimise(cost, matrix, above, limits)
    units = np.zeros(products)
    if not found.is_solved:
        return StockRemedy(units, 0.0, 0.0, False)
    units[helps] = found.x[activities:]
    units[units < 1e-6] = 0.0
    kept = units > 0
    return StockRemedy(units, float(units[kept] @ hold_cost[kept]), float(units[kept] @ unit_cost[kept]), True)


def find_backup(program: FlowProgram, disruption: Disruption, demand: Floats, resources: Int64s) -> Floats:
    """Find the fewest further hours of some resources with which a disruption costs nothing.

    Returns
    -------
    Shape (len(resources),): hours over the whole disruption; infinite where no hours of these are enough.
    """
    network = program.network
    activities = len(network.activities)
    above, most = program.limits(disruption, demand)
    more = sparse.csr_array(
        (-np.ones(len(resources)), (len(network.products) + resources, np.arange(len(resources)))),
        shape=(program.matrix.shape[0], len(resources)),
    )
    matrix = sparse.csr_array(sparse.hstack([program.matrix[:, :activities], more]))
    cost = np.concatenate([np.zeros(activities), np.ones(len(resources))])
    found = minimise(cost, matrix, above, np.concatenate([most[:activities], np.full(len(resources), np.inf)]))
    return found.x[activities:] if found.is_solved else np.full(len(resources), np.inf)


def exposure_index(losses: Floats) -> Floats:
    """Return the risk exposure index of nodes: loss over the largest loss; 0 where nothing can be lost."""
    most = float(losses.max(initial=0.0))
    index: Floats = losses / most if most > 0 else np.zeros_like(losses)
    return index
