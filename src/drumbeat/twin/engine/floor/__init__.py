"""The floor: what does a plant do when its machines choose among the lots that wait, and luck has its say?

The third kernel of the twin: event by event, for dispatching plants. `Draft` builds a problem by names,
`simulate_floor` plays it, `carry_state` goes on with a problem that has changed, `check_trace` judges a trace.

>>> draft = Draft()
>>> draft.add_group("mill", machines=2)
>>> draft.add_product("shaft", steps=[{"group": "mill", "run": exponential(60.0)}])
>>> draft.add_source("customers", product="shaft", between=exponential(40.0))
>>> result = simulate_floor(draft.build(), until=86_400.0, replications=10)
"""

from drumbeat.twin.engine.floor.carry import carry_state
from drumbeat.twin.engine.floor.check import check_trace
from drumbeat.twin.engine.floor.draft import Draft
from drumbeat.twin.engine.floor.problem import FloorProblem
from drumbeat.twin.engine.floor.result import FloorResult
from drumbeat.twin.engine.floor.simulate import simulate_floor
from drumbeat.twin.engine.floor.state import State
from drumbeat.twin.engine.floor.times import (
    Time,
    empirical,
    exponential,
    gamma,
    lognormal,
    uniform_between,
    weibull,
)

__all__ = [
    "Draft",
    "FloorProblem",
    "FloorResult",
    "State",
    "Time",
    "carry_state",
    "check_trace",
    "empirical",
    "exponential",
    "gamma",
    "lognormal",
    "simulate_floor",
    "uniform_between",
    "weibull",
]
