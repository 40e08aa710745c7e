"""The roadmap problem: a plant that earns, initiatives that change it, what there is to spend, how demand may go on.

Money is in one currency. Time is in periods of equal length (a quarter, say), numbered from 0; what a period costs or
earns is counted in its middle. All arrays are 0-based; -1 = none or never.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int64s, Texts
from drumbeat.basics.findings import Finding, Findings

NEVER = -1


@dataclass(frozen=True, slots=True)
class PlantModel:
    """What a plant can make and earn: G groups of machines, K flows of products through them.

    Parameters
    ----------
    group_keys, flow_keys
        Shapes (G,) and (K,): business keys; luck hangs on those of the groups.
    hours
        Shape (G,): usable hours a week, planned care and expected breakdowns taken off, >= 0.
    spread
        Shape (G,): standard deviation of the usable hours of a period, as a share of them, >= 0.
    load
        Shape (G, K): hours that a good unit takes, yields reckoned in, >= 0.
    margin
        Shape (K,): price less what is bought for a good unit.
    demand
        Shape (K,): units wanted a week, today, >= 0.
    """

    group_keys: Texts
    flow_keys: Texts
    hours: Floats
    spread: Floats
    load: Floats
    margin: Floats
    demand: Floats


@dataclass(frozen=True, slots=True)
class Initiatives:
    """I initiatives over T periods.

    "Age" counts periods since the start, 0 = the period in which it starts.

    Parameters
    ----------
    keys, names
        Shape (I,).
    earliest, latest
        Shape (I,): periods in which it may start; a latest below the earliest = it can't.
    is_committed
        Shape (I,): whether every roadmap has it.
    build
        Shape (I,): whole periods from start until what requires it may start, >= 0.
    share
        Shape (I, T): share of its effect in force at each age, 0 to 1.
    cost
        Shape (I, F, T): what it costs at each age, by the function that pays.
    engineering
        Shape (I, T): weeks of engineers at each age.
    is_busy
        Shape (I, T): whether it is under way at each age.
    downtime
        Shape (I, G, T): hours that it takes from a group at each age, for the whole period.
    gate_age, gate_pass
        Shape (I, Q): period since the start at whose end each gate is decided (-1 = no further gate), and the
        probability that it passes.
    cost_until_gate
        Shape (I, Q, T): cost at each age, of all functions, when it is stopped at that gate.
    success
        Shape (I,): probability that it works once its gates are passed.
    effect
        Shape (I, 3): least, likeliest and greatest share of the stated effect (a triangular distribution).
    cost_sigma
        Shape (I,): sigma of the logarithm of what the cost is multiplied by (mean 1), >= 0.
    running_cost, saving
        Shape (I,): money of a period in full force, paid and earned where it works.
    hours_added
        Shape (I, G): usable hours a week that are added in full force.
    hours_factor
        Shape (I, G): share by which hours are multiplied up (0.1 = a tenth more of all, also of what others add).
    load_factor
        Shape (I, G, K): share by which the load of a unit changes (-0.2 = a fifth less).
    margin_added
        Shape (I, K): money more for a good unit.
    requires, excludes
        Shape (I, I): whether the row needs the column to be built and to work; whether both can't be (symmetric).
    """

    keys: Texts
    names: Texts
    earliest: Int64s
    latest: Int64s
    is_committed: Bools
    build: Int64s
    share: Floats
    cost: Floats
    engineering: Floats
    is_busy: Bools
    downtime: Floats
    gate_age: Int64s
    gate_pass: Floats
    cost_until_gate: Floats
    success: Floats
    effect: Floats
    cost_sigma: Floats
    running_cost: Floats
    saving: Floats
    hours_added: Floats
    hours_factor: Floats
    load_factor: Floats
    margin_added: Floats
    requires: Bools
    excludes: Bools


@dataclass(frozen=True, slots=True)
class Means:
    """What there is for initiatives in each of T periods.

    Parameters
    ----------
    budget
        Shape (F + 1, T): money that may have been spent by the end of each period, since the first began: by function,
        and in the last row by all together; inf = any. What is not spent is carried over.
    engineering
        Shape (T,): weeks of engineers; inf = any.
    most_at_once
        Shape (T,): initiatives that may be under way; a large number = any.
    function_names
        Shape (F,).
    """

    budget: Floats
    engineering: Floats
    most_at_once: Int64s
    function_names: Texts


@dataclass(frozen=True, slots=True)
class Outlook:
    """How demand may go on: L ways through a tree, over T periods.

    Parameters
    ----------
    names
        Shape (L,): of the last outlook of each way.
    probability
        Shape (L,): above 0, summing to 1.
    factor
        Shape (L, T): demand against today's, >= 0.
    node
        Shape (L, T): which outlook holds; ways with equal nodes up to a period cannot be told apart in it. The outlook
        of a period is seen before it is decided what starts in it.
    """

    names: Texts
    probability: Floats
    factor: Floats
    node: Int64s

    def first_apart(self, way: int, other: int) -> int:
        """Return the first period in which two ways can be told apart; the number of periods where they never can."""
        apart = np.flatnonzero(self.node[way] != self.node[other])
        return int(apart[0]) if apart.size else self.node.shape[1]


@dataclass(frozen=True, slots=True)
class RoadmapProblem:
    """Which initiatives to start, when, and in which way of demand.

    Parameters
    ----------
    plant, initiatives, means, outlook
        See there.
    weeks
        Length of a period in weeks, above 0.
    rate
        What money costs in a period, above -1.
    tail_periods
        For how many periods after the last one it is reckoned to go on as in it, >= 0: so that a late start is not
        judged by its cost alone.
    currency
        Of all money, for people.

    Raises
    ------
    InputError
        When shapes differ, numbers are out of range, or prerequisites lead in a circle: all at once.
    """

    plant: PlantModel
    initiatives: Initiatives
    means: Means
    outlook: Outlook
    weeks: float
    rate: float
    tail_periods: float
    currency: str = ""

    def __post_init__(self) -> None:
        findings = Findings()
        _judge_shapes(self, findings)
        findings.raise_on_errors()
        _judge_values(self, findings)
        findings.raise_on_errors()

    @property
    def num_periods(self) -> int:
        """T."""
        return self.outlook.factor.shape[1]

    @property
    def num_ways(self) -> int:
        """L."""
        return len(self.outlook.probability)

    @property
    def num_initiatives(self) -> int:
        """I."""
        return len(self.initiatives.keys)

    def discount(self) -> Floats:
        """Return what money in the middle of each period is worth now; shape (T,)."""
        worth: Floats = np.power(1.0 + self.rate, -(np.arange(self.num_periods) + 0.5))
        return worth

    def tail_worth(self) -> float:
        """Return what a unit of money in each period of the tail is worth now."""
        ages = np.arange(int(np.ceil(self.tail_periods)))
        part = np.minimum(self.tail_periods - ages, 1.0)
        return float(np.sum(part * np.power(1.0 + self.rate, -(self.num_periods + ages + 0.5))))


def _judge_shapes(problem: RoadmapProblem, findings: Findings) -> None:
    own, plant, means, outlook = problem.initiatives, problem.plant, problem.means, problem.outlook
    count, groups, flows, periods = len(own.keys), len(plant.group_keys), len(plant.flow_keys), outlook.factor.shape[1]
    functions, gates = len(means.function_names), own.gate_age.shape[1] if own.gate_age.ndim == 2 else -1
    wanted: list[tuple[str, object, dict[str, tuple[int, ...]]]] = [
        ("plant", plant, {"hours": (groups,), "spread": (groups,), "load": (groups, flows), "margin": (flows,),
                          "demand": (flows,)}),
        ("initiatives", own, dict.fromkeys(("names", "earliest", "latest", "is_committed", "build", "success",
                                            "cost_sigma", "running_cost", "saving"), (count,))
         | dict.fromkeys(("share", "engineering", "is_busy"), (count, periods))
         | dict.fromkeys(("hours_added", "hours_factor"), (count, groups))
         | dict.fromkeys(("requires", "excludes"), (count, count))
         | {"cost": (count, functions, periods), "downtime": (count, groups, periods), "effect": (count, 3),
            "gate_age": (count, gates), "gate_pass": (count, gates), "cost_until_gate": (count, gates, periods),
            "load_factor": (count, groups, flows), "margin_added": (count, flows)}),
        ("means", means, {"budget": (functions + 1, periods), "engineering": (periods,), "most_at_once": (periods,)}),
        ("outlook", outlook, {"names": (len(outlook.probability),), "factor": (len(outlook.probability), periods),
                              "node": (len(outlook.probability), periods)}),
    ]  # fmt: skip
    for place, owner, shapes in wanted:
        for name, shape in shapes.items():
            found = getattr(owner, name).shape
            if found != shape:
                findings.add(Finding(place, f"{name} has shape {shape}", "Give one value each", value=str(found)))
    if periods < 1:
        findings.add(Finding("outlook", "a roadmap has at least one period", "Give it a longer horizon", value="0"))


def _judge_values(problem: RoadmapProblem, findings: Findings) -> None:
    own, plant, outlook = problem.initiatives, problem.plant, problem.outlook
    for place, owner, names in (
        ("plant", plant, ("hours", "spread", "load", "demand")),
        ("initiatives", own, ("build", "share", "engineering", "downtime", "success", "gate_pass", "effect",
                              "cost_sigma")),
        ("outlook", outlook, ("factor", "probability")),
    ):  # fmt: skip
        for name in names:
            values = getattr(owner, name)
            if not np.all(np.isfinite(values) & (values >= 0)):
                findings.add(Finding(place, f"{name} is finite, zero or more", "Correct the number"))
    for name in ("cost", "running_cost", "saving", "hours_added", "hours_factor", "load_factor", "margin_added"):
        if not np.all(np.isfinite(getattr(own, name))):
            findings.add(Finding("initiatives", f"{name} is finite", "Correct the number"))
    if np.any(own.success > 1) or np.any(own.gate_pass > 1):
        findings.add(Finding("initiatives", "a probability is at most 1", "Correct the number"))
    if np.any(np.diff(own.effect, axis=1) < 0):
        findings.add(Finding("initiatives", "effects are ordered: least, likeliest, greatest", "Correct them"))
    if abs(float(outlook.probability.sum()) - 1.0) > 1e-6:
        value = f"{outlook.probability.sum():.6g}"
        findings.add(Finding("outlook", "probabilities sum to 1", "Correct them", value=value))
    if not (problem.weeks > 0 and problem.rate > -1 and problem.tail_periods >= 0):
        findings.add(Finding("terms", "weeks are above 0, the rate above -1, the tail 0 or more", "Correct them"))
    circle = find_circle(own.requires)
    if circle:
        way = " > ".join(str(own.keys[at]) for at in [*circle, circle[0]])
        findings.add(
            Finding("initiatives", "an initiative does not wait for itself", "Remove a prerequisite", value=way)
        )


def find_circle(requires: Bools) -> list[int]:
    """Return initiatives that require each other in a circle, in order; none where there is no circle.

    Parameters
    ----------
    requires
        Shape (I, I): whether the row needs the column.
    """
    open_ = np.ones(len(requires), dtype=bool)
    while True:
        free = open_ & ~np.any(requires & open_[None, :], axis=1)
        if not free.any():
            break
        open_ &= ~free
    if not open_.any():
        return []
    path = [int(np.flatnonzero(open_)[0])]
    while True:
        after = int(np.flatnonzero(requires[path[-1]] & open_)[0])
        if after in path:
            return path[path.index(after) :]
        path.append(after)
