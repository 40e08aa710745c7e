"""Carry calendars on beyond the end of the schedule, where late work still has to find open hours."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Int64s
from drumbeat.scheduling.engine.problem import FAR_FUTURE, Calendars

WEEK_SECONDS = 7 * 86_400


def extend_calendars(calendars: Calendars, until: int) -> Calendars:
    """Repeat the last known week of each calendar up to `until`, and keep it open at its highest level after that.

    Parameters
    ----------
    calendars
        Calendars of a scheduling problem.
    until
        Second up to which weeks are repeated.

    Returns
    -------
    Calendars whose last interval ends at `FAR_FUTURE`, so that work always finds an end. A calendar without any
    interval opens at `until`.
    """
    starts: list[Int64s] = []
    ends: list[Int64s] = []
    levels: list[Int64s] = []
    ptr = [0]
    for c in range(len(calendars.ptr) - 1):
        span = slice(calendars.ptr[c], calendars.ptr[c + 1])
        one = _extend(
            calendars.open_start[span], calendars.open_end[span], calendars.level[span].astype(np.int64), until
        )
        for collected, part in zip((starts, ends, levels), one, strict=True):
            collected.append(part)
        ptr.append(ptr[-1] + len(one[0]))
    empty = np.zeros(0, dtype=np.int64)
    return Calendars(
        ptr=np.array(ptr, dtype=np.int64),
        open_start=np.concatenate([empty, *starts]),
        open_end=np.concatenate([empty, *ends]),
        level=np.concatenate([empty, *levels]).astype(np.int32),
    )


def _extend(start: Int64s, end: Int64s, level: Int64s, until: int) -> tuple[Int64s, Int64s, Int64s]:
    if len(start) == 0:
        return (np.array([until]), np.array([FAR_FUTURE]), np.array([1]))
    last = int(end[-1])
    if last >= FAR_FUTURE:
        return start.astype(np.int64), end.astype(np.int64), level
    in_week = end > last - WEEK_SECONDS
    week_start = np.maximum(start[in_week], last - WEEK_SECONDS)
    weeks = np.arange(1, max(-(-(until - last) // WEEK_SECONDS), 0) + 1, dtype=np.int64) * WEEK_SECONDS
    stop = last + len(weeks) * WEEK_SECONDS
    return (
        np.concatenate([start, (weeks[:, None] + week_start).ravel(), [stop]]),
        np.concatenate([end, (weeks[:, None] + end[in_week]).ravel(), [FAR_FUTURE]]),
        np.concatenate([level, np.tile(level[in_week], len(weeks)), [level.max()]]).astype(np.int64),
    )
