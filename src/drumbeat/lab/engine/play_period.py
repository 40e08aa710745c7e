"""Play a period: the twin plays the company's floor, the accounts follow, and the condition ages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from drumbeat.lab.engine.age_organisation import age_condition, count_leavers, draw_outages
from drumbeat.lab.engine.company import Company
from drumbeat.lab.engine.compile_floor import FloorPlan, compile_floor
from drumbeat.lab.engine.compile_supply import WEEK
from drumbeat.lab.engine.condition import Condition, LotOnFloor
from drumbeat.lab.engine.figures import Figures, GroupFigures, ProductFigures
from drumbeat.twin.engine.floor.result import BLOCKED, IDLE, LACKING, RUNNING, SETTING_UP, FloorResult
from drumbeat.twin.engine.floor.simulate import simulate_floor

HOURS = 3600.0
FIRST = 1000
"""Periods before the game are numbered below 1, replications of the twin are not."""


def play_period(
    company: Company, condition: Condition, *, seed: int, period: int, weeks: int, spent: dict[str, float] | None = None
) -> tuple[Figures, Condition]:
    """Play one period.

    Parameters
    ----------
    company
        As it is in the period, changes made.
    condition
        At its start.
    seed
        Of the game; equal arguments give equal figures.
    period
        Its number.
    weeks
        Its length.
    spent
        What the player spent before it, by line of the account, below 0.

    Returns
    -------
    Figures of the period, and the condition at its end.
    """
    outages = draw_outages(company, condition, seed, period, weeks)
    leavers = count_leavers(company, condition, seed, period, weeks)
    plan = compile_floor(company, condition, outages)
    result = simulate_floor(
        plan.problem, until=weeks * WEEK, seed=seed, first=period + FIRST, replications=1, keep_states=True
    )
    lots = _list_lots(company, plan, result)
    products = _count_products(company, plan, result, lots)
    on_time = _share_on_time(company, result)
    scrapped = float(result.pieces_scrapped[0].sum())
    tired = 1.0 + condition.fatigue
    escapes = sum(
        row.output * min(1.0, product.defects * tired) * (1.0 - company.organisation.inspection)
        for row, product in zip(products, company.products, strict=True)
    )
    groups = _count_groups(company, plan, result, weeks)
    money = _keep_accounts(company, condition, products, groups, result, weeks)
    money |= {"complaints": -condition.escapes * company.money.complaint}
    money |= {"leavers": -sum(leavers) * company.money.leaver, **(spent or {})}
    short = sum((1.0 - share) * row.output for share, row in zip(on_time, products, strict=True))
    made = sum(row.output for row in products)
    aged = age_condition(
        company, condition, weeks=weeks, leavers=leavers, outages=outages, short_share=short / max(made, 1.0),
        complaint_share=condition.escapes / max(made, 1.0),
    )  # fmt: skip
    cash = condition.cash + sum(money.values())
    people = [max(0.0, one.people - len(gaps)) for one, gaps in zip(company.skills, condition.gaps, strict=True)]
    missed = [min(0.6, one.absence * (1.0 + 1.5 * condition.fatigue)) for one in company.skills]
    bottleneck = max(groups, key=lambda group: group.use)
    figures = Figures(
        period=period, groups=groups, products=products, money=money, scrapped=scrapped, escapes=escapes,
        complaints=condition.escapes, on_time=1.0 - short / made if made > 0 else 0.0,
        overtime_hours=sum(people) * company.organisation.overtime * weeks,
        absence=float(np.average(missed, weights=people)) if sum(people) > 0 else 0.0,
        leavers=float(sum(leavers)), reported_oee=min(1.0, bottleneck.oee * company.organisation.standard),
        initiatives=condition.num_running + company.organisation.running,
        shortage_weeks=float(result.material_short[0].sum()) / WEEK, cash=cash,
    )  # fmt: skip
    return figures, replace(aged, escapes=escapes, cash=cash, floor=lots)


def _count_products(
    company: Company, plan: FloorPlan, result: FloorResult, lots: tuple[LotOnFloor, ...]
) -> tuple[ProductFigures, ...]:
    # The next arrival is drawn already.
    arrivals = result.states[0].floor.source["drawn"] - 1
    return tuple(
        ProductFigures(
            product.code,
            demand=float(arrivals[place] * plan.transfer[place] * plan.lots_of_order[place]),
            output=float(result.pieces_finished[0, place]),
            owed=float(sum(lot.pieces for lot in lots if lot.product == product.code)),
        )
        for place, product in enumerate(company.products)
    )


def _list_lots(company: Company, plan: FloorPlan, result: FloorResult) -> tuple[LotOnFloor, ...]:
    """List what the period leaves on the floor."""
    state = result.states[0]
    lots = state.floor.lot[state.floor.lot["is_used"] == 1]
    starts = plan.problem.products.ptr
    return tuple(
        LotOnFloor(
            company.products[product].code, int(step - starts[product]), int(pieces), state.now - release,
            due - state.now,
        )
        for product, step, pieces, release, due in zip(
            *(lots[name].tolist() for name in ("product", "step", "pieces", "release", "due")), strict=True
        )
        if pieces > 0
    )  # fmt: skip


def _share_on_time(company: Company, result: FloorResult) -> list[float]:
    """Share of the finished orders that were on time, by product; 0 where none was finished."""
    shares = result.on_time_share()[0]
    return [0.0 if np.isnan(shares[place]) else float(shares[place]) for place in range(len(company.products))]


def _count_groups(company: Company, plan: FloorPlan, result: FloorResult, weeks: int) -> tuple[GroupFigures, ...]:
    """Add up machines to groups; what of the open hours was neither work, waiting nor upkeep was lost to breakdowns."""
    owner = np.array(plan.group_of_machine)
    ideal = _ideal_hours(company, result)
    rows = []
    for place, group in enumerate(company.groups):
        hours = result.machine_seconds[0][owner == place].sum(axis=0) / HOURS
        open_, upkeep = plan.open_hours[place] * weeks, plan.upkeep_hours[place] * weeks
        waiting = hours[IDLE] + hours[LACKING] + hours[BLOCKED]
        down = max(0.0, open_ - upkeep - hours[RUNNING] - hours[SETTING_UP] - waiting)
        failures = result.failures[0][owner == place].sum()
        rows.append(
            GroupFigures(
                group.code, open_, float(hours[RUNNING]), float(hours[SETTING_UP]), float(down), upkeep,
                float(failures), float(ideal[place] / open_) if open_ > 0 else 0.0,
            )
        )  # fmt: skip
    return tuple(rows)


def _ideal_hours(company: Company, result: FloorResult) -> Any:
    """Hours that the good output would have taken at standard speed, by group."""
    places = {group.code: place for place, group in enumerate(company.groups)}
    ideal = np.zeros(len(company.groups))
    for product, pieces in zip(company.products, result.pieces_finished[0], strict=True):
        for step in product.steps:
            ideal[places[step.group]] += pieces * step.minutes / 60.0
    return ideal


def _keep_accounts(
    company: Company, condition: Condition, products: tuple[ProductFigures, ...], groups: tuple[GroupFigures, ...],
    result: FloorResult, weeks: int,
) -> dict[str, float]:  # fmt: skip
    """Lines of the period's account, income above 0 and cost below."""
    money, organisation = company.money, company.organisation
    premium = {one.code: 1.0 + one.premium * one.second for one in company.suppliers}
    on_time = _share_on_time(company, result)
    hours = {"wages": 0.0, "overtime": 0.0}
    for skill, gaps in zip(company.skills, condition.gaps, strict=True):
        there = max(0.0, skill.people - len(gaps)) * weeks
        hours["wages"] -= there * skill.hours * skill.wage
        hours["overtime"] -= there * organisation.overtime * skill.wage * money.overtime
    stock = sum(
        supplier.stock * one.demand * one.material
        for supplier in company.suppliers
        for one in company.products
        if one.supplier == supplier.code
    )
    rows = list(zip(company.products, products, result.pieces_scrapped[0], on_time, strict=True))
    return {
        "sales": sum(row.output * one.price for one, row, _, _ in rows),
        "material": -sum(
            (row.output + scrap) * one.material * premium.get(one.supplier, 1.0) for one, row, scrap, _ in rows
        ),
        **hours,
        "fixed": -money.fixed * weeks,
        "holding": -stock * money.holding * weeks / 52.0,
        "upkeep": -sum(group.upkeep_hours for group in groups) * money.upkeep,
        "repair": -sum(group.down_hours for group in groups) * money.repair,
        "changeover": -sum(group.setup_hours for group in groups) * money.setup,
        "late": -sum((1.0 - share) * row.output * one.price * money.short for one, row, _, share in rows),
    }
