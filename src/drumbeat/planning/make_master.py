"""Make a master plan of a snapshot: quantities by week, hours, cost, and what one more hour would be worth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Floats
from drumbeat.basics.findings import Findings
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.compile_master import CompiledMaster, MasterTerms, compile_master
from drumbeat.planning.compile_work import MOMENT
from drumbeat.planning.engine.master import MasterPlan, solve_master
from drumbeat.planning.tell_worths import LEAST, tell_worths


@dataclass(frozen=True)
class MasterRun:
    """A master plan, for programs and for people.

    Parameters
    ----------
    compiled, plan
        What the engine was given, and what it gave back.
    quantities
        week_start, how (make, buy, move, work), item, site, source (routing, supplier, sending site or machine),
        quantity, worth (money that one more unit of its limit would save).
    stocks
        week_start, item, site, wanted, delivered, stock, late (units; weeks in which any of them is not 0).
    hours
        week_start, resource, site, usable (after orders under way), planned, overtime, shifts, worth (money that one
        more hour would save).
    budgets
        week_start, worth (money that one more of the budget would save): weeks in which it binds.
    cost_parts
        kind, amount: activities, overtime, shifts, stock, safety, late, unmet, excess.
    findings
        What was assumed.
    """

    compiled: CompiledMaster
    plan: MasterPlan
    quantities: pl.DataFrame
    stocks: pl.DataFrame
    hours: pl.DataFrame
    budgets: pl.DataFrame
    cost_parts: pl.DataFrame
    findings: Findings

    def worths(self, most: int = 10) -> pl.DataFrame:
        """Tell what one more hour, unit of supply or coin is worth; as `tell_worths`."""
        return tell_worths(self.hours, self.quantities, self.budgets, most)


def make_master(
    snapshot: Snapshot, terms: MasterTerms | None = None, seconds: float = 60.0, progress: Progress = silent
) -> MasterRun:
    """Make a master plan: make, stock, overtime, shifts, subcontract, move and backlog at the least cost.

    Parameters
    ----------
    snapshot
        The production system; see `drumbeat.planning.compile_master` for the rules by which it is read.
    terms
        Horizon, rates and limits; None = the defaults.
    seconds
        Most time for choosing whole shifts.

    Returns
    -------
    MasterRun
        Empty tables where nothing is stocked, wanted or made.

    Raises
    ------
    InputError
        When an item goes into itself.
    """
    progress(0.0, "reading the data")
    compiled = compile_master(snapshot, terms or MasterTerms())
    plan = solve_master(compiled.problem, seconds, part_of(progress, 0.2, 0.9))
    progress(0.9, "writing it down")
    return MasterRun(
        compiled, plan, _quantities(compiled, plan), _stocks(compiled, plan), _hours(compiled, plan),
        _budgets(compiled, plan),
        pl.DataFrame({"kind": list(plan.cost_parts), "amount": list(plan.cost_parts.values())}), compiled.findings,
    )  # fmt: skip


def _spread(frame: pl.DataFrame, starts: list[datetime], tables: dict[str, Floats]) -> pl.DataFrame:
    """Rows of `frame` by week, with columns from tables of shape (weeks, rows)."""
    weeks, count = len(starts), frame.height
    moments = pl.Series("week_start", starts, dtype=MOMENT)
    week = np.repeat(np.arange(weeks), count)
    rows = frame[np.tile(np.arange(count), weeks)] if count else frame.clear()
    return rows.with_columns(
        moments[week] if count else moments.clear(),
        *[pl.Series(name, np.where(np.abs(table) < LEAST, 0.0, table).ravel()) for name, table in tables.items()],
    )


def _quantities(compiled: CompiledMaster, plan: MasterPlan) -> pl.DataFrame:
    spread = _spread(
        compiled.activities, compiled.capacity.starts, {"quantity": plan.started, "worth": plan.supply_worth}
    )
    order = ["week_start", "how", "item", "site", "source"]
    return spread.filter(pl.col("quantity") > 0).select(*order, "quantity", "worth").sort(order)


def _budgets(compiled: CompiledMaster, plan: MasterPlan) -> pl.DataFrame:
    starts = pl.Series("week_start", compiled.capacity.starts, dtype=MOMENT)
    return pl.DataFrame([starts, pl.Series("worth", plan.budget_worth)]).filter(pl.col("worth") > LEAST)


def _stocks(compiled: CompiledMaster, plan: MasterPlan) -> pl.DataFrame:
    count = compiled.products.height
    tables = {
        "wanted": compiled.problem.products.demand, "delivered": plan.served, "stock": plan.stock, "late": plan.late,
    }  # fmt: skip
    spread = _spread(compiled.products, compiled.capacity.starts, {k: table[:, :count] for k, table in tables.items()})
    is_something = pl.any_horizontal(pl.col(name) > 0 for name in tables)
    return spread.filter(is_something).select("week_start", "item", "site", *tables).sort("item", "site", "week_start")


def _hours(compiled: CompiledMaster, plan: MasterPlan) -> pl.DataFrame:
    activities = compiled.problem.activities
    worker = np.repeat(np.arange(len(activities.keys)), np.diff(activities.hours_ptr))
    planned = np.zeros_like(plan.overtime)
    for week in range(len(planned)):
        np.add.at(planned[week], activities.hours_resource, plan.started[week, worker] * activities.hours_per_unit)
    tables = {
        "usable": compiled.problem.capacity.hours.T, "planned": planned, "overtime": plan.overtime,
        "shifts": plan.shifts, "worth": plan.hour_worth,
    }  # fmt: skip
    machines = compiled.capacity.machines.select(resource="code", site="site")
    return (
        _spread(machines, compiled.capacity.starts, tables)
        .select("week_start", "resource", "site", *tables)
        .sort("resource", "week_start")
    )
