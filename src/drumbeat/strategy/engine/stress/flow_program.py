"""The linear program of a network: written once, asked about many disruptions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.strategy.engine.stress.problem import Disruption, Network

LONGEST_WEEKS = 104.0
"""Times to survive are not told beyond this."""

_SLACK = 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class FlowProgram:
    """A network and the matrix of its flows.

    Rows: for each product, used less made is at most the stock less the demand that is served; for each resource,
    hours used are at most those that there are. Columns: each activity, then the lost units of each wanted product.
    """

    network: Network
    matrix: sparse.csr_array
    wanted: Int64s

    def limits(self, disruption: Disruption, demand: Floats) -> tuple[Floats, Floats]:
        """Return the right-hand sides and the upper bounds of the columns over the whole disruption."""
        network, weeks = self.network, disruption.weeks
        total = demand * disruption.demand_factor * weeks
        above = np.concatenate(
            [network.stock * disruption.stock_left - total, network.hours * disruption.hours_left * weeks]
        )
        time = np.maximum(weeks - network.begins, 0.0)
        with np.errstate(invalid="ignore"):
            most = np.where(disruption.most_left * time > 0, network.most * disruption.most_left * time, 0.0)
        return above, np.concatenate([most, total[self.wanted]])


def write_program(network: Network) -> FlowProgram:
    """Write the flows of a network as a matrix."""
    products, activities, resources = len(network.products), len(network.activities), len(network.resources)
    wanted = np.flatnonzero(network.demand > 0)
    user = np.repeat(np.arange(activities), np.diff(network.parts_ptr))
    worker = np.repeat(np.arange(activities), np.diff(network.hours_ptr))
    row = np.concatenate([network.makes, network.parts, products + network.hours_of, wanted])
    column = np.concatenate([np.arange(activities), user, worker, activities + np.arange(len(wanted))])
    value = np.concatenate(
        [-np.ones(activities), network.parts_per_unit, network.hours_per_unit, -np.ones(len(wanted))]
    )
    shape = (products + resources, activities + len(wanted))
    return FlowProgram(network, sparse.csr_array(sparse.coo_array((value, (row, column)), shape=shape)), wanted)


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """The solution of a linear program: its columns, what one more unit of each right-hand side would save, whether
    there is one at all."""

    x: Floats
    worth: Floats
    is_solved: bool


def minimise(cost: Floats, matrix: sparse.csr_array, above: Floats, most: Floats) -> Solved:
    """Minimise `cost @ x` where `matrix @ x <= above` and `0 <= x <= most`, by HiGHS."""
    if matrix.shape[1] == 0:
        return Solved(np.zeros(0), np.zeros(len(above)), bool(np.all(above >= 0)))
    solve: Any = linprog  # its stubs know no sparse matrices
    found = solve(cost, A_ub=matrix, b_ub=above, bounds=np.stack([np.zeros(len(most)), most], axis=1), method="highs")
    if found.status != 0:
        return Solved(np.zeros(len(cost)), np.zeros(len(above)), is_solved=False)
    return Solved(np.asarray(found.x), np.maximum(-np.asarray(found.ineqlin.marginals), 0.0), is_solved=True)


@dataclass(frozen=True, slots=True, eq=False)
class Loss:
    """What a disruption costs.

    Parameters
    ----------
    money
        Contribution lost over the disruption.
    lost
        Shape (P,): units not delivered.
    hour_worth
        Shape (R,): money that one more hour of each resource would save.
    stock_worth
        Shape (P,): money that one more unit in stock would save.
    weeks
        Weeks until all of it is lost: those of the disruption, or until a substitute begins.
    """

    money: float
    lost: Floats
    hour_worth: Floats
    stock_worth: Floats
    weeks: float


def find_sustainable(program: FlowProgram) -> Floats:
    """Return the demand, units a week by product, that the undisturbed network can serve for ever, stock untouched.

    Where not all can be served, what earns most is. What is left is no disruption's fault, and counts in no loss.
    """
    return find_usual_flows(program)[0]


def find_usual_flows(program: FlowProgram) -> tuple[Floats, Floats]:
    """Return the demand that can be served for ever, as `find_sustainable`, and what each activity then does a week."""
    network = program.network
    above = np.concatenate([-network.demand, network.hours])
    most = np.concatenate([network.most, network.demand[program.wanted]])
    found = minimise(_lost_cost(program), program.matrix, above, most)
    served = network.demand.copy()
    served[program.wanted] -= found.x[len(network.activities) :]
    # A hair less, or the last digits of the solver would look like a loss.
    return np.maximum(served, 0.0) * (1.0 - _SLACK), found.x[: len(network.activities)]


def find_loss(program: FlowProgram, disruption: Disruption, demand: Floats) -> Loss:
    """Find the least contribution that a disruption costs.

    Parameters
    ----------
    program
        From `write_program`.
    disruption
        What happens, for how long.
    demand
        Shape (P,): units a week that are served otherwise, from `find_sustainable`.

    Notes
    -----
    D. Simchi-Levi et al., Identifying Risks and Mitigating Disruptions in the Automotive Supply Chain, Interfaces 45
    (2015): the time-to-recover model, here with several levels, shared hours and ways that begin late. Reaction is at
    once and perfect: the loss is the least possible.
    """
    moments = _beginnings(program.network, disruption)
    losses = [_lose_by(program, replace(disruption, weeks=weeks), demand) for weeks in moments]
    return max(losses, key=lambda loss: loss.money)


def _beginnings(network: Network, disruption: Disruption) -> list[float]:
    """Return the end of the disruption, and before it the moments at which a substitute for what is lost begins.

    What is lost until then is not brought back by what comes later.
    """
    lost = np.unique(network.makes[disruption.most_left <= 0])
    begins = np.unique(network.begins[np.isin(network.makes, lost)])
    return [disruption.weeks, *begins[(begins > 0) & (begins < disruption.weeks)].tolist()]


def _lose_by(program: FlowProgram, disruption: Disruption, demand: Floats) -> Loss:
    network = program.network
    above, most = program.limits(disruption, demand)
    found = minimise(_lost_cost(program), program.matrix, above, most)
    lost = np.zeros(len(network.products))
    lost[program.wanted] = found.x[len(network.activities) :]
    count = len(network.products)
    lost[lost * np.maximum(network.contribution, 1.0) < 1e-6] = 0.0
    return Loss(float(lost @ network.contribution), lost, found.worth[count:], found.worth[:count], disruption.weeks)


def _lost_cost(program: FlowProgram) -> Floats:
    network = program.network
    # A product without a contribution is served as well where that costs nothing else.
    worth = np.maximum(network.contribution[program.wanted], 1e-6)
    return np.concatenate([np.zeros(len(network.activities)), worth])


def find_survival(program: FlowProgram, disruption: Disruption, demand: Floats) -> float:
    """Find for how many weeks a disruption can last until the first demand is lost; at most `LONGEST_WEEKS`.

    The same source: the time-to-survive model. Ways that begin late are let in once the time found is beyond their
    beginning.
    """
    network = program.network
    is_open = np.zeros(len(network.activities), dtype=np.bool_)
    weeks = 0.0
    while True:
        now_open = network.begins <= weeks
        if np.array_equal(now_open, is_open) and weeks > 0:
            return weeks
        is_open = is_open | now_open
        found = _survive(program, disruption, demand, is_open)
        if found <= weeks:
            return weeks
        weeks = found
        if weeks >= LONGEST_WEEKS:
            return LONGEST_WEEKS


def _survive(program: FlowProgram, disruption: Disruption, demand: Floats, is_open: np.ndarray) -> float:
    """Most weeks in which everything is served, with these activities; the last column is the weeks."""
    network = program.network
    activities, rows = len(network.activities), len(network.products) + len(network.resources)
    usable = np.where(disruption.most_left > 0, network.most * np.maximum(disruption.most_left, 1e-12), 0.0)
    is_open = is_open & (disruption.most_left > 0) & (network.most > 0)
    limited = np.flatnonzero(is_open & np.isfinite(usable))
    rate = np.concatenate([demand * disruption.demand_factor, -network.hours * disruption.hours_left])
    flows = sparse.hstack([program.matrix[:, :activities], sparse.csr_array(rate[:, None])])
    limits = sparse.csr_array(
        (np.ones(len(limited)), (np.arange(len(limited)), limited)), shape=(len(limited), activities)
    )
    bounds = sparse.hstack([limits, sparse.csr_array(-usable[limited][:, None])])
    above = np.concatenate([
        network.stock * disruption.stock_left, np.zeros(rows - len(network.products)),
        -usable[limited] * network.begins[limited],
    ])  # fmt: skip
    cost = np.zeros(activities + 1)
    cost[-1] = -1.0
    most = np.append(np.where(is_open, np.inf, 0.0), LONGEST_WEEKS)
    found = minimise(cost, sparse.csr_array(sparse.vstack([flows, bounds])), above, most)
    return float(found.x[-1]) if found.is_solved else 0.0
