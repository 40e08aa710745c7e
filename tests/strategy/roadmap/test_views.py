"""The roadmap's pages: what is shown, who may see it, and how it is planned in the background."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from drumbeat.data.snapshot import Snapshot
from drumbeat.plant.models import Company, Item, Operation, OperationResource, Resource, Routing, Site
from drumbeat.strategy.compile_roadmap import compile_initiatives
from drumbeat.strategy.models import Initiative, InitiativeChange, InitiativeCost, RoadmapPlan, StageGate
from drumbeat.strategy.name_function import name_function
from drumbeat.strategy.tell_roadmap import name_periods
from drumbeat.web.models import Job

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def plant(db: None) -> None:
    """One machine that is always open and wanted for half as much again; a second one is an initiative."""
    from drumbeat.demand.models import DemandLine

    Company.objects.create(code="C", currency="EUR", as_of=NOW)
    Site.objects.create(code="S", currency="EUR")
    Resource.objects.create(code="M1", site_id="S")
    Item.objects.create(code="PUMP", cost=Decimal(60), price=Decimal(100))
    Routing.objects.create(code="R", item_id="PUMP", site_id="S")
    Operation.objects.create(code="R/10", routing_id="R", sequence=10, run_minutes=60)
    OperationResource.objects.create(operation_id="R/10", resource_id="M1")
    due = datetime(2026, 3, 30, tzinfo=UTC)
    DemandLine.objects.create(code="D1", item_id="PUMP", site_id="S", quantity=4 * 252, due_at=due)
    Initiative.objects.create(code="SECOND", name="A second machine", duration_weeks=10, success_probability=0.9)
    Initiative.objects.create(code="IDLE", name="Nothing much", duration_weeks=4)
    change = {"kind": "plant.AddMachine", "code": "M2", "like": "M1"}
    InitiativeChange.objects.create(initiative_id="SECOND", change=json.dumps(change))
    InitiativeCost.objects.create(initiative_id="SECOND", month=1, amount=Decimal(90000))
    InitiativeCost.objects.create(initiative_id="IDLE", month=1, amount=Decimal(500))
    StageGate.objects.create(code="G1", initiative_id="SECOND", month=2, pass_probability=0.8, criterion="Trial parts")


def make_plan() -> RoadmapPlan:
    from drumbeat.data.snapshot import Snapshot
    from drumbeat.strategy.engine.roadmap.optimise import StudyParams
    from drumbeat.strategy.plan_roadmap import plan_roadmap, save_roadmap

    params = StudyParams(candidates=50, futures=16, fresh_futures=100)
    plan: RoadmapPlan = save_roadmap(plan_roadmap(Snapshot.read_database(), params=params), params, NOW)
    return plan


def tell_twin(plan: RoadmapPlan) -> None:
    """Keep a judgement with the roadmap, as the job would."""
    row = {
        "also": ["Choice 1"], "value": 3e5, "low": 2e5, "high": 4e5, "p10": 1e5, "p50": 3e5, "p90": 5e5, "futures": 8,
        "loss_probability": 0.04, "by_model": 4.1e5, "expected_loss": 2e3, "in_time": 0.93, "in_time_of_nothing": 0.41,
        "sentence": "The twin makes it worth 110 k EUR less than the throughput model.",
    }  # fmt: skip
    rows = [
        row | {"name": "Chosen", "probability_best": 0.9},
        row | {"name": "Plan on averages", "probability_best": 0.1},
    ]
    findings = [{"rule": "certificates that end within the horizon are renewed", "value": "3"}]
    plan.content["twin"] = {
        "verdict": "The twin chooses the same roadmap as the throughput model.", "best": "Chosen", "agreement": None,
        "rows": rows, "findings": {"findings": findings},
    }  # fmt: skip
    plan.save()


def test_a_plan_is_made_stored_and_shown(plant: None, client_as: Callable[..., Client]) -> None:
    stored = make_plan()
    # 84 units a week more at 40 each, from the second quarter on, in 72 % of futures.
    assert 84 * 40 * 52 * 2 < stored.summary["value"] < 84 * 40 * 52 * 5
    assert list(stored.content["chosen"]["starts"]) == ["SECOND"]
    page = client_as("viewer").get("/strategy/roadmap/").content.decode()
    assert "A second machine" in page
    assert "It eases M1" in page
    assert "Trial parts" in page
    assert client_as("viewer").get("/strategy/roadmap/?choice=0&way=0").status_code == 200
    assert client_as("viewer").get("/strategy/roadmap/?choice=99&way=²x").status_code == 200
    book = client_as("viewer").get("/strategy/roadmap/export.xlsx")
    assert book.status_code == 200
    assert book.content[:2] == b"PK"
    told = client_as("viewer").get("/api/roadmaps/latest").json()
    assert told["reasons"][0]["code"] == "SECOND"
    assert told["chosen"]["value"] == pytest.approx(stored.summary["value"])
    assert client_as("viewer", "S").get("/api/roadmaps/latest").status_code == 403
    assert "No roadmap can be worth more" in page
    tell_twin(stored)
    page = client_as("viewer").get("/strategy/roadmap/").content.decode()
    for words in ("also Choice 1", "The twin chooses the same", "What the twin assumes", "90"):
        assert words in page


def test_an_initiative_shows_what_it_changes_and_opens_as_a_what_if(
    plant: None, client_as: Callable[..., Client]
) -> None:
    make_plan()
    page = client_as("planner").get("/strategy/roadmap/initiative/SECOND/").content.decode()
    for words in ("plant.AddMachine", "Open as what-if", "Trial parts", "Without it the roadmap is worth"):
        assert words in page
    assert "Open as what-if" not in client_as("viewer").get("/strategy/roadmap/initiative/SECOND/").content.decode()
    assert client_as("viewer").get("/strategy/roadmap/initiative/NONE/").status_code == 404


def test_periods_are_told_by_their_month(plant: None) -> None:
    compiled = compile_initiatives(Snapshot.read_database(), None)
    told = name_periods(compiled, "a budget is kept (all, by the end of period 1: 5); period 0: 2 weeks")
    first, second = (f"{compiled.starts[n]:%b %Y}" for n in (0, 1))
    assert told == (
        f"a budget is kept (all functions, by the end of the 3 months from {second}: 5); "
        f"the 3 months from {first}: 2 weeks"
    )


def test_functions_are_written_as_people_do() -> None:
    assert [name_function(code) for code in ("hr", "engineering", "all")] == ["HR", "Engineering", "all functions"]


def test_a_roadmap_tells_what_the_plant_does_meanwhile(plant: None, client_as: Callable[..., Client]) -> None:
    """The second machine fills the half of the demand that one cannot make: 84 h of 126 a week without it, all with."""
    Initiative.objects.filter(code="SECOND").update(function="hr")
    content = make_plan().content
    contribution, met = content["chosen"]["fans"]
    for fan in (contribution, met):
        assert all(a <= b + 1e-9 <= c + 2e-9 for a, b, c in zip(fan["p10"], fan["p50"], fan["p90"], strict=True))
        assert len(fan["p50"]) == len(fan["nothing"]) == len(content["starts"]) - 1
        assert fan["p90"][-1] > fan["nothing"][-1]
    assert max(met["p90"]) <= 1.0
    # A unit earns 40 EUR: contribution and demand met are the same hours, told twice.
    assert contribution["nothing"][0] == pytest.approx(168 * 40, rel=0.05)
    assert met["nothing"][0] == pytest.approx(contribution["nothing"][0] / (252 * 40), rel=0.15)
    page = client_as("viewer").get("/strategy/roadmap/").content.decode()
    for words in ("Demand met, by contribution", "median of doing nothing", "IRR", "NPV against", ">HR<"):
        assert words in page, words


def test_no_initiatives_and_no_plan_yet(plant: None, client_as: Callable[..., Client]) -> None:
    assert "There is no roadmap yet" in client_as("viewer").get("/strategy/roadmap/").content.decode()
    assert client_as("viewer").get("/strategy/roadmap/export.xlsx").status_code == 404
    Initiative.objects.all().delete()
    assert make_plan().summary["value"] == 0
    assert "There are no initiatives yet" in client_as("viewer").get("/strategy/roadmap/").content.decode()


def test_planning_is_a_job_for_planners_of_all_sites(plant: None, client_as: Callable[..., Client]) -> None:
    form = {"years": "2", "rate": "8", "tail": "1"}
    assert client_as("planner", "S").post("/strategy/roadmap/start/", form).status_code == 403
    assert client_as("viewer", "S").get("/strategy/roadmap/").status_code == 403
    assert client_as("planner").post("/strategy/roadmap/start/", form).status_code == 302
    assert client_as("planner").post("/strategy/roadmap/start/", form).status_code == 302
    job = Job.objects.get(kind="roadmap")
    assert job.arguments == {"months": 24, "rate": 0.08, "tail_years": 1.0}
    answer: Any = client_as("planner").post("/strategy/roadmap/start/", {"years": "-1", "rate": "x", "tail": "1"})
    assert answer.status_code == 302
    assert Job.objects.filter(kind="roadmap").count() == 1


def test_the_job_plans_and_stores(plant: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from drumbeat.strategy.engine.roadmap import optimise
    from drumbeat.strategy.jobs import roadmap_job

    few = optimise.StudyParams(candidates=20, futures=8, fresh_futures=20)
    monkeypatch.setattr(optimise, "StudyParams", lambda: few)
    heard: list[float] = []
    told = roadmap_job({"months": 12}, lambda fraction, message: heard.append(fraction))
    assert told["url"] == "/strategy/roadmap/"
    assert RoadmapPlan.objects.get().terms["months"] == 12
    assert heard == sorted(heard)


def test_the_twin_judges_the_short_list_as_a_job(plant: None, client_as: Callable[..., Client]) -> None:
    from drumbeat.strategy.jobs import judge_roadmap_job

    planner = client_as("planner")
    assert planner.post("/strategy/roadmap/judge/").status_code == 404  # there is none yet
    stored = make_plan()
    assert "Let the twin judge" in planner.get("/strategy/roadmap/").content.decode()
    assert "Let the twin judge" not in client_as("viewer").get("/strategy/roadmap/").content.decode()
    assert client_as("viewer").post("/strategy/roadmap/judge/").status_code == 403
    assert planner.post("/strategy/roadmap/judge/").status_code == 302
    assert planner.post("/strategy/roadmap/judge/").status_code == 302
    job = Job.objects.get(kind="judge-roadmap")  # asked twice, played once
    assert job.arguments == {"roadmap": stored.pk}
    heard: list[float] = []
    told = judge_roadmap_job(job.arguments, lambda fraction, message: heard.append(fraction))
    assert heard == sorted(heard)
    stored.refresh_from_db()
    rows = stored.content["twin"]["rows"]
    chosen = next(row for row in rows if "Chosen" in (row["name"], *row["also"]))
    assert chosen["by_model"] == pytest.approx(stored.summary["value"])
    assert chosen["low"] < chosen["value"] < chosen["high"]
    assert chosen["value"] > 84 * 40 * 52  # it pays in the twin, too
    assert sum(row["probability_best"] for row in rows) == pytest.approx(1)
    page = planner.get("/strategy/roadmap/").content.decode()
    assert told["verdict"].split(":")[0] in page.replace("&#x27;", "'")
    answer = client_as("viewer").get("/api/roadmaps/latest").json()["twin"]
    assert answer["rows"][0]["name"] == rows[0]["name"]
    assert client_as("viewer").get("/strategy/roadmap/export.xlsx").status_code == 200


def test_a_roadmap_without_a_bound_is_stored(
    plant: None, client_as: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drumbeat.strategy.plan_roadmap.bound_roadmaps", lambda *_: float("inf"))
    make_plan()
    assert client_as("viewer").get("/strategy/roadmap/").status_code == 200
    assert client_as("viewer").get("/api/roadmaps/latest").json()["bound"] is None


def test_a_plant_that_states_no_moment_is_judged_as_of_its_roadmap(plant: None) -> None:
    from drumbeat.strategy.jobs import judge_roadmap_job

    Company.objects.update(as_of=None)
    told = judge_roadmap_job({"roadmap": make_plan().pk}, lambda fraction, message: None)
    assert told["verdict"]


def test_a_roadmap_of_other_data_is_not_judged(plant: None) -> None:
    from drumbeat.basics.findings import InputError
    from drumbeat.strategy.jobs import judge_roadmap_job

    stored = make_plan()
    Resource.objects.create(code="M9", site_id="S")
    with pytest.raises(InputError, match="Plan the roadmap anew"):
        judge_roadmap_job({"roadmap": stored.pk}, lambda fraction, message: None)
    stored.refresh_from_db()
    assert stored.content["twin"] is None
