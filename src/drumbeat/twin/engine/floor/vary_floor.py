"""Lay out a floor with other laws: everything but its times and its absence stays as it was laid out."""

from __future__ import annotations

from drumbeat.twin.engine.floor.problem import FloorProblem
from drumbeat.twin.engine.floor.records import Floor, Records
from drumbeat.twin.engine.floor.times import Times


def vary_floor(template: Floor, problem: FloorProblem) -> Floor:
    """Lay a problem out on the template of another one that differs in nothing but its laws.

    Parameters
    ----------
    template
        The other problem as laid out; it is not changed.
    problem
        What is played instead: it may differ in the run times of `Steps`, the factors of `Groups`, lives and repairs,
        lead times, and the absence of `Pools`.

    Returns
    -------
    Floor
        Shares with the template what is alike, so that a set of parameters costs microseconds, not milliseconds. For
        dispatching, steps last as long as they do in the template: nobody on the floor knows what is true.
    """
    step, life = template.step.copy(), template.life.copy()
    pool, material, numbers = template.pool.copy(), template.material.copy(), template.numbers.copy()
    _set_times(step, "run", problem.steps.run)
    _set_times(life, "life", problem.lives.life)
    _set_times(life, "repair", problem.lives.repair)
    _set_times(material, "lead", problem.materials.lead)
    pool["absence"] = problem.pools.absence
    # The factors of groups are what is laid out first, see `build_floor`.
    numbers[: len(problem.groups.factor)] = problem.groups.factor
    return template._replace(step=step, life=life, pool=pool, material=material, numbers=numbers)


def _set_times(laid: Records, name: str, times: Times) -> None:
    laid[f"{name}_kind"], laid[f"{name}_mean"], laid[f"{name}_shape"] = times.kind, times.mean, times.shape
