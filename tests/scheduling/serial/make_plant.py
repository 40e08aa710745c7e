"""Plants of any size with any of the rarer rules, drawn from a seed; each has a schedule in which all is placed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from drumbeat.basics.streams import luck_of, uniform
from drumbeat.scheduling.engine.objective import Objective
from drumbeat.scheduling.engine.problem import FAR_FUTURE, Budgets, Problem
from tests.scheduling.make_problem import ResourceRow, TaskRow, make_problem

HOUR = 3600
STEPS = 4
KINDS = (
    "setup_crews", "deadlines", "most", "batches", "campaigns", "skills", "options", "tanks", "order_groups",
    "is_ahead", "money", "previous", "budgets", "calendars",
)  # fmt: skip
"""What a plant may have on top of machines, routings, setups and due dates."""


class Luck:
    """Numbers from a counter."""

    def __init__(self, seed):
        self.luck, self.turn = np.uint64(luck_of(seed, 0)), 0

    def random(self):
        self.turn += 1
        return uniform(self.luck, np.uint64(0), 1, self.turn)

    def integers(self, low, high):
        return low + min(int(self.random() * (high - low)), high - low - 1)

    def permutation(self, size):
        return np.argsort([self.random() for _ in range(size)])


def make_plant(num_tasks: int, kinds: tuple[str, ...], seed: int = 0) -> Problem:
    """Make a plant of jobs with four steps each, on machines of four stages."""
    luck = Luck(seed)
    num_jobs, width = max(num_tasks // STEPS, 1), max(num_tasks // 200, 2)
    shifts = [(24 * HOUR * day + 6 * HOUR, 24 * HOUR * day + 22 * HOUR, 1) for day in range(200 + num_tasks)]
    book = [shifts] if "calendars" in kinds or "money" in kinds else []
    calendar = 0 if book else -1
    resources = [
        ResourceRow(calendar, matrix=0 if stage == 1 and "order_groups" not in kinds else -1)
        for stage in range(STEPS)
        for _ in range(1 if "order_groups" in kinds else width)
    ]
    wide = len(resources) // STEPS
    tasks, links = [], []
    for job in range(num_jobs):
        for step in range(STEPS):
            run = int(luck.integers(1, 8)) * 900
            machines = luck.permutation(wide)[: 1 + int(luck.integers(0, 2))]
            modes = [(run + 60 * int(m), 0, [(step * wide + int(m), 1)]) for m in machines]
            tasks.append(TaskRow(job, modes, family=int(luck.integers(0, 4)), can_pause=bool(luck.random() < 0.8)))
            if step:
                links.append((len(tasks) - 2, len(tasks) - 1, 0, 0))
    span = num_jobs * 4500 // wide
    jobs: list[tuple] = [
        (int(luck.integers(0, max(2 * span, 1))), float(luck.integers(1, 5)), 0) for _ in range(num_jobs)
    ]
    matrix = [[[0 if i == j else 600 * (1 + (i + j) % 3) for j in range(4)] for i in range(5)]]
    rows = {
        "tasks": tasks, "resources": resources, "jobs": jobs, "links": links, "calendars": book, "setups": matrix,
        "objective": Objective(1.0, makespan=0.1, setup=0.1),
    }  # fmt: skip
    for kind in kinds:
        if f"_add_{kind}" in globals():
            globals()[f"_add_{kind}"](rows, luck, wide)
    problem = make_problem(**rows)
    return _with_budgets(problem) if "budgets" in kinds else problem


def _add_setup_crews(rows, luck, wide):
    crew = len(rows["resources"])
    for resource in rows["resources"]:
        resource.setup_crew = crew
    rows["resources"].append(ResourceRow(0 if rows["calendars"] else -1, 2))
    rows["tasks"] = [replace(task, modes=[(r, 300, held) for r, _, held in task.modes]) for task in rows["tasks"]]


def _add_deadlines(rows, luck, wide):
    far = 60 * len(rows["tasks"]) * HOUR
    rows["jobs"] = [(*job, far if job[1] > 2 else FAR_FUTURE) for job in rows["jobs"]]


def _add_most(rows, luck, wide):
    rows["links"] = [
        (*link, link[3] + 30 * HOUR * int(luck.integers(1, 3))) if luck.random() < 0.4 else link
        for link in rows["links"]
    ]


def _add_batches(rows, luck, wide):
    for resource in rows["resources"][2 * wide : 3 * wide]:
        resource.is_batch, resource.capacity = True, 4


def _add_campaigns(rows, luck, wide):
    for resource in rows["resources"][wide : 2 * wide]:
        resource.most_campaign, resource.clean_seconds = 6 * HOUR, 1800


def _add_skills(rows, luck, wide):
    first, people = len(rows["resources"]), 2 * wide + 2
    rows["resources"] += [ResourceRow(0 if rows["calendars"] else -1) for _ in range(people)]
    rows["skills"] = [[first + p for p in range(people) if p % 3 != s] for s in range(3)]
    for task in rows["tasks"][3::4]:
        task.heads = [(int(luck.integers(0, 3)), 1), *([(0, 1)] if luck.random() < 0.1 else [])]
        task.heads = [(0, 2)] if len(task.heads) == 2 and task.heads[0][0] == 0 else task.heads


def _add_options(rows, luck, wide):
    for task in rows["tasks"][::10]:
        task.skip_cost = float(luck.integers(1, 50))
    for job in range(0, len(rows["jobs"]) - 1, 7):
        for step in (1, 2):
            rows["tasks"][STEPS * job + step].choice, rows["tasks"][STEPS * job + step].skip_cost = job, np.inf


def _add_tanks(rows, luck, wide):
    rows["stock"], rows["most_stock"] = [10.0, 0.0], [40.0, np.inf]
    for job in range(len(rows["jobs"])):
        rows["tasks"][STEPS * job].uses = [(0, 2.0)]
        rows["tasks"][STEPS * job + 3].uses = [(0, -2.0)]


def _add_order_groups(rows, luck, wide):
    for resource in rows["resources"][:STEPS]:
        resource.order_group = 0


def _add_is_ahead(rows, luck, wide):
    rows["is_ahead"] = True


def _add_money(rows, luck, wide):
    rows["calendars"] = [[(*interval, i % 7 == 5) for i, interval in enumerate(rows["calendars"][0])]]
    for resource in rows["resources"][:wide]:
        resource.hold_pay = 1.0
    rows["setup_cost"] = [[[2.0 * s for s in row] for row in matrix] for matrix in rows["setups"]]
    rows["objective"] = replace(
        rows["objective"], setup_cost=0.01, overtime=1.0, hold_pay=1.0, earliness=0.1, in_process=0.1
    )


def _add_previous(rows, luck, wide):
    first, previous = 0, []
    for task in rows["tasks"]:
        previous.append((int(luck.integers(0, 50)) * HOUR, first))
        first += len(task.modes)
    rows["previous"] = previous
    rows["objective"] = replace(rows["objective"], moved_hours=1.0, moved_tasks=0.1, changed_modes=2.0)


def _with_budgets(problem: Problem) -> Problem:
    """The first mode of a task costs 5, the others 1: only half of the first ones can be paid."""
    taken = np.ones(len(problem.modes.run_seconds), np.int64)
    taken[problem.modes.task_ptr[:-1]] = 5
    alone = np.diff(problem.modes.task_ptr) == 1
    amount = 5 * int(alone.sum()) + 3 * int((~alone).sum())
    budgets = Budgets(
        np.array(["MONEY"], dtype=object), np.array([amount]), np.arange(len(taken) + 1),
        np.zeros(len(taken), np.int32), taken,
    )  # fmt: skip
    return replace(problem, budgets=budgets)


def make_furnaces(num_jobs: int, seed: int = 0, *, families: int = 3, num_ovens: int = 2, load: float = 0.9) -> Problem:
    """Make a plant whose ovens are its bottleneck: a quick step, hours in one of the ovens, a quick step."""
    luck, runs = Luck(seed), [4 * HOUR, 8 * HOUR, 6 * HOUR][:families]
    span = int(load * num_jobs * float(np.mean(runs)) / (4 * num_ovens))
    quick = int(0.7 * span / num_jobs)
    oven = ResourceRow(capacity=4, is_batch=True, matrix=0)
    resources = [ResourceRow(), ResourceRow(), *[oven] * num_ovens, ResourceRow()]
    tasks, links, jobs = [], [], []
    for job in range(num_jobs):
        family, release = int(luck.integers(0, families)), int(luck.random() * span)
        first, last = (max(int(quick * (0.5 + luck.random())), 1) for _ in range(2))
        tasks.append(TaskRow(job, [(2 * first, 0, [(m, 1)]) for m in (0, 1)], release=release))
        tasks.append(TaskRow(job, [(runs[family], 0, [(2 + o, 1)]) for o in range(num_ovens)], family=family))
        tasks.append(TaskRow(job, [(last, 0, [(2 + num_ovens, 1)])]))
        links += [(3 * job, 3 * job + 1, 0, 0), (3 * job + 1, 3 * job + 2, 0, 0)]
        jobs.append((release + int((8 + 40 * luck.random()) * HOUR), float(luck.integers(1, 6)), 0))
    setups = [[[0 if i == j else 1800 for j in range(families)] for i in range(families + 1)]]
    return make_problem(tasks, resources, jobs=jobs, links=links, setups=setups, objective=Objective(1.0))
