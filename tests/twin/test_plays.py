"""Plays of the plant, kept and shown: figures, sites, workbook, API, job."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import fastexcel
import numpy as np
import polars as pl
import pytest

from drumbeat.basics.progress import Cancelled
from drumbeat.plant.models import Site
from drumbeat.twin.compile_floor import WEEK_SECONDS, FloorTerms, compile_floor
from drumbeat.twin.draw_play import draw_fan, draw_losses
from drumbeat.twin.find_play_threats import THREATS_SCHEMA
from drumbeat.twin.jobs import play_job
from drumbeat.twin.keep_plays import play_stored, read_fans, read_kpis, save_play
from drumbeat.twin.measure_play import expect_wanted
from drumbeat.twin.models import FloorPlay
from drumbeat.twin.play_floor import FloorRun, play_floor
from drumbeat.web.models import Job
from tests.twin.floor_plant import make_snapshot

NOW = datetime(2026, 3, 2, 7, tzinfo=UTC)
TERMS = FloorTerms(weeks=3)


@pytest.fixture(scope="module")
def run() -> FloorRun:
    return play_floor(make_snapshot(), TERMS, replications=4, seed=3)


@pytest.fixture
def play(run: FloorRun, db: None) -> FloorPlay:
    Site.objects.create(code="P")
    Site.objects.create(code="Q")
    return save_play(run, NOW)


def test_what_is_stored_is_what_was_played(run: FloorRun, play: FloorPlay) -> None:
    assert read_kpis(play, None).equals(run.kpis)
    assert read_fans(play, None).equals(run.fans)
    assert play.findings["total"] == run.findings.count
    assert read_kpis(play, {"Q"}).height == 0
    assert set(read_kpis(play, {"P"})["scope"]) == set(run.kpis["scope"]) - {"plant"}


def test_the_fan_adds_up_to_the_output(run: FloorRun) -> None:
    fans = run.fans.filter(pl.col("scope") == "plant")
    output = run.kpis.filter((pl.col("scope") == "plant") & (pl.col("kpi") == "output"))["mean"][0]
    assert fans["mean"].mean() == pytest.approx(output)
    assert fans["mean"].to_list() == pytest.approx(
        run.weekly.group_by("week", maintain_order=True).agg(pl.col("mean").sum())["mean"].to_list()
    )
    assert (fans["p10"] <= fans["p50"]).all()
    assert (fans["p50"] <= fans["p90"]).all()


def test_open_time_of_a_machine_is_split_without_rest(run: FloorRun) -> None:
    for row in draw_losses(run.kpis, ["plant", "line", "site"]):
        assert sum(part["percent"] for part in row["parts"]) == pytest.approx(100, abs=0.4), row["name"]


def test_what_is_due_counts_known_orders_and_demand_to_come() -> None:
    """The small plant: ten units a week, booked for a while; after the book the source brings ten a week."""
    compiled = compile_floor(make_snapshot(), FloorTerms(weeks=20))
    wanted = expect_wanted(compiled, 20)
    p = int(compiled.problem.sources.product[0])
    booked = float(compiled.problem.orders.pieces[compiled.problem.orders.product == p].sum())
    first, lead = float(compiled.problem.sources.first[0]), compiled.problem.products.due_seconds[p]
    rate = compiled.problem.products.pieces[p] / compiled.problem.sources.between.mean[0]
    times = compiled.problem.sources.between
    first += times.mean[0] * max(0.0, 0.5 * (1 - 1 / times.shape[0]))  # the first comes after a whole interval
    assert wanted[:, p].sum() == pytest.approx(booked + rate * (20 * WEEK_SECONDS - lead - first))
    halved = replace(
        compiled.problem.sources, ptr=np.array([0, 1]), at=np.array([10.0 * WEEK_SECONDS]), factor=np.array([0.5])
    )
    slower = replace(compiled, problem=replace(compiled.problem, sources=halved))
    less = expect_wanted(slower, 20)[:, p].sum()
    assert wanted[:, p].sum() - less == pytest.approx(rate * 0.5 * (10 * WEEK_SECONDS - lead))


def test_the_page_of_a_play(play: FloorPlay, client_as: Callable[..., Any]) -> None:
    client = client_as("viewer")
    answer = client.get("/twin/weeks/")
    page = answer.content.decode()
    assert "3 weeks ahead" in page
    assert "earliest due date first" in page
    assert "SAW" in page
    assert "What it assumes" in page
    assert answer.context["total"]["output"]["kpi"] == "output"
    assert client.get(f"/twin/weeks/{play.pk}/").status_code == 200
    assert client.get("/twin/weeks/999999/").status_code == 404
    assert "/twin/weeks/" in client.get("/twin/").content.decode()
    part = client.get(f"/twin/weeks/{play.pk}/?q=saw", headers={"HX-Target": "play-machines"}).content.decode()
    assert "<html" not in part
    assert "BENCH" not in part
    assert "1–1 of 1 machines" in part
    assert client.get("/twin/weeks/?sort=luck&page=99&site=NOWHERE").status_code == 200


def test_sites_see_their_own(play: FloorPlay, client_as: Callable[..., Any]) -> None:
    page = client_as("viewer", "P").get("/twin/weeks/").content.decode()
    assert "SAW" in page
    page = client_as("viewer", "Q").get("/twin/weeks/").content.decode()
    assert "SAW" not in page
    assert "Nothing of your sites" in page
    FloorPlay.objects.filter(pk=play.pk).update(site="P")
    assert "has not been played" in client_as("viewer", "Q").get("/twin/weeks/").content.decode()
    assert client_as("viewer", "Q").get(f"/twin/weeks/{play.pk}/export.xlsx").status_code == 404


def test_the_workbook(play: FloorPlay, run: FloorRun, client_as: Callable[..., Any]) -> None:
    book = fastexcel.read_excel(client_as("viewer").get(f"/twin/weeks/{play.pk}/export.xlsx").content)
    assert book.sheet_names == ["play", "figures", "weeks", "products", "threats", "assumed"]
    assert book.load_sheet("figures").to_polars().height == run.kpis.height
    own = fastexcel.read_excel(client_as("viewer", "P").get(f"/twin/weeks/{play.pk}/export.xlsx").content)
    assert "plant" not in set(own.load_sheet("figures").to_polars()["scope"])


def test_over_the_api(play: FloorPlay, run: FloorRun, client_as: Callable[..., Any]) -> None:
    found = client_as("viewer").get("/api/plays/0?limit=5").json()
    assert found["weeks"] == 3
    assert len(found["figures"]) == 5
    assert found["num_figures"] == run.kpis.height
    assert len(found["weekly"]) == run.fans.height
    assert [row["id"] for row in client_as("viewer").get("/api/plays").json()] == [play.pk]
    assert client_as("viewer", "Q").get("/api/plays/0").json()["figures"] == []
    assert client_as("viewer").get("/api/plays/77").status_code == 404


def test_threats_on_the_page_and_over_the_api(db: None, client_as: Callable[..., Any]) -> None:
    """SAW of P and DRILL of Q threaten the plant; who sees P alone hears of neither the plant nor Q."""
    for code in "PQ":
        Site.objects.create(code=code)
    costs = [0.08, 0.02, 0.14, -1.5, -4.0, 1.0]
    rows = [
        ("plant", "all", "", 1, "breakdown", "SAW", "P", *costs),
        ("plant", "all", "", 2, "absence", "DRILL", "Q", *costs),
        ("site", "P", "P", 1, "breakdown", "SAW", "P", *costs),
        ("site", "P", "P", 2, "absence", "DRILL", "Q", *costs),
    ]
    played = play_floor(make_snapshot(), TERMS, replications=2)
    threats = pl.DataFrame(rows, schema=THREATS_SCHEMA, orient="row")
    play = save_play(replace(played, threats=threats), NOW)
    whole = client_as("viewer").get("/twin/weeks/").content.decode()
    assert whole.count("data-threat>") == 2
    assert "Breakdowns of SAW" in whole
    assert re.search(r"2\.0\s*% to 14\.0\s*%", whole)
    own = client_as("viewer", "P").get("/twin/weeks/").content.decode()
    assert own.count("data-threat>") == 1
    assert "DRILL" not in own
    told = client_as("viewer", "P").get(f"/api/plays/{play.pk}").json()["threats"]
    assert [(row["scope"], row["subject"], row["output"]) for row in told] == [("site", "SAW", -1.5)]
    assert len(client_as("viewer").get(f"/api/plays/{play.pk}").json()["threats"]) == 4


def test_who_may_start_one(client_as: Callable[..., Any], db: None) -> None:
    Site.objects.create(code="P")
    asked = {"weeks": 4, "replications": 10, "rule": "fifo", "site": ""}
    assert client_as("planner", "P").post("/twin/weeks/start/", asked).status_code == 403
    assert client_as("planner", "P").post("/twin/weeks/start/", asked | {"site": "P"}).status_code == 302
    planner = client_as("planner")
    assert planner.post("/twin/weeks/start/", asked).url == planner.post("/twin/weeks/start/", asked).url
    assert Job.objects.count() == 2
    for wrong in ({"weeks": 0}, {"weeks": "x"}, {"replications": 1}, {"rule": "luck"}):
        assert planner.post("/twin/weeks/start/", asked | wrong).url == "/twin/weeks/"
    assert Job.objects.count() == 2


def test_the_job_stores_it_or_nothing(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from drumbeat.data.snapshot import Snapshot

    monkeypatch.setattr(Snapshot, "read_database", staticmethod(make_snapshot))

    def stop(fraction: float, message: str) -> None:
        if fraction > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        play_stored(TERMS, NOW, replications=4, progress=stop)
    assert FloorPlay.objects.count() == 0
    done = play_job({"weeks": 2, "replications": 2, "rule": "spt"}, lambda fraction, message: None)
    stored = FloorPlay.objects.get()
    assert done["url"] == f"/twin/weeks/{stored.pk}/"
    assert (stored.weeks, stored.rule, stored.replications) == (2, "spt", 2)


def test_nothing_to_draw_is_no_picture() -> None:
    assert draw_fan([]) is None
    row = {"starts_at": NOW, "p10": 0.0, "p50": 0.0, "p90": 0.0, "wanted": 0.0}
    drawn = draw_fan([row])
    assert drawn is not None
    assert "nan" not in drawn["wanted"]
