"""Who solves what: methods in the order in which they are asked whether a problem is theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from drumbeat.scheduling.engine.features import Features
from drumbeat.scheduling.engine.giant import is_giant, solve_giant
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.search import Search
from drumbeat.scheduling.engine.solve_general import solve_general


@dataclass(frozen=True, slots=True)
class Method:
    """A way to solve one kind of problem.

    Parameters
    ----------
    name
        For people.
    fits
        Whether the method honours all that a problem uses and is the best for it.
    run
        Search until `search.is_over()`, offering each better feasible schedule; the first within a second or so.
    """

    name: str
    fits: Callable[[Problem, Features], bool]
    run: Callable[[Search], None]


METHODS: tuple[Method, ...] = (
    Method("giant job shop", is_giant, solve_giant),
    Method("general", lambda _problem, _features: True, solve_general),
)
"""Specialists first; the last one takes everything."""


def choose_method(problem: Problem, features: Features) -> Method:
    """Return the first method that takes a problem."""
    return next(method for method in METHODS if method.fits(problem, features))
