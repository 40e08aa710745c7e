"""A routing as a serial line: against sums by hand, and what is refused."""

from __future__ import annotations

import json

import polars as pl
import pytest

from drumbeat.basics.findings import InputError
from drumbeat.cli.main import main
from drumbeat.data.snapshot import Snapshot
from drumbeat.twin.compile_line import compile_line
from drumbeat.twin.study_serial_line import SIZES, study_serial_line
from tests.twin.floor_plant import NOW, frame
from tests.twin.test_floor_rules import alter, two_stations

COARSE = {"precision": 0.02, "cores": 1}


def reliable(**columns: object) -> dict[str, pl.DataFrame]:
    """Two stations whose run times hardly spread: ten thousand times over reports, all as the standard says."""
    frames = two_stations()
    frames["operation"] = alter(frames["operation"], **columns) if columns else frames["operation"]
    return frames


def snapshot(frames: dict[str, pl.DataFrame]) -> Snapshot:
    return Snapshot.of(frames, NOW)


def test_a_single_station_makes_its_rate_times_its_availability():
    """Six minutes a piece, ten hours of work between failures, one of repair, 4 % scrap: 10 x 10/11 x .96 an hour."""
    frames = reliable(operation_yield=[0.96, 1.0])
    frames["operation"] = frames["operation"].head(1)
    frames["operation_resource"] = frames["operation_resource"].head(1)
    frames["failure_mode"] = frame(
        ("code", "resource", "clock", "distribution", "mean_hours", "repair_distribution", "repair_mean_hours"),
        ("FA", "A", "busy", "exponential", 10.0, "exponential", 1.0),
    )
    study = study_serial_line(compile_line(snapshot(frames), "R"), precision=0.005, cores=1)
    row = study.stations.row(0, named=True)
    assert study.limit == pytest.approx(10 * 10 / 11 * 0.96, rel=0.02)  # the spread of run times is the usual one
    assert study.output.value == pytest.approx(study.limit, rel=0.01)
    assert row["down"] == pytest.approx(1 / 11, rel=0.1)
    assert (row["places"], row["gain"], row["blocked"]) == (None, None, pytest.approx(0.0))


def test_places_buffer_failures_and_the_slower_station_decides():
    frames = reliable(run_minutes=[6.0, 6.0])
    frames["failure_mode"] = frame(
        ("code", "resource", "clock", "distribution", "mean_hours", "repair_distribution", "repair_mean_hours"),
        ("FA", "A", "busy", "exponential", 20.0, "exponential", 2.0),
        ("FB", "B", "busy", "exponential", 20.0, "exponential", 2.0),
    )
    outputs = []
    for number in (0, 5):
        study = study_serial_line(compile_line(snapshot(frames), "R", set_places={"R/20": number}), **COARSE)
        outputs.append(study.output)
        second = study.stations.row(1, named=True)
        assert second["places"] == number
        assert second["gain_low"] > 0  # one place more passes on what a failure holds up
        assert study.output.high < study.limit
    assert outputs[0].high < outputs[1].low
    # Without places either failure stops both, as in series: 10 an hour over 1 + .1 + .1; the spread takes the rest.
    assert outputs[0].value < 10 / 1.2


def test_the_plants_places_and_transfer_lots_are_those_of_the_line():
    frames = reliable(transfer_lot=[2.0, 0.0])
    frames["resource"] = alter(frames["resource"], queue_places=[None, 3])
    serial = compile_line(snapshot(frames), "R")
    assert [station.buffer for station in serial.line.stations] == [10, 3]
    assert serial.lot == 2
    assert serial.line.stations[1].service.mean == pytest.approx(0.4, rel=0.02)


def test_what_is_no_serial_line_is_refused_all_at_once():
    frames = reliable()
    third = frame(("code", "routing", "sequence", "run_minutes"), ("R/30", "R", 30, 1.0))
    frames["operation"] = pl.concat([frames["operation"], third])
    frames["operation_resource"] = pl.concat(
        [frames["operation_resource"], frame(("operation", "resource"), ("R/30", "A"))]
    )
    with pytest.raises(InputError) as refused:
        compile_line(snapshot(frames), "R", places=-1, set_places={"R/99": 4})
    for words in ("passes each machine once", "for an operation of the line", "places are 0"):
        assert words in str(refused.value)
    with pytest.raises(InputError, match="whose item is wanted"):
        compile_line(snapshot(reliable()), "NONE")
    with pytest.raises(InputError, match="more is 1 to"):
        study_serial_line(compile_line(snapshot(reliable()), "R"), more=0)
    frames = reliable()
    frames["operation_resource"] = frames["operation_resource"].clear()
    with pytest.raises(InputError, match="a line has a machine"):
        compile_line(snapshot(frames), "R")


def test_the_command_prints_the_line_and_its_json(tmp_path, capsys):
    snapshot(reliable()).write(tmp_path / "plant")
    asked = ["line", "R", str(tmp_path / "plant"), "--precision", "0.05", "--cores", "1"]
    assert main([*asked, "--place", "R/20=2"]) == 0
    shown = capsys.readouterr().out
    assert "good pieces an open hour" in shown
    assert "+1 adds" in shown
    assert "places before each station, and good pieces an open hour: 0: " in shown
    assert main([*asked, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [station["operation"] for station in told["stations"]] == ["R/10", "R/20"]
    assert told["output"]["low"] <= told["output"]["mean"] <= told["output"]["high"] <= told["limit"] * 1.05
    assert [row["places"] for row in told["by_places"]] == list(SIZES)
    for wrong in ("R/20", "R/20=²", "=3", "R/20=-1", "R/20=1.5"):
        assert main([*asked, "--place", wrong]) == 1
        assert "OPERATION=NUMBER" in "".join(capsys.readouterr())


def test_output_by_places_rises_to_the_slowest_station_and_the_best_place_is_named():
    serial = compile_line(snapshot(reliable(run_minutes=[6.0, 6.0])), "R", places=0)
    study = study_serial_line(serial, **COARSE)
    outputs = study.by_places["output"].to_list()
    assert study.by_places["places"].to_list() == list(SIZES)
    assert outputs == sorted(outputs)
    assert outputs[0] == pytest.approx(study.output.value, rel=0.005)  # the same luck, and the same places
    assert outputs[0] < 0.97 * study.limit < outputs[-1] < study.limit
    assert study.best == "R/20"
    assert "1 more place before R/20" in study.advice


def test_side_by_side_machines_by_the_calendar_are_told():
    frames = reliable()
    frames["resource"] = alter(frames["resource"], capacity=[2, 1])
    frames["failure_mode"] = frame(
        ("code", "resource", "clock", "distribution", "mean_hours", "repair_distribution", "repair_mean_hours"),
        ("FA", "A", "calendar", "exponential", 20.0, "exponential", 2.0),
        ("FB", "B", "calendar", "exponential", 20.0, "exponential", 2.0),
    )
    found = {(str(f.severity), f.value) for f in compile_line(snapshot(frames), "R").findings if f.column == "clock"}
    assert found == {("warning", "R/10")}  # B is alone: its calendar is played


def test_what_never_fills_is_refused_with_a_remedy():
    with pytest.raises(InputError, match="fewer places"):
        study_serial_line(compile_line(snapshot(reliable()), "R", places=1_000_000), precision=0.2, cores=1)
    with pytest.raises(InputError, match="seed is 0 to"):
        study_serial_line(compile_line(snapshot(reliable()), "R"), seed=10**20)
    frames = reliable()
    frames["order"] = frames["order"].clear()
    with pytest.raises(InputError):
        compile_line(snapshot(frames), "R")
