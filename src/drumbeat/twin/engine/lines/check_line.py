"""Check a line before it is run: every broken rule, with its remedy."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from drumbeat.basics.findings import Finding, Findings
from drumbeat.basics.streams import GAMMA, LOGNORMAL, WEIBULL
from drumbeat.twin.engine.lines.problem import EMPIRICAL, NAMES, Duration, Line, Station

MOST_SERVERS = 10_000
"""Servers of a station and parts of a lot at most: each costs time in every step."""

MOST_PLACES = 100_000_000
"""Places of a buffer at most; a larger one is told as unlimited."""


def check_line(line: Line) -> Findings:
    """Return what is wrong with a line; empty when it can be run."""
    found = Findings()
    if not line.stations:
        found.add(Finding("line", "a line has at least one station", "Add a station"))
    keys = [station.key for station in line.stations]
    keys += [failure.key for station in line.stations for failure in station.failures]
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        found.add(Finding("line", "the keys of stations and failures are unique", "Rename one of them", value=key))
    for number, station in enumerate(line.stations):
        found.extend(_check_station(station))
        if number and station.buffer is not None and station.buffer < line.stations[number - 1].lot - 1:
            rule = f"the buffer holds a transfer lot of {line.stations[number - 1].key} less one"
            found.add(Finding(_place(station), rule, "Enlarge the buffer or cut the lot", value=str(station.buffer)))
    found.extend(_check_entry(line))
    return found


def _place(station: Station) -> str:
    return f"station {station.key}"


def _check_station(station: Station) -> Iterator[Finding]:
    place = _place(station)
    yield from _check_duration(place, "service", station.service)
    for column, count in (("servers", station.servers), ("lot", station.lot)):
        if not 1 <= count <= MOST_SERVERS:
            yield Finding(place, f"{column}: 1 to {MOST_SERVERS:,}", "Enter a number in that range", value=str(count))
    if station.buffer is not None and not 0 <= station.buffer <= MOST_PLACES:
        rule = f"a buffer has 0 to {MOST_PLACES:,} places"
        yield Finding(place, rule, "Enter a number in that range, or None for unlimited", value=str(station.buffer))
    if station.servers > 1 and not all(failure.is_busy_clock for failure in station.failures):
        rule = (
            "several servers fail in busy time only: here a part would wait for a server that failed while it was free"
        )
        yield Finding(place, rule, "Count their failures in busy time, or use the general floor")
    for failure in station.failures:
        of = f"{place}, failure {failure.key}"
        yield from _check_duration(of, "life", failure.life)
        yield from _check_duration(of, "repair", failure.repair)
        if not failure.life.expected > 0:
            rule = "a life is longer than nothing"
            yield Finding(of, rule, "Enter a mean above 0", column="life", value=str(failure.life.expected))


def _check_entry(line: Line) -> Iterator[Finding]:
    if line.arrivals is not None:
        yield from _check_duration("arrivals", "between", line.arrivals.between)
        if not line.arrivals.between.expected > 0:
            yield Finding("arrivals", "time passes between arrivals", "Enter a mean above 0, or leave arrivals out")
        if line.arrivals.is_lost_when_full and line.stations and line.stations[0].buffer is None:
            remedy = "Enter the places before the first station"
            yield Finding("arrivals", "arrivals are lost only where the first buffer is finite", remedy)
    elif line.stations and not any(station.service.expected > 0 for station in line.stations):
        remedy = "Enter the service time of at least one station"
        yield Finding("line", "a line that is never short of parts takes time for them", remedy)
    if line.most_parts is not None and line.most_parts <= line.num_ahead:
        rule = f"the limit of parts is above {line.num_ahead}, its servers - 1 and lots - 1"
        yield Finding("line", rule, "Raise the limit, or use the general floor", value=str(line.most_parts))


def _check_duration(place: str, column: str, duration: Duration) -> Iterator[Finding]:
    if duration.distribution not in NAMES:
        known = ", ".join(NAMES.values())
        yield Finding(place, f"the distribution is one of {known}", "Choose one", None, column,
                      str(duration.distribution))  # fmt: skip
        return
    if duration.distribution == EMPIRICAL:
        told = np.asarray(duration.quantiles, dtype=np.float64)
        if told.ndim != 1 or told.size < 2 or not np.isfinite(told).all() or told[0] < 0 or (np.diff(told) < 0).any():
            rule = "an empirical time has two or more rising quantiles, none below 0"
            yield Finding(place, rule, "Sort the observations and take their quantiles", column=column)
        return
    if not (math.isfinite(duration.mean) and duration.mean >= 0):
        yield Finding(place, "a mean is a number, 0 or more", "Enter one", None, column, str(duration.mean))
    needs_shape = duration.distribution in (WEIBULL, LOGNORMAL, GAMMA)
    if needs_shape and not (math.isfinite(duration.shape) and duration.shape > 0):
        yield Finding(place, "a shape is above 0", "Enter one", None, column, str(duration.shape))
