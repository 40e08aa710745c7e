"""What master planning gives back: quantities and hours by node, what they cost, and what one more would be worth."""

from __future__ import annotations

from dataclasses import dataclass

from drumbeat.basics.arrays import Floats


@dataclass(frozen=True, slots=True)
class MasterPlan:
    """A master plan. N nodes, A activities, P products, R resources, T periods.

    Parameters
    ----------
    cost
        Expected money of the whole plan.
    bound
        No plan is cheaper than this; equals `cost` where the plan is proved best.
    started
        Shape (N, A): good units started.
    served, stock, late, lacking, excess
        Shape (N, P): units delivered; in stock at the end; wanted and not yet delivered at the end; lacking of the
        safety stock; in stock beyond what there is room for.
    overtime, shifts
        Shape (N, R): hours of overtime, and extra shifts.
    cost_parts
        Expected money by kind: activities, overtime, shifts, stock, safety, late, unmet, excess.
    hour_worth
        Shape (N, R): money that one more usable hour would save in that node, the shifts being as planned.
    unit_worth
        Shape (N, P): money that one more unit of stock, there without having been made, would save in that node.
    demand_cost
        Shape (N, P): money that one more unit wanted in that node would cost; 0 for what nobody can want.
    supply_worth
        Shape (N, A): money that one more unit of an activity's limit would save.
    budget_worth
        Shape (N,): money that one more of the budget would save.
    """

    cost: float
    bound: float
    started: Floats
    served: Floats
    stock: Floats
    late: Floats
    lacking: Floats
    excess: Floats
    overtime: Floats
    shifts: Floats
    cost_parts: dict[str, float]
    hour_worth: Floats
    unit_worth: Floats
    demand_cost: Floats
    supply_worth: Floats
    budget_worth: Floats
