"""Judge a master plan independently of what made it: plain loops over nodes."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.findings import Finding, Findings
from drumbeat.planning.engine.master.problem import MasterProblem
from drumbeat.planning.engine.master.result import MasterPlan

TOLERANCE = 1e-5
"""Relative difference that counts as rounding."""


def check_master(problem: MasterProblem, plan: MasterPlan) -> Findings:
    """Prove that a master plan uses no stock that is not there and no hour that there is not.

    - Stock of each node = that before + what arrives - what goes into others - what is delivered; never below zero.
    - What is late = what was late + what is wanted - what is delivered; never below zero.
    - Hours of work are within usable hours, overtime and shifts; these, supplies and budgets within their limits.
    - Money spent within the budget; shifts are whole; the cost is the sum of its parts.

    Returns
    -------
    Findings
        One for each broken rule; empty when the plan holds.
    """
    findings = Findings()
    for node in range(problem.periods.num_nodes):
        _check_balances(problem, plan, node, findings)
        _check_limits(problem, plan, node, findings)
    if _exceeds(abs(plan.cost - sum(plan.cost_parts.values())), 0.0, plan.cost):
        _blame(findings, "the cost is the sum of its parts", plan.cost)
    return findings


def _blame(findings: Findings, rule: str, value: object) -> None:
    findings.add(Finding("master plan", rule, "Report this: the plan is wrong", value=str(value)))


def _exceeds(value: float, limit: float, scale: float = 1.0) -> bool:
    return bool(value > limit + TOLERANCE * max(1.0, abs(scale), abs(limit) if np.isfinite(limit) else 1.0))


def _check_balances(problem: MasterProblem, plan: MasterPlan, node: int, findings: Findings) -> None:
    periods, products, activities = problem.periods, problem.products, problem.activities
    period, parent = int(periods.period[node]), int(periods.parent[node])
    stock = products.stock.copy() if parent < 0 else plan.stock[parent].copy()
    late = np.zeros(len(products.keys)) if parent < 0 else plan.late[parent].copy()
    stock += products.receipts[period]
    scale = stock.copy()
    for a in range(len(activities.keys)):
        sender = node
        for _ in range(int(activities.lead_periods[a])):
            sender = int(periods.parent[sender]) if sender >= 0 else -1
        if sender >= 0:
            stock[activities.product[a]] += plan.started[sender, a]
            scale[activities.product[a]] += plan.started[sender, a]
            for k in range(*(activities.beside_ptr[a : a + 2].tolist() if len(activities.beside_ptr) else (0, 0))):
                stock[activities.beside_product[k]] += activities.beside_per_unit[k] * plan.started[sender, a]
        for k in range(int(activities.parts_ptr[a]), int(activities.parts_ptr[a + 1])):
            stock[activities.parts_product[k]] -= activities.parts_per_unit[k] * plan.started[node, a]
    for p, key in enumerate(products.keys):
        left = stock[p] - plan.served[node, p]
        owed = late[p] + products.demand[node, p] - plan.served[node, p]
        if _exceeds(abs(left - plan.stock[node, p]), 0.0, scale[p]) or _exceeds(-plan.stock[node, p], 0.0, scale[p]):
            _blame(findings, "stock is what was there and came, less what went", f"{key}, period {period}")
        if _exceeds(abs(owed - plan.late[node, p]), 0.0, owed) or _exceeds(-plan.late[node, p], 0.0, owed):
            _blame(findings, "what is late was wanted and not delivered", f"{key}, period {period}")


def _check_limits(problem: MasterProblem, plan: MasterPlan, node: int, findings: Findings) -> None:
    activities, capacity = problem.activities, problem.capacity
    period = int(problem.periods.period[node])
    work = np.zeros(len(capacity.keys))
    spent = float(plan.overtime[node] @ capacity.overtime_cost + plan.shifts[node] @ capacity.shift_cost)
    for a, key in enumerate(activities.keys):
        units = float(plan.started[node, a])
        if _exceeds(units, float(activities.most[a, period]), units) or _exceeds(-units, 0.0):
            _blame(findings, "an activity stays within its limit", f"{key}, period {period}")
        spent += units * float(activities.cost[a])
        for k in range(int(activities.hours_ptr[a]), int(activities.hours_ptr[a + 1])):
            work[activities.hours_resource[k]] += units * activities.hours_per_unit[k]
    for r, key in enumerate(capacity.keys):
        overtime, shifts = float(plan.overtime[node, r]), float(plan.shifts[node, r])
        if _exceeds(work[r], capacity.hours[r, period] + overtime + shifts * capacity.shift_hours[r], work[r]):
            _blame(findings, "work is within the hours that there are", f"{key}, period {period}")
        if _exceeds(overtime, float(capacity.overtime_most[r, period])) or _exceeds(-overtime, 0.0):
            _blame(findings, "overtime is within its limit", f"{key}, period {period}")
        if abs(shifts - round(shifts)) > TOLERANCE or _exceeds(shifts, float(capacity.shift_most[r, period])):
            _blame(findings, "shifts are whole and within their limit", f"{key}, period {period}")
    if _exceeds(spent, float(problem.budget[period]), spent):
        _blame(findings, "money spent is within the budget", f"period {period}: {spent:g}")
