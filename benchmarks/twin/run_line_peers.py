"""Play a serial line by SimPy, salabim and Ciw, each as its users write it; prints one JSON line.

Runs in an interpreter that has these three and nothing of ours: `python run_line_peers.py LINE UNITS_OF_TIME`.
LINE is "unreliable" (saturated, breakdowns in busy time) or "reliable" (arrivals at rate ARRIVAL_RATE, none).
"""

from __future__ import annotations

import json
import random  # noqa: TID251 - the peers draw as their users do
import sys
import time

MACHINES, PLACES, SERVICE, LIFE, REPAIR = 10, 5, 1.0, 100.0, 10.0
ARRIVAL_RATE = 0.5


def draw(mean: float) -> float:
    """Draw an exponential time."""
    return random.expovariate(1.0 / mean)


def run_simpy(line: str, until: float) -> int:
    """Machines as processes, buffers as stores; returns the parts that left."""
    import simpy

    env = simpy.Environment()
    buffers = [simpy.Store(env, capacity=PLACES) for _ in range(MACHINES - 1)]
    first = simpy.Store(env)
    count = 0

    def machine(k: int):
        nonlocal count
        life = draw(LIFE)
        while True:
            if k > 0:
                yield buffers[k - 1].get()
            elif line == "reliable":
                yield first.get()
            left = draw(SERVICE)
            while line == "unreliable" and life < left:
                yield env.timeout(life)
                left -= life
                yield env.timeout(draw(REPAIR))
                life = draw(LIFE)
            yield env.timeout(left)
            life -= left
            if k < MACHINES - 1:
                yield buffers[k].put(1)
            else:
                count += 1

    def arrive():
        while True:
            yield env.timeout(draw(1.0 / ARRIVAL_RATE))
            first.put(1)

    for k in range(MACHINES):
        env.process(machine(k))
    if line == "reliable":
        env.process(arrive())
    env.run(until=until)
    return count


def run_salabim(line: str, until: float) -> int:
    """Machines as components, buffers as stores; returns the parts that left."""
    import salabim

    salabim.yieldless(False)
    env = salabim.Environment(trace=False)
    buffers = [salabim.Store(f"buffer{k}", capacity=PLACES) for k in range(MACHINES - 1)]
    first = salabim.Store("first")
    count = 0

    class Part(salabim.Component):
        pass

    class Machine(salabim.Component):
        def setup(self, k: int):
            self.k = k

        def process(self):
            nonlocal count
            life = draw(LIFE)
            while True:
                if self.k > 0:
                    part = yield self.from_store(buffers[self.k - 1])
                elif line == "reliable":
                    part = yield self.from_store(first)
                else:
                    part = Part()
                left = draw(SERVICE)
                while line == "unreliable" and life < left:
                    yield self.hold(life)
                    left -= life
                    yield self.hold(draw(REPAIR))
                    life = draw(LIFE)
                yield self.hold(left)
                life -= left
                if self.k < MACHINES - 1:
                    yield self.to_store(buffers[self.k], part)
                else:
                    count += 1

    class Source(salabim.Component):
        def process(self):
            while True:
                yield self.hold(draw(1.0 / ARRIVAL_RATE))
                yield self.to_store(first, Part())

    for k in range(MACHINES):
        Machine(k=k)
    if line == "reliable":
        Source()
    env.run(till=until)
    return count


def run_ciw(line: str, until: float) -> int:
    """Nodes with queue capacities, blocked after service; it has no breakdowns in busy time."""
    import ciw

    if line != "reliable":
        raise SystemExit("Ciw has no breakdowns in busy time")
    nothing = [None] * (MACHINES - 1)
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(ARRIVAL_RATE), *nothing],
        service_distributions=[ciw.dists.Exponential(1.0 / SERVICE)] * MACHINES,
        number_of_servers=[1] * MACHINES,
        queue_capacities=[float("inf")] + [PLACES] * (MACHINES - 1),
        routing=[[1.0 if j == i + 1 else 0.0 for j in range(MACHINES)] for i in range(MACHINES)],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(until)
    return sum(record.node == MACHINES for record in simulation.get_all_records())


PEERS = {"simpy": run_simpy, "salabim": run_salabim, "ciw": run_ciw}


def main() -> None:
    """Time one peer on one line."""
    peer, line, until = sys.argv[1], sys.argv[2], float(sys.argv[3])
    random.seed(1)
    PEERS[peer](line, 10.0)
    start = time.process_time()
    parts = PEERS[peer](line, until)
    print(json.dumps({"peer": peer, "line": line, "parts": parts, "processor_seconds": time.process_time() - start}))


if __name__ == "__main__":
    main()
