"""Lay a line out as arrays for the kernel."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int64s
from drumbeat.basics.streams import key_of, keys_of
from drumbeat.twin.engine.lines.problem import EMPIRICAL, Arrivals, Duration, Failure, Line
from drumbeat.twin.engine.problem import Keys

NO_LIMIT = 0
"""Room of a station, or most parts of a line, without a limit."""


class Times(NamedTuple):
    """Distributions by entity; shape (n,) each.

    `table` holds the quantiles of the empirical ones, entity i those from `first[i]` to `first[i + 1] - 1`.
    """

    distribution: Int64s
    mean: Floats
    shape: Floats
    first: Int64s
    table: Floats


class Stations(NamedTuple):
    """By station; shape (K,), CSR arrays (K + 1,).

    `first` counts servers; `room` is places of buffer and servers together, `NO_LIMIT` for unlimited; `ring` counts the
    remembered departures; `lot` is the transfer lot and `gather` counts the places in which lots gather.
    """

    key: Keys
    servers: Int64s
    first: Int64s
    room: Int64s
    ring: Int64s
    lot: Int64s
    gather: Int64s


class Lives(NamedTuple):
    """By life, one for each server and failure; `first`, shape (S + 1,), by server. `has_calendar` by server."""

    first: Int64s
    key: Keys
    is_busy: Bools
    has_calendar: Bools


class Entry(NamedTuple):
    """How parts enter: arrivals or not, lost or not, the most parts and the parts that the recursion runs ahead."""

    has_arrivals: bool
    is_lost: bool
    key: np.uint64
    most: int
    num_ahead: int


class Layout(NamedTuple):
    """A line as arrays; `service` by station, `life` and `repair` by life, `between` one entity."""

    stations: Stations
    service: Times
    lives: Lives
    life: Times
    repair: Times
    entry: Entry
    between: Times


def lay_out(line: Line) -> Layout:
    """Lay out a line that `check_line` finds nothing wrong with."""
    stations = line.stations
    servers = [station.servers for station in stations]
    rooms = [NO_LIMIT if s.buffer is None else s.buffer + s.servers for s in stations]
    lots = [station.lot for station in stations]
    held = [(f, f"{f.key}#{unit}") for s in stations for unit in range(s.servers) for f in s.failures]
    failures: list[Failure] = [failure for failure, _ in held]
    per_server = [len(s.failures) for s in stations for _ in range(s.servers)]
    clocks = [any(not f.is_busy_clock for f in s.failures) for s in stations for _ in range(s.servers)]
    arrivals = line.arrivals or Arrivals(Duration(0.0))
    return Layout(
        Stations(
            keys_of(station.key for station in stations), np.array(servers, np.int64), _pointers(servers),
            np.array(rooms, np.int64), _pointers(rooms), np.array(lots, np.int64), _pointers(lots),
        ),
        _times(station.service for station in stations),
        Lives(
            _pointers(per_server), keys_of(key for _, key in held),
            np.array([failure.is_busy_clock for failure in failures], dtype=np.bool_), np.array(clocks, np.bool_),
        ),
        _times(failure.life for failure in failures),
        _times(failure.repair for failure in failures),
        Entry(
            line.arrivals is not None, arrivals.is_lost_when_full, key_of(arrivals.key), line.most_parts or NO_LIMIT,
            line.num_ahead,
        ),
        _times([arrivals.between]),
    )  # fmt: skip


def _pointers(counts: Iterable[int]) -> Int64s:
    return np.array([0, *accumulate(counts)], dtype=np.int64)


def _times(durations: Iterable[Duration]) -> Times:
    told = list(durations)
    tables = [d.quantiles if d.distribution == EMPIRICAL else np.zeros(0) for d in told]
    return Times(
        np.array([d.distribution for d in told], dtype=np.int64),
        np.array([d.expected for d in told], dtype=np.float64),
        np.array([d.shape for d in told], dtype=np.float64),
        _pointers(len(table) for table in tables),
        np.concatenate([np.zeros(0), *tables]).astype(np.float64),
    )
