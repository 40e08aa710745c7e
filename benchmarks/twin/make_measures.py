"""Roadmaps of a plant as designs: which measures are taken, what they cost, and the year that follows on the floor.

Fourteen measures on the plant of `make_plant`: each kind of machine faster, coating more reliable, shorter repairs,
quicker setups, less scrap and rework, fewer absences, more material, better due dates. A roadmap takes some of them,
within a budget. What it is worth is what the year's orders earn, those in time more than late ones, less its cost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from benchmarks.twin.make_plant import DAY, make_plant
from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.twin.engine.floor.problem import FloorProblem
from drumbeat.twin.engine.floor.simulate import simulate_floor
from drumbeat.twin.engine.floor.times import Times

YEAR = 365 * DAY
ON_TIME, LATE = 1.0, 0.4
"""Thousands that an order earns that is done by its due time, and one that is late."""

Measure = Callable[[FloorProblem], FloorProblem]


def _speed_up(*kinds: str) -> Measure:
    """Run times of all machines of some kinds 15 % shorter."""

    def make(plant: FloorProblem) -> FloorProblem:
        groups = plant.groups
        mine = np.array([str(key).split("-")[0] in kinds for key in groups.keys])
        of = np.repeat(np.arange(len(groups.keys)), np.diff(groups.ptr))
        return replace(plant, groups=replace(groups, factor=np.where(mine[of], groups.factor * 0.85, groups.factor)))

    return make


def _scale(times: Times, factor: float) -> Times:
    return replace(times, mean=times.mean * factor)


def _longer_lives(plant: FloorProblem) -> FloorProblem:
    return replace(plant, lives=replace(plant.lives, life=_scale(plant.lives.life, 1.8)))


def _shorter_repairs(plant: FloorProblem) -> FloorProblem:
    return replace(plant, lives=replace(plant.lives, repair=_scale(plant.lives.repair, 0.5)))


def _quicker_setups(plant: FloorProblem) -> FloorProblem:
    return replace(plant, setups=plant.setups * 0.5)


def _less_scrap(plant: FloorProblem) -> FloorProblem:
    return replace(plant, steps=replace(plant.steps, scrap=plant.steps.scrap * 0.3))


def _less_rework(plant: FloorProblem) -> FloorProblem:
    return replace(plant, steps=replace(plant.steps, rework=plant.steps.rework * 0.3))


def _fewer_absences(plant: FloorProblem) -> FloorProblem:
    return replace(plant, pools=replace(plant.pools, absence=plant.pools.absence * 0.3))


def _more_material(plant: FloorProblem) -> FloorProblem:
    return replace(plant, materials=replace(plant.materials, reorder_point=plant.materials.reorder_point * 1.5))


def _steadier_runs(plant: FloorProblem) -> FloorProblem:
    run = plant.steps.run
    return replace(plant, steps=replace(plant.steps, run=replace(run, shape=run.shape * 0.4)))


def _shorter_oven_wait(plant: FloorProblem) -> FloorProblem:
    return replace(plant, steps=replace(plant.steps, batch_wait=plant.steps.batch_wait * 0.5))


MEASURES: tuple[tuple[str, Measure, float], ...] = (
    ("faster sawing", _speed_up("SAW"), 90.0), ("faster oven", _speed_up("OVEN"), 70.0),
    ("faster coating", _speed_up("COAT"), 320.0), ("faster testing", _speed_up("TEST"), 160.0),
    ("faster turning", _speed_up("TURN"), 190.0), ("faster milling", _speed_up("MILL"), 230.0),
    ("faster assembly", _speed_up("ASM"), 180.0), ("reliable machines", _longer_lives, 150.0),
    ("shorter repairs", _shorter_repairs, 110.0), ("quicker setups", _quicker_setups, 140.0),
    ("less scrap", _less_scrap, 25.0), ("less rework", _less_rework, 60.0), ("fewer absences", _fewer_absences, 60.0),
    ("more material", _more_material, 30.0),
)  # fmt: skip
"""Name, what it does to the plant, and its cost in thousands."""

BUDGET = 900.0


def draw_roadmaps(count: int, seed: int) -> Floats:
    """Draw distinct roadmaps within the budget: 1 where a measure is taken; shape (count, measures)."""
    luck = np.random.default_rng(seed)  # noqa: TID251 - it makes an input
    costs = np.array([cost for _, _, cost in MEASURES])
    every = ((np.arange(2 ** len(MEASURES))[:, None] >> np.arange(len(MEASURES))) & 1).astype(float)
    affordable = every[every @ costs <= BUDGET]
    return affordable[luck.permutation(len(affordable))[:count]]


@dataclass(frozen=True)
class Roadmaps:
    """Plays roadmaps on the floor: the `Evaluate` of this benchmark.

    Parameters
    ----------
    features
        One row a roadmap, one column a measure.
    plant_seed
        Of the plant.
    luck_seed
        Of all luck: another one is another trial.
    load
        Demand against the usual one.
    """

    features: Floats
    plant_seed: int
    luck_seed: int
    load: float

    def __call__(self, designs: Int64s, first: int, last: int, /) -> Floats:
        """Play a year of each."""
        values = np.empty((len(designs), last - first))
        for row, design in enumerate(designs):
            taken = self.features[design] > 0
            problem = _build(self.plant_seed, self.load, tuple(np.flatnonzero(taken).tolist()))
            told = simulate_floor(
                problem, until=YEAR, seed=self.luck_seed, first=first, replications=last - first, cores=1
            )
            on_time = told.orders_on_time.sum(axis=1)
            late = told.orders_finished.sum(axis=1) - on_time
            cost = sum(MEASURES[m][2] for m in np.flatnonzero(taken))
            values[row] = on_time * ON_TIME + late * LATE - cost
        return values


@lru_cache(maxsize=4000)
def _build(seed: int, load: float, measures: Sequence[int]) -> FloorProblem:
    plant = make_plant(seed, 60, load=load)
    for measure in measures:
        plant = MEASURES[measure][1](plant)
    return plant
