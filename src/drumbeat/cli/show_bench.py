"""How `drumbeat bench` shows what was measured: a line a run, and a table by set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from drumbeat.scheduling.measure_instance import OURS

ALIKE = 1e-6
"""Share by which two objectives may differ and count as equal."""

TITLE = "Mean gap to the best known; + / = / -: how often ours is better, equal, worse"

Row = dict[str, Any]


def tell_row(row: Row) -> str:
    """Tell one run in a line."""
    head = f"{row['family']:14} {row['instance']:22} {row['seconds']:>5g} s  {row['solver']:14}"
    if row["objective"] is None:
        return f"{head} [red]{row['reason']}[/]"
    gap = "" if row["gap"] is None else f"{row['gap']:+8.2%}"
    proof = " proven" if row["is_optimal"] else ""
    return f"{head} {row['objective']:>14,g} {gap:>9}{proof}  {row['method']}"


@dataclass(frozen=True, slots=True)
class SetRow:
    """A set at one time limit.

    Parameters
    ----------
    family, seconds
        The set and the limit.
    instances
        How many have been run by us.
    gap
        Our mean gap to the best known, over the instances that have one; None where none has.
    failed
        How many of ours have no feasible schedule.
    proven
        How many of ours are proven optimal.
    peers
        By peer: its mean gap over the instances that it solved, how many it did not solve, how often ours is better,
        equal, worse (one without a schedule is worse), and the mean of ours / theirs - 1 where both have one.
    """

    family: str
    seconds: float
    instances: int
    gap: float | None
    failed: int
    proven: int
    peers: dict[str, PeerRow]


@dataclass(frozen=True, slots=True)
class PeerRow:
    """A peer beside ours on the same instances; see `SetRow`."""

    gap: float | None
    failed: int
    better: int
    equal: int
    worse: int
    ratio: float | None


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def sum_up(rows: Sequence[Row]) -> list[SetRow]:
    """Sum runs up by set and time limit, in the order in which the sets come."""
    found = []
    for family in dict.fromkeys(row["family"] for row in rows):
        for seconds in sorted({row["seconds"] for row in rows if row["family"] == family}):
            mine = [row for row in rows if row["family"] == family and row["seconds"] == seconds]
            ours = {row["instance"]: row for row in mine if row["solver"] == OURS}
            names = dict.fromkeys(row["solver"] for row in mine if row["solver"] != OURS)
            peers = {
                name: _compare(ours, {row["instance"]: row for row in mine if row["solver"] == name}) for name in names
            }
            gaps = [row["gap"] for row in ours.values() if row["gap"] is not None]
            failed = sum(row["objective"] is None for row in ours.values())
            proven = sum(bool(row["is_optimal"]) for row in ours.values())
            found.append(SetRow(family, seconds, len(ours), _mean(gaps), failed, proven, peers))
    return found


def _compare(ours: dict[str, Row], theirs: dict[str, Row]) -> PeerRow:
    better = equal = worse = 0
    ratios = []
    for name in ours.keys() & theirs.keys():
        mine, other = ours[name]["objective"], theirs[name]["objective"]
        if mine is None or other is None:
            better += mine is not None
            worse += other is not None
            equal += mine is None and other is None
            continue
        apart = (mine - other) / max(abs(other), 1e-9) if mine != other else 0.0
        ratios.append(apart)
        better += apart < -ALIKE
        worse += apart > ALIKE
        equal += abs(apart) <= ALIKE
    gaps = [row["gap"] for row in theirs.values() if row["gap"] is not None]
    failed = sum(row["objective"] is None for row in theirs.values())
    return PeerRow(_mean(gaps), failed, better, equal, worse, _mean(ratios))


def print_sets(rows: Sequence[Row], console: Console) -> None:
    """Print the table by set."""
    sums = sum_up(rows)
    if not sums:
        console.print("Nothing was run.")
        return
    names = list(dict.fromkeys(name for one in sums for name in one.peers))
    table = Table("Set", "Limit", "Runs", "Proven", OURS, box=None, title=TITLE)
    for name in names:
        table.add_column(name, justify="right")
        table.add_column("+ / = / -", justify="right")
    for one in sums:
        cells = [one.family, f"{one.seconds:g} s", str(one.instances), str(one.proven), _tell_gap(one.gap, one.failed)]
        for name in names:
            peer = one.peers.get(name)
            cells += (
                [_tell_gap(peer.gap, peer.failed), f"{peer.better}/{peer.equal}/{peer.worse}"] if peer else ["", ""]
            )
        table.add_row(*cells)
    console.print()
    console.print(table)


def _tell_gap(gap: float | None, failed: int) -> str:
    told = "" if gap is None else f"{gap:+.2%}"
    return f"{told} ({failed} without)".strip() if failed else told
