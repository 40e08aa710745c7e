"""A wanted precision is reached, and no replication is played twice for it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drumbeat.basics.findings import Findings
from drumbeat.basics.intervals import wilson_interval
from drumbeat.basics.streams import EXPONENTIAL
from drumbeat.twin.engine.build_network import build_network
from drumbeat.twin.engine.problem import make_certain
from drumbeat.twin.engine.reach_precision import count_needed, limit_replications, report_precision
from drumbeat.twin.engine.simulate_schedule import simulate_schedule
from tests.twin.engine.make_uncertainty import chain, with_spread

HOUR = 3600


def test_halves_take_what_wilson_says() -> None:
    # Every second replication holds: 9,604 trials by the normal law at one point, less z squared by Wilson's.
    assert count_needed(np.tile([0.0, 1.0], 5_000), 1, 0.01) == pytest.approx(9_604, abs=10)


@given(st.integers(10, 300), st.floats(0.003, 0.3))
def test_what_never_happened_is_not_taken_for_sure(size: int, precision: float) -> None:
    needed = count_needed(np.full(size, 0.5), 1, precision)
    high = float(wilson_interval(0, size)[1])
    low, top = wilson_interval(high * needed, needed)
    assert float(top - low) / 2 <= precision * 1.0001


def test_only_luck_within_a_set_takes_replications() -> None:
    alone = np.tile([0.2, 0.4], 1_000)  # two sets of parameters, each of which always gives the same
    assert count_needed(alone, 2, 0.05) < 50
    assert count_needed(alone, 1, 0.005) > count_needed(alone, 2, 0.005)


def test_a_schedule_is_played_until_it_is_known_so_precisely() -> None:
    problem, schedule = chain(HOUR, due=HOUR)
    network, unsure = build_network(problem, schedule), with_spread(make_certain(problem), EXPONENTIAL, 1.0)
    result = simulate_schedule(network, unsure, replications=200, precision=0.02, num_threats=0)
    assert 200 < result.replications == result.needed < 4_000
    assert (result.probability_all.high - result.probability_all.low) / 2 <= 0.02
    whole = simulate_schedule(network, unsure, replications=result.replications, num_threats=0, cores=2)
    assert whole.jobs.num_on_time[0] == result.jobs.num_on_time[0]
    assert whole.jobs.mean_end[0] == result.jobs.mean_end[0]
    assert (whole.median_replication, whole.bad_replication) == (result.median_replication, result.bad_replication)


def test_what_would_take_too_many_is_told() -> None:
    problem, schedule = chain(HOUR, due=HOUR)
    unsure = with_spread(make_certain(problem), EXPONENTIAL, 1.0)
    result = simulate_schedule(
        build_network(problem, schedule), unsure, replications=100, precision=0.001, num_threats=0
    )
    assert result.replications == limit_replications(1) < result.needed
    findings = Findings()
    report_precision("simulation", 0.001, result.needed, result.replications, findings)
    assert "0.10%" in findings.shown[0].rule
    assert f"{result.needed:,}" in findings.shown[0].rule


def test_memory_bounds_the_replications() -> None:
    assert limit_replications(0) == limit_replications(5_000) == 20_000
    assert limit_replications(1_000_000) == 100
    assert limit_replications(10**9) == 1


@pytest.mark.parametrize("wrong", [0.0, -0.1, 1.0, float("nan")])
def test_a_precision_is_a_share(wrong: float) -> None:
    problem, schedule = chain(HOUR, due=HOUR)
    with pytest.raises(ValueError, match="precision"):
        simulate_schedule(build_network(problem, schedule), make_certain(problem), replications=2, precision=wrong)
