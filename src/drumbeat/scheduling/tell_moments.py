"""Tell seconds after now as moments of the calendar."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Bools, Int64s
from drumbeat.data.schema import MOMENT


def tell_moments(start: datetime, seconds: Int64s, known: Bools) -> pl.Series:
    """Tell seconds after `start` as moments; null where they are not known, or no calendar reaches."""
    ends = datetime(1, 1, 1, tzinfo=start.tzinfo), datetime(9999, 12, 31, 23, 59, tzinfo=start.tzinfo)
    first, last = ((end - start).total_seconds() for end in ends)
    known = known & (seconds >= first) & (seconds <= last)
    values = pl.Series(np.where(known, seconds, 0)) * 1_000_000 + int(start.timestamp()) * 1_000_000
    return pl.select(pl.when(pl.Series(known)).then(values.cast(MOMENT))).to_series()
