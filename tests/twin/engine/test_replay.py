"""The kernel against the replay by hand, on any problem; and rules that no luck may break."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numba import typeof

from drumbeat.scheduling.engine.dispatch import DispatchParams, Rule, dispatch
from drumbeat.twin.engine.build_network import build_network
from drumbeat.twin.engine.check import find_broken_rules, replay_by_hand
from drumbeat.twin.engine.lay_out import lay_out
from drumbeat.twin.engine.problem import make_certain
from drumbeat.twin.engine.replay import make_state, replay_many
from drumbeat.twin.engine.replay_causes import replay_causes
from tests.scheduling.make_problem import problems
from tests.twin.engine.make_uncertainty import uncertainties

ANY = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
NO_ENDS = np.zeros((0, 0), dtype=np.int64)


@st.composite
def cases(draw, with_fixed=True):
    problem = draw(problems(with_fixed=with_fixed))
    schedule = dispatch(problem, DispatchParams(draw(st.sampled_from(list(Rule)))))
    return problem, schedule, draw(uncertainties(problem))


def replay_one(model, replication, off=-1):
    state = make_state(model)
    active = np.ones(model.num_causes + 1, dtype=bool)
    active[off if off >= 0 else model.num_causes] = off < 0
    replay_many(model, state, 7, replication, replication + 1, active, NO_ENDS)
    size = 2 * len(model.work.job)
    return state.moment[:size:2], state.moment[1:size:2], state.moment[size:]


@given(case=cases(), replication=st.integers(0, 5), off=st.integers(-1, 3))
@ANY
def test_the_kernel_agrees_with_the_replay_by_hand(case, replication, off):
    problem, schedule, uncertainty = case
    network = build_network(problem, schedule)
    model = lay_out(network, uncertainty)
    # Another layout of one array, and all kernels would be compiled anew: half a minute for whoever waits.
    assert typeof(model) == typeof(lay_out(network, make_certain(problem)))
    start, end, arrivals = replay_one(model, replication, off)
    by_hand = replay_by_hand(network, uncertainty, 7, replication, off)
    assert start.tolist() == by_hand[0].tolist()
    assert end.tolist() == by_hand[1].tolist()
    assert find_broken_rules(network, start, end, arrivals) == []


# A fixed task starts in the schedule whatever stands against it, also while it is closed.
@given(case=cases(with_fixed=False))
@ANY
def test_without_spread_nothing_ends_later_than_scheduled(case):
    problem, schedule, _ = case
    network = build_network(problem, schedule)
    start, end, _ = replay_one(lay_out(network, make_certain(problem)), 0)
    assert (end <= network.planned_end).all()
    assert (start <= network.planned_start).all()


@given(case=cases())
@settings(ANY, max_examples=60)
def test_switching_off_one_after_the_other_is_switching_off_alone(case):
    problem, schedule, uncertainty = case
    model = lay_out(build_network(problem, schedule), uncertainty)
    causes = np.arange(model.num_causes)
    together = replay_causes(model, make_state(model), make_state(model), 7, 0, 5, causes)
    for cause in [*causes, model.num_causes]:
        active = np.ones(model.num_causes + 1, dtype=bool)
        active[cause] = cause == model.num_causes
        alone = replay_many(model, make_state(model), 7, 0, 5, active, NO_ENDS)
        for one, other in zip(together[:3], alone, strict=True):
            assert one[cause].tolist() == other.tolist()
