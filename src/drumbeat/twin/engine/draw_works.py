"""Draw the working seconds of tasks: run times, and the units that are made again for scrap."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int64s
from drumbeat.basics.compiled import bare, njit
from drumbeat.basics.streams import FIXED, LOGNORMAL, draw, normal_quantile, uniform
from drumbeat.twin.engine.model import Sets, Work
from drumbeat.twin.engine.problem import EMPIRICAL, RUN, SCRAP_COUNT, SCRAP_LEVEL

MOST_EXACT = 20.0
"""Mean of the scrapped units up to which their number is drawn exactly."""

BLOCK = 256
"""Tasks that are drawn together: what is written of them meanwhile stays in the processor's first cache."""


class Batch(NamedTuple):
    """Room for the draws of `BLOCK` tasks: which they are, their uniform numbers, their quantiles, which of those lie
    in the tails, and run time over mean run time by place in the block."""

    task: Int64s
    uniform: Floats
    normal: Floats
    tail: Int64s
    factor: Floats


def make_batch() -> Batch:
    """Make the room that one thread draws in."""
    tasks, tails = (np.zeros(BLOCK + 1, np.int64) for _ in range(2))
    uniforms, normals, factors = (np.zeros(BLOCK, np.float64) for _ in range(3))
    return Batch(tasks, uniforms, normals, tails, factors)


@njit(cache=True)
def draw_scrapped(quantity: float, share: float, u: float) -> float:
    """Draw how many units are scrapped until `quantity` are good: negative binomial, by inversion.

    Exact by summing the probabilities where the mean is at most `MOST_EXACT`; above, the rounded normal of the same
    mean and variance, never below 0.

    Parameters
    ----------
    quantity
        Good units wanted, > 0.
    share
        Probability that a unit is scrapped, 0 to below 1.
    u
        Uniform number above 0 and below 1.
    """
    if share <= 0.0:
        return 0.0
    mean = quantity * share / (1.0 - share)
    if mean > MOST_EXACT:
        spread = math.sqrt(mean / (1.0 - share))
        return max(0.0, math.floor(mean + spread * normal_quantile(u) + 0.5))
    chance = math.exp(quantity * math.log1p(-share))
    total, count = chance, 0.0
    while total < u:
        chance *= (quantity + count) / (count + 1.0) * share
        count += 1.0
        if chance < 1e-18 and count > mean:
            break
        total += chance
    return count


@bare
def draw_run_factor(distribution: int, shape: float, tables: Floats, luck: np.uint64, key: np.uint64) -> float:
    """Draw run time over mean run time of the task with this key."""
    if distribution == FIXED:
        return 1.0
    u = uniform(luck, key, RUN, 0)
    if distribution == LOGNORMAL:
        return math.exp(shape * normal_quantile(u) - 0.5 * shape * shape)
    if distribution >= EMPIRICAL:
        row, last = distribution - EMPIRICAL, tables.shape[1] - 1
        place = u * last
        i = min(int(place), last - 1)
        return math.exp(shape * (tables[row, i] + (place - i) * (tables[row, i + 1] - tables[row, i])))
    return draw(distribution, 1.0, shape, u)


@bare
def _draw_remake_factor(
    quantity: float, share: float, sigma: float, planned: float, luck: np.uint64, key: np.uint64
) -> float:
    """Draw run time with remakes over run time with the scrap that was planned for."""
    if sigma > 0.0:
        z = normal_quantile(uniform(luck, key, SCRAP_LEVEL, 0))
        share = min(0.9, share * math.exp(sigma * z - 0.5 * sigma * sigma))
    lost = draw_scrapped(quantity, share, uniform(luck, key, SCRAP_COUNT, 0))
    return (1.0 + lost / quantity) * (1.0 - planned)


# Without the check for a division by zero, which is none here, four are worked out at once.
@njit(error_model="numpy", _nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True)
def find_normals(batch: Batch, count: int) -> None:
    """Find the standard normal's quantiles of so many uniform numbers: the bits of `normal_quantile`, sooner.

    Its middle part is worked out for all, and its tails, which take a logarithm, for those that lie there.
    """
    uniforms, normals, tails = batch.uniform, batch.normal, batch.tail
    for i in range(count):
        q = uniforms[i] - 0.5
        r = 0.180625 - q * q
        above = 2509.0809287301226727 * r + 33430.575583588128105
        above = ((above * r + 67265.770927008700853) * r + 45921.953931549871457) * r + 13731.693765509461125
        above = ((above * r + 1971.5909503065514427) * r + 133.14166789178437745) * r + 3.387132872796366608
        below = 5226.495278852854561 * r + 28729.085735721942674
        below = ((below * r + 39307.89580009271061) * r + 21213.794301586595867) * r + 5394.1960214247511077
        below = ((below * r + 687.1870074920579083) * r + 42.313330701600911252) * r + 1.0
        normals[i] = q * above / below
    num_tails = 0
    for i in range(count):
        tails[num_tails] = i
        num_tails += int(abs(uniforms[i] - 0.5) > 0.425)
    for k in range(num_tails):
        normals[tails[k]] = normal_quantile(uniforms[tails[k]])


@bare
def _draw_lognormals(
    work: Work, mean_shape: Floats, low: int, high: int, luck: np.uint64, active: Bools, only: int, batch: Batch
) -> None:
    """Draw the factors of those tasks from `low` to `high - 1` whose run times are lognormal and asked for."""
    key, distribution, shape, group, run_cause = work.key, work.distribution, work.shape, work.group, work.run_cause
    task, uniforms, normals, factor, scrap_cause = (
        batch.task,
        batch.uniform,
        batch.normal,
        batch.factor,
        work.scrap_cause,
    )
    count = 0
    for n in range(low, high):
        task[count] = n
        is_asked = (only < 0) | (run_cause[n] == only) | (scrap_cause[n] == only)
        count += int(is_asked & (distribution[n] == LOGNORMAL) & active[run_cause[n]])
    for i in range(count):
        uniforms[i] = uniform(luck, key[task[i]], RUN, 0)
    find_normals(batch, count)
    for i in range(count):
        n = task[i]
        sigma = shape[n] * mean_shape[group[n]]
        factor[n - low] = math.exp(sigma * normals[i] - 0.5 * sigma * sigma)


@bare
def draw_works(
    work: Work,
    sets: Sets,
    row: int,
    drawn: Int64s,
    luck: np.uint64,
    active: Bools,
    only: int,
    bites: Bools,
    batch: Batch,
) -> None:
    """Draw the working seconds of tasks: setup as planned, run with its spread and its remakes.

    Parameters
    ----------
    work, drawn
        The tasks, and where their seconds are written.
    sets, row
        Sets of parameters, and which of them it is.
    luck, active
        As for `replay`.
    only
        Cause whose tasks are drawn; -1 = all.
    bites
        Shape (C + 1,): set for causes that change anything.
    batch
        Room to draw in.
    """
    key, setup, planned_run, factor = work.key, work.setup, work.run, work.factor
    distribution, shape, run_cause = work.distribution, work.shape, work.run_cause
    scrap, sigma, quantity, scrap_cause = work.scrap, work.scrap_sigma, work.quantity, work.scrap_cause
    planned_scrap, group, tables = work.planned_scrap, work.group, work.tables
    mean_of, shape_of = sets.run_mean[row], sets.run_shape[row]
    for low in range(0, len(key), BLOCK):
        high = min(low + BLOCK, len(key))
        _draw_lognormals(work, shape_of, low, high, luck, active, only, batch)
        for n in range(low, high):
            if only >= 0 and run_cause[n] != only and scrap_cause[n] != only:
                continue
            run = planned_run[n]
            if active[run_cause[n]]:
                g = group[n]
                if distribution[n] == LOGNORMAL:
                    run *= factor[n] * mean_of[g] * batch.factor[n - low]
                else:
                    drawn_factor = draw_run_factor(distribution[n], shape[n] * shape_of[g], tables, luck, key[n])
                    run *= factor[n] * mean_of[g] * drawn_factor
                bites[run_cause[n]] |= run != planned_run[n]
            if scrap[n] > 0.0 and active[scrap_cause[n]]:
                remakes = _draw_remake_factor(quantity[n], scrap[n], sigma[n], planned_scrap[n], luck, key[n])
                run *= remakes
                bites[scrap_cause[n]] |= remakes != 1.0
            drawn[n] = setup[n] + int(run + 0.5)
