"""A plant of 60 machines as the twin plays it, as the throughput model has it, and a dozen initiatives for both."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks.strategy.make_roadmaps import PERIODS, RATE, WEEKS, make_roadmap_problem
from benchmarks.twin.make_plant import make_plant
from drumbeat.strategy.engine.roadmap.play_roadmaps import TwinFloor, TwinPlant
from drumbeat.strategy.engine.roadmap.problem import Initiatives, PlantModel, RoadmapProblem
from drumbeat.twin.engine.floor.problem import FloorProblem, Groups
from drumbeat.twin.engine.floor.times import Times

WEEK_SECONDS = 604_800.0
LOST = 0.14
"""Share of open hours that breakdowns, care, waiting for people and setups are reckoned to take."""


def make_twin_plant(seed: int = 1, machines: int = 60, initiatives: int = 12) -> tuple[RoadmapProblem, TwinPlant]:
    """Make a plant with initiatives: half of them make a group's machines faster, half make its machines fail less.

    Demand is a little above what the plant can make today. Costs, gates, budgets, links and outlooks are those of
    `make_roadmap_problem`.
    """
    floor = make_plant(seed, machines, load=1.08)
    given = make_roadmap_problem(seed, initiatives=initiatives)
    luck = np.random.default_rng(seed + 500)  # noqa: TID251 - it makes an input
    margin = luck.uniform(20, 60, len(floor.products.keys))
    plant = _model(floor, margin)
    tight = np.argsort(plant.hours / (plant.load @ plant.demand))
    count, groups, flows = initiatives, len(plant.group_keys), len(plant.flow_keys)
    target = tight[luck.integers(0, 6, count)]
    faster, surer = np.zeros(count), np.zeros(count)
    faster[::2], surer[1::2] = luck.uniform(0.08, 0.3, len(faster[::2])), luck.uniform(1.5, 4.0, len(surer[1::2]))
    factor, load = np.zeros((count, groups)), np.zeros((count, groups, flows))
    for i in range(count):
        load[i, target[i]] = 1 / (1 + faster[i]) - 1 if faster[i] else 0.0
        factor[i, target[i]] = 0.04 * (1 - 1 / surer[i]) / 0.96 if surer[i] else 0.0
    own: Initiatives = given.initiatives
    scale = 0.12 * float(plant.margin @ plant.demand) / float(given.plant.margin @ given.plant.demand)
    nothing = np.zeros((count, groups))
    own = replace(
        own, hours_added=nothing, hours_factor=factor, load_factor=load, margin_added=np.zeros((count, flows)),
        downtime=np.zeros((count, groups, PERIODS)), cost=own.cost * scale, cost_until_gate=own.cost_until_gate * scale,
        running_cost=own.running_cost * scale, saving=own.saving * 0.0,
    )  # fmt: skip
    means = replace(given.means, budget=given.means.budget * scale)
    problem = RoadmapProblem(plant, own, means, given.outlook, WEEKS, RATE, 8.0, "EUR")

    def floor_of(force: np.ndarray, demand: float) -> TwinFloor:
        changed = _change(floor, target, faster, surer, force, demand)
        return TwinFloor(changed, margin, np.ones(len(margin), dtype=bool))

    touches = (faster > 0) | (surer > 0)
    return problem, TwinPlant(floor_of, WEEKS * WEEK_SECONDS, 8 * WEEK_SECONDS, touches)


def _model(floor: FloorProblem, margin: np.ndarray) -> PlantModel:
    """Hours of groups, and hours of a piece: run times with rework; two lots and a half share the oven."""
    groups, products = floor.groups, floor.products
    num_groups, num_products = len(groups.keys), len(products.keys)
    calendars = floor.calendars
    spans = zip(calendars.ptr[:-1], calendars.ptr[1:], strict=True)
    open_hours = np.array([(calendars.end[a:b] - calendars.start[a:b]).sum() / 3600 for a, b in spans])
    first = [groups.machine[groups.ptr[g] : groups.ptr[g + 1]] for g in range(num_groups)]
    owner = {int(machine): g for g in range(num_groups - 1, -1, -1) for machine in first[g]}
    for g, key in enumerate(groups.keys):
        for machine in first[g]:
            if str(floor.machines.keys[machine]).startswith(f"{key}-M"):
                owner[int(machine)] = g
    hours = np.zeros(num_groups)
    for machine, g in owner.items():
        hours[g] += open_hours[floor.machines.calendar[machine]] * (1 - LOST)
    load = np.zeros((num_groups, num_products))
    for p in range(num_products):
        for s in range(int(products.ptr[p]), int(products.ptr[p + 1])):
            again = 1.04 if s >= products.ptr[p + 1] - 2 else 1.0
            together = 2.5 if floor.steps.batch_family[s] >= 0 else 1.0
            load[floor.steps.group[s], p] += floor.steps.run.mean[s] / 3600 * again / together / products.pieces[p]
    weekly = WEEK_SECONDS / floor.sources.between.mean * products.pieces
    return PlantModel(groups.keys, products.keys, hours, np.full(num_groups, 0.02), load, margin, weekly)


def _change(
    floor: FloorProblem, target: np.ndarray, faster: np.ndarray, surer: np.ndarray, force: np.ndarray, demand: float
) -> FloorProblem:
    """Return the floor with what is in force, at so many times its demand."""
    groups: Groups = floor.groups
    factor = groups.factor.astype(float).copy()
    life = floor.lives.life.mean.astype(float).copy()
    for i in np.flatnonzero(force).tolist():
        span = slice(int(groups.ptr[target[i]]), int(groups.ptr[target[i] + 1]))
        if faster[i]:
            factor[span] /= 1 + faster[i]
        else:
            life[np.isin(floor.lives.machine, groups.machine[span])] *= surer[i]
    lives = replace(floor.lives, life=Times(floor.lives.life.kind, life, floor.lives.life.shape))
    between = replace(floor.sources.between, mean=floor.sources.between.mean / demand)
    return replace(
        floor, groups=replace(groups, factor=factor), lives=lives, sources=replace(floor.sources, between=between)
    )
