"""A serial line by itself: what it makes an hour, what holds it up, and what places would add."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Floats
from drumbeat.basics.findings import Finding, Findings, InputError
from drumbeat.basics.intervals import Interval, mean_interval
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.twin.compile_line import SerialLine
from drumbeat.twin.engine.answers import Precision, ShortRunError
from drumbeat.twin.engine.lines import Line, LineStudy, Station, simulate_line, study_line

MOST_SEED = 2**63 - 1

MOST_PARTS = 200_000
"""Lots of a replication, about, at most."""

LENGTHENED = 3
"""Times that a run which has not settled is made four times as long."""

SIZES = (0, 1, 2, 3, 5, 8, 13, 21)
"""Places before every station for which a study tells what the line makes."""

MOST_REPLICATIONS = 50
"""Of the answer's, as many as other places are played on the same luck."""

FEWEST_PARTS, FEWEST_CYCLES = 20_000, 20
"""Lots of a replication at least, and cycles of failure and repair of the rarest failure, as far as lots allow."""


@dataclass(frozen=True)
class SerialLineStudy:
    """What a line makes when work is always there.

    Parameters
    ----------
    serial
        The line.
    output
        Good pieces an open hour.
    lots
        Lots in the line, those being worked included.
    limit
        Good pieces an hour of the slowest station by itself, failures included.
    stations
        operation, machines, servers, places, hours (of a lot), rate (good pieces an hour by itself), works, down,
        blocked, starved (shares of open time), waiting (lots before it), gain, gain_low, gain_high (good pieces an hour
        more by `more` places before it, on the same luck; null for the first station).
    by_places
        places (before every station but the first), output, output_low, output_high (good pieces an open hour); by
        places; no rows for a line of one station.
    more
        Places added, one buffer at a time.
    replications
        Of the answer.
    """

    serial: SerialLine
    output: Interval
    lots: Interval
    limit: float
    stations: pl.DataFrame
    by_places: pl.DataFrame
    more: int
    replications: int

    @property
    def best(self) -> str | None:
        """Operation before which `more` places are worth most; None where none adds more than luck does."""
        sure = self.stations.filter(pl.col("gain_low") > 0)
        return None if sure.is_empty() else str(sure.sort("gain", descending=True)["operation"][0])

    @property
    def advice(self) -> str:
        """Where the next places go, in a sentence."""
        row = next((row for row in self.stations.iter_rows(named=True) if row["operation"] == self.best), None)
        places = "place" if self.more == 1 else "places"
        if row is None:
            return f"No station gains from {self.more} more {places} before it, as far as luck lets see."
        return (
            f"{self.more} more {places} before {row['operation']} would be worth most: {row['gain']:+.3g} good pieces "
            f"an open hour ({row['gain_low']:+.3g} to {row['gain_high']:+.3g})."
        )


def study_serial_line(
    serial: SerialLine, *, more: int = 1, precision: float = 0.01, seed: int = 1, cores: int = 0,
    progress: Progress = silent,
) -> SerialLineStudy:  # fmt: skip
    """Study what a line makes in its steady state, and what more places before each station would add.

    Parameters
    ----------
    serial
        From `compile_line`.
    more
        Places added before one station at a time, 1 to 1000.
    precision
        Half-width of the output's 95 % interval as a share of it, .0005 to .2.
    seed, cores, progress
        As everywhere.

    Raises
    ------
    InputError
        `more` or `precision` are out of range.
        Or the line does not settle, as so many places are never full.
    """
    _check_asked(more, precision, seed)
    line = serial.line
    study = _study(line, Precision(relative=precision, pilot=20, most=2000), seed, cores, part_of(progress, 0, 0.5))
    pieces = serial.lot * serial.good
    count = min(len(study.throughput.values), MOST_REPLICATIONS)

    def run(changed: Line) -> Floats:
        return simulate_line(
            changed, length=study.length, warm_up=study.warm_up, replications=count, seed=seed, cores=cores
        ).throughput

    before = run(line)
    gains: list[Interval | None] = [None]
    for k in range(1, len(line.stations)):
        progress(0.5 + 0.3 * k / len(line.stations), f"{more} more before {line.stations[k].key}")
        gains.append(mean_interval((run(_with_places(line, k, more)) - before) * pieces))
    sized = []
    for k, size in enumerate(SIZES if len(line.stations) > 1 else ()):
        progress(0.8 + 0.2 * k / len(SIZES), f"{size} before every station")
        made = mean_interval(run(Line(tuple(replace(one, buffer=size) for one in line.stations))) * pieces)
        sized.append((size, made.value, made.low, made.high))
    progress(1.0, "measured")
    told = study.throughput.interval
    output = Interval(told.value * pieces, told.low * pieces, told.high * pieces)
    rates = np.array([_rate(station) for station in line.stations]) * pieces
    rows = _tell_stations(serial, study, rates, gains)
    names = {"places": pl.Int64, "output": pl.Float64, "output_low": pl.Float64, "output_high": pl.Float64}
    by_places = pl.DataFrame(sized, schema=names, orient="row")
    count, lots = len(study.throughput.values), study.parts_in_system.mean
    return SerialLineStudy(serial, output, lots, float(rates.min()), rows, by_places, more, count)


def as_json_ready(study: SerialLineStudy) -> dict[str, Any]:
    """Return what a study found in words and numbers that JSON knows; pieces by open hour."""
    return {
        "output": {"mean": study.output.value, "low": study.output.low, "high": study.output.high},
        "lots_in_line": {"mean": study.lots.value, "low": study.lots.low, "high": study.lots.high},
        "limit": study.limit,
        "lot": study.serial.lot,
        "good": study.serial.good,
        "more": study.more,
        "replications": study.replications,
        "stations": study.stations.to_dicts(),
        "by_places": study.by_places.to_dicts(),
        "best": study.best,
        "advice": study.advice,
        "findings": study.serial.findings.as_json(),
    }


def _check_asked(more: int, precision: float, seed: int) -> None:
    findings = Findings()
    asked = (("more", more, 1, 1000), ("precision", precision, 0.0005, 0.2), ("seed", seed, 0, MOST_SEED))
    for name, value, low, high in asked:
        if not low <= value <= high:
            rule = f"{name} is {low:,} to {high:,}"
            findings.add(Finding("line", rule, "Enter a number in that range", None, name, str(value)))
    findings.raise_on_errors()


def _study(line: Line, wanted: Precision, seed: int, cores: int, progress: Progress) -> LineStudy:
    """Study a line in runs that are long enough for it to settle."""
    length = _choose_length(line)
    for _ in range(LENGTHENED):
        try:
            return study_line(line, length=length, wanted=wanted, seed=seed, cores=cores, progress=progress)
        except ShortRunError:
            length *= 4.0
    try:
        return study_line(line, length=length, wanted=wanted, seed=seed, cores=cores, progress=progress)
    except ShortRunError as error:
        most = max(station.buffer or 0 for station in line.stations[1:]) if len(line.stations) > 1 else 0
        rule = f"a line settles: in {length:,.0f} open hours its places have not filled or emptied"
        remedy = "Ask with fewer places, at most some hundred"
        raise InputError(Finding("line", rule, remedy, None, "places", f"{most:,}")) from error


def _choose_length(line: Line) -> float:
    slowest = max(station.service.expected / station.servers for station in line.stations)
    cycles = [one.life.expected + one.repair.expected for station in line.stations for one in station.failures]
    wanted = max(FEWEST_PARTS * slowest, FEWEST_CYCLES * max(cycles, default=0.0), 1e-6)
    return min(wanted, MOST_PARTS * slowest) if slowest > 0 else wanted


def _rate(station: Station) -> float:
    """Lots an hour of a station by itself: its servers' speed times the share of time that they are up."""
    down = sum(one.repair.expected / one.life.expected for one in station.failures)
    return station.servers / max(station.service.expected * (1.0 + down), 1e-12)


def _with_places(line: Line, k: int, more: int) -> Line:
    stations = list(line.stations)
    stations[k] = replace(stations[k], buffer=(stations[k].buffer or 0) + more)
    return replace(line, stations=tuple(stations))


def _tell_stations(serial: SerialLine, study: LineStudy, rates: Floats, gains: list[Interval | None]) -> pl.DataFrame:
    stations = serial.line.stations
    return pl.DataFrame(
        {
            "operation": list(serial.operations),
            "machines": list(serial.queues),
            "servers": [station.servers for station in stations],
            "places": [None, *(station.buffer for station in stations[1:])],
            "hours": [station.service.expected for station in stations],
            "rate": rates,
            **{name: study.shares[:, i] for i, name in enumerate(("works", "down", "blocked", "starved"))},
            "waiting": study.waiting,
            "gain": [None if gain is None else gain.value for gain in gains],
            "gain_low": [None if gain is None else gain.low for gain in gains],
            "gain_high": [None if gain is None else gain.high for gain in gains],
        },
        schema_overrides={"places": pl.Int64, "gain": pl.Float64, "gain_low": pl.Float64, "gain_high": pl.Float64},
    )
