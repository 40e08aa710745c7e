"""Pages of materials, late demands, purchases and the finite plan in a real browser: for everybody, desk and phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import Page, expect

from drumbeat.data.snapshot import Snapshot
from drumbeat.planning import jobs
from drumbeat.planning.models import FiniteDelivery, FinitePlan
from drumbeat.web.models import Job
from tests.judge_page import Judge
from tests.planning.test_views_materials import stored  # noqa: F401 - a fixture

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PLACES = [
    "/plan/materials/",
    "/plan/materials/LENS/at/NORTH/",
    "/plan/late/",
    "/plan/late/D2/",
    "/plan/purchases/",
    "/plan/finite/",
]


@pytest.fixture
def tried(stored: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """Remedies of the late demand, of which one has been tried."""
    monkeypatch.setattr(Snapshot, "read_database", staticmethod(lambda: stored))
    sought = jobs.remedies_job({"demand": "D2"}, lambda share, what: None)
    best = sought["remedies"][0]
    asked = {"demand": "D2", "what": best["title"], "change": best["change"]}
    result = jobs.try_job(asked, lambda share, what: None)
    finite = FinitePlan.objects.create(created_at=timezone.now(), version="")
    FiniteDelivery.objects.create(plan=finite, demand="D2", item="LENS", site="NORTH", quantity=5, reason="PRESS busy")
    shift = {"calendar": "DAY", "weekday": "sat", "start": "08:00:00", "end": "16:00:00"}
    trial = {"machine": "PRESS", "change": shift, "hours": 8.0, "money": 100.0, "num_late": 0, "num_late_before": 1}
    overtime = {"trials": [trial | {"late_days": 0.0, "late_days_before": 1.5}]}
    for kind, arguments, told in (
        ("remedies", {"demand": "D2"}, sought), ("try-remedy", asked, result), ("finite-overtime", {}, overtime),
    ):  # fmt: skip
        Job.objects.create(kind=kind, arguments=arguments, result=told, state="done", created_at=timezone.now())


def test_everybody_can_use_the_pages(page_as: Callable[..., Page], live_site: str, tried: None) -> None:
    cache.clear()
    judge = Judge(page_as("planner"))
    judge.visit(live_site, PLACES)
    assert judge.wrong == []


def test_the_tree_unfolds(page_as: Callable[..., Page], live_site: str, stored: Snapshot) -> None:  # noqa: F811
    cache.clear()
    page = page_as("viewer", "NORTH")
    page.goto(f"{live_site}/plan/materials/GLASS/at/NORTH/")
    above = page.get_by_role("region", name="Who takes it")
    above.locator("summary").first.click()
    expect(above.locator(".pegs .pegs").first).to_contain_text("for demand D")
