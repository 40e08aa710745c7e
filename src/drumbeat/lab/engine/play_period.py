"""Play a period: the twin plays the company's floor, the accounts follow, and the condition ages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from drumbeat.lab.engine.age_organisation import age_condition, count_leavers, draw_outages
from drumbeat.lab.engine.company import Company
from drumbeat.lab.engine.condition import Condition
from drumbeat.lab.engine.figures import Figures, GroupFigures, ProductFigures
from drumbeat.lab.engine.play_floor import FloorPlayed, play_floor


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
    floor = play_floor(company, condition, outages, seed=seed, period=period, weeks=weeks)
    products = _count_products(company, floor)
    scrapped = sum(floor.scrapped)
    tired = 1.0 + condition.fatigue
    escapes = sum(
        row.output * min(1.0, product.defects * tired) * (1.0 - company.organisation.inspection)
        for row, product in zip(products, company.products, strict=True)
    )
    groups = _count_groups(company, floor)
    money = _keep_accounts(company, condition, products, groups, floor, weeks)
    money |= {"complaints": -condition.escapes * company.money.complaint}
    money |= {"leavers": -sum(leavers) * company.money.leaver, **(spent or {})}
    short = sum((1.0 - share) * row.output for share, row in zip(floor.on_time, products, strict=True))
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
        shortage_weeks=floor.shortage_weeks, cash=cash,
    )  # fmt: skip
    return figures, replace(aged, escapes=escapes, cash=cash, floor=floor.lots)


def _count_products(company: Company, floor: FloorPlayed) -> tuple[ProductFigures, ...]:
    owed = {product.code: 0.0 for product in company.products}
    for lot in floor.lots:
        owed[lot.product] += lot.pieces
    return tuple(
        ProductFigures(product.code, demand=wanted, output=finished, owed=owed[product.code])
        for product, wanted, finished in zip(company.products, floor.wanted, floor.finished, strict=True)
    )


def _count_groups(company: Company, floor: FloorPlayed) -> tuple[GroupFigures, ...]:
    """What of the open hours was neither work, waiting nor upkeep was lost to breakdowns."""
    ideal = _ideal_hours(company, floor)
    rows = []
    for group, told in zip(company.groups, floor.groups, strict=True):
        used = told.upkeep_hours + told.busy_hours + told.setup_hours + told.waiting_hours
        rows.append(
            GroupFigures(
                group.code, told.open_hours, told.busy_hours, told.setup_hours, max(0.0, told.open_hours - used),
                told.upkeep_hours, told.breakdowns,
                ideal[group.code] / told.open_hours if told.open_hours > 0 else 0.0,
            )
        )  # fmt: skip
    return tuple(rows)


def _ideal_hours(company: Company, floor: FloorPlayed) -> dict[str, float]:
    """Hours that the good output would have taken at standard speed, by group."""
    ideal = {group.code: 0.0 for group in company.groups}
    for product, pieces in zip(company.products, floor.finished, strict=True):
        for step in product.steps:
            ideal[step.group] += pieces * step.minutes / 60.0
    return ideal


def _keep_accounts(
    company: Company, condition: Condition, products: tuple[ProductFigures, ...], groups: tuple[GroupFigures, ...],
    floor: FloorPlayed, weeks: int,
) -> dict[str, float]:  # fmt: skip
    """Lines of the period's account, income above 0 and cost below."""
    money, organisation = company.money, company.organisation
    premium = {one.code: 1.0 + one.premium * one.second for one in company.suppliers}
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
    rows = list(zip(company.products, products, floor.scrapped, floor.on_time, strict=True))
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
