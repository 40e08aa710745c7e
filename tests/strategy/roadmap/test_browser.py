"""The roadmap's pages in a real browser: desk and phone, light and dark; points are picked by a click."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.judge_page import Judge
from tests.strategy.roadmap.test_views import make_plan, plant, tell_twin  # noqa: F401 - a fixture

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PLACES = ["/strategy/roadmap/", "/strategy/roadmap/initiative/SECOND/"]


def test_everybody_can_use_the_pages(page_as: Callable[..., Page], live_site: str, plant: None) -> None:  # noqa: F811
    tell_twin(make_plan())
    judge = Judge(page_as("planner"))
    judge.visit(live_site, PLACES, narrow=True)
    assert judge.wrong == []


def test_a_point_of_the_front_opens_its_roadmap(page_as: Callable[..., Page], live_site: str, plant: None) -> None:  # noqa: F811
    make_plan()
    page = page_as("viewer")
    page.goto(live_site + "/strategy/roadmap/")
    page.locator("svg.front a").first.click()
    expect(page.locator(".roadmap-picked")).to_contain_text("choice 1 of the front")
    page.get_by_role("link", name="Show the chosen one").click()
    expect(page.locator(".roadmap-picked")).to_have_count(0)
    page.locator("svg .work").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("A second machine")
