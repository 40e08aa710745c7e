"""A line by itself on the site: who may ask, what is refused, what is kept and shown, and the same over the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from drumbeat.basics.progress import Cancelled
from drumbeat.data.snapshot import Snapshot
from drumbeat.plant.models import Item, Operation, Routing, Site
from drumbeat.twin.draw_line import draw_sizes, split_time
from drumbeat.twin.jobs import line_job
from drumbeat.twin.keep_lines import study_stored
from drumbeat.web.models import Job
from tests.twin.floor_plant import NOW, frame
from tests.twin.test_floor_rules import alter, two_stations

pytestmark = pytest.mark.django_db


def plant() -> Snapshot:
    """Two stations of six minutes; one fails ten hours after each repair."""
    frames = two_stations()
    frames["operation"] = alter(frames["operation"], run_minutes=[6.0, 6.0])
    frames["failure_mode"] = frame(
        ("code", "resource", "clock", "distribution", "mean_hours", "repair_distribution", "repair_mean_hours"),
        ("FA", "A", "busy", "exponential", 10.0, "exponential", 1.0),
    )
    return Snapshot.of(frames, NOW)


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that has the routing, and whose data are those of the plant."""
    monkeypatch.setattr(Snapshot, "read_database", staticmethod(plant))
    site = Site.objects.create(code="P")
    Site.objects.create(code="Q")
    routing = Routing.objects.create(code="R", item=Item.objects.create(code="UNIT", kind="make"), site=site)
    for number in (10, 20):
        Operation.objects.create(code=f"R/{number}", routing=routing, sequence=number)


@pytest.fixture
def job(line: None) -> Job:
    arguments = {"routing": "R", "site": "P", "places": 2, "set_places": {}, "more": 1}
    result = line_job(arguments, lambda fraction, message: None)
    assert result["url"] == "/twin/line/?routing=R"
    return Job.objects.create(
        kind="line", title="Study the line R", arguments=arguments, state="done", result=result, created_at=NOW
    )


def test_the_page_shows_the_newest_study_and_that_of_a_routing(job: Job, client_as: Callable[..., Client]) -> None:
    study = job.result["study"]
    for address in ("/twin/line/", "/twin/line/?routing=R", f"/twin/line/{job.pk}/"):
        shown = client_as("viewer").get(address).content.decode()
        assert f'data-output="{study["output"]["mean"]}"' in shown
        assert study["advice"] in shown
        assert shown.count("<tr") == 2 + 2 + len(study["by_places"])
    assert "has not been studied yet" in client_as("viewer").get("/twin/line/?routing=X").content.decode()
    assert client_as("viewer").get("/twin/line/999/").status_code == 404


def test_sites_see_and_ask_for_their_own_lines(job: Job, client_as: Callable[..., Client]) -> None:
    other = client_as("planner", "Q")
    assert other.get(f"/twin/line/{job.pk}/").status_code == 404
    assert "No line has been studied yet" in other.get("/twin/line/").content.decode()
    asked = {"routing": "R", "places": 2, "more": 1}
    assert other.post("/twin/line/start/", asked).status_code == 403
    assert client_as("viewer", "P").post("/twin/line/start/", asked).status_code == 403
    assert "Choose a routing" not in client_as("viewer", "P").get("/twin/line/?routing=X").content.decode()
    assert client_as("planner", "P").post("/twin/line/start/", asked).status_code == 302
    assert Job.objects.get(state="waiting").arguments["site"] == "P"


@pytest.mark.parametrize("wrong", [
    {"routing": ""}, {"routing": "NONE"}, {"routing": "R\x00"}, {"places": "-1"}, {"places": "10001"},
    {"places": "nan"}, {"more": "0"}, {"more": "many"}, {"places:R/20": "-1"}, {"places:R/20": "²"},
    {"places:R/20": "99999999999"},
])  # fmt: skip
def test_what_is_no_question_is_refused_and_nothing_queued(
    line: None, client_as: Callable[..., Client], wrong: dict[str, str]
) -> None:
    asked = {"routing": "R", "places": "2", "more": "1"} | wrong
    refused = client_as("planner").post("/twin/line/start/", asked, follow=True)
    assert refused.redirect_chain == [("/twin/line/", 302)]
    assert any(word in refused.content.decode() for word in ("Routing:", "Places", "Try so many places more:"))
    assert Job.objects.count() == 0


def test_places_of_its_operations_are_asked_and_a_second_click_asks_no_second_time(
    line: None, client_as: Callable[..., Client]
) -> None:
    asked = {"routing": "R", "places": "2", "more": "1", "places:R/20": "4", "places:OTHER/10": "7", "places:R/10": ""}
    planner = client_as("planner")
    assert planner.post("/twin/line/start/", asked).url == planner.post("/twin/line/start/", asked).url
    assert Job.objects.get().arguments["set_places"] == {"R/20": 4}


def test_a_study_can_be_cancelled(line: None) -> None:
    def stop(fraction: float, message: str) -> None:
        if fraction > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        study_stored("R", progress=stop)


def test_over_the_api(line: None, client_as: Callable[..., Client]) -> None:
    def ask(role: str, site: str | None = None, **asked: Any) -> Any:
        client = client_as(role, site) if site else client_as(role)
        return client.post("/api/lines", {"routing": "R", "precision": 0.05} | asked, content_type="application/json")

    begun = ask("planner", "P", set_places={"R/20": 3})
    assert begun.status_code == 202
    assert (begun.json()["state"], begun.json()["is_new"]) == ("waiting", True)
    assert ask("planner", set_places={"R/20": 3}).json() == begun.json() | {"is_new": False}
    number = begun.json()["job"]
    reader = client_as("viewer", "P")
    assert reader.get(f"/api/lines/{number}").status_code == 404
    asked = Job.objects.get(pk=number)
    assert asked.arguments["precision"] == 0.05
    Job.objects.filter(pk=number).update(
        state=Job.State.DONE, result=line_job(asked.arguments, lambda share, words: None)
    )
    assert client_as("viewer", "Q").get(f"/api/lines/{number}").status_code == 404
    told = reader.get(f"/api/lines/{number}").json()
    assert reader.get("/api/lines/0").json() == told
    assert told["stations"][1]["places"] == 3
    assert told["output"]["low"] <= told["output"]["mean"] <= told["output"]["high"] < told["limit"] * 1.02
    assert told["lots_in_line"]["mean"] > 1
    for row in told["stations"]:
        assert sum(row[name] for name in ("works", "down", "blocked", "starved")) == pytest.approx(1.0)
    assert ask("planner", "Q").status_code == 403
    assert ask("viewer").status_code == 403
    assert Client().post("/api/lines", {"routing": "R"}, content_type="application/json").status_code == 401
    assert "whose item is wanted" in ask("planner", routing="NONE").json()["detail"]
    assert "for an operation of the line" in ask("planner", set_places={"X": 1}).json()["detail"]
    for wrong in ({"places": -1}, {"precision": 0}, {"precision": "nan"}, {"more": 0}, {"set_places": {"R/20": "x"}}):
        assert ask("planner", **wrong).status_code == 422, wrong


def test_drawings_stay_inside_and_nothing_is_no_drawing() -> None:
    assert draw_sizes([], 5.0) is None
    rows = [{"places": k, "output": 4.0 + k, "output_low": 3.9 + k, "output_high": 4.1 + k} for k in range(3)]
    drawn = draw_sizes(rows, 6.5)
    assert drawn is not None
    heights = [float(point["y"]) for point in drawn["points"]]
    assert heights == sorted(heights, reverse=True)
    assert float(drawn["limit"]) < heights[-1]
    assert all(0 <= y <= float(drawn["height"]) for y in heights)
    flat = draw_sizes([{"places": 0, "output": 0.0, "output_low": 0.0, "output_high": 0.0}], 0.0)
    assert flat is not None
    parts = split_time([{"operation": "X", "works": 0.5, "down": 0.0, "blocked": 0.25, "starved": 0.25}])[0]["parts"]
    assert [part["kind"] for part in parts] == ["run", "block", "idle"]
