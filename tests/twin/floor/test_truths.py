"""The floor reproduces what queueing theory and exact chains say, within its own 99.9 % intervals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import t as student

from drumbeat.basics.streams import sigma_of
from drumbeat.twin.engine.floor.problem import FloorProblem
from drumbeat.twin.engine.floor.result import BROKEN, FloorResult
from drumbeat.twin.engine.floor.simulate import simulate_floor
from drumbeat.twin.engine.floor.surroundings import BUSY, CALENDAR
from drumbeat.twin.engine.floor.times import AnyTime, exponential, lognormal, uniform_between
from tests.twin.floor.make_floors import make_crew, make_jackson, make_line, make_penny_fab, make_queue

REPLICATIONS = 12


def play(problem: FloorProblem, seconds: float, warm_up: float, seed: int = 7) -> FloorResult:
    return simulate_floor(
        problem, until=warm_up + seconds, warm_up=warm_up, replications=REPLICATIONS, seed=seed, cores=1
    )


def assert_covers(values: np.ndarray, truth: float, most: float) -> None:
    """The 99.9 % interval covers the truth, and is not wider than `most` of it."""
    half = student.ppf(0.9995, len(values) - 1) * values.std(ddof=1) / math.sqrt(len(values))
    assert abs(values.mean() - truth) <= half, (values.mean(), truth, half)
    assert half <= most * truth, (half, truth)


def erlang_c(machines: int, load: float) -> float:
    """Probability of waiting in M/M/c."""
    terms = [load**n / math.factorial(n) for n in range(machines)]
    last = load**machines / math.factorial(machines) * machines / (machines - load)
    return last / (sum(terms) + last)


@pytest.mark.parametrize(("machines", "rate", "wait"), [(3, 2.4, 1.0786517), (10, 8.0, 0.2045901)])
def test_several_servers(machines: int, rate: float, wait: float) -> None:
    assert erlang_c(machines, rate) / (machines - rate) == pytest.approx(wait, abs=1e-6)
    told = play(make_queue(machines, rate, exponential(1.0)), 40_000.0, 500.0)
    assert_covers((told.group_wait / told.group_starts)[:, 0], wait, 0.06)


def test_loss() -> None:
    told = play(make_queue(10, 8.0, exponential(1.0), is_lost=True, capacity=0), 20_000.0, 200.0)
    assert_covers((told.lost / (told.lost + told.released))[:, 0], 0.1216611, 0.02)


@pytest.mark.parametrize(
    ("service", "wait"),
    [
        (1.0, 2.0), (uniform_between(0.0, 2.0), 2.0 * (1 + 1 / 3)), (lognormal(1.0, sigma_of(0.5)), 2.5),
        (exponential(1.0), 4.0),
    ],
)  # fmt: skip
def test_general_service(service: AnyTime, wait: float) -> None:
    told = play(make_queue(1, 0.8, service), 100_000.0, 1_000.0)
    assert_covers((told.group_wait / told.group_starts)[:, 0], wait, 0.07)


@pytest.mark.parametrize(
    ("buffers", "clock", "rate"),
    [
        ([10], CALENDAR, 0.79077712), ([2], CALENDAR, 0.67352887), ([3, 3], CALENDAR, 0.61642014),
        ([10], BUSY, 0.79902618), ([2], BUSY, 0.69538622), ([3, 3], BUSY, 0.64704148),
        ([5], None, 7 / 8), ([0, 0], None, 22 / 39),
    ],
)  # fmt: skip
def test_lines(buffers: list[int], clock: int | None, rate: float) -> None:
    told = play(make_line(buffers, clock), 20_000.0, 2_000.0)
    assert_covers(told.finished[:, 0] / told.seconds, rate, 0.02)


@pytest.mark.parametrize(("crews", "availability"), [(1, 0.785417657), (10, 10 / 11)])
def test_repair_crews(crews: int, availability: float) -> None:
    told = play(make_crew(crews), 20_000.0, 1_000.0)
    up = 1.0 - told.machine_seconds[:, :, BROKEN].mean(axis=1) / told.seconds
    assert_covers(up, availability, 0.02)


def test_jackson_with_rework() -> None:
    told = play(make_jackson(), 100_000.0, 1_000.0)
    assert_covers((told.wip / told.released)[:, 0], 8.375895, 0.05)


@pytest.mark.parametrize("wip", [1, 2, 4, 8])
def test_penny_fab(wip: int) -> None:
    best = simulate_floor(make_penny_fab(wip, 2.0), until=20_000.0, warm_up=200.0)
    assert best.finished[0, 0] / best.seconds == pytest.approx(min(wip / 8, 0.5), abs=1e-3)
    worst = play(make_penny_fab(wip, exponential(2.0)), 30_000.0, 200.0)
    assert_covers(worst.finished[:, 0] / worst.seconds, 0.5 * wip / (wip + 3), 0.02)


def test_littles_law() -> None:
    told = play(make_jackson(), 10_000.0, 100.0)
    assert told.wip == pytest.approx(told.residence, rel=1e-9)
    waited = told.group_wait.sum()
    assert told.group_queue.sum() == pytest.approx(waited, rel=0.02)
