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
    result = np.zeros(spans.height)
    rows = {str(key[0]): part for key, part in spans.with_row_index("row").partition_by("code", as_dict=True).items()}
    for key, part in opened.partition_by("code", as_dict=True).items():
        mine = rows.get(str(key[0]))
        if mine is not None:
            first = _worked_until(part, mine["starts_at"])
            result[mine["row"].to_numpy()] = (_worked_until(part, mine["ends_at"]) - first) / 3.6e9
    return pl.Series("hours", result)


def _worked_until(opened: pl.DataFrame, moments: pl.Series) -> np.ndarray:
    """Microseconds for which one owner is open before each moment."""
    start, end = (_epochs(opened[name]) for name in ("starts_at", "ends_at"))
    never = np.array([np.iinfo(np.int64).max])
    before = np.concatenate([[0], np.cumsum(end - start)])
    times = _epochs(moments)
    k = np.searchsorted(end, times, side="right")
    worked: np.ndarray = before[k] + np.maximum(times - np.concatenate([start, never])[k], 0)
    return worked


def _epochs(moments: pl.Series) -> np.ndarray:
    return moments.dt.epoch("us").to_numpy().astype(np.int64)
