"""The made-up shop's log: what is shipped is what the code makes, and it is a possible log."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from drumbeat.lab.make_shop_log import COLUMNS, make_shop_log

SHIPPED = Path(__file__).resolve().parents[2] / "examples" / "shop-log" / "log.csv"


def test_the_shipped_log_is_the_one_that_is_made() -> None:
    shipped = pl.read_csv(SHIPPED, infer_schema=False)
    assert tuple(shipped.columns) == COLUMNS
    assert shipped.equals(make_shop_log(1))


def test_machines_do_one_thing_at_a_time_in_working_hours() -> None:
    log = make_shop_log(2).with_columns(pl.col("Start", "End").str.to_datetime("%Y-%m-%d %H:%M"))
    assert (log["End"] >= log["Start"]).all()
    overlap = log.sort("Machine", "Start").with_columns(before=pl.col("End").shift(1).over("Machine"))
    # Reports are written to the minute: neighbours may share one.
    assert overlap.filter(pl.col("Start").dt.offset_by("1m") < pl.col("before")).height == 0
    assert log["Start"].dt.hour().min() >= 6
    assert log["Start"].dt.weekday().max() <= 5
