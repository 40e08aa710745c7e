"""Solve the order of one machine, or of a flow shop without waiting: tardiness, and makespan with setups."""

from __future__ import annotations

from functools import partial

import numpy as np

from drumbeat.basics.arrays import Int64s
from drumbeat.basics.streams import luck_of
from drumbeat.scheduling.engine.ask_cpsat import ask_cpsat
from drumbeat.scheduling.engine.features import Features
from drumbeat.scheduling.engine.measure_worth import HOUR
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.search import Lane, Search, run_lanes
from drumbeat.scheduling.engine.sequence.flow_shop import FlowShop
from drumbeat.scheduling.engine.sequence.improve_tardiness import BEST, CURRENT, OneMachine, improve_tardiness
from drumbeat.scheduling.engine.sequence.improve_tour import TourData, improve_tour
from drumbeat.scheduling.engine.sequence.one_machine import Line, find_line, follow_gaps

CHUNK = 3e7
"""Work between two looks at the clock, in nanoseconds."""
NUM_NEAR = 10
"""Nodes of a tour that a node may come to be followed by."""
WARMTH = (0.05, 0.2)
"""Of the mean gap of a tour, by lane: what is accepted as no longer."""
TARDINESS_WARMTH = (0.1, 0.4)
"""Of the mean cost of a job, by lane: what is accepted as no worse."""
LONGEST, LONGEST_WITH_SETUPS = 5, 12
"""Jobs that are put in elsewhere together at most: setups tie jobs to their neighbours."""
REACH = 100
"""Places that they move by at most."""
MOST_PROVED = 25
"""Jobs up to which one lane looks for a proof."""
QUIET_CHUNKS = 100
"""Chunks without a gain after which a lane goes on from the best of all."""


def is_line(problem: Problem, features: Features) -> bool:
    """Whether a problem is the order of one machine, or of a flow shop without waiting, that `solve_line` honours."""
    return find_line(problem, features) is not None


def warm_up_line() -> None:
    """Have the kernels compiled, on three jobs without waiting."""
    ones, dates = np.ones((3, 2), np.int32), np.zeros(3, np.int32)
    shop = FlowShop(ones, np.zeros((1, 1, 1), np.int32), False, True, True, dates, np.ones(3), ones.astype(np.int64))
    line, luck = follow_gaps(shop), np.uint64(0)
    improve_tour(_make_tour(line, luck), *_make_rows(np.arange(4), np.int64), True, 0.0, 1.0)
    improve_tardiness(_make_machine(line, luck), *_make_rows(np.arange(3), np.float64), True, 1, 3, 0.0, 1.0)


def solve_line(search: Search) -> None:
    """Search the orders of a line by iterated local search, each lane with luck and patience of its own."""
    line = find_line(search.problem, search.features)
    assert line is not None
    aim = search.problem.objective
    if line.for_makespan:
        search.raise_bound(_bound_makespan(line) * aim.makespan / HOUR)
    else:
        alone = line.release + line.run - line.due
        search.raise_bound(float((line.weight * np.maximum(alone, 0)).sum()) * aim.tardiness / HOUR)
    work = _search_tours if line.for_makespan else _search_orders
    others = max(min(search.workers, 2) - 1, 0)
    proves = len(line.run) <= MOST_PROVED
    second = partial(_prove, line=line) if proves else partial(work, line=line)
    run_lanes(search, partial(work, line=line), *([second] * others))


def _prove(lane: Lane, line: Line) -> None:
    """Ask CP-SAT for a proof, from the first schedule on."""
    lane.offer(line.make(choose_order(line)), "ATC")
    if not lane.search.is_deterministic and not lane.is_over():
        ask_cpsat(lane, lane.search.seconds)


def _bound_makespan(line: Line) -> float:
    """Return what every order takes: each job and the least gap before it, and what one of them still takes."""
    gap = line.setup.copy()
    np.fill_diagonal(gap, np.iinfo(np.int64).max)
    return max(float((line.run + gap.min(axis=0)).sum() + line.rest.min()), line.bound)


def _make_rows(order: Int64s, kind: type) -> tuple[Int64s, np.ndarray]:
    return np.tile(order, (3, 1)).astype(np.int64), np.zeros(3, kind)


def _make_tour(line: Line, luck: np.uint64) -> TourData:
    """Make the tour of a line for makespan: node 0 is its begin and its end, node j + 1 is job j."""
    n = len(line.run) + 1
    way = np.zeros((n, n), np.int64)
    way[1:, 1:] = line.setup[:-1] + line.run
    way[0, 1:] = line.setup[-1] + line.run
    way[1:, 0] = line.rest
    cost = way.copy()
    np.fill_diagonal(cost, np.iinfo(np.int64).max)
    near = np.argsort(cost, axis=1, kind="stable")[:, : min(NUM_NEAR, n - 1)]
    scratch = np.zeros(n, np.int64)
    queue, state = np.zeros(n + 1, np.int64), np.array([luck], np.uint64)
    return TourData(way, np.ascontiguousarray(near), scratch.copy(), np.zeros(n, np.int8), queue, scratch.copy(), state)


def _make_machine(line: Line, luck: np.uint64) -> OneMachine:
    n = len(line.run)
    return OneMachine(
        line.run,
        line.release,
        line.due,
        line.weight,
        line.setup,
        line.has_setups,
        line.is_ahead,
        np.zeros((4, n + 1)),
        np.zeros(n, np.int8),
        np.zeros(n + 1, np.int64),
        np.zeros(n, np.int64),
        np.array([luck], np.uint64),
    )


def _luck_of(lane: Lane) -> np.uint64:
    return np.uint64(luck_of(lane.search.seed, lane.number))


def _search_tours(lane: Lane, line: Line) -> None:
    data = _make_tour(line, _luck_of(lane))
    n = len(data.way)
    tours, lengths = _make_rows(_go_near(data), np.int64)
    warmth = WARMTH[lane.number % 2] * float(data.way[tours[0], np.roll(tours[0], -1)].mean())
    is_new, offered = True, np.inf
    lane.offer(line.make(tours[BEST, 1:] - 1), "nearest first")
    while n > 2 and not lane.is_over():
        lane.count(improve_tour(data, tours, lengths, is_new, warmth, CHUNK) * 1e-9)
        is_new = False
        if lengths[BEST] < offered:
            offered = lengths[BEST]
            lane.offer(line.make(tours[BEST, 1:] - 1), "iterated local search")
        lane.tell(f"iterated local search {lengths[BEST]:,} s")


def _go_near(data: TourData) -> Int64s:
    """Go from node 0 to the nearest that is left, and so on."""
    cost = data.way.astype(np.float64)
    cost[:, 0] = np.inf
    tour = [0]
    for _ in range(len(cost) - 1):
        tour.append(int(np.argmin(cost[tour[-1]])))
        cost[:, tour[-1]] = np.inf
    return np.array(tour)


def choose_order(line: Line) -> Int64s:
    """Return the order of the apparent tardiness cost: at each moment, the job whose weight for its time, less for a
    date that is far, is the greatest."""
    n = len(line.run)
    time = np.maximum(line.run + (line.setup.mean(axis=0) if line.has_setups else 0), 1e-9)
    left, now, last, order = np.ones(n, bool), 0.0, n, []
    mean = max(float(time.mean()), 1e-9)
    for _ in range(n):
        own = line.run + (line.setup[last] if line.has_setups else 0)
        begin = np.maximum(now, line.release)
        slack = np.maximum(line.due - own - begin, 0.0)
        wait = begin - now
        priority = np.log(np.maximum(line.weight, 1e-12) / np.maximum(own, 1e-9)) - (slack + 5 * wait) / (2 * mean)
        job = int(np.argmax(np.where(left, priority, -np.inf)))
        left[job] = False
        order.append(job)
        now, last = float(begin[job] + own[job]), job
    return np.array(order, dtype=np.int64)


def _search_orders(lane: Lane, line: Line) -> None:
    n = len(line.run)
    data = _make_machine(line, _luck_of(lane))
    orders, values = _make_rows(choose_order(line), np.float64)
    lane.offer(line.make(orders[BEST]), "apparent tardiness cost")
    is_new, offered, warmth, quiet = True, np.inf, 0.0, 0
    kind, longest = lane.number % 2, LONGEST_WITH_SETUPS if line.has_setups else LONGEST
    while n > 1 and offered > 0 and not lane.is_over():
        lane.count(improve_tardiness(data, orders, values, is_new, longest, REACH, warmth, CHUNK) * 1e-9)
        is_new, quiet = False, quiet + 1
        warmth = TARDINESS_WARMTH[kind] * values[BEST] / n
        if values[BEST] < offered:
            offered, quiet = values[BEST], 0
            lane.offer(line.make(orders[BEST]), "iterated local search")
        elif quiet >= QUIET_CHUNKS:
            quiet, is_new = 0, _take_over(lane, line, orders, values[BEST])
        lane.tell(f"iterated local search {values[BEST]:,.0f}")


def _take_over(lane: Lane, line: Line, orders: Int64s, value: float) -> bool:
    """Go on from the best of all lanes when it is better; lanes of deterministic searches do not hear of it."""
    search = lane.search
    if search.is_deterministic or search.schedule is None:
        return False
    if search.objective * HOUR >= value * search.problem.objective.tardiness * (1 - 1e-9):
        return False
    orders[CURRENT] = line.read(search.schedule)
    return True
