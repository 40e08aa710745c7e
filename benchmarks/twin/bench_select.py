"""Choosing among designs: how often the choice is good, and what it takes, against known truth.

`normal`: 500 designs with normal values, the same budget spent evenly on luck of their own, evenly on shared luck, and
by halving on shared luck. `guarantee`: Kim & Nelson's selection where a wrong choice is likeliest. `roadmaps`: 2,000
roadmaps of a 60-machine plant over a year, on the general event kernel; trials that are measured already are kept.
`truth`: of these trials, good = within the indifference zone of the best by long runs of every plausible contender.
`emulated`: the same 2,000 roadmaps with normal values of the spread seen on the floor, where the truth of each is known
exactly and trials are cheap.

`python -m benchmarks.twin.bench_select [normal guarantee emulated roadmaps truth] [--trials N] [--cores N]`; parts that
are not named keep the figures of their last run.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.twin.make_measures import MEASURES, Roadmaps, draw_roadmaps
from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.intervals import wilson_interval
from drumbeat.twin.engine.select import SelectParams, Workers, eliminate, halve, select_best

RESULTS = Path(__file__).resolve().parents[1] / "results" / "twin_select.json"
NUM_ROADMAPS, PLANT_SEED, LOAD = 2000, 1, 1.12
DELTA = 20.0
"""Indifference zone of a roadmap's worth in thousands: about 0.4 % of what the plant earns in the year."""

PARAMS = {"short_list": 6, "budget": 1000, "first_stage": 16, "most": 120}
LONG_RUN = 100
"""Replications of the long runs that tell the truth; designs that are clearly behind by then are played no longer."""

KEPT = Path(tempfile.gettempdir())
"""Where the estimates of a trial's screening are kept until the truth is told."""

CONTENDERS = 24
"""Designs that all screenings together put first, which are played for the truth whether or not a trial had them."""


@dataclass(frozen=True)
class Emulated:
    """Normal designs: value = mean + luck of the replication + luck of each measure in it + luck of the design.

    Without features there is no luck of measures; `is_common` False gives each design luck of its own.
    """

    means: Floats
    shared: float
    own: float
    seed: int
    features: Floats | None = None
    of_measures: float = 0.0
    is_common: bool = True

    def __call__(self, designs: Int64s, first: int, last: int, /) -> Floats:
        """Draw values; a replication's are the same whoever asks."""
        return np.column_stack([self._draw(designs, r) for r in range(first, last)])

    def _draw(self, designs: Int64s, r: int) -> Floats:
        luck = np.random.default_rng([self.seed, r])  # noqa: TID251 - it is an input
        own = luck.standard_normal(len(self.means)) * self.own
        shared = luck.standard_normal(len(self.means)) if not self.is_common else luck.standard_normal()
        values = self.means + shared * self.shared + own
        if self.features is not None:
            values = values + self.features @ luck.standard_normal(self.features.shape[1]) * self.of_measures
        return np.asarray(values[designs])


def _share(good: list[bool]) -> dict[str, Any]:
    low, high = wilson_interval(sum(good), len(good))
    return {
        "good": sum(good),
        "trials": len(good),
        "share": float(np.mean(good)),
        "low": float(low),
        "high": float(high),
    }


def bench_normal(trials: int = 200) -> dict[str, Any]:
    """500 designs, eight plays for each on average; the luck of a replication three times the spread of the designs."""
    ranks = (np.arange(500) + 0.5) / 500
    means = np.array([math.sqrt(2) * _inverse_error(2 * rank - 1) for rank in ranks])
    good, budget, found = means >= means.max() - 0.25, 500 * 8, {"equal": [], "equal_shared": [], "halving": []}
    for seed in range(trials):
        apart = Emulated(means, 3.0, 0.4, seed, is_common=False)(np.arange(500), 0, 8).mean(axis=1)
        together = Emulated(means, 3.0, 0.4, seed)(np.arange(500), 0, 8).mean(axis=1)
        halved = halve(
            Emulated(means, 3.0, 0.4, seed), np.arange(500), SelectParams(delta=0.25, budget=budget, short_list=1)
        )
        found["equal"].append(bool(good[apart.argmax()]))
        found["equal_shared"].append(bool(good[together.argmax()]))
        found["halving"].append(bool(good[halved.designs[0]]))
    return {"designs": 500, "plays": budget} | {name: _share(one) for name, one in found.items()}


def _inverse_error(x: float) -> float:
    from scipy.special import erfinv

    return float(erfinv(x))


def bench_guarantee(trials: int = 400) -> dict[str, Any]:
    """Ten designs, the best better by exactly the indifference zone: promised 95 %."""
    means = np.zeros(10)
    means[3] = 1.0
    rows = {}
    for name, shared in (("own_luck", False), ("shared_luck", True)):
        good, plays = [], []
        for seed in range(trials):
            play = Emulated(means, 3.0, 1.0, seed, is_common=shared)
            found = eliminate(play, np.arange(10), SelectParams(delta=1.0, alpha=0.05))
            good.append(bool(found.designs[found.best] == 3))
            plays.append(int(found.replications.sum()))
        rows[name] = _share(good) | {"mean_plays": float(np.mean(plays))}
    return {"promised": 0.95} | rows


def bench_emulated(told: dict[str, Any], trials: int = 100) -> dict[str, Any]:
    """2,000 roadmaps with effects and luck of the sizes seen on the floor."""
    features = draw_roadmaps(NUM_ROADMAPS, PLANT_SEED)
    spread = told["spread"]
    luck = np.random.default_rng(PLANT_SEED)  # noqa: TID251 - it makes an input
    good, explained, took = [], [], []
    for seed in range(trials):
        effects = luck.normal(0.0, spread["effects"], features.shape[1])
        pairs = luck.normal(0.0, spread["pairs"], (features.shape[1], features.shape[1]))
        means = features @ effects + ((features @ pairs) * features).sum(axis=1)
        means = means + luck.normal(0.0, spread["odd"], len(features))
        play = Emulated(means, spread["shared"], spread["own"], seed, features, spread["of_measures"])
        began = time.process_time()
        found = select_best(play, len(features), SelectParams(delta=DELTA, seed=seed, **PARAMS), features=features)
        took.append(time.process_time() - began)
        good.append(bool(means[found.best] >= means.max() - DELTA))
        explained.append(found.screening.share_explained if found.screening else 0.0)
    return _share(good) | {"spread": spread, "share_explained": float(np.mean(explained)),
                           "own_cpu_seconds": float(np.median(took))}  # fmt: skip


def bench_roadmaps(known: dict[str, Any], trials: int, cores: int) -> dict[str, Any]:
    """Trials on the floor, each with other luck; those that are measured already are kept, so that it can go on."""
    features = draw_roadmaps(NUM_ROADMAPS, PLANT_SEED)
    done = {row["seed"]: row for row in known.get("trial", []) if row["params"] == PARAMS}
    Roadmaps(features, PLANT_SEED, 999, LOAD)(np.arange(1), 0, 1)
    for seed in range(1, trials + 1):
        if seed not in done:
            done[seed] = _try_on_floor(features, seed, cores)
    rows = [done[seed] for seed in sorted(done)]
    return {"trial": rows, "cores": cores} | {
        name: float(np.median([row[name] for row in rows]))
        for name in ("wall_seconds", "cpu_seconds", "plays", "load_average")
    }


def _try_on_floor(features: Floats, seed: int, cores: int) -> dict[str, Any]:
    play = Roadmaps(features, PLANT_SEED, seed, LOAD)
    wall, cpu = time.perf_counter(), time.process_time()
    params = SelectParams(delta=DELTA, seed=seed, **PARAMS)
    found = select_best(play, len(features), params, features=features, workers=Workers(cores=cores))
    row = {
        "seed": seed, "params": PARAMS, "wall_seconds": time.perf_counter() - wall,
        "cpu_seconds": time.process_time() - cpu, "load_average": os.getloadavg()[0],
        "plays": found.num_plays, "best": found.best, "is_guaranteed": found.is_guaranteed,
        "short_list": found.short_list.tolist(),
    }  # fmt: skip
    if found.screening and found.weighing:
        row["share_explained"] = found.screening.share_explained
        np.save(KEPT / f"{_name_trial(seed)}.npy", found.screening.estimates)
        row["expected_loss"] = float(found.weighing.expected_loss[0])
    return row


def _name_trial(seed: int) -> str:
    return f"drumbeat-select-{PARAMS['budget']}-{seed}"


def tell_truth(known: dict[str, Any], cores: int) -> dict[str, Any]:
    """Judge the trials by long runs of every plausible contender, on luck that no trial saw.

    Contenders are what any trial chose or had on its short list, and those that the screenings of all trials put first
    together: the mean of their estimates rests on some thousand plays.
    """
    rows = known["trial"]
    features = draw_roadmaps(NUM_ROADMAPS, PLANT_SEED)
    together = np.mean([np.load(KEPT / f"{_name_trial(row['seed'])}.npy") for row in rows], axis=0)
    listed = {one for row in rows for one in row["short_list"]} | set(np.argsort(-together)[:CONTENDERS].tolist())
    designs = np.array(sorted(listed), dtype=np.int64)
    params = SelectParams(delta=DELTA / 4, alpha=0.01, first_stage=20, most=LONG_RUN)
    play = Roadmaps(features, PLANT_SEED, 10_000, LOAD)
    found = eliminate(play, designs, params, workers=Workers(cores=cores))
    truth = {
        int(design): float(row[:end].mean() - found.values[found.best][:end].mean())
        for design, row, end in zip(found.designs, found.values, found.replications, strict=True)
    }
    losses = [max(truth.values()) - truth[row["best"]] for row in rows]
    return _share([loss <= DELTA for loss in losses]) | {
        "losses": losses, "long_runs": len(designs), "replications_of_long_runs": LONG_RUN,
        "truth": {str(design): round(value, 1) for design, value in sorted(truth.items(), key=lambda one: -one[1])},
    }  # fmt: skip


def measure_spread(cores: int) -> dict[str, float]:
    """Sizes of effects and luck on the floor, from each measure alone, for the emulated roadmaps."""
    num = len(MEASURES)
    alone = Roadmaps(np.vstack([np.zeros(num), np.eye(num)]), PLANT_SEED, 7, LOAD)
    from drumbeat.twin.engine.select.play import play

    values = play(alone, np.arange(num + 1), 0, 8, Workers(cores=cores))
    gains = values[1:] - values[0]
    return {
        "shared": float(values[0].std(ddof=1)), "effects": float(gains.mean(axis=1).std(ddof=1)),
        "pairs": 0.15 * float(gains.mean(axis=1).std(ddof=1)), "odd": 0.25 * DELTA,
        "of_measures": float(np.median(gains.std(axis=1, ddof=1))) / math.sqrt(2),
        "own": float(np.median(gains.std(axis=1, ddof=1))) / math.sqrt(2),
    }  # fmt: skip


def run(parts: list[str], trials: int, cores: int) -> dict[str, Any]:
    """Run parts and write all of them."""
    told: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
    told["designs"], told["delta"], told["params"] = NUM_ROADMAPS, DELTA, PARAMS
    if "normal" in parts:
        told["normal"] = bench_normal()
    if "guarantee" in parts:
        told["guarantee"] = bench_guarantee()
    if "spread" in parts or "spread" not in told:
        told["spread"] = measure_spread(cores)
    if "emulated" in parts:
        told["emulated"] = bench_emulated(told)
    if "roadmaps" in parts:
        told["roadmaps"] = bench_roadmaps(told.get("roadmaps", {}), trials, cores)
        told["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if "truth" in parts:
        told["roadmaps"] |= tell_truth(told["roadmaps"], cores)
    RESULTS.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return told


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    every = ["normal", "guarantee", "emulated", "roadmaps", "truth"]
    parser.add_argument("parts", nargs="*", default=every)
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--cores", type=int, default=2)
    given = parser.parse_args()
    told = run(given.parts, given.trials, given.cores)
    print(json.dumps({name: told.get(name) for name in given.parts}, indent=1))


if __name__ == "__main__":
    main()
