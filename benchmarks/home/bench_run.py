"""The whole trip as a user types it: `drumbeat run` on the demo company, in a fresh process, cold and warm."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

RESULT = Path(__file__).resolve().parents[1] / "results" / "home_run.json"
COMMAND = [str(Path(sys.executable).parent / "drumbeat")]


def run_once(data: Path, folder: Path, environment: dict[str, str]) -> dict[str, Any]:
    """Run everything once on a folder of data and say how long it took by the clock and by step."""
    started = time.perf_counter()
    asked = ["run", str(data), "--seconds", "0", "--json", "--report", str(folder / "report.html")]
    done = subprocess.run([*COMMAND, *asked], env=environment, check=True, capture_output=True, text=True)
    told = json.loads(done.stdout)
    steps = {name: round(seconds, 2) for name, seconds in told["seconds"].items()}
    return {"orders": told["orders"], "wall_s": round(time.perf_counter() - started, 2), "steps_s": steps}


def main() -> None:
    """Measure sizes s and m; the first run of size s also compiles every kernel."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = os.environ | {"DRUMBEAT_HOME": name, "NUMBA_CACHE_DIR": str(folder / "kernels")}
        for size, cases in (("s", ("compiling everything", "warm")), ("m", ("warm",))):
            data = folder / size
            subprocess.run([*COMMAND, "demo", "--size", size, "--out", str(data)], env=environment, check=True)
            for case in cases:
                rows.append({"size": size, "case": case} | run_once(data, folder, environment))
                print(json.dumps(rows[-1]), flush=True)
    RESULT.write_text(json.dumps({"rows": rows, "load_average": os.getloadavg()[0]}, indent=1) + "\n")


if __name__ == "__main__":
    main()
