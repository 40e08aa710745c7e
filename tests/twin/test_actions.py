"""From a company's data to a simulation that is kept and shown."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from drumbeat.basics.progress import Cancelled
from drumbeat.cli.main import main
from drumbeat.lab.company import make_company
from drumbeat.planning.actions import make_plan
from drumbeat.scheduling.actions import make_schedule
from drumbeat.twin.actions import save_simulation, simulate
from drumbeat.twin.compile_problem import compile_problem
from drumbeat.twin.models import OrderConfidence, Simulation, Threat

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def company():
    return make_company("s")


@pytest.fixture(scope="module")
def schedule(company):
    return make_schedule(company, make_plan(company), seconds=0.5)


@pytest.fixture(scope="module")
def run(company, schedule):
    return simulate(company, schedule, replications=60, seed=3)


def test_everything_that_may_go_otherwise_is_read(company, schedule):
    uncertainty, findings = compile_problem(company, schedule)
    kinds = set(uncertainty.causes.kind)
    assert kinds == {"breakdown", "absence", "supplier", "scrap", "run time"}
    failing = company["failure_mode"]["resource"].unique()
    assert set(failing) >= set(uncertainty.causes.subject[uncertainty.causes.kind == "breakdown"])
    assert not findings.has_errors
    assert len(uncertainty.run_times.shape) == schedule.tasks.height
    assert (uncertainty.scrap.quantity > 0).all()
    assert len(uncertainty.lateness.supplier) == len(schedule.problem.materials.receipt_keys)


def test_the_answer_is_in_the_plants_own_words(run, schedule):
    assert run.orders["order"].to_list() == schedule.orders["order"].to_list()
    placed = run.orders.filter(pl.col("p95_end").is_not_null())
    assert placed.height > 0
    assert (placed["p50_end"] <= placed["p80_end"]).all()
    assert (placed["p80_end"] <= placed["p95_end"]).all()
    assert (run.orders["probability_low"] <= run.orders["probability"]).all()
    assert (run.orders["probability"] <= run.orders["probability_high"]).all()
    assert run.orders.filter(pl.col("p95_end").is_null())["probability"].sum() == 0
    assert run.expected_on_time_low <= run.expected_on_time <= run.expected_on_time_high
    assert run.threats["rank"].to_list() == list(range(1, run.threats.height + 1))
    assert set(run.threats["worst_order"]) <= {"", *run.orders["order"]}
    ends = schedule.orders["ends_at"]
    assert run.orders["planned_end"].to_list() == ends.to_list()


def test_the_same_seed_gives_the_same_answer(run, company, schedule):
    again = simulate(company, schedule, replications=60, seed=3, cores=2)
    assert again.orders.equals(run.orders)
    assert again.threats.equals(run.threats)


def test_cancelling_leaves_nothing(company, schedule):
    def cancel(fraction, message):
        if fraction > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        simulate(company, schedule, replications=60, progress=cancel)


@pytest.mark.django_db
def test_a_simulation_is_kept(run, company):
    saved = save_simulation(run, 17, company.as_of)
    assert Simulation.objects.get().schedule_id == 17
    assert saved.probability_all == run.probability_all
    kept = OrderConfidence.objects.filter(simulation=saved)
    lost = run.orders["p95_end"].is_null().sum()
    assert kept.count() == run.orders.height - lost
    assert len(saved.summary["unscheduled"]) == lost
    assert list(Threat.objects.filter(simulation=saved).order_by("rank").values_list("subject", flat=True)) == (
        run.threats["subject"].to_list()
    )
    assert np.isclose(Threat.objects.get(simulation=saved, rank=1).loss, run.threats["loss"][0])


def test_the_command_answers_whether_it_holds(company, tmp_path, capsys):
    company.write(tmp_path / "company")
    code = main(["simulate", str(tmp_path / "company"), "--replications", "20", "--seconds", "0.5", "--cores", "1"])
    shown = capsys.readouterr().out
    assert code == 0
    for words in ("Will it hold?", "What threatens it most", "Least sure", "P80"):
        assert words in shown


def test_the_command_answers_programs(company, tmp_path, capsys):
    company.write(tmp_path / "company")
    arguments = ["--replications", "20", "--precision", "40", "--seconds", "0.5", "--json"]
    assert main(["simulate", str(tmp_path / "company"), *arguments]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["replications"] == 20
    assert 0 < answer["replications_needed"] < 20
    assert len(answer["orders"]) > 0
    assert {"kind", "subject", "loss", "late_hours"} <= set(answer["threats"][0])


@pytest.mark.parametrize("points", ["0", "-1", "51", "nan"])
def test_a_precision_is_some_points(company, tmp_path, capsys, points):
    assert main(["simulate", str(tmp_path), "--precision", points]) == 1
    assert "0.1 to 50 percentage points" in capsys.readouterr().err
