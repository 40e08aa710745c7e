"""Is the Lab fair? Bots on the same 200 lucks of each scenario, and how long a round and a debrief take.

Constant bots take the option in the same place of the list every time. All places are played on the first 24 lucks;
those behind the best one there by more than a paired 99.9 % interval are played no more, and the best of the others
in hindsight is told: the hardest to beat. Who never decides is played on these 24 alone. `greedy` takes what promises
most in the next period by the books, `random` anything; `adaptive` plays the plans that were found for what can be
seen and bought, on lucks of the search alone. The oracle knows what is hidden and the luck; it searches anew on each
luck from good play, and has at least what any other had.

    python -m benchmarks.lab.bench_lab                    all of it, scenario after scenario
    python -m benchmarks.lab.bench_lab plans NAME         search for the plans of one scenario, and ship them
    python -m benchmarks.lab.bench_lab play NAME 50 20 150   its bots on 50 lucks, the oracle on 20, for 150 seconds

Plays are kept one by one: what was stopped goes on where it was, as long as scenario and plans are the same. With 0
seconds nothing is played, and what was played so far is told.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
import time
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
PLANS = SHIPPED / "plans.json"
PARTS = Path(tempfile.gettempdir()) / "drumbeat-lab-balance"
PLAYS, KIND_PLAYS, RACE_PLAYS = 200, 20, 24
LUCKS, SWEEPS = 8, 2
BOTS = ("nothing", "constant", "greedy", "random", "adaptive", "oracle")


def read_entries(file: Path) -> dict[str, Any]:
    """Read a JSON file of entries; none where there is none."""
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return found


def keep(file: Path, name: str, value: Any) -> None:
    """Keep one entry of a JSON file, the others as they are."""
    told = read_entries(file) | {name: value}
    other = file.with_suffix(".new")
    other.write_text(json.dumps(dict(sorted(told.items())), indent=1) + "\n", encoding="utf-8")
    other.replace(file)


def make_plans(name: str) -> None:
    """Search for the plans of a scenario, from those that are there, and keep them beside it."""
    from drumbeat.lab.plans import fingerprint_of, plans_from_json, plans_to_json, read_shipped_plans

    begun = time.process_time()
    shipped = read_entries(PLANS).get(name)
    begin = plans_from_json(shipped).plans if shipped else None
    table = search_plans(read_shipped(name), lucks=LUCKS, sweeps=SWEEPS, begin=begin)
    fingerprint = fingerprint_of(read_text(SHIPPED / f"{name}.toml"))
    keep(PLANS, name, plans_to_json(table) | {"fingerprint": fingerprint})
    read_shipped_plans.cache_clear()
    print(name, {state or "prior": round(value) for state, value in table.values.items()}, table.purchases,
          f"{time.process_time() - begun:.0f} s", flush=True)  # fmt: skip


def read_plans(name: str) -> PlanTable:
    """Read the shipped plans of a scenario."""
    from drumbeat.lab.plans import find_plans

    return find_plans(read_text(SHIPPED / f"{name}.toml"))


def list_bots(scenario: Scenario, table: PlanTable, seed: int) -> dict[str, Policy]:
    """Return the bots of a luck, by name; constants by their place."""
    width = max(len(decision.options) for decision in scenario.decisions)
    bots: dict[str, Policy] = {"nothing": Fixed(), "greedy": Greedy(), "random": Random(seed)}
    bots |= {f"constant {place + 1}": Constant(place) for place in range(width)}
    return bots | {"adaptive": table.adaptive}


def play_luck(scenario: Scenario, table: PlanTable, seed: int, rows: dict[int, dict[str, float]]) -> dict[str, float]:
    """Value that each bot reaches on a luck, those excepted that are out of the race."""
    start, out = begin_game(scenario, seed), find_beaten(rows) if seed > RACE_PLAYS else set()
    bots = {bot: policy for bot, policy in list_bots(scenario, table, seed).items() if bot not in out}
    found = {bot: _value(start, policy) for bot, policy in bots.items()}
    if seed <= KIND_PLAYS:
        found |= {f"kind {kind}": _value(start, Constantly(kind)) for kind in KINDS}
    return found


def find_beaten(rows: dict[int, dict[str, float]]) -> set[str]:
    """Return the bots played on the first lucks alone: who never decides, and places that are clearly beaten."""
    first = [rows[seed] for seed in range(1, RACE_PLAYS + 1) if seed in rows]
    if len(first) < RACE_PLAYS:
        return set()
    places = {key: [row[key] for row in first] for key in first[0] if key.startswith("constant ")}
    best = max(places.values(), key=np.mean)
    return {"nothing", *(key for key, found in places.items() if paired_interval(best, found, 0.999).low > 0)}


def find_oracle(scenario: Scenario, table: PlanTable, seed: int, rows: dict[int, dict[str, float]]) -> dict[str, float]:
    """Value that an oracle reaches on a luck, searched from good play; it could have had any other one's."""
    start = begin_game(scenario, seed)
    knowing = grant_information(start, [one.code for one in scenario.information])
    best = max((play_out(start, table.adaptive), play_out(knowing, table.informed)), key=lambda end: end.value)
    _, value = improve_plan([(knowing, 1.0)], {one.decision: one.option for one in best.made}, sweeps=1)
    return {
        "oracle": float(
            max(value, best.value, *(rows[seed].get(bot, best.value) for bot in list_bots(scenario, table, seed)))
        )
    }


def _value(start: Position, policy: Policy) -> float:
    return float(play_out(start, policy).value)


def play_lucks(name: str, plays: int, oracles: int, seconds: float) -> dict[int, dict[str, float]]:
    """Play lucks of a scenario that were not played before, first the bots and then the oracle; all played so far.

    Parameters
    ----------
    name
        Of the scenario.
    plays, oracles
        Lucks 1 to these are played by the bots, and by the oracle.
    seconds
        After which no further luck is begun.
    """
    text = read_text(SHIPPED / f"{name}.toml") + json.dumps(read_entries(PLANS).get(name), sort_keys=True)
    PARTS.mkdir(exist_ok=True)
    file = PARTS / f"{name}-{hashlib.blake2b(text.encode(), digest_size=8).hexdigest()}.jsonl"
    rows: dict[int, dict[str, float]] = {}
    for line in file.read_text(encoding="utf-8").splitlines() if file.is_file() else ():
        seed, values = json.loads(line)
        rows[int(seed)] = rows.get(int(seed), {}) | values
    scenario, table, begun = read_shipped(name), read_plans(name), time.perf_counter()
    with file.open("a", encoding="utf-8") as out:
        for make, key, count in ((play_luck, "adaptive", plays), (find_oracle, "oracle", oracles)):
            for seed in range(1, count + 1):
                if key in rows.get(seed, {}) or time.perf_counter() - begun > seconds:
                    continue
                spent = time.process_time()
                found = make(scenario, table, seed, rows)
                found[f"cpu_s {key}"] = time.process_time() - spent
                rows[seed] = rows.get(seed, {}) | found
                out.write(json.dumps([seed, found]) + "\n")
                out.flush()
    return {seed: row for seed, row in rows.items() if seed <= plays and "adaptive" in row}


def tell(values: list[float]) -> dict[str, float]:
    """Mean with its 95 % interval."""
    value, low, high = mean_interval(values)
    return {"mean": value, "low": low, "high": high, "plays": len(values)}


def tell_rows(name: str, rows: dict[int, dict[str, float]]) -> dict[str, Any]:
    """Return what the plays of a scenario say."""
    scenario, table = read_shipped(name), read_plans(name)
    ordered = [rows[seed] for seed in sorted(rows)]
    beaten = find_beaten(rows)
    before = read_entries(RESULTS).get(name, {})
    times = {key: before[key] for key in ("round_s", "debrief_s") if key in before} or measure_time(scenario, table)
    names = [key for key in ordered[0] if key.startswith("constant ")]
    places = {key: float(np.mean([row[key] for row in ordered if key in row])) for key in names}
    best_place = max((key for key in places if key not in beaten), key=lambda key: places[key])
    keys = {bot: best_place if bot == "constant" else bot for bot in BOTS}
    found = {bot: [row for row in ordered if key in row] for bot, key in keys.items()}
    ahead = {
        bot: _tell_gap([row["adaptive"] for row in found[bot]], [row[keys[bot]] for row in found[bot]])
        for bot in BOTS
        if bot not in ("adaptive", "oracle")
    }
    seen = found["oracle"]
    kind_rows = [row for row in ordered if "kind wait" in row]
    return {
        "bots": {bot: tell([row[keys[bot]] for row in found[bot]]) for bot in BOTS},
        "adaptive_ahead": ahead,
        "oracle_ahead": _tell_gap([row["oracle"] for row in seen], [row["adaptive"] for row in seen]),
        "places": places, "best_place": best_place,
        "beaten": sorted(beaten - {"nothing"}),
        "kinds": {kind: float(np.mean([row[f"kind {kind}"] for row in kind_rows])) for kind in KINDS},
        "kind_plays": len(kind_rows),
        "cpu_seconds_per_luck": float(np.mean([row["cpu_s adaptive"] for row in ordered])),
        "currency": scenario.company.money.currency, "purchases": sum(map(len, table.purchases.values())),
        "load_average": os.getloadavg()[0], **times,
    }  # fmt: skip


def _tell_gap(first: list[float], second: list[float]) -> dict[str, float]:
    """Mean difference on the same lucks, with its 95 % interval."""
    return dict(zip(("value", "low", "high"), paired_interval(first, second), strict=True))


def play_bots(name: str, plays: int, oracles: int, seconds: float) -> None:
    """Play all bots of a scenario, and keep what they reached."""
    rows = play_lucks(name, plays, oracles, seconds)
    num_oracles = sum("oracle" in row for row in rows.values())
    if num_oracles < 2 or (seconds > 0 and (len(rows) < plays or num_oracles < oracles)):
        print(name, len(rows), "lucks so far,", num_oracles, "with the oracle", flush=True)
        return
    row = tell_rows(name, rows)
    keep(RESULTS, name, row)
    means = {bot: round(one["mean"] / 1e3) for bot, one in row["bots"].items()}
    gaps = {bot: [round(one[key] / 1e3) for key in ("low", "high")] for bot, one in row["adaptive_ahead"].items()}
    print(name, len(rows), row["bots"]["oracle"]["plays"], means, row["best_place"], flush=True)
    print("   ahead", gaps, f"{row['cpu_seconds_per_luck']:.2f} s a luck", flush=True)


def measure_time(scenario: Scenario, table: PlanTable) -> dict[str, float]:
    """Seconds of a round, and of a debrief; warm, one core, nothing of it remembered."""
    start = begin_game(scenario, 7_001)
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
    numbers = [int(word) for word in words if word.isdigit()]
    plays, oracles, seconds = (*numbers, *(PLAYS, PLAYS, 10**9)[len(numbers) :])
    for name in names:
        if not words or "plans" in words:
            make_plans(name)
        if not words or "play" in words:
            play_bots(name, plays, oracles, seconds)


if __name__ == "__main__":
    main()
