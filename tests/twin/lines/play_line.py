"""An event-by-event play of a serial line in plain Python: the independent check of the max-plus recursion.

It shares nothing with the kernel but the nouns and the names of the draws.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

import numpy as np

from drumbeat.basics.streams import draw, draw_residual, key_of, luck_of, uniform
from drumbeat.twin.engine.lines import Duration, Failure, Line, Station
from drumbeat.twin.engine.lines.problem import ARRIVAL, EMPIRICAL
from drumbeat.twin.engine.problem import LIFE, REPAIR, RESIDUAL, RUN


@dataclass
class Luck:
    """Draws of one replication."""

    luck: np.uint64

    def time(self, duration: Duration, key: str, purpose: int, n: int) -> float:
        """Draw a time by its names."""
        u = uniform(self.luck, key_of(key), purpose, n)
        if duration.distribution == EMPIRICAL:
            return float(np.interp(u, np.linspace(0, 1, len(duration.quantiles)), duration.quantiles))
        return draw(duration.distribution, duration.mean, duration.shape, u)

    def rest(self, duration: Duration, key: str) -> float:
        """Draw what is left of the first life."""
        u, v = uniform(self.luck, key_of(key), LIFE, 0), uniform(self.luck, key_of(key), RESIDUAL, 0)
        return draw_residual(duration.distribution, duration.mean, duration.shape, u, v)


@dataclass
class Life:
    """One way in which one server fails."""

    failure: Failure
    key: str
    left: float  # of work, or the moment of failing
    begun: int = 0


@dataclass
class Server:
    """A server and what is on it."""

    lives: list[Life]
    part: int = -1
    work_left: float = 0.0
    is_finished: bool = False
    finished: float = 0.0
    free_since: float = -1.0
    down_until: float = 0.0

    def is_working(self, now: float) -> bool:
        """Whether it works now."""
        return self.part >= 0 and not self.is_finished and self.down_until <= now


@dataclass
class Play:
    """The state of a line, played until `num_parts` have left."""

    line: Line
    luck: Luck
    num_parts: int
    now: float = 0.0
    queues: list[list[int]] = field(default_factory=list)
    servers: list[list[Server]] = field(default_factory=list)
    moments: dict[tuple[int, int], list[float]] = field(default_factory=dict)
    num_entered: int = 0
    num_left: int = 0
    num_come: int = 0
    next_arrival: float = inf

    def __post_init__(self) -> None:
        for k, station in enumerate(self.line.stations):
            self.queues.append([])
            self.servers.append([self.make_server(station, unit) for unit in range(station.servers)])
            for unit, server in enumerate(self.servers[k]):
                server.free_since = -station.servers + unit  # at first the lowest number
        self.draw_arrival(0.0)

    def make_server(self, station: Station, unit: int) -> Server:
        """Make a server of unknown age."""
        keys = [(failure, f"{failure.key}#{unit}") for failure in station.failures]
        return Server([Life(failure, key, self.luck.rest(failure.life, key)) for failure, key in keys])

    def draw_arrival(self, moment: float) -> None:
        """Draw when the next part comes by itself."""
        arrivals = self.line.arrivals
        if arrivals is not None:
            self.next_arrival = moment + self.luck.time(arrivals.between, arrivals.key, ARRIVAL, self.num_come)

    def has_room(self, k: int) -> bool:
        """Whether one more part may come to a station."""
        buffer = self.line.stations[k].buffer
        num_on = sum(server.part >= 0 for server in self.servers[k])
        return buffer is None or len(self.queues[k]) + num_on < buffer + len(self.servers[k])

    def run(self) -> dict[tuple[int, int], list[float]]:
        """Play; return start, finish and departure by part and station."""
        self.settle()
        while self.num_left < self.num_parts:
            self.step(self.next_moment())
            self.settle()
        return self.moments

    def next_moment(self) -> float:
        """When something happens next."""
        moments = [self.next_arrival]
        for server in (server for servers in self.servers for server in servers):
            if server.down_until > self.now:
                moments.append(server.down_until)
            is_working = server.is_working(self.now)
            if is_working:
                moments.append(self.now + server.work_left)
            for life in server.lives:
                if life.failure.is_busy_clock:
                    moments.extend([self.now + life.left] if is_working else [])
                else:
                    moments.append(life.left)
        return min(moments)

    def step(self, moment: float) -> None:
        """Let time pass to a moment and happen what happens then."""
        passed, before, self.now = moment - self.now, self.now, moment
        for server in (server for servers in self.servers for server in servers):
            if server.is_working(before):
                server.work_left -= passed
                for life in server.lives:
                    life.left -= passed if life.failure.is_busy_clock else 0.0
                if server.work_left <= 1e-9:
                    server.is_finished, server.finished = True, moment
            for life in server.lives:
                limit = 1e-9 if life.failure.is_busy_clock else moment + 1e-9
                if life.left <= limit and not (life.failure.is_busy_clock and server.is_finished):
                    self.fail(server, life)
        if moment >= self.next_arrival:
            self.num_come += 1
            if not (self.line.arrivals.is_lost_when_full and not self.has_room(0)):
                self.queues[0].append(self.num_entered)
                self.num_entered += 1
            self.draw_arrival(moment)

    def fail(self, server: Server, life: Life) -> None:
        """Let a life end."""
        up = self.now + self.luck.time(life.failure.repair, life.key, REPAIR, life.begun)
        life.begun += 1
        life.left = self.luck.time(life.failure.life, life.key, LIFE, life.begun)
        life.left += 0.0 if life.failure.is_busy_clock else up
        server.down_until = max(server.down_until, up)

    def settle(self) -> None:
        """Move what can move, until nothing can."""
        is_moving = True
        while is_moving:
            is_moving = False
            for k in reversed(range(len(self.queues))):
                is_moving |= self.pass_on(k) or self.start(k)

    def pass_on(self, k: int) -> bool:
        """Let the part that has been finished for longest leave a station, if there is room."""
        done = [server for server in self.servers[k] if server.part >= 0 and server.is_finished]
        if not done or (k + 1 < len(self.queues) and not self.has_room(k + 1)):
            return False
        server = min(done, key=lambda server: server.finished)
        self.moments[server.part, k] += [server.finished, self.now]
        if k + 1 < len(self.queues):
            self.queues[k + 1].append(server.part)
        else:
            self.num_left += 1
        server.part, server.is_finished, server.free_since = -1, False, self.now
        return True

    def start(self, k: int) -> bool:
        """Start the next part of a station on the server that has been free for longest."""
        free = [server for server in self.servers[k] if server.part < 0]
        if not free:
            return False
        server = min(free, key=lambda server: server.free_since)
        most = self.line.most_parts
        if k == 0 and self.line.arrivals is None and not self.queues[0]:
            if most is not None and self.num_entered - self.num_left >= most:
                return False
            self.queues[0].append(self.num_entered)
            self.num_entered += 1
        if not self.queues[k] or server.down_until > self.now:
            return False
        server.part = self.queues[k].pop(0)
        station = self.line.stations[k]
        server.work_left = self.luck.time(station.service, station.key, RUN, server.part)
        self.moments[server.part, k] = [self.now]
        return True


def play_line(line: Line, num_parts: int, seed: int, replication: int = 0) -> np.ndarray:
    """Return start, finish and departure of the first parts; shape (num_parts, stations, 3); nan where not reached."""
    moments = Play(line, Luck(np.uint64(luck_of(seed, replication))), num_parts).run()
    table = np.full((num_parts, len(line.stations), 3), np.nan)
    for (part, k), told in moments.items():
        if part < num_parts:
            table[part, k, : len(told)] = told
    return table
