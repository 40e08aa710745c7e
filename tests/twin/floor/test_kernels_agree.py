"""The floor and the max-plus kernel of lines play the same line on the same draws."""

from __future__ import annotations

import pytest

from drumbeat.twin.engine.floor.draft import Draft
from drumbeat.twin.engine.floor.problem import SATURATED
from drumbeat.twin.engine.floor.simulate import simulate_floor
from drumbeat.twin.engine.floor.times import exponential
from drumbeat.twin.engine.lines import Duration, Line, Station, simulate_line


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
