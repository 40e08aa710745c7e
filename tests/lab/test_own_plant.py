"""The door of one's own plant: from the demo company to a decision, with the weaknesses that its data show as story."""

from __future__ import annotations

import tomllib
from collections.abc import Callable

import pytest
from django.test import Client

from drumbeat.basics.findings import InputError
from drumbeat.data.snapshot import Snapshot
from drumbeat.lab.make_own_scenario import OwnScenario, make_own_scenario
from drumbeat.lab.models import Game, StoredScenario
from drumbeat.lab.read_scenario import SHIPPED, check_text, read_text
from drumbeat.plant.models import Site
from drumbeat.strategy.actions import find_weaknesses
from drumbeat.web.models import Job
from tests.demo_company import demo_site

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
    real = {f"{one.headline}.": one for one in find_weaknesses(plant)}
    told = [line for line in scenario.story.splitlines() if line in real]
    assert len(told) == len(scenario.hidden) >= 3
    assert {one.text for one in scenario.hidden} == {real[line].headline for line in told}
    assert 6 <= len(scenario.decisions) <= 8
    # Its machines, items and wages are those of the data.
    data = tomllib.loads(own.text)["company"]
    assert {one["name"] for one in data["groups"]} <= set(plant["resource"]["capability"])
    assert {one["name"] for one in data["products"]} <= set(plant["item"]["name"]) | set(plant["item"]["code"])
    assert len(data["groups"]) >= 2


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
    assert "This is" in first
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
