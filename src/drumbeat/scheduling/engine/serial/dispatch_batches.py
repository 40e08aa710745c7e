"""Orders of tasks for plants with ovens: batches are formed by BATCS, and serial generation places them as they are."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.dispatch import DispatchParams, Prepared, Rule, dispatch
from drumbeat.scheduling.engine.problem import FAR_FUTURE, FINISH_FINISH, FINISH_START, START_START, Problem
from drumbeat.scheduling.engine.result import Schedule
from drumbeat.scheduling.engine.search import Search
from drumbeat.scheduling.engine.serial.dispatch_plainly import leave_rules_out
from drumbeat.scheduling.engine.serial.form_batches import BatchParams, Firing, Ovens, form_batches, search_beam
from drumbeat.scheduling.engine.serial.make_genes import order_by_groups
from drumbeat.scheduling.engine.serial.records import Genes
from drumbeat.scheduling.engine.serial.search_serial import SECONDS_PER_TASK, Breeder

ROUNDS = 2
"""How often batches are formed: what comes after an oven, another oven perhaps, is dispatched anew in between."""
LOOK_AHEADS, WAITS, SETUP_WEIGHTS = (2.0, 0.5, 8.0), (0.5, 0.0, 1.5), (1.0, 0.25)
SECONDS_PER_OVEN_TASK, SECONDS_PER_STEP = 3e-4, 0.02
"""What forming batches takes on an ordinary core; deterministic searches count it."""
MOST_IN_OVENS = 20_000
"""Tasks for ovens up to which BATCS is asked: ovens are looked at one by one."""
MOST_IN_BEAM = 120
"""Likewise for the beam, which makes some nine whole plans a batch."""
BATCHES_SHARE, BEAM_SHARE = 0.15, 0.25
"""Shares of the time until which parameters of BATCS are tried, and until which the beam works."""


def find_ready(problem: Problem, task: Int64s, schedule: Schedule, release: Int64s) -> Int64s:
    """Return when tasks could start after those before them in a schedule, seconds, `FAR_FUTURE` for never.

    Parameters
    ----------
    problem
        The problem.
    task
        Shape (N,): whose start is asked for.
    schedule
        Where those before them stand.
    release
        Shape (T,): no task starts before.
    """
    links, modes = problem.links, problem.modes
    run = np.minimum.reduceat(modes.run_seconds, modes.task_ptr[:-1])
    before = links.before
    from_end = (links.kind == FINISH_START) | (links.kind == FINISH_FINISH)
    moment = np.where(from_end, schedule.end[before], schedule.start[before]) + links.lag
    moment = moment - np.where((links.kind == FINISH_START) | (links.kind == START_START), 0, run[links.after])
    absent = schedule.mode[before] < 0
    ready = release.copy()
    np.maximum.at(ready, links.after, np.where(absent, FAR_FUTURE, moment))
    return ready[task]


class BatchDispatcher:
    """Forms batches for a problem's ovens, all else dispatched by ATC around them."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.plain = problem, leave_rules_out(problem)
        self.prepared = Prepared.of(self.plain)
        self.ovens = Ovens.of(problem, self.prepared.shop)
        self.release: Int64s = self.prepared.shop.task["release"][:-1].copy()

    def dispatch(self, params: BatchParams, *, by_beam: Search | None = None) -> tuple[Floats, Firing]:
        """Start of each task, shape (T,), and the batches; by a beam as long as a search has time for it."""
        ovens, around = self.ovens, DispatchParams(Rule.ATC, params.look_ahead)
        plain = dispatch(self.plain, around, prepared=self.prepared)
        for turn in range(ROUNDS):
            ready = find_ready(self.problem, ovens.task, plain, self.release)
            if by_beam is not None and turn == ROUNDS - 1:
                firing = search_beam(ovens, ready, params, is_over=_Budget(by_beam))
            else:
                firing = form_batches(ovens, ready, params)
            plain = self._dispatch_around(firing, around)
        start = np.where(plain.mode >= 0, plain.start, FAR_FUTURE).astype(np.float64)
        start[ovens.task] = np.where(firing.start >= 0, firing.start, FAR_FUTURE)
        return start, firing

    def _dispatch_around(self, firing: Firing, params: DispatchParams) -> Schedule:
        """Dispatch anew, those in ovens not before their batches."""
        release = self.release.copy()
        release[self.ovens.task] = np.maximum(release[self.ovens.task], firing.start)
        shop = self.prepared.shop
        task = shop.task.copy()
        task["release"][:-1] = release
        return dispatch(self.plain, params, prepared=Prepared(shop._replace(task=task), None))

    def write_genes(self, genes: Genes, start: Floats, firing: Firing, order: Floats) -> None:
        """Write down the order, and where and when those in ovens are to start: the longest of a batch first."""
        task, modes = self.ovens.task, self.problem.modes
        lead = np.zeros(len(start))
        done = firing.mode >= 0
        lead[task[done]] = -modes.run_seconds[firing.mode[done]]
        rank = np.empty(len(start), np.int64)
        rank[np.lexsort((lead, order))] = np.arange(len(start))
        genes.rank[:] = rank
        genes.mode[task], genes.floor[task] = firing.mode, np.maximum(firing.start, 0)


class _Budget:
    """Whether a search's time for the beam is over; every question counts as a step of it."""

    def __init__(self, search: Search) -> None:
        self.search = search

    def __call__(self) -> bool:
        self.search.count(SECONDS_PER_STEP)
        return self.search.is_over(BEAM_SHARE * self.search.seconds)


def list_params(has_setups: bool) -> Iterator[BatchParams]:
    """Parameters of BATCS, the most promising first."""
    for wait in WAITS:
        for look_ahead in LOOK_AHEADS:
            for weight in SETUP_WEIGHTS if has_setups else SETUP_WEIGHTS[:1]:
                yield BatchParams(look_ahead, weight, wait)


def sweep_batches(search: Search, first: Breeder) -> None:
    """Form batches by one set of parameters after the other, then by a beam; `first` stands at the best then.

    Nothing happens where there are no ovens, or too many tasks for them.
    """
    problem, serial = search.problem, first.serial
    if not search.features.has_batches or not search.may_improve:
        return
    dispatcher = BatchDispatcher(problem)
    num = len(dispatcher.ovens.task)
    if not 0 < num <= MOST_IN_OVENS:
        return
    best, least = BatchParams(), np.inf
    forming = ROUNDS * SECONDS_PER_OVEN_TASK * num

    def is_over(share: float) -> bool:
        """Whether the time is over, or would be before batches are formed once more: that cannot be broken off."""
        until = share * search.seconds
        return search.is_over(until) or search.spent + forming > until

    def place(params: BatchParams, name: str, by_beam: Search | None = None) -> float:
        old = Genes(*(part.copy() for part in first.genes))
        start, firing = dispatcher.dispatch(params, by_beam=by_beam)
        dispatcher.write_genes(first.genes, start, firing, order_by_groups(serial, start))
        schedule, cost = first.make(first.genes)
        search.count(forming + SECONDS_PER_TASK * max(problem.num_tasks, 100))
        if cost < first.cost and not check_schedule(problem, schedule):
            first.start_from(schedule, cost)
            search.offer(schedule, name)
        else:
            for part, before in zip(first.genes, old, strict=True):
                part[:] = before
        search.tell(name)
        return cost

    for params in list_params(bool(problem.setups.seconds.any())):
        if is_over(BATCHES_SHARE):
            break
        cost = place(params, params.name)
        if cost < least:
            best, least = params, cost
    if num <= MOST_IN_BEAM and not search.is_over(BATCHES_SHARE * search.seconds) and not is_over(BEAM_SHARE):
        place(best, "beam of batches", by_beam=search)
