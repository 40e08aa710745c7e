"""Solve any problem: rules, lead-time iteration, and then whatever improves it most."""

from __future__ import annotations

from itertools import product

import numpy as np

from drumbeat.basics.arrays import Floats
from drumbeat.basics.streams import luck_of, uniform
from drumbeat.scheduling.engine.dispatch import DispatchParams, Prepared, Rule, dispatch
from drumbeat.scheduling.engine.improve_general import improve_general
from drumbeat.scheduling.engine.measure_worth import find_job_ends
from drumbeat.scheduling.engine.plant.search_plant import warm_up_plant
from drumbeat.scheduling.engine.price_work import find_loads, price_work
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.result import UNSCHEDULED
from drumbeat.scheduling.engine.search import Search

LOOK_AHEADS = (2.0, 1.0, 4.0, 0.5, 8.0, 16.0)
LEAD_TIME_ROUNDS = 6
RULES_SHARE, PRICES_SHARE, LEADS_SHARE = 0.05, 0.3, 0.35
"""Shares of the time limit until which rules, priced rules and lead times are tried."""
VARIED_PRICES = 200
SECONDS_PER_TASK = 5e-6
"""What dispatching a task takes; deterministic searches count it."""


def list_rules(problem: Problem) -> list[DispatchParams]:
    """List the rules worth trying on a problem, the most promising first."""
    setup_weights = (0.5, 0.0) if problem.setups.seconds.any() else (0.0,)
    swept = [DispatchParams(Rule.ATC, k, s) for k in LOOK_AHEADS for s in setup_weights]
    others = [Rule.MDD, Rule.EDD, Rule.WSPT, Rule.CRITICAL_RATIO, Rule.SPT]
    return [DispatchParams(Rule.SLACK), *swept, *(DispatchParams(rule) for rule in others)]


def warm_up_general() -> None:
    """Have the kernels compiled, or loaded."""
    warm_up_plant()


def solve_general(search: Search) -> None:
    """Find a good schedule of any problem that dispatching honours (`Features.is_dispatchable`)."""
    problem, prepared = search.problem, Prepared.of(search.problem)
    _sweep_rules(search, prepared)
    _sweep_prices(search, prepared)
    _iterate_lead_times(search, prepared)
    if problem.num_tasks > 1 and search.may_improve:
        improve_general(search, prepared)


def _count(search: Search) -> None:
    search.count(SECONDS_PER_TASK * max(search.problem.num_tasks, 100))


def _sweep_rules(search: Search, prepared: Prepared) -> None:
    """Try one rule after the other; a small share of the time at most."""
    for params in list_rules(search.problem):
        if search.schedule is not None and search.spent > RULES_SHARE * search.seconds:
            break
        search.tell(params.name)
        search.offer(dispatch(search.problem, params, prepared=prepared), params.name)
        _count(search)


def _sweep_prices(search: Search, prepared: Prepared) -> None:
    """Try ATC by the work that remains of each job, the busy machines' counting for more or all alike: the best first
    guess where much is late. Then vary the best at random."""
    if not search.problem.num_tasks or not search.may_improve:
        return
    loads = find_loads(prepared.shop)
    setup_weights = (1.0, 2.0, 4.0) if search.problem.setups.seconds.any() else (0.0,)
    best: tuple[Floats, float, float] | None = None
    for look_ahead, power, setup_weight in product((8.0, 32.0, 2.0), (1.0, 0.5, 0.0), setup_weights):
        if _try_prices(search, prepared, loads**power, look_ahead, setup_weight):
            best = (loads**power, look_ahead, setup_weight)
    luck = np.uint64(luck_of(search.seed, 0))
    for turn in range(VARIED_PRICES if best is not None else 0):
        assert best is not None
        price, look_ahead, setup_weight = best
        drawn = np.array([uniform(luck, np.uint64(i), 1, turn) for i in range(len(price) + 3)])
        price = price * np.exp(0.6 * drawn[-1] * (2.0 * drawn[: len(price)] - 1.0))
        look_ahead, setup_weight = look_ahead * float(np.exp(drawn[-2] - 0.5)), setup_weight * float(drawn[-3] + 0.5)
        if _try_prices(search, prepared, price, look_ahead, setup_weight):
            best = (price, look_ahead, setup_weight)


def _try_prices(search: Search, prepared: Prepared, price: Floats, look_ahead: float, setup_weight: float) -> bool:
    """Dispatch by priced work while there is time; whether that is the best so far."""
    if search.is_over(PRICES_SHARE * search.seconds):
        return False
    params = DispatchParams(Rule.ATC, look_ahead, setup_weight)
    search.tell("priced ATC")
    _count(search)
    schedule = dispatch(search.problem, params, prepared=price_work(prepared, price))
    return search.offer(schedule, f"{params.name} by priced work")


def _iterate_lead_times(search: Search, prepared: Prepared) -> None:
    """Dispatch by ATC again with the lead times that the best schedule had, half old and half new."""
    problem = search.problem
    assert search.schedule is not None
    if not problem.num_tasks or not search.may_improve:
        return
    schedule = search.schedule
    task = prepared.shop.task.copy()
    for turn in range(LEAD_TIME_ROUNDS):
        if search.spent > LEADS_SHARE * search.seconds or (schedule.mode == UNSCHEDULED).any():
            break
        ends = find_job_ends(problem, schedule)
        lead = ends[problem.tasks.job] - schedule.start
        task["tail"][:-1] = 0.5 * task["tail"][:-1] + 0.5 * lead
        again = Prepared(prepared.shop._replace(task=task), prepared.plain)
        params = DispatchParams(Rule.ATC, LOOK_AHEADS[turn % 3], 0.5 if problem.setups.seconds.any() else 0.0)
        schedule = dispatch(problem, params, prepared=again)
        search.tell("lead times")
        search.offer(schedule, f"{params.name} with lead times")
        _count(search)
