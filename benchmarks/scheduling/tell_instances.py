"""Tells the results of published instances as a table by set."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

from drumbeat.cli.show_bench import PeerRow, sum_up

HEAD = """
## Schedules of published instances

Every schedule, ours and theirs, is judged by `check_schedule`; the same problem, the same two cores, the same wall time
(the making of PyJobShop's model comes on top), in one run. Gaps are means over the set, to the best known upper bound.
"+ / = / -": on how many instances ours is better, equal, worse. "without": no feasible schedule in time, or no words
for the problem. `python -m benchmarks.scheduling.bench_instances FOLDER` runs it; every row is in
`benchmarks/results/scheduling_instances.json`. "load": processes that ran or waited for one of the two cores in the
last minute of our runs, the median over the set; 2 is our search alone, more takes time from us and from the peers.

"""


def tell_instances(rows: Sequence[dict[str, Any]]) -> str:
    """Return the section as Markdown; "" without rows."""
    if not rows:
        return ""
    sums = sum_up(rows)
    names = list(dict.fromkeys(name for one in sums for name in one.peers))
    head = [
        "set",
        "limit",
        "instances",
        "drumbeat",
        "proven",
        "load",
        *(word for name in names for word in (name, "+ / = / -")),
    ]
    lines = [_line(head), _line(["---"] * len(head))]
    for one in sums:
        cells = [one.family, f"{one.seconds:g} s", str(one.instances), _gap(one.gap, one.failed), str(one.proven)]
        cells.append(_load(rows, one.family, one.seconds))
        for name in names:
            peer = one.peers.get(name)
            cells += [_gap(peer.gap, peer.failed), _score(peer)] if peer else ["", ""]
        lines.append(_line(cells))
    return HEAD + "".join(lines)


def _load(rows: Sequence[dict[str, Any]], family: str, seconds: float) -> str:
    key = (family, seconds, "drumbeat")
    mine = [row for row in rows if (row["family"], row["seconds"], row["solver"]) == key]
    ours = [row["load_average"][0] for row in mine if "load_average" in row]
    return f"{median(ours):.1f}" if ours else ""


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _gap(gap: float | None, failed: int) -> str:
    told = "" if gap is None else f"{gap:.2%}"
    return f"{told} ({failed} without)".strip() if failed else told


def _score(peer: PeerRow) -> str:
    return f"{peer.better} / {peer.equal} / {peer.worse}"
