"""Candidate roadmaps: orders of initiatives, each started as early as the rules allow, or somewhat later."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.streams import key_of, luck_of, uniform
from drumbeat.strategy.engine.roadmap.draw_futures import mean_future
from drumbeat.strategy.engine.roadmap.evaluate import ThroughputModel, do_nothing
from drumbeat.strategy.engine.roadmap.place import list_rules, place_in_order
from drumbeat.strategy.engine.roadmap.problem import NEVER, Outlook, RoadmapProblem
from drumbeat.strategy.engine.roadmap.result import Roadmap

ORDER, LENGTH, WAIT = range(3)
"""Purposes of draws."""


def on_means(problem: RoadmapProblem) -> RoadmapProblem:
    """Return the problem with one way of demand, the mean of all: what a plan on averages is made of."""
    outlook = problem.outlook
    factor = (outlook.probability @ outlook.factor)[None, :]
    mean = Outlook(np.array(["mean"], dtype=object), np.ones(1), factor, np.zeros(factor.shape, np.int64))
    return replace(problem, outlook=mean)


def value_alone(problem: RoadmapProblem) -> Floats:
    """Return what each initiative is worth by itself, as early as it can start, on means; shape (I,).

    What it requires is reckoned as built: its cost is its own affair. Its net present value, as a business case has it.
    """
    mean = on_means(problem)
    free = replace(mean, initiatives=replace(mean.initiatives, requires=np.zeros_like(mean.initiatives.requires)))
    size = problem.num_initiatives
    starts = np.full((size, size), NEVER)
    own = problem.initiatives
    np.fill_diagonal(starts, np.where(own.earliest <= own.latest, own.earliest, NEVER))
    roadmaps = [Roadmap.fixed(np.full(size, NEVER), 1), *[Roadmap.fixed(row, 1) for row in starts]]
    values = ThroughputModel(free)(roadmaps, mean_future(free))[:, 0]
    worth: Floats = values[1:] - values[0]
    return worth


def place_orders(problem: RoadmapProblem, orders: list[Int64s], waits: Int64s | None = None) -> list[Roadmap]:
    """Return the fixed roadmap of each order: as early as the rules allow, what is committed first.

    Parameters
    ----------
    orders
        Initiatives in the order in which they are placed; those left out never start.
    waits
        Shape (orders, I): earliest period wanted; None = none.
    """
    rules, size = list_rules(problem), problem.num_initiatives
    committed = np.flatnonzero(problem.initiatives.is_committed)
    found = []
    for number, order in enumerate(orders):
        starts, stops = np.full(size, NEVER, np.int64), np.full(size, NEVER, np.int64)
        wait = np.zeros(size, np.int64) if waits is None else waits[number]
        place_in_order(rules, committed, np.zeros(size, np.int64), starts, stops)
        place_in_order(rules, np.asarray(order, dtype=np.int64), wait, starts, stops)
        found.append(Roadmap.fixed(starts, problem.num_ways))
    return found


def place_greedily(problem: RoadmapProblem) -> Roadmap:
    """Return the roadmap of the usual way: business cases ranked by net present value, the best first while it fits."""
    worth = value_alone(problem)
    order = np.argsort(-worth, kind="stable")
    return replace(place_orders(problem, [order[worth[order] > 0]])[0], name="Greedy by NPV")


def make_candidates(problem: RoadmapProblem, count: int, seed: int) -> list[Roadmap]:
    """Make different fixed roadmaps that keep all rules, doing nothing and the greedy one first.

    Orders are drawn with a liking for what is worth much alone; some take only the first few, some wait.

    Parameters
    ----------
    count
        How many at most; fewer where there are not so many different ones.
    seed
        Of the draws.
    """
    size = problem.num_initiatives
    worth = value_alone(problem) if size else np.zeros(0)
    liking = np.argsort(np.argsort(worth)) / max(size - 1, 1)
    found = {one.key(): one for one in (do_nothing(problem), place_greedily(problem))}
    keys = [key_of(str(key)) for key in problem.initiatives.keys]
    for block in range(0, 8 * count, 256):
        orders, waits, before = [], [], len(found)
        for number in range(block, block + 256):
            luck = np.uint64(luck_of(seed, number))
            noise = np.array([uniform(luck, key, ORDER, 0) for key in keys])
            order = np.argsort(-(noise + 0.6 * liking), kind="stable") if size else np.zeros(0, np.int64)
            length = 1 + int(size * uniform(luck, key_of("length"), LENGTH, 0) ** 0.5)
            wait = np.array([uniform(luck, key, WAIT, 0) for key in keys])
            wait = np.where(wait < 0.6, 0.0, (wait - 0.6) / 0.4 * problem.num_periods)
            orders.append(order[:length])
            waits.append(wait.astype(np.int64))
        for one in place_orders(problem, orders, np.array(waits).reshape(len(orders), size)):
            found.setdefault(one.key(), one)
            if len(found) >= count:
                return list(found.values())[:count]
        if len(found) == before:  # there are hardly any others
            break
    return list(found.values())[:count]
