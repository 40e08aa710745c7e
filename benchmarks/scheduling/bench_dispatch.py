"""How many tasks a second dispatching places: plain job shops of 10,000 to 1,000,000 tasks, and a plant-like shop.

Writes results/scheduling_dispatch.json. Warm: each figure is of the second and later runs, the compilation left out.
"""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path
from time import perf_counter

import numpy as np

from drumbeat.basics.calendars import NEVER
from drumbeat.basics.streams import luck_of, uniform
from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.dispatch import DispatchParams, Prepared, Rule, dispatch
from drumbeat.scheduling.engine.measure_worth import measure_worth
from drumbeat.scheduling.engine.objective import Objective
from drumbeat.scheduling.engine.problem import Calendars, Jobs, Modes, Problem, Resources, Setups
from drumbeat.scheduling.engine.read_instance import make_chain_problem

RESULTS = Path(__file__).resolve().parents[1] / "results" / "scheduling_dispatch.json"
RUNS = 2
DAY = 86_400


def draw(size: int, purpose: int) -> np.ndarray:
    """Uniform numbers, the same on every machine."""
    luck = luck_of(1, 0)
    return np.array([uniform(luck, np.uint64(i), purpose, 0) for i in range(size)])


def make_shop(num_tasks: int, num_machines: int = 100, steps: int = 10) -> Problem:
    """A job shop: each job visits `steps` different machines in its own order, runs of 1 to 100 minutes."""
    num_jobs = num_tasks // steps
    first = (draw(num_jobs, 1) * num_machines).astype(np.int64)
    stride = 1 + 2 * (draw(num_jobs, 2) * (num_machines // 20)).astype(np.int64)
    machine = (first[:, None] + stride[:, None] * np.arange(steps)) % num_machines
    run = (1 + np.floor(draw(num_tasks, 3) * 100)).astype(np.int64) * 60
    job = np.repeat(np.arange(num_jobs, dtype=np.int32), steps)
    problem = make_chain_problem(job, np.ones(num_tasks, np.int64), machine.ravel(), run, num_machines, num_jobs)
    load = float(run.sum()) / num_machines
    due = (draw(num_jobs, 4) * load * 1.2).astype(np.int64)
    jobs = Jobs(problem.jobs.keys, due, 1.0 + 4.0 * draw(num_jobs, 5), problem.jobs.release)
    return Problem(jobs, problem.tasks, problem.modes, problem.resources, problem.links, objective=Objective())


def make_plant(num_tasks: int) -> Problem:
    """The same with two shifts on working days, six setup families and a crew of 60 that 30 % of the tasks need."""
    plain = make_shop(num_tasks)
    num_machines, families = plain.num_resources, 6
    weeks = int(plain.modes.run_seconds.sum() / num_machines / (5 * 16 * 3600)) + 60
    starts = np.array([(week * 7 + day) * DAY + 6 * 3600 for week in range(weeks) for day in range(5)], dtype=np.int64)
    ends = starts + 16 * 3600
    ends[-1] = NEVER
    needs_crew = draw(num_tasks, 6) < 0.3
    sizes = 1 + needs_crew.astype(np.int64)
    pointer = np.concatenate(([0], np.cumsum(sizes)))
    resource = np.full(int(pointer[-1]), num_machines, dtype=np.int32)
    resource[pointer[:-1]] = plain.modes.resource
    family = (draw(num_tasks, 7) * families).astype(np.int32)
    matrix = np.full((1, families + 1, families), 1200, dtype=np.int64)
    matrix[0, np.arange(families), np.arange(families)] = 0
    tasks = plain.tasks
    tasks = type(tasks)(
        tasks.keys, tasks.job, tasks.release, family, np.ones(num_tasks, bool), tasks.fixed_start, tasks.fixed_mode
    )
    modes = Modes(
        plain.modes.task_ptr, plain.modes.run_seconds, plain.modes.setup_seconds, pointer, resource,
        np.ones(len(resource), np.int32),
    )  # fmt: skip
    resources = Resources(
        np.append(plain.resources.keys, "CREW"),
        np.zeros(num_machines + 1, np.int32),
        np.append(np.ones(num_machines), 60).astype(np.int32),
        np.append(np.zeros(num_machines), -1).astype(np.int32),
        np.full(num_machines + 1, -1, np.int32),
    )
    calendars = Calendars(np.array([0, len(starts)]), starts, ends, np.ones(len(starts), np.int32))
    names = np.array([f"F{i}" for i in range(families)], dtype=object)
    return Problem(plain.jobs, tasks, modes, resources, plain.links, calendars, Setups(matrix, names))


def measure(problem: Problem, rule: Rule) -> dict[str, object]:
    """Time `RUNS` warm dispatches of a problem, and judge the last."""
    began = perf_counter()
    prepared = Prepared.of(problem)
    prepared_seconds = perf_counter() - began
    seconds = []
    for _ in range(RUNS):
        began = perf_counter()
        schedule = dispatch(problem, DispatchParams(rule), prepared=prepared)
        seconds.append(perf_counter() - began)
    return {
        "tasks": problem.num_tasks,
        "rule": rule.value,
        "layout_seconds": round(prepared_seconds, 3),
        "seconds": [round(value, 4) for value in seconds],
        "tasks_per_second": round(problem.num_tasks / min(seconds)),
        "objective": round(measure_worth(problem, schedule).objective, 1),
        "findings": check_schedule(problem, schedule).count,
    }


def main() -> None:
    """Run all, print a table, write the JSON."""
    for warm in (make_shop(1000), make_plant(1000)):
        for rule in Rule:
            dispatch(warm, DispatchParams(rule))
    rows = []
    for size in (10_000, 100_000, 1_000_000):
        problem = make_shop(size)
        rows += [{"shop": "plain", **measure(problem, rule)} for rule in (Rule.SLACK, Rule.ATC)]
    for size in (10_000, 50_000):
        rows.append({"shop": "plant-like", **measure(make_plant(size), Rule.ATC)})
    for row in rows:
        print(f"{row['shop']:11}{row['tasks']:>10,} {row['rule']:6}{row['tasks_per_second']:>12,} tasks/s", flush=True)
    load = [round(value, 2) for value in os.getloadavg()]
    document = {"machine": platform.machine(), "cores": os.cpu_count(), "load_average": load, "rows": rows}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
