"""Try changes on the material plan: only what they touch is planned again, so that the effect is seen at once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.data.change import Change
from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.compare_plans import compare_demands, compare_orders
from drumbeat.planning.compile_problem import compile_problem
from drumbeat.planning.compile_substitutes import compile_substitutes
from drumbeat.planning.describe_plan import describe_demands, describe_orders
from drumbeat.planning.engine.choose_substitutes import add_replacements, choose_substitutes
from drumbeat.planning.engine.keep_plan import Plan
from drumbeat.planning.engine.problem import Problem
from drumbeat.planning.engine.read_result import read_result
from drumbeat.planning.engine.replan import begin_plan, replan
from drumbeat.planning.engine.result import Result


@dataclass(frozen=True)
class TriedPlan:
    """A plan of some data, kept so that changes can be tried on it.

    Parameters
    ----------
    snapshot
        The data.
    plan
        The plan from which trials go on: before anything stands in for what is late.
    problem, result
        What was planned and what came of it, in the engine's words.
    places
        The buffers of the problem: item, site, buffer.
    demands
        As `describe_demands` gives them.
    """

    snapshot: Snapshot
    plan: Plan
    problem: Problem
    result: Result
    places: pl.DataFrame
    demands: pl.DataFrame

    @property
    def num_late(self) -> int:
        """Number of demands that are late."""
        return int(self.demands["is_late"].sum())

    def describe_orders(self) -> pl.DataFrame:
        """Describe the planned orders."""
        return describe_orders(self.problem, self.result, self.places, self.snapshot.as_of)


@dataclass(frozen=True)
class Trial:
    """What changes do to the plan.

    Parameters
    ----------
    before, after
        The plans without and with them.
    seconds
        How long it took to plan them.
    """

    before: TriedPlan
    after: TriedPlan
    seconds: float

    def compare(self) -> dict[str, Any]:
        """Say what becomes of the demands; as `compare_demands`."""
        return compare_demands(self.before.demands, self.after.demands)

    def compare_orders(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return the planned orders that come and those that go; as `compare_orders`."""
        return compare_orders(self.before.describe_orders(), self.after.describe_orders())


def begin_trials(snapshot: Snapshot, progress: Progress = silent) -> TriedPlan:
    """Plan the data once, so that changes can be tried on the plan.

    Raises
    ------
    InputError
        When an item goes into itself.
    """
    problem, places, _ = compile_problem(snapshot)
    return _describe(snapshot, begin_plan(problem, part_of(progress, 0.3, 1.0)), places)


def try_changes(before: TriedPlan, changes: Sequence[Change], progress: Progress = silent) -> Trial:
    """Plan the data with changes; nothing is stored, and what they do not touch is not planned again.

    Parameters
    ----------
    before
        The plan without them.
    changes
        Made one after the other.

    Raises
    ------
    InputError
        When a change cannot be made on these data.
    """
    began = time.perf_counter()
    changed = before.snapshot.apply(list(changes))
    problem, places, _ = compile_problem(changed)
    after = replan(before.plan, problem, part_of(progress, 0.3, 1.0))
    return Trial(before, _describe(changed, after, places), time.perf_counter() - began)


def _describe(snapshot: Snapshot, plan: Plan, places: pl.DataFrame) -> TriedPlan:
    problem, result = plan.problem, read_result(plan)
    substitutes = compile_substitutes(snapshot, places)
    if substitutes is not None:
        # As `make_plan` does: spare stock of other items stands in for what is late.
        chosen = choose_substitutes(problem, result, substitutes)
        if len(chosen.line):
            problem = add_replacements(problem, substitutes, chosen)
            result = read_result(replan(plan, problem))
    demands = describe_demands(problem, result, places, snapshot.as_of)
    return TriedPlan(snapshot, plan, problem, result, places, demands)
