"""Facts that a schedule must honour, each of which can be dropped from a problem to see whether it is to blame."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from drumbeat.scheduling.engine.problem import FAR_FUTURE, Links, Problem

KINDS = (
    "deadline", "release", "task release", "fixed start", "fixed mode", "links", "most", "calendar", "capacity",
    "setups", "material", "tank", "skill", "budget", "order group",
)  # fmt: skip
"""Kinds of facts, in the order in which they are told."""


@dataclass(frozen=True, slots=True, order=True)
class Fact:
    """One thing that a schedule must honour.

    Parameters
    ----------
    kind
        One of `KINDS`.
    index
        Of the job ("deadline", "release", "links"), the task ("task release", "fixed start", "fixed mode"), the link
        ("most"), the resource ("calendar", "capacity", "setups"), the material ("material", "tank"), the skill, the
        budget, or the group.
    """

    kind: str
    index: int


def list_facts(problem: Problem) -> list[Fact]:
    """List all facts of a problem that can be dropped."""
    jobs, tasks, resources, links = problem.jobs, problem.tasks, problem.resources, problem.links
    materials = problem.materials
    worked = np.unique(tasks.job)
    used = np.unique(np.concatenate((problem.modes.resource, problem.skills.worker, resources.setup_crew)))
    used = used[used >= 0]
    rows: dict[str, Any] = {
        "deadline": worked[jobs.deadline[worked] < FAR_FUTURE] if len(jobs.deadline) else worked[:0],
        "release": worked[jobs.release[worked] > 0],
        "task release": np.flatnonzero(tasks.release > 0),
        "fixed start": np.flatnonzero(tasks.fixed_start >= 0),
        "fixed mode": np.flatnonzero((tasks.fixed_start >= 0) & (tasks.fixed_mode >= 0)),
        "links": np.unique(tasks.job[links.before]),
        "most": np.flatnonzero(links.most < FAR_FUTURE),
        "calendar": used[resources.calendar[used] >= 0],
        "capacity": used,
        "setups": used[resources.setup_matrix[used] >= 0],
        "material": np.unique(materials.material[materials.quantity < 0]),
        "tank": np.flatnonzero(np.isfinite(materials.most)),
        "skill": np.unique(problem.skills.skill),
        "budget": np.unique(problem.budgets.budget),
        "order group": np.unique(resources.order_group[resources.order_group >= 0]),
    }
    return [Fact(kind, int(i)) for kind in KINDS for i in rows[kind]]


def drop_facts(problem: Problem, dropped: Iterable[Fact]) -> Problem:
    """Return the problem without some facts; whatever was feasible stays so."""
    out: dict[str, list[int]] = {kind: [] for kind in KINDS}
    for fact in dropped:
        out[fact.kind].append(fact.index)
    jobs, tasks = problem.jobs, problem.tasks
    if out["deadline"] or out["release"]:
        deadline = _replaced(jobs.deadline, out["deadline"], FAR_FUTURE)
        jobs = replace(jobs, deadline=deadline, release=_replaced(jobs.release, out["release"], 0))
    tasks = replace(
        tasks,
        release=_replaced(tasks.release, out["task release"], 0),
        fixed_start=_replaced(tasks.fixed_start, out["fixed start"], -1),
        fixed_mode=_replaced(tasks.fixed_mode, out["fixed mode"], -1),
    )
    problem = replace(problem, jobs=jobs, tasks=tasks, links=_drop_links(problem, out["links"], out["most"]))
    return _drop_supplies(_drop_capacities(problem, out), out)


def _replaced(values: Any, rows: list[int], value: int) -> Any:
    """A copy with some rows changed; the same where nothing is."""
    if not rows:
        return values
    changed = values.copy()
    changed[rows] = value
    return changed


def _drop_links(problem: Problem, jobs: list[int], links: list[int]) -> Links:
    """Drop the links from tasks of some jobs, and the most of some links."""
    old = problem.links
    most = _replaced(old.most, links, FAR_FUTURE)
    kept = ~np.isin(problem.tasks.job[old.before], jobs)
    return Links(old.before[kept], old.after[kept], old.kind[kept], old.lag[kept], most[kept] if len(most) else most)


def _drop_capacities(problem: Problem, out: dict[str, list[int]]) -> Problem:
    """Let resources be open always, have room for all, or need no setups."""
    resources, book = problem.resources, problem.calendars
    capacity = resources.capacity.astype(np.int64)
    for r in out["calendar"]:
        c = int(resources.calendar[r])
        capacity[r] *= int(book.level[book.ptr[c] : book.ptr[c + 1]].max(initial=1))
    capacity[out["capacity"]] = problem.modes.units.astype(np.int64).sum() + len(problem.skills.worker) + len(capacity)
    return replace(
        problem,
        resources=replace(
            resources,
            capacity=np.minimum(capacity, 2**31 - 1).astype(np.int32),
            calendar=_replaced(resources.calendar, out["calendar"], -1),
            setup_matrix=_replaced(resources.setup_matrix, out["capacity"] + out["setups"], -1),
            is_batch=_replaced(resources.is_batch, out["capacity"], 0)
            if len(resources.is_batch)
            else resources.is_batch,
            most_campaign=(
                _replaced(resources.most_campaign, out["capacity"], FAR_FUTURE)
                if len(resources.most_campaign)
                else resources.most_campaign
            ),
            order_group=(
                np.where(np.isin(resources.order_group, out["order group"]), -1, resources.order_group).astype(np.int32)
            ),
        ),
    )


def _drop_supplies(problem: Problem, out: dict[str, list[int]]) -> Problem:
    """Let there be enough of materials, room in tanks, people of skills, and budgets."""
    materials, skills, budgets = problem.materials, problem.skills, problem.budgets
    stock, most = materials.stock.copy(), materials.most.copy()
    for k in out["material"]:
        mine = materials.material == k
        more = float(-np.minimum(materials.quantity[mine], 0).sum())
        stock[k] += more
        if len(most):
            most[k] += more
    if out["tank"]:
        most[out["tank"]] = np.inf
    problem = replace(problem, materials=replace(materials, stock=stock, most=most))
    if out["skill"]:
        kept = ~np.isin(skills.skill, out["skill"])
        before = np.concatenate(([0], np.cumsum(kept)))
        skills = replace(
            skills,
            task_ptr=before[skills.task_ptr].astype(np.int64),
            skill=skills.skill[kept],
            count=skills.count[kept],
        )
        problem = replace(problem, skills=skills)
    if out["budget"]:
        amount = budgets.amount.copy()
        for b in out["budget"]:
            amount[b] = budgets.taken[budgets.budget == b].sum()
        problem = replace(problem, budgets=replace(budgets, amount=amount))
    return problem
