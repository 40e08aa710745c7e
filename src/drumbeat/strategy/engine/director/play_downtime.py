"""Play the breakdowns of machines over the coming weeks: how many open hours each machine is down in each week."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int32s, Int64s, Texts
from drumbeat.basics.compiled import njit
from drumbeat.basics.streams import EXPONENTIAL, draw, draw_residual, keys_of, luck_of, normal_quantile, uniform

HOURS_A_WEEK = 168.0
LONG_REPAIR = 8.0
"""Open hours lost to a repair: all of its first shift, and of the rest what the machine is open on average."""
KNOWN, LIFE, REPAIR = 31, 32, 33
"""Purposes of draws: how well a failure rate is known, times to failure, repairs."""


@dataclass(frozen=True)
class Machines:
    """Machines and how they fail; M machines, F ways to fail, W weeks ahead.

    Parameters
    ----------
    keys, sites
        Shape (M,): business key and site.
    open_hours
        Shape (M, W): hours of each week that it is open.
    busy_share
        Shape (M,): share of its open hours that it works; 0 to 1.
    worth
        Shape (M,): money that an hour of it is worth, in one currency; 0 where nothing is known.
    mode_keys, mode_machine
        Shape (F,): business key of each way to fail, and its machine.
    is_busy_clock
        Shape (F,): whether it ages only while the machine works.
    distribution, mean_hours, shape
        Shape (F,): time between a repair and the next failure, as in `drumbeat.basics.streams`.
    repair_distribution, repair_mean_hours, repair_shape
        Shape (F,): repair, in elapsed hours.
    failures_seen
        Shape (F,): failures that its mean was measured from; few make it less certain.
    """

    keys: Texts
    sites: Texts
    open_hours: Floats
    busy_share: Floats
    worth: Floats
    mode_keys: Texts = field(default_factory=lambda: np.zeros(0, dtype=np.object_))
    mode_machine: Int32s = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    is_busy_clock: Bools = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))
    distribution: Int32s = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    mean_hours: Floats = field(default_factory=lambda: np.zeros(0))
    shape: Floats = field(default_factory=lambda: np.zeros(0))
    repair_distribution: Int32s = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    repair_mean_hours: Floats = field(default_factory=lambda: np.zeros(0))
    repair_shape: Floats = field(default_factory=lambda: np.zeros(0))
    failures_seen: Floats = field(default_factory=lambda: np.zeros(0))

    @property
    def num_weeks(self) -> int:
        """Weeks ahead."""
        return int(self.open_hours.shape[1])


class Modes(NamedTuple):
    """The columns of `Machines` that the kernel reads."""

    machine: Int32s
    key: Int64s
    is_busy: Bools
    distribution: Int32s
    mean: Floats
    shape: Floats
    repair_distribution: Int32s
    repair_mean: Floats
    repair_shape: Floats
    spread: Floats


@njit(nogil=True, _nrt=False)
def _play(seed: int, first: int, batch: int, modes: Modes, open_hours: Floats, busy: Floats, down: Floats) -> None:
    """Add the open hours that each machine is down; `down` is (replications, machines, weeks)."""
    weeks = open_hours.shape[1]
    for rep in range(down.shape[0]):
        luck = np.uint64(luck_of(seed, first + rep))
        # What is not known of the rates is the same for all replications of a batch.
        knowledge = np.uint64(luck_of(seed + 1, (first + rep) // batch))
        for f in range(modes.machine.size):
            key = np.uint64(modes.key[f])
            m = modes.machine[f]
            clock = busy[m] if modes.is_busy[f] else 1.0
            if clock <= 0.0:
                continue
            wrong = np.exp(modes.spread[f] * normal_quantile(uniform(knowledge, key, KNOWN, 0)))
            mean = modes.mean[f] * wrong
            n = 0
            left = draw_residual(
                modes.distribution[f], mean, modes.shape[f], uniform(luck, key, LIFE, 0), uniform(luck, key, LIFE, 1)
            )
            repair = 0.0
            for w in range(weeks):
                hours = open_hours[m, w]
                # A clock that runs through closed hours too ages by the whole week.
                rate = clock if modes.is_busy[f] else (HOURS_A_WEEK / hours if hours > 0.0 else 0.0)
                t = min(repair, hours)
                down[rep, m, w] += t
                repair -= t
                while t < hours:
                    if left > (hours - t) * rate:
                        left -= (hours - t) * rate
                        break
                    t += left / rate
                    n += 1
                    drawn = draw(
                        modes.repair_distribution[f], modes.repair_mean[f], modes.repair_shape[f],
                        uniform(luck, key, REPAIR, n),
                    )  # fmt: skip
                    repair = min(drawn, LONG_REPAIR) + max(drawn - LONG_REPAIR, 0.0) * hours / HOURS_A_WEEK
                    here = min(repair, hours - t)
                    down[rep, m, w] += here
                    repair -= here
                    t += here
                    left = draw(modes.distribution[f], mean, modes.shape[f], uniform(luck, key, LIFE, n + 1))
                    if left <= 0.0:
                        left = mean


@njit(nogil=True, _nrt=False)
def pick_weeks(seed: int, first: int, keys: Int64s, counts: Int64s, purpose: int, picked: Int64s) -> None:
    """Pick a past week for each coming one, by chance and each alike.

    Parameters
    ----------
    seed, first
        As for `play_downtime`.
    keys, counts
        Shape (P,): hashed business key of each thing, and how many past weeks of it are known, >= 1.
    purpose
        Of the draws.
    picked
        Shape (R, P, W): gets the number of the week, 0 to its count - 1.
    """
    for r in range(picked.shape[0]):
        luck = np.uint64(luck_of(seed, first + r))
        for p in range(keys.size):
            for w in range(picked.shape[2]):
                picked[r, p, w] = int(uniform(luck, np.uint64(keys[p]), purpose, w) * counts[p])


def play_downtime(machines: Machines, seed: int, first: int, count: int, batch: int) -> Floats:
    """Play breakdowns.

    Parameters
    ----------
    machines
        What breaks, and how.
    seed
        Of all luck: equal seeds give equal answers, however the replications are split.
    first, count
        Replications `first` to `first + count - 1`.
    batch
        So many replications in a row share what is not known of the failure rates; >= 1.

    Returns
    -------
    Shape (count, M, W): open hours that each machine is down in each week, at most its open hours.

    Notes ----- A renewal process for each way to fail, in its own clock, long at rest before it begins. A mean that
    was measured from n failures is drawn itself: lognormal with a standard error of 1 / sqrt(n + 1).
    """
    down = np.zeros((count, *machines.open_hours.shape))
    if count == 0 or machines.mode_machine.size == 0:
        return down
    modes = Modes(
        machines.mode_machine,
        keys_of(machines.mode_keys).view(np.int64),
        machines.is_busy_clock,
        machines.distribution,
        np.maximum(machines.mean_hours, 1e-3),
        np.where(machines.distribution == EXPONENTIAL, 1.0, machines.shape),
        machines.repair_distribution,
        machines.repair_mean_hours,
        machines.repair_shape,
        1.0 / np.sqrt(np.maximum(machines.failures_seen, 0.0) + 1.0),
    )
    _play(seed, first, max(batch, 1), modes, machines.open_hours, np.clip(machines.busy_share, 0.0, 1.0), down)
    result: Floats = np.minimum(down, machines.open_hours[None])
    return result
