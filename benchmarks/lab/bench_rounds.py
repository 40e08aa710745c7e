"""How long a round takes: a class of thirty at once over HTTP; one's own plant from its workbook; a debrief.

Writes results/lab_rounds.json; each part alone with its name. `DRUMBEAT_BENCH_DATABASE` = address of an empty
PostgreSQL database on which the class plays as well.

    python -m benchmarks.lab.bench_rounds              all of it
    python -m benchmarks.lab.bench_rounds class        thirty players
    python -m benchmarks.lab.bench_rounds own          the demo company's workbook to the first decision and round
    python -m benchmarks.lab.bench_rounds debrief      a debrief of every shipped scenario, on one core and on two
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from benchmarks.lab.play_class import ROOT, Measured, gather_class, play_class, run_server, settings_of

RESULTS = Path(__file__).resolve().parents[1] / "results" / "lab_rounds.json"
PLAYERS, SCENARIO, ROUNDS = 30, "record-quarter", 7
THINK_SECONDS = 5.0
"""Before each step, in the class that thinks: a quick one."""


def keep(name: str, value: Any) -> None:
    """Keep one part of the results, the others as they are."""
    told = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
    told[name] = value
    RESULTS.write_text(json.dumps(dict(sorted(told.items())), indent=1) + "\n", encoding="utf-8")
    print(name, value, flush=True)


def spread(values: list[float]) -> dict[str, float]:
    """Median, 95th percentile and the longest, in seconds."""
    high = quantiles(values, n=20)[-1] if len(values) > 1 else values[0]
    return {"p50_s": round(median(values), 3), "p95_s": round(high, 3), "max_s": round(max(values), 3)}


def tell(measured: Measured, players: int, seconds: float) -> dict[str, Any]:
    """Figures of a class's play."""
    return {
        "players": players, "scenario": SCENARIO, "rounds": len(measured.seconds.get("round", [])),
        "seconds": round(seconds, 1), "requests": measured.requests, "errors": len(measured.errors),
        "first_errors": measured.errors[:3], "load_average": round(os.getloadavg()[0], 1),
        **{kind.replace(" ", "_"): spread(values) for kind, values in sorted(measured.seconds.items())},
    }  # fmt: skip


def measure_class(database: str, players: int, think: float) -> dict[str, Any]:
    """Let a class play on a new installation."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        gathered = gather_class(home, players, SCENARIO, database)
        with run_server(home, database) as port:
            began = time.perf_counter()
            measured = play_class(port, gathered, ROUNDS, think)
            return {"think_s": think} | tell(measured, players, time.perf_counter() - began)


def measure_own() -> dict[str, float]:
    """Load the demo company's workbook, make a scenario of its plant, and play a round, each by its command."""
    from drumbeat.home import Plant

    times: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        Plant.demo(size="s").snapshot.write(home / "demo.xlsx")

        def run(name: str, *words: str) -> str:
            began = time.perf_counter()
            command = [sys.executable, "-m", "drumbeat.cli.main", *words]
            done = subprocess.run(
                command, env=settings_of(home, ""), cwd=ROOT, check=True, capture_output=True, text=True
            )
            times[name] = round(time.perf_counter() - began, 2)
            return done.stdout

        run("load_s", "load", str(home / "demo.xlsx"))
        run("make_s", "lab", "new", str(home / "own.toml"), "--from-plant")
        code = (home / "own.toml").read_text(encoding="utf-8").split('"')[1]
        (home / "none.json").write_text("[]", encoding="utf-8")
        view = json.loads(run("first_decision_s", "lab", "play", code, "--answers", str(home / "none.json"), "--json"))
        option = next(one for one in view["decision"]["options"] if one["is_default"])
        moves = [
            {"kind": "decide", "option": option["code"], "probability": 0.6},
            {"kind": "defend", "evidence": ["report.on_time"], "cost": option["cost"], "level": 0.9},
            {"kind": "play"},
        ]
        (home / "round.json").write_text(json.dumps(moves), encoding="utf-8")
        run(
            "first_round_s", "lab", "play", "--game", str(view["game"]), "--answers", str(home / "round.json"), "--json"
        )
    before = times["load_s"] + times["make_s"] + times["first_decision_s"]
    return {**times, "to_first_decision_s": round(before, 2), "load_average": round(os.getloadavg()[0], 1)}


def measure_debriefs() -> dict[str, Any]:
    """Debrief a game of a random player of every shipped scenario, kernels compiled, plans shipped."""
    from drumbeat.lab.engine import play_floor
    from drumbeat.lab.engine.debrief import debrief
    from drumbeat.lab.engine.make_move import begin_game
    from drumbeat.lab.engine.policies import Random, play_out
    from drumbeat.lab.plans import find_plans
    from drumbeat.lab.read_scenario import SHIPPED, list_shipped, read_shipped, read_text

    rows = {}
    for name in list_shipped():
        table = find_plans(read_text(SHIPPED / f"{name}.toml"))
        end = play_out(begin_game(read_shipped(name), 7), Random(7))
        row = {}
        for cores in (1, 2):
            play_floor._play.cache_clear()
            began, used = time.perf_counter(), time.process_time()
            debrief(end, table, cores=cores)
            row |= {
                f"cores_{cores}_s": round(time.perf_counter() - began, 2),
                f"cores_{cores}_cpu_s": round(time.process_time() - used, 2),
            }
        rows[name] = row | {"load_average": round(os.getloadavg()[0], 1)}
        print(name, row, flush=True)
    return rows


def main() -> None:
    """Measure what is asked for; all of it without arguments."""
    words = sys.argv[1:] if __name__ == "__main__" else []
    players = next((int(word) for word in words if word.isdigit()), PLAYERS)
    if not words or "class" in words:
        keep("class_sqlite", measure_class("", players, 0.0))
        keep("class_sqlite_thinking", measure_class("", players, THINK_SECONDS))
        database = os.environ.get("DRUMBEAT_BENCH_DATABASE", "")
        if database:
            keep("class_postgresql", measure_class(database, players, 0.0))
    if not words or "own" in words:
        keep("own_plant", measure_own())
    if not words or "debrief" in words:
        keep("debriefs", measure_debriefs())


if __name__ == "__main__":
    main()
