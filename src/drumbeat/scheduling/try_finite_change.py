"""Try a change on the finite plan: which demands it delivers in time, and which it makes late."""

from __future__ import annotations

from typing import Any

import polars as pl

from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.data.change import Change
from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.compare_plans import compare_demands
from drumbeat.scheduling.plan_finitely import FinitePlan, plan_finitely
from drumbeat.scheduling.try_overtime import sum_days


def try_finite_change(snapshot: Snapshot, change: Change, progress: Progress = silent) -> dict[str, Any]:
    """Make the finite plan of the data with and without a change, and compare them; nothing is stored.

    Parameters
    ----------
    snapshot
        The data.
    change
        What is tried.

    Returns
    -------
    dict
        As `compare_demands`, with late_days_before and late_days: days that all demands are late, added up.

    Raises
    ------
    InputError
        When the change cannot be made, or an item goes into itself.
    """
    changed = snapshot.apply([change])
    before = plan_finitely(snapshot, part_of(progress, 0.0, 0.5))
    after = plan_finitely(changed, part_of(progress, 0.5, 1.0))
    days = {"late_days_before": sum_days(before), "late_days": sum_days(after)}
    return compare_demands(_describe(before), _describe(after)) | days


def _describe(run: FinitePlan) -> pl.DataFrame:
    is_late = pl.col("late_seconds").fill_null(1) > 0
    return run.deliveries.select("demand", "item", "site", ready_at="delivered_at", is_late=is_late)
