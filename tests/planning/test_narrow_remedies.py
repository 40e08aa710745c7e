"""Which sites a remedy touches, and what somebody of some sites is told of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from drumbeat.accounts.models import User
from drumbeat.data.stored_change import StoredChange
from drumbeat.orders.changes import MoveOrder
from drumbeat.planning.actions import make_plan, save_plan
from drumbeat.planning.changes import SplitDemand
from drumbeat.planning.narrow_remedies import find_sites, narrow_remedies
from drumbeat.planning.try_changes import begin_trials, try_changes
from drumbeat.planning.views_try import tell_trial
from drumbeat.plant.changes import AddShift, QualifyMachine
from drumbeat.plant.models import Site
from drumbeat.sourcing.changes import MovePurchase, PlacePurchase
from drumbeat.web.models import Job
from tests.planning.small_company import company, demand, on

NORTH, SOUTH = {"late": 1, "worth": 10.0}, {"late": 2, "worth": None}


def two_sites() -> Any:
    return company(
        site=[{"code": "NORTH"}, {"code": "SOUTH"}],
        item=[{"code": "LENS", "lead_time_days": 10.0}],
        calendar=[{"code": "DAY"}],
        resource=[{"code": "P", "site": "NORTH", "calendar": "DAY"}, {"code": "Q", "site": "SOUTH", "calendar": "DAY"},
                  {"code": "R", "site": "SOUTH"}],
        order=[{"code": "O", "item": "LENS", "site": "SOUTH", "quantity": 1.0}],
        purchase_order=[
            {"code": "B", "item": "LENS", "site": "NORTH", "quantity": 1.0, "due_at": on(9)},
            {"code": "T", "item": "LENS", "site": "NORTH", "from_site": "SOUTH", "quantity": 1.0, "due_at": on(9)},
        ],
        demand_line=[demand("D", "LENS", 1, 2), demand("E", "LENS", 5, 3) | {"site": "SOUTH"}],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "sites"),
    [(SplitDemand("D", 1.0, on(3)), ("NORTH",)), (MovePurchase("B", on(3)), ("NORTH",)),
     (MovePurchase("T", on(3)), ("NORTH", "SOUTH")), (MovePurchase("NONE", on(3)), ()),
     (PlacePurchase("N", "S", "LENS", "SOUTH", 1.0, on(3)), ("SOUTH",)), (MoveOrder("O", due_at=on(3)), ("SOUTH",)),
     (MoveOrder("O", site="NORTH"), ("NORTH", "SOUTH")), (QualifyMachine("R", "X"), ("SOUTH",)),
     (AddShift("DAY", "sat", time(6), time(14)), ("NORTH", "SOUTH"))],
)  # fmt: skip
def test_a_change_touches_the_sites_that_follow_it(change: StoredChange, sites: tuple[str, ...]) -> None:
    assert find_sites(two_sites(), change) == sites


def test_a_remedy_is_told_with_the_figures_of_ones_sites() -> None:
    both: dict[str, Any] = {"late": 3, "worth": 10.0, "by_site": {"NORTH": NORTH, "SOUTH": SOUTH}}
    stored = [both | {"sites": sites} for sites in (["NORTH"], ["NORTH", "SOUTH"], [])] + [{"late": 9}]
    assert [one["number"] for one in narrow_remedies(stored, None)] == [0, 1, 2, 3]
    (only,) = narrow_remedies(stored, {"NORTH"})
    assert (only["number"], only["late"], only["worth"]) == (0, 1, 10.0)
    told = narrow_remedies(stored, {"NORTH", "SOUTH"})
    assert [(one["number"], one["late"], one["worth"]) for one in told] == [(0, 3, 10.0), (1, 3, 10.0)]
    assert narrow_remedies(stored, set()) == []


def test_a_trial_counts_late_demands_of_ones_sites() -> None:
    trial = try_changes(begin_trials(two_sites()), [SplitDemand("D", 0.0, on(30))])
    counts = {name: tell_trial(trial, "D", sites) for name, sites in
              (("all", None), ("north", {"NORTH"}), ("south", {"SOUTH"}))}  # fmt: skip
    before = {name: told["late_before"] for name, told in counts.items()}
    assert before["all"] == before["north"] + before["south"] == trial.before.num_late
    assert counts["all"]["late"] == counts["north"]["late"] + counts["south"]["late"] == trial.after.num_late
    assert before["south"] > 0


@pytest.mark.django_db
def test_a_job_of_the_whole_plant_tells_one_site_where_to_look_only(
    client_as: Callable[..., Client], user_as: Callable[..., User]
) -> None:
    Site.objects.create(code="NORTH")
    result = {"url": "/plan/late/D/", "found": 7, "remedies": [{"title": "Secret of SOUTH"}]}
    for site in ("NORTH", ""):
        client, user = client_as("planner", site), user_as("planner", site)
        job = Job.objects.create(
            kind="remedies", title="Look", user=user, created_at=timezone.now(), ended_at=timezone.now(),
            state=Job.State.DONE, result=result,
        )  # fmt: skip
        told = result if not site else {"url": result["url"]}
        assert client.get(f"/api/jobs/{job.pk}").json()["result"] == told
        assert client.get("/api/jobs").json()[0]["result"] == told
        page = client.get(f"/jobs/{job.pk}/").content.decode()
        assert ("Found" in page, result["url"] in page) == (not site, True)
        job.refresh_from_db()
        assert job.result == result


@pytest.mark.django_db
def test_a_planner_of_one_site_sees_remedies_of_that_site(client_as: Callable[..., Client]) -> None:
    for code in ("NORTH", "SOUTH"):
        Site.objects.create(code=code)
    save_plan(make_plan(two_sites()), timezone.now())
    figures = {"num_late": 0, "num_late_before": 1, "worth": 5.0}
    other = {"num_late": 7, "num_late_before": 8, "worth": 50.0}
    remedy = {"title": "Hurry B", "change": SplitDemand("D", 1.0, on(3)).to_json(), "cost": "Nothing", "is_cured": True,
              "ready_at": "", "num_late": 7, "num_late_before": 9, "worth": 55.0, "money": None, "sites": ["NORTH"],
              "by_site": {"NORTH": figures, "SOUTH": other}}  # fmt: skip
    far = remedy | {"title": "Hurry T", "sites": ["NORTH", "SOUTH"]}
    Job.objects.create(
        kind="remedies", title="Look", created_at=timezone.now(), ended_at=timezone.now(), state=Job.State.DONE,
        arguments={"demand": "D"}, result={"remedies": [far, remedy]},
    )  # fmt: skip
    north = client_as("planner", "NORTH")
    page = north.get("/plan/late/D/").content.decode()
    assert "Hurry B" in page
    assert "late demands at your sites: 1 → 0" in page
    assert "Hurry T" not in page
    assert "1 more would be done at other sites" in page
    assert north.post("/plan/late-try/", {"demand": "D", "remedy": "0"}).headers["Location"] == "/plan/late/D/"
    north.post("/plan/late-try/", {"demand": "D", "remedy": "1"})
    assert Job.objects.get(kind="try-remedy").arguments["what"] == "Hurry B"
    everywhere = client_as("planner").get("/plan/late/D/").content.decode()
    assert "late demands in all: 9 → 7" in everywhere
    assert "Hurry T" in everywhere
