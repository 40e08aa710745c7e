"""Explain why a problem has no schedule: a smallest set of facts that contradict each other, in plant words.

"Smallest" means that none of them can be left out: without any one of them there is a schedule. There may be other
such sets; when one is mended, ask again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TypeVar

import numpy as np

from drumbeat.basics.arrays import Int64s
from drumbeat.basics.findings import Finding, Severity
from drumbeat.basics.progress import Progress, silent
from drumbeat.scheduling.engine.exact.cut_problem import can_cut_orders, keep_orders
from drumbeat.scheduling.engine.exact.facts import KINDS, drop_facts, list_facts
from drumbeat.scheduling.engine.exact.tell_facts import tell_fact
from drumbeat.scheduling.engine.problem import Problem

MOST_TASKS = 3000
"""Larger problems are explained only where a single order has no schedule."""

_COSTLY = ("setups", "calendar")
FIRST_BLAMED = (*reversed([kind for kind in KINDS if kind not in _COSTLY]), *_COSTLY)
"""Kinds of facts as they are tried: those that make deciding slow come last, and are left out where they can be."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """One of the facts that contradict each other.

    Parameters
    ----------
    kind, index
        The fact, as in `Fact`.
    text
        It in words: "OVEN 2 is closed until 200 s".
    """

    kind: str
    index: int
    text: str


def explain_infeasible(
    problem: Problem,
    *,
    seconds: float = 20.0,
    tell_time: Callable[[int], str] = "{:,} s".format,
    suspects: Sequence[int] | None = None,
    progress: Progress = silent,
) -> list[Conflict]:
    """Find a smallest set of facts that leaves a problem without a schedule in which all is placed.

    Parameters
    ----------
    problem
        A problem without errors.
    seconds
        Wall time, > 0.
    tell_time
        Turns seconds from the horizon's start into words, such as "Friday 14:00".
    suspects
        Jobs that are asked one by one whether they have a schedule at all, such as those that found no place; None =
        all of them.
    progress
        Hears how far it is; `Cancelled` passes.

    Returns
    -------
    list of Conflict
        In the order in which they are best told; empty where there is a schedule, or where that could not be decided in
        time. Where time ran out on the way, the set may hold facts that are not needed.
    """
    judge = _Judge(perf_counter() + seconds, progress, seconds)
    rows = _find_guilty_tasks(problem, judge, suspects)
    if rows is None:
        return []
    small = keep_orders(problem, rows)
    all_facts = sorted(list_facts(small), key=lambda fact: FIRST_BLAMED.index(fact.kind))
    facts = judge.shrink(all_facts, lambda kept: drop_facts(small, set(all_facts) - set(kept)))
    facts.sort(key=lambda fact: (KINDS.index(fact.kind), fact.index))
    return [Conflict(fact.kind, fact.index, tell_fact(small, fact, facts, tell_time)) for fact in facts]


ALL_PLACED = "all tasks can be placed"
"""The rule that conflicting facts break, as a finding tells it."""


def tell_conflicts(conflicts: Sequence[Conflict], severity: Severity = "error") -> Finding:
    """Return conflicting facts as one finding, to be raised or shown."""
    text = "; ".join(conflict.text for conflict in conflicts)
    return Finding("schedule", ALL_PLACED, "Change one of these facts", value=text, severity=severity)


T = TypeVar("T")


class _Judge:
    """Decides whether problems have a schedule, until time is over."""

    def __init__(self, until: float, progress: Progress, seconds: float) -> None:
        self.until, self.progress, self.seconds = until, progress, seconds

    @property
    def left(self) -> float:
        return self.until - perf_counter()

    def is_infeasible(self, problem: Problem) -> bool:
        """Whether it is proven that there is no schedule; False where that is not decided in time."""
        from drumbeat.scheduling.engine.exact.prove_feasible import prove_feasible

        if not problem.num_tasks or self.left <= 0:
            return False
        self.progress(min(1.0 - self.left / self.seconds, 1.0), "looking for what contradicts itself")
        return prove_feasible(problem, seconds=self.left) is False

    def shrink(self, items: list[T], build: Callable[[list[T]], Problem]) -> list[T]:
        """Return a smallest part of `items` whose problem has no schedule; `build` makes the problem of a part.

        Deletion in halves (QuickXplain, Junker 2004): a large part that is not needed goes in one step.
        """
        return self._shrink([], False, items, build) if len(items) > 1 else items

    def _shrink(self, base: list[T], has_new: bool, items: list[T], build: Callable[[list[T]], Problem]) -> list[T]:
        if has_new and self.is_infeasible(build(base)):
            return []
        if len(items) == 1:
            return items
        half = len(items) // 2
        first, second = items[:half], items[half:]
        needed = self._shrink(base + first, True, second, build)
        return self._shrink(base + needed, bool(needed), first, build) + needed


def _find_guilty_tasks(problem: Problem, judge: _Judge, suspects: Sequence[int] | None) -> Int64s | None:
    """Tasks of a smallest set of jobs that have no schedule together; None where there is none, or none is found."""
    jobs = np.unique(problem.tasks.job)
    order = np.argsort(problem.tasks.job, kind="stable")
    edges = np.searchsorted(problem.tasks.job[order], [*jobs, problem.num_jobs])
    members = {int(job): order[edges[i] : edges[i + 1]] for i, job in enumerate(jobs)}

    def build(chosen: list[int]) -> Problem:
        rows = np.sort(np.concatenate([members[job] for job in chosen])) if chosen else np.zeros(0, np.int64)
        return keep_orders(problem, rows)

    can_part = can_cut_orders(problem)
    asked = members if suspects is None else [job for job in suspects if job in members]
    for job in asked if can_part and len(jobs) > 1 else []:
        if judge.is_infeasible(build([job])):
            return np.sort(members[job])
    if problem.num_tasks > MOST_TASKS or not judge.is_infeasible(problem):
        return None
    guilty = judge.shrink(list(members), build) if can_part else list(members)
    return np.sort(np.concatenate([members[job] for job in guilty]))
