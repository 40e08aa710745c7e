"""Two years of the SMT2020 high-volume fab on one core, against what its authors published.

    python -m benchmarks.twin.bench_smt2020 FOLDER [--replications 5] [--days 730]

FOLDER holds SMT2020_HVLM (the AutoSched files) and the reference_*.txt files. The published figures are means over two
years from the work in progress of WIP.txt; lots of WIP.txt itself don't count in them. Kopp, Hassoun, Kalir and Moench,
IEEE Transactions on Semiconductor Manufacturing 33(4), 2020, doi 10.1109/TSM.2020.3001933.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

import numpy as np

from drumbeat.twin.engine.floor.problem import FloorProblem
from drumbeat.twin.engine.floor.result import BROKEN, IN_CARE, RUNNING, SETTING_UP, FloorResult
from drumbeat.twin.engine.floor.simulate import simulate_floor
from drumbeat.twin.engine.smt2020 import ASSUMPTIONS, read_smt2020

RESULTS = Path(__file__).resolve().parents[1] / "results" / "twin_smt2020.json"
DAY = 86_400.0
BAND = 0.05
"""How far a figure may be from the published one, as a share of it."""

BAR_SECONDS = 60.0


def main() -> None:
    """Play, compare, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--replications", type=int, default=5)
    parser.add_argument("--days", type=float, default=730.0)
    options = parser.parse_args()
    model = options.folder / "SMT2020_HVLM"
    fab = read_smt2020({path.name: path.read_text() for path in model.iterdir()})
    simulate_floor(fab, until=DAY)  # compile, or load what is compiled
    plays, seconds, walls = [], [], []
    for r in range(options.replications):
        start, began = time.perf_counter(), time.process_time()
        plays.append(simulate_floor(fab, until=options.days * DAY, seed=1, first=r))
        seconds.append(time.process_time() - began)
        walls.append(time.perf_counter() - start)
        events = int(plays[-1].events[0])
        print(f"replication {r}: {seconds[-1]:.1f} s of one core, {walls[-1]:.1f} s by the clock, {events:,} events")
    lots = compare_lots(options.folder, fab, plays)
    for row in lots:
        print(row)
    answer = {
        "what": f"SMT2020 high-volume fab, {options.days:.0f} days, {options.replications} replications, one core",
        "processor_seconds": {"best": min(seconds), "median": float(np.median(seconds)), "worst": max(seconds)},
        "wall_seconds": {"best": min(walls), "median": float(np.median(walls)), "worst": max(walls)},
        "bar_seconds": BAR_SECONDS,
        "events": int(np.mean([play.events[0] for play in plays])),
        "events_per_second": float(np.median([p.events[0] / s for p, s in zip(plays, seconds, strict=True)])),
        "load_average_at_end": os.getloadavg()[0],
        "band": BAND,
        "inside_band": sum(row["inside"] for row in lots),
        "figures": len(lots),
        "lots": lots,
        "tool_groups": compare_groups(options.folder, fab, plays),
        "assumptions": list(ASSUMPTIONS),
    }
    if options.days == 730.0:
        RESULTS.write_text(json.dumps(answer, indent=2) + "\n")
    print(
        f"{answer['inside_band']} of {answer['figures']} figures within {BAND:.0%}; median {np.median(seconds):.1f} s"
    )


def read_reference(path: Path) -> dict[str, dict[str, float]]:
    """Published figures by name."""
    rows = [line.split() for line in path.read_text().splitlines() if line.strip()]
    return {row[0]: dict(zip(rows[0][1:], map(float, row[1:]), strict=True)) for row in rows[1:]}


def compare_lots(folder: Path, fab: FloorProblem, plays: list[FloorResult]) -> list[dict[str, object]]:
    """Lots out, cycle time in days and share on time of each kind of lot, beside the published ones."""
    number = {key: p for p, key in enumerate(fab.products.keys)}
    found: list[dict[str, object]] = []
    for name, told in read_reference(folder / "reference_lots_SMT2020_HVLM.txt").items():
        p = number[name]
        for figure, published, values in (
            ("lots out", told["th"], [play.finished[0, p] for play in plays]),
            ("cycle time, days", told["act"], [play.mean_cycle_seconds()[0, p] / DAY for play in plays]),
            ("on time, percent", told["on_time"], [100 * play.on_time_share()[0, p] for play in plays]),
        ):
            mean = float(np.mean(values))
            spread = float(np.std(values, ddof=1)) if len(values) > 1 else float("nan")
            found.append({
                "lot": name, "figure": figure, "published": published, "mean": mean, "spread": spread,
                "difference": mean / published - 1, "inside": bool(abs(mean / published - 1) <= BAND),
            })  # fmt: skip
    return found


def compare_groups(folder: Path, fab: FloorProblem, plays: list[FloorResult]) -> dict[str, float]:
    """Median and largest distance, in points, of availability, utilisation and setups from those published.

    Utilisation of tools that cascade is left out: here such a tool is busy until it can take another lot, in the
    published figures until its last lot has left.
    """
    reference = read_reference(folder / "reference_machines_SMT2020_HVLM.txt")
    available, used, changing = [], [], []
    for g, key in enumerate(fab.groups.keys):
        machines = fab.groups.machine[fab.groups.ptr[g] : fab.groups.ptr[g + 1]]
        seconds = np.sum([play.machine_seconds[0, machines].sum(axis=0) for play in plays], axis=0)
        share = 1 - (seconds[BROKEN] + seconds[IN_CARE]) / seconds.sum()
        available.append(100 * share - reference[key]["avail"])
        if reference[key]["setup"] > 0:
            changing.append(100 * seconds[SETTING_UP] / seconds.sum() - reference[key]["setup"])
        if not fab.machines.is_ahead[machines[0]]:
            busy = (seconds[RUNNING] + seconds[SETTING_UP]) / seconds.sum() / share
            used.append(100 * busy - reference[key]["util"])
    return {
        "groups": len(available),
        "availability_median": float(np.median(np.abs(available))),
        "availability_worst": float(np.abs(available).max()),
        "groups_without_cascade": len(used),
        "utilisation_median": float(np.median(np.abs(used))),
        "utilisation_worst": float(np.abs(used).max()),
        "groups_with_setups": len(changing),
        "setup_share_median": float(np.median(np.abs(changing))),
        "setup_share_worst": float(np.abs(changing).max()),
    }


if __name__ == "__main__":
    main()
