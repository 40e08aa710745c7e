"""How long load, the master plan and the review of stock take on the demo company.

`python -m benchmarks.planning.bench_master [--sizes s,m]`; results in results/planning_master.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "drumbeat.site.settings")

RESULTS = Path(__file__).resolve().parents[1] / "results" / "planning_master.json"


def measure(size: str) -> dict[str, Any]:
    """Measure one size of the demo company."""
    from drumbeat.lab.company import make_company
    from drumbeat.planning.actions import make_plan
    from drumbeat.planning.compile_master import MasterTerms
    from drumbeat.planning.engine.master.check_master import check_master
    from drumbeat.planning.make_master import make_master
    from drumbeat.planning.set_policies import set_policies
    from drumbeat.planning.weigh_load import weigh_load

    snapshot = make_company(size)
    plan = make_plan(snapshot)
    row: dict[str, Any] = {"size": size, "machines": plan.load.machines.height, "buffers": plan.problem.num_buffers}
    for name, work in (
        ("load", lambda: weigh_load(snapshot, plan.orders)),
        ("stock", lambda: set_policies(snapshot)),
        ("master", lambda: make_master(snapshot)),
        ("master_with_shifts", lambda: make_master(snapshot, MasterTerms(extra_shifts=2))),
    ):
        started = time.perf_counter()
        found = work()
        row[f"{name}_seconds"] = round(time.perf_counter() - started, 3)
        if name.startswith("master"):
            findings = check_master(found.compiled.problem, found.plan)
            if findings:
                raise SystemExit(f"the judge refuses the master plan of {size}: {findings.as_json()}")
            row[f"{name}_gap"] = round((found.plan.cost - found.plan.bound) / max(abs(found.plan.cost), 1.0), 6)
    return row


def main(arguments: list[str] | None = None) -> None:
    """Measure, print and write."""
    import django

    django.setup()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="s,m")
    rows = [measure(size) for size in parser.parse_args(arguments or []).sizes.split(",")]
    for row in rows:
        print(row)
    document = {"machine": platform.machine(), "cores": os.cpu_count(), "rows": rows}
    RESULTS.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
