"""Working time of modes: when work may start, when it ends, and when it must start to end at a moment.

A setup goes on while the mode and the crew that sets its machine up are open, the run while the mode is.
"""

from __future__ import annotations

from drumbeat.basics.calendars import NEVER, add_working, find_interval, fit_unpaused, next_open, start_to_end_after
from drumbeat.basics.pieces import piece
from drumbeat.scheduling.engine.plant.records import Plant


@piece
def first_start(plant: Plant, task: int, mode: int, moment: int, setup: int, run: int) -> int:
    """First start at or after a moment that calendars allow; `NEVER` when there is none."""
    c = plant.mode[mode].calendar
    if setup > 0 and plant.mode[mode].setup_calendar != c:
        return _first_of_two(plant, task, mode, moment, setup, run)
    if c < 0:
        return moment
    low, high = plant.cal_ptr[c], plant.cal_ptr[c + 1]
    if plant.task[task].can_pause:
        return next_open(plant.cal_start, plant.cal_end, low, high, moment)
    return fit_unpaused(plant.cal_start, plant.cal_end, low, high, moment, setup + run)


@piece
def _first_of_two(plant: Plant, task: int, mode: int, moment: int, setup: int, run: int) -> int:
    """As `first_start`, where the crew has hours of its own."""
    c, crew = plant.mode[mode].calendar, plant.mode[mode].setup_calendar
    low, high = plant.cal_ptr[crew], plant.cal_ptr[crew + 1]
    if plant.task[task].can_pause:
        return next_open(plant.cal_start, plant.cal_end, low, high, moment)
    while moment < NEVER:
        moment = fit_unpaused(plant.cal_start, plant.cal_end, low, high, moment, setup)
        ready = moment + setup
        if moment >= NEVER or c < 0 or run == 0:
            return moment
        begin = fit_unpaused(plant.cal_start, plant.cal_end, plant.cal_ptr[c], plant.cal_ptr[c + 1], ready, run)
        if begin == ready:
            return moment
        moment = begin - setup if begin < NEVER else NEVER
    return NEVER


@piece
def end_after(plant: Plant, mode: int, start: int, setup: int, run: int) -> int:
    """End of setup and run that start at a moment that calendars allow, pauses included; `NEVER` when it never ends."""
    c = plant.mode[mode].calendar
    if setup > 0 and plant.mode[mode].setup_calendar != c:
        crew = plant.mode[mode].setup_calendar
        low, high = plant.cal_ptr[crew], plant.cal_ptr[crew + 1]
        start = add_working(plant.cal_start, plant.cal_end, plant.cal_worked, low, high, start, setup)
        setup = 0
    if c < 0 or setup + run == 0 or start >= NEVER:
        return start + setup + run if start < NEVER else NEVER
    low, high = plant.cal_ptr[c], plant.cal_ptr[c + 1]
    return add_working(plant.cal_start, plant.cal_end, plant.cal_worked, low, high, start, setup + run)


@piece
def start_to_end(plant: Plant, mode: int, end: int, setup: int, run: int) -> int:
    """Earliest start of pausing setup and run that end at or after a moment."""
    c = plant.mode[mode].calendar
    if setup > 0 and plant.mode[mode].setup_calendar != c:
        return _start_of_two(plant, mode, end, setup, run)
    if c < 0:
        return end - setup - run
    low, high = plant.cal_ptr[c], plant.cal_ptr[c + 1]
    return start_to_end_after(plant.cal_start, plant.cal_end, plant.cal_worked, low, high, end, setup + run)


@piece
def _start_of_two(plant: Plant, mode: int, end: int, setup: int, run: int) -> int:
    """As `start_to_end`, where the crew has hours of its own."""
    c, crew = plant.mode[mode].calendar, plant.mode[mode].setup_calendar
    ready = end - run
    if c >= 0 and run > 0:
        low, high = plant.cal_ptr[c], plant.cal_ptr[c + 1]
        ready = start_to_end_after(plant.cal_start, plant.cal_end, plant.cal_worked, low, high, end, run)
        if ready >= NEVER:
            return NEVER
        # A run that begins as the machine opens was set up before it closed.
        k = find_interval(plant.cal_end, low, high, ready)
        if k < high and plant.cal_start[k] == ready and k > low:
            ready = plant.cal_end[k - 1]
    low, high = plant.cal_ptr[crew], plant.cal_ptr[crew + 1]
    return start_to_end_after(plant.cal_start, plant.cal_end, plant.cal_worked, low, high, ready, setup)


@piece
def last_start(plant: Plant, task: int, mode: int, end: int, setup: int, run: int) -> int:
    """Start from which work ends just at `end`, where some work of the mode ends now; `NEVER` when there is none."""
    start = start_to_end(plant, mode, end, setup, run)
    if start < 0 or start >= NEVER or first_start(plant, task, mode, start, setup, run) != start:
        return NEVER
    return start if end_after(plant, mode, start, setup, run) == end else NEVER


@piece
def start_of_run(plant: Plant, mode: int, start: int, setup: int) -> int:
    """Where the run begins: after the setup, where somebody asks for that moment; the start otherwise."""
    machine = plant.mode[mode].machine
    if setup == 0 or not (plant.is_ahead or (machine >= 0 and plant.resource[machine].crew >= 0)):
        return start
    ready = end_after(plant, mode, start, setup, 0)
    c = plant.mode[mode].calendar
    if plant.is_ahead and c >= 0 and plant.mode[mode].run > 0 and ready < NEVER:
        ready = next_open(plant.cal_start, plant.cal_end, plant.cal_ptr[c], plant.cal_ptr[c + 1], ready)
    return ready
