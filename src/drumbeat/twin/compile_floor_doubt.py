"""How unsure the laws of a floor are: sets of parameters that the replications of a play are spread over."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from drumbeat.basics.arrays import Floats
from drumbeat.basics.findings import Finding, Findings
from drumbeat.data.snapshot import Snapshot
from drumbeat.twin.compile_doubt import AWAY, LEAST_SPREAD_ERROR, LIFE, PACE, REPAIR, SPREAD
from drumbeat.twin.compile_floor_machines import FloorMachines
from drumbeat.twin.engine.fit.draw_sets import NUM_SETS, draw_factors, draw_pairs
from drumbeat.twin.engine.floor.problem import FloorProblem
from drumbeat.twin.engine.floor.times import Times
from drumbeat.twin.engine.pick_parameters import MOST_AWAY
from drumbeat.twin.estimate_run_times import estimate_run_times

LEAD = 50
"""Purpose of the draws of lead times, see `compile_doubt`."""

A_SET, FEWEST_SETS = 10, 5
"""Replications that a set is played with, and sets at least: with fewer plays sets get less, two at the fewest."""


def _none() -> Floats:
    return np.zeros(0)


def _pairs() -> Floats:
    return np.zeros((0, 2, 2))


@dataclass(frozen=True)
class FloorDoubt:
    """Standard errors of a floor's parameters, as errors of their logarithms. Empty arrays: all of them are sure.

    Parameters
    ----------
    resources, pace, spread
        Shape (M,) by machine: its resource; what its mean run time is unsure by, and the spread of its run times.
    modes, lives, repairs
        Shape (F,) by life: its failure mode; (F, 2, 2): covariances of log mean and log shape of life and repair.
    pools, absence
        Shape (C,) by pool: its key; what its rate of absence is unsure by.
    sources, lead
        Shape (B,) by material: whose lead time it is, its own or its supplier's; what its mean is unsure by.
    """

    resources: list[str] = field(default_factory=list)
    pace: Floats = field(default_factory=_none)
    spread: Floats = field(default_factory=_none)
    modes: list[str] = field(default_factory=list)
    lives: Floats = field(default_factory=_pairs)
    repairs: Floats = field(default_factory=_pairs)
    pools: list[str] = field(default_factory=list)
    absence: Floats = field(default_factory=_none)
    sources: list[str] = field(default_factory=list)
    lead: Floats = field(default_factory=_none)

    def count_sets(self, replications: int) -> int:
        """Count the sets that so many replications are spread over: 50 at most, two plays in each at least; 1 = none.

        Few sets leave more plays in each to tell luck from doubt, many sets fill what is plausible more evenly.
        """
        parts = (self.pace, self.spread, self.lives, self.repairs, self.absence, self.lead)
        if not any(part.any() for part in parts) or replications < 2 * FEWEST_SETS:
            return 1
        return min(max(replications // A_SET, FEWEST_SETS), NUM_SETS)

    def vary(self, problem: FloorProblem, num_sets: int) -> list[FloorProblem]:
        """Draw sets of parameters and give each to the problem; all else is shared. None where there is one set."""
        if num_sets < 2:
            return []
        groups, steps, lives = problem.groups, problem.steps, problem.lives
        pace = draw_factors(self.resources, self.pace, PACE, num_sets) if len(self.pace) else None
        spread = draw_factors(self.resources, self.spread, SPREAD, num_sets) if len(self.spread) else None
        life = draw_pairs(self.modes, self.lives, LIFE, num_sets) if len(self.lives) else None
        repair = draw_pairs(self.modes, self.repairs, REPAIR, num_sets) if len(self.repairs) else None
        if repair is not None:
            # Lives keep how often they end; repairs how long they take, on average over the sets.
            repair = repair[0] / repair[0].mean(axis=0), repair[1]
        away = draw_factors(self.pools, self.absence, AWAY, num_sets) if len(self.absence) else None
        lead = draw_factors(self.sources, self.lead, LEAD, num_sets) if len(self.lead) else None
        first = _find_first(problem)
        found = []
        for d in range(num_sets):
            one = problem
            if pace is not None:
                one = replace(one, groups=replace(groups, factor=groups.factor * pace[d][groups.machine]))
            if spread is not None:
                own = np.where(first >= 0, spread[d][first], 1.0)
                one = replace(one, steps=replace(steps, run=replace(steps.run, shape=steps.run.shape * own)))
            if life is not None:
                one = replace(one, lives=replace(one.lives, life=_times(lives.life, life[0][d], life[1][d])))
            if repair is not None:
                one = replace(one, lives=replace(one.lives, repair=_times(lives.repair, repair[0][d], repair[1][d])))
            if away is not None:
                rate = np.minimum(problem.pools.absence * away[d], np.maximum(problem.pools.absence, MOST_AWAY))
                one = replace(one, pools=replace(problem.pools, absence=rate))
            if lead is not None:
                mean = problem.materials.lead.mean * lead[d]
                times = replace(problem.materials.lead, mean=mean)
                one = replace(one, materials=replace(problem.materials, lead=times))
            found.append(one)
        return found


def _times(times: Times, mean: Floats, shape: Floats) -> Times:
    return replace(times, mean=times.mean * mean, shape=times.shape * shape)


def _find_first(problem: FloorProblem) -> np.ndarray:
    """The first machine of each step's group; -1 where it needs none."""
    groups, group = problem.groups, problem.steps.group
    has_machine = (
        (group >= 0) & (np.diff(groups.ptr) > 0)[group] if len(groups.keys) else np.zeros(len(group), np.bool_)
    )
    found = np.full(len(group), -1, np.int64)
    found[has_machine] = groups.machine[groups.ptr[group[has_machine]]]
    return found


def compile_floor_doubt(
    snapshot: Snapshot,
    floor: FloorMachines,
    pools: list[str],
    absence_errors: list[float],
    leads: list[tuple[str, float]],
    findings: Findings,
) -> FloorDoubt:
    """Say how unsure the laws of a floor are, by the errors of what they were fitted to.

    Parameters
    ----------
    floor
        The machines, with the failures that were estimated.
    pools, absence_errors
        Keys of the pools, and the standard error of the logarithm of their rates.
    leads
        By material, whose lead time it is and the standard error of the logarithm of its mean.
    findings
        Hears what is played as if it were sure.
    """
    runs = estimate_run_times(snapshot)
    told = dict(snapshot["production_report"].group_by("resource").len().iter_rows())
    resources = [str(code) for code in floor.rows["resource"]]
    is_told = np.array([told.get(code, 0) > 0 for code in resources], np.bool_)
    pace = np.sqrt(runs.pace_spread**2 + np.where(is_told, 0.0, runs.operation_spread**2 / 4))
    spread = max(LEAST_SPREAD_ERROR, 1 / np.sqrt(2 * max(min(runs.num_reports, 2000), 8)))
    rule = "what the data leave open of run times, breakdowns, absence and lead times is played, and widens the answers"
    remedy = "Read them as sure of how much is wanted, of scrap and of rework: those rates count as known"
    findings.add(Finding("simulate", rule, remedy, None, None, f"{NUM_SETS} sets of parameters at most", "note"))
    return FloorDoubt(
        resources,
        pace,
        np.full(len(resources), spread),
        list(floor.modes),
        np.array([mode.life.covariance for mode in floor.fitted]).reshape(-1, 2, 2),
        np.array([mode.repair.covariance for mode in floor.fitted]).reshape(-1, 2, 2),
        list(pools),
        np.array(absence_errors, np.float64),
        [whose for whose, _ in leads],
        np.array([error for _, error in leads], np.float64),
    )
