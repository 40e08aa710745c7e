"""Call the roll: draw who is away on each shift, and close what lacks people."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Bools, Int64s
from drumbeat.basics.compiled import bare
from drumbeat.basics.streams import uniform
from drumbeat.twin.engine.model import Crews, Times
from drumbeat.twin.engine.problem import ABSENCE
from drumbeat.twin.engine.work_time import OpenHours

DAYS = 2**20
"""Room for days in the number of a draw; the person stands above it."""


@bare
def call_roll(
    crews: Crews,
    times: Times,
    hours: OpenHours,
    present: Int64s,
    is_away: Bools,
    last_day: Int64s,
    luck: np.uint64,
    active: Bools,
    bites: Bools,
) -> None:
    """Draw the people present on each shift and write the open hours that are left.

    A person is away with the pool's rate; somebody seen some days before is away or there as then, with a memory that
    fades by `stay` a day. Before the start all were there: who is known to be away is off the calendar already.

    Parameters
    ----------
    crews, times
        Shifts with their crews, and calendars with their gates.
    hours
        Receives the open intervals of gated calendars.
    present, is_away, last_day
        Receive the people on each shift, and each person's last state and day.
    luck, active
        As for `replay`.
    bites
        Shape (C + 1,): set for causes that close anything.
    """
    last_day[:] = -1
    is_away[:] = False
    crew_of, days, sizes, first, keys = crews.crew, crews.day, crews.size, crews.first, crews.key
    rates, stays, causes = crews.rate, crews.stay, crews.cause
    for h in range(len(sizes)):
        crew, day = crew_of[h], days[h]
        rate, stay = rates[crew], stays[crew]
        present[h] = sizes[h]
        if rate <= 0.0 or not active[causes[crew]]:
            continue
        for i in range(sizes[h]):
            person = first[crew] + i
            chance = rate
            if stay > 0.0:
                was_away = 1.0 if is_away[person] else 0.0
                gap = day - last_day[person]
                chance += (was_away - rate) * (stay if gap == 1 else stay**gap)
            is_away[person] = uniform(luck, keys[crew], ABSENCE, i * DAYS + day) < chance
            last_day[person] = day
            if is_away[person]:
                present[h] -= 1
    for g in range(len(times.gated)):
        _close(crews, times, hours, present, times.gated[g], times.gated_end[g], bites)


@bare
def _close(crews: Crews, times: Times, hours: OpenHours, present: Int64s, c: int, end: int, bites: Bools) -> None:
    """Write the intervals of one gated calendar that have people enough, joining those that touch.

    From the last gate backwards, so that what comes after it stays where it is.
    """
    first = end
    opens, closes, gate_ptr, shifts, needs = times.start, times.end, times.gate_ptr, times.gate_shift, times.gate_need
    starts, ends = hours.start, hours.end
    if end < times.ptr[c + 1]:
        starts[end] = opens[end]
    for i in range(end - 1, times.ptr[c] - 1, -1):
        is_open = True
        for g in range(gate_ptr[i], gate_ptr[i + 1]):
            if present[shifts[g]] < needs[g]:
                is_open = False
                bites[crews.cause[crews.crew[shifts[g]]]] = True
        if is_open and first < times.ptr[c + 1] and starts[first] == closes[i]:
            starts[first] = opens[i]
        elif is_open:
            first -= 1
            starts[first] = opens[i]
            ends[first] = closes[i]
    hours.first[c] = first
