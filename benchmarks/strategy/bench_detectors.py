"""How long before output do the detectors warn, and how often do they warn of nothing? On made-up plants.

`python -m benchmarks.strategy.bench_detectors [PLANTS]`. Thresholds were set on the plants of seeds 0 to 249; these are
others. Looked at every four weeks, as a monthly review would.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.strategy.make_histories import BUILD_UP, KINDS, WEEKS, History, make_history
from drumbeat.basics.intervals import wilson_interval
from drumbeat.strategy.engine.find_backlog import find_backlog
from drumbeat.strategy.engine.find_escapes import find_escapes
from drumbeat.strategy.engine.find_ignored_spread import find_ignored_spread
from drumbeat.strategy.engine.find_local_efficiency import find_local_efficiency
from drumbeat.strategy.engine.find_shifting import find_shifting
from drumbeat.strategy.engine.find_structural_overtime import find_structural_overtime
from drumbeat.strategy.engine.find_weakening import find_weakening
from drumbeat.strategy.engine.problem import Problem
from drumbeat.strategy.engine.result import Weakness

RESULT = Path(__file__).resolve().parents[1] / "results" / "strategy_detectors.json"
FINDERS: dict[str, Callable[[Problem], list[Weakness]]] = {
    "maintenance backlog": find_backlog,
    "structural overtime": find_structural_overtime,
    "recurring escape": find_escapes,
    "supplier spread": find_ignored_spread,
    "weakening system": find_weakening,
    "local efficiency": find_local_efficiency,
    "shifting bottleneck": find_shifting,
}
STEP, YEAR = 4, 52
SOUND_SHARE = 0.4
"""Share of plants without a weakness."""


def first_warning(history: History) -> int | None:
    """Week, at the end of which a review first warns of the weakness that builds up; None where none does."""
    find = FINDERS[history.kind]
    for week in range(BUILD_UP, min(history.shows + YEAR, WEEKS) + 1, STEP):
        if any(found.kind == history.kind for found in find(history.cut(week))):
            return week
    return None


def false_alarms(history: History) -> set[str]:
    """Kinds that a sound plant is accused of within a year."""
    cuts = [history.cut(week) for week in range(BUILD_UP, BUILD_UP + YEAR, STEP)]
    return {kind for kind, find in FINDERS.items() if any(find(cut) for cut in cuts)}


def try_plant(seed: int) -> dict[str, Any]:
    """Make a plant and look at it month by month: sound ones for false alarms, others for the lead of the warning."""
    if seed % 10 < 10 * SOUND_SHARE:
        return {"kind": "", "accused": sorted(false_alarms(make_history(seed)))}
    kind = KINDS[(seed // 10 + seed % 10) % len(KINDS)]
    history = make_history(seed, kind)
    warned = first_warning(history)
    return {"kind": kind, "lead": None if warned is None else history.shows - warned}


def sum_up(plants: list[dict[str, Any]]) -> dict[str, Any]:
    """Sum up what was tried."""
    rows = []
    for kind in KINDS:
        told = [plant["lead"] for plant in plants if plant["kind"] == kind]
        # A warning that never came counts as one a year too late.
        leads = np.array([-float(YEAR) if lead is None else float(lead) for lead in told])
        p10, middle, p90 = (float(np.quantile(leads, share)) for share in (0.1, 0.5, 0.9))
        rows.append({
            "kind": kind, "plants": len(told), "median_lead_weeks": middle, "p10": p10, "p90": p90,
            "never_warned": told.count(None), "eight_weeks_before": float((leads >= 8).mean()),
        })  # fmt: skip
    accused = [plant["accused"] for plant in plants if not plant["kind"]]
    every = [lead for plant in plants if plant["kind"] for lead in [plant["lead"]]]
    alarms = sum(bool(kinds) for kinds in accused)
    low, high = wilson_interval(alarms, len(accused))
    return {
        "rows": rows, "plants": len(plants), "sound_plants": len(accused), "false_alarm_years": alarms,
        "median_lead_weeks": float(np.median([-YEAR if lead is None else lead for lead in every])),
        "false_alarm_share": alarms / max(len(accused), 1), "false_alarm_interval": [float(low), float(high)],
        "false_alarms_by_kind": {kind: sum(kind in kinds for kinds in accused) for kind in FINDERS},
    }  # fmt: skip


def main() -> None:
    """Measure 1,000 plants, none of them among those on which thresholds were set (the first 250 seeds)."""
    plants = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 1000
    started = time.perf_counter()
    told = sum_up([try_plant(seed) for seed in range(10_000, 10_000 + plants)])
    told |= {"seconds": round(time.perf_counter() - started, 1), "load_average": os.getloadavg()[0], "step_weeks": STEP}
    RESULT.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
