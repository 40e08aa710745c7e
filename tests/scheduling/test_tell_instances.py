"""The page of benchmarks says, set by set, how near we come and how the others do."""

from __future__ import annotations

from typing import Any

from benchmarks.scheduling.tell_instances import tell_instances


def row(instance: str, solver: str, objective: float | None, gap: float | None, **more: Any) -> dict[str, Any]:
    told = {"family": "jsp", "instance": instance, "solver": solver, "seconds": 5.0, "is_optimal": False}
    return {**told, "objective": objective, "gap": gap, **more}


def test_nothing_is_told_of_nothing() -> None:
    assert tell_instances([]) == ""


def test_means_and_who_is_better() -> None:
    rows = [
        row("a", "drumbeat", 100.0, 0.0, is_optimal=True, load_average=[2.0, 1.0, 1.0]), row("a", "other", 102.0, 0.02),
        row("b", "drumbeat", 104.0, 0.04, load_average=[3.0, 1.0, 1.0]), row("b", "other", None, None),
        row("c", "drumbeat", 110.0, None), row("c", "other", 110.0, None),
    ]  # fmt: skip
    lines = tell_instances(rows).strip().splitlines()
    assert lines[-1] == "| jsp | 5 s | 3 | 2.00% | 1 | 2.5 | 2.00% (1 without) | 2 / 1 / 0 |"
