"""The floor's event kernel against SimPy, salabim and Ciw on the same models in one run, and its certified values.

A job shop with setups, people, scrap and rework; the unreliable line of ten machines of `bench_lines`; a queue with
three servers. Rates are steps (lots ending at a machine) in a second of processor time of one core. The peers run in an
interpreter of their own (`--peers-python`, or DRUMBEAT_PEERS_PYTHON; install `simpy salabim ciw` there); without one,
SimPy of this environment runs alone.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.twin import run_floor_peers as shop
from benchmarks.twin import run_line_peers as line
from drumbeat.basics.arrays import Floats
from drumbeat.basics.streams import sigma_of
from drumbeat.twin.engine.answers import Precision, run_until_precise, weigh_controls
from drumbeat.twin.engine.floor.draft import Draft
from drumbeat.twin.engine.floor.problem import CONSTANT_WIP, SATURATED, FloorProblem
from drumbeat.twin.engine.floor.result import BROKEN, RUNNING, FloorResult
from drumbeat.twin.engine.floor.simulate import simulate_floor
from drumbeat.twin.engine.floor.surroundings import BUSY, CALENDAR
from drumbeat.twin.engine.floor.times import AnyTime, exponential, lognormal

RESULTS = Path(__file__).resolve().parents[1] / "results" / "twin_floor.json"

PEERS = {
    "shop": {"simpy": 100_000, "salabim": 8_000},
    "queue": {"simpy": 200_000, "salabim": 10_000, "ciw": 30_000},
    "line": {"simpy": 60_000, "salabim": 6_000},
}
"""Units of time that each peer plays each model: some seconds."""


def make_shop() -> FloorProblem:
    """The job shop that `run_floor_peers` plays."""
    draft = Draft()
    matrix = draft.add_setups(shop.SETUPS)
    for key, (machines, people) in shop.GROUPS.items():
        draft.add_pool(f"{key} people", people)
        names = [f"{key} {n}" for n in range(machines)]
        for name in names:
            draft.add_machine(name, matrix=matrix)
        draft.add_group(key, names)
    for family, (mean, route) in enumerate(shop.PRODUCTS):
        steps = [{"group": key, "run": exponential(run), "family": family, "needs": {f"{key} people": 1},
                  "scrap": shop.SCRAP} for key, run in route]  # fmt: skip
        steps[-1] |= {"rework": shop.REWORK, "rework_to": 0}
        draft.add_product(f"part {family}", steps)
        draft.add_source(f"customers {family}", product=f"part {family}", between=exponential(mean))
    return draft.build()


def make_queue(servers: int, rate: float, service: AnyTime, capacity: int = -1) -> FloorProblem:
    """One group with Poisson arrivals; those that find no place are lost."""
    draft = Draft()
    draft.add_group("servers", servers, capacity=capacity)
    draft.add_product("lot", [{"group": "servers", "run": service}], is_lost=capacity >= 0)
    draft.add_source("arrivals", product="lot", between=exponential(1.0 / rate))
    return draft.build()


def make_line(machines: int, places: int, clock: int | None, life: float = 100.0, repair: float = 10.0) -> FloorProblem:
    """Exponential machines in a row; the first never starves."""
    draft = Draft()
    for n in range(machines):
        draft.add_group(f"m{n}", capacity=places if n else -1)
        if clock is not None:
            draft.add_life(
                f"life {n}", machine=f"m{n} 1", clock=clock, life=exponential(life), repair=exponential(repair)
            )
    draft.add_product("part", [{"group": f"m{n}", "run": exponential(1.0)} for n in range(machines)])
    draft.add_source("source", product="part", kind=SATURATED)
    return draft.build()


def make_network() -> FloorProblem:
    """Jackson network of three machines; who leaves early is scrapped, who goes back is reworked."""
    draft = Draft()
    rates, leave = [1.0, 0.8, 0.7], [{"scrap": 0.1}, {"scrap": 0.15}, {"rework": 0.1, "rework_to": 0}]
    for n in range(3):
        draft.add_group(f"n{n}")
    draft.add_product("part", [{"group": f"n{n}", "run": exponential(1 / rates[n]), **leave[n]} for n in range(3)])
    draft.add_source("arrivals", product="part", between=exponential(2.0))
    return draft.build()


def make_repairs(crews: int) -> FloorProblem:
    """Ten machines and so many repair crews."""
    draft = Draft()
    draft.add_pool("crew", crews)
    draft.add_group("all", 10)
    for n in range(10):
        draft.add_life(
            f"life {n}", machine=f"all {n + 1}", life=exponential(100.0), repair=exponential(10.0), pool="crew"
        )
    draft.add_product("none", [{"group": "all"}])
    return draft.build()


def make_pennies(wip: int) -> FloorProblem:
    """Penny Fab, practical worst case."""
    draft = Draft()
    for n in range(4):
        draft.add_group(f"s{n}")
    draft.add_product("penny", [{"group": f"s{n}", "run": exponential(2.0)} for n in range(4)])
    draft.add_source("cards", product="penny", kind=CONSTANT_WIP, lots=wip)
    return draft.build()


MODELS: dict[str, tuple[FloorProblem, float]] = {
    "shop": (make_shop(), 200_000.0),
    "queue": (make_queue(shop.SERVERS, shop.RATE, exponential(1.0)), 1_000_000.0),
    "line": (make_line(line.MACHINES, line.PLACES, BUSY, line.LIFE, line.REPAIR), 200_000.0),
}


def time_peer(python: str, peer: str, model: str) -> dict[str, Any]:
    """Run one peer: its rate, and the figure by which the models are compared."""
    until = PEERS[model][peer]
    if model == "line":
        script = Path(__file__).with_name("run_line_peers.py")
        command = [python, str(script), peer, "unreliable", str(until)]
    else:
        command = [python, str(Path(__file__).with_name("run_floor_peers.py")), peer, model, str(until)]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
    steps = told["parts"] * line.MACHINES if model == "line" else told["steps"]
    figure = told["parts"] / until if model == "line" else told["mean_seconds"]
    return {"peer": peer, "rate": round(steps / told["processor_seconds"]), "figure": round(figure, 4), "until": until}


def read_figure(model: str, told: FloorResult) -> Floats:
    """Throughput of the line, mean time in the system of the others, by replication."""
    if model == "line":
        return told.finished[:, 0] / told.seconds
    return told.cycle_sum.sum(axis=1) / told.finished.sum(axis=1)


def time_ours(model: str) -> dict[str, Any]:
    """Best rates of three runs on one core, and the wall seconds of eight such on one and on two."""
    problem, until = MODELS[model]
    simulate_floor(problem, until=10.0)
    best = {"rate": 0.0, "events": 0.0}
    for _ in range(3):
        begun = time.process_time()
        told = simulate_floor(problem, until=until, warm_up=100.0)
        spent = time.process_time() - begun
        best["rate"] = max(best["rate"], told.machine_lots.sum() / spent)
        best["events"] = max(best["events"], told.events.sum() / spent)
    wall = {}
    for cores in (1, 2):
        begun = time.perf_counter()
        simulate_floor(problem, until=until, replications=8, cores=cores)
        wall[cores] = time.perf_counter() - begun
    return {"rate": round(best["rate"]), "events_per_second": round(best["events"]),
            "wall_seconds_one_core": round(wall[1], 2), "wall_seconds_two_cores": round(wall[2], 2)}  # fmt: skip


def compare(python: str) -> Iterator[dict[str, Any]]:
    """Ours and the peers, model by model; means are compared over as long a play as the peer's."""
    for model, peers in PEERS.items():
        ours, told = time_ours(model), []
        for peer in peers if python != sys.executable else ["simpy"]:
            row = time_peer(python, peer, model)
            same = simulate_floor(MODELS[model][0], until=row["until"], replications=20, seed=5)
            values = read_figure(model, same)
            row["ratio"] = round(ours["rate"] / row["rate"], 1)
            row["standard_errors_apart"] = round(
                float((row["figure"] - values.mean()) / (values.std(ddof=1) * 1.025)), 2
            )
            told.append(row)
            print(model, row, flush=True)
        yield {"model": model, **ours, "figure": round(float(values.mean()), 4), "peers": told}


@dataclass
class Wait:
    """Mean wait, less what the seen arrivals and services say was luck; the weights come from the first call."""

    rate: float
    servers: int
    weights: Floats | None = None

    def __call__(self, told: FloorResult) -> Floats:
        values = told.group_queue[:, 0] / told.group_arrivals[:, 0]
        busy = told.machine_seconds[:, :, RUNNING].sum(axis=1) / told.group_arrivals[:, 0]
        controls = np.stack([told.group_arrivals[:, 0] / told.seconds, busy], axis=1)
        expected = np.array([self.rate, 1.0])
        if self.weights is None:
            self.weights = weigh_controls(values, controls, expected)
        return values - (controls - expected) @ self.weights


@dataclass
class Stay:
    """Mean time in the Jackson network, corrected likewise by arrivals and by the load of each machine."""

    weights: Floats | None = None

    def __call__(self, told: FloorResult) -> Floats:
        values = told.wip[:, 0] / told.released[:, 0]
        controls = np.concatenate(
            [told.released / told.seconds, told.machine_seconds[:, :, RUNNING] / told.seconds], axis=1
        )
        first = 0.5 / (1.0 - 0.9 * 0.85 * 0.1)
        expected = np.array([0.5, first, first * 0.9 / 0.8, first * 0.9 * 0.85 / 0.7])
        if self.weights is None:
            self.weights = weigh_controls(values, controls, expected)
        return values - (controls - expected) @ self.weights


def list_truths() -> Iterator[tuple[str, float, FloorProblem, Callable[[FloorResult], Floats]]]:
    """Certified values: name, value, floor, and what is read from a play."""
    for servers, rate, truth in ((3, 2.4, 1.0786517), (10, 8.0, 0.2045901)):
        queue = make_queue(servers, rate, exponential(1.0))
        yield f"wait of M/M/{servers} at a load of .8", truth, queue, Wait(rate, servers)
    times = ((2.0, 1.0), (2.5, lognormal(1.0, sigma_of(0.5))), (4.0, exponential(1.0)))
    for truth, service in times:
        queue = make_queue(1, 0.8, service)
        yield f"wait of M/G/1 at a load of .8, cs2 {(truth - 2) / 2:g}", truth, queue, Wait(0.8, 1)
    loss = make_queue(10, 8.0, exponential(1.0), capacity=0)
    yield (
        "loss of 10 servers at a load of 8",
        0.1216611,
        loss,
        lambda told: told.lost[:, 0] / (told.lost[:, 0] + told.released[:, 0]),
    )
    values = {(2, 10): (0.79077712, 0.79902618), (2, 2): (0.67352887, 0.69538622), (3, 3): (0.61642014, 0.64704148)}
    for (machines, places), both in values.items():
        for truth, clock, word in zip(both, (CALENDAR, BUSY), ("calendar", "busy"), strict=True):
            name = f"{machines} unreliable machines, buffer {places}, failures in {word} time"
            yield name, truth, make_line(machines, places, clock), lambda told: told.finished[:, 0] / told.seconds
    for machines, places, truth in ((2, 5, 7 / 8), (3, 0, 22 / 39)):
        name = f"{machines} reliable machines, buffer {places}"
        yield name, truth, make_line(machines, places, None), lambda told: told.finished[:, 0] / told.seconds
    for crews, truth in ((1, 0.785417657), (10, 10 / 11)):
        yield (
            f"ten machines, {crews} repair crews",
            truth,
            make_repairs(crews),
            lambda told: 1.0 - told.machine_seconds[:, :, BROKEN].mean(axis=1) / told.seconds,
        )
    yield "Jackson network with rework", 8.375895, make_network(), Stay()
    yield (
        "Penny Fab, practical worst case, 8 parts",
        4 / 11,
        make_pennies(8),
        lambda told: told.finished[:, 0] / told.seconds,
    )


def meet_truths(precision: float, cores: int, word: str) -> Iterator[dict[str, Any]]:
    """Replicate each certified value whose name has the word until its 99.9 % interval is within the precision."""
    for name, truth, problem, read in list_truths():
        if word not in name:
            continue

        def observe(
            first: int, last: int, problem: FloorProblem = problem, read: Callable[[FloorResult], Floats] = read
        ) -> Floats:
            told = simulate_floor(problem, until=51_000.0, warm_up=1_000.0, replications=last - first, first=first,
                                  cores=cores)  # fmt: skip
            return read(told)

        begun = time.perf_counter()
        told = run_until_precise(observe, Precision(relative=precision, confidence=0.999))
        low, high = told.interval.low, told.interval.high
        row = {
            "name": name, "truth": truth, "value": round(told.interval.value, 7), "is_inside": bool(low < truth < high),
            "half_width": round((high - low) / 2 / truth, 6), "replications": len(told.values),
            "wall_seconds": round(time.perf_counter() - begun, 1),
        }  # fmt: skip
        print(row, flush=True)
        yield row


def main() -> None:
    """Measure, print and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers-python", default=os.environ.get("DRUMBEAT_PEERS_PYTHON", sys.executable))
    parser.add_argument("--precision", type=float, default=0.001, help="half-width of the certified values' intervals")
    parser.add_argument("--cores", type=int, default=2, help="for the certified values")
    parser.add_argument("--only", default="", help="only certified values with this word ('peers': none, models anew)")
    options, _ = parser.parse_known_args()
    table = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {"models": [], "truths": []}
    if options.only in ("", "peers"):
        table["models"] = list(compare(options.peers_python))
        table["load_average"] = round(os.getloadavg()[0], 1)
    RESULTS.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")
    if options.only == "peers":
        return
    for row in meet_truths(options.precision, options.cores, options.only):
        # Kept row by row: the waits take minutes each.
        table["truths"] = [other for other in table["truths"] if other["name"] != row["name"]] + [row]
        RESULTS.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
