"""Solve any problem: rules, the best parameters for one, and then whatever improves it most."""

from __future__ import annotations

from drumbeat.scheduling.engine.dispatch import DispatchParams, Prepared, Rule, dispatch
from drumbeat.scheduling.engine.improve_general import improve_general
from drumbeat.scheduling.engine.plant.search_plant import warm_up_plant
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.search import Lane, Search, run_lanes
from drumbeat.scheduling.engine.search_policies import PolicySearch

LOOK_AHEADS = (2.0, 8.0, 1.0, 4.0, 16.0, 0.5, 32.0)
SETUP_WEIGHTS = (1.0, 0.5, 0.0, 2.0)
RULES_SHARE, POLICIES_SHARE = 0.05, 0.4
"""Shares of the time limit until which rules, and ATC with other parameters, are tried."""
SECONDS_PER_TASK = 5e-6
"""What dispatching a task takes; deterministic searches count it."""


def list_rules(problem: Problem) -> list[DispatchParams]:
    """List the rules worth trying on a problem, the most promising first."""
    setup_weights = SETUP_WEIGHTS if problem.setups.seconds.any() else (0.0,)
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
    _search_policies(search, prepared)
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


def _search_policies(search: Search, prepared: Prepared) -> None:
    """Search for the parameters of ATC by the work that remains of each job, in lanes."""
    if not search.problem.num_tasks or not search.may_improve:
        return
    workers = max(min(search.workers, 2), 1)

    def work(lane: Lane) -> None:
        PolicySearch(lane, prepared, SECONDS_PER_TASK * search.problem.num_tasks).run(lane.number, workers)

    run_lanes(search, *[work] * workers, until=POLICIES_SHARE * search.seconds)
