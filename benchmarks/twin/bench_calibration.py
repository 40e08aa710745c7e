"""Does it hold what the twin says? Plants whose truth the test knows, parameters estimated from their own logs.

Each plant runs for some weeks; the twin learns from the log, schedules the next orders and says how sure each is. Then
the plant lives the coming weeks many times, with that schedule's machines and sequences and its own true luck.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.twin.make_reality import Plant, make_plant, promise
from drumbeat.data.snapshot import Snapshot
from drumbeat.scheduling.actions import ScheduleRun
from drumbeat.twin.actions import compile_network, simulate
from drumbeat.twin.engine.doubt import Doubt
from drumbeat.twin.engine.simulate_schedule import simulate_schedule
from drumbeat.twin.engine.validate.score import measure_coverage, score_probabilities
from drumbeat.twin.follow_kept import KeptSchedule
from drumbeat.twin.validate_plant import correct_by_past, follow_sequence, validate
from drumbeat.twin.validate_play import validate_play

HOLDOUT = 3000
"""First seed of plants that were never looked at while the twin was made."""

RESULTS = Path(__file__).resolve().parents[1] / "results" / "twin_calibration.json"


def play_plant(
    seed: int, futures: int, replications: int, weeks: int, keeps_machines: bool = True
) -> dict[str, np.ndarray]:
    """Schedule, say how sure, and live: by order and future, what was said and how it came out."""
    plant = make_plant(seed, weeks)
    snapshot, schedule = schedule_plant(plant, seed)
    network, uncertainty, _ = compile_network(snapshot, schedule)
    said = simulate_schedule(network, uncertainty, replications=replications, seed=1, num_threats=0).jobs
    sure = simulate_schedule(
        network, replace(uncertainty, doubt=Doubt()), replications=replications, seed=1, num_threats=0
    ).jobs
    origin = snapshot.as_of
    ends = [plant.play(schedule.tasks, keeps_machines) for _ in range(futures)]
    orders = schedule.orders["order"].to_list()
    actual = np.array([[(end[order] - origin).total_seconds() for end in ends] for order in orders])
    on_time = actual <= said.due[:, None]
    return {
        "said": np.repeat(said.probability, futures),
        "sure": np.repeat(sure.probability, futures),
        "held": on_time.ravel().astype(float),
        "actual": actual.ravel(),
        **{name: np.repeat(getattr(said, f"{name}_end").astype(float), futures) for name in ("p50", "p80", "p95")},
    }


def schedule_plant(plant: Plant, seed: int) -> tuple[Snapshot, ScheduleRun]:
    """Schedule the new orders of a plant, and promise them; the plant with its promises, and the schedule."""
    rng = np.random.default_rng(10_000 + seed)  # noqa: TID251 - it makes an input
    new = plant.snapshot["order"].filter(pl.col("state").cast(pl.String) == "released")["code"].to_list()
    drawn = pl.DataFrame({"task": [f"{code}/{10 * s}" for code in new for s in (1, 2, 3)]}).with_columns(
        starts_at=pl.Series([place for place in range(len(new)) for _ in range(3)])
    )
    first = follow_sequence(plant.snapshot, drawn)
    snapshot = promise(plant, first.tasks, rng)
    return snapshot, follow_sequence(snapshot, drawn)


def look_back(
    seed: int, futures: int, replications: int, weeks: int = 16, keeps: bool = True, ahead: int = 5
) -> pl.DataFrame:
    """Let a plant live on with its schedule, and validate the twin from afterwards; the orders of that week.

    With `keeps` the schedule was kept when it was made; otherwise the twin sees only what was done. The column
    `said_then` has what the twin said when the schedule was made.
    """
    plant = make_plant(seed, weeks)
    snapshot, schedule = schedule_plant(plant, seed)
    then = simulate(snapshot, schedule, replications=replications, seed=1).orders
    said = then.select("order", pl.col("probability").alias("said_then"))
    parts = []
    for _ in range(futures):
        later = plant.live_on(schedule.tasks, snapshot["order"], ahead)
        kept = [KeptSchedule(1, snapshot.as_of, schedule.tasks)] if keeps else []
        run = validate(later, weeks=ahead, replications=replications, schedules=kept)
        parts.append(run.orders.filter(pl.col("said_at") == snapshot.as_of).join(said, on="order"))
    return pl.concat(parts)


def measure_scheduled(plants: int = 8, futures: int = 6, first: int = HOLDOUT) -> dict[str, Any]:
    """Plants that kept to their schedule looked back on: with the schedule of then, and without it."""
    table: dict[str, Any] = {"plants": plants, "futures": futures, "first_seed": first}
    looked = {
        keeps: pl.concat([look_back(first + seed, futures, 200, keeps=keeps) for seed in range(plants)])
        for keeps in (True, False)
    }
    for name, keeps, column in (
        ("said_when_the_schedule_was_made", True, "said_then"),
        ("with_the_schedule_of_then", True, "probability"),
        ("without_it", False, "probability"),
    ):
        held = looked[keeps]["is_on_time"].cast(pl.Float64).to_numpy()
        score = score_probabilities(looked[keeps][column].to_numpy(), held)
        table[name] = {
            "predictions": score.num_resolved, "calibration_error": round(score.error, 4), "bias": round(score.bias, 4),
            "brier": round(score.brier, 4), "skill": round(score.skill, 4),
        }  # fmt: skip
    return table


def measure(
    plants: int = 40, futures: int = 12, replications: int = 500, weeks: int = 16, first: int = 0
) -> dict[str, Any]:
    """Play plants with seeds from `first` on and return the table."""
    start = time.perf_counter()
    parts = [play_plant(first + seed, futures, replications, weeks) for seed in range(plants)]
    return {
        "weeks_of_log": weeks,
        **sum_up(parts),
        "seconds": round(time.perf_counter() - start, 1),
        "load_average": round(os.getloadavg()[0], 1),
    }


def sum_up(parts: list[dict[str, np.ndarray]]) -> dict[str, Any]:
    """Score all plants together; the interval of the error is that of a bootstrap over plants."""
    whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    score, alone = score_probabilities(whole["said"], whole["held"]), score_probabilities(whole["sure"], whole["held"])
    rng = np.random.default_rng(1)  # noqa: TID251 - it judges
    errors = []
    for _ in range(200):
        picked = rng.integers(len(parts), size=len(parts))
        said, held = (np.concatenate([parts[p][name] for p in picked]) for name in ("said", "held"))
        errors.append(score_probabilities(said, held).error)
    curve = score.curve
    return {
        "plants": len(parts),
        "orders_and_futures": score.num_resolved,
        "calibration_error": round(score.error, 4),
        "calibration_error_interval": [round(float(x), 4) for x in np.quantile(errors, (0.025, 0.975))],
        "calibration_error_without_parameter_uncertainty": round(alone.error, 4),
        "bias": round(score.bias, 4),
        "brier": round(score.brier, 4),
        "skill": round(score.skill, 4),
        "curve": [
            {"said": round(float(a), 4), "held": round(float(b), 4), "count": int(c)}
            for a, b, c in zip(curve.said, curve.held, curve.count, strict=True)
        ],
        "promises_kept": {
            name: round(measure_coverage(share, whole[name], whole["actual"]).kept.value, 4)
            for name, share in (("p50", 0.5), ("p80", 0.8), ("p95", 0.95))
        },
    }


def measure_replayed(plants: int = 8, first: int = HOLDOUT) -> dict[str, Any]:
    """Such plants looked back on: `drumbeat twin validate` over the last four weeks of each."""
    runs = [validate(make_plant(first + seed, 16).snapshot, weeks=4, replications=200) for seed in range(plants)]
    orders = pl.concat([run.orders for run in runs])
    held = orders["is_on_time"].cast(pl.Float64).to_numpy()
    score = score_probabilities(orders["probability"].to_numpy(), held)
    later = [run.orders["said_at"] > run.orders["said_at"].min() for run in runs]
    corrected = np.concatenate(
        [correct_by_past(run.orders)[keep.to_numpy()] for run, keep in zip(runs, later, strict=True)]
    )
    keep = pl.concat(later).to_numpy()
    raw = score_probabilities(orders["probability"].to_numpy()[keep], held[keep])
    right = score_probabilities(corrected, held[keep])
    return {
        "plants": plants, "first_seed": first, "predictions": score.num_resolved,
        "calibration_error": round(score.error, 4),
        "calibration_error_of_later_weeks": round(raw.error, 4),
        "calibration_error_of_later_weeks_put_right_by_earlier_ones": round(right.error, 4),
        "brier": round(score.brier, 4), "skill": round(score.skill, 4), "bias": round(score.bias, 4),
    }  # fmt: skip


def measure_carried_over(plants: int = 5, first: int = HOLDOUT) -> dict[str, Any]:
    """What replayed weeks teach, laid on predictions of a schedule to come: better or worse?

    People keep to the schedule's machines, or take whichever is free.
    """
    taught = [
        validate(make_plant(first + seed, 16).snapshot, weeks=5, replications=100).recalibration
        for seed in range(plants)
    ]
    table: dict[str, Any] = {"plants": plants, "first_seed": first}
    for name, keeps in (("kept_machines", True), ("free_machines", False)):
        parts = [play_plant(first + seed, 10, 400, 16, keeps) for seed in range(plants)]
        said, held = (np.concatenate([part[column] for part in parts]) for column in ("said", "held"))
        right = np.concatenate([line.apply(part["said"]) for line, part in zip(taught, parts, strict=True)])
        table[f"error_{name}"] = round(score_probabilities(said, held).error, 4)
        table[f"error_{name}_put_right_by_replayed_weeks"] = round(score_probabilities(right, held).error, 4)
    return table


def measure_played(plants: int = 8, first: int = HOLDOUT) -> dict[str, Any]:
    """Such plants played again without a schedule: two spans of four weeks each."""
    runs = [validate_play(make_plant(first + seed, 16).snapshot, weeks=8, replications=20) for seed in range(plants)]
    figures = pl.concat([run.figures.filter(pl.col("scope") == "plant") for run in runs if run is not None])
    machines = pl.concat([run.figures.filter(pl.col("scope") == "machine") for run in runs if run is not None])
    weeks = pl.concat([run.weeks.filter(pl.col("scope") == "site") for run in runs if run is not None])
    inside = weeks.select(pl.col("actual").is_between("p10", "p90").cast(pl.Float64)).to_series()
    far = {
        kpi: {"played": round(float(rows["mean"].mean()), 3), "was": round(float(rows["actual"].mean()), 3),
              "mean_size_of_difference": round(float((rows["mean"] - rows["actual"]).abs().mean()), 3)}
        for (kpi,), rows in figures.group_by("kpi", maintain_order=True)
    }  # fmt: skip
    return {
        "plants": plants, "first_seed": first, "spans": figures.filter(pl.col("kpi") == "output").height, **far,
        "utilisation_mean_size_of_difference": round(float((machines["mean"] - machines["actual"]).abs().mean()), 3),
        "weeks_inside_p10_to_p90": round(float(inside.mean()), 3),
        "weeks": weeks.height,
    }  # fmt: skip


def main(plants: int = 40, looked_back: int = 8) -> None:
    """Measure plants that nothing was tuned on, print and keep the table; fewer plants where there is little time."""
    table = measure(plants, first=HOLDOUT) | {"first_seed": HOLDOUT}
    for name, one in (
        ("looked_back_on", measure_replayed),
        ("played_again", measure_played),
        ("carried_over", measure_carried_over),
        ("scheduled_looked_back_on", measure_scheduled),
    ):
        table[name] = one(looked_back)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(table, indent=2))


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:3]))
