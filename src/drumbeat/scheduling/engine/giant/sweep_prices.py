"""Find by trial the prices of machines, the look-ahead and the lead times by which ATC is best for one problem."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drumbeat.basics.arrays import Floats
from drumbeat.basics.streams import luck_of, uniform
from drumbeat.scheduling.engine.dispatch import DispatchParams, Prepared, Rule, dispatch
from drumbeat.scheduling.engine.measure_worth import find_job_ends, measure_worth
from drumbeat.scheduling.engine.price_work import find_loads, price_work
from drumbeat.scheduling.engine.result import UNSCHEDULED, Schedule
from drumbeat.scheduling.engine.search import Lane, rank_worth

SHARPNESS = (8.0, 2.0, 0.0, 30.0, 4.0, 1.0)
"""Powers of a machine's load that make its price; at 0 all seconds cost the same."""

LOOK_AHEADS = (1.0, 4.0, 16.0)
LEAD_ROUNDS = 4
PATIENCE = 40
"""Trials without a better schedule after which the sweep ends."""


@dataclass
class _Policy:
    """What ATC goes by: prices (none: the rule's own weight for a task's run), look-ahead, lead times."""

    price: Floats | None
    look_ahead: float
    lead: Floats


@dataclass
class PriceSweep:
    """One lane's trials, and the best of them.

    Parameters
    ----------
    lane
        Hears every schedule that is this lane's best so far.
    prepared
        The problem laid out for dispatching.
    seconds
        What one dispatch takes; deterministic searches count it.
    """

    lane: Lane
    prepared: Prepared
    seconds: float
    best: Schedule | None = None
    rank: tuple[float, ...] = ()
    policy: _Policy | None = None
    since: int = 0

    def run(self, share: int, of: int) -> None:
        """Try every `of`-th of the grid from number `share` on, then change the best at random, until the lane is over
        or nothing better comes."""
        loads, tail = find_loads(self.prepared.shop), self.prepared.shop.task["tail"][:-1]
        prices = [loads**power for power in SHARPNESS]
        grid = [(price, look) for look in LOOK_AHEADS for price in [*prices, None]]
        for price, look in grid[share::of]:
            lead = 2.0 * tail
            for turn in range(LEAD_ROUNDS):
                if self.best is not None and self.lane.is_over():
                    return
                schedule = self._try(_Policy(price, look, tail if turn == 0 else lead))
                if turn:
                    lead = 0.5 * lead + 0.5 * self._find_lead(schedule)
        luck, turn = np.uint64(luck_of(self.lane.search.seed, self.lane.number)), 0
        while self.since < PATIENCE and not self.lane.is_over():
            self._vary(luck, turn)
            turn += 1

    def _find_lead(self, schedule: Schedule) -> Floats:
        tasks = self.lane.search.problem.tasks
        lead = find_job_ends(self.lane.search.problem, schedule)[tasks.job] - schedule.start
        return np.asarray(np.where(schedule.mode == UNSCHEDULED, 0, lead), dtype=np.float64)

    def _try(self, policy: _Policy) -> Schedule:
        lane, prepared = self.lane, self.prepared
        if policy.price is not None:
            prepared = price_work(prepared, policy.price, policy.lead)
        else:
            task = prepared.shop.task.copy()
            task["tail"][:-1] = policy.lead
            prepared = Prepared(prepared.shop._replace(task=task), prepared.plain)
        params = DispatchParams(Rule.ATC, policy.look_ahead, 0.0)
        schedule = dispatch(lane.search.problem, params, prepared=prepared)
        lane.count(self.seconds)
        lane.tell("priced ATC")
        rank = rank_worth(lane.search.problem, measure_worth(lane.search.problem, schedule))
        self.since += 1
        if self.best is None or rank < self.rank:
            self.best, self.rank, self.policy, self.since = schedule, rank, policy, 0
            lane.offer(schedule, f"{params.name} by priced work")
        return schedule

    def _vary(self, luck: np.uint64, turn: int) -> None:
        """Try the best policy with other prices, look-ahead and lead times."""
        assert self.policy is not None
        assert self.best is not None
        old, price = self.policy, self.policy.price
        machines = len(self.prepared.shop.resource) - 1
        drawn = np.array([uniform(luck, np.uint64(i), 1, turn) for i in range(machines + 3)])
        if price is not None and drawn[-1] < 0.8:
            price = price * np.exp((0.6 * drawn[-1]) * (2.0 * drawn[:machines] - 1.0))
        lead = old.lead
        if drawn[-3] < 0.7:
            share = drawn[-3] / 0.7
            lead = (1.0 - share) * lead + share * self._find_lead(self.best)
        self._try(_Policy(price, old.look_ahead * float(np.exp(drawn[-2] - 0.5)), lead))
