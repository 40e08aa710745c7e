"""The door of one's own plant: from the demo company to a decision, with the weaknesses that its data show as story."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import timedelta

import polars as pl
import pytest
from django.test import Client

from drumbeat.basics.findings import InputError
from drumbeat.data.snapshot import Snapshot
from drumbeat.lab.compile_own_company import FULL, _load_of
from drumbeat.lab.engine.make_move import begin_game
from drumbeat.lab.engine.policies import Fixed, play_out
from drumbeat.lab.make_own_scenario import OwnScenario, _keep_playable, make_own_scenario
from drumbeat.lab.models import Game, StoredScenario
from drumbeat.lab.read_scenario import SHIPPED, check_text, read_text
from drumbeat.lab.tell_plant import find_words, tell_headline
from drumbeat.plant.models import Site
from drumbeat.strategy.actions import find_weaknesses
from drumbeat.web.models import Job
from tests.demo_company import demo_company, demo_site

SITE = "RAPIDS"


@pytest.fixture(scope="module")
def plant() -> Snapshot:
    return demo_site(SITE)


@pytest.fixture(scope="module")
def own(plant: Snapshot) -> OwnScenario:
    return make_own_scenario(plant)


def test_the_story_is_that_of_the_plants_real_weaknesses(plant: Snapshot, own: OwnScenario) -> None:
    scenario, findings = check_text(own.text, "own.toml")
    assert own.site == SITE
    assert scenario is not None
    assert not findings.has_errors
    words = find_words(plant, SITE, tomllib.loads(own.text)["company"])
    real = {tell_headline(one, words) for one in find_weaknesses(plant)}
    assert {one.text for one in scenario.hidden} <= real
    assert len(scenario.hidden) >= 3
    assert all(f"{one.text}." in scenario.story.split("\n\n") for one in scenario.hidden)
    assert 6 <= len(scenario.decisions) <= 8
    # Its machines, items and wages are those of the data.
    data = tomllib.loads(own.text)["company"]
    assert {one["name"] for one in data["groups"]} <= set(plant["resource"]["capability"])
    assert {one["name"] for one in data["products"]} <= set(plant["item"]["name"]) | set(plant["item"]["code"])
    assert len(data["groups"]) >= 2


def test_the_story_names_machines_items_customers_suppliers_and_figures(plant: Snapshot, own: OwnScenario) -> None:
    scenario = check_text(own.text, "own.toml")[0]
    assert scenario is not None
    story = scenario.story
    first = story.split("\n\n")[0]
    assert "Grand Rapids Works makes Desk Fjord" in first
    assert "Prairie State Schools buys most" in first  # the largest by worth, counted below
    assert f"{plant['person'].filter(pl.col('site') == SITE).height} people and" in first
    assert "Material comes from" in first
    assert "Powder coating line 1 (GR-COAT-01) was busy for 100% of its usable hours" in story
    assert f" at {SITE}" not in story  # nobody at a site says where they are
    prices = dict(plant["item"].select("code", pl.col("price").cast(pl.Float64)).iter_rows())
    bought: dict[str, float] = {}
    since = plant.as_of - timedelta(weeks=26)
    for line in plant["demand_line"].filter(pl.col("site") == SITE).iter_rows(named=True):
        if line["customer"] and line["due_at"] >= since:
            price = prices[line["item"]] if line["price"] is None else float(line["price"])
            bought[line["customer"]] = bought.get(line["customer"], 0.0) + line["quantity"] * price
    assert dict(plant["customer"].select("code", "name").iter_rows())[max(bought, key=bought.__getitem__)] in first
    told = " ".join([story, *scenario.good, *scenario.aims, *(one.text for one in scenario.decisions)])
    assert ". It does not" not in told
    assert "  " not in told
    assert all(line.endswith((".", "?")) for line in story.split("\n\n"))


def test_the_measured_bottleneck_is_as_full_as_any(own: OwnScenario) -> None:
    company = tomllib.loads(own.text)["company"]
    loads = {one["name"]: _load_of(one, company["products"]) for one in company["groups"]}
    shares = {name: work / free for name, (work, free) in loads.items()}
    assert shares["Powder coating"] == pytest.approx(FULL, abs=0.01)
    assert max(shares.values()) == pytest.approx(FULL, abs=0.01)


def cut(plant: Snapshot, rows: int, *tables: str) -> Snapshot:
    """A plant of which only the first rows of some tables are left; of all tables, where none are named."""
    frames = {name: one.head(rows) if not tables or name in tables else one for name, one in plant.frames.items()}
    return Snapshot(frames, plant.as_of)


@pytest.mark.parametrize(
    ("rows", "tables", "rule"),
    [
        (0, (), "weakness to practise on"),
        (3, (), "weakness to practise on|runs on machines of the site"),
        (0, ("routing", "operation", "operation_resource", "crew_need"), "runs on machines of the site"),
        (0, ("demand_line",), "runs on machines of the site"),
    ],
    ids=["empty", "three rows", "no routing", "no demand"],
)
def test_a_plant_that_cannot_be_played_is_told_so(
    plant: Snapshot, rows: int, tables: tuple[str, ...], rule: str
) -> None:
    with pytest.raises(InputError, match=rule) as told:
        make_own_scenario(cut(plant, rows, *tables))
    assert all(one.remedy for one in told.value.findings)


def test_a_plant_without_people_prices_or_suppliers_can_be_played(plant: Snapshot) -> None:
    bare = cut(plant, 0, "person", "person_skill", "supplier", "supply_term", "customer", "crew_need")
    scenario = check_text(make_own_scenario(bare).text, "own.toml")[0]
    assert scenario is not None
    assert "people and" not in scenario.story
    assert "Material comes from" not in scenario.story
    assert begin_game(scenario, 1).phase == "decide"


def test_weaknesses_of_people_and_suppliers_need_people_and_suppliers() -> None:
    """At Aalen suppliers, overtime and one person's skill are weak; without them in the data nothing is left."""
    aalen = demo_site("AALEN")
    alone = check_text(make_own_scenario(cut(aalen, 0, "crew_need")).text, "own.toml")[0]
    assert alone is not None
    assert {one.code for one in alone.hidden}.isdisjoint({"overtime", "people"})
    with pytest.raises(InputError, match="can be played without its overtime and people"):
        _keep_playable([one for one in find_weaknesses(aalen) if one.kind == "structural overtime"],
                       {"suppliers": [1], "skills": []}, "AALEN")  # fmt: skip


def test_a_site_that_cannot_be_played_gives_way_to_the_next() -> None:
    """Most money is at risk at Grand Rapids; without its demand the weaknesses of Aalen are played."""
    both = demo_company()
    lines = both["demand_line"].filter(pl.col("site") != SITE)
    assert make_own_scenario(Snapshot({**both.frames, "demand_line": lines}, both.as_of)).site == "AALEN"


def test_equal_data_make_the_same_scenario(plant: Snapshot, own: OwnScenario) -> None:
    assert make_own_scenario(plant, SITE) == own


def test_a_plant_without_a_weakness_is_told_so(plant: Snapshot) -> None:
    with pytest.raises(InputError, match="weakness to practise on"):
        make_own_scenario(plant, "NOWHERE")


@pytest.mark.django_db
def test_a_planner_makes_and_plays_it_on_the_site(
    own: OwnScenario, plant: Snapshot, client_as: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    from drumbeat.lab.jobs import own_job

    Site.objects.create(code=SITE, name="Grand Rapids Works")
    client = client_as("planner", SITE)
    page = client.get("/lab/scenarios/").content.decode()
    assert "Grand Rapids Works" in page
    assert client.post("/lab/scenarios/from-plant/", {"site": SITE}).headers["Location"].startswith("/jobs/")
    client.post("/lab/scenarios/from-plant/", {"site": SITE})
    job = Job.objects.get(kind="lab-own")
    monkeypatch.setattr(Snapshot, "read_database", lambda **_: plant)
    monkeypatch.setattr("drumbeat.lab.make_own_scenario.make_own_scenario", lambda *_, **__: own)
    told = own_job(job.arguments, lambda share, words="": None)  # type: ignore[arg-type]
    game = Game.objects.get()
    assert told["url"] == f"/lab/games/{game.pk}/"
    assert Job.objects.filter(kind="lab-plans").count() == 1
    assert StoredScenario.objects.get().site == SITE
    first = client.get(told["url"]).content.decode()
    assert "This is what its data say" in first
    assert "Decide" in first


@pytest.mark.django_db
def test_a_bad_file_is_told_by_line_and_not_stored(client_as: Callable[..., Client]) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    client = client_as("planner")
    text = read_text(SHIPPED / "record-quarter.toml").replace('"record-quarter"', '"mine"', 1)
    broken = text.replace("machines = 2\n", 'machines = "two"\n', 1)
    line = broken[: broken.index('"two"')].count("\n") + 1

    def send(body: bytes) -> tuple[int, str]:
        answer = client.post("/lab/scenarios/store/", {"file": SimpleUploadedFile("mine.toml", body)}, follow=True)
        return answer.status_code, answer.content.decode()

    status, page = send(broken.encode())
    assert status == 422
    assert f'<td class="num">{line}</td>' in page
    assert "this is a number" in page
    for body in (b"\xff\xfe", b"", b"x" * 1_000_001):
        assert send(body)[0] == 422
    assert not StoredScenario.objects.exists()
    status, page = send(text.encode())
    assert status == 200
    assert "It can be played now" in page
    client.post("/lab/scenarios/mine/drop/")
    assert not StoredScenario.objects.exists()


def test_the_story_agrees_with_the_company_and_evidence_with_its_question(own: OwnScenario, plant: Snapshot) -> None:
    """What a production director would stumble over: codes for names, hours that differ, evidence for another thing."""
    data = tomllib.loads(own.text)
    names = dict(plant["skill"].select("code", "name").iter_rows())
    assert [one["name"] for one in data["company"]["skills"]] == [
        names[one["code"]] for one in data["company"]["skills"]
    ]
    assert data["company"]["place"] in set(plant["region"]["name"])
    assert "82 %" in data["company"]["text"], "why the figures played are not those of the story"
    told = int(data["story"].split(" h of care are overdue")[0].rsplit(" ", 1)[1])
    hidden = next(one for one in data["hidden"] if one["code"] == "upkeep")
    assert hidden["levels"][0]["value"] <= told < hidden["levels"][1]["value"]
    stops = next(one for one in data["information"] if one["code"] == "look-bottleneck")
    real = next(one for one in stops["readings"] if "the weakness is real" in one["text"])
    assert real["supports"] == ["bottleneck.stops"], (
        "stops at one machine are no evidence for another machine elsewhere"
    )
    for group in data["company"]["groups"]:
        assert all(len(f"{value}") <= 8 for value in group.values() if isinstance(value, float)), group


@pytest.mark.parametrize("site", ["RAPIDS", "AALEN"])
def test_doing_nothing_is_not_best(site: str, own: OwnScenario) -> None:
    """On the same lucks: a cure pays, and a machine that looks well on the tour does not."""
    text = own.text if site == SITE else make_own_scenario(demo_site(site)).text
    scenario = check_text(text, "own.toml")[0]
    assert scenario is not None
    starts = [begin_game(scenario, seed) for seed in (11, 12, 13, 14)]
    nothing = [play_out(one, Fixed()).value for one in starts]
    code = {"AALEN": "overtime", SITE: "changeover"}[site]
    decision = next(one for one in scenario.decisions if one.code == code)
    buys = {decision.round: (f"look-{code}",)}
    gains = {
        option.code: sum(play_out(one, Fixed({code: option.code}, buys)).value for one in starts) - sum(nothing)
        for option in decision.options
        if not option.is_default
    }
    assert max(gains.values()) > 0, "to do nothing is not best"
    spend = next(one for one in scenario.decisions if one.code == "spend")
    traps = sum(play_out(one, Fixed({"spend": "machine"})).value for one in starts) - sum(nothing)
    assert spend.options[0].code == "machine"
    assert traps < 0, "what looks well on the tour does not pay"
