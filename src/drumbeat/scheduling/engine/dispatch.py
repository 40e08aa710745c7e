"""Dispatch: make a schedule in one pass, by a rule that says who goes first."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from drumbeat.basics.arrays import Floats
from drumbeat.scheduling.engine.dispatch_plain import Plain, dispatch_plain, is_plain, lay_out_plain
from drumbeat.scheduling.engine.floor import make_floor
from drumbeat.scheduling.engine.problem import Problem
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
    due, tail = shop.task["due"][:-1], shop.task["tail"][:-1]
    if rule is Rule.EDD:
        return due.copy()
    if rule in (Rule.SPT, Rule.WSPT):
        shortest = np.minimum.reduceat(shop.mode["run"][:-1], shop.task["mode0"][:-1]).astype(np.float64)
        return shortest if rule is Rule.SPT else shortest / shop.task["weight"][:-1]
    return due - tail


@dataclass(frozen=True, slots=True)
class Prepared:
    """A problem laid out for dispatching; `plain` where it is a plain job shop (`is_plain`)."""

    shop: Shop
    plain: Plain | None

    @classmethod
    def of(cls, problem: Problem) -> Prepared:
        """Lay a problem out."""
        return cls(build_shop(problem), lay_out_plain(problem) if is_plain(problem) else None)


def dispatch(
    problem: Problem, params: DispatchParams = DispatchParams(), *, prepared: Prepared | None = None
) -> Schedule:
    """Make a schedule in one pass by a rule.

    Every task starts as soon as the rule's turn, its machine, crew, tools, calendar and material allow: a
    non-delay schedule (parallel schedule generation).

    Parameters
    ----------
    problem
        A problem without errors (`check_problem`).
    params
        The rule.
    prepared
        The problem laid out, where several schedules are made of one problem.

    Returns
    -------
    Schedule
        Feasible; tasks that can never start, and all after them, are `UNSCHEDULED`.
    """
    prepared = Prepared.of(problem) if prepared is None else prepared
    shop = prepared.shop
    if problem.num_tasks == 0:
        return dispatch_by_key(shop, np.zeros(0))
    if prepared.plain is not None and params.rule is not Rule.CRITICAL_RATIO:
        start = dispatch_plain(prepared.plain, *_clocked_keys(shop, params))
        nothing = np.zeros(len(start), dtype=np.int64)
        mode = np.where(start < 0, -1, np.arange(len(start))).astype(np.int32)
        return Schedule(mode, start, nothing, np.where(start < 0, -1, start + shop.mode["run"][:-1]))
    key = rank_tasks(shop, params.rule)
    return dispatch_by_key(shop, key, INDEX.get(params.rule, KEY), params.look_ahead, params.setup_weight)


def _clocked_keys(shop: Shop, params: DispatchParams) -> tuple[Floats, Floats, Floats, tuple[float, float]]:
    """Early key, late key, the moment between, and what a second adds to either, of each task by a rule."""
    key = rank_tasks(shop, params.rule)
    if params.rule not in (Rule.MDD, Rule.ATC):
        return key, key, np.zeros(len(key)), (0.0, 0.0)
    tail = np.ascontiguousarray(shop.task["tail"][:-1])
    last_start = shop.task["due"][:-1] - tail
    if params.rule is Rule.MDD:
        return last_start + tail, tail, last_start, (0.0, 1.0)
    value = -shop.mode["value"][:-1]
    scale = params.look_ahead * shop.mean_run
    return value + last_start / scale, value, last_start, (-1.0 / scale, 0.0)


def dispatch_by_key(
    shop: Shop, key: Floats, index: int = KEY, look_ahead: float = 1.0, setup_weight: float = 0.0
) -> Schedule:
    """Make a schedule by a key for each task, shape (T,), the smallest first, or by an index of `run_floor`."""
    floor = make_floor(shop, key)
    run_floor(shop, floor, index, look_ahead, setup_weight, LOOKS, np.zeros(1, np.int64))
    done = floor.task
    return Schedule(done["mode"].astype(np.int32), done["start"].copy(), done["setup"].copy(), done["end"].copy())
