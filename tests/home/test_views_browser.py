"""Home and an order's page in a real browser: what they say, and that everybody can use them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect

from drumbeat.scheduling.models import Schedule
from tests.home.test_views import plant, run  # noqa: F401 - fixtures
from tests.judge_page import Judge

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def quiet_page(page_as: Callable[..., Page]) -> Page:
    """A planner's page whose console is listened to: a complaint, such as one of the CSP, is kept on it."""
    cache.clear()
    page = page_as("planner")
    page.complaints = []  # type: ignore[attr-defined]
    page.on("console", lambda one: page.complaints.append(one.text) if one.type in ("error", "warning") else None)  # type: ignore[attr-defined]
    return page


def test_home_says_whether_it_holds(quiet_page: Page, live_site: str, run: Schedule) -> None:  # noqa: F811
    page = quiet_page
    page.goto(f"{live_site}/")
    expect(page.locator("[data-probability]")).to_have_attribute("data-probability", "0.5750")
    expect(page.locator("[data-threat]")).to_have_count(3)
    page.get_by_role("table").get_by_role("link", name="A", exact=True).click()
    expect(page).to_have_url(f"{live_site}/orders/A/")
    expect(page.get_by_role("heading", name="Why it is late")).to_be_visible()
    page.get_by_role("link", name="Show on the board").click()
    expect(page.locator(".board-panel").get_by_role("heading", name="A", exact=True)).to_be_visible()
    assert page.complaints == []  # type: ignore[attr-defined]


def test_everybody_can_use_the_pages(page_as: Callable[..., Page], live_site: str, run: Schedule) -> None:  # noqa: F811
    cache.clear()
    judge = Judge(page_as("planner"))
    judge.visit(live_site, ["/", "/orders/", "/orders/A/", "/actions/", "/board/"])
    judge.visit(live_site, ["/weaknesses/", f"/board/table/{run.pk}/"])
    assert judge.wrong == []
