"""Working time while several calendars are open at once: those of a mode, of people, of a crew that sets up."""

from __future__ import annotations

from drumbeat.basics.arrays import Int64s
from drumbeat.basics.calendars import NEVER, add_working, find_interval, next_open
from drumbeat.basics.compiled import bare
from drumbeat.scheduling.engine.plant.records import Plant


@bare
def open_from(plant: Plant, hours: Int64s, num: int, moment: int) -> int:
    """First moment at or after one at which all of `num` calendars are open; `NEVER` when there is none."""
    i, agreed = 0, 0
    while agreed < num:
        c = hours[i]
        opens = next_open(plant.cal_start, plant.cal_end, plant.cal_ptr[c], plant.cal_ptr[c + 1], moment)
        if opens >= NEVER:
            return NEVER
        agreed = 1 if opens > moment else agreed + 1
        moment = opens
        i = i + 1 if i + 1 < num else 0
    return moment


@bare
def close_after(plant: Plant, hours: Int64s, num: int, moment: int) -> int:
    """End of the interval around a moment at which all are open."""
    close = NEVER
    for i in range(num):
        c = hours[i]
        k = find_interval(plant.cal_end, plant.cal_ptr[c], plant.cal_ptr[c + 1], moment)
        close = min(close, plant.cal_end[k])
    return close


@bare
def work_from(plant: Plant, hours: Int64s, num: int, moment: int, work: int) -> int:
    """End of work that begins at a moment or when all open after it, pauses included; `NEVER` when it never ends."""
    if work == 0 or num == 0:
        return moment + work
    if num == 1:
        c = hours[0]
        low, high = plant.cal_ptr[c], plant.cal_ptr[c + 1]
        return add_working(plant.cal_start, plant.cal_end, plant.cal_worked, low, high, moment, work)
    while True:
        moment = open_from(plant, hours, num, moment)
        if moment >= NEVER:
            return NEVER
        close = close_after(plant, hours, num, moment)
        if moment + work <= close:
            return moment + work
        work -= close - moment
        moment = close


@bare
def add_hours(hours: Int64s, num: int, calendar: int) -> int:
    """Add a calendar to a list unless it is there or always open; return how many there are."""
    if calendar < 0:
        return num
    for i in range(num):
        if hours[i] == calendar:
            return num
    hours[num] = calendar
    return num + 1


@bare
def next_opening(plant: Plant, calendar: int, moment: int) -> int:
    """First start of an interval after a moment; `NEVER` when there is none."""
    low, high = plant.cal_ptr[calendar], plant.cal_ptr[calendar + 1]
    k = find_interval(plant.cal_end, low, high, moment)
    while k < high and plant.cal_start[k] <= moment:
        k += 1
    return NEVER if k == high else plant.cal_start[k]
