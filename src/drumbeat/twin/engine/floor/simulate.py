"""Play a floor: so many replications, from its start or from states, to a moment."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from drumbeat.basics.findings import Finding, InputError
from drumbeat.basics.parallel import run_blocks
from drumbeat.basics.progress import Progress, silent
from drumbeat.basics.streams import luck_of
from drumbeat.twin.engine.floor.books import bind_books, close_books, open_books, read_books
from drumbeat.twin.engine.floor.build_floor import copy_floor, find_template
from drumbeat.twin.engine.floor.check_problem import check_play
from drumbeat.twin.engine.floor.far import make_table
from drumbeat.twin.engine.floor.grow import GROW, make_room
from drumbeat.twin.engine.floor.moments import MOST_THINGS
from drumbeat.twin.engine.floor.play import DONE, PAUSED, begin, play
from drumbeat.twin.engine.floor.problem import FloorProblem
from drumbeat.twin.engine.floor.records import IS_TRACED, NOW, TRACED, Floor
from drumbeat.twin.engine.floor.result import FloorResult, Trace
from drumbeat.twin.engine.floor.state import State
from drumbeat.twin.engine.floor.vary_floor import vary_floor

MESSAGE = "simulating"

MOST_EVENTS = 5_000_000
"""Events between two looks at the progress: about a second."""


def play_until(floor: Floor, until: float, is_traced: bool, hear: Callable[[float], None]) -> Floor:
    """Play a floor to a moment, in place as long as its arrays suffice; return it, grown where they did not.

    `hear` is told the moment that is reached now and then; a cancel is its exception.
    """
    floor.counter[TRACED], floor.counter[IS_TRACED] = 0, int(is_traced)
    while True:
        table = make_table(floor)
        answer = play(table.ctypes.data, until, MOST_EVENTS)
        if answer == DONE:
            return floor
        if answer == PAUSED:
            hear(float(floor.heap[0]["time"]))
        else:
            floor = GROW[answer](floor)
            if len(floor.lot) > MOST_THINGS:
                raise InputError(_too_many(floor))


def _too_many(floor: Floor) -> Finding:
    waiting = floor.group["size"]
    worst = int(waiting.argmax())
    return Finding(
        "floor", f"at most {MOST_THINGS:,} lots are in the system at one time",
        "Lower the arrivals, raise the capacity, or play a shorter time",
        value=f"{int(waiting[worst]):,} lots wait at group number {worst} at {floor.clock[NOW]:.0f} s",
    )  # fmt: skip


def _check_states(starts: Sequence[State], template: Floor) -> None:
    """Raise `InputError` where a state is of another problem: it would be played on as if nothing had changed."""
    for state in starts:
        for name in ("step", "need", "listed", "move", "lists", "numbers", "setups", "tables"):
            if not np.array_equal(getattr(state.floor, name), getattr(template, name)):
                rule, remedy = "a state is played on the problem that it was made on", "Move it over with carry_state"
                raise InputError(Finding("play", rule, remedy, value=f"replication {state.replication}: {name} differ"))


def _list_played(num_variants: int, first: int, replications: int) -> list[int]:
    """Numbers of the variants that some replications are played on."""
    return sorted({(first + r) % num_variants for r in range(min(replications, num_variants))})


def begin_floor(template: Floor, seed: int, replication: int, warm_up: float, hear: Callable[[float], None]) -> Floor:
    """Begin a replication on a copy of a floor on which nothing has happened, and play its warm-up."""
    floor = copy_floor(template)
    floor.luck[0] = luck_of(seed, replication)
    floor = make_room(floor)
    table = make_table(floor)
    begin(table.ctypes.data)
    return play_until(floor, warm_up, False, hear) if warm_up > 0.0 else floor


def _sort_trace(floor: Floor) -> Trace:
    """Events told, in time: a setup's end may be told when its run ends."""
    told = floor.trace[: floor.counter[TRACED]]
    return np.asarray(told[np.argsort(told["time"], kind="stable")])


def drop_trace(floor: Floor) -> Floor:
    """Leave the trace out of a floor that is kept."""
    floor.counter[IS_TRACED] = 0
    return floor._replace(trace=floor.trace[:0].copy())


def simulate_floor(
    problem: FloorProblem,
    *,
    until: float,
    variants: Sequence[FloorProblem] = (),
    starts: Sequence[State] = (),
    warm_up: float = 0.0,
    seed: int = 1,
    replications: int = 1,
    first: int = 0,
    period_seconds: float = math.inf,
    trace: bool = False,
    keep_states: bool = False,
    is_checked: bool = False,
    cores: int = 1,
    progress: Progress = silent,
) -> FloorResult:
    """Play a floor and count what it does.

    Parameters
    ----------
    problem
        What is played.
    until
        Moment at which it ends, in seconds of the horizon.
    variants
        D problems that differ from it in their laws alone (see `vary_floor`): replication r is played on number r % D
        of them. Empty: on the problem itself. States that are gone on from have the laws that they were made with.
    starts
        States to go on from, one a replication, made on this problem or carried to it; `seed`, `replications` and
        `first` are theirs then. Empty: from the beginning.
    warm_up
        Seconds from the beginning that are played but not counted.
    seed, replications, first
        Luck; replications `first` to `first + replications - 1` are played.
    period_seconds
        Length of the periods by which `period_finished` counts.
    trace
        Whether the first replication's events are kept.
    keep_states
        Whether the result holds the floors at the end.
    is_checked
        Whether the problem needs no check: it is one of many that are compiled alike, and one of them was checked.
    cores
        Threads; 0 or less = all cores. The answer does not depend on it.
    progress
        Hears of every finished block of replications.

    Raises
    ------
    InputError
        The problem breaks rules: all of them at once.
    """
    if starts:
        first, replications, begin_at = starts[0].replication, len(starts), starts[0].now
    else:
        begin_at = warm_up
    check_play(starts, until, begin_at, replications, period_seconds)
    template = find_template(problem, is_checked=is_checked)
    _check_states(starts, template)
    laid = {d: vary_floor(template, variants[d]) for d in _list_played(len(variants), first, replications)}
    periods = 0 if math.isinf(period_seconds) else max(math.ceil((until - begin_at) / period_seconds), 1)

    def hear(moment: float) -> None:
        # Only one thread may tell how far it is; the others are heard when a block is over.
        if replications == 1:
            progress(min(moment / until, 1.0), MESSAGE)

    def run(low: int, high: int) -> list[tuple[dict[str, Any], State | None, Trace | None]]:
        done = []
        for r in range(low, high):
            is_traced = trace and r == 0
            if starts:
                state = starts[r]
                played_seed, number, floor = state.seed, state.replication, copy_floor(state.floor)
            else:
                played_seed, number = seed, first + r
                begun = laid[number % len(variants)] if laid else template
                floor = begin_floor(begun, seed, number, warm_up, hear)
            floor = open_books(floor, begin_at, periods, period_seconds)
            floor = play_until(floor, until, is_traced, hear)
            close_books(floor, until)
            told = _sort_trace(floor) if is_traced else None
            kept = State(until, played_seed, number, drop_trace(floor)) if keep_states else None
            done.append((read_books(floor), kept, told))
        return done

    blocks = run_blocks(run, replications, cores=cores, progress=progress, message=MESSAGE)
    rows = [row for block in blocks for row in block]
    bound = bind_books(problem, [row[0] for row in rows], begin_at, until, first, period_seconds)
    states = tuple(row[1] for row in rows if row[1] is not None)
    return FloorResult(**bound, trace=rows[0][2], states=states)
