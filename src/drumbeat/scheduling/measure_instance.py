"""Measure how well and how fast an instance is solved, by our `solve` and by other programs on the same problem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter

from drumbeat.basics.findings import InputError
from drumbeat.basics.progress import Progress, silent
from drumbeat.scheduling.ask_peer import Peer, ask_peer
from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.features import describe
from drumbeat.scheduling.engine.measure_worth import HOUR, measure_worth
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.solve import solve
from drumbeat.scheduling.known_instances import KnownInstance

OURS = "drumbeat"
IN_HOURS = frozenset({"tardiness", "makespan", "setup", "earliness", "in_process", "overtime"})
"""Parts of the objective that `Worth` tells in hours and published instances in units of a second."""

MOST_POINTS = 24
"""Points of the improvement curve that are kept."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a solver reached on an instance.

    Parameters
    ----------
    family, instance, tasks
        What was solved, and its number of tasks.
    solver
        `OURS` or a peer's name.
    seconds
        The limit, and with `is_from_curve` the moment in a longer run at which the best was looked up.
    objective, bound
        In the instance's own unit; None where there is no feasible schedule, or no bound.
    lower, upper
        Best known, the same unit.
    first_seconds, wall_seconds
        Until the first schedule, and of the whole run: ours without compiling, a peer's without making its model.
    model_seconds
        What a peer takes to make its model; it comes on top of its limit.
    method
        What found it.
    broken
        How many rules `check_schedule` finds broken: 0, or the objective is None.
    reason
        Why there is no objective, or "".
    curve
        (seconds, objective), at most `MOST_POINTS`.
    """

    family: str
    instance: str
    tasks: int
    solver: str
    seconds: float
    objective: float | None = None
    bound: float | None = None
    lower: float | None = None
    upper: float | None = None
    is_optimal: bool = False
    is_from_curve: bool = False
    first_seconds: float | None = None
    wall_seconds: float = 0.0
    model_seconds: float = 0.0
    method: str = ""
    broken: int = 0
    reason: str = ""
    curve: tuple[tuple[float, float], ...] = ()

    @property
    def gap(self) -> float | None:
        """Share by which it is above the best known value; None where either is not known."""
        if self.objective is None or self.upper is None:
            return None
        return (self.objective - self.upper) / max(abs(self.upper), 1e-9)


def find_unit(problem: Problem) -> float:
    """Return what one unit of the engine's objective is in units of the instance: 3600 where it is time."""
    return HOUR if describe(problem).aims <= IN_HOURS else 1.0


def measure_ours(
    known: KnownInstance,
    problem: Problem,
    seconds: float,
    *,
    workers: int = 2,
    seed: int = 0,
    looks: Sequence[float] = (),
    progress: Progress = silent,
) -> list[Measured]:
    """Solve an instance once, judge the schedule, and compare it to the best known.

    Parameters
    ----------
    known, problem
        The instance, and what was read from it.
    seconds
        Time limit.
    workers, seed, progress
        As in `solve`.
    looks
        Moments before the end at which the best so far is told as well, out of the same run.

    Returns
    -------
    list of Measured
        One for each of `looks` and the last for `seconds`.
    """
    blank = Measured(
        known.family, known.name, problem.num_tasks, OURS, seconds, lower=known.lower, upper=known.upper
    )  # fmt: skip
    unit = find_unit(problem)
    began = perf_counter()
    try:
        result = solve(problem, seconds=seconds, seed=seed, workers=workers, progress=progress)
    except InputError as error:
        return _at_all(replace(blank, reason=str(error)[:200]), looks)
    wall = perf_counter() - began
    blank = replace(blank, method=result.method, wall_seconds=round(wall, 2))
    findings = check_schedule(problem, result.schedule)
    if findings.count or result.worth.num_unscheduled:
        reason = str(findings.shown[0]) if findings.count else f"{result.worth.num_unscheduled} tasks have no place"
        return _at_all(replace(blank, broken=findings.count, reason=reason[:200]), looks)
    done = replace(
        blank,
        objective=round(result.worth.objective * unit, 6),
        bound=round(result.bound * unit, 6) if result.bound > 0 or result.is_optimal else None,
        is_optimal=result.is_optimal,
    )
    return _tell(done, [(moment, round(value * unit, 6)) for moment, value in result.curve], looks)


def measure_peer(
    known: KnownInstance,
    problem: Problem,
    peer: Peer,
    seconds: float,
    *,
    workers: int = 2,
    looks: Sequence[float] = (),
) -> list[Measured]:
    """Have a peer solve an instance, judge its schedule by the same judge, and compare; as `measure_ours`."""
    blank = Measured(
        known.family, known.name, problem.num_tasks, peer.name, seconds, lower=known.lower, upper=known.upper
    )  # fmt: skip
    answer = ask_peer(peer, problem, seconds, workers)
    blank = replace(
        blank,
        method=answer.method,
        model_seconds=round(answer.model_seconds, 2),
        wall_seconds=round(answer.seconds, 2),
        reason=answer.reason[:200],
    )
    if answer.schedule is None:
        return _at_all(replace(blank, reason=blank.reason or "found nothing in time"), looks)
    findings = check_schedule(problem, answer.schedule)
    if findings.count:
        return _at_all(replace(blank, broken=findings.count, reason=str(findings.shown[0])[:200]), looks)
    objective = round(measure_worth(problem, answer.schedule).objective * find_unit(problem), 6)
    done = replace(blank, objective=objective, bound=answer.bound, is_optimal=answer.is_optimal)
    return _tell(done, answer.curve, looks)


def _at_all(measured: Measured, looks: Sequence[float]) -> list[Measured]:
    """The same at each moment."""
    return [*(replace(measured, seconds=moment, is_from_curve=True) for moment in looks), measured]


def _tell(done: Measured, curve: Sequence[tuple[float, float]], looks: Sequence[float]) -> list[Measured]:
    """What was reached at the end, and before that at each look."""
    done = replace(done, first_seconds=round(curve[0][0], 3) if curve else done.wall_seconds, curve=_thin(curve))
    told = []
    for moment in looks:
        seen = [value for at, value in curve if at <= moment]
        if moment >= done.wall_seconds:
            told.append(replace(done, seconds=moment, is_from_curve=True, curve=()))
        else:
            told.append(
                replace(
                    done,
                    seconds=moment,
                    objective=seen[-1] if seen else None,
                    bound=None,
                    is_optimal=False,
                    is_from_curve=True,
                    wall_seconds=moment,
                    reason="" if seen else f"nothing yet at {moment:g} s",
                    curve=(),
                )
            )
    return [*told, done]


def _thin(curve: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """First and last points of a curve, and as many between as are kept, evenly."""
    last = len(curve) - 1
    points = min(MOST_POINTS, last + 1)
    chosen = sorted({round(i * last / max(points - 1, 1)) for i in range(points)})
    return tuple((round(curve[i][0], 3), round(curve[i][1], 6)) for i in chosen)
