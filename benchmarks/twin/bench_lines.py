"""Serial lines by max-plus against SimPy, salabim and Ciw on the same line in one run; certified values; coverage.

Two lines of ten exponential machines with five places between them: saturated with breakdowns in busy time, and with
arrivals and none. The peers run in an interpreter of their own (`--peers-python`, or DRUMBEAT_PEERS_PYTHON; install
`simpy salabim ciw` there); without one, SimPy of this environment runs alone. A rate is parts x stations in a second of
processor time of one core.
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
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.twin.run_line_peers import ARRIVAL_RATE, LIFE, MACHINES, PLACES, REPAIR, SERVICE
from drumbeat.basics.arrays import Floats
from drumbeat.basics.intervals import mean_interval
from drumbeat.basics.streams import LOGNORMAL, key_of, luck_of, normal_quantile, sigma_of, uniform
from drumbeat.twin.engine.answers import Precision, average_batches, run_until_precise, weigh_controls
from drumbeat.twin.engine.lines import Arrivals, Duration, Failure, Line, LineRun, Station, simulate_line
from drumbeat.twin.engine.lines.break_stations import WORKING

RESULTS = Path(__file__).resolve().parents[1] / "results" / "twin_lines.json"
PEERS = {
    "unreliable": {"simpy": 60_000, "salabim": 6_000},
    "reliable": {"simpy": 60_000, "salabim": 6_000, "ciw": 6_000},
}
"""Units of time that each peer plays each line: some seconds."""

ONE = Duration.exponential(1.0)


def make_line(kind: str) -> Line:
    """The line that `run_line_peers` plays."""
    failures = [(Failure(f"F{k}", Duration.exponential(LIFE), Duration.exponential(REPAIR)),) for k in range(MACHINES)]
    stations = tuple(
        Station(f"M{k}", Duration.exponential(SERVICE), buffer=PLACES, failures=told if kind == "unreliable" else ())
        for k, told in enumerate(failures)
    )
    return Line(stations, Arrivals(Duration.exponential(1 / ARRIVAL_RATE)) if kind == "reliable" else None)


def time_peer(python: str, peer: str, kind: str) -> dict[str, object]:
    """Run one peer; return its rate and throughput."""
    script = Path(__file__).with_name("run_line_peers.py")
    until = PEERS[kind][peer]
    run = subprocess.run([python, str(script), peer, kind, str(until)], check=True, capture_output=True, text=True)
    told = json.loads(run.stdout.splitlines()[-1])
    return {
        "peer": peer,
        "rate": round(told["parts"] * MACHINES / told["processor_seconds"]),
        "throughput": round(told["parts"] / until, 4),
    }


def time_ours(kind: str, replications: int = 40, length: float = 20_000.0) -> dict[str, object]:
    """Best rate of three runs on one core; best wall seconds on one and on two."""
    line = make_line(kind)
    simulate_line(line, length=10, replications=1)
    processor, wall = [], {1: [], 2: []}
    for cores in (1, 2, 1, 2, 1, 2):
        start, busy = time.perf_counter(), time.process_time()
        run = simulate_line(line, length=length, warm_up=500, replications=replications, cores=cores)
        wall[cores].append(time.perf_counter() - start)
        processor.extend([time.process_time() - busy] if cores == 1 else [])
    return {
        "rate": round(float(run.tally.exited.sum()) * MACHINES / min(processor)),
        "wall_seconds_one_core": round(min(wall[1]), 3),
        "wall_seconds_two_cores": round(min(wall[2]), 3),
        "throughput": round(float(run.throughput.mean()), 4),
    }


def compare(python: str) -> Iterator[dict[str, object]]:
    """Ours and the peers, line by line."""
    for kind, peers in PEERS.items():
        ours = time_ours(kind)
        told = []
        for peer in peers if python != sys.executable else ["simpy"]:
            told.append(time_peer(python, peer, kind))
            told[-1]["ratio"] = round(ours["rate"] / told[-1]["rate"])
            print(kind, told[-1], flush=True)
        yield {"line": kind, "machines": MACHINES, "places": PLACES, **ours, "peers": told}


def unreliable(machines: int, buffer: int, is_busy_clock: bool) -> Line:
    """Machines of rate 1, failure .01, repair .1."""
    life, repair = Duration.exponential(100), Duration.exponential(10)
    return Line(
        tuple(
            Station(f"M{k}", ONE, buffer=buffer, failures=(Failure(f"F{k}", life, repair, is_busy_clock),))
            for k in range(machines)
        )
    )


def throughput(run: LineRun) -> Floats:
    """Parts per unit of time."""
    return run.throughput


@dataclass
class Wait:
    """Mean wait before the only station, less what the seen arrivals and services say was luck.

    The weights of these two controls come from the first call, the pilot.
    """

    rate: float
    servers: int
    weights: Floats | None = None

    def __call__(self, run: LineRun) -> Floats:
        values = run.waiting[:, 0] / run.throughput
        service = run.shares[:, 0, WORKING] * self.servers / run.throughput
        controls, expected = np.stack([run.throughput, service], axis=1), np.array([self.rate, 1.0])
        if self.weights is None:
            self.weights = weigh_controls(values, controls, expected)
        return values - (controls - expected) @ self.weights


def list_truths() -> Iterator[tuple[str, float, Line, Callable[[LineRun], Floats]]]:
    """Certified values: name, value, line, and what is read from a run."""
    values = {(2, 10): (0.79077712, 0.79902618), (2, 2): (0.67352887, 0.69538622), (3, 3): (0.61642014, 0.64704148)}
    for (machines, buffer), both in values.items():
        for truth, is_busy in zip(both, (False, True), strict=True):
            clock = "busy" if is_busy else "calendar"
            name = f"{machines} unreliable machines, buffer {buffer}, failures in {clock} time"
            yield name, truth, unreliable(machines, buffer, is_busy), throughput
    two = Line((Station("A", ONE), Station("B", ONE, buffer=5)))
    yield "2 reliable machines, buffer 5", 7 / 8, two, throughput
    yield "3 reliable machines, no buffer", 22 / 39, Line(tuple(Station(k, ONE, buffer=0) for k in "ABC")), throughput
    penny = Line(tuple(Station(f"P{k}", Duration.exponential(2)) for k in range(4)), most_parts=8)
    yield "Penny Fab, practical worst case, 8 parts", 4 / 11, penny, throughput
    for servers, rate, truth in ((3, 2.4, 1.0786517), (10, 8.0, 0.2045901)):
        line = Line((Station("S", ONE, servers=servers),), Arrivals(Duration.exponential(1 / rate)))
        yield f"wait of M/M/{servers} at a load of .8", truth, line, Wait(rate, servers)
    services = {2.0: Duration(1.0), 2.5: Duration(1.0, LOGNORMAL, sigma_of(0.5)), 4.0: ONE}
    for truth, service in services.items():
        line = Line((Station("S", service),), Arrivals(Duration.exponential(1.25)))
        yield f"wait of M/G/1 at a load of .8, cs2 {(truth - 2) / 2:g}", truth, line, Wait(0.8, 1)


def meet_truths(precision: float, cores: int, word: str) -> Iterator[dict[str, object]]:
    """Replicate each certified value whose name has the word until its 99.9 % interval is within the precision."""
    for name, truth, line, read in list_truths():
        if word not in name:
            continue

        def observe(first: int, last: int, line: Line = line, read: Callable[[LineRun], Floats] = read) -> Floats:
            return read(simulate_line(line, length=50_000, warm_up=1_000, replications=last - first, first=first,
                                      num_bins=50, cores=cores))  # fmt: skip

        start = time.perf_counter()
        told = run_until_precise(observe, Precision(relative=precision, confidence=0.999))
        low, high = told.interval.low, told.interval.high
        row = {
            "name": name, "truth": truth, "value": round(told.interval.value, 7), "is_inside": bool(low < truth < high),
            "half_width": round((high - low) / 2 / truth, 6), "replications": len(told.values),
            "wall_seconds": round(time.perf_counter() - start, 1),
        }  # fmt: skip
        print(row, flush=True)
        yield row


def measure_coverage(repeats: int = 400) -> dict[str, float]:
    """Share of 95 % intervals that hold the exact throughput of two machines with a buffer of two (4/5)."""
    line = Line((Station("A", ONE), Station("B", ONE, buffer=2)))
    run = simulate_line(line, length=1_000, warm_up=100, replications=repeats * 10, num_bins=1)
    tell = [mean_interval(values) for values in run.throughput.reshape(repeats, 10)]
    long = simulate_line(line, length=20_000, warm_up=200, replications=repeats, num_bins=2_000)
    batches = [average_batches(values[-2_000:]) for values in long.throughput_by_bin]
    precise = [
        run_until_precise(partial(_observe_late, line, 1_000 * i), Precision(relative=0.01)).interval
        for i in range(repeats)
    ]
    normal = [
        run_until_precise(partial(_observe_normals, i), Precision(absolute=0.1, pilot=20)).interval
        for i in range(repeats)
    ]
    share = {"ten replications, t": (tell, 0.8), "one run, batch means": (batches, 0.8),
             "until precise to 1 %": (precise, 0.8), "until precise, normal values": (normal, 0.0)}  # fmt: skip
    return {name: float(np.mean([x.low <= truth <= x.high for x in told])) for name, (told, truth) in share.items()}


def _observe_late(line: Line, offset: int, first: int, last: int) -> Floats:
    run = simulate_line(line, length=200, warm_up=50, replications=last - first, first=offset + first, num_bins=1)
    return run.throughput


def _observe_normals(seed: int, first: int, last: int) -> Floats:
    luck, key = np.uint64(luck_of(seed, 0)), key_of("normal")
    return np.array([normal_quantile(uniform(luck, key, 1, n)) for n in range(first, last)])


def main() -> None:
    """Measure, print and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers-python", default=os.environ.get("DRUMBEAT_PEERS_PYTHON", sys.executable))
    parser.add_argument("--precision", type=float, default=0.001, help="half-width of the certified values' intervals")
    parser.add_argument("--cores", type=int, default=2, help="for the certified values")
    parser.add_argument("--only", default="", help="only certified values with this word; the rest stays as it was")
    options, _ = parser.parse_known_args()
    truths = list(meet_truths(options.precision, options.cores, options.only))
    if options.only:
        table = json.loads(RESULTS.read_text(encoding="utf-8"))
        names = {row["name"] for row in truths}
        table["truths"] = [row for row in table["truths"] if row["name"] not in names] + truths
    else:
        lines, coverage = list(compare(options.peers_python)), measure_coverage()
        table = {"load_average": round(os.getloadavg()[0], 1), "lines": lines, "coverage": coverage, "truths": truths}
    RESULTS.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")
    print(json.dumps({key: table[key] for key in ("lines", "coverage")}, indent=1))


if __name__ == "__main__":
    main()
