"""How fast one change is planned on the size of `bench_netting`: a million item-weeks, seven levels, 250,000 lines.

Run with `python -m benchmarks.planning.bench_replan`; writes `benchmarks/results/planning_replan.json`. Changes: a
demand of one week of one product is added, moved, doubled or cancelled; an item of each level, chosen by turns, gets
other stock, another lot, or a receipt. Each is planned from the same plan and dropped; then 100 are planned one after
the other, each from the one before. Some are compared with a full run, value by value.
"""

from __future__ import annotations

import argparse
import gc
import json
import platform
import resource
import time
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.planning.bench_netting import LEVELS, WEEK, make_problem
from drumbeat.planning.engine.keep_plan import Plan
from drumbeat.planning.engine.net_requirements import net_requirements
from drumbeat.planning.engine.problem import BUY, Problem, Receipts
from drumbeat.planning.engine.read_result import read_result
from drumbeat.planning.engine.replan import begin_plan, replan

RESULTS = Path(__file__).resolve().parents[1] / "results" / "planning_replan.json"
Change = Callable[[Problem, int, int], Problem]


def _set(rows: Any, name: str, at: int, value: float) -> Any:
    column = getattr(rows, name).copy()
    column[at] = value
    return replace(rows, **{name: column})


def add_demand(problem: Problem, item: int, turn: int) -> Problem:
    """Add an order of 7 units, in a week by turns, of an item of any level."""
    demands, due = problem.demands, 60 * 86_400 + (turn % 40) * WEEK
    row = {"keys": f"RUSH-{turn}", "buffer": item, "quantity": 7.0, "due": due, "priority": 2.0}
    added = {
        one.name: np.append(getattr(demands, one.name), np.array([row[one.name]], getattr(demands, one.name).dtype))
        for one in fields(demands)
    }
    return replace(problem, demands=replace(demands, **added))


def move_demand(problem: Problem, item: int, turn: int) -> Problem:
    """Move a demand of a product by nine days."""
    at = _find_demand(problem, item, turn)
    return replace(problem, demands=_set(problem.demands, "due", at, problem.demands.due[at] - 9 * 86_400))


def double_demand(problem: Problem, item: int, turn: int) -> Problem:
    """Double a demand of a product."""
    at = _find_demand(problem, item, turn)
    return replace(problem, demands=_set(problem.demands, "quantity", at, 2 * problem.demands.quantity[at]))


def cancel_demand(problem: Problem, item: int, turn: int) -> Problem:
    """Cancel a demand of a product."""
    return replace(problem, demands=_set(problem.demands, "quantity", _find_demand(problem, item, turn), 0.0))


def _find_demand(problem: Problem, item: int, turn: int) -> int:
    return item % (problem.num_buffers // LEVELS) * 52 + turn % 52


def count_stock(problem: Problem, item: int, turn: int) -> Problem:
    """Correct the stock of an item by 6 units."""
    return replace(problem, buffers=_set(problem.buffers, "stock", item, 25.0 + 6 * (turn % 2 * 2 - 1)))


def pack_in_tens(problem: Problem, item: int, turn: int) -> Problem:  # noqa: ARG001 - as the others
    """Order an item in tens."""
    return replace(problem, methods=_set(problem.methods, "lot_multiple", item, 10.0))


def buy(problem: Problem, item: int, turn: int) -> Problem:
    """Place an order of 40 units of an item."""
    when = np.array([(20 + turn % 30 * 7) * 86_400])
    order = Receipts(
        np.array([f"PO-{turn}"], object), np.array([BUY], np.int8), np.array([item], np.int32), np.array([40.0]), when,
        np.array([True]), when, np.zeros(1), np.array([-1], np.int32),
    )  # fmt: skip
    return replace(problem, receipts=order)


CHANGES: tuple[Change, ...] = (
    add_demand, move_demand, double_demand, cancel_demand, count_stock, pack_in_tens, buy,
)  # fmt: skip


AT_ANY_LEVEL = {add_demand, count_stock, pack_in_tens, buy}


def measure_trials(plan: Plan, rounds: int) -> list[dict[str, Any]]:
    """Plan single changes from the same plan: every kind of change by turns over the levels."""
    each = plan.problem.num_buffers // LEVELS
    rows = []
    for turn in range(rounds):
        change = CHANGES[turn % len(CHANGES)]
        level = turn // len(CHANGES) % LEVELS
        problem, item = plan.problem, level * each + turn * 997 % each
        gc.disable()
        began, used = time.perf_counter(), time.process_time()
        after = replan(plan, change(problem, item, turn))
        late = after.num_late
        seconds, used = time.perf_counter() - began, time.process_time() - used
        gc.enable()
        rows.append({
            "change": change.__name__, "level": level if change in AT_ANY_LEVEL else 0,
            "milliseconds": seconds * 1000, "cpu": used * 1000,
            "buffers": after.num_replanned, "retimed": after.num_retimed, "late": late,
        })  # fmt: skip
        del after
    return rows


def measure_chain(plan: Plan, steps: int) -> list[float]:
    """Plan changes one after the other; milliseconds of each."""
    each, milliseconds = plan.problem.num_buffers // LEVELS, []
    for turn in range(steps):
        began = time.perf_counter()
        plan = replan(plan, double_demand(plan.problem, turn * 997 % each, turn))
        milliseconds.append((time.perf_counter() - began) * 1000)
    return milliseconds


def count_unequal(plan: Plan, problem: Problem) -> int:
    """Count the values in which a plan differs from a full run."""
    found, wanted = read_result(plan), net_requirements(problem)
    count = 0
    for part in fields(wanted):
        mine, theirs = getattr(found, part.name), getattr(wanted, part.name)
        columns = [(mine, theirs)] if isinstance(theirs, np.ndarray) else [
            (getattr(mine, one.name), getattr(theirs, one.name)) for one in fields(theirs)
        ]  # fmt: skip
        count += sum(int((a != b).sum()) if len(a) == len(b) else max(len(a), len(b)) for a, b in columns)
    return count


def _spread(milliseconds: list[float]) -> dict[str, float]:
    middle, high, most = np.percentile(milliseconds, [50, 95, 100])
    return {"p50_ms": round(middle, 1), "p95_ms": round(high, 1), "max_ms": round(most, 1)}


def main(arguments: list[str] | None = None) -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=20_600)
    parser.add_argument("--rounds", type=int, default=196)
    parser.add_argument(
        "--no-check", action="store_true", help="leave out the comparison with full runs, and write nothing"
    )
    chosen = parser.parse_args(arguments)
    small = begin_plan(make_problem(700, 3))
    measure_trials(small, len(CHANGES))  # compiled before anything is measured
    began = time.perf_counter()
    plan = begin_plan(make_problem(chosen.items, 15))
    begin_seconds = time.perf_counter() - began
    rows = measure_trials(plan, chosen.rounds)
    chain = measure_chain(plan, 100)
    document: dict[str, Any] = {
        "machine": platform.processor() or platform.machine(), "python": platform.python_version(),
        "buffers": plan.problem.num_buffers, "bill_lines": len(plan.problem.bills.component),
        "requirement_events": int(plan.segments.row_count.sum()), "begin_seconds": round(begin_seconds, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "all": {"changes": len(rows), **_spread([row["milliseconds"] for row in rows]),
                "cpu": _spread([row["cpu"] for row in rows])},
        "chain": {"changes": len(chain), **_spread(chain)},
        "by_change": {
            change.__name__: _spread([row["milliseconds"] for row in rows if row["change"] == change.__name__])
            | {"buffers": round(float(np.mean([row["buffers"] for row in rows if row["change"] == change.__name__])))}
            for change in CHANGES
        },
        "by_level": {
            str(level): _spread([row["milliseconds"] for row in rows if row["level"] == level])
            for level in range(LEVELS)
        },
    }  # fmt: skip
    if not chosen.no_check:
        changed = [double_demand(plan.problem, 5, 7), count_stock(plan.problem, 3 * plan.problem.num_buffers // 7, 1)]
        document["unequal_values"] = sum(count_unequal(replan(plan, one), one) for one in changed)
    print(json.dumps(document, indent=1))
    if chosen.items == parser.get_default("items") and not chosen.no_check:
        RESULTS.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
