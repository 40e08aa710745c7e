"""The two kernels that play lines, max-plus and event by event on a general floor, agree moment by moment."""

from __future__ import annotations

import numpy as np
import pytest

from drumbeat.basics.streams import EXPONENTIAL, GAMMA, LOGNORMAL, WEIBULL
from drumbeat.twin.engine.floor.draft import Draft
from drumbeat.twin.engine.floor.problem import RENEWAL, SATURATED
from drumbeat.twin.engine.floor.result import END_RUN, LEAVE, START_RUN
from drumbeat.twin.engine.floor.simulate import simulate_floor
from drumbeat.twin.engine.floor.surroundings import BUSY, CALENDAR
from drumbeat.twin.engine.floor.times import Time
from drumbeat.twin.engine.lines import Arrivals, Duration, Failure, Line, Station, simulate_line


def time_of(duration: Duration) -> Time:
    """Say a line's time in the floor's words."""
    return Time(mean=duration.mean, kind=duration.distribution, shape=duration.shape)


def draft_floor(line: Line) -> Draft:
    """Say a line in the floor's words, luck included."""
    draft = Draft()
    for station in line.stations:
        capacity = -1 if station.buffer is None else station.buffer
        draft.add_group(station.key, machines=station.servers, capacity=capacity)
        for failure in station.failures:
            for unit in range(station.servers):
                draft.add_life(
                    f"{failure.key}#{unit}", machine=f"{station.key} {unit + 1}", is_aged=True,
                    clock=BUSY if failure.is_busy_clock else CALENDAR, life=time_of(failure.life),
                    repair=time_of(failure.repair),
                )  # fmt: skip
    draft.add_product(
        "part", [{"group": s.key, "run": time_of(s.service), "key": s.key} for s in line.stations],
        is_lost=line.arrivals is not None and line.arrivals.is_lost_when_full,
    )  # fmt: skip
    if line.arrivals is None:
        draft.add_source("parts", product="part", kind=SATURATED)
    else:
        draft.add_source(line.arrivals.key, product="part", kind=RENEWAL, between=time_of(line.arrivals.between))
    return draft


def trace_floor(line: Line, until: float, num_parts: int) -> np.ndarray:
    """Start, finish and departure by part and station; nan where not reached."""
    trace = simulate_floor(draft_floor(line).build(), until=until, seed=3, trace=True).trace
    table = np.full((num_parts, len(line.stations), 3), np.nan)
    for column, kind in enumerate((START_RUN, END_RUN, LEAVE)):
        events = trace[(trace["kind"] == kind) & (trace["lot"] < num_parts)]
        table[events["lot"], events["step"], column] = events["time"]
    return table


EXP, RARE, REPAIR = Duration.exponential(1.0), Duration.exponential(20.0), Duration(3.0, LOGNORMAL, 0.6)


def stations(failures: tuple[Failure, ...] = (), servers: int = 1, buffer: int | None = 2) -> tuple[Station, ...]:
    """Three stations of different times, the middle one as wanted."""
    return (
        Station("A", EXP, buffer=None),
        Station("B", Duration(1.0 * servers, GAMMA, 3.0), servers, buffer, failures),
        Station("C", Duration(0.9, WEIBULL, 1.5), buffer=1),
    )


LINES = {
    "reliable": Line(stations()),
    "no buffer": Line(stations(buffer=0)),
    "busy time": Line(stations((Failure("F", RARE, REPAIR),))),
    "calendar time": Line(stations((Failure("F", RARE, REPAIR, is_busy_clock=False),))),
    "two servers": Line(stations(servers=2)),
    "arrivals": Line(stations(servers=3), Arrivals(Duration(1.4, EXPONENTIAL))),
}


@pytest.mark.parametrize("name", LINES)
def test_both_kernels_play_the_same_line(name: str) -> None:
    """On shared draws every start, finish and departure of 300 parts is the same."""
    line = LINES[name]
    ours = simulate_line(line, length=300, replications=1, seed=3, num_traced=200).trace[0]
    theirs = trace_floor(line, 300.0, 200)
    both = ~(np.isnan(ours) | np.isnan(theirs)) & (ours < 299)
    assert both[1:80].all()  # the very first start is before the trace begins
    assert theirs[both] == pytest.approx(ours[both], abs=1e-6)
