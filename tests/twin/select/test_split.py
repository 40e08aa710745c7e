"""However replications are split, over blocks, threads or the workers of a cluster, the bits are the same."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drumbeat.twin.engine.build_network import build_network
from drumbeat.twin.engine.lay_out import lay_out
from drumbeat.twin.engine.replay import make_state, replay_many
from drumbeat.twin.engine.simulate_schedule import simulate_schedule
from tests.basics.test_cluster import Cluster, cluster  # noqa: F401 - a fixture
from tests.twin.engine.test_replay import cases
from tests.twin.engine.test_simulate_schedule import bits, shop_with_causes

REPLICATIONS = 12


def play(model, first: int, last: int):
    ends = np.empty((len(model.due), last - first), dtype=np.int64)
    active = np.ones(model.num_causes + 1, dtype=bool)
    return (*replay_many(model, make_state(model), 3, first, last, active, ends), ends)


@given(case=cases(), cuts=st.sets(st.integers(1, REPLICATIONS - 1)), backwards=st.booleans())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_split_of_replications_gives_the_same_bits(case, cuts, backwards):
    problem, schedule, uncertainty = case
    model = lay_out(build_network(problem, schedule), uncertainty)
    whole = play(model, 0, REPLICATIONS)
    edges = [0, *sorted(cuts), REPLICATIONS]
    spans = list(pairwise(edges))
    parts = [play(model, *span) for span in (reversed(spans) if backwards else spans)]
    parts = parts[::-1] if backwards else parts
    np.testing.assert_array_equal(np.sum([part[0] for part in parts], axis=0), whole[0])
    for number in (1, 2):
        np.testing.assert_array_equal(np.concatenate([part[number] for part in parts]), whole[number])
    np.testing.assert_array_equal(np.concatenate([part[3] for part in parts], axis=1), whole[3])


@pytest.mark.slow
def test_a_cluster_gives_the_bits_of_this_machine(cluster: Cluster) -> None:  # noqa: F811
    problem, schedule, uncertainty = shop_with_causes()
    simulate = partial(simulate_schedule, build_network(problem, schedule), uncertainty, replications=120)
    assert bits(simulate(cluster=cluster.address)) == bits(simulate())
