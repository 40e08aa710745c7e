"""Measure roadmaps: against the usual ways on generated plants, and how fast thousands are judged and ranked."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.strategy.make_roadmaps import make_roadmap_problem
from drumbeat.basics.intervals import mean_interval
from drumbeat.strategy.engine.roadmap.check import check_roadmap
from drumbeat.strategy.engine.roadmap.draw_futures import draw_futures
from drumbeat.strategy.engine.roadmap.evaluate import ThroughputModel
from drumbeat.strategy.engine.roadmap.make_candidates import make_candidates
from drumbeat.strategy.engine.roadmap.optimise import StudyParams, study_roadmaps

RESULT = Path(__file__).resolve().parents[1] / "results" / "strategy_roadmap.json"
PLANTS = 20
PARAMS = StudyParams(candidates=400, futures=48, fresh_futures=1000, beginnings=1, cautions=(0.0,))


def measure_plant(seed: int) -> dict[str, Any]:
    """Plan on one generated plant and judge on fresh futures, against the usual ways."""
    problem = make_roadmap_problem(seed)
    began = perf_counter()
    study = study_roadmaps(problem, PARAMS)
    row: dict[str, Any] = {
        "seed": seed, "seconds": round(perf_counter() - began, 2), "value": round(study.worths["chosen"].mean),
        "broken_rules": check_roadmap(problem, study.chosen).count,
    }  # fmt: skip
    for other in ("greedy", "on_means", "fixed"):
        row[other] = [round(part) for part in study.gain("chosen", other)]
    return row


def measure_plants(known: dict[str, Any], count: int = PLANTS) -> dict[str, Any]:
    """Plan on generated plants; those that are measured already are kept, so that a long run can go on."""
    rows = {row["seed"]: row for row in known.get("plants", [])}
    for seed in range(count):
        if seed not in rows:
            rows[seed] = measure_plant(seed)
            write("plants", sum_up(list(rows.values())))
    return sum_up(list(rows.values()))


def sum_up(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Count on how many plants it is better, the same or worse, and by what share of the value."""
    told: dict[str, Any] = {"plants": rows}
    values = np.array([max(row["value"], 1) for row in rows])
    for other in ("greedy", "on_means", "fixed"):
        gains = np.array([row[other][0] for row in rows])
        share = mean_interval(gains / values)
        told[other] = {
            "better": sum(row[other][1] > 0 for row in rows), "as_good": sum(row[other][0] == 0 for row in rows),
            "worse": sum(row[other][2] < 0 for row in rows), "total_gain_share": round(gains.sum() / values.sum(), 4),
            "gain_share": [round(max(min(part, 9.0), -9.0), 4) for part in share],
        }  # fmt: skip
    return told


def write(name: str, part: dict[str, Any]) -> None:
    """Write one part of the result beside what is known."""
    told = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.is_file() else {}
    told[name] = part | {"load_average": round(os.getloadavg()[0], 1)}
    RESULT.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def measure_screening() -> dict[str, Any]:
    """Judge 2,000 candidates of a plant with 60 groups over three years by the throughput model."""
    problem = make_roadmap_problem(1, groups=60, flows=12)
    futures = draw_futures(problem, 64, seed=3)
    model = ThroughputModel(problem, cores=2)
    began = perf_counter()
    candidates = make_candidates(problem, 2000, seed=1)
    made = perf_counter() - began
    model(candidates[:2], futures)
    began = perf_counter()
    model(candidates, futures)
    return {"candidates": len(candidates), "groups": 60, "futures": futures.count, "made_seconds": round(made, 2),
            "judged_seconds": round(perf_counter() - began, 2), "cores": 2}  # fmt: skip


def measure_twin() -> dict[str, Any]:
    """Rank 2,000 candidates of a 60-machine plant over three years: the model screens, the twin has the last word."""
    from benchmarks.strategy.make_twin_plant import make_twin_plant
    from drumbeat.strategy.engine.roadmap.judge_by_twin import rank_by_twin

    problem, plant = make_twin_plant(1)
    futures = draw_futures(problem, 16, seed=3)
    candidates = make_candidates(problem, 2000, seed=1)
    rank_by_twin(problem, plant, candidates[:2], futures, short_list=2, plays=(1,), cores=2)  # compiles
    began = perf_counter()
    found = rank_by_twin(problem, plant, candidates, futures, short_list=24, plays=(2, 2, 4), cores=2)
    seconds = perf_counter() - began
    best = mean_interval(found.values[0])
    return {
        "machines": 60, "candidates": len(candidates), "years": 3, "seconds": round(seconds, 1), "cores": 2,
        "short_list": 24, "futures": int(found.values.shape[1]), "periods_played": found.plays,
        "agreement": round(found.agreement, 3), "best": [round(part) for part in best],
    }  # fmt: skip


def main() -> None:
    """Measure what is asked for (all by default)."""
    known = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.is_file() else {}
    parts = {"plants": lambda: measure_plants(known.get("plants", {})), "screening": measure_screening,
             "twin": measure_twin}  # fmt: skip
    for name in [word for word in sys.argv[1:] if word in parts] or list(parts):
        write(name, parts[name]())


if __name__ == "__main__":
    main()
