"""Draws: times of every kind, and the luck of a lot at a step."""

from __future__ import annotations

import math

from drumbeat.basics.compiled import bare, njit
from drumbeat.basics.salted_streams import salt_of, uniform_of
from drumbeat.basics.streams import EXPONENTIAL, FIXED, draw, draw_residual, normal_quantile
from drumbeat.twin.engine.floor.kinds import EMPIRICAL, UNIFORM
from drumbeat.twin.engine.floor.memory import DRAW_RARE, call_far, floor_at
from drumbeat.twin.engine.floor.records import Floor, hot

RUN, LIFE, RESIDUAL, REPAIR, LATENESS, ABSENCE = 1, 4, 5, 6, 7, 8
"""Purposes of draws, as in `drumbeat.twin.engine.problem`."""

(
    ARRIVAL,
    DELAY,
    TRAVEL,
    SCRAP,
    REWORK,
    SKIP,
    DEFECT,
    DETECT,
    CARE_TIME,
    CARE_SKIP,
    OUTAGE_UP,
    OUTAGE_DOWN,
    FOUND_AFTER,
) = range(20, 33)
"""Further purposes."""

MOST_EXACT = 20.0
"""Mean of a binomial up to which it is drawn exactly."""


@njit(nogil=True, _nrt=False)
def draw_rare(address: int, kind: int, is_rest: int, _c: int, mean: float, shape: float, u: float) -> float:
    """Turn a uniform number into a time of any kind, or into a whole time that is under way; far, see `call_far`."""
    if kind == EMPIRICAL:
        tables = floor_at(address).tables
        row, last = int(shape), tables.width - 1
        place = u * last
        i = min(int(place), last - 1)
        return mean * (tables[row, i] + (place - i) * (tables[row, i + 1] - tables[row, i]))
    if is_rest:
        return draw_residual(kind, mean, shape, u, 1.0)
    return draw(kind, mean, shape, u)


@hot
def draw_time(floor: Floor, kind: int, mean: float, shape: float, u: float) -> float:
    """Turn a uniform number into a time, see `Times`."""
    if kind == FIXED or mean <= 0.0:
        return max(mean, 0.0)
    if kind == EXPONENTIAL:
        return -mean * math.log(1.0 - u)
    if kind == UNIFORM:
        return mean * (1.0 + shape * (2.0 * u - 1.0))
    return call_far(floor, DRAW_RARE, kind, 0, 0, mean, shape, u)


@bare
def draw_rest(floor: Floor, kind: int, mean: float, shape: float, u: float, share: float) -> float:
    """Draw what is left of a time under way since long ago; of a uniform or an empirical one by a share of a draw.

    For those two the whole time is not length-biased: their spread is small, or known only as a table.
    """
    if kind == UNIFORM or mean <= 0.0:
        return share * draw_time(floor, kind, mean, shape, u)
    return share * call_far(floor, DRAW_RARE, kind, 1, 0, mean, shape, u)


@hot
def lot_luck(floor: Floor, lot: int, step: int, purpose: int) -> float:
    """Draw a lot's uniform number at a step."""
    this = floor.lot[lot]
    n = (this.loops << 32) + this.serial
    salt = floor.salts[step] if this.key == 0 else salt_of(floor.luck[0], floor.step[step].key ^ this.key)
    return uniform_of(salt, purpose, n)


@bare
def salt_steps(floor: Floor) -> None:
    """Hash the luck of the replication with each step's key, once for all draws of lots without a key."""
    for s in range(len(floor.step)):
        floor.salts[s] = salt_of(floor.luck[0], floor.step[s].key)


@bare
def draw_binomial(count: int, share: float, u: float) -> int:
    """Draw how many of `count` come out with probability `share`, by inversion.

    Exact by summing where the mean is at most `MOST_EXACT`, the rounded normal above, within 0 to `count`.
    """
    if share <= 0.0:
        return 0
    if share >= 1.0:
        return count
    mean = count * share
    if mean > MOST_EXACT:
        drawn = math.floor(mean + math.sqrt(mean * (1.0 - share)) * normal_quantile(u) + 0.5)
        return max(0, min(count, drawn))
    chance = math.exp(count * math.log1p(-share))
    total, out = chance, 0
    odds = share / (1.0 - share)
    while total < u and out < count:
        chance *= (count - out) / (out + 1.0) * odds
        out += 1
        total += chance
    return out
