"""The general job shop and a queue with three servers in SimPy, salabim and Ciw; run as a script in the peers' Python.

`python run_floor_peers.py PEER MODEL UNTIL` writes one JSON line: steps done, lots finished, their mean time in the
system, and the processor seconds. `PRODUCTS`, `GROUPS` and the rest tell the shop to both sides.
"""

from __future__ import annotations

import json
import random  # noqa: TID251 - the peers draw as their users do
import sys
import time
from collections import deque

GROUPS = {"saw": (2, 2), "mill": (4, 3), "drill": (2, 1), "grind": (3, 2), "check": (2, 2)}
"""Machines and people of each group."""

SETUPS = [[0.0, 0.6, 0.9], [0.5, 0.0, 0.7], [0.8, 0.4, 0.0]]
"""Seconds of a change between the families of the three products; the first setup of a machine takes none."""

PRODUCTS = [
    (5.0, [("saw", 1.0), ("mill", 2.0), ("drill", 0.8), ("grind", 1.6), ("check", 0.9)]),
    (6.0, [("mill", 2.5), ("drill", 0.7), ("mill", 2.0), ("check", 0.8)]),
    (7.0, [("saw", 1.2), ("grind", 2.2), ("mill", 1.8), ("drill", 0.9), ("grind", 1.4), ("check", 1.0)]),
]
"""Mean seconds between arrivals, and the route with mean run times; all exponential."""

SCRAP, REWORK = 0.01, 0.05
"""Probability that a lot is scrapped at a step; that it goes back to the start of its route after the last one."""

RATE, SERVERS = 2.4, 3
"""Arrivals a second and servers of the queue; service takes 1 s on average."""


class Group:
    """Idle machines with their families, people, and lots that wait, as any shop's model keeps them."""

    def __init__(self, machines: int, people: int) -> None:
        self.family = [-1] * machines
        self.idle = list(range(machines))
        self.people = people
        self.queue: deque = deque()

    def match(self, start) -> None:
        """Start the first lots that wait, each on the idle machine of its shortest setup."""
        while self.queue and self.idle and self.people > 0:
            lot, family = self.queue.popleft()
            machine = min(self.idle, key=lambda m: (self.setup(m, family), m))
            self.idle.remove(machine)
            self.people -= 1
            setup = self.setup(machine, family)
            self.family[machine] = family
            start(lot, machine, setup)

    def setup(self, machine: int, family: int) -> float:
        return SETUPS[self.family[machine]][family] if self.family[machine] >= 0 else 0.0

    def give_back(self, machine: int) -> None:
        self.idle.append(machine)
        self.people += 1


class Counts:
    """What all peers count."""

    def __init__(self) -> None:
        self.steps = self.finished = 0
        self.seconds = 0.0

    def next_step(self, draw: random.Random, step: int, last: int) -> int:
        """Number of the next step; -1 = scrapped."""
        self.steps += 1
        if draw.random() < SCRAP:
            return -1
        if step == last and draw.random() < REWORK:
            return 0
        return step + 1


def play_simpy_shop(until: float) -> Counts:
    import simpy

    env, counts, draw = simpy.Environment(), Counts(), random.Random(1)
    groups = {key: Group(*size) for key, size in GROUPS.items()}

    def start(event, machine, setup):
        event.succeed((machine, setup))

    def lot(family, route):
        begun, step = env.now, 0
        while 0 <= step < len(route):
            key, mean = route[step]
            group, event = groups[key], env.event()
            group.queue.append((event, family))
            group.match(start)
            machine, setup = yield event
            if setup > 0.0:
                yield env.timeout(setup)
            yield env.timeout(draw.expovariate(1.0 / mean))
            group.give_back(machine)
            group.match(start)
            step = counts.next_step(draw, step, len(route) - 1)
        if step > 0:
            counts.finished += 1
            counts.seconds += env.now - begun

    def arrive(family, mean, route):
        while True:
            yield env.timeout(draw.expovariate(1.0 / mean))
            env.process(lot(family, route))

    for family, (mean, route) in enumerate(PRODUCTS):
        env.process(arrive(family, mean, route))
    env.run(until)
    return counts


def play_salabim_shop(until: float) -> Counts:
    import salabim as sim

    sim.yieldless(False)
    env, counts, draw = sim.Environment(trace=False), Counts(), random.Random(1)
    groups = {key: Group(*size) for key, size in GROUPS.items()}

    def start(component, machine, setup):
        component.given = (machine, setup)
        component.activate()

    class Lot(sim.Component):
        def setup(self, family, route):
            self.family, self.route, self.given = family, route, None

        def process(self):
            begun, step = env.now(), 0
            while 0 <= step < len(self.route):
                key, mean = self.route[step]
                group = groups[key]
                self.given = None
                group.queue.append((self, self.family))
                group.match(lambda c, m, s: start(c, m, s) if c is not self else setattr(self, "given", (m, s)))
                if self.given is None:
                    yield self.passivate()
                machine, setup = self.given
                if setup > 0.0:
                    yield self.hold(setup)
                yield self.hold(draw.expovariate(1.0 / mean))
                group.give_back(machine)
                group.match(start)
                step = counts.next_step(draw, step, len(self.route) - 1)
            if step > 0:
                counts.finished += 1
                counts.seconds += env.now() - begun

    class Source(sim.Component):
        def setup(self, family, mean, route):
            self.family, self.mean, self.route = family, mean, route

        def process(self):
            while True:
                yield self.hold(draw.expovariate(1.0 / self.mean))
                Lot(family=self.family, route=self.route)

    for family, (mean, route) in enumerate(PRODUCTS):
        Source(family=family, mean=mean, route=route)
    env.run(till=until)
    return counts


def play_simpy_queue(until: float) -> Counts:
    import simpy

    env, counts, draw = simpy.Environment(), Counts(), random.Random(1)
    servers = simpy.Resource(env, SERVERS)

    def lot():
        begun = env.now
        with servers.request() as request:
            yield request
            yield env.timeout(draw.expovariate(1.0))
        counts.steps += 1
        counts.finished += 1
        counts.seconds += env.now - begun

    def arrive():
        while True:
            yield env.timeout(draw.expovariate(RATE))
            env.process(lot())

    env.process(arrive())
    env.run(until)
    return counts


def play_salabim_queue(until: float) -> Counts:
    import salabim as sim

    sim.yieldless(False)
    env, counts, draw = sim.Environment(trace=False), Counts(), random.Random(1)
    servers = sim.Resource("servers", capacity=SERVERS)

    class Lot(sim.Component):
        def process(self):
            begun = env.now()
            yield self.request(servers)
            yield self.hold(draw.expovariate(1.0))
            self.release()
            counts.steps += 1
            counts.finished += 1
            counts.seconds += env.now() - begun

    class Source(sim.Component):
        def process(self):
            while True:
                yield self.hold(draw.expovariate(RATE))
                Lot()

    Source()
    env.run(till=until)
    return counts


def play_ciw_queue(until: float) -> Counts:
    import ciw

    ciw.seed(1)
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(RATE)],
        service_distributions=[ciw.dists.Exponential(1.0)],
        number_of_servers=[SERVERS],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(until)
    counts = Counts()
    for record in simulation.get_all_records():
        counts.steps += 1
        counts.finished += 1
        counts.seconds += record.exit_date - record.arrival_date
    return counts


PLAYS = {
    ("simpy", "shop"): play_simpy_shop,
    ("salabim", "shop"): play_salabim_shop,
    ("simpy", "queue"): play_simpy_queue,
    ("salabim", "queue"): play_salabim_queue,
    ("ciw", "queue"): play_ciw_queue,
}


def main() -> None:
    """Play what the command line asks for."""
    peer, model, until = sys.argv[1], sys.argv[2], float(sys.argv[3])
    begun = time.process_time()
    counts = PLAYS[peer, model](until)
    spent = time.process_time() - begun
    told = {"steps": counts.steps, "finished": counts.finished, "processor_seconds": spent,
            "mean_seconds": counts.seconds / max(counts.finished, 1)}  # fmt: skip
    print(json.dumps(told))


if __name__ == "__main__":
    main()
