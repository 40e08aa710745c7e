"""Measure roadmaps: against the usual ways on generated plants, and how fast thousands are judged and ranked."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.strategy.make_roadmaps import make_roadmap_problem
from drumbeat.basics.arrays import Floats
from drumbeat.basics.intervals import mean_interval
from drumbeat.strategy.engine.roadmap.check import check_roadmap
from drumbeat.strategy.engine.roadmap.draw_futures import draw_futures
from drumbeat.strategy.engine.roadmap.evaluate import ThroughputModel, do_nothing
from drumbeat.strategy.engine.roadmap.improve import judge, take_futures
from drumbeat.strategy.engine.roadmap.make_candidates import make_candidates
from drumbeat.strategy.engine.roadmap.optimise import StudyParams, study_roadmaps

RESULT = Path(__file__).resolve().parents[1] / "results" / "strategy_roadmap.json"
SEEDS = range(100, 140)
"""Plants that are measured. The optimiser was written looking at those of seeds 0 to 19, never at these."""
USUAL = ("greedy", "on_means")
"""The ways that a roadmap has to beat, both on the same plant."""
SHORT_LIST = 12
PARAMS = StudyParams(candidates=1000, fresh_futures=4000, cautions=(0.0,))


def measure_plant(seed: int) -> dict[str, Any]:
    """Plan on one generated plant and judge on fresh futures, against the usual ways."""
    problem = make_roadmap_problem(seed)
    began = perf_counter()
    study = study_roadmaps(problem, PARAMS)
    row: dict[str, Any] = {
        "seed": seed, "seconds": round(perf_counter() - began, 2), "value": round(study.worths["chosen"].mean),
        "broken_rules": check_roadmap(problem, study.chosen).count,
    }  # fmt: skip
    for other in (*USUAL, "fixed"):
        row[other] = [round(part) for part in study.gain("chosen", other)]
    return row


def measure_plants(known: dict[str, Any]) -> dict[str, Any]:
    """Plan on generated plants; those that are measured already are kept, so that a long run can go on."""
    is_same = known.get("params") == asdict(PARAMS) | {"cautions": list(PARAMS.cautions)}
    rows = {row["seed"]: row for row in known.get("plants", []) if is_same and row["seed"] in SEEDS}
    for seed in SEEDS:
        if seed not in rows:
            rows[seed] = measure_plant(seed)
            write("plants", sum_up(list(rows.values())))
    return sum_up(list(rows.values()))


def sum_up(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Count on how many plants it is better, the same or worse, and by what share of the value of all together.

    A share of one plant's value says nothing where that value is next to nothing: gains and values are summed first.
    The interval of the ratio of sums is that of a sample of plants (linearised; Cochran 1977, 6.4).
    """
    told: dict[str, Any] = {
        "params": asdict(PARAMS), "plants": rows,
        "better_than_both": sum(all(row[other][1] > 0 for other in USUAL) for row in rows),
    }  # fmt: skip
    values = np.array([row["value"] for row in rows], dtype=float)
    for other in (*USUAL, "fixed"):
        gains = np.array([row[other][0] for row in rows])
        counts = {
            "better": sum(row[other][1] > 0 for row in rows), "as_good": sum(row[other][0] == 0 for row in rows),
            "worse": sum(row[other][2] < 0 for row in rows),
        }  # fmt: skip
        told[other] = counts | {
            "not_told_apart": len(rows) - sum(counts.values()), "total_gain_share": share_of_sums(gains, values)
        }  # fmt: skip
    return told


def share_of_sums(gains: Floats, values: Floats) -> list[float]:
    """Sum of gains as a share of the sum of values, with its 95 % interval over plants; empty where that is 0."""
    whole = float(values.sum())
    if whole <= 0:
        return []
    share = float(gains.sum()) / whole
    _, low, high = mean_interval((gains - share * values) / values.mean())
    return [round(part, 4) for part in (share, share + low, share + high)]


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


def pick_short_list(values: np.ndarray) -> list[int]:
    """Pick the front of expected value against worst tenth, the boldest first, and fill it up with the next best."""
    means, worst = judge(values, 0.0), judge(values, 1.0)
    order, front, least = np.argsort(-means, kind="stable").tolist(), [], -np.inf
    for at in order:
        if worst[at] > least:
            front.append(at)
            least = worst[at]
    front = front[: SHORT_LIST // 2]
    return front + [at for at in order if at not in front][: SHORT_LIST - len(front)]


def measure_twin() -> dict[str, Any]:
    """Judge 2,000 candidates of a 60-machine plant over three years: the model screens all, the twin the short list.

    The short list is what the model leaves: the front of value against worst tenth, and the best by value.
    """
    from benchmarks.strategy.make_twin_plant import make_twin_plant
    from drumbeat.strategy.engine.roadmap.judge_by_twin import JudgeParams, judge_by_twin

    problem, plant = make_twin_plant(1)
    futures = draw_futures(problem, 256, seed=3)
    candidates = make_candidates(problem, 2000, seed=1)
    params = JudgeParams(step=8, most=16, cores=2)
    judge_by_twin(problem, plant, candidates[:2], futures, replace(params, step=2, most=2))  # compiles
    began = perf_counter()
    some = take_futures(futures, np.arange(64))
    values = ThroughputModel(problem, cores=2)([*candidates, do_nothing(problem)], some)
    short_list = [candidates[at] for at in pick_short_list(values[:-1] - values[-1])]
    screened = perf_counter() - began
    found = judge_by_twin(problem, plant, short_list, futures, params)
    seconds = perf_counter() - began
    best = found.values[found.best]
    return {
        "machines": 60, "candidates": len(candidates), "years": 3, "seconds": round(seconds, 1),
        "screening_seconds": round(screened, 1), "cores": 2, "short_list": len(short_list),
        "futures": best.futures, "periods_played": found.plays, "agreement": round(found.agreement, 3),
        "best": [round(part) for part in best.value], "best_by_model": round(best.by_model),
        "place_by_model": found.best, "probability_best": round(float(found.weighing.probability_best[found.best]), 3),
        "expected_loss": round(float(found.weighing.expected_loss[found.best])),
        "share_explained": round(float(np.median([one.share_explained for one in found.values])), 3),
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
