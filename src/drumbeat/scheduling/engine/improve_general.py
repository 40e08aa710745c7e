"""Improve a schedule of any problem by local search on timelines, by CP-SAT in windows, or by CP-SAT on the whole.

Which of them gains most depends on the problem, so they are tried, and what they gain a second decides.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from drumbeat.scheduling.engine.dispatch import Prepared, dispatch_by_key
from drumbeat.scheduling.engine.improve_windows import fits_windows, improve_windows
from drumbeat.scheduling.engine.plant.search_plant import search_plant
from drumbeat.scheduling.engine.search import Search, run_lanes
from drumbeat.scheduling.engine.solve_exact import take_proof

MOST_EXACT_TASKS = 2000
"""Up to here CP-SAT is tried on the whole."""
MOST_PROVED_TASKS = 60
"""Up to here it gets all the time that local search leaves: it mostly proves what is best."""
MOST_WINDOW_TASKS, MOST_TASKS_WITHOUT_LOCAL = 1000, 5000
"""Up to here CP-SAT is tried in windows: beside local search, and where its kernels are not compiled yet."""
TRIAL_SHARE = 0.03
"""Share of the time limit for which each method is tried before one goes on."""
SEARCH_SHARE = 0.4
"""Share of the time limit until which local search works alone."""

Contender: TypeAlias = Callable[[float], None]
"""Improves until a share of the time limit is spent."""


def improve_general(search: Search, prepared: Prepared) -> None:
    """Improve the best schedule of a problem that dispatching honours, until the search is over.

    Parameters
    ----------
    search
        With a schedule of two tasks or more.
    prepared
        The problem laid out for dispatching.
    """
    problem, size = search.problem, search.problem.num_tasks
    methods: list[Contender] = []
    if search.is_ready:
        methods.append(lambda share: search_plant(search, share, seed=1))
    if size <= (MOST_WINDOW_TASKS if search.is_ready else MOST_TASKS_WITHOUT_LOCAL) and fits_windows(problem):
        methods.append(lambda share: _search_windows(search, share))
    if size <= MOST_EXACT_TASKS:
        methods.append(lambda share: _prove(search, prepared, share))
    if search.is_ready:
        search_plant(search, SEARCH_SHARE if len(methods) > 1 else 1.0)
    if size <= MOST_PROVED_TASKS:
        _prove(search, prepared, 1.0)
    _compete(search, methods)


def _compete(search: Search, methods: list[Contender]) -> None:
    """Try each method for a moment; the one that gains most a second goes on, the first where none gains."""
    rates = []
    for method in methods:
        if search.is_over():
            return
        before, began = search.objective, search.spent
        method(min(search.spent / search.seconds + TRIAL_SHARE, 1.0))
        rates.append((before - search.objective) / max(search.spent - began, 1e-9))
    if rates and not search.is_over():
        methods[int(np.argmax(rates))](1.0)
    if methods and not search.is_over():
        methods[0](1.0)


def _search_windows(search: Search, share: float) -> None:
    """Improve by CP-SAT in windows until a share of the time is spent, beside local search if there are two lanes."""
    if search.is_ready and search.workers > 1:
        search_plant(search, share, seed=2, beside=(improve_windows,))
    else:
        run_lanes(search, *[improve_windows] * max(min(search.workers, 2), 1), until=share * search.seconds)


def _prove(search: Search, prepared: Prepared, share: float) -> None:
    """Polish by CP-SAT until a share of the time is spent, and take its bound over."""
    from drumbeat.scheduling.engine.solve_cpsat import solve_cpsat

    assert search.schedule is not None
    left = share * search.seconds - search.spent
    if left <= 0:
        return
    answer = solve_cpsat(
        search.problem,
        search.schedule,
        seconds=left,
        seed=search.seed,
        workers=search.workers,
        is_deterministic=search.is_deterministic,
        progress=lambda _, message: search.tell(message),
    )
    search.count(left)
    if answer.schedule is None:
        return
    search.offer(answer.schedule, "CP-SAT")
    # What CP-SAT put first, dispatched: all that can start earlier does.
    search.offer(dispatch_by_key(prepared.shop, answer.schedule.start.astype(np.float64)), "CP-SAT, tightened")
    take_proof(search, answer)
