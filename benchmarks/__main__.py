"""Runs every benchmark, or those named: `python -m benchmarks twin data`; each writes JSON below results/."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import benchmarks
from benchmarks import write_table


def find_benchmarks() -> list[str]:
    """Names of the modules called bench_*, by folder."""
    found = pkgutil.walk_packages(benchmarks.__path__, "benchmarks.")
    return sorted(module.name for module in found if module.name.rpartition(".")[2].startswith("bench_"))


def main() -> None:
    """Run what is asked for, in order."""
    wanted = sys.argv[1:]
    for name in find_benchmarks():
        if not wanted or any(word in name for word in wanted):
            print(f"== {name}", flush=True)
            importlib.import_module(name).main()
    write_table.main()


if __name__ == "__main__":
    main()
