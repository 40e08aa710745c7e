"""Is the Lab fair? Bots on 200 lucks of each scenario, and how long a round and a debrief take.

Constant bots always take the option in the same place of the list (the best of them is told), `greedy` what promises
most in the next period by the books, `random` anything; `adaptive` plays the plans that were found for what can be seen
and bought, on lucks of the search alone. The oracle is told on fewer lucks: it searches anew on each.

    python -m benchmarks.lab.bench_lab              all of it
    python -m benchmarks.lab.bench_lab plans NAME   search for the plans of one scenario, and ship them
    python -m benchmarks.lab.bench_lab play NAME 50   the bots of one scenario, 50 plays each
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

from drumbeat.basics.intervals import mean_interval, paired_interval
from drumbeat.lab.engine.debrief import debrief
from drumbeat.lab.engine.game import Position
from drumbeat.lab.engine.make_move import begin_game, grant_information
from drumbeat.lab.engine.policies import Constant, Constantly, Fixed, Greedy, Policy, Random, play_out, play_round
from drumbeat.lab.engine.scenario import KINDS, Scenario
from drumbeat.lab.engine.search_plans import PlanTable, improve_plan, search_plans
from drumbeat.lab.read_scenario import SHIPPED, list_shipped, read_shipped, read_text

RESULTS = Path(__file__).resolve().parents[1] / "results" / "lab_balance.json"
PLAYS, ORACLE_PLAYS, KIND_PLAYS = 200, 12, 4
LUCKS, SWEEPS = 12, 2


def keep(file: Path, name: str, value: Any) -> None:
    """Keep one entry of a JSON file, the others as they are."""
    told = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    told[name] = value
    file.write_text(json.dumps(dict(sorted(told.items())), indent=1) + "\n", encoding="utf-8")


def make_plans(name: str) -> None:
    """Search for the plans of a scenario, and keep them beside it."""
    from drumbeat.lab.plans import fingerprint_of, plans_to_json

    table = search_plans(read_shipped(name), lucks=LUCKS, sweeps=SWEEPS)
    fingerprint = fingerprint_of(read_text(SHIPPED / f"{name}.toml"))
    keep(SHIPPED / "plans.json", name, plans_to_json(table) | {"fingerprint": fingerprint})


def read_plans(name: str) -> PlanTable:
    """Read the shipped plans of a scenario."""
    from drumbeat.lab.plans import find_plans

    return find_plans(read_text(SHIPPED / f"{name}.toml"))


def play_all(starts: list[Position], make: Callable[[int], Policy]) -> list[float]:
    """Value that a bot reaches on each luck."""
    return [play_out(start, make(start.seed)).value for start in starts]


def find_oracles(scenario: Scenario, table: PlanTable, plays: int) -> list[float]:
    """Value of the best plan found on each of some lucks, everything known; never below the adaptive bot's."""
    found = []
    for seed in range(1, min(plays, ORACLE_PLAYS) + 1):
        start = begin_game(scenario, seed)
        knowing = grant_information(start, [one.code for one in scenario.information])
        plan = {one.decision: one.option for one in play_out(knowing, table.informed).made}
        _, value = improve_plan([(knowing, 1.0)], plan, sweeps=1)
        found.append(max(value, play_out(start, table.adaptive).value))
    return found


def tell(values: list[float]) -> dict[str, float]:
    """Mean with its 95 % interval."""
    value, low, high = mean_interval(values)
    return {"mean": value, "low": low, "high": high, "plays": len(values)}


def play_bots(name: str, plays: int) -> None:
    """Play all bots of a scenario, and keep what they reached."""
    scenario, table = read_shipped(name), read_plans(name)
    begun = time.perf_counter()
    starts = [begin_game(scenario, seed) for seed in range(1, plays + 1)]
    width = max(len(decision.options) for decision in scenario.decisions)
    values: dict[str, list[float]] = {
        "nothing": play_all(starts, lambda _: Fixed()),
        "greedy": play_all(starts, lambda _: Greedy()),
        "random": play_all(starts, Random),
        "adaptive": play_all(starts, lambda _: table.adaptive),
    }
    constants = [play_all(starts, lambda _, n=place: Constant(n)) for place in range(width)]
    values["constant"] = max(constants, key=np.mean)
    seconds = time.perf_counter() - begun
    bots = {bot: tell(found) for bot, found in values.items()} | {"oracle": tell(find_oracles(scenario, table, plays))}
    ahead = {bot: dict(zip(("value", "low", "high"), paired_interval(values["adaptive"], found), strict=True))
             for bot, found in values.items() if bot != "adaptive"}  # fmt: skip
    kinds = {
        kind: float(np.mean([play_out(start, Constantly(kind)).value for start in starts[:KIND_PLAYS]]))
        for kind in KINDS
    }  # fmt: skip
    row = {
        "bots": bots, "adaptive_ahead": ahead, "kinds": kinds, "kind_plays": min(plays, KIND_PLAYS), "seconds": seconds,
        "currency": scenario.company.money.currency, "purchases": sum(map(len, table.purchases.values())),
        "load_average": os.getloadavg()[0], **measure_time(scenario, table),
    }  # fmt: skip
    keep(RESULTS, name, row)
    print(name, {bot: round(one["mean"]) for bot, one in bots.items()}, f"{seconds:.0f} s", flush=True)
    print("   ahead", {bot: [round(one[key]) for key in ("value", "low")] for bot, one in ahead.items()}, flush=True)


def measure_time(scenario: Scenario, table: PlanTable) -> dict[str, float]:
    """Seconds of a round, and of a debrief; warm, one core."""
    start = begin_game(scenario, 7)
    begun = time.perf_counter()
    play_round(start, Fixed())
    round_s = time.perf_counter() - begun
    end = play_out(start, Random(7))
    begun = time.perf_counter()
    debrief(end, table)
    return {"round_s": round_s, "debrief_s": time.perf_counter() - begun}


def main() -> None:
    """Search and play what is asked for; all of it without arguments."""
    words = sys.argv[1:] if __name__ == "__main__" else []
    names = [word for word in words if word in list_shipped()] or list_shipped()
    for name in names:
        if not words or "plans" in words:
            make_plans(name)
        if not words or "play" in words:
            play_bots(name, int(next((word for word in words if word.isdigit()), PLAYS)))


if __name__ == "__main__":
    main()
