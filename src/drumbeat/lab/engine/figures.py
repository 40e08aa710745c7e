"""What a period has brought: all of it, and the part that a player's report shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """A group of machines in a period; hours over all its machines.

    Parameters
    ----------
    code
        Of the group.
    open_hours, busy_hours, setup_hours, down_hours, upkeep_hours
        Manned time, and what it was used for; the rest is waiting.
    breakdowns
        How many.
    oee
        Good output in ideal hours / open hours.
    """

    code: str
    open_hours: float
    busy_hours: float
    setup_hours: float
    down_hours: float
    upkeep_hours: float
    breakdowns: float
    oee: float

    @property
    def use(self) -> float:
        """Share of the open hours in which it ran, changed over, was repaired or looked after."""
        used = self.busy_hours + self.setup_hours + self.down_hours + self.upkeep_hours
        return used / self.open_hours if self.open_hours > 0 else 0.0


@dataclass(frozen=True, slots=True)
class ProductFigures:
    """A product in a period, in pieces: wanted, finished good, and still owed (on the floor) at its end."""

    code: str
    demand: float
    output: float
    owed: float


@dataclass(frozen=True, slots=True)
class Figures:
    """All of a period; what is hidden from the player is not in `report`.

    Parameters
    ----------
    period
        Number of the period; below 1 before the game.
    groups, products
        By code, in the company's order.
    money
        Lines of the account, income above 0, cost below 0; they add up to the contribution.
    scrapped, escapes
        Pieces scrapped; bad pieces delivered (hidden).
    complaints
        Bad pieces of earlier periods that customers found now.
    on_time
        Share of the pieces finished that were finished within the promised weeks.
    overtime_hours, absence, leavers
        Hours; share of shifts missed; people.
    reported_oee
        OEE of the bottleneck by the report's standard times; inflated where these are too long.
    initiatives
        Under way.
    shortage_weeks
        Weeks in which a product stood still for want of material.
    cash
        At the end.
    """

    period: int
    groups: tuple[GroupFigures, ...]
    products: tuple[ProductFigures, ...]
    money: dict[str, float]
    scrapped: float
    escapes: float
    complaints: float
    on_time: float
    overtime_hours: float
    absence: float
    leavers: float
    reported_oee: float
    initiatives: float
    shortage_weeks: float
    cash: float

    @property
    def contribution(self) -> float:
        """What the period earned, all costs and the player's spending taken off."""
        return sum(self.money.values())

    @property
    def output(self) -> float:
        """Good pieces finished."""
        return sum(one.output for one in self.products)

    @property
    def demand(self) -> float:
        """Pieces wanted."""
        return sum(one.demand for one in self.products)

    @property
    def bottleneck(self) -> GroupFigures:
        """The group used most."""
        return max(self.groups, key=lambda group: group.use)

    @property
    def first_pass_yield(self) -> float:
        """Share of the finished pieces that were good the first time, as far as the plant saw."""
        made = self.output + self.scrapped
        return self.output / made if made > 0 else 1.0

    def value_of(self, figure: str) -> float:
        """Return a figure of `drumbeat.lab.engine.scenario.FIGURES`, as the report gives it."""
        if figure == "oee":
            return self.bottleneck.oee
        if figure == "downtime":
            return sum(group.down_hours for group in self.groups)
        if figure == "changeover":
            return sum(group.setup_hours for group in self.groups)
        own = {"overtime": "overtime_hours", "shortage": "shortage_weeks"}
        return float(getattr(self, own.get(figure, figure)))

    def report(self) -> dict[str, Any]:
        """Return what the player sees: plain values, nothing hidden, OEE by the company's own standards."""
        inflation = self.reported_oee / self.bottleneck.oee if self.bottleneck.oee > 0 else 1.0
        return {
            "period": self.period,
            "demand": self.demand,
            "output": self.output,
            "on_time": self.on_time,
            "first_pass_yield": self.first_pass_yield,
            "reported_oee": self.reported_oee,
            "complaints": self.complaints,
            "overtime_hours": self.overtime_hours,
            "absence": self.absence,
            "leavers": self.leavers,
            "shortage_weeks": self.shortage_weeks,
            "initiatives": self.initiatives,
            "contribution": self.contribution,
            "cash": self.cash,
            "money": dict(self.money),
            "groups": [
                {
                    "code": group.code, "open_hours": group.open_hours, "busy_hours": group.busy_hours,
                    "setup_hours": group.setup_hours, "down_hours": group.down_hours,
                    "upkeep_hours": group.upkeep_hours, "breakdowns": group.breakdowns, "use": group.use,
                    "oee": min(1.0, group.oee * inflation),
                }
                for group in self.groups
            ],
            "products": [
                {"code": one.code, "demand": one.demand, "output": one.output, "owed": one.owed}
                for one in self.products
            ],
        }  # fmt: skip
