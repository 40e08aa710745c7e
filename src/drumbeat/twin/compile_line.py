"""A routing as a serial line by itself, compiled from what the floor knows of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from drumbeat.basics.findings import Finding, Findings, InputError
from drumbeat.basics.streams import FIXED, LOGNORMAL, sigma_of
from drumbeat.data.snapshot import Snapshot
from drumbeat.twin.compile_floor import CompiledFloor, FloorTerms, compile_floor
from drumbeat.twin.engine.floor.problem import PER_PIECE
from drumbeat.twin.engine.floor.surroundings import BUSY, CALENDAR
from drumbeat.twin.engine.lines import Duration, Failure, Line, Station

HOUR = 3600.0


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
        rule = f"{places} lot{'' if places == 1 else 's'} may wait before a machine whose places are not told"
        remedy = "Enter queue_places of the resources"
        findings.add(Finding("resource", rule, remedy, None, "queue_places", ", ".join(untold[:5]), "note"))
    findings.merge(_tell_side_by_side(compiled, steps, stations))
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


def _tell_side_by_side(compiled: CompiledFloor, steps: list[int], stations: tuple[Station, ...]) -> Findings:
    """Say what is assumed of stations of several machines."""
    problem, findings = compiled.problem, Findings()
    several = [
        (int(problem.steps.group[s]), one.key) for s, one in zip(steps, stations, strict=True) if one.servers > 1
    ]
    preferred = {int(problem.groups.machine[problem.groups.ptr[group]]): key for group, key in several}
    by_calendar = problem.lives.machine[problem.lives.clock == CALENDAR].tolist()
    counted = [key for m, key in preferred.items() if m in by_calendar]
    if several:
        rule = "machines side by side are alike: each fails as the preferred one does, at the mean of their speeds"
        value = ", ".join(key for _, key in several[:5])
        findings.add(Finding("line", rule, "Play the weeks ahead to tell them apart", None, None, value, "note"))
    if counted:
        rule = (
            "machines side by side fail by the hours that they work: where failures are counted by the calendar, they "
            "come the more seldom the longer the machines wait"
        )
        remedy = "Play the weeks ahead where these machines wait much"
        findings.add(Finding("failure_mode", rule, remedy, None, "clock", ", ".join(counted[:5]), "warning"))
    return findings


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
