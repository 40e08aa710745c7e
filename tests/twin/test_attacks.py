"""Plants that make no sense, and numbers that are enormous: an answer or an error with a remedy, and soon."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import polars as pl
import pytest

from drumbeat.basics.findings import InputError
from drumbeat.twin.compile_floor import FloorTerms
from drumbeat.twin.compile_line import compile_line
from drumbeat.twin.play_floor import play_floor
from drumbeat.twin.study_serial_line import study_serial_line
from drumbeat.twin.validate_play import validate_play
from tests.twin.floor_plant import frame, make_frames, make_snapshot

T = TypeVar("T")

PLANT = make_frames()
MODES = ("code", "resource", "mean_hours", "repair_mean_hours")
BILL = ("item", "component", "quantity_per")


def put(table: str, column: str, value: object) -> dict[str, pl.DataFrame]:
    return {table: PLANT[table].with_columns(pl.lit(value).alias(column))}


def clear(*tables: str) -> dict[str, pl.DataFrame]:
    return {table: PLANT[table].clear() for table in tables}


ATTACKS = {
    "no calendar": put("resource", "calendar", None),
    "never open": clear("calendar_shift"),
    "no demand": clear("demand_line"),
    "no machines": clear("resource", "operation_resource"),
    "no operations": clear("operation", "operation_resource", "crew_need"),
    "no people": clear("person", "person_skill"),
    "a bill in a circle": {"bill_line": frame(BILL, ("UNIT", "RING", 2.0), ("RING", "UNIT", 0.5))},
    "an item of itself": {"bill_line": frame(BILL, ("UNIT", "UNIT", 2.0))},
    "endless work": put("operation", "run_minutes", 1e12),
    "negative work": put("operation", "run_minutes", -5.0),
    "all scrap": put("operation", "operation_yield", 0.0),
    "enormous demand": put("demand_line", "quantity", 1e12),
    "negative demand": put("demand_line", "quantity", -10.0),
    "enormous capacity": put("resource", "capacity", 10**7),
    "endless lead time": put("supply_term", "lead_time_days", 1e9),
    "enormous bill": {"bill_line": frame(BILL, ("UNIT", "RING", 1e9), ("RING", "BAR", 1e9))},
    "down at once and for ever": {"failure_mode": frame(MODES, ("F", "SAW", 1e-9, 1e9))},
    "down every instant": {"failure_mode": frame(MODES, ("F", "SAW", 1e-6, 1e-6))},
    "nothing": clear(*PLANT),
}

SLOW = ("down every instant",)
"""A million failures."""


def attempt(ask: Callable[[], T]) -> T | None:
    """Return the answer; None where it was refused, with a remedy for each finding."""
    try:
        return ask()
    except InputError as error:
        findings = list(error.findings)
    assert findings
    assert all(finding.remedy for finding in findings)
    return None


@pytest.mark.parametrize(
    "attack", [pytest.param(one, marks=[pytest.mark.slow] if one in SLOW else []) for one in ATTACKS]
)
def test_it_is_answered_or_refused_with_a_remedy_and_soon(attack: str) -> None:
    began = time.process_time()
    snapshot = make_snapshot(**ATTACKS[attack])
    run = attempt(lambda: play_floor(snapshot, FloorTerms(weeks=3), replications=2, threats=1))
    if run is not None:
        shares = run.kpis.filter(pl.col("unit").str.starts_with("share"))
        assert run.kpis["mean"].is_finite().all()
        assert shares["mean"].is_between(-1e-9, 1 + 1e-9).all()
    assert validate_play(snapshot, weeks=4, replications=2) is None
    study = attempt(lambda: study_serial_line(compile_line(snapshot, "R-RING"), precision=0.2, cores=1))
    if study is not None:
        assert 0 <= study.output.low <= study.output.high < np.inf
    assert time.process_time() - began < 30


def test_what_was_bounded_is_said() -> None:
    for attack, words in (("enormous capacity", "500 lots"), ("down every instant", "60 seconds")):
        run = play_floor(make_snapshot(**ATTACKS[attack]), FloorTerms(weeks=1), replications=2)
        told = [finding for finding in run.findings.as_json()["findings"] if words in finding["rule"]]
        assert told, attack
        assert told[0]["remedy"]
