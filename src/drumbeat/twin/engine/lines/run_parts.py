"""The kernel: send parts through a serial line, one after the other, by a max-plus recursion.

A part starts where it has come and a server is free, and leaves a station when it is finished and the next one has
room (Buzacott & Shanthikumar 1993, ch. 5). With c parallel servers the (n + c)-th start waits for the n-th departure,
and the n-th departure is the earliest end of the c parts then on the servers: parts may overtake each other. So that
those c are known, a station runs c - 1 parts ahead of the next one, and a transfer lot of q another q - 1; the room
that a departure waits for is then always a departure that is known.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int64s
from drumbeat.basics.compiled import bare, inlined, njit
from drumbeat.basics.salted_streams import salt_of, uniform_of
from drumbeat.basics.streams import luck_of, uniform
from drumbeat.twin.engine.lines.break_stations import BLOCKED, STARVED, WORKING, Wear, begin_lives, clip, serve
from drumbeat.twin.engine.lines.draw_times import draw_time
from drumbeat.twin.engine.lines.lay_out import NO_LIMIT, Layout
from drumbeat.twin.engine.problem import RUN, Keys

_ARRIVAL = 20  # lines.problem.ARRIVAL; a literal here, so that the kernels' cache does not hang on the nouns


class State(NamedTuple):
    """What one replication writes.

    By server: `end`, `number` and `entry` of the part on it. By station: how many servers were `filled`, the server
    that is `next`, where its departures are `read` and `written` in the ring of departures, the parts that its lots
    `gathered` and the moment the last lot left. `gather_number` and `gather_entry` hold the parts of lots, `exits` the
    moments at which parts left the line, where their number is limited; `salts` the luck of each station.
    """

    wear: Wear
    end: Floats
    number: Int64s
    entry: Floats
    filled: Int64s
    next: Int64s
    read: Int64s
    written: Int64s
    gathered: Int64s
    lot_time: Floats
    ring: Floats
    gather_number: Int64s
    gather_entry: Floats
    exits: Floats
    salts: Keys


class Window(NamedTuple):
    """Runs last from 0 to `end`, `first` onwards is measured; `bin_length` cuts all of it into bins."""

    first: float
    end: float
    bin_length: float


class Tally(NamedTuple):
    """What replications count; R replications, B bins, K stations.

    `entered`, `enter_rest` (time from entries to the end of their bin, summed), `exited`, `exit_rest` and `sojourn`
    (time in the system of the parts that left) have shape (R, B); `shares` (R, K, 4), time in each state, summed over
    servers; `waiting` (R, K), time that parts waited for a start; `lost` (R, 2): arrivals in the window, lost ones.
    `trace` (R, N, K, 3) receives start, finish and departure of the first N parts.
    """

    entered: Floats
    enter_rest: Floats
    exited: Floats
    exit_rest: Floats
    sojourn: Floats
    shares: Floats
    waiting: Floats
    lost: Floats
    trace: Floats


def make_state(layout: Layout) -> State:
    """Make the arrays that one thread writes, replication after replication."""
    stations, num_servers, num_lives = layout.stations, int(layout.stations.first[-1]), len(layout.lives.key)
    count = len(stations.key)

    def floats(size: int) -> Floats:
        return np.zeros(size, dtype=np.float64)

    def ints(size: int) -> Int64s:
        return np.zeros(size, dtype=np.int64)

    wear = Wear(floats(num_lives), ints(num_lives), floats(num_servers), floats(num_servers), floats(num_servers))
    return State(
        wear, floats(num_servers), ints(num_servers), floats(num_servers), ints(count), ints(count), ints(count),
        ints(count), ints(count), floats(count), floats(int(stations.ring[-1])), ints(int(stations.gather[-1])),
        floats(int(stations.gather[-1])), floats(layout.entry.most),
        np.zeros(count, dtype=np.uint64),
    )  # fmt: skip


@bare
def _reset(layout: Layout, state: State, luck: np.uint64) -> None:
    begin_lives(layout.lives, layout.life, state.wear, luck)
    state.filled[:] = 0
    for k in range(len(state.next)):
        state.next[k] = layout.stations.first[k]
    state.read[:] = 0
    state.written[:] = 0
    state.gathered[:] = 0
    state.ring[:] = 0.0
    state.exits[:] = 0.0
    for k in range(len(state.salts)):
        state.salts[k] = salt_of(luck, layout.stations.key[k])


@inlined
def _note(count: Floats, rest: Floats, moment: float, window: Window) -> None:
    """Count an entry or exit in its bin."""
    if moment < window.end:
        b = min(int(moment / window.bin_length), len(count) - 1)
        count[b] += 1.0
        rest[b] += (b + 1) * window.bin_length - moment


@bare
def _arrive(
    layout: Layout, state: State, luck: np.uint64, clock: float, come: int, number: int, lost: Floats, window: Window
) -> tuple[float, int]:
    """Return when the next part that is not lost arrives, and how many have come."""
    while True:
        clock += draw_time(layout.between, 0, uniform(luck, layout.entry.key, _ARRIVAL, come))
        come += 1
        is_measured = window.first <= clock < window.end
        lost[0] += is_measured
        if not layout.entry.is_lost or clock >= state.ring[number % layout.stations.room[0]]:
            return clock, come
        lost[1] += is_measured


@bare
def _gather(layout: Layout, state: State, k: int, number: int, entry: float, leave: float) -> tuple[int, float, float]:
    """Put a finished part into its lot; return number, entry and departure of the part to pass on; -1 for none."""
    low, lot = layout.stations.gather[k], layout.stations.lot[k]
    state.gather_number[low + state.gathered[k] % lot] = number
    state.gather_entry[low + state.gathered[k] % lot] = entry
    state.gathered[k] += 1
    if state.gathered[k] % lot == 0:
        state.lot_time[k] = leave
    if state.gathered[k] < lot:
        return -1, 0.0, 0.0
    place = low + state.gathered[k] % lot
    return state.gather_number[place], state.gather_entry[place], state.lot_time[k]


@inlined
def _enter(
    layout: Layout, state: State, luck: np.uint64, clock: float, come: int, number: int, lost: Floats, window: Window
) -> tuple[float, float, int]:
    """Return when the next part enters, when it arrived, and how many have arrived."""
    most = layout.entry.most
    if layout.entry.has_arrivals:
        clock, come = _arrive(layout, state, luck, clock, come, number, lost, window)
        moment = clock
    elif most == NO_LIMIT:
        moment = state.wear.free[state.next[0]]
    else:
        moment = 0.0
    return (max(moment, state.exits[number % most]) if most != NO_LIMIT else moment), clock, come


@inlined
def _leave_line(state: State, tally: Tally, r: int, entry: float, leave: float, num_left: int, window: Window) -> None:
    """Count a part that leaves the line."""
    if leave < window.end:
        b = min(int(leave / window.bin_length), tally.exited.shape[1] - 1)
        tally.exited[r, b] += 1.0
        tally.exit_rest[r, b] += (b + 1) * window.bin_length - leave
        tally.sojourn[r, b] += leave - entry
    if len(state.exits):
        state.exits[num_left % len(state.exits)] = leave


@inlined
def _pass_server(state: State, k: int, server: int, low: int, high: int) -> int:
    """Return the server whose part ends first, which will be the next to start one; -1 while one is still empty."""
    if state.filled[k] < high - low - 1:
        state.filled[k] += 1
        state.next[k] = server + 1
        return -1
    first = low
    for other in range(low + 1, high):
        if state.end[other] < state.end[first]:
            first = other
    state.next[k] = first
    return first


@inlined
def _is_calm(
    first: Int64s, is_busy: Bools, left: Floats, server: int, start: float, seconds: float, down_until: Floats
) -> bool:
    """Whether nothing fails until a part that starts now is finished; then it has aged what ages by work."""
    low, high = first[server], first[server + 1]
    if low == high:
        return True
    if high == low + 1 and is_busy[low]:
        if left[low] < seconds:
            return False
        left[low] -= seconds
        return True
    is_calm = down_until[server] <= start
    for i in range(low, high):
        is_calm &= (left[i] >= seconds) if is_busy[i] else (left[i] > start and left[i] >= start + seconds)
    if is_calm:
        for i in range(low, high):
            if is_busy[i]:
                left[i] -= seconds
    return is_calm


@inlined
def _keep(trace: Floats, number: int, k: int, which: int, moment: float) -> None:
    if number < trace.shape[0]:
        trace[number, k, which] = moment


@bare
def _run(layout: Layout, state: State, tally: Tally, luck: np.uint64, r: int, window: Window) -> None:
    """Play one replication."""
    stations, wear = layout.stations, state.wear
    first, servers, room = stations.first, stations.servers, stations.room
    ring_first, lots = stations.ring, stations.lot
    free, ring, read, written, life_first = wear.free, state.ring, state.read, state.written, layout.lives.first
    is_busy, left, salts = layout.lives.is_busy, wear.left, state.salts
    shares, waiting, last = tally.shares[r], tally.waiting[r], len(servers) - 1
    low, high, trace = window.first, window.end, tally.trace[r]
    step, num_left, come, remaining, clock = 0, 0, 0, -1, 0.0
    while remaining != 0:
        number, remaining, step = step, remaining - 1, step + 1
        time, clock, come = _enter(layout, state, luck, clock, come, number, tally.lost[r], window)
        entry = time
        if entry < high:
            _note(tally.entered[r], tally.enter_rest[r], entry, window)
        elif remaining < 0:
            remaining = layout.entry.num_ahead
        for k in range(last + 1):
            server = state.next[k]
            seconds = draw_time(layout.service, k, uniform_of(salts[k], RUN, number))
            start = max(time, free[server])
            is_inside = free[server] >= low and time >= low and start + seconds <= high
            shares[k, STARVED] += start - free[server] if is_inside else clip(free[server], start, low, high)
            if _is_calm(life_first, is_busy, left, server, start, seconds, wear.down_until):
                finish = start + seconds
                shares[k, WORKING] += seconds if is_inside else clip(start, finish, low, high)
            else:
                start, finish = serve(
                    layout.lives, layout.life, layout.repair, wear, luck, server, time, seconds, shares[k], low, high
                )
            waiting[k] += start - time if is_inside else clip(time, start, low, high)
            _keep(trace, number, k, 0, start)
            _keep(trace, number, k, 1, finish)
            if servers[k] > 1:
                state.end[server], state.number[server], state.entry[server] = finish, number, entry
                server = _pass_server(state, k, server, first[k], first[k + 1])
                if server < 0:
                    break
                finish, number, entry = state.end[server], state.number[server], state.entry[server]
            time = finish
            if k < last and room[k + 1] > 0:
                if lots[k] == 1 or (state.gathered[k] + 1) % lots[k] == 0:
                    time = max(time, ring[ring_first[k + 1] + read[k]])
                read[k] = read[k] + 1 if read[k] + 1 < room[k + 1] else 0
            if room[k] > 0:
                ring[ring_first[k] + written[k]] = time
                written[k] = written[k] + 1 if written[k] + 1 < room[k] else 0
            shares[k, BLOCKED] += clip(finish, time, low, high)
            wear.finished[server], free[server] = finish, time
            _keep(trace, number, k, 2, time)
            if lots[k] > 1:
                number, entry, time = _gather(layout, state, k, number, entry, time)
                if number < 0:
                    break
        else:
            _leave_line(state, tally, r, entry, time, num_left, window)
            num_left += 1


@njit(nogil=True, _nrt=False)
def run_replications(
    layout: Layout, state: State, tally: Tally, seed: int, first: int, last: int, window: Window
) -> None:
    """Play replications `first` to `last - 1`.

    Parameters
    ----------
    layout
        The line.
    state
        What this thread writes.
    tally
        Row r - first is added to; zeros before.
    seed
        Seed of all luck.
    first, last
        Range of replications.
    window
        How long, and what is measured.
    """
    for r in range(last - first):
        luck = luck_of(seed, first + r)
        _reset(layout, state, luck)
        _run(layout, state, tally, luck, r, window)
