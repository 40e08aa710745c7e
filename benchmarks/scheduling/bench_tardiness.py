"""How far local search gets below the best dispatching rule on weighted tardiness: plant-like shops, the demo company.

`python -m benchmarks.scheduling.bench_tardiness [--seconds 60] [--tasks 10000,50000] [--workers 2]`. The rule is the
best of the plain rules and of the whole sweep of ATC's parameters, by itself: with setups that is ATCS. No problem here
has machines that work in batches, which dispatching does not do, so that BATCS has nothing to add. Writes
results/scheduling_tardiness.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.scheduling.bench_dispatch import make_plant, make_shop
from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.dispatch import DispatchParams, Prepared, Rule, dispatch
from drumbeat.scheduling.engine.measure_worth import measure_worth
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.solve import solve

RESULTS = Path(__file__).resolve().parents[1] / "results" / "scheduling_tardiness.json"
LOOK_AHEADS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
SETUP_WEIGHTS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)


def find_best_rule(problem: Problem) -> tuple[str, float]:
    """Return the best of the plain rules and of ATC's sweep by its name and its objective."""
    prepared = Prepared.of(problem)
    weights = SETUP_WEIGHTS if problem.setups.seconds.any() else (0.0,)
    swept = [DispatchParams(Rule.ATC, look_ahead, weight) for look_ahead in LOOK_AHEADS for weight in weights]
    plain = [DispatchParams(rule) for rule in Rule if rule is not Rule.ATC]
    found = []
    for params in swept + plain:
        worth = measure_worth(problem, dispatch(problem, params, prepared=prepared))
        setups = f" s={params.setup_weight:g}" if params.rule is Rule.ATC else ""
        found.append((worth.objective, params.name + setups))
    objective, name = min(found)
    return name, objective


def measure(shop: str, problem: Problem, seconds: float, workers: int) -> dict[str, Any]:
    """Solve a problem, judge the schedule, and compare it to the best rule."""
    rule, by_rule = find_best_rule(problem)
    began = perf_counter()
    result = solve(problem, seconds=seconds, workers=workers)
    wall = perf_counter() - began
    return {
        "shop": shop,
        "tasks": problem.num_tasks,
        "seconds": seconds,
        "workers": workers,
        "wall_seconds": round(wall, 2),
        "first_seconds": round(result.curve[0][0], 3) if result.curve else None,
        "rule": rule,
        "rule_objective": round(by_rule, 2),
        "objective": round(result.worth.objective, 2),
        "below_rule": round(1.0 - result.worth.objective / by_rule, 4) if by_rule else 0.0,
        "method": result.method,
        "findings": check_schedule(problem, result.schedule).count,
        "curve": [[round(at, 2), round(value, 2)] for at, value in result.curve[-40:]],
    }


def make_demo(size: str) -> Problem:
    """The scheduling problem of the demo company; "10k" is one of some 10,000 tasks, between sizes m and l."""
    from drumbeat.cli.show import start_django

    start_django()
    from drumbeat.lab.company.size import SIZES

    SIZES["10k"] = replace(SIZES["m"], cells=10)
    from drumbeat.lab.company.make_company import make_company
    from drumbeat.planning.actions import make_plan
    from drumbeat.scheduling.compile_problem import compile_problem

    snapshot = make_company(size)
    return compile_problem(snapshot, make_plan(snapshot)).problem


def main(arguments: list[str] | None = None) -> None:
    """Run all, print a line each, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--tasks", default="10000,50000")
    parser.add_argument("--demo", default="m,10k", help="sizes of the demo company; empty = none")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", type=Path, default=RESULTS)
    options = parser.parse_args(arguments or [])
    # What is compiled on first use is compiled on small ones.
    for warm in (make_shop(1000), make_plant(1000)):
        solve(warm, seconds=2.0, workers=options.workers)
    rows = []
    sizes = [int(word) for word in options.tasks.split(",") if word]
    asked = [("job shop", make_shop, size) for size in sizes] + [("plant-like", make_plant, size) for size in sizes]
    asked += [("demo company", make_demo, size) for size in options.demo.split(",") if size]
    for shop, make, size in asked:
        row = measure(shop, make(size), options.seconds, options.workers)
        print(
            f"{row['shop']:13}{row['tasks']:>8,} tasks  {row['rule']:26}{row['rule_objective']:>16,.1f}  "
            f"solve {row['objective']:>16,.1f}  {row['below_rule']:.1%} below, {row['method']}",
            flush=True,
        )
        rows.append(row)
        load = [round(value, 2) for value in os.getloadavg()]
        document = {"machine": platform.machine(), "cores": os.cpu_count(), "load_average": load, "rows": rows}
        options.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
