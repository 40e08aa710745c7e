"""Three kernels, one model: the floor against the max-plus kernel of lines and against the replay of a schedule.

Each pair plays the same plant on the same draws, and comes to the same moments.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from drumbeat.basics.arrays import Int64s
from drumbeat.basics.streams import key_of, luck_of, uniform
from drumbeat.scheduling.engine.problem import FINISH_START
from drumbeat.scheduling.engine.result import Schedule
from drumbeat.twin.engine.add_failure import add_failure
from drumbeat.twin.engine.build_network import build_network
from drumbeat.twin.engine.floor.draft import Draft
from drumbeat.twin.engine.floor.problem import SATURATED
from drumbeat.twin.engine.floor.result import END_RUN, START_RUN
from drumbeat.twin.engine.floor.simulate import simulate_floor
from drumbeat.twin.engine.floor.surroundings import BUSY
from drumbeat.twin.engine.floor.times import Time, exponential, gamma, lognormal, weibull
from drumbeat.twin.engine.lay_out import lay_out
from drumbeat.twin.engine.lines import Duration, Line, Station, simulate_line
from drumbeat.twin.engine.problem import make_certain
from drumbeat.twin.engine.replay import make_state, replay_many
from tests.scheduling.make_problem import ResourceRow, TaskRow, make_problem
from tests.twin.engine.make_uncertainty import with_spread


@pytest.mark.parametrize("mean_only", [False, True])
@pytest.mark.parametrize("places", [0, 2])
def test_floor_and_line_count_the_same_parts(places: int, mean_only: bool) -> None:
    means = {"A": 1.0, "B": 1.25, "C": 0.75}
    draft = Draft()
    for key in means:
        draft.add_group(key, capacity=-1 if key == "A" else places)
    draft.add_product("part", [
        {"key": key, "group": key, "run": mean if mean_only else exponential(mean)} for key, mean in means.items()
    ])  # fmt: skip
    draft.add_source("source", product="part", kind=SATURATED)
    floor = simulate_floor(draft.build(), until=400.0, seed=9, replications=5)
    line = Line(
        tuple(
            Station(key, Duration(mean) if mean_only else Duration.exponential(mean), buffer=places)
            for key, mean in means.items()
        )
    )
    run = simulate_line(line, length=400.0, warm_up=0.0, seed=9, replications=5, num_bins=1)
    assert run.tally.exited.sum(axis=1).tolist() == floor.finished[:, 0].tolist()


def make_job_shop(seed: int, law: Time, jobs: int, machines: int) -> tuple[Draft, Int64s, Int64s]:
    """Make a shop of one lot a product, each through all machines in an order of its own, all there at the start.

    Returns
    -------
    Draft, machine and mean run seconds of each task, job after job: some weeks, so that a rounded second is nothing.
    """
    draft = Draft()
    for m in range(machines):
        draft.add_group(f"M{m}")
        draft.add_life(
            f"F{m}#0", machine=f"M{m} 1", clock=BUSY, life=exponential(8e6), repair=exponential(2e6), is_aged=True
        )
    luck = np.uint64(luck_of(seed, 0))
    drawn = np.array([[uniform(luck, key_of(f"J{j}"), 1, n) for n in range(2 * machines)] for j in range(jobs)])
    machine = drawn[:, :machines].argsort(axis=1).ravel()
    mean = (1e6 + 4e6 * drawn[:, machines:]).astype(np.int64).ravel()
    for j in range(jobs):
        tasks = range(j * machines, (j + 1) * machines)
        draft.add_product(f"J{j}", [
            {"key": f"T{t}", "group": f"M{machine[t]}", "run": replace(law, mean=float(mean[t]))} for t in tasks
        ])  # fmt: skip
        draft.add_order(None, f"J{j}", 0.0)
    return draft, machine, mean


@pytest.mark.parametrize("law", [exponential(1.0), lognormal(1.0, 0.7), weibull(1.0, 1.5), gamma(1.0, 2.0)])
@pytest.mark.parametrize("replication", [0, 3])
def test_floor_and_replay_of_its_schedule_end_at_the_same_moments(law: Time, replication: int) -> None:
    """What the floor did is a schedule; the kernel of schedules, on the same draws, does it again."""
    jobs, machines = 8, 4
    draft, machine, mean = make_job_shop(replication, law, jobs, machines)
    floor = draft.build()
    told = simulate_floor(floor, until=1e10, seed=5, first=replication, trace=True)
    assert told.finished.sum() == jobs
    assert (told.failures.sum(axis=1) > 2).all()
    begun = told.trace[told.trace["kind"] == START_RUN]
    ended = told.trace[told.trace["kind"] == END_RUN]
    start, end = np.zeros(jobs * machines), np.zeros(jobs * machines)
    start[begun["step"]], end[ended["step"]] = begun["time"], ended["time"]

    tasks = [TaskRow(t // machines, [(int(mean[t]), 0, [(int(machine[t]), 1)])]) for t in range(jobs * machines)]
    links = [(t, t + 1, FINISH_START, 0) for t in range(jobs * machines - 1) if (t + 1) % machines]
    problem = make_problem(tasks, [ResourceRow() for _ in range(machines)], links=links)
    uncertainty = with_spread(make_certain(problem), law.kind, law.shape)
    for m in range(machines):
        uncertainty = add_failure(uncertainty, key=f"F{m}", resource=m, mean_seconds=8e6, repair_mean_seconds=2e6)
    planned = np.rint([start, end]).astype(np.int64)
    schedule = Schedule(np.arange(jobs * machines, dtype=np.int32), planned[0], 0 * planned[0], planned[1])
    model = lay_out(build_network(problem, schedule), uncertainty)
    state = make_state(model)
    active = np.ones(model.num_causes + 1, dtype=bool)
    replay_many(model, state, 5, replication, replication + 1, active, np.zeros((0, 0), np.int64))
    assert state.job_end == pytest.approx(end.reshape(jobs, machines).max(axis=1), abs=100.0)
