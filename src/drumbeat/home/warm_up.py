"""Compiles kernels on a second core the first time that anything runs: twin, local search, forecast and floor.

`python -m drumbeat.home.warm_up` does it; `start_warm_up` starts that where it is worth it. The run itself compiles
what is missing of the twin; it does without the local search of whole plants until that is compiled.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

MARKER = "twin-is-warm"
MODULE = "drumbeat.home.warm_up"


def start_warm_up() -> subprocess.Popen[bytes] | None:
    """Start to compile in a process of its own; None where that was done already."""
    from drumbeat.basics.compiled import cache_folder

    if (cache_folder(MODULE) / MARKER).exists():
        return None
    return subprocess.Popen(
        [sys.executable, "-m", "drumbeat.home.warm_up"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def warm_up() -> None:
    """Simulate one task on one resource with one cause, so that all kernels of the twin are there; then the others.

    The floor comes last: no run waits for it, but whoever begins a game of the Lab would, on a page.
    """
    import numpy as np

    from drumbeat.basics.compiled import cache_folder
    from drumbeat.basics.streams import LOGNORMAL
    from drumbeat.demand.engine.clean_history import clean_history
    from drumbeat.demand.engine.forecast import forecast, forecast_naive
    from drumbeat.demand.engine.problem import History
    from drumbeat.scheduling.engine.plant.search_plant import warm_up_plant
    from drumbeat.scheduling.engine.problem import Jobs, Modes, Problem, Resources, Tasks
    from drumbeat.scheduling.engine.result import Schedule
    from drumbeat.scheduling.engine.serial import warm_up_serial
    from drumbeat.twin.engine.build_network import build_network
    from drumbeat.twin.engine.floor.draft import Draft
    from drumbeat.twin.engine.floor.simulate import simulate_floor
    from drumbeat.twin.engine.problem import RUN_TIME, Causes, make_certain
    from drumbeat.twin.engine.simulate_schedule import simulate_schedule

    def texts(*values: str) -> np.ndarray:
        return np.array(values, dtype=np.object_)

    def ints(*values: int) -> np.ndarray:
        return np.array(values, dtype=np.int64)

    def indices(*values: int) -> np.ndarray:
        return np.array(values, dtype=np.int32)

    problem = Problem(
        Jobs(texts("A"), ints(60), np.ones(1), ints(0)),
        Tasks(texts("A/1"), indices(0), ints(0), indices(-1), np.array([True]), ints(-1), indices(-1)),
        Modes(ints(0, 1), ints(60), ints(0), ints(0, 1), indices(0), indices(1)),
        Resources(texts("M"), indices(-1), indices(1), indices(-1), indices(-1)),
    )
    network = build_network(problem, Schedule(indices(0), ints(0), ints(0), ints(60)))
    certain = make_certain(problem)
    spread = replace(certain.run_times, distribution=indices(LOGNORMAL), shape=np.full(1, 0.5), cause=indices(0))
    uncertainty = replace(certain, run_times=spread, causes=Causes(texts(RUN_TIME), texts("M")))
    simulate_schedule(network, uncertainty, replications=50)
    warm_up_plant()
    warm_up_serial()
    past = History(texts("A"), ints(0, 8), np.arange(1.0, 9.0), 1)
    forecast(clean_history(past).history, 1)
    forecast_naive(past, 1)
    floor = Draft()
    floor.add_group("M")
    floor.add_product("A", [{"group": "M", "run": 1.0}])
    floor.add_source("S", product="A", between=2.0)
    simulate_floor(floor.build(), until=10.0)
    (cache_folder(MODULE) / MARKER).touch()


if __name__ == "__main__":
    warm_up()
