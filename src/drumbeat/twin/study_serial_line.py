"""A routing as a serial line by itself: what it makes an hour, what holds it up, and what places would add."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Floats
from drumbeat.basics.findings import Finding, Findings, InputError
from drumbeat.basics.intervals import Interval, mean_interval
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.basics.streams import FIXED, LOGNORMAL, sigma_of
from drumbeat.data.snapshot import Snapshot
from drumbeat.twin.compile_floor import CompiledFloor, FloorTerms, compile_floor
from drumbeat.twin.engine.answers import Precision, ShortRunError
from drumbeat.twin.engine.floor.problem import PER_PIECE
from drumbeat.twin.engine.floor.surroundings import BUSY
from drumbeat.twin.engine.lines import Duration, Failure, Line, LineStudy, Station, simulate_line, study_line

HOUR = 3600.0

MOST_PARTS = 200_000
"""Lots of a replication, about, at most."""

LENGTHENED = 3
"""Times that a run which has not settled is made four times as long."""

FEWEST_PARTS, FEWEST_CYCLES = 20_000, 20
"""Lots of a replication at least, and cycles of failure and repair of the rarest failure, as far as lots allow."""


@dataclass(frozen=True)
class SerialLine:
    """A routing as a line whose parts are lots; hours are open hours.

    Parameters
    ----------
    line
        Stations in the order of the operations; times in hours.
    operations, queues
        By station: code of its operation; names of its machines.
    lot
        Pieces of what goes from station to station: a transfer lot, else the usual lot.
    good
        Share of the pieces that are left at the end.
    findings
        What was assumed.
    """

    line: Line
    operations: tuple[str, ...]
    queues: tuple[str, ...]
    lot: int
    good: float
    findings: Findings


@dataclass(frozen=True)
class SerialLineStudy:
    """What a line makes when work is always there.

    Parameters
    ----------
    serial
        The line.
    output
        Good pieces an open hour.
    limit
        Good pieces an hour of the slowest station by itself, failures included.
    stations
        operation, machines, servers, places, hours (of a lot), rate (good pieces an hour by itself), works, down,
        blocked, starved (shares of open time), waiting (lots before it), gain, gain_low, gain_high (good pieces an hour
        more by `more` places before it, on the same luck; null for the first station).
    more
        Places added, one buffer at a time.
    replications
        Of the answer.
    """

    serial: SerialLine
    output: Interval
    limit: float
    stations: pl.DataFrame
    more: int
    replications: int


def compile_line(
    snapshot: Snapshot, routing: str, *, places: int = 10, set_places: Mapping[str, int] | None = None
) -> SerialLine:
    """Compile a routing into a serial line, from what the floor knows of it (`compile_floor`).

    Parameters
    ----------
    snapshot
        The plant.
    routing
        Code of the routing; its item is wanted, else its lots are not known.
    places
        Places before a machine whose `queue_places` are not told, 0 or more.
    set_places
        Places by operation instead of the plant's.

    Raises
    ------
    InputError
        The routing is not known or not wanted, passes a machine twice, or a place is told for an unknown operation.
    """
    compiled = compile_floor(snapshot, FloorTerms(weeks=1))
    names = compiled.products["routing"].to_list()
    if routing not in names:
        rule, remedy = "the routing of a line is one whose item is wanted", f"Use one of {', '.join(sorted(names)[:9])}"
        raise InputError(Finding("line", rule, remedy, None, "routing", routing))
    product = names.index(routing)
    asked = dict(set_places or {})
    problem, findings = compiled.problem, Findings()
    steps = [s for s in _steps_of(compiled, product) if problem.steps.group[s] >= 0]
    operations = [str(compiled.steps["operation"][s]) for s in steps]
    _check_serial(compiled, steps, operations, asked, places)
    lot = int(problem.products.transfer_pieces[product]) or int(problem.products.pieces[product])
    stations = tuple(
        _make_station(compiled, s, code, lot, asked.get(code), places)
        for s, code in zip(steps, operations, strict=True)
    )
    untold = [station.key for s, station in zip(steps[1:], stations[1:], strict=True)
              if problem.groups.capacity[problem.steps.group[s]] < 0 and station.key not in asked]  # fmt: skip
    if untold:
        rule = f"{places} lots may wait before a machine whose places are not told"
        remedy = "Enter queue_places of the resources"
        findings.add(Finding("resource", rule, remedy, None, "queue_places", ", ".join(untold[:5]), "note"))
    for rule, remedy in (
        ("work is always there, and the machines of a line are open in the same hours", "Read output by open hour"),
        ("people, tools, material and changes of family are left out", "Play the weeks ahead for what they cost"),
    ):
        findings.add(Finding("line", rule, remedy, severity="note"))
    good = float(np.prod(1.0 - problem.steps.scrap[steps]))
    queues = tuple(str(problem.groups.keys[problem.steps.group[s]]) for s in steps)
    return SerialLine(Line(stations), tuple(operations), queues, lot, good, findings)


def _steps_of(compiled: CompiledFloor, product: int) -> range:
    ptr = compiled.problem.products.ptr
    return range(int(ptr[product]), int(ptr[product + 1]))


def _check_serial(
    compiled: CompiledFloor, steps: list[int], operations: list[str], asked: dict[str, int], places: int
) -> None:
    """Raise `InputError` with all that keeps the steps from being a serial line."""
    findings, problem = Findings(), compiled.problem
    if not steps:
        rule, remedy = "a line has a machine", "Name the machines of its operations"
        findings.add(Finding("line", rule, remedy, None, "operation_resource"))
    seen: dict[int, str] = {}
    for s, code in zip(steps, operations, strict=True):
        group = int(problem.steps.group[s])
        for m in problem.groups.machine[problem.groups.ptr[group] : problem.groups.ptr[group + 1]]:
            if seen.setdefault(int(m), code) != code:
                rule = "a serial line passes each machine once"
                remedy = "Play the weeks ahead instead: drumbeat simulate --weeks"
                value = f"{problem.machines.keys[m]} in {seen[int(m)]} and {code}"
                findings.add(Finding("line", rule, remedy, None, "operation_resource", value))
    for code, number in [*asked.items(), ("", places)]:
        if code and code not in operations:
            rule, remedy = "places are told for an operation of the line", f"Use one of {', '.join(operations)}"
            findings.add(Finding("line", rule, remedy, None, "places", code))
        if not 0 <= number <= 1_000_000:
            remedy = "Enter a number in that range"
            findings.add(Finding("line", "places are 0 to 1,000,000", remedy, None, "places", str(number)))
    findings.raise_on_errors()


def _make_station(compiled: CompiledFloor, s: int, code: str, lot: int, asked: int | None, places: int) -> Station:
    problem = compiled.problem
    steps, groups = problem.steps, problem.groups
    group = int(steps.group[s])
    own = slice(int(groups.ptr[group]), int(groups.ptr[group + 1]))
    machines = groups.machine[own]
    run = float(steps.run.mean[s]) * (lot if steps.unit[s] == PER_PIECE else 1) * float(groups.factor[own].mean())
    setup = float(steps.setup[s]) if len(steps.setup) else 0.0
    sigma = float(steps.run.shape[s])
    # A setup does not spread: of the sum of both only the run does.
    spread = run * float(np.sqrt(np.expm1(sigma * sigma))) / (run + setup) if run > 0 else 0.0
    service = Duration((run + setup) / HOUR, LOGNORMAL if spread > 0 else FIXED, sigma_of(spread) if spread else 1.0)
    told = int(groups.capacity[group])
    buffer = asked if asked is not None else told if told >= 0 else places
    return Station(
        code, service, len(machines), buffer, tuple(_find_failures(compiled, int(machines[0]), len(machines)))
    )


def _find_failures(compiled: CompiledFloor, machine: int, servers: int) -> list[Failure]:
    """How each machine of a station fails: as its preferred one does."""
    lives = compiled.problem.lives
    found = []
    for k in np.flatnonzero(lives.machine == machine):
        life, repair = (
            Duration(float(times.mean[k]) / HOUR, int(times.kind[k]), float(times.shape[k]) or 1.0)
            for times in (lives.life, lives.repair)
        )
        # The recursion knows clocks that run beside work for single servers only.
        is_busy = bool(lives.clock[k] == BUSY) or servers > 1
        found.append(Failure(str(lives.keys[k]), life, repair, is_busy))
    return found


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
    ShortRunError
        The line does not settle.
    """
    findings = Findings()
    for name, value, low, high in (("more", more, 1, 1000), ("precision", precision, 0.0005, 0.2)):
        if not low <= value <= high:
            rule = f"{name} is {low:g} to {high:g}"
            findings.add(Finding("line", rule, "Enter a number in that range", None, name, str(value)))
    findings.raise_on_errors()
    line = serial.line
    study = _study(line, Precision(relative=precision, pilot=20, most=2000), seed, cores, part_of(progress, 0, 0.5))
    pieces = serial.lot * serial.good
    count = min(len(study.throughput.values), 50)

    def run(changed: Line) -> Floats:
        return simulate_line(
            changed, length=study.length, warm_up=study.warm_up, replications=count, seed=seed, cores=cores
        ).throughput

    before = run(line)
    gains: list[Interval | None] = [None]
    for k in range(1, len(line.stations)):
        progress(0.5 + 0.5 * k / len(line.stations), f"{more} more before {line.stations[k].key}")
        gains.append(mean_interval((run(_with_places(line, k, more)) - before) * pieces))
    progress(1.0, "measured")
    told = study.throughput.interval
    output = Interval(told.value * pieces, told.low * pieces, told.high * pieces)
    rates = np.array([_rate(station) for station in line.stations]) * pieces
    rows = _tell_stations(serial, study, rates, gains)
    return SerialLineStudy(serial, output, float(rates.min()), rows, more, len(study.throughput.values))


def _study(line: Line, wanted: Precision, seed: int, cores: int, progress: Progress) -> LineStudy:
    """Study a line in runs that are long enough for it to settle."""
    length = _choose_length(line)
    for _ in range(LENGTHENED):
        try:
            return study_line(line, length=length, wanted=wanted, seed=seed, cores=cores, progress=progress)
        except ShortRunError:
            length *= 4.0
    return study_line(line, length=length, wanted=wanted, seed=seed, cores=cores, progress=progress)


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
