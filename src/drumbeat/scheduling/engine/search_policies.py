"""Find by trial the prices, lead times and other parameters by which ATC is best for one problem."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np

from drumbeat.basics.arrays import Floats
from drumbeat.basics.streams import luck_of, uniform
from drumbeat.scheduling.engine.dispatch import Prepared, dispatch
from drumbeat.scheduling.engine.measure_worth import Meter, find_job_ends
from drumbeat.scheduling.engine.price_work import Policy, find_loads, price_work
from drumbeat.scheduling.engine.result import UNSCHEDULED, Schedule
from drumbeat.scheduling.engine.search import Lane, rank_worth

POWERS = (1.0, 0.0, 8.0)
"""Powers of a machine's load that make its price; at 0 all seconds cost the same."""

LOOK_AHEADS = (8.0, 32.0, 2.0)
SETUP_WEIGHTS = (1.0, 4.0)
OWNS = ((0.25, -1.0, 0.2), (0.25, -0.5, 0.0), (0.0, 0.0, 0.0))
"""`Policy.own`, `Policy.last` and `Policy.wait` to begin with."""

PATIENCE = 200
"""Trials without a better schedule after which the search ends."""

ODDS = 0.35
"""Of each parameter to be varied in a trial."""

STRIDES = (0.3, 1.0, 2.0)
"""How far a trial goes: one of these for all that it varies."""


@dataclass
class PolicySearch:
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
    policy: Policy | None = None
    since: int = 0
    meter: Meter = field(init=False)

    def __post_init__(self) -> None:
        self.meter = Meter(self.lane.search.problem)

    def run(self, share: int, of: int) -> None:
        """Try every `of`-th of the grid from number `share` on, then change the best at random, until the lane is over
        or nothing better comes."""
        for number, policy in enumerate(self._list_grid()):
            if number % of != share:
                continue
            if self.best is not None and self.lane.is_over():
                return
            self._try(policy)
        self.since = 0
        luck, turn = np.uint64(luck_of(self.lane.search.seed, self.lane.number)), 0
        while self.since < PATIENCE and not self.lane.is_over():
            self._vary(luck, turn)
            turn += 1

    def _list_grid(self) -> Iterator[Policy]:
        """Policies to begin with, the most promising first."""
        loads, tail = find_loads(self.prepared.shop), self.prepared.shop.task["tail"][:-1]
        setup_weights = SETUP_WEIGHTS if self.lane.search.problem.setups.seconds.any() else (0.0,)
        for (own, last, wait), look, power, setup in product(OWNS, LOOK_AHEADS, POWERS, setup_weights):
            yield Policy(loads**power, tail, look, setup, own, last, wait)

    def make(self, policy: Policy) -> Schedule:
        """Make the schedule of a policy."""
        return dispatch(self.lane.search.problem, policy.params, prepared=price_work(self.prepared, policy))

    def offer(self, schedule: Schedule, policy: Policy) -> None:
        """Offer this lane's best so far."""
        self.lane.offer(schedule, f"{policy.params.name} by priced work")

    def _try(self, policy: Policy) -> None:
        lane, problem = self.lane, self.lane.search.problem
        schedule = self.make(policy)
        lane.count(self.seconds)
        lane.tell("priced ATC")
        rank = rank_worth(problem, self.meter.measure(schedule))
        self.since += 1
        if self.best is None or rank < self.rank:
            self.best, self.rank, self.policy, self.since = schedule, rank, policy, 0
            self.offer(schedule, policy)

    def _vary(self, luck: np.uint64, turn: int) -> None:
        """Try the best policy with some of its parameters changed."""
        assert self.policy is not None
        old, machines = self.policy, len(self.prepared.shop.resource) - 1

        def draw(number: int) -> float:
            return float(uniform(luck, np.uint64(number), 1, turn))

        stride = STRIDES[int(3 * draw(0))]
        # Half the numbers say what is varied, the others by how much.
        steps = [stride * 2.0 * (2.0 * draw(10 + i) - 1.0) if draw(20 + i) < ODDS else 0.0 for i in range(7)]
        price = old.price
        if steps[0]:
            noise = np.array([uniform(luck, np.uint64(100 + i), 1, turn) for i in range(machines)])
            price = price * np.exp(0.3 * steps[0] * (2.0 * noise - 1.0))
        if draw(1) < ODDS:
            # A busier machine's price goes up more, or down.
            price = price * np.maximum(find_loads(self.prepared.shop), 1e-3) ** (0.4 * stride * (2.0 * draw(2) - 1.0))
        self._try(
            replace(
                old,
                price=price,
                lead=self._vary_lead(old.lead, steps[1], draw(3)),
                look_ahead=old.look_ahead * float(np.exp(0.5 * steps[2])),
                setup_weight=old.setup_weight * float(np.exp(0.3 * steps[3])),
                own=old.own + 0.1 * steps[4],
                last=old.last + 0.2 * steps[5],
                wait=max(old.wait + 0.2 * steps[6], 0.0),
            )
        )

    def _vary_lead(self, lead: Floats, step: float, share: float) -> Floats:
        """Stretch lead times, or mix them with those of the best schedule."""
        if not step:
            return lead
        if share < 0.7:
            return lead * float(np.exp(0.3 * step))
        assert self.best is not None
        problem, best = self.lane.search.problem, self.best
        real = find_job_ends(problem, best)[problem.tasks.job] - best.start
        share = (share - 0.7) / 0.3
        return np.asarray(np.where(best.mode == UNSCHEDULED, lead, (1.0 - share) * lead + share * real))
