"""The job shop that the twin's benchmarks run: problem, schedule and what is uncertain about it."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.streams import LOGNORMAL, sigma_of
from drumbeat.scheduling.engine.problem import Jobs, Links, Modes, Problem, Resources, Tasks
from drumbeat.scheduling.engine.result import Schedule
from drumbeat.twin.engine.add_failure import add_failure
from drumbeat.twin.engine.build_network import build_network
from drumbeat.twin.engine.doubt import Doubt
from drumbeat.twin.engine.fit.draw_sets import draw_factors
from drumbeat.twin.engine.problem import RUN_TIME, Causes, RunTimes, Uncertainty, make_certain
from drumbeat.twin.engine.simulate_schedule import simulate_schedule

__all__ = ["build_network", "doubt_shop", "make_shop", "make_uncertainty", "simulate_schedule"]

NUM_JOBS, NUM_STEPS, NUM_MACHINES = 1_000, 10, 50
CV, MTBF_HOURS, MTTR_HOURS, REPAIR_SIGMA = 0.2, 50.0, 2.0, 0.6
HOUR = 3600


def make_shop(num_jobs: int = NUM_JOBS) -> tuple[Problem, Schedule]:
    """Make the job shop, and a schedule of it: step by step, jobs in a drawn order."""
    rng = np.random.default_rng(0)  # noqa: TID251 - it makes an input
    size = num_jobs * NUM_STEPS
    machine = np.concatenate([rng.permutation(NUM_MACHINES)[:NUM_STEPS] for _ in range(num_jobs)]).astype(np.int32)
    run = rng.integers(600, 3000, size).astype(np.int64)
    task = np.arange(size).reshape(num_jobs, NUM_STEPS)
    start, free, ready = np.zeros(size, np.int64), np.zeros(NUM_MACHINES, np.int64), np.zeros(num_jobs, np.int64)
    for step in range(NUM_STEPS):
        for job in rng.permutation(num_jobs):
            t = task[job, step]
            start[t] = max(ready[job], free[machine[t]])
            ready[job] = free[machine[t]] = start[t] + run[t]
    nothing = np.full(size, -1, np.int64)
    problem = Problem(
        Jobs(name("J", num_jobs), (ready * 1.15).astype(np.int64), np.ones(num_jobs), np.zeros(num_jobs, np.int64)),
        Tasks(
            name("T", size), np.repeat(np.arange(num_jobs), NUM_STEPS).astype(np.int32), np.zeros(size, np.int64),
            nothing.astype(np.int32), np.ones(size, bool), nothing, nothing.astype(np.int32),
        ),
        Modes(np.arange(size + 1), run, np.zeros(size, np.int64), np.arange(size + 1), machine,
            np.ones(size, np.int32)),
        Resources(
            name("M", NUM_MACHINES), np.full(NUM_MACHINES, -1, np.int32), np.ones(NUM_MACHINES, np.int32),
            np.full(NUM_MACHINES, -1, np.int32), np.full(NUM_MACHINES, -1, np.int32),
        ),
        Links(
            task[:, :-1].ravel().astype(np.int32), task[:, 1:].ravel().astype(np.int32),
            np.zeros(num_jobs * (NUM_STEPS - 1), np.int32), np.zeros(num_jobs * (NUM_STEPS - 1), np.int64),
        ),
    )  # fmt: skip
    return problem, Schedule(np.arange(size, dtype=np.int32), start, np.zeros(size, np.int64), start + run)


def name(prefix: str, count: int) -> np.ndarray:
    """Keys of rows."""
    return np.array([f"{prefix}{i}" for i in range(count)], dtype=object)


def make_uncertainty(problem: Problem) -> Uncertainty:
    """Spread and breakdowns of the model."""
    size, certain = problem.num_tasks, make_certain(problem)
    spread = RunTimes(
        np.full(size, LOGNORMAL, np.int32), np.full(size, sigma_of(CV)), problem.modes.resource, np.ones(size)
    )
    causes = Causes(np.array([RUN_TIME] * NUM_MACHINES, dtype=object), problem.resources.keys)
    uncertainty = Uncertainty(spread, certain.scrap, lateness=certain.lateness, causes=causes)
    for m in range(NUM_MACHINES):
        uncertainty = add_failure(
            uncertainty, key=f"F{m}", resource=m, mean_seconds=MTBF_HOURS * HOUR, repair_mean_seconds=MTTR_HOURS * HOUR,
            repair_distribution=LOGNORMAL, repair_shape=REPAIR_SIGMA, subject=f"M{m}",
        )  # fmt: skip
    return uncertainty


def doubt_shop(problem: Problem) -> Doubt:
    """Parameters as a log of some months leaves them: the pace of each machine by 3 %, its failures by 20 %."""
    names = [str(key) for key in problem.resources.keys]

    def factors(error: float, purpose: int) -> np.ndarray:
        return draw_factors(names, np.full(len(names), error), purpose)

    return Doubt(
        run_group=problem.modes.resource.astype(np.int32), run_mean=factors(0.03, 1), run_shape=factors(0.05, 2),
        life_mean=factors(0.2, 3), life_shape=factors(0.1, 4),
        repair_mean=factors(0.2, 5), repair_shape=factors(0.1, 6),
    )  # fmt: skip
