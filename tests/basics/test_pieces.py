"""Pieces of kernels: compiled once for all constants, linked into whoever calls them, cached without machine code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import drumbeat

LOW = """
from drumbeat.basics.pieces import piece

@piece
def pick(pair, i, is_first):
    return pair[0][i] + 1 if is_first else pair[1][i]

@piece
def swap(pair, i):
    pair[1][i] = pick(pair, 0, True) + pick(pair, i, False)
    return pick(pair, -1, False)
"""
HIGH = """
from drumbeat.basics.compiled import njit
from drumbeat.room.engine.low import pick, swap

@njit(nogil=True, _nrt=False)
def add_all(pair):
    total = 0
    for i in range(len(pair[0])):
        total += swap(pair, i) + pick(pair, i, False)
    return total
"""
ASK = """
import sys
sys.path.insert(0, sys.argv[1])
import numpy as np
from drumbeat.room.engine.high import add_all
from drumbeat.room.engine.low import pick
pair = np.arange(3), 10 * np.arange(3)
print(int(add_all(pair)), *pair[1].tolist())
print(sum(add_all.stats.cache_hits.values()), sum(pick.stats.cache_hits.values()), len(pick.overloads))
print(sum(made.library._finalized for made in pick.overloads.values()))
"""


def ask(root: Path) -> list[list[int]]:
    done = subprocess.run(
        [sys.executable, "-I", "-c", ASK, str(root)],
        capture_output=True, text=True, check=True, cwd=root, env={"HOME": str(root)},
    )  # fmt: skip
    return [[int(word) for word in line.split()] for line in done.stdout.splitlines()]


def test_pieces_are_compiled_once_and_come_from_the_cache(tmp_path: Path) -> None:
    room, source = tmp_path / "drumbeat" / "room" / "engine", Path(drumbeat.__file__).parent / "basics"
    (tmp_path / "drumbeat" / "basics").mkdir(parents=True)
    room.mkdir(parents=True)
    for folder in (tmp_path / "drumbeat", tmp_path / "drumbeat" / "basics", room.parent, room):
        (folder / "__init__.py").write_text("")
    for name in ("compiled.py", "pieces.py"):
        (tmp_path / "drumbeat" / "basics" / name).write_text((source / name).read_text())
    (room / "low.py").write_text(LOW)
    (room / "high.py").write_text(HIGH)
    # pair[1] becomes 0 + 1, 10 + 1, 20 + 1, one after the other; the last is 20, 20 and then 21.
    answer = [20 + 1 + 20 + 11 + 21 + 21, 1, 11, 21]
    cold = ask(tmp_path)
    assert cold[0] == answer
    assert cold[1:] == [[0, 0, 1], [0]]  # one piece for True and False, for i and -1; and no machine code of it
    warm = ask(tmp_path)
    assert warm[0] == answer
    assert warm[1][0] == 1
    (room / "high.py").write_text(HIGH.replace("total = 0", "total = 5"))
    changed = ask(tmp_path)
    assert changed[0] == [answer[0] + 5, *answer[1:]]
    assert changed[1:] == [[0, 1, 1], [0]]  # the caller is new, its pieces are not
