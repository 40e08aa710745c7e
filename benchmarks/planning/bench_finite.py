"""How long a plan against material and capacity takes, and how many demands come late: two synthetic plants.

Run with `python -m benchmarks.planning.bench_finite FOLDER` (the folder of the plants' JSON files, or DRUMBEAT_PLANTS);
writes `benchmarks/results/planning_finite.json`. Warm: what is compiled on first use is left out.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from datetime import timedelta
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "drumbeat.site.settings")

RESULTS = Path(__file__).resolve().parents[1] / "results" / "planning_finite.json"
PEER_LATE = {"p100_d1000_m10": 141, "p500_d5000_m40": 1064}
"""Late demands of another planner's finite plan, as published with the plants; its plans leave machines overloaded."""


def measure(path: Path) -> dict[str, object]:
    """Plan one plant twice and tell of the second time; then ask for one promise."""
    from benchmarks.planning.read_synthetic import SITE, read_synthetic
    from drumbeat.scheduling.engine.check import check_schedule
    from drumbeat.scheduling.plan_finitely import plan_finitely
    from drumbeat.scheduling.promise import promise

    snapshot = read_synthetic(path)
    plan_finitely(snapshot)
    began = time.perf_counter()
    plan = plan_finitely(snapshot)
    seconds = time.perf_counter() - began
    began = time.perf_counter()
    item = snapshot["demand_line"]["item"][0]
    answer = promise(snapshot, item, SITE, 10, snapshot.as_of + timedelta(days=30), lessons=plan.lessons)
    return {
        "plant": path.stem,
        "demands": plan.deliveries.height,
        "tasks": plan.schedule.problem.num_tasks,
        "late": plan.num_late,
        "passes": plan.passes,
        "peer_late": PEER_LATE.get(path.stem),
        "findings": check_schedule(plan.schedule.problem, plan.schedule.result.schedule).count,
        "seconds": round(seconds, 3),
        "promise_seconds": round(time.perf_counter() - began, 3),
        "promise_is_kept": answer.delivered_at is not None,
    }


def main(arguments: list[str] | None = None) -> None:
    """Measure all plants of a folder, print and write; without a folder there is nothing to measure."""
    folder = (arguments or [os.environ.get("DRUMBEAT_PLANTS", "")])[0]
    if not folder:
        print("no plants: name a folder of JSON files, or set DRUMBEAT_PLANTS")
        return
    import django

    django.setup()
    rows = [measure(path) for path in sorted(Path(folder).glob("*.json"))]
    for row in rows:
        print(row)
    document = {"machine": platform.machine(), "cores": os.cpu_count(), "rows": rows}
    RESULTS.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
