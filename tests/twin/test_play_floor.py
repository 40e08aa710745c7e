"""Playing a plant forward: figures with their uncertainty, told as a shop floor tells them."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from drumbeat.basics.findings import InputError
from drumbeat.basics.progress import Cancelled
from drumbeat.cli.main import main
from drumbeat.home import Plant
from drumbeat.kpis.compile_problem import operation_standards
from drumbeat.shopfloor.engine.measure_oee import measure_oee
from drumbeat.twin.compile_floor import FloorTerms
from drumbeat.twin.engine.floor.result import BROKEN, IN_CARE, RUNNING, SETTING_UP
from drumbeat.twin.measure_play import measure_delivery
from drumbeat.twin.play_floor import play_floor
from drumbeat.twin.tell_events import tell_events
from tests.twin.floor_plant import NOW, frame, make_snapshot

UPKEEP = {
    "failure_mode": frame(("code", "resource", "mean_hours", "repair_mean_hours"), ("F", "SAW", 10.0, 1.0)),
    "maintenance_plan": frame(("code", "resource", "interval_days", "duration_minutes"), ("C", "SAW", 7.0, 90.0)),
}


@pytest.fixture(scope="module")
def plant():
    return make_snapshot(**UPKEEP)


@pytest.fixture(scope="module")
def run(plant):
    return play_floor(plant, FloorTerms(weeks=13), replications=20, seed=3)


def figure(run, scope, name, kpi):
    rows = run.kpis.filter((pl.col("scope") == scope) & (pl.col("name") == name) & (pl.col("kpi") == kpi))
    assert rows.height == 1
    return rows.row(0, named=True)


def test_output_follows_demand(run):
    output = figure(run, "plant", "all", "output")
    assert output["low"] < 10.0 < output["high"] + 1.0
    assert output["p10"] <= output["p50"] <= output["p90"]
    assert output["unit"] == "units a week"
    assert figure(run, "product", "UNIT @ P", "output")["mean"] == output["mean"]
    assert figure(run, "plant", "all", "sales value of output")["mean"] == pytest.approx(100 * output["mean"])
    assert 0 < figure(run, "machine", "SAW", "utilisation")["mean"] < 1
    assert figure(run, "machine", "SAW", "maintenance")["mean"] == pytest.approx(1.5 / 40, rel=0.25)
    assert run.weekly.group_by("week").agg(pl.col("mean").sum())["mean"].mean() == pytest.approx(output["mean"])


def test_equal_seeds_give_equal_bits_on_any_number_of_cores(plant, run):
    again = play_floor(plant, FloorTerms(weeks=13), replications=20, seed=3, cores=2)
    assert again.kpis.equals(run.kpis)
    other = play_floor(plant, FloorTerms(weeks=13), replications=20, seed=4)
    assert not other.kpis.equals(run.kpis)


def test_oee_of_the_story_is_that_of_the_counters(plant):
    """The shop floor's own function measures the frames of the first replication as the kernel counted it."""
    run = play_floor(plant, FloorTerms(weeks=13), replications=1, seed=3)
    story = tell_events(run.compiled, run.result)
    standards = operation_standards(plant)
    facts = measure_oee(
        story.events, story.reports, story.planned, standards, story.places, edges=list(story.edges), now=story.edges[1]
    ).facts
    rows = {row["resource"]: row for row in facts.iter_rows(named=True)}
    result, keys = run.result, run.compiled.machines["machine"].to_list()
    for m, key in enumerate(keys):
        seconds = result.machine_seconds[0, m]
        if key not in rows:  # a second bench that is never needed has no events
            assert result.machine_lots[0, m] == 0
            continue
        row = rows[key]
        assert row["run"] / 1e6 == pytest.approx(seconds[RUNNING], abs=0.01)
        assert row["setup"] / 1e6 == pytest.approx(seconds[SETTING_UP], abs=0.01)
        assert row["good_units"] + row["scrap_units"] == pytest.approx(result.machine_pieces[0, m] * 1e6)
    saw = keys.index("SAW")
    opened = run.compiled.problem.calendars
    hours = (np.minimum(opened.end, result.end) - np.minimum(opened.start, result.end)).sum()
    row, seconds = rows["SAW"], result.machine_seconds[0, saw]
    assert row["open"] / 1e6 == pytest.approx(hours)
    assert row["maintenance"] / 1e6 <= seconds[IN_CARE] + 0.01
    assert row["breakdown"] / 1e6 <= seconds[BROKEN] + 0.01
    # A x P x Q = ideal time of the good units / planned time; a machine is never counted faster than its standard.
    ideal = result.machine_pieces[0, saw] * 180.0
    good = ideal - result.pieces_scrapped[0].sum() * 180.0
    planned = hours - row["maintenance"] / 1e6 + row["overtime"] / 1e6
    oee = good * min(1.0, seconds[RUNNING] / ideal) / planned
    assert row["good"] / row["planned"] == pytest.approx(oee, rel=1e-6)


def test_a_play_without_trace_has_no_story(run):
    from dataclasses import replace

    with pytest.raises(ValueError, match="trace"):
        tell_events(run.compiled, replace(run.result, trace=None))


def test_one_replication_has_no_interval(plant):
    run = play_floor(plant, FloorTerms(weeks=2), replications=1)
    assert np.isnan(figure(run, "plant", "all", "utilisation")["low"])


def test_a_plant_is_played_until_its_share_on_time_is_known():
    """A bench that is down half of the time: some weeks' orders are late, others are not."""
    broken = frame(("code", "resource", "mean_hours", "repair_mean_hours"), ("F", "BENCH", 10.0, 30.0))
    plant, terms = make_snapshot(**UPKEEP | {"failure_mode": broken}), FloorTerms(weeks=13)
    first = play_floor(plant, terms, replications=10)
    assert first.num_sets == 5
    shares = measure_delivery(first.compiled, first.result, np.ones(2, np.bool_))[0]
    # Replications 0 and 5 are of one set of parameters, and so on: what they differ by is luck.
    half = 2.5706 * (((shares[:5] - shares[5:]) ** 2 / 2).mean() / 10) ** 0.5
    assert half > 0
    told = figure(first, "plant", "all", "on time")
    assert told["high"] - told["mean"] > half
    run = play_floor(plant, terms, replications=10, precision=half / 2)
    assert run.replications == 40
    whole = play_floor(plant, terms, replications=40)
    assert run.kpis.equals(whole.kpis, null_equal=True)
    assert play_floor(plant, terms, replications=10, precision=0.5).replications == 10


def test_it_can_be_cancelled(plant):
    def refuse(fraction, message):
        if fraction > 0:
            raise Cancelled

    with pytest.raises(Cancelled):
        play_floor(plant, FloorTerms(weeks=13), replications=50, progress=refuse)
    with pytest.raises(InputError, match="replications"):
        play_floor(plant, replications=0)


def test_by_notebook_and_by_command(plant, tmp_path, capsys):
    run = Plant(plant).play(weeks=2, replications=3, rule="fifo")
    assert run.terms.rule == "fifo"
    company = frame(("code", "as_of"), ("C", NOW))
    make_snapshot(**UPKEEP, company=company).write(tmp_path / "plant")
    base = ["simulate", str(tmp_path / "plant"), "--weeks", "2", "--replications", "3", "--rule", "fifo"]
    assert main([*base, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["weeks"], answer["rule"]) == (2, "fifo")
    assert {row["scope"] for row in answer["kpis"]} >= {"plant", "site", "line", "product", "machine", "people"}
    told = {(row["name"], row["kpi"]): row["mean"] for row in answer["kpis"]}
    expected = run.kpis.filter((pl.col("name") == "SAW") & (pl.col("kpi") == "utilisation"))["mean"][0]
    assert told["SAW", "utilisation"] == pytest.approx(expected)
    assert main(base) == 0
    assert "Busiest machines" in capsys.readouterr().out
    assert main([*base[:-1], "luck"]) == 1


def test_setups_first_and_the_rule_reach_the_floor(plant):
    run = play_floor(plant, FloorTerms(weeks=1, rule="spt", setups_first=True), replications=1)
    assert run.compiled.problem.groups.is_setup_first.all()
    assert set(run.compiled.problem.groups.rule.tolist()) == {2}
