"""A year without demand is said through every door, once a site, and never taken for a forecast of 0 in silence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from django.core.cache import cache
from django.test import Client

from drumbeat.cli.main import main
from drumbeat.data.actions import load
from drumbeat.data.write_folder import write_folder
from drumbeat.demand.actions import make_forecast, save_forecast
from drumbeat.demand.describe_forecast import measure_silence
from drumbeat.demand.engine.problem import History
from tests.demand.make_market import AS_OF, make_market

GAP = "a year without demand lies between periods with demand"
ASLEEP = "nothing was wanted for a year"


def with_gaps():
    """PUMP at NORTH lacks 2024, OIL and SEAL at NORTH end with 2024, SOUTH has it all."""
    market = make_market()
    year = pl.col("period_start").dt.year()
    is_north = pl.col("site") == "NORTH"
    lost = is_north & (
        ((pl.col("item") == "PUMP") & (year == 2024)) | (pl.col("item").is_in(["OIL", "SEAL"]) & (year > 2024))
    )
    return make_market(demand_history=market["demand_history"].filter(~lost))


def test_silence_is_counted_by_hand() -> None:
    values = np.array([1, 0, 0, 2, 0, 0, 0, 5.0, 0, 0, 0, 0, 3, 4])
    history = History(np.array(["A", "B", "C"]), np.array([0, 7, 8, 14]), values, 12)
    ended, gap = measure_silence(history)
    assert (ended.tolist(), gap.tolist()) == ([3, 0, 0], [2, 0, 0])
    nothing = History(np.array(["D"]), np.array([0, 4]), np.zeros(4), 12)
    assert [part.tolist() for part in measure_silence(nothing)] == [[4], [0]]


def test_every_door_says_it(
    db: None, client_as: Callable[..., Client], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cache.clear()
    snapshot = with_gaps()
    run = make_forecast(snapshot, horizon=6)
    said = {(one.rule.partition(";")[0], one.value) for one in run.findings.shown if one.severity == "warning"}
    assert {(GAP, "PUMP @ NORTH"), (ASLEEP, "OIL @ NORTH and 1 more")} <= said
    load(snapshot)
    save_forecast(run, AS_OF)
    page = client_as("viewer").get("/demand/").content.decode()
    told = client_as("viewer").get("/api/forecasts/latest").json()["findings"]
    assert {GAP, ASLEEP} <= {one["rule"].partition(";")[0] for one in told}
    assert all(one["remedy"] for one in told)
    assert "A year without demand lies between" in page
    assert "Nothing was wanted for a year (OIL @ NORTH and 1 more)" in page
    south = client_as("viewer", "SOUTH")
    assert "NORTH" not in str(south.get("/api/forecasts/latest").json()["findings"])
    assert "without demand" not in south.get("/demand/").content.decode()
    write_folder(snapshot.frames, tmp_path / "plant")
    for words in (["forecast", str(tmp_path / "plant")], ["plan", str(tmp_path / "plant"), "--forecast", "3"]):
        assert main(words) == 0
        shown = " ".join(capsys.readouterr().err.split())
        assert GAP in shown
        assert ASLEEP in shown
