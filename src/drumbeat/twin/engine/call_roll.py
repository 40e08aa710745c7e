"""Call the roll: draw who is away on each shift, and close what lacks people."""

from __future__ import annotations

import numpy as np
from numba import njit

from drumbeat.basics.streams import uniform
from drumbeat.scheduling.engine.problem import Bools, Int64s
from drumbeat.twin.engine.lay_out import Crews, Times
from drumbeat.twin.engine.problem import ABSENCE
from drumbeat.twin.engine.work_time import OpenHours

DAYS = 2**20
"""Room for days in the number of a draw; the person stands above it."""


@njit(cache=True)
def call_roll(
    crews: Crews,
    times: Times,
    hours: OpenHours,
    present: Int64s,
    is_away: Bools,
    last_day: Int64s,
    luck: np.uint64,
    active: Bools,
) -> None:
    """Draw the people present on each shift and write the open hours that are left.

    A person is away with the pool's rate; somebody seen some days before is away or there as then, with a memory that
    fades by `stay` a day.

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
    """
    last_day[:] = -1
    for h in range(len(crews.size)):
        crew, day = crews.crew[h], crews.day[h]
        rate, stay = crews.rate[crew], crews.stay[crew]
        present[h] = crews.size[h]
        if rate <= 0.0 or not active[crews.cause[crew]]:
            continue
        for i in range(crews.size[h]):
            person = crews.first[crew] + i
            chance = rate
            if stay > 0.0 and last_day[person] >= 0:
                was_away = 1.0 if is_away[person] else 0.0
                chance += (was_away - rate) * stay ** (day - last_day[person])
            is_away[person] = uniform(luck, crews.key[crew], ABSENCE, i * DAYS + day) < chance
            last_day[person] = day
            if is_away[person]:
                present[h] -= 1
    for c in times.gated:
        _close(times, hours, present, c)


@njit(cache=True)
def _close(times: Times, hours: OpenHours, present: Int64s, c: int) -> None:
    """Write the intervals of one gated calendar that have people enough, joining those that touch."""
    first = times.ptr[c]
    size = first
    for i in range(first, times.ptr[c + 1]):
        is_open = True
        for g in range(times.gate_ptr[i], times.gate_ptr[i + 1]):
            is_open &= present[times.gate_shift[g]] >= times.gate_need[g]
        if is_open and size > first and hours.end[size - 1] == times.start[i]:
            hours.end[size - 1] = times.end[i]
        elif is_open:
            hours.start[size] = times.start[i]
            hours.end[size] = times.end[i]
            size += 1
