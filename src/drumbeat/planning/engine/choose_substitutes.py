"""Choose what stands in for items that come too late: the spare stock of their substitutes, the preferred first."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int32s, Int64s
from drumbeat.planning.engine.problem import FAR_FUTURE, MOVE, Problem, Receipts
from drumbeat.planning.engine.result import FROM_DEMAND, FROM_ORDER, ORDER, RECEIPT, STOCK, Result
from drumbeat.planning.engine.size_orders import SMALLEST


@dataclass(frozen=True, slots=True)
class Substitutes:
    """What may stand in for what; shape (S,) each, the preferred of a buffer first.

    Parameters
    ----------
    buffer, substitute
        What is replaced, and by what, at the same site.
    used_in
        Buffer on whose bill alone, -1 = everywhere.
    ratio
        Units of the substitute for one unit, > 0.
    comes_first
        Whether spare stock of the substitute is taken before the buffer is ordered, not only where it would be late.
    valid_from, valid_to
        Seconds between which it may be taken, `valid_to` exclusive.
    """

    buffer: Int32s
    substitute: Int32s
    used_in: Int32s
    ratio: Floats
    comes_first: Bools
    valid_from: Int64s
    valid_to: Int64s


@dataclass(frozen=True, slots=True)
class Replacements:
    """What is taken in place of what; shape (K,) each.

    Parameters
    ----------
    line
        Index into the substitutes.
    quantity
        Units of what is replaced.
    time
        When, seconds.
    """

    line: Int32s
    quantity: Floats
    time: Int64s


def choose_substitutes(problem: Problem, result: Result, substitutes: Substitutes) -> Replacements:
    """Choose replacements for the requirements that a plan serves too late, from stock that nobody needs.

    Stock above the safety stock that no requirement takes is spare. A requirement that is served late, or never, is
    served from it as far as it goes; so nothing else becomes later. What is in a bill is replaced in that bill alone
    where the substitute says so: the replacement comes when the parent's order starts, and is no more than it takes.

    Parameters
    ----------
    result
        The plan without replacements.

    Returns
    -------
    Replacements
        By time, buffer and substitute; empty where nothing helps.
    """
    pegs, requirements, buffers = result.pegs, result.requirements, problem.buffers
    spare = buffers.stock - buffers.safety_stock
    from_stock = pegs.source == STOCK
    np.subtract.at(spare, pegs.supply[from_stock], pegs.quantity[from_stock])
    spare = np.where(buffers.is_phantom, 0.0, spare)
    late, ordered = _measure_lateness(result)
    taken: dict[tuple[int, int], float] = {}
    lines: dict[int, list[int]] = {}
    for line, buffer in enumerate(substitutes.buffer.tolist()):
        lines.setdefault(buffer, []).append(line)
    rows = np.flatnonzero(np.isin(requirements.buffer, substitutes.buffer) & ((late > 0) | (ordered > 0)))
    for row in rows[np.argsort(requirements.need[rows], kind="stable")].tolist():
        when = max(int(requirements.need[row]), 0)
        for line in lines[int(requirements.buffer[row])]:
            left = max(float(late[row]), float(ordered[row]) if substitutes.comes_first[line] else 0.0)
            is_valid = substitutes.valid_from[line] <= when < substitutes.valid_to[line]
            if not is_valid or left <= SMALLEST:
                continue
            if not _is_used_in(problem, result, row, int(substitutes.used_in[line])):
                continue
            other, ratio = int(substitutes.substitute[line]), float(substitutes.ratio[line])
            units = min(left, max(float(spare[other]), 0.0) / ratio)
            if units > SMALLEST:
                spare[other] -= units * ratio
                late[row], ordered[row] = max(late[row] - units, 0.0), max(ordered[row] - units, 0.0)
                taken[line, when] = taken.get((line, when), 0.0) + units
    chosen = sorted(taken, key=lambda key: (key[1], key[0]))
    return Replacements(
        np.array([line for line, _ in chosen], np.int32),
        np.array([taken[key] for key in chosen], np.float64),
        np.array([when for _, when in chosen], np.int64),
    )


def _measure_lateness(result: Result) -> tuple[Floats, Floats]:
    """Units of each requirement that come too late or never, and those that planned orders bring."""
    pegs, requirements, size = result.pegs, result.requirements, len(result.requirements.quantity)
    arrives = np.full(len(pegs.source), -FAR_FUTURE)
    for source, times in ((RECEIPT, result.receipts.ready), (ORDER, result.orders.ready)):
        mine = pegs.source == source
        arrives[mine] = times[pegs.supply[mine]]
    is_late = arrives > np.maximum(requirements.need[pegs.requirement], 0)
    late = np.bincount(pegs.requirement[is_late], pegs.quantity[is_late], size).astype(np.float64)
    ordered = np.bincount(pegs.requirement[pegs.source == ORDER], pegs.quantity[pegs.source == ORDER], size).astype(
        np.float64
    )
    served = np.bincount(pegs.requirement, pegs.quantity, size)
    missing = np.maximum(requirements.quantity - served, 0.0)
    return late + missing, ordered + missing


def _is_used_in(problem: Problem, result: Result, row: int, parent: int) -> bool:
    """Whether a requirement is one of a buffer's own bill; always where no buffer is named."""
    if parent < 0:
        return True
    origin, index = int(result.requirements.origin[row]), int(result.requirements.parent[row])
    if origin == FROM_DEMAND:
        return False
    return int((result.orders if origin == FROM_ORDER else problem.receipts).buffer[index]) == parent


def add_replacements(problem: Problem, substitutes: Substitutes, replacements: Replacements) -> Problem:
    """Add replacements to a problem: what is replaced is received, and its substitute taken, at that moment."""
    receipts, line = problem.receipts, replacements.line
    count, size = len(line), len(problem.receipts.time)
    keys = [f"{problem.buffers.keys[substitutes.substitute[one]]} #{at + 1}" for at, one in enumerate(line.tolist())]

    def joined(old: np.ndarray, new: np.ndarray) -> np.ndarray:
        return np.concatenate([old, new.astype(old.dtype)])

    per = receipts.source_per if len(receipts.source_per) else np.ones(size)
    return replace(
        problem,
        receipts=Receipts(
            keys=np.concatenate([receipts.keys, np.array(keys, dtype=object)]),
            kind=joined(receipts.kind, np.full(count, MOVE)),
            buffer=joined(receipts.buffer, substitutes.buffer[line]),
            quantity=joined(receipts.quantity, replacements.quantity),
            time=joined(receipts.time, replacements.time),
            is_movable=joined(receipts.is_movable, np.zeros(count)),
            start=joined(receipts.start, replacements.time),
            units_to_issue=joined(receipts.units_to_issue, np.zeros(count)),
            source=joined(receipts.source, substitutes.substitute[line]),
            source_per=np.concatenate([per, substitutes.ratio[line]]),
            leader=joined(receipts.leader, size + np.arange(count)) if len(receipts.leader) else receipts.leader,
        ),
    )
