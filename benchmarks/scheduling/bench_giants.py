"""Job shops of up to a million operations: seconds to read, to the first schedule, memory, and the gap.

`python -m benchmarks.scheduling.bench_giants [FOLDER] [--seconds 300] [--instances ...]`. With a folder (see
`drumbeat bench`) the published instances of its sets jsp_large and jsp_reentrant, to the best known; without, shops
that are drawn here, to their bound (the longest machine or job). Each runs in a process of its own, so that its memory
is its own. Writes results/scheduling_giants.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.objective import Objective
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.solve import solve
from drumbeat.scheduling.known_instances import list_known

RESULTS = Path(__file__).resolve().parents[1] / "results" / "scheduling_giants.json"
SETS = ("jsp_large", "jsp_reentrant")
DRAWN = {"drawn-100000": 100_000, "drawn-1000000": 1_000_000}


def make_drawn(name: str) -> Problem:
    """A drawn job shop for makespan."""
    from benchmarks.scheduling.bench_dispatch import make_shop

    shop = make_shop(DRAWN[name])
    jobs = type(shop.jobs)(shop.jobs.keys, shop.jobs.release + 2**60, shop.jobs.weight, shop.jobs.release)
    return Problem(
        jobs, shop.tasks, shop.modes, shop.resources, shop.links, objective=Objective(tardiness=0.0, makespan=1.0)
    )


def measure(name: str, folder: Path | None, seconds: float, workers: int) -> dict[str, Any]:
    """Read and solve one instance in this process."""
    # What is compiled on first use is compiled before the clock starts.
    solve(make_drawn_small(), seconds=1.0, workers=workers)
    load = os.getloadavg()[0]
    began = perf_counter()
    known = list_known(folder, names=[name])[0] if folder else None
    problem = known.read() if known else make_drawn(name)
    read = perf_counter() - began
    began = perf_counter()
    result = solve(problem, seconds=seconds, workers=workers)
    wall = perf_counter() - began
    reached = result.worth.makespan_hours * 3600
    best = known.upper if known and known.upper else result.bound * 3600
    return {
        "instance": name,
        "tasks": problem.num_tasks,
        "seconds": seconds,
        "load": round(load, 1),
        "read_seconds": round(read, 2),
        "first_seconds": round(result.curve[0][0], 2),
        "first_with_reading_seconds": round(read + result.curve[0][0], 2),
        "wall_seconds": round(wall, 2),
        "objective": round(reached),
        "bound": round(result.bound * 3600),
        "best_known": known.upper if known else None,
        "gap": round(reached / best - 1.0, 5) if best else None,
        "is_optimal": result.is_optimal,
        "method": result.method,
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "findings": check_schedule(problem, result.schedule).count,
        "curve": [[round(at, 2), round(value * 3600)] for at, value in result.curve[:40]],
    }


def make_drawn_small() -> Problem:
    """A small one of the same kind."""
    from drumbeat.scheduling.engine.read_instance import make_shop_problem

    return make_shop_problem([[[(j % 3, 2)], [((j + 1) % 3, 3)]] for j in range(6)], 3)


def main(arguments: list[str] | None = None) -> None:
    """Run each in a process of its own, print a line each, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=os.environ.get("DRUMBEAT_INSTANCES"))
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--instances", default="")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", type=Path, default=RESULTS)
    parser.add_argument("--one", default="", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments or [])
    folder = Path(options.folder) if options.folder else None
    if options.one:
        print(json.dumps(measure(options.one, folder, options.seconds, options.workers)))
        return
    names = options.instances.split(",") if options.instances else []
    if not names:
        names = [known.name for known in list_known(folder, SETS)] if folder else list(DRAWN)
    for name in names:
        command = [sys.executable, "-m", "benchmarks.scheduling.bench_giants", *([str(folder)] if folder else [])]
        command += ["--one", name, "--seconds", str(options.seconds), "--workers", str(options.workers)]
        told = subprocess.run(command, capture_output=True, text=True, check=False)
        if told.returncode:
            print(f"{name}: ended with {told.returncode}: {told.stderr.strip().splitlines()[-1:]}", flush=True)
            continue
        row = json.loads(told.stdout.splitlines()[-1])
        print(
            f"{name:24}{row['tasks']:>10,} tasks, first after {row['first_with_reading_seconds']} s with reading, "
            f"gap {row['gap']:.2%} after {row['wall_seconds']} s, {row['peak_mb']:,} MB",
            flush=True,
        )
        # Kept one by one: a run that is cut loses nothing, and other instances' rows stay.
        _keep(options.json, row)


def _keep(path: Path, row: dict[str, Any]) -> None:
    """Put a row in place of the one of the same instance."""
    kept = json.loads(path.read_text(encoding="utf-8"))["rows"] if path.exists() else []
    rows = [old for old in kept if old["instance"] != row["instance"]] + [row]
    document = {"machine": platform.machine(), "cores": os.cpu_count(), "rows": rows}
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
