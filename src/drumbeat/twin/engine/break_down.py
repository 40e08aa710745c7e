"""Breakdowns: the lives of units, their repairs, and work that stops for them."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from drumbeat.basics.arrays import Bools, Int64s
from drumbeat.basics.compiled import bare, inner, njit
from drumbeat.basics.streams import EXPONENTIAL, draw, draw_residual, uniform
from drumbeat.scheduling.engine.problem import FAR_FUTURE
from drumbeat.twin.engine.model import Lives
from drumbeat.twin.engine.problem import LIFE, REPAIR, RESIDUAL
from drumbeat.twin.engine.work_time import OpenHours, end_of_work, first_fit, locate, work_done

LONGEST = 1e15
"""No life or repair lasts longer, in seconds: sums stay within int64."""

_inside = njit(forceinline=True, _nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""For kernels of one caller: passing these tuples of arrays on takes longer than their work."""


class Wear(NamedTuple):
    """State of each life: what is left of it (busy clock) or when it ends (calendar clock), until when its unit is
    under repair, and how many lives it has begun beyond the first. `stops` keeps life, begin and end of as many repairs
    as it has rows, `num_stops` how many there were."""

    left: Int64s
    up_from: Int64s
    begun: Int64s
    stops: Int64s
    num_stops: Int64s


def make_wear(num_lives: int, room: int = 0) -> Wear:
    """Make the arrays of so many lives, with room to keep so many repairs."""
    left, up_from, begun = (np.zeros(num_lives, np.int64) for _ in range(3))
    return Wear(left, up_from, begun, np.zeros((room, 3), np.int64), np.zeros(1, np.int64))


@inner
def copy_wear(wear: Wear, to: Wear) -> None:
    """Copy the state of all lives."""
    to.left[:] = wear.left
    to.up_from[:] = wear.up_from
    to.begun[:] = wear.begun


@bare
def spare(lives: Lives, wear: Wear, cause: int) -> None:
    """Let what a cause breaks down last for ever."""
    for life in range(len(lives.key)):
        if lives.cause[life] == cause:
            wear.left[life] = FAR_FUTURE
            wear.up_from[life] = 0
            wear.begun[life] = 0


@bare
def double_life(u: float) -> float:
    """Return the quantile of the gamma of shape 2 and scale 1: an exponential life that is under way, as a whole.

    Where u = 1 - (1 + x) exp(-x), x - log(1 + x) = -log(1 - u): convex, so that Newton's steps from above stay above.

    Parameters
    ----------
    u
        Probability above 0 and below 1.
    """
    level = -math.log1p(-u)
    x = level + math.sqrt(2.0 * level)
    for _ in range(50):
        step = (x - math.log1p(x) - level) * (1.0 + x) / x
        x -= step
        if step <= 1e-9 * x:  # the next one would be its square
            break
    return x


@bare
def _draw_life(distribution: int, mean: float, shape: float, key: np.uint64, luck: np.uint64, n: int) -> int:
    u = uniform(luck, key, LIFE, n)
    if n > 0:
        drawn = draw(distribution, mean, shape, u)
    elif distribution == EXPONENTIAL:  # as `draw_residual` has it, to the second, but sooner
        drawn = uniform(luck, key, RESIDUAL, 0) * max(mean, 0.0) * double_life(u)
    else:
        drawn = draw_residual(distribution, mean, shape, u, uniform(luck, key, RESIDUAL, 0))
    # At least a second: a life of none would fail for ever on the spot.
    return max(1, int(min(drawn, LONGEST) + 0.5))


@_inside
def _begin_life(lives: Lives, life: int, luck: np.uint64, n: int) -> int:
    return _draw_life(lives.distribution[life], lives.mean[life], lives.shape[life], lives.key[life], luck, n)


@_inside
def _renew(lives: Lives, wear: Wear, luck: np.uint64, life: int, moment: int, up_from: int) -> None:
    place = wear.num_stops[0]
    if place < len(wear.stops):
        wear.stops[place, 0] = life
        wear.stops[place, 1] = moment
        wear.stops[place, 2] = up_from
        wear.num_stops[0] = place + 1
    wear.up_from[life] = up_from
    wear.begun[life] += 1
    wear.left[life] = _begin_life(lives, life, luck, wear.begun[life])
    if not lives.is_busy[life]:
        wear.left[life] += up_from


@_inside
def _fail(lives: Lives, wear: Wear, luck: np.uint64, life: int, moment: int) -> None:
    """Let a life end at a moment: draw its repair and the life after it."""
    u = uniform(luck, lives.key[life], REPAIR, wear.begun[life])
    repair = draw(lives.repair[life], lives.repair_mean[life], lives.repair_shape[life], u)
    _renew(lives, wear, luck, life, moment, moment + int(min(repair, LONGEST) + 0.5))


@bare
def begin_lives(lives: Lives, wear: Wear, luck: np.uint64, active: Bools) -> None:
    """Begin a replication: units of unknown age, and what is left of repairs under way.

    Parameters
    ----------
    lives, wear
        What fails, and where its state is written.
    luck, active
        As for `replay`.
    """
    wear.num_stops[0] = 0
    for life in range(len(lives.key)):
        wear.begun[life] = 0
        wear.up_from[life] = 0
        if not active[lives.cause[life]]:
            wear.left[life] = FAR_FUTURE
        elif lives.is_down[life]:
            u = uniform(luck, lives.key[life], REPAIR, 0)
            v = uniform(luck, lives.key[life], RESIDUAL, 1)
            rest = draw_residual(lives.repair[life], lives.repair_mean[life], lives.repair_shape[life], u, v)
            _renew(lives, wear, luck, life, 0, int(min(rest, LONGEST) + 0.5))
        else:
            wear.left[life] = _begin_life(lives, life, luck, 0)


@_inside
def _wait_for_repair(lives: Lives, low: int, high: int, wear: Wear, luck: np.uint64, moment: int) -> int:
    """Return the first moment at which no unit is under repair."""
    is_stable = False
    while not is_stable:
        is_stable = True
        for k in range(low, high):
            life = lives.life[k]
            if not lives.is_busy[life]:
                while wear.left[life] <= moment:
                    _fail(lives, wear, luck, life, wear.left[life])
            if wear.up_from[life] > moment:
                moment = wear.up_from[life]
                is_stable = False
    return moment


@_inside
def _find_stop(
    lives: Lives, low: int, high: int, hours: OpenHours, wear: Wear, i: int, moment: int, seconds: int
) -> tuple[int, int]:
    """Return when work that begins at a moment stops, and the life that stops it; -1 when it ends in peace."""
    stop, hit = end_of_work(hours.start, hours.end, i, moment, seconds), -1
    for k in range(low, high):
        life = lives.life[k]
        fails = FAR_FUTURE
        if not lives.is_busy[life]:
            fails = wear.left[life]
        elif wear.left[life] < seconds:
            fails = end_of_work(hours.start, hours.end, i, moment, wear.left[life])
        if fails < stop:
            stop, hit = fails, life
    return stop, hit


@bare
def work_through(
    lives: Lives, low: int, high: int, hours: OpenHours, wear: Wear, c: int, ready: int, seconds: int, fit: int,
    luck: np.uint64,
) -> tuple[int, int]:  # fmt: skip
    """Work through closed hours and breakdowns.

    Parameters
    ----------
    lives, low, high
        What fails; the entries of `lives.life` from `low` to `high - 1` are those of the task.
    hours, wear
        Open hours and the state of the lives.
    c
        Calendar of the task.
    ready
        Moment at which everything else is at hand.
    seconds
        Work, > 0.
    fit
        Planned seconds that must fit between an opening and a closing, for a task that may not pause; -1 for one that
        may.
    luck
        From `luck_of`.

    Returns
    -------
    Start and end.
    """
    moment, start = ready, -1
    while True:
        up = -1
        i = hours.first[c]
        while up != moment:
            moment = _wait_for_repair(lives, low, high, wear, luck, moment)
            up = moment
            i = locate(hours.hint, hours.end, hours.first[c], c, moment)
            if start < 0 and fit >= 0:
                moment = first_fit(hours.start, hours.end, i, moment, fit)
            else:
                moment = max(moment, hours.start[i])
        if start < 0:
            start = moment
            if fit >= 0:
                c, i = 0, hours.first[0]  # it runs on past closing
        i = locate(hours.hint, hours.end, hours.first[c], c, moment)
        stop, hit = _find_stop(lives, low, high, hours, wear, i, moment, seconds)
        done = seconds if hit < 0 else work_done(hours.start, hours.end, i, moment, stop)
        for k in range(low, high):
            if lives.is_busy[lives.life[k]]:
                wear.left[lives.life[k]] -= done
        if hit < 0:
            return start, stop
        seconds -= done
        _fail(lives, wear, luck, hit, stop)
        moment = stop
