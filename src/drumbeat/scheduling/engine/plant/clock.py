"""Working time of modes: when work may start, when it ends, and when it must start to end at a moment."""

from __future__ import annotations

from drumbeat.basics.calendars import NEVER, add_working, fit_unpaused, next_open, start_to_end_after
from drumbeat.basics.compiled import bare, njit
from drumbeat.scheduling.engine.plant.records import Plant


@njit(inline="always")
def first_start(plant: Plant, task: int, mode: int, moment: int, work: int) -> int:
    """First start at or after a moment that a mode's calendar allows; `NEVER` when there is none."""
    c = plant.mode[mode].calendar
    if c < 0:
        return moment
    low, high = plant.cal_ptr[c], plant.cal_ptr[c + 1]
    if plant.task[task].can_pause:
        return next_open(plant.cal_start, plant.cal_end, low, high, moment)
    return fit_unpaused(plant.cal_start, plant.cal_end, low, high, moment, work)


@njit(inline="always")
def end_after(plant: Plant, mode: int, start: int, work: int) -> int:
    """End of work that starts at a moment that its calendar allows, pauses included; `NEVER` when it never ends."""
    c = plant.mode[mode].calendar
    if c < 0 or work == 0:
        return start + work
    return add_working(
        plant.cal_start, plant.cal_end, plant.cal_worked, plant.cal_ptr[c], plant.cal_ptr[c + 1], start, work
    )


@njit(inline="always")
def start_to_end(plant: Plant, mode: int, end: int, work: int) -> int:
    """Earliest start of pausing work that ends at or after a moment."""
    c = plant.mode[mode].calendar
    if c < 0:
        return end - work
    low, high = plant.cal_ptr[c], plant.cal_ptr[c + 1]
    return start_to_end_after(plant.cal_start, plant.cal_end, plant.cal_worked, low, high, end, work)


@bare
def last_start(plant: Plant, task: int, mode: int, end: int, work: int) -> int:
    """Start from which work ends just at `end`, where some work of the mode ends now; `NEVER` when there is none."""
    start = start_to_end(plant, mode, end, work)
    if start < 0 or start >= NEVER or first_start(plant, task, mode, start, work) != start:
        return NEVER
    return start if end_after(plant, mode, start, work) == end else NEVER


@njit(inline="always")
def start_of_run(plant: Plant, mode: int, start: int, setup: int) -> int:
    """Where the run begins: after the setup, where somebody asks for that moment; the start otherwise."""
    machine = plant.mode[mode].machine
    if setup == 0 or machine < 0 or not (plant.is_ahead or plant.resource[machine].crew >= 0):
        return start
    return end_after(plant, mode, start, setup)
