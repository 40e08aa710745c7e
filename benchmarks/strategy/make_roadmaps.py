"""Seeded roadmap problems: a plant whose bottleneck moves, initiatives, scarce means, demand in three outlooks."""

from __future__ import annotations

import numpy as np

from drumbeat.strategy.engine.roadmap.problem import Initiatives, Means, Outlook, PlantModel, RoadmapProblem

PERIODS, WEEKS, RATE = 12, 13.0, 0.02
FUNCTIONS = np.array(["production", "engineering"], dtype=object)


def make_roadmap_problem(seed: int, groups: int = 18, flows: int = 8, initiatives: int = 12) -> RoadmapProblem:
    """Make a problem of three years in quarters; the same seed gives the same problem.

    Groups carry 60 to 115 % of their hours at today's demand. Half of the initiatives ease one of the tightest groups,
    the others save money, raise yield or cost more than they bring. Prices are set by what an eased bottleneck earns.
    """
    luck = np.random.default_rng(seed)  # noqa: TID251 - it makes an input
    plant = _make_plant(luck, groups, flows)
    own = _make_initiatives(luck, plant, initiatives)
    yearly = own.cost.sum() / 5
    budget = np.full((3, PERIODS), np.inf)
    budget[2] = np.cumsum(yearly / 4 * luck.uniform(0.9, 1.6, PERIODS))
    means = Means(budget, np.full(PERIODS, luck.uniform(14, 22)), np.full(PERIODS, int(luck.integers(2, 5))), FUNCTIONS)
    return RoadmapProblem(plant, own, means, _make_outlook(luck), WEEKS, RATE, 8.0, "EUR")


def _make_plant(luck: np.random.Generator, groups: int, flows: int) -> PlantModel:  # noqa: TID251
    load = luck.uniform(0.05, 0.5, (groups, flows)) * (luck.random((groups, flows)) < 0.55)
    demand = luck.uniform(40, 160, flows)
    tightness = luck.uniform(0.6, 0.95, groups)
    tightness[luck.choice(groups, 3, replace=False)] = luck.uniform(1.0, 1.2, 3)
    hours = np.maximum(load @ demand, 1.0) / tightness
    return PlantModel(
        np.array([f"G{g:02d}" for g in range(groups)], dtype=object),
        np.array([f"F{k}" for k in range(flows)], dtype=object), hours, luck.uniform(0.01, 0.05, groups), load,
        luck.uniform(40, 160, flows), demand,
    )  # fmt: skip


def _make_outlook(luck: np.random.Generator) -> Outlook:  # noqa: TID251
    """High, steady or low from the second year on, and each of them up or down in the third."""
    first, later = np.array([1.18, 1.02, 0.82]) + luck.normal(0, 0.02, 3), np.array([1.10, 0.92])
    chance, split = luck.dirichlet([6, 9, 5]), 0.5
    factor, node, share = [], [], []
    for a in range(3):
        for b in range(2):
            path = np.r_[np.ones(4), np.full(4, first[a]), np.full(4, first[a] * later[b])]
            factor.append(path)
            node.append(np.r_[np.zeros(4), np.full(4, 1 + a), np.full(4, 4 + 2 * a + b)])
            share.append(chance[a] * split)
    names = np.array([f"{a} {b}" for a in ("high", "steady", "low") for b in ("up", "down")], dtype=object)
    return Outlook(names, np.array(share), np.array(factor), np.array(node, dtype=np.int64))


def _make_initiatives(luck: np.random.Generator, plant: PlantModel, count: int) -> Initiatives:  # noqa: TID251
    groups, flows = plant.load.shape
    tight = np.argsort(plant.hours / np.maximum(plant.load @ plant.demand, 1e-9))
    build = luck.integers(1, 4, count).astype(np.int64)
    ages = np.arange(PERIODS)
    share = np.clip((ages[None, :] - build[:, None] + 1) / (1 + luck.integers(0, 3, count)[:, None]), 0, 1)
    share[ages[None, :] < build[:, None]] = 0.0
    added, factor = np.zeros((count, groups)), np.zeros((count, groups))
    load, saving = np.zeros((count, groups, flows)), np.zeros(count)
    downtime = np.zeros((count, groups, PERIODS))
    for i in range(count):
        kind, g = i % 6, int(tight[luck.integers(0, 5)])
        if kind in (0, 1):
            added[i, g] = luck.uniform(0.15, 0.5) * plant.hours[g]
        elif kind == 2:
            factor[i, g] = luck.uniform(0.04, 0.15)
        elif kind == 3:
            load[i, g] = -luck.uniform(0.05, 0.2)
        elif kind == 4:
            saving[i] = luck.uniform(0.2, 1.0) * 0.002 * PERIODS * float(plant.margin @ plant.demand)
        else:
            factor[i, int(luck.integers(0, groups))] = luck.uniform(0.05, 0.2)
        if kind < 4 and luck.random() < 0.5:
            downtime[i, g, 0] = luck.uniform(0.01, 0.06) * plant.hours[g] * WEEKS
    quarter = float(plant.margin @ plant.demand) * WEEKS
    total = quarter * luck.uniform(0.01, 0.10, count)
    cost = np.zeros((count, 2, PERIODS))
    for i in range(count):
        cost[i, int(luck.integers(0, 2)), : build[i]] = total[i] / build[i]
    gate_age = np.where((luck.random(count) < 0.5) & (build > 1), 0, -1)[:, None]
    until = np.where(np.arange(PERIODS)[None, :] <= np.maximum(gate_age, 0), cost.sum(axis=1), 0.0)[:, None, :]
    requires, excludes = np.zeros((count, count), bool), np.zeros((count, count), bool)
    for i, j in zip(luck.permutation(count)[:3], luck.permutation(count)[:3], strict=True):
        if i != j:
            requires[max(i, j), min(i, j)] = True
    a, b = sorted(luck.choice(count, 2, replace=False).tolist())
    excludes[a, b] = excludes[b, a] = not requires[b, a] and not _needs(requires, b, a)
    low = luck.uniform(0.3, 0.9, count)
    keys = np.array([f"I{i:02d}" for i in range(count)], dtype=object)
    return Initiatives(
        keys, keys, np.zeros(count, np.int64), np.full(count, PERIODS - 1), np.zeros(count, bool), build,
        share, cost, np.where(ages[None, :] < build[:, None], luck.uniform(2, 8, count)[:, None], 0.0),
        ages[None, :] < build[:, None], downtime, gate_age.astype(np.int64),
        np.where(gate_age >= 0, luck.uniform(0.6, 0.95, (count, 1)), 1.0), until, luck.uniform(0.75, 1.0, count),
        np.column_stack([low, np.full(count, 1.0), luck.uniform(1.0, 1.3, count)]), luck.uniform(0.05, 0.3, count),
        0.001 * quarter * luck.random(count), saving, added, factor, load, np.zeros((count, flows)), requires, excludes,
    )  # fmt: skip


def _needs(requires: np.ndarray, i: int, j: int) -> bool:
    """Whether one initiative needs another, or both are needed by a third: then they can't exclude each other."""
    reach = requires.copy()
    for _ in range(len(reach)):
        reach |= (reach.astype(int) @ requires.astype(int)) > 0
    return bool(reach[i, j] or reach[j, i] or np.any(reach[:, i] & reach[:, j]))
