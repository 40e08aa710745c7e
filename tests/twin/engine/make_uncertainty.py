"""Uncertainty for tests: drawn by Hypothesis with every feature there is, and problems of one chain by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from drumbeat.scheduling.engine.problem import FAR_FUTURE, FINISH_START, Problem
from drumbeat.scheduling.engine.result import Schedule
from drumbeat.twin.engine.doubt import Doubt
from drumbeat.twin.engine.problem import EMPIRICAL, Absences, Causes, Failures, Lateness, RunTimes, Scrap, Uncertainty
from tests.scheduling.make_problem import ResourceRow, TaskRow, make_problem


def texts(values) -> np.ndarray:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


@st.composite
def uncertainties(draw, problem: Problem) -> Uncertainty:
    """Anything that may go otherwise in a small problem, at a scale that makes it happen."""
    size, num_resources = problem.num_tasks, problem.num_resources
    num_causes = 4
    causes = st.integers(-1, num_causes - 1)

    def floats(low, high, count):
        return np.array(draw(st.lists(st.floats(low, high), min_size=count, max_size=count)), dtype=float)

    def ints(low, high, count, dtype=np.int32):
        return np.array(draw(st.lists(st.integers(low, high), min_size=count, max_size=count)), dtype=dtype)

    def named(count):
        return np.array(draw(st.lists(causes, min_size=count, max_size=count)), dtype=np.int32)

    num_modes = draw(st.integers(0, 3))
    num_suppliers = draw(st.integers(0, 2))
    num_receipts = len(problem.materials.receipt_time)
    pools = draw(st.lists(st.integers(0, num_resources - 1), unique=True, max_size=2))
    shares = draw(st.sampled_from([0.0, 0.3, 0.6]))
    laws = [0, 1, 2, 3, 4, EMPIRICAL, EMPIRICAL + 1]
    num_sets = draw(st.integers(1, 3))

    def factors(count):
        """Nothing in doubt, or a row a set."""
        is_in_doubt = num_sets > 1 and draw(st.booleans())
        return floats(0.5, 2.0, num_sets * count).reshape(num_sets, count) if is_in_doubt else np.zeros((0, count))

    run_mean = factors(2)
    doubt = Doubt(
        ints(-1, 1, size) if len(run_mean) else ints(0, 0, 0),
        run_mean,
        floats(0.5, 2.0, run_mean.size).reshape(run_mean.shape),
        *(factors(num_modes) for _ in range(4)),
        np.sort(floats(-10, 30, num_sets * num_suppliers * 5).reshape(num_sets, num_suppliers, 5), axis=2)
        if num_suppliers and draw(st.booleans())
        else np.zeros((0, 0, 0)),
        factors(len(pools)),
    )
    return Uncertainty(
        RunTimes(
            np.array(draw(st.lists(st.sampled_from(laws), min_size=size, max_size=size)), dtype=np.int32),
            floats(0.2, 2.0, size),
            named(size),
            floats(0.5, 2.0, size),
            np.sort(floats(-1, 2, 6).reshape(2, 3), axis=1),
        ),
        Scrap(
            floats(0.5, 40, size), floats(0, 1, size) * shares, floats(0, 0.2, size), floats(0, 0.3, size), named(size)
        ),
        Failures(
            texts([f"F{m}" for m in range(num_modes)]),
            ints(0, num_resources - 1, num_modes),
            ints(0, 1, num_modes).astype(bool),
            ints(0, 4, num_modes),
            floats(4, 40, num_modes),
            floats(0.5, 3, num_modes),
            ints(0, 4, num_modes),
            floats(0, 10, num_modes),
            floats(0.5, 3, num_modes),
            ints(0, 1, num_modes).astype(bool),
            named(num_modes),
        ),
        Lateness(
            ints(-1, num_suppliers - 1, num_receipts),
            ints(0, 20, num_receipts, np.int64) * draw(st.integers(0, 1)),
            np.sort(floats(-10, 30, num_suppliers * 5).reshape(num_suppliers, 5), axis=1)
            if num_suppliers
            else np.zeros((0, 2)),
            named(num_suppliers),
        ),
        Absences(
            np.array(pools, dtype=np.int32), floats(0, 0.7, len(pools)), floats(1, 4, len(pools)), named(len(pools))
        ),
        Causes(texts(["breakdown"] * num_causes), texts([f"C{c}" for c in range(num_causes)])),
        doubt,
    )


def chain(*run_seconds: int, due: int = FAR_FUTURE, calendar=(), can_pause: bool = True) -> tuple[Problem, Schedule]:
    """One job whose tasks follow each other on one machine, scheduled without a gap."""
    tasks = [TaskRow(0, [(run, 0, [(0, 1)])], can_pause=can_pause) for run in run_seconds]
    problem = make_problem(
        tasks,
        [ResourceRow(0 if calendar else -1)],
        jobs=[(due, 1.0, 0)],
        links=[(t, t + 1, FINISH_START, 0) for t in range(len(tasks) - 1)],
        calendars=[list(calendar)] if calendar else [],
    )
    ends = np.cumsum(run_seconds).astype(np.int64)
    size = len(run_seconds)
    return problem, Schedule(
        np.arange(size, dtype=np.int32), ends - np.array(run_seconds), np.zeros(size, np.int64), ends
    )


def with_spread(uncertainty: Uncertainty, distribution: int, shape: float, cause: int = -1) -> Uncertainty:
    """The same with run times of one distribution for all tasks."""
    size = len(uncertainty.run_times.shape)
    spread = RunTimes(
        np.full(size, distribution, np.int32), np.full(size, shape), np.full(size, cause, np.int32), np.ones(size)
    )
    return replace(uncertainty, run_times=spread)
