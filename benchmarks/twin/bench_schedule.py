"""The twin's replay of a fixed schedule against SimPy on the same model, in one run.

The model: a job shop of 50 machines and 1,000 jobs of 10 operations (10,000 operations), sequences fixed by the
schedule; lognormal run times (cv .2); each machine breaks down in busy time (exponential, mean 50 h; lognormal repair,
mean 2 h, sigma .6). SimPy runs it as anybody would write it: a process an operation, a resource a machine, a breakdown
that interrupts the work. Both must agree in the mean makespan.
"""

from __future__ import annotations

import json
import os
import random  # noqa: TID251 - SimPy's side draws as SimPy's users do
import resource
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import simpy

from benchmarks.twin.make_shop import (
    CV,
    HOUR,
    MTBF_HOURS,
    MTTR_HOURS,
    NUM_MACHINES,
    REPAIR_SIGMA,
    build_network,
    doubt_shop,
    make_shop,
    make_uncertainty,
    simulate_schedule,
)
from drumbeat.basics.streams import sigma_of
from drumbeat.scheduling.engine.problem import FAR_FUTURE
from drumbeat.twin.engine.problem import Network, Uncertainty

RESULTS = Path(__file__).resolve().parents[1] / "results" / "twin_schedule.json"


class SimpyShop:
    """The same model as a SimPy user writes it."""

    def __init__(self, network: Network, seed: int) -> None:
        self.network, self.luck = network, random.Random(seed)
        self.env = simpy.Environment()
        self.machines = [simpy.Resource(self.env) for _ in network.resource_keys]
        self.life = [self.luck.expovariate(1 / (MTBF_HOURS * HOUR)) for _ in self.machines]
        self.done = [self.env.event() for _ in network.task]
        self.sigma = sigma_of(CV)

    def run(self) -> float:
        """Return the makespan in seconds."""
        for n in range(self.network.num_tasks):
            self.env.process(self.operation(n))
        self.env.run()
        return self.env.now

    def operation(self, n: int):
        """Wait for what goes before, take the machine, work through its breakdowns."""
        arcs, holds = self.network.start_arcs, self.network.holds
        before = [self.done[source >> 1] for source in arcs.source[arcs.ptr[n] : arcs.ptr[n + 1]]]
        if before:
            yield self.env.all_of(before)
        machine = int(holds.resource[holds.ptr[n]])
        with self.machines[machine].request() as request:
            yield request
            left = float(self.network.run_seconds[n])
            left *= self.luck.lognormvariate(-(self.sigma**2) / 2, self.sigma)
            while left > 0:
                work = self.env.process(self.work(left))
                if self.life[machine] < left:
                    self.env.process(self.break_down(work, self.life[machine]))
                worked = yield work
                left -= worked
                self.life[machine] -= worked
                if left > 0:
                    mean = MTTR_HOURS * HOUR
                    repair = self.luck.lognormvariate(-(REPAIR_SIGMA**2) / 2, REPAIR_SIGMA) * mean
                    yield self.env.timeout(repair)
                    self.life[machine] = self.luck.expovariate(1 / (MTBF_HOURS * HOUR))
        self.done[n].succeed()

    def work(self, seconds: float):
        """Work until done or interrupted; return the seconds worked."""
        start = self.env.now
        try:
            yield self.env.timeout(seconds)
        except simpy.Interrupt:
            return self.env.now - start
        return seconds

    def break_down(self, work: simpy.Process, after: float):
        """Interrupt work that is still going on."""
        yield self.env.timeout(after)
        if work.is_alive:
            work.interrupt()


def time_ours(
    network: Network, uncertainty: Uncertainty, replications: int, cores: int, repeats: int = 3
) -> tuple[float, float]:
    """Best wall and best processor time of a simulation without threats, warm, in seconds."""
    wall, processor = [], []
    for _ in range(repeats):
        start, busy = time.perf_counter(), time.process_time()
        simulate_schedule(network, uncertainty, replications=replications, cores=cores, num_threats=0)
        wall.append(time.perf_counter() - start)
        processor.append(time.process_time() - busy)
    return min(wall), min(processor)


def time_cold_start() -> tuple[float, float]:
    """Wall and processor time of a new process to its first answer (10 jobs, 100 replications), compiled before."""
    code = (
        "from benchmarks.twin.make_shop import build_network, make_shop, make_uncertainty, simulate_schedule;"
        "p, s = make_shop(10);"
        "simulate_schedule(build_network(p, s), make_uncertainty(p), replications=100, num_threats=0)"
    )
    wall, processor = [], []
    for _ in range(3):
        start, busy = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", code], check=True)
        wall.append(time.perf_counter() - start)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        processor.append(after.ru_utime + after.ru_stime - busy.ru_utime - busy.ru_stime)
    return min(wall), min(processor)


def measure(replications: int = 1_000, simpy_replications: int = 20) -> dict[str, object]:
    """Run both and return the table; rates and their ratio are per second of processor time of one core."""
    problem, schedule = make_shop()
    network, uncertainty = build_network(problem, schedule), make_uncertainty(problem)
    simulate_schedule(network, uncertainty, replications=2, num_threats=0)
    one, busy = time_ours(network, uncertainty, replications, 1)
    two, _ = time_ours(network, uncertainty, replications, 2)
    doubtful = replace(uncertainty, doubt=doubt_shop(problem))
    unsure_one, _ = time_ours(network, doubtful, replications, 1)
    unsure_two, _ = time_ours(network, doubtful, replications, 2)
    makespans = our_makespans(network, uncertainty, 400)
    start = time.process_time()
    theirs = [SimpyShop(network, seed).run() for seed in range(simpy_replications)]
    simpy_rate = network.num_tasks * simpy_replications / (time.process_time() - start)
    rate = network.num_tasks * replications / busy
    error = makespans.std() * np.sqrt(1 / len(makespans) + 1 / len(theirs))
    cold = time_cold_start()
    return {
        "model": f"job shop, {network.num_tasks} operations, {NUM_MACHINES} machines, spread and breakdowns",
        "replications": replications,
        "wall_seconds_one_core": round(one, 3),
        "wall_seconds_two_cores": round(two, 3),
        "wall_seconds_one_core_with_parameters_in_doubt": round(unsure_one, 3),
        "wall_seconds_two_cores_with_parameters_in_doubt": round(unsure_two, 3),
        "load_average": round(os.getloadavg()[0], 1),
        "operation_replications_per_processor_second": round(rate),
        "simpy_operation_replications_per_processor_second": round(simpy_rate),
        "ratio_to_simpy": round(rate / simpy_rate),
        "cold_start_wall_seconds": round(cold[0], 2),
        "cold_start_processor_seconds": round(cold[1], 2),
        "mean_makespan_hours": [round(float(np.mean(x)) / HOUR, 2) for x in (makespans, theirs)],
        "makespan_difference_in_standard_errors": round(float((makespans.mean() - np.mean(theirs)) / error), 2),
    }


def our_makespans(network: Network, uncertainty: Uncertainty, replications: int) -> np.ndarray:
    """Makespan of each replication: the mean end of one job made of all tasks, replication by replication."""
    whole = replace(
        network, job=np.zeros_like(network.job), due=np.array([FAR_FUTURE]), job_keys=network.job_keys[:1],
        num_unplaced=np.zeros(1, np.int64),
    )  # fmt: skip
    ends = [
        simulate_schedule(whole, uncertainty, replications=1, seed=seed, num_threats=0).jobs.mean_end[0]
        for seed in range(replications)
    ]
    return np.array(ends)


def main() -> None:
    """Measure, print and keep the table."""
    table = measure()
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")
    for key, value in table.items():
        print(f"{key:48} {value}")


if __name__ == "__main__":
    main()
