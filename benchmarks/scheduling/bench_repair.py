"""How fast and how quietly a schedule is repaired: a rush order, a breakdown, a dragged task.

`python -m benchmarks.scheduling.bench_repair [--tasks 10000,50000]`, on the plant-like shop. Warm: the first repair of
a process, which loads the kernels, is left out. Writes results/scheduling_repair.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.scheduling.bench_dispatch import make_plant
from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.dispatch import dispatch
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.reschedule import Breakdown, Drag, Event, RushOrder, Step, reschedule
from drumbeat.scheduling.engine.result import Schedule

RESULTS = Path(__file__).resolve().parents[1] / "results" / "scheduling_repair.json"
HOUR = 3600


def list_events(problem: Problem, schedule: Schedule) -> dict[str, Event]:
    """An order that is wanted at once, a machine that is down for a shift, a task that is wanted two days later."""
    machines = np.linspace(0, problem.num_resources - 2, 5).astype(int).tolist()
    steps = tuple(Step(f"RUSH/{i}", ((HOUR, 0, ((machine, 1),)),), family=0) for i, machine in enumerate(machines))
    middle = int(np.argsort(schedule.start)[problem.num_tasks // 2])
    begin = int(np.quantile(schedule.start, 0.1))
    return {
        "rush order": RushOrder("RUSH", due=3 * 86_400, weight=5.0, steps=steps),
        "breakdown": Breakdown(machines[2], begin, begin + 8 * HOUR),
        "dragged task": Drag(middle, int(schedule.start[middle]) + 2 * 86_400),
    }


def main(arguments: list[str] | None = None) -> None:
    """Repair after each event, print a line each, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", default="10000,50000")
    parser.add_argument("--json", type=Path, default=RESULTS)
    options = parser.parse_args(arguments or [])
    warm = make_plant(1000)
    known = dispatch(warm)
    for event in list_events(warm, known).values():
        reschedule(warm, known, [event])
    rows: list[dict[str, Any]] = []
    for size in (int(word) for word in options.tasks.split(",")):
        problem = make_plant(size)
        known = dispatch(problem)
        for name, event in list_events(problem, known).items():
            began = perf_counter()
            done = reschedule(problem, known, [event])
            seconds = perf_counter() - began
            row = {
                "event": name,
                "tasks": size,
                "seconds": round(seconds, 3),
                "moved": len(done.moved),
                "unmoved_share": round(done.unmoved_share, 5),
                "lost": len(done.lost),
                "method": done.result.method,
                "findings": check_schedule(done.problem, done.result.schedule).count,
            }
            print(f"{name:14}{size:>8,} tasks {row['seconds']:>8.3f} s, {row['unmoved_share']:.2%} unmoved", flush=True)
            rows.append(row)
    load = [round(value, 2) for value in os.getloadavg()]
    document = {"machine": platform.machine(), "cores": os.cpu_count(), "load_average": load, "rows": rows}
    options.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
