"""Intervals with what is not known of the parameters in them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from drumbeat.basics.intervals import mean_interval, wilson_interval
from drumbeat.basics.streams import FIXED
from drumbeat.twin.engine.build_network import build_network
from drumbeat.twin.engine.doubt import Doubt
from drumbeat.twin.engine.problem import make_certain
from drumbeat.twin.engine.simulate_schedule import simulate_schedule
from drumbeat.twin.engine.trace_replication import trace_replication
from drumbeat.twin.engine.widen_intervals import count_by_set, widen_mean, widen_shares
from tests.twin.engine.make_uncertainty import chain, with_spread
from tests.twin.engine.test_simulate_schedule import shop_with_causes

HOUR = 3600


def test_counts_by_set():
    ends = np.array([[1, 2, 3, 4, 5], [9, 9, 9, 9, 0]])
    assert count_by_set(ends, np.array([3, 5]), 2).tolist() == [[2, 1], [1, 0]]
    assert count_by_set(np.zeros((0, 5), np.int64), np.zeros(0, np.int64), 2).shape == (0, 2)


def test_sets_that_agree_widen_nothing_and_sets_that_differ_do():
    agree = np.full((1, 50), 16)
    assert widen_shares(agree, 1000)[0][0] == pytest.approx(float(wilson_interval(800, 1000)[0]))
    differ = np.repeat([[8, 20]], 25, axis=1).reshape(1, 50)
    low, high = widen_shares(differ, 1000)
    # Half of the sets say .4 and half say 1: the truth may be either.
    assert low[0] < 0.4
    assert high[0] > 0.9
    assert widen_shares(np.array([[0], [7]]), 7)[1].tolist() == wilson_interval([0, 7], 7)[1].tolist()
    sure = widen_shares(np.stack([np.zeros(50), np.full(50, 20)]).astype(np.int64), 1000)
    assert (sure[0][0], sure[1][1]) == (0.0, 1.0)


def test_means_by_set():
    values = np.tile([0.2, 0.8], 500)
    assert widen_mean(values, 1) == mean_interval(values)
    wide = widen_mean(values, 2)
    assert wide.low < 0.2 < 0.8 < wide.high
    assert wide.value == pytest.approx(0.5)


def test_a_run_time_in_doubt_is_in_the_interval():
    """Due after an hour; the run takes half an hour or an hour and a half, nobody knows which."""
    problem, schedule = chain(HOUR, due=HOUR)
    certain = with_spread(make_certain(problem), FIXED, 1.0)
    doubt = Doubt(np.zeros(1, np.int32), np.array([[0.5], [1.5]]), np.ones((2, 1)))
    result = simulate_schedule(
        build_network(problem, schedule), replace(certain, doubt=doubt), replications=400, num_threats=0
    )
    assert result.jobs.probability[0] == 0.5
    assert result.jobs.probability_low[0] < 0.15
    assert result.jobs.probability_high[0] > 0.85
    assert result.expected_on_time.high - result.expected_on_time.low > 0.9
    assert (result.jobs.p50_end[0], result.jobs.p95_end[0]) == (HOUR // 2, 3 * HOUR // 2)


def test_a_trace_is_the_replication_that_was_counted():
    problem, schedule, uncertainty = shop_with_causes()
    network = build_network(problem, schedule)
    result = simulate_schedule(network, uncertainty, replications=60, seed=5, num_threats=0)
    late = []
    for number in (result.median_replication, result.bad_replication):
        trace = trace_replication(network, uncertainty, 5, number)
        ends = np.zeros(network.num_jobs, np.int64)
        np.maximum.at(ends, network.job, trace.end)
        assert trace.num_late == (ends > network.due).sum()
        assert (np.diff(trace.stops[:, 1]) >= 0).all()
        assert (trace.stops[:, 2] >= trace.stops[:, 1]).all()
        # A repair that met work lies inside, or at the edge, of what ran.
        assert (trace.stops[:, 1] <= trace.end.max()).all()
        late.append(trace.num_late)
    assert late[0] <= late[1]
    counts = [trace_replication(network, uncertainty, 5, r).num_late for r in range(60)]
    assert sorted(counts)[29] == late[0]
    assert sorted(counts)[53] == late[1]
    assert np.mean(counts) == pytest.approx(6 * (1 - result.expected_on_time.value))
