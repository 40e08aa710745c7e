"""Loading 1,000,000 rows over 12 tables into SQLite while somebody else saves; then the snapshot from the database.

Bounds: load under 40 s and 2 GB at its peak; snapshot under 8 s; nobody waits longer than the database's 20 s.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter, sleep

RESULT = Path(__file__).resolve().parents[1] / "results" / "data_load.json"
PAUSE_SECONDS = 0.02


def main() -> None:
    """Measure each step in a process of its own and write the results."""
    with tempfile.TemporaryDirectory() as folder:
        home, data = Path(folder) / "home", Path(folder) / "data"
        home.mkdir()
        _run("make", home, data)
        checked = _run("check", home, data)
        writer = _start("save", home, data)
        loaded = _run("load", home, data)
        (home / "stop").touch()
        waited = json.loads(writer.communicate()[0])
        again = _run("load", home, data)
        read = _run("snapshot", home, data)
    result = {
        "rows": read["rows"],
        "check_s": checked["seconds"],
        "load_s": loaded["seconds"],
        "load_cpu_s": loaded["cpu_s"],
        "load_rows_per_s": round(read["rows"] / loaded["seconds"]),
        "peak_mb": loaded["peak_mb"],
        "reload_unchanged_s": again["seconds"],
        "snapshot_s": read["seconds"],
        "snapshot_cpu_s": read["cpu_s"],
        "snapshot_peak_mb": read["peak_mb"],
        "writer_longest_wait_s": waited["longest_s"],
        "writer_saves": waited["saves"],
        "load_average_of_the_machine": round(os.getloadavg()[0], 1),
        "bounds": {"load_s": 40, "peak_mb": 2000, "snapshot_s": 8, "writer_longest_wait_s": 20},
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


def _start(step: str, home: Path, data: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "benchmarks.data.bench_load", step, str(data)]
    environment = {**os.environ, "DRUMBEAT_HOME": str(home), "DJANGO_SETTINGS_MODULE": "drumbeat.site.settings"}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def _run(step: str, home: Path, data: Path) -> dict[str, float]:
    process = _start(step, home, data)
    output = process.communicate()[0]
    if process.returncode:
        raise RuntimeError(f"the step {step} failed with exit code {process.returncode}")
    return json.loads(output)


def _usage() -> dict[str, float]:
    """Return the processor seconds and the peak memory of this process, imports included."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {"cpu_s": round(used.ru_utime + used.ru_stime, 2), "peak_mb": used.ru_maxrss // 1024}


def step_make(data: Path) -> dict[str, float]:
    """Make the rows, as CSV files, and the empty database."""
    from django.core.management import call_command

    from benchmarks.data.make_rows import make_rows
    from drumbeat.data.write_folder import write_folder

    call_command("migrate", verbosity=0)
    frames = make_rows()
    write_folder(frames, data)
    return {"rows": sum(frame.height for frame in frames.values())}


def step_check(data: Path) -> dict[str, float]:
    """Read and check the folder."""
    from drumbeat.data.actions import read_source

    start = perf_counter()
    _, findings = read_source(data)
    assert not findings.count, findings.shown[:3]
    return {"seconds": round(perf_counter() - start, 2)}


def step_load(data: Path) -> dict[str, float]:
    """Load the folder."""
    from drumbeat.data.actions import load

    start = perf_counter()
    last = [start, "start"]

    def trace(_: float, message: str) -> None:
        if message != last[1] and os.environ.get("TRACE"):
            print(f"{perf_counter() - last[0]:6.2f} s  {last[1]}", file=sys.stderr)
            last[:] = [perf_counter(), message]

    load(data, progress=trace)
    seconds = perf_counter() - start
    return {"seconds": round(seconds, 2), **_usage()}


def step_snapshot(_: Path) -> dict[str, float]:
    """Read the snapshot from the database."""
    from drumbeat.data.snapshot import Snapshot

    start = perf_counter()
    snapshot = Snapshot.read_database()
    seconds = perf_counter() - start
    return {
        "seconds": round(seconds, 2),
        "rows": sum(frame.height for frame in snapshot.frames.values()),
        **_usage(),
    }


def step_save(_: Path) -> dict[str, float]:
    """Be the other person: save something again and again, and note the longest wait."""
    from django.conf import settings

    from drumbeat.accounts.models import User

    longest, saves = 0.0, 0
    stop = settings.HOME / "stop"
    while not stop.exists():
        start = perf_counter()
        User.objects.update_or_create(username="writer", defaults={"first_name": f"{saves}"})
        longest = max(longest, perf_counter() - start)
        saves += 1
        sleep(PAUSE_SECONDS)
    return {"longest_s": round(longest, 2), "saves": saves}


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    else:
        import django

        django.setup()
        print(json.dumps(globals()[f"step_{sys.argv[1]}"](Path(sys.argv[2]))))
