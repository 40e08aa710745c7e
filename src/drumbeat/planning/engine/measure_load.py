"""Measure load against usable capacity: which machine is asked for more than it has, from when on, and by how much."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drumbeat.basics.arrays import Floats, Int32s, Texts

NEAR = 0.85
"""Share of usable hours from which on a machine is a near-bottleneck: beyond it, queues grow faster than load."""
FREE, NEAR_BOTTLENECK, BOTTLENECK = 0, 1, 2
"""What a machine is to its site."""


@dataclass(frozen=True, slots=True)
class LoadProblem:
    """Hours that machines have and hours that are asked of them; R machines, T periods (at least 1), W pieces of work.

    Parameters
    ----------
    keys
        Shape (R,): business keys.
    site
        Shape (R,): index of the site of each.
    open_hours
        Shape (R, T): hours that it is open, times what it can do at once, >= 0.
    care_hours
        Shape (R, T): of these, hours that bookings and planned maintenance take, >= 0.
    breakdown_share
        Shape (R,): share of the rest that breakdowns are expected to take, 0 to below 1.
    work_resource, work_period
        Shape (W,): machine and period of each piece of work.
    run_hours, setup_hours
        Shape (W,): hours of it, >= 0.
    """

    keys: Texts
    site: Int32s
    open_hours: Floats
    care_hours: Floats
    breakdown_share: Floats
    work_resource: Int32s
    work_period: Int32s
    run_hours: Floats
    setup_hours: Floats


@dataclass(frozen=True, slots=True)
class Load:
    """Load against capacity; shapes (R, T) unless said otherwise.

    Parameters
    ----------
    usable_hours
        Open hours less care and expected breakdowns.
    run_hours, setup_hours
        Work of each period.
    load
        Work of the period / usable hours of the period; inf where there is work and nothing is usable.
    reach
        Work up to and including the period / usable hours up to then: above 1, it cannot all be done by then,
        however it is moved forward.
    peak
        Shape (R,): the highest `reach`.
    peak_period
        Shape (R,): when.
    kind
        Shape (R,): `BOTTLENECK` for the highest peak of each site with work, `NEAR_BOTTLENECK` for others from `NEAR`
        on, else `FREE`.
    """

    usable_hours: Floats
    run_hours: Floats
    setup_hours: Floats
    load: Floats
    reach: Floats
    peak: Floats
    peak_period: Int32s
    kind: Int32s


def measure_load(problem: LoadProblem) -> Load:
    """Measure the load of each machine in each period, and find the bottleneck of each site.

    Returns
    -------
    Load
        All `FREE`, with zeros, where there is no work.
    """
    usable = np.maximum(problem.open_hours - problem.care_hours, 0.0) * (1.0 - problem.breakdown_share)[:, None]
    run, setup = np.zeros_like(usable), np.zeros_like(usable)
    np.add.at(run, (problem.work_resource, problem.work_period), problem.run_hours)
    np.add.at(setup, (problem.work_resource, problem.work_period), problem.setup_hours)
    work = run + setup
    reach = _ratio(np.cumsum(work, axis=1), np.cumsum(usable, axis=1))
    peak_period = reach.argmax(axis=1).astype(np.int32)
    peak = reach.max(axis=1)
    kind = np.where(peak >= NEAR, NEAR_BOTTLENECK, FREE).astype(np.int32)
    for site in np.unique(problem.site):
        mine = np.flatnonzero(problem.site == site)
        worst = mine[np.argmax(peak[mine])]
        if peak[worst] > 0:
            kind[worst] = BOTTLENECK
    return Load(usable, run, setup, _ratio(work, usable), reach, peak, peak_period, kind)


def _ratio(work: Floats, usable: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = work / usable
    return np.where(work <= 0, 0.0, np.where(usable > 0, ratio, np.inf))
