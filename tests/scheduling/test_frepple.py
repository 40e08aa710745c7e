"""The way from another planner's fixture to a schedule, and what the command prints."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from drumbeat.cli.main import build_app
from drumbeat.data.frepple import read_frepple
from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.actions import make_plan
from drumbeat.scheduling.actions import make_schedule
from drumbeat.scheduling.engine.check import check_schedule


def test_the_flow_line_ends_before_its_peer_does(shared_data):
    frames, as_of, _ = read_frepple(shared_data / "planning/frepple/flow_line.json")
    snapshot = Snapshot.of(frames, as_of)
    run = make_schedule(snapshot, make_plan(snapshot), seconds=1)
    assert not check_schedule(run.problem, run.result.schedule)
    assert run.result.worth.num_unscheduled == 0
    assert run.result.worth.makespan_hours < 194.4


def test_the_command_tells_a_schedule_as_json(shared_data):
    path = str(shared_data / "planning/frepple/manufacturing_demo.json")
    outcome = CliRunner().invoke(build_app(["schedule"]), ["schedule", path, "--seconds", "0.5", "--json"])
    assert outcome.exit_code == 0, outcome.output
    told = json.loads(outcome.stdout)
    assert told["worth"]["num_unscheduled"] == 0
    late = [order for order in told["orders"] if order["late_seconds"] > 0]
    assert late
    assert all(sum(wait["seconds"] for wait in order["waits"]) > 0 for order in late)
