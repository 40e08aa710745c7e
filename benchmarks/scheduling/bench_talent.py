"""How long until the order of scenes with the least pay for waiting is proven: films of the talent scheduling problem.

`python -m benchmarks.scheduling.bench_talent FOLDER [--seconds 60]`; FOLDER holds .dzn files (or DRUMBEAT_FILMS names
it). Writes results/scheduling_talent.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from pathlib import Path
from time import perf_counter

from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.formats.read_studio import read_talent
from drumbeat.scheduling.engine.solve import solve

RESULTS = Path(__file__).resolve().parents[1] / "results" / "scheduling_talent.json"


def main(arguments: list[str] | None = None) -> None:
    """Prove each film, print a line each, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", default=os.environ.get("DRUMBEAT_FILMS"))
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", type=Path, default=RESULTS)
    options = parser.parse_args(arguments or [])
    if not options.folder:
        print("no films: name a folder of .dzn files, or set DRUMBEAT_FILMS")
        return
    rows = []
    for file in sorted(Path(options.folder).glob("*.dzn")):
        problem = read_talent(file.read_text(encoding="utf-8"), file.stem)
        solve(problem, seconds=0.1, workers=options.workers)
        began = perf_counter()
        result = solve(problem, seconds=options.seconds, workers=options.workers)
        row = {
            "film": file.stem,
            "scenes": problem.num_tasks,
            "pay": round(result.worth.hold_pay, 6),
            "bound": round(result.bound, 6),
            "is_optimal": result.is_optimal,
            "wall_seconds": round(perf_counter() - began, 3),
            "findings": check_schedule(problem, result.schedule).count,
        }
        told = "proven" if row["is_optimal"] else f"bound {row['bound']:g}"
        print(
            f"{row['film']:12}{row['scenes']:>4} scenes, pay {row['pay']:g}, {told}, {row['wall_seconds']} s",
            flush=True,
        )
        rows.append(row)
    document = {"machine": platform.machine(), "cores": os.cpu_count(), "rows": rows}
    options.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
