"""A production network as flows: what is made of what, with whose hours; and what may happen to it.

Rates are a week's: units, hours. Money is in one currency. Ragged lists are CSR, as in the master plan.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drumbeat.basics.arrays import Floats, Int32s, Int64s, Texts
from drumbeat.basics.findings import Finding, Findings, InputError


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """What is stocked, made, bought, moved and delivered; P products, A activities, R resources.

    Parameters
    ----------
    products
        Shape (P,): keys; each product at its site. Kinds of work and skills are products without stock.
    stock
        Shape (P,): units on hand, >= 0.
    demand
        Shape (P,): units a week that customers want, >= 0.
    contribution
        Shape (P,): money lost for a unit that is not delivered, >= 0.
    activities
        Shape (A,): keys of the ways to have more of a product.
    makes
        Shape (A,): index of the product.
    most
        Shape (A,): units a week, >= 0; inf = any.
    begins
        Shape (A,): weeks after a loss until it can begin, >= 0; 0 for what is done every week anyhow.
    parts_ptr, parts, parts_per_unit
        CSR over activities: units of other products that go into a unit.
    hours_ptr, hours_of, hours_per_unit
        CSR over activities: hours of a resource for a unit.
    resources
        Shape (R,): keys.
    hours
        Shape (R,): hours a week, >= 0.

    Raises
    ------
    InputError
        When shapes differ, a number is negative or not a number, or an index does not exist: all at once.
    """

    products: Texts
    stock: Floats
    demand: Floats
    contribution: Floats
    activities: Texts
    makes: Int32s
    most: Floats
    begins: Floats
    parts_ptr: Int64s
    parts: Int32s
    parts_per_unit: Floats
    hours_ptr: Int64s
    hours_of: Int32s
    hours_per_unit: Floats
    resources: Texts
    hours: Floats

    def __post_init__(self) -> None:
        findings = Findings()
        products, activities, resources = len(self.products), len(self.activities), len(self.resources)
        shapes = {
            "stock": products, "demand": products, "contribution": products, "makes": activities, "most": activities,
            "begins": activities, "parts_ptr": activities + 1, "hours_ptr": activities + 1, "hours": resources,
            "parts": len(self.parts_per_unit), "hours_of": len(self.hours_per_unit),
        }  # fmt: skip
        for name, size in shapes.items():
            if getattr(self, name).shape != (size,):
                found = str(getattr(self, name).shape)
                findings.add(Finding("network", f"{name} has {size} values", "Give one each", value=found))
        for name in ("stock", "demand", "contribution", "most", "begins", "parts_per_unit", "hours_per_unit", "hours"):
            if not np.all(getattr(self, name) >= 0):
                findings.add(Finding("network", f"{name} is zero or more", "Correct the number"))
        for name, size in (("makes", products), ("parts", products), ("hours_of", resources)):
            index = getattr(self, name)
            if np.any((index < 0) | (index >= size)):
                findings.add(Finding("network", f"{name} is an index from 0 to {size - 1}", "Correct it"))
        findings.raise_on_errors()


@dataclass(frozen=True, slots=True, eq=False)
class Disruption:
    """Something that happens to a network for a time.

    Parameters
    ----------
    name
        For people.
    weeks
        How long, > 0: the time to recover.
    hours_left
        Shape (R,): share of each resource's hours that is left, >= 0.
    most_left
        Shape (A,): share of each activity's most that is left, 0 = it cannot be done.
    stock_left
        Shape (P,): share of the stock that can be used.
    demand_factor
        Shape (P,): what demand is multiplied by.
    """

    name: str
    weeks: float
    hours_left: Floats
    most_left: Floats
    stock_left: Floats
    demand_factor: Floats

    def __post_init__(self) -> None:
        if not (np.isfinite(self.weeks) and self.weeks > 0):
            rule, remedy = "a disruption lasts longer than nothing", "Enter its weeks"
            raise InputError(Finding(self.name, rule, remedy, column="weeks", value=str(self.weeks)))


def undisturbed(network: Network, name: str = "", weeks: float = 1.0) -> Disruption:
    """Return the disruption that changes nothing: the ground to build others on, with `replace`."""
    return Disruption(
        name, weeks, np.ones(len(network.resources)), np.ones(len(network.activities)),
        np.ones(len(network.products)), np.ones(len(network.products)),
    )  # fmt: skip


def combine(disruptions: list[Disruption], name: str = "") -> Disruption:
    """Let several disruptions happen at once, for as long as the longest.

    Raises
    ------
    ValueError
        For an empty list.
    """
    if not disruptions:
        raise ValueError("a combination has at least one disruption")
    return Disruption(
        name or " and ".join(one.name for one in disruptions),
        max(one.weeks for one in disruptions),
        np.prod([one.hours_left for one in disruptions], axis=0),
        np.prod([one.most_left for one in disruptions], axis=0),
        np.prod([one.stock_left for one in disruptions], axis=0),
        np.prod([one.demand_factor for one in disruptions], axis=0),
    )
