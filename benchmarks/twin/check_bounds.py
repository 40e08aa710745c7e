"""Run the tests of the twin's kernels with every index checked: none may lie outside its array, or below 0.

Compiled kernels don't look: an index outside reads what happens to lie there, and an index of -1, which stands for
"none" in so many tables, reads the last row. Here they do: numba's arrays by NUMBA_BOUNDSCHECK, the floor's by
`drumbeat.twin.engine.floor.memory`, negative ones by taking out what makes them count from the end. All kernels are
compiled anew, into a folder of their own that goes again: some minutes.

    python -m benchmarks.twin.check_bounds              the small plants of all features, and the plants of the demo
    python -m benchmarks.twin.check_bounds tests/twin/floor -k luck      some tests
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

TESTS = (
    "tests/twin/floor", "tests/twin/engine", "tests/twin/lines", "tests/twin/test_compile_floor.py",
    "tests/twin/test_play_floor.py", "tests/twin/test_smt2020.py",
)  # fmt: skip


def pytest_configure(config: Any) -> None:  # noqa: ARG001 - pytest's name
    """Let no index count from the end: called by pytest, to which this module is given as a plugin."""
    from numba.core import types
    from numba.np import arrayobj

    def keep_index(context: Any, builder: Any, kind: Any, index: Any, _size: Any) -> Any:
        # A number below 0 is left as it is: the check that follows refuses it.
        return context.cast(builder, index, kind, types.intp)

    arrayobj.fix_integer_index = keep_index


def main(arguments: list[str]) -> int:
    """Run pytest in a process of its own; its exit code."""
    with tempfile.TemporaryDirectory(prefix="drumbeat-bounds-") as folder:
        settings = {"NUMBA_BOUNDSCHECK": "1", "NUMBA_FULL_TRACEBACKS": "1", "NUMBA_CACHE_DIR": folder}
        command = [
            sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "-p",
            "benchmarks.twin.check_bounds", *(arguments or TESTS),
        ]  # fmt: skip
        return subprocess.run(command, cwd=ROOT, env={**os.environ, **settings}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
