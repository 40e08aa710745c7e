"""What changed from one schedule to the next: tasks that moved, and the figures side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

KINDS = ("new", "gone", "other machine", "later", "earlier", "same")
"""What can happen to a task from one schedule to the next; a task on another machine may also have moved."""


def compare_tasks(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Compare two schedules task by task.

    Parameters
    ----------
    before, after
        One row a task: task, order, operation, resource, start, end (Unix seconds).

    Returns
    -------
    pl.DataFrame
        task, order, operation, change (one of `KINDS`), resource_before, resource, start_before, start, end_before,
        end, moved_seconds (later is positive; null for new and gone); what moved most comes first.
    """
    columns = ["task", "order", "operation", "resource", "start", "end"]
    joined = before.select(columns).join(after.select(columns), on="task", how="full", suffix="_after")
    moved = pl.col("start_after") - pl.col("start")
    change = (
        pl.when(pl.col("task").is_null()).then(pl.lit("new"))
        .when(pl.col("task_after").is_null()).then(pl.lit("gone"))
        .when(pl.col("resource") != pl.col("resource_after")).then(pl.lit("other machine"))
        .when(moved > 0).then(pl.lit("later"))
        .when(moved < 0).then(pl.lit("earlier"))
        .otherwise(pl.lit("same"))
    )  # fmt: skip
    return joined.select(
        pl.coalesce("task_after", "task").alias("task"),
        pl.coalesce("order_after", "order").alias("order"),
        pl.coalesce("operation_after", "operation").alias("operation"),
        change.alias("change"),
        pl.col("resource").alias("resource_before"),
        pl.col("resource_after").alias("resource"),
        pl.col("start").alias("start_before"),
        pl.col("start_after").alias("start"),
        pl.col("end").alias("end_before"),
        pl.col("end_after").alias("end"),
        moved.alias("moved_seconds"),
    ).sort(pl.col("moved_seconds").abs(), "task", descending=[True, False], nulls_last=True)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of two schedules.

    Parameters
    ----------
    label, unit
        For people.
    before, after
        Its values; None where a schedule does not tell.
    """

    label: str
    unit: str
    before: float | None
    after: float | None

    @property
    def change(self) -> float | None:
        """What it grew by."""
        return None if self.before is None or self.after is None else self.after - self.before

    @property
    def verdict(self) -> str:
        """Whether that is "better", "worse" or "same": all figures here are better when they are small."""
        if self.change is None or abs(self.change) < 1e-9 * max(abs(self.before or 0.0), 1.0):
            return "same"
        return "better" if self.change < 0 else "worse"


FIGURES = {
    "num_late": ("Late orders", ""),
    "weighted_tardiness_hours": ("Weighted tardiness", "h"),
    "makespan_hours": ("All done after", "h"),
    "setup_hours": ("Setups", "h"),
    "in_process_hours": ("Orders in process", "h"),
    "overtime_hours": ("Overtime", "h"),
    "num_unscheduled": ("Without a place", ""),
}
"""Parts of a schedule's worth that are shown, with their label and unit."""


def compare_worth(before: dict[str, Any] | None, after: dict[str, Any]) -> list[Figure]:
    """Set the figures of two schedules side by side; but for three, those of nought are left out."""
    figures = []
    for number, (name, (label, unit)) in enumerate(FIGURES.items()):
        old, new = (before or {}).get(name), after.get(name)
        if number < 3 or old or new:
            figures.append(Figure(label, unit, old, new))
    return figures
