"""Which machines share which work: operations that the same machines run at the same speeds are one kind of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Floats
from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.engine.find_usage import add_dependent, find_usage
from drumbeat.planning.engine.problem import MAKE, Problem
from drumbeat.plant.list_alternatives import list_alternatives

Members = tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class WorkSets:
    """Kinds of work that several machines can do, and what each routing needs.

    Parameters
    ----------
    names
        One a kind: its machines.
    members
        Machines (index) and their speeds, of each kind.
    own_hours
        Hours on machines without an alternative for a good unit, by routing: machine -> hours.
    shared_hours
        Standard hours of each kind for a good unit, by routing: kind -> hours.
    rate
        Money for an hour of each machine: of subcontractors; 0 for own machines, whose hours are sunk.
    """

    names: list[str]
    members: list[Members]
    own_hours: dict[str, dict[int, float]]
    shared_hours: dict[str, dict[int, float]]
    rate: list[float]

    def needs(self, routing: str, first: int) -> tuple[list[tuple[int, float]], list[tuple[int, float]]]:
        """Return the machine hours of a routing, and its shared work as parts numbered from `first`."""
        own, shared = self.own_hours.get(routing, {}), self.shared_hours.get(routing, {})
        return list(own.items()), [(first + kind, hours) for kind, hours in shared.items()]

    def outside_cost(self, routing: str) -> float:
        """Return the money for a good unit that subcontractors without an alternative ask."""
        return sum(hours * self.rate[machine] for machine, hours in self.own_hours.get(routing, {}).items())


def list_work_sets(snapshot: Snapshot, machines: list[str], planning: Problem) -> WorkSets:
    """List the kinds of work, and the hours of each routing for a good unit, setups spread over a usual lot.

    A usual lot is the item's smallest lot, its multiple, or a week of what is wanted, whichever is the largest.

    Parameters
    ----------
    machines
        Codes in the order of the problem's resources.
    planning
        The planning problem, for lots.
    """
    row = {code: index for index, code in enumerate(machines)}
    outside = snapshot["resource"].filter(pl.col("kind").cast(pl.String) == "subcontractor")
    rate = dict(outside.select("code", pl.col("cost_per_hour").cast(pl.Float64)).iter_rows())
    members: dict[Members, int] = {}
    names: list[str] = []
    own: dict[str, dict[int, float]] = {}
    shared: dict[str, dict[int, float]] = {}
    lots = _usual_lots(planning)
    ways = list_alternatives(snapshot).group_by("operation").agg("resource", "speed")
    steps = (
        snapshot["operation"]
        .with_columns(surviving=pl.col("operation_yield").cum_prod(reverse=True).over("routing", order_by="sequence"))
        .join(ways, left_on="code", right_on="operation")
        .sort("routing", "sequence", "code")
    )
    for step in steps.iter_rows(named=True):
        lot_hours = (step["setup_minutes"] + step["lot_minutes"]) / 60 / lots.get(step["routing"], 1.0)
        hours = step["run_minutes"] / 60 / step["surviving"] + lot_hours
        able = tuple(
            sorted((row[code], float(speed)) for code, speed in zip(step["resource"], step["speed"], strict=True))
        )
        if hours <= 0:
            continue
        if len(able) == 1:
            mine = own.setdefault(step["routing"], {})
            mine[able[0][0]] = mine.get(able[0][0], 0.0) + hours / able[0][1]
            continue
        if able not in members:
            members[able] = len(members)
            names.append("work of " + ", ".join(machines[machine] for machine, _ in able))
        kinds = shared.setdefault(step["routing"], {})
        kinds[members[able]] = kinds.get(members[able], 0.0) + hours
    return WorkSets(names, list(members), own, shared, [rate.get(code, 0.0) for code in machines])


def _usual_lots(planning: Problem) -> dict[str, float]:
    methods, demands = planning.methods, planning.demands
    owner = np.repeat(np.arange(planning.num_buffers), np.diff(methods.ptr))
    weeks = max(float(demands.due.max()) / (7 * 86_400), 1.0) if planning.num_demands else 1.0
    own: Floats = np.bincount(demands.buffer, demands.quantity, planning.num_buffers).astype(np.float64)
    weekly = add_dependent(find_usage(planning), own) / weeks
    lots = {}
    for m in np.flatnonzero(methods.kind == MAKE).tolist():
        usual = max(float(methods.lot_minimum[m]), float(methods.lot_multiple[m]), float(weekly[owner[m]]), 1.0)
        lots[str(methods.routing_keys[m])] = min(usual, float(methods.lot_maximum[m]))
    return lots
