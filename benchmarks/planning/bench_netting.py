"""How fast netting is: a bill of material of seven levels, a year of weekly demand, a million item-week buckets.

Run with `python -m benchmarks.planning.bench_netting`; writes `benchmarks/results/planning_netting.json`.
"""

from __future__ import annotations

import json
import platform
import resource
import time
from pathlib import Path

import numpy as np

from drumbeat.planning.engine.net_requirements import net_requirements
from drumbeat.planning.engine.problem import (
    BUY,
    FAR_FUTURE,
    FAR_PAST,
    MAKE,
    Bills,
    Buffers,
    Demands,
    Methods,
    Problem,
)
from drumbeat.planning.engine.result import Result

RESULTS = Path(__file__).resolve().parents[1] / "results" / "planning_netting.json"
WEEK = 7 * 86_400
LEVELS = 7


def make_problem(num_items: int, lines_per_item: int, num_weeks: int = 52) -> Problem:
    """Make a bill of material of equal levels in which every item needs some items of the next level.

    Parameters
    ----------
    num_items
        Items in all, spread evenly over seven levels.
    lines_per_item
        Bill lines of each item above the lowest level.
    num_weeks
        Weeks of demand for every item of the top level.
    """
    each = num_items // LEVELS
    size = each * LEVELS
    owners = np.arange(size - each)
    level, place = owners // each, owners % each
    steps = np.arange(lines_per_item)
    # Neighbours a fixed stride apart: every item of a level is needed by as many parents.
    component = ((level + 1) * each)[:, None] + (place[:, None] + steps[None, :] * 37) % each
    ptr = np.concatenate([np.arange(size - each + 1) * lines_per_item, np.full(each, (size - each) * lines_per_item)])
    count = (size - each) * lines_per_item
    lead = np.where(np.arange(size) < size - each, 2, 5) * 86_400
    methods = Methods(
        ptr=np.arange(size + 1),
        kind=np.where(np.arange(size) < size - each, MAKE, BUY).astype(np.int8),
        source=np.full(size, -1, dtype=np.int32),
        source_keys=np.full(size, "", dtype=object),
        lead_seconds=lead.astype(np.int64),
        lead_seconds_per_unit=np.zeros(size),
        lot_minimum=np.full(size, 1.0),
        lot_multiple=np.full(size, 1.0),
        lot_maximum=np.full(size, np.inf),
        yields=np.full(size, 0.98),
        valid_from=np.full(size, FAR_PAST),
        valid_to=np.full(size, FAR_FUTURE),
    )
    top, week = np.divmod(np.arange(each * num_weeks), num_weeks)
    demands = Demands(
        keys=np.arange(each * num_weeks).astype(object),
        buffer=top.astype(np.int32),
        quantity=10.0 + (top * 7 + week * 3) % 11,
        due=(40 * 86_400 + (week + 1) * WEEK).astype(np.int64),
        priority=np.ones(each * num_weeks),
    )
    buffers = Buffers(
        np.arange(size).astype(object), np.full(size, 25.0), np.full(size, 5.0), np.zeros(size, dtype=bool)
    )
    bills = Bills(
        ptr.astype(np.int64), component.ravel().astype(np.int32), np.full(count, 1.0), np.full(count, 0.02),
        np.full(count, FAR_PAST), np.full(count, FAR_FUTURE),
    )  # fmt: skip
    return Problem(buffers, methods, bills, demands)


def count_buckets(result: Result) -> int:
    """Count the item-weeks in which something is required."""
    return len(np.unique(result.requirements.buffer.astype(np.int64) * 100_000 + result.requirements.need // WEEK))


def measure(name: str, num_items: int, lines_per_item: int) -> dict[str, object]:
    """Plan one problem and tell how long it took."""
    problem = make_problem(num_items, lines_per_item)
    # Seconds of the system tell how fast the machine hands out memory: a gigabyte costs 0.1 s, or over 2 s where a host
    # must find it first. Those of the program tell how fast netting is.
    start, used, before = time.perf_counter(), time.process_time(), resource.getrusage(resource.RUSAGE_SELF)
    result = net_requirements(problem)
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - used
    after = resource.getrusage(resource.RUSAGE_SELF)
    events = len(result.requirements.need)
    peak = after.ru_maxrss / 1024
    return {
        "case": name,
        "buffers": problem.num_buffers,
        "levels": int(result.level.max()) + 1,
        "bill_lines": len(problem.bills.component),
        "item_weeks": count_buckets(result),
        "requirement_events": events,
        "planned_orders": len(result.orders.buffer),
        "pegs": len(result.pegs.supply),
        "seconds": round(seconds, 3),
        "cpu_seconds": round(cpu_seconds, 3),
        "program_seconds": round(after.ru_utime - before.ru_utime, 3),
        "system_seconds": round(after.ru_stime - before.ru_stime, 3),
        "events_per_second": round(events / seconds),
        "events_per_cpu_second": round(events / cpu_seconds),
        "peak_mb": round(peak),
    }


def main() -> None:
    """Measure a million events, and a million item-weeks with 250,000 bill lines; write the table."""
    net_requirements(make_problem(70, 1))  # compiled before anything is measured
    rows = [
        measure("a million events, one line an item", 20_600, 1),
        measure("a million item-weeks, 250,000 lines", 20_600, 15),
    ]
    RESULTS.parent.mkdir(exist_ok=True)
    table = {"machine": platform.processor() or platform.machine(), "python": platform.python_version(), "rows": rows}
    RESULTS.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    for row in rows:
        print(row)


if __name__ == "__main__":
    main()
