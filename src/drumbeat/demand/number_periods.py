"""Days, weeks and months as numbers that follow each other."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

DAY, WEEK, MONTH = "day", "week", "month"


def number_of(day: date, period: str) -> int:
    """Number of the period in which a day lies."""
    if period == MONTH:
        return day.year * 12 + day.month - 1
    return day.toordinal() - 1 if period == DAY else (day.toordinal() - 1) // 7


def start_of(number: int, period: str) -> date:
    """First day of a period."""
    if period == MONTH:
        return date(number // 12, number % 12 + 1, 1)
    # Ordinal 1 is a Monday.
    return date.fromordinal(number + 1 if period == DAY else number * 7 + 1)


def number_periods(days: pl.Series, period: str) -> np.ndarray:
    """Numbers of the periods in which days lie, shape (N,)."""
    if period == MONTH:
        return (days.dt.year().cast(pl.Int64) * 12 + days.dt.month().cast(pl.Int64) - 1).to_numpy()
    since = days.to_physical().cast(pl.Int64).to_numpy() + date(1970, 1, 1).toordinal() - 1
    return since if period == DAY else since // 7
