"""The kernel for plain lines: the same recursion as `run_parts`, without what a plain line does not have.

One server a station, no transfer lots, exponential services, arrivals if there are any exponential and none lost, no
limit of parts, and lives, if there are any, one a server in busy time. Services are drawn for a block of parts at once,
station by station, which the compiler turns into vector instructions. It gives the bits of `run_parts`.
"""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Floats
from drumbeat.basics.compiled import bare, njit
from drumbeat.basics.salted_streams import salt_of, uniform_of
from drumbeat.basics.streams import EXPONENTIAL, luck_of
from drumbeat.twin.engine.lines.break_stations import BLOCKED, STARVED, WORKING, clip, serve
from drumbeat.twin.engine.lines.fast_log import fast_log
from drumbeat.twin.engine.lines.lay_out import NO_LIMIT, Layout
from drumbeat.twin.engine.lines.run_parts import _ARRIVAL, State, Tally, Window, _note, _reset
from drumbeat.twin.engine.problem import RUN

BLOCK = 64
"""Parts whose times are drawn at once."""


def is_plain(layout: Layout, num_traced: int) -> bool:
    """Whether a line has only what this kernel plays."""
    stations, lives, entry = layout.stations, layout.lives, layout.entry
    counts = np.diff(lives.first)
    return bool(
        num_traced == 0
        and (stations.servers == 1).all()
        and (stations.lot == 1).all()
        and (layout.service.distribution == EXPONENTIAL).all()
        and (not entry.has_arrivals or layout.between.distribution[0] == EXPONENTIAL)
        and not entry.is_lost
        and entry.most == NO_LIMIT
        and ((counts == 0).all() or (counts == 1).all())
        and lives.is_busy.all()
    )


def make_block(layout: Layout) -> Floats:
    """Room for the times of a block: a row for each station, the last for arrivals."""
    return np.zeros((len(layout.stations.key) + 1, BLOCK))


@bare
def _draw_block(times: Floats, salt: np.uint64, purpose: int, number: int, mean: float) -> None:
    """Draw the times of one row from a number onwards."""
    scale = -mean
    for j in range(BLOCK):
        times[j] = scale * fast_log(1.0 - uniform_of(salt, purpose, number + j))


@bare
def _fill(layout: Layout, state: State, times: Floats, luck: np.uint64, number: int) -> None:
    last = len(state.salts)
    for k in range(last):
        _draw_block(times[k], state.salts[k], RUN, number, layout.service.mean[k])
    if layout.entry.has_arrivals:
        _draw_block(times[last], salt_of(luck, layout.entry.key), _ARRIVAL, number, layout.between.mean[0])


@bare
def _run(layout: Layout, state: State, times: Floats, tally: Tally, luck: np.uint64, r: int, window: Window) -> None:
    """Play one replication."""
    room, ring_first, has_arrivals = layout.stations.room, layout.stations.ring, layout.entry.has_arrivals
    free, finished, left, ring, written = (
        state.wear.free,
        state.wear.finished,
        state.wear.left,
        state.ring,
        state.written,
    )
    shares, waiting, last, fails = tally.shares[r], tally.waiting[r], len(room) - 1, len(layout.lives.key) > 0
    entered, enter_rest, lost = tally.entered[r], tally.enter_rest[r], tally.lost[r]
    exited, exit_rest, sojourn = tally.exited[r], tally.exit_rest[r], tally.sojourn[r]
    low, high, clock, entry, number = window.first, window.end, 0.0, 0.0, 0
    while entry < high:
        j = number % BLOCK
        if j == 0:
            _fill(layout, state, times, luck, number)
        number += 1
        if has_arrivals:
            clock += times[last + 1, j]
            lost[0] += low <= clock < high
            entry = clock
        else:
            entry = free[0]
        _note(entered, enter_rest, entry, window)
        time = entry
        for k in range(last + 1):
            seconds, ready = times[k, j], free[k]
            start = max(time, ready)
            finish = start + seconds
            is_inside = ready >= low and time >= low and finish <= high
            shares[k, STARVED] += start - ready if is_inside else clip(ready, start, low, high)
            if fails and left[k] < seconds:
                start, finish = serve(
                    layout.lives, layout.life, layout.repair, state.wear, luck, k, time, seconds, shares[k], low, high
                )
            else:
                shares[k, WORKING] += seconds if is_inside else clip(start, finish, low, high)
                if fails:
                    left[k] -= seconds
            waiting[k] += start - time if is_inside else clip(time, start, low, high)
            time = finish
            if k < last and room[k + 1] > 0:
                # the place that this part takes was left by the part that came as many before as there is room
                time = max(time, ring[ring_first[k + 1] + written[k + 1]])
            if room[k] > 0:
                ring[ring_first[k] + written[k]] = time
                written[k] = written[k] + 1 if written[k] + 1 < room[k] else 0
            shares[k, BLOCKED] += clip(finish, time, low, high)
            finished[k], free[k] = finish, time
        if time < high:
            b = min(int(time / window.bin_length), len(exited) - 1)
            exited[b] += 1.0
            exit_rest[b] += (b + 1) * window.bin_length - time
            sojourn[b] += time - entry


@njit(nogil=True, _nrt=False)
def run_plain_replications(
    layout: Layout, state: State, times: Floats, tally: Tally, seed: int, first: int, last: int, window: Window
) -> None:
    """Play replications `first` to `last - 1` of a plain line.

    Parameters
    ----------
    layout, state, tally, seed, first, last, window
        As for `run_parts.run_replications`.
    times
        From `make_block`; what is in it does not matter.
    """
    for r in range(last - first):
        luck = luck_of(seed, first + r)
        _reset(layout, state, luck)
        _run(layout, state, times, tally, luck, r, window)
