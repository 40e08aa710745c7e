"""Lines of the table of benchmarks: a class that plays at once, one's own plant, debriefs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

CLASSES = (("class_sqlite", "SQLite"), ("class_sqlite_thinking", "SQLite"), ("class_postgresql", "PostgreSQL"))


def tell_rounds(told: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Tell what `bench_rounds` measured, part by part."""
    for key, name in CLASSES:
        if key in told:
            yield _tell_class(told[key], name)
    if "own_plant" in told:
        one = told["own_plant"]
        parts = f"load {one['load_s']:.0f}, make {one['make_s']:.0f}, open {one['first_decision_s']:.0f}"
        yield (
            "Decision Lab: the demo company's workbook to the first decision on its own plant, by commands; a round",
            f"{one['to_first_decision_s']:.0f} s ({parts}); {one['first_round_s']:.0f} s; {_busy(one)}",
            "bound 120 s",
        )
    if "debriefs" in told:
        rows = told["debriefs"]
        slow = max(rows, key=lambda name: rows[name]["cores_1_s"])
        one = rows[slow]
        used = max(row["cores_1_cpu_s"] for row in rows.values())
        times = f"{one['cores_1_s']:.1f} s on one core, {one['cores_2_s']:.1f} s on two"
        yield (
            "Decision Lab: the slowest debrief of the shipped scenarios, four others on the same luck",
            f"{slow}: {times}, {_busy(one)}; at most {used:.1f} s of processor time",
            "bound 60 s",
        )


def _tell_class(one: dict[str, Any], name: str) -> tuple[str, str, str]:
    pace = f"{one['think_s']:.0f} s of thought before each step" if one["think_s"] else "nobody thinks"
    turn, request = one["round"], one["request"]
    waits = f"a round (decide, defend, live it) p50 {turn['p50_s']:.1f} s, p95 {turn['p95_s']:.1f} s"
    return (
        (
            f"Decision Lab: {one['players']} players of a cohort at once over HTTP on {name}, one server process, "
            f"{pace}: {one['rounds']} rounds, {one['requests']:,} requests"
        ),
        (
            f"{one['errors']} errors; waited for in {waits}; for a page p50 {request['p50_s']:.2f} s, "
            f"p95 {request['p95_s']:.2f} s; {_busy(one)}"
        ),
        "bound: no error; 3 s for a round",
    )


def _busy(one: dict[str, Any]) -> str:
    return f"machine at a load of {one['load_average']:.0f}"
