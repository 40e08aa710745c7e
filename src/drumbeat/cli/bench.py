"""`drumbeat bench`: how good are our schedules on published instances, and how do others do on the same machine?"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from drumbeat.basics.findings import Finding, InputError
from drumbeat.cli.show_bench import print_sets, tell_row

if TYPE_CHECKING:
    from drumbeat.scheduling.ask_peer import Peer
    from drumbeat.scheduling.known_instances import KnownInstance
    from drumbeat.scheduling.measure_instance import Measured

SUBJECTS = ("scheduling",)


def bench(
    subject: Annotated[str, typer.Argument(help="What to measure: scheduling")],
    folder: Annotated[Path, typer.Argument(help="Folder with best_known.csv and the instances that it lists")],
    sets: Annotated[str, typer.Option(help="Families, with commas between; empty = all")] = "",
    instances: Annotated[str, typer.Option(help="Instances, with commas between; empty = all")] = "",
    seconds: Annotated[str, typer.Option(help="Time limits, with commas between")] = "5,30,60",
    workers: Annotated[int, typer.Option(min=1, help="Threads, ours and those of the peers")] = 2,
    seed: Annotated[int, typer.Option(help="Seed of our search")] = 0,
    peer: Annotated[
        list[str] | None, typer.Option(help='Another program to run on the same problems: "NAME=COMMAND"; repeatable')
    ] = None,
    one_run: Annotated[
        bool, typer.Option("--one-run", help="Run the longest limit only; look the shorter ones up in its curve")
    ] = False,
    file: Annotated[
        Path | None,
        typer.Option("--json", help="Keep the rows here, one by one; what is there already is not run again"),
    ] = None,
) -> None:
    """Solve published instances within time limits, judge every schedule, and tell the gap to the best known value."""
    from drumbeat.scheduling.known_instances import list_known

    if subject not in SUBJECTS:
        raise InputError(Finding("bench", f"there are {', '.join(SUBJECTS)}", "Use one of them", value=subject))
    limits = _read_limits(seconds)
    known = list_known(folder, _words(sets), _words(instances))
    kept = BenchFile(file)
    console = Console()
    for row in run_all(known, limits, _read_peers(peer or []), kept, workers=workers, seed=seed, one_run=one_run):
        console.print(tell_row(row), highlight=False, soft_wrap=True)
    names = {(one.family, one.name) for one in known}
    print_sets([row for row in kept.rows if (row["family"], row["instance"]) in names], console)


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _read_limits(text: str) -> list[float]:
    try:
        limits = sorted({float(word) for word in _words(text)})
    except ValueError:
        limits = []
    if not limits or limits[0] <= 0:
        rule, remedy = "time limits are numbers of seconds above 0", "Write for example 5,30,60"
        raise InputError(Finding("bench", rule, remedy, column="--seconds", value=text))
    return limits


def _read_peers(texts: Sequence[str]) -> list[Peer]:
    from drumbeat.scheduling.ask_peer import Peer

    peers = []
    for text in texts:
        name, _, command = text.partition("=")
        if not name or not command:
            rule, remedy = "a peer is a name and a command", "Write NAME=COMMAND, quoted"
            raise InputError(Finding("bench", rule, remedy, column="--peer", value=text))
        peers.append(Peer(name, command))
    return peers


class BenchFile:
    """The rows so far, kept in a file after each, so that a run can be cut and go on.

    Parameters
    ----------
    path
        Where to keep them; None = nowhere.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.rows: list[dict[str, Any]] = []
        if path is not None and path.is_file():
            self.rows = json.loads(path.read_text(encoding="utf-8"))["rows"]

    def has(self, known: KnownInstance, seconds: float, solver: str) -> bool:
        """Whether a row is there."""
        wanted = (known.family, known.name, seconds, solver)
        return any((row["family"], row["instance"], row["seconds"], row["solver"]) == wanted for row in self.rows)

    def add(self, measured: Measured) -> dict[str, Any]:
        """Add a row and store all."""
        row = asdict(measured) | {"gap": measured.gap, "load_average": [round(load, 2) for load in os.getloadavg()]}
        self.rows.append(row)
        if self.path is not None:
            document = {"machine": platform.machine(), "cores": os.cpu_count(), "rows": self.rows}
            fresh = self.path.with_suffix(".tmp")
            fresh.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
            fresh.replace(self.path)
        return row


def run_all(
    known: Sequence[KnownInstance],
    limits: Sequence[float],
    peers: Sequence[Peer],
    kept: BenchFile,
    *,
    workers: int = 2,
    seed: int = 0,
    one_run: bool = False,
) -> Iterator[dict[str, Any]]:
    """Measure what is not kept yet: instance by instance, limit by limit, ours and then each peer; yield each row."""
    from drumbeat.scheduling.engine.solve import solve
    from drumbeat.scheduling.measure_instance import OURS, measure_ours, measure_peer

    runs = [(limits[-1], tuple(limits[:-1]))] if one_run else [(limit, ()) for limit in limits]
    warm: set[str] = set()
    for one in known:
        missing = [
            (limit, looks, peer)
            for limit, looks in runs
            for peer in (None, *peers)
            if not kept.has(one, limit, peer.name if peer else OURS)
        ]
        if not missing:
            continue
        problem = one.read()
        if one.family not in warm and any(peer is None for _, _, peer in missing):
            # What this family compiles is compiled before the clock starts.
            solve(problem, seconds=1.0, workers=workers)
            warm.add(one.family)
        for limit, looks, peer in missing:
            if peer is None:
                told = measure_ours(one, problem, limit, workers=workers, seed=seed, looks=looks)
            else:
                told = measure_peer(one, problem, peer, limit, workers=workers, looks=looks)
            for measured in told:
                if not kept.has(one, measured.seconds, measured.solver):
                    yield kept.add(measured)
