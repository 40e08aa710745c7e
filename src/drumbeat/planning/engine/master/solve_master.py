"""Find the cheapest master plan by HiGHS, and what one more hour, unit or coin would be worth."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
from scipy.optimize import linprog

from drumbeat.basics.arrays import Floats
from drumbeat.basics.findings import Finding, InputError
from drumbeat.basics.progress import Progress, silent
from drumbeat.planning.engine.master.build_program import BLOCKS, Program, build_program, excess_cost
from drumbeat.planning.engine.master.problem import MasterProblem
from drumbeat.planning.engine.master.result import MasterPlan

INFEASIBLE = 2
"""HiGHS' answer, as SciPy numbers it, where no plan keeps all limits."""
GAP = 1e-4
"""A plan with whole shifts is good enough within this share of the bound."""


def solve_master(problem: MasterProblem, seconds: float = 60.0, progress: Progress = silent) -> MasterPlan:
    """Find the cheapest plan: what to make, stock, buy and move, with which overtime and shifts.

    Shifts are whole; the worth of hours and units is that of the linear program with the shifts as planned.

    Parameters
    ----------
    problem
        What is wanted and what there is.
    seconds
        Most time for whole shifts, above 0; the best plan found by then is returned, with its bound.
    progress
        Hears of each step.

    Returns
    -------
    MasterPlan
        Empty arrays where there are no products.

    Raises
    ------
    InputError
        When no plan keeps all limits (a late cost of inf forbids late deliveries), or none is found in time.
    """
    progress(0.0, "writing the program")
    program = build_program(problem)
    most, bound = program.most, -np.inf
    if np.any(program.is_whole & (most > 0)):
        progress(0.1, "choosing whole shifts")
        chosen = _ask(program, most, seconds, whole=True)
        bound = float(chosen.mip_dual_bound)
        most = np.where(program.is_whole, np.round(chosen.x), most)
    progress(0.6, "finding the cheapest plan")
    answer = _ask(program, most, None, whole=False)
    progress(1.0, "done")
    return _read(problem, program, answer, float(answer.fun) if bound == -np.inf else bound)


def _ask(program: Program, most: Floats, seconds: float | None, *, whole: bool) -> Any:
    """Ask HiGHS; without whole numbers, those columns are held at `most`."""
    if not len(most):
        nothing = SimpleNamespace(marginals=np.zeros(0))
        return SimpleNamespace(x=np.zeros(0), fun=0.0, eqlin=nothing, ineqlin=nothing, upper=nothing)
    least = np.zeros(len(most)) if whole else np.where(program.is_whole, most, 0.0)
    options: dict[str, Any] = {"mip_rel_gap": GAP, "time_limit": seconds} if whole else {}
    solve: Any = linprog  # its stubs know of dense matrices only
    answer = solve(
        program.cost, A_ub=program.below, b_ub=program.below_to, A_eq=program.equal, b_eq=program.equal_to,
        bounds=np.column_stack([least, most]), method="highs", options=options,
        integrality=program.is_whole.astype(np.uint8) if whole else None,
    )  # fmt: skip
    if answer.status == INFEASIBLE:
        rule = "some plan meets every demand that may not be late within hours, supplies and budget"
        remedy = "Give a cost of lateness instead of forbidding it, or more hours, supply or budget"
        raise InputError(Finding("master plan", rule, remedy, value="no plan"))
    if answer.x is None:
        rule, remedy = "a plan is found in the time given", "Give it more seconds, fewer periods, or no extra shifts"
        raise InputError(Finding("master plan", rule, remedy, value=str(answer.message)))
    return answer


def _read(problem: MasterProblem, program: Program, answer: Any, bound: float) -> MasterPlan:
    periods, products = problem.periods, problem.products
    nodes, size, resources = periods.num_nodes, len(products.keys), len(problem.capacity.keys)
    names = [*BLOCKS, "end"]
    table = np.asarray(answer.x, dtype=np.float64).reshape(nodes, -1)
    values = {name: table[:, program.offsets[name] : program.offsets[after]].copy() for name, after in pairwise(names)}
    chance = periods.probability[:, None]
    # A marginal is the change of the expected cost for one more on the right-hand side.
    equal = np.asarray(answer.eqlin.marginals).reshape(nodes, 2 * size) / chance
    below = np.zeros(nodes * (resources + 2 * size + 1))
    below[program.below_row] = answer.ineqlin.marginals
    below = below.reshape(nodes, -1) / chance
    upper = np.asarray(answer.upper.marginals).reshape(nodes, -1)[:, : len(problem.activities.keys)] / chance
    return MasterPlan(
        cost=float(answer.fun),
        bound=min(bound, float(answer.fun)),
        **values,
        cost_parts=sum_costs(problem, values),
        hour_worth=-below[:, :resources],
        unit_worth=-equal[:, :size],
        demand_cost=np.where(products.demand.any(axis=0), equal[:, size:], 0.0),
        supply_worth=-upper,
        budget_worth=-below[:, -1],
    )


def sum_costs(problem: MasterProblem, values: dict[str, Floats]) -> dict[str, float]:
    """Sum the expected money of a plan by kind: activities, overtime, shifts, stock, safety, late, unmet, excess.

    Parameters
    ----------
    values
        Tables of the plan by the names of `BLOCKS`, a row a node.
    """
    periods, products = problem.periods, problem.products
    late = np.where(np.isinf(products.late_cost), 0.0, products.late_cost)
    is_last = ~np.isin(np.arange(periods.num_nodes), periods.parent)

    def expected(name: str, price: Floats) -> float:
        return float(periods.probability @ (values[name] @ price))

    return {
        "activities": expected("started", problem.activities.cost),
        "overtime": expected("overtime", problem.capacity.overtime_cost),
        "shifts": expected("shifts", problem.capacity.shift_cost),
        "stock": expected("stock", products.hold_cost),
        "safety": expected("lacking", products.safety_cost)
        + float(periods.probability[is_last] @ (values["lacking"][is_last] @ products.unmet_cost)),
        "late": expected("late", late),
        "unmet": float(periods.probability[is_last] @ (values["late"][is_last] @ products.unmet_cost)),
        "excess": expected("excess", np.full(len(products.keys), excess_cost(problem))),
    }
