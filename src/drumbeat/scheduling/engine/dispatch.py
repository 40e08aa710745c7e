"""Dispatch: make a schedule in one pass, by a rule that says who goes first."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from drumbeat.scheduling.engine.floor import make_floor
from drumbeat.scheduling.engine.problem import Floats, Problem
from drumbeat.scheduling.engine.result import Schedule
from drumbeat.scheduling.engine.run_floor import ATC, CRITICAL_RATIO, KEY, MDD, WSPT, run_floor
from drumbeat.scheduling.engine.shop import Shop, build_shop

LOOKS = 64
"""How many of the first in a queue are compared before one is chosen."""


class Rule(Enum):
    """Who goes first: the value is the rule's usual name."""

    EDD = "EDD"
    """Earliest due date."""
    SLACK = "SLACK"
    """Latest start: due date less the work that remains; with equal due dates, most work remaining."""
    SPT = "SPT"
    """Shortest processing time."""
    WSPT = "WSPT"
    """Shortest processing time for its weight."""
    CRITICAL_RATIO = "CR"
    """Time left over work left, smallest first."""
    MDD = "MDD"
    """Modified due date: the later of the due date and the earliest end."""
    ATC = "ATC"
    """Apparent tardiness cost (Vepsalainen and Morton 1987), with setups as Lee, Bhaskaran and Pinedo (1997)."""


INDEX = {Rule.WSPT: WSPT, Rule.CRITICAL_RATIO: CRITICAL_RATIO, Rule.MDD: MDD, Rule.ATC: ATC}


@dataclass(frozen=True, slots=True)
class DispatchParams:
    """How to dispatch.

    Parameters
    ----------
    rule
        Who goes first.
    look_ahead
        ATC only: how far ahead slack is looked at, in mean run times, > 0.
    setup_weight
        ATC only: how much setups count, in mean setups; 0 = not at all.
    """

    rule: Rule = Rule.ATC
    look_ahead: float = 2.0
    setup_weight: float = 0.5

    def __post_init__(self) -> None:
        if not self.look_ahead > 0:
            raise ValueError(f"look_ahead is above 0, not {self.look_ahead}")
        if self.setup_weight < 0:
            raise ValueError(f"setup_weight is 0 or more, not {self.setup_weight}")

    @property
    def name(self) -> str:
        """Name of the rule with its parameters."""
        if self.rule is Rule.ATC:
            return f"dispatch ATC k={self.look_ahead:g}"
        return f"dispatch {self.rule.value}"


def rank_tasks(shop: Shop, rule: Rule) -> Floats:
    """Return the static key of each task by a rule, shape (T,): the smallest goes first."""
    due = shop.due[shop.task_job]
    if rule is Rule.EDD:
        return due
    if rule in (Rule.SPT, Rule.WSPT):
        shortest = np.minimum.reduceat(shop.mode_run, shop.task_mode_ptr[:-1]).astype(np.float64)
        return shortest if rule is Rule.SPT else shortest / shop.weight[shop.task_job]
    return due - shop.tail


def dispatch(problem: Problem, params: DispatchParams = DispatchParams(), *, shop: Shop | None = None) -> Schedule:
    """Make a schedule in one pass by a rule.

    Every task starts as soon as the rule's turn, its machine, crew, tools, calendar and material allow: a
    non-delay schedule (parallel schedule generation).

    Parameters
    ----------
    problem
        A problem without errors (`check_problem`).
    params
        The rule.
    shop
        The problem's `build_shop`, where several schedules are made of one problem.

    Returns
    -------
    Schedule
        Feasible; tasks that can never start, and all after them, are `UNSCHEDULED`.
    """
    shop = build_shop(problem) if shop is None else shop
    if problem.num_tasks == 0:
        return dispatch_by_key(shop, np.zeros(0))
    key = rank_tasks(shop, params.rule)
    return dispatch_by_key(shop, key, INDEX.get(params.rule, KEY), params.look_ahead, params.setup_weight)


def dispatch_by_key(
    shop: Shop, key: Floats, index: int = KEY, look_ahead: float = 1.0, setup_weight: float = 0.0
) -> Schedule:
    """Make a schedule by a key for each task, shape (T,), the smallest first, or by an index of `run_floor`."""
    floor = make_floor(shop, key)
    run_floor(shop, floor, index, look_ahead, setup_weight, LOOKS)
    return Schedule(floor.mode, floor.start, floor.setup, floor.end)
