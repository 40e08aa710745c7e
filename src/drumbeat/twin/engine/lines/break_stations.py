"""Serve a part on a server that fails.

The same rules as `drumbeat.twin.engine.break_down`, in continuous time and without closed hours.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.compiled import bare
from drumbeat.basics.streams import uniform
from drumbeat.twin.engine.lines.draw_times import draw_rest, draw_time
from drumbeat.twin.engine.lines.lay_out import Lives, Times
from drumbeat.twin.engine.problem import LIFE, REPAIR, RESIDUAL

WORKING, DOWN, BLOCKED, STARVED = range(4)
"""States of a server. One that is under repair is down, also where it would be starved or blocked."""


class Wear(NamedTuple):
    """State of the lives: what is left of each (busy clock) or when it ends (calendar clock), and how many have begun
    beyond the first; by server, until when it is under repair, since when it has been free, and when it finished
    the part before."""

    left: Floats
    begun: Int64s
    down_until: Floats
    free: Floats
    finished: Floats


@bare
def clip(start: float, end: float, low: float, high: float) -> float:
    """Length of the part of `start` to `end` that lies between `low` and `high`; 0 or more."""
    return max(0.0, min(end, high) - max(start, low))


@bare
def begin_lives(lives: Lives, life: Times, wear: Wear, luck: np.uint64) -> None:
    """Begin a replication: servers of unknown age, up and free."""
    wear.down_until[:] = 0.0
    wear.free[:] = 0.0
    wear.finished[:] = 0.0
    for i in range(len(lives.key)):
        wear.begun[i] = 0
        u, v = uniform(luck, lives.key[i], LIFE, 0), uniform(luck, lives.key[i], RESIDUAL, 0)
        wear.left[i] = draw_rest(life, i, u, v)


@bare
def _fail(lives: Lives, life: Times, repair: Times, wear: Wear, luck: np.uint64, i: int, moment: float) -> float:
    """Let a life end at a moment: draw its repair and the life after it; return the end of the repair."""
    up = moment + draw_time(repair, i, uniform(luck, lives.key[i], REPAIR, wear.begun[i]))
    wear.begun[i] += 1
    wear.left[i] = draw_time(life, i, uniform(luck, lives.key[i], LIFE, wear.begun[i]))
    if not lives.is_busy[i]:
        wear.left[i] += up
    return up


@bare
def _wait_for_repair(
    lives: Lives, life: Times, repair: Times, wear: Wear, luck: np.uint64, server: int, moment: float,
    came: float, shares: Floats, low: float, high: float,
) -> float:  # fmt: skip
    """Let all calendar lives that end by a moment end; return the first moment from then on without a repair."""
    while True:
        fails, hit = moment, -1
        for i in range(lives.first[server], lives.first[server + 1]):
            if not lives.is_busy[i] and wear.left[i] <= fails:
                fails, hit = wear.left[i], i
        if hit < 0:
            return moment
        up = _fail(lives, life, repair, wear, luck, hit, fails)
        begin = max(fails, wear.down_until[server])
        if up > begin:
            shares[DOWN] += clip(begin, up, low, high)
            # it was counted as blocked, then as starved, when the next part came
            free = wear.free[server]
            shares[BLOCKED] -= clip(max(begin, wear.finished[server]), min(up, free), low, high)
            shares[STARVED] -= clip(max(begin, free), min(up, came), low, high)
            wear.down_until[server] = up
        moment = max(moment, wear.down_until[server])


@bare
def serve(
    lives: Lives, life: Times, repair: Times, wear: Wear, luck: np.uint64, server: int, came: float, seconds: float,
    shares: Floats, low: float, high: float,
) -> tuple[float, float]:  # fmt: skip
    """Serve a part through the failures of its server.

    Parameters
    ----------
    lives, life, repair, wear
        What fails, for how long, and where its state is written.
    luck
        From `luck_of`.
    server
        Its number.
    came
        Moment at which the part is at hand.
    seconds
        Work, >= 0.
    shares
        Shape (4,): receives the time in each state between `low` and `high`; blocked and starved are counted before.
    low, high
        The window that is measured.

    Returns
    -------
    Start and end.
    """
    moment = max(came, wear.free[server], wear.down_until[server])
    if lives.has_calendar[server]:
        moment = _wait_for_repair(lives, life, repair, wear, luck, server, moment, came, shares, low, high)
    start = moment
    while True:
        stop, hit = moment + seconds, -1
        for i in range(lives.first[server], lives.first[server + 1]):
            fails = moment + wear.left[i] if lives.is_busy[i] else wear.left[i]
            if fails < stop:
                stop, hit = fails, i
        done = seconds if hit < 0 else min(stop - moment, seconds)
        for i in range(lives.first[server], lives.first[server + 1]):
            if lives.is_busy[i]:
                wear.left[i] -= done
        shares[WORKING] += clip(moment, stop, low, high)
        if hit < 0:
            return start, stop
        seconds -= done
        moment = _fail(lives, life, repair, wear, luck, hit, stop)
        shares[DOWN] += clip(stop, moment, low, high)
        wear.down_until[server] = moment
        if lives.has_calendar[server]:
            moment = _wait_for_repair(lives, life, repair, wear, luck, server, moment, start, shares, low, high)
