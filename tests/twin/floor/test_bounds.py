"""With NUMBA_BOUNDSCHECK the floor's kernels refuse an index outside: `benchmarks.twin.check_bounds` stands on that."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import numpy as np
from numba import njit
from drumbeat.twin.engine.floor.memory import KINDS, PLACES, floor_at

@njit
def read(address, i):
    return floor_at(address).clock[i]

clock, table = np.arange(3.0), np.zeros((len(KINDS), PLACES), np.int64)
table[list(KINDS).index("clock"), :2] = clock.ctypes.data, len(clock)
for index in (2, -1):
    print(read(table.ctypes.data, index), flush=True)
"""


def test_an_index_outside_ends_the_process_and_says_where(tmp_path: Path) -> None:
    settings = {"NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(tmp_path)}
    told = subprocess.run(
        [sys.executable, "-c", SCRIPT], env={**os.environ, **settings}, capture_output=True, text=True, check=False
    )
    assert told.stdout.split() == ["2.0"]
    assert "floor.clock, axis 0: index -1 of 3 in " in told.stderr
    assert told.returncode < 0
