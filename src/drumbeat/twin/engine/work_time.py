"""Arithmetic in the open hours of one replication: where people are away, a calendar differs from day to day."""

from __future__ import annotations

from typing import NamedTuple

from drumbeat.basics.arrays import Int64s
from drumbeat.basics.compiled import bare
from drumbeat.scheduling.engine.problem import FAR_FUTURE


class OpenHours(NamedTuple):
    """Open intervals of each calendar in this replication.

    Those of calendar c begin at `first[c]`; the last one ends at `FAR_FUTURE`, so that no search runs over. `hint` is
    where each calendar was last looked up: tasks come roughly in the order of time.
    """

    first: Int64s
    hint: Int64s
    start: Int64s
    end: Int64s


@bare
def locate(hint: Int64s, open_end: Int64s, first: int, c: int, moment: int) -> int:
    """Return the first interval of calendar c that ends after a moment, walking from where it was last looked up."""
    i = hint[c]
    while i > first and open_end[i - 1] > moment:
        i -= 1
    while open_end[i] <= moment:
        i += 1
    hint[c] = i
    return i


@bare
def end_of_work(open_start: Int64s, open_end: Int64s, i: int, moment: int, seconds: int) -> int:
    """Return when work ends that starts at a moment before interval i ends, pausing while closed."""
    begin = max(moment, open_start[i])
    while seconds > open_end[i] - begin:
        seconds -= open_end[i] - begin
        i += 1
        begin = open_start[i]
    return begin + seconds


@bare
def work_done(open_start: Int64s, open_end: Int64s, i: int, moment: int, until: int) -> int:
    """Return the open seconds from a moment before interval i ends to `until`."""
    done = 0
    begin = max(moment, open_start[i])
    while begin < until:
        done += min(until, open_end[i]) - begin
        if open_end[i] >= until:
            break
        i += 1
        begin = open_start[i]
    return done


@bare
def first_fit(open_start: Int64s, open_end: Int64s, i: int, moment: int, planned: int) -> int:
    """Return the first moment from interval i on at which work that may not pause fits as planned."""
    begin = max(moment, open_start[i])
    while open_end[i] - begin < planned and open_end[i] < FAR_FUTURE:
        i += 1
        begin = open_start[i]
    return begin
