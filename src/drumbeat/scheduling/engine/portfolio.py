"""Who solves what: methods in the order in which they are asked whether a problem is theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from drumbeat.scheduling.engine.features import Features
from drumbeat.scheduling.engine.giant import (
    is_due_shop,
    is_giant,
    solve_due_shop,
    solve_giant,
    warm_up_due_shop,
    warm_up_giant,
)
from drumbeat.scheduling.engine.jobshop import is_job_shop, solve_jobshop, warm_up_jobshop
from drumbeat.scheduling.engine.plant.search_plant import is_plant_ready
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.project.solve_project import fits_project, solve_project, warm_up_project
from drumbeat.scheduling.engine.search import Search
from drumbeat.scheduling.engine.sequence.solve_flow_shop import is_flow_shop, solve_flow_shop, warm_up_flow_shop
from drumbeat.scheduling.engine.sequence.solve_hybrid_shop import (
    is_hybrid_shop,
    solve_hybrid_shop,
    warm_up_hybrid_shop,
)
from drumbeat.scheduling.engine.sequence.solve_line import is_line, solve_line, warm_up_line
from drumbeat.scheduling.engine.sequence.solve_parallel import is_parallel, solve_parallel, warm_up_parallel
from drumbeat.scheduling.engine.serial import fits_serial, is_serial_ready, solve_serial, solve_small, warm_up_serial
from drumbeat.scheduling.engine.solve_exact import fits_exact
from drumbeat.scheduling.engine.solve_general import solve_general, warm_up_general
from drumbeat.scheduling.engine.talent.find_cast import is_talent
from drumbeat.scheduling.engine.talent.solve_talent import solve_talent, warm_up_talent


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
    warm_up
        Have its kernels compiled, or loaded, on something tiny: called before the clock starts.
    is_ready
        Whether that is done in a moment; False where kernels that take minutes to compile are not compiled yet.
    """

    name: str
    fits: Callable[[Problem, Features], bool]
    run: Callable[[Search], None]
    warm_up: Callable[[], None] = lambda: None
    is_ready: Callable[[], bool] = lambda: True


METHODS: tuple[Method, ...] = (
    Method("talent scheduling", is_talent, solve_talent, warm_up_talent),
    Method("giant job shop", is_giant, solve_giant, warm_up_giant),
    Method("permutation flow shop", is_flow_shop, solve_flow_shop, warm_up_flow_shop),
    Method("hybrid flow shop", is_hybrid_shop, solve_hybrid_shop, warm_up_hybrid_shop),
    Method("parallel machines", is_parallel, solve_parallel, warm_up_parallel),
    Method("single machine", is_line, solve_line, warm_up_line),
    Method("project", fits_project, solve_project, warm_up_project),
    Method("job shop", is_job_shop, solve_jobshop, warm_up_jobshop),
    Method("exact", fits_exact, solve_small, is_ready=is_serial_ready),
    Method("any rules", fits_serial, solve_serial, warm_up_serial, is_serial_ready),
    Method("shop with due dates", is_due_shop, solve_due_shop, warm_up_due_shop),
    Method("general", lambda _problem, _features: True, solve_general, warm_up_general, is_plant_ready),
)
"""Specialists first; the last one takes everything."""


def choose_method(problem: Problem, features: Features) -> Method:
    """Return the first method that takes a problem."""
    return next(method for method in METHODS if method.fits(problem, features))
