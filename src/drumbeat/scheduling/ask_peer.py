"""Ask another program to solve the same problem, in a process of its own."""

from __future__ import annotations

import os
import pickle
import shlex
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.result import Schedule

GRACE = 60.0
"""Seconds that a peer may take, beyond twice its limit, to start, to make its model and to tell."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A program to compare with.

    Parameters
    ----------
    name
        For the table.
    command
        Run with four more arguments: the file of the problem (a pickled `Problem`), the file to write the answer to,
        the time limit in seconds, and the number of workers. The answer is an `.npz` file with `mode`, `start`,
        `setup_seconds` and `end` as in `Schedule` (left out where there is none), and, where known, `bound` (in units
        of the instance), `is_optimal`, `seconds`, `model_seconds`, `method`, `reason` and `curve` (shape (n, 2):
        seconds, objective in units of the instance).
    """

    name: str
    command: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a peer told; `schedule` is None where it found none, and `reason` may say why."""

    schedule: Schedule | None
    bound: float | None = None
    is_optimal: bool = False
    seconds: float = 0.0
    model_seconds: float = 0.0
    method: str = ""
    reason: str = ""
    curve: tuple[tuple[float, float], ...] = ()


def ask_peer(peer: Peer, problem: Problem, seconds: float, workers: int) -> Answer:
    """Run a peer on a problem and return what it told; a peer that fails or is too slow has no schedule."""
    with TemporaryDirectory() as folder:
        asked, told = Path(folder) / "problem.pickle", Path(folder) / "answer.npz"
        asked.write_bytes(pickle.dumps(problem))
        command = [*shlex.split(peer.command), str(asked), str(told), f"{seconds:g}", str(workers)]
        source = str(Path(__file__).resolve().parents[2])
        path = os.pathsep.join(filter(None, (source, os.environ.get("PYTHONPATH", ""))))
        process = subprocess.Popen(
            command, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True, start_new_session=True,
        )  # fmt: skip
        try:
            _, errors = process.communicate(timeout=2 * seconds + GRACE)
        except subprocess.TimeoutExpired:
            _stop(process)
            return Answer(None, reason=f"nothing {seconds + GRACE:g} s after its limit")
        except BaseException:
            _stop(process)
            raise
        if process.returncode or not told.is_file():
            lines = (errors or "").strip().splitlines()
            return Answer(None, reason=f"ended with {process.returncode}: {lines[-1][:160] if lines else ''}")
        return _read_answer(told)


def _stop(process: subprocess.Popen[str]) -> None:
    """End a peer with all that it started."""
    if sys.platform == "win32":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _read_answer(file: Path) -> Answer:
    with np.load(file, allow_pickle=False) as told:
        known = set(told.files)
        schedule = None
        if {"mode", "start", "setup_seconds", "end"} <= known:
            team = told["team"].astype(np.int32) if "team" in known else np.zeros(0, dtype=np.int32)
            schedule = Schedule(
                told["mode"].astype(np.int32),
                told["start"].astype(np.int64),
                told["setup_seconds"].astype(np.int64),
                told["end"].astype(np.int64),
                team,
            )
        curve = tuple((float(at), float(value)) for at, value in told["curve"]) if "curve" in known else ()
        return Answer(
            schedule,
            float(told["bound"]) if "bound" in known else None,
            bool(told["is_optimal"]) if "is_optimal" in known else False,
            float(told["seconds"]) if "seconds" in known else 0.0,
            float(told["model_seconds"]) if "model_seconds" in known else 0.0,
            str(told["method"]) if "method" in known else "",
            str(told["reason"]) if "reason" in known else "",
            curve,
        )
