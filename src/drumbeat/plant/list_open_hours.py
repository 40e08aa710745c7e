"""When resources are open: their calendars as intervals in UTC."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import numpy as np
import polars as pl

from drumbeat.basics.calendars import DatedException, OpenTimes, Shift, expand_shifts
from drumbeat.data.change import Frames

MOMENT = pl.Datetime("us", "UTC")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def list_open_hours(frames: Frames, owners: pl.DataFrame, start: datetime, end: datetime) -> pl.DataFrame:
    """List when things that follow a calendar are open.

    Parameters
    ----------
    frames
        Frames of a snapshot: calendar_shift, calendar_exception and site are used.
    owners
        code, site, calendar (null = always open): resources, people, crews.
    start, end
        Moments between which to list.

    Returns
    -------
    code, starts_at, ends_at, level: disjoint intervals by owner, sorted; one interval for an owner that is always
    open, none for one that never is.
    """
    zones = dict(zip(frames["site"]["code"], frames["site"]["time_zone"], strict=True))
    keyed = owners.select("code", "calendar", pl.col("site").replace_strict(zones, default="UTC").alias("zone"))
    combos = keyed.select("calendar", "zone").unique().drop_nulls("calendar").sort("calendar", "zone")
    shifts = _shifts(frames, combos["calendar"])
    exceptions = _exceptions(frames, combos["calendar"])
    parts = []
    for calendar, zone in combos.iter_rows():
        times = expand_shifts(
            shifts.get(calendar, ()),
            exceptions.get(calendar, ()),
            zone=zone,
            start=start,
            horizon_seconds=max(int((end - start).total_seconds()), 1),
        )
        parts.append(_frame(calendar, zone, times, start))
    empty = pl.DataFrame(
        schema={"calendar": pl.String, "zone": pl.String, "starts_at": MOMENT, "ends_at": MOMENT, "level": pl.Int64}
    )
    opened = keyed.join(pl.concat([empty, *parts]), on=["calendar", "zone"], how="inner")
    always = keyed.filter(pl.col("calendar").is_null()).with_columns(
        pl.lit(start).cast(MOMENT).alias("starts_at"),
        pl.lit(end).cast(MOMENT).alias("ends_at"),
        pl.lit(1, dtype=pl.Int64).alias("level"),
    )
    columns = ["code", "starts_at", "ends_at", "level"]
    return pl.concat([opened.select(columns), always.select(columns)]).sort("code", "starts_at")


def _frame(calendar: str, zone: str, times: OpenTimes, start: datetime) -> pl.DataFrame:
    base = np.int64(round(start.timestamp() * 1_000_000))
    return pl.DataFrame(
        {
            "starts_at": base + times.open_start * 1_000_000,
            "ends_at": base + times.open_end * 1_000_000,
            "level": times.level.astype(np.int64),
        }
    ).select(
        pl.lit(calendar).alias("calendar"),
        pl.lit(zone).alias("zone"),
        pl.col("starts_at", "ends_at").cast(MOMENT),
        "level",
    )


def _shifts(frames: Frames, calendars: Iterable[str]) -> dict[str, list[Shift]]:
    found: dict[str, list[Shift]] = {}
    rows = frames["calendar_shift"].filter(pl.col("calendar").is_in(list(calendars)))
    for row in rows.iter_rows(named=True):
        shift = Shift(_WEEKDAYS.index(row["weekday"]), row["start"], row["end"], row["level"])
        found.setdefault(row["calendar"], []).append(shift)
    return found


def _exceptions(frames: Frames, calendars: Iterable[str]) -> dict[str, list[DatedException]]:
    found: dict[str, list[DatedException]] = {}
    rows = frames["calendar_exception"].filter(pl.col("calendar").is_in(list(calendars)))
    for row in rows.iter_rows(named=True):
        exception = DatedException(row["starts_at"], row["ends_at"], row["is_open"])
        found.setdefault(row["calendar"], []).append(exception)
    return found


def overlap_hours(spans: pl.DataFrame, opened: pl.DataFrame) -> pl.Series:
    """Return how many hours of each span its owner is open.

    Parameters
    ----------
    spans
        code, starts_at, ends_at.
    opened
        As `list_open_hours` gives it.

    Returns
    -------
    Hours, one for each row of `spans`, in its order; 0 for an owner that is never open.
    """
    if not spans.height or not opened.height:
        return pl.Series("hours", np.zeros(spans.height))
    numbers = {code: number for number, code in enumerate(opened["code"].unique().sort())}
    owner = spans["code"].replace_strict(numbers, default=-1, return_dtype=pl.Int64).to_numpy()
    opened = opened.sort("code", "starts_at")
    opener = opened["code"].replace_strict(numbers, return_dtype=pl.Int64).to_numpy()
    start, end = _epochs(opened["starts_at"]), _epochs(opened["ends_at"])
    first, length = int(start.min()), int(end.max() - start.min()) + 2
    # Owner after owner on one axis of time: one search answers for all of them.
    until = opener * length + end - first
    before = np.concatenate([[0], np.cumsum(end - start)])
    opens = np.concatenate([opener * length + start - first, [np.iinfo(np.int64).max]])

    def worked(moments: pl.Series) -> np.ndarray:
        times = owner * length + (_epochs(moments) - first).clip(0, length - 1)
        k = np.searchsorted(until, times, side="right")
        total: np.ndarray = before[k] + np.maximum(times - opens[k], 0)
        return total

    hours = (worked(spans["ends_at"]) - worked(spans["starts_at"])) / 3.6e9
    return pl.Series("hours", np.where(owner >= 0, hours, 0.0))


def _epochs(moments: pl.Series) -> np.ndarray:
    return moments.dt.epoch("us").to_numpy().astype(np.int64)
