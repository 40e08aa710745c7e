"""The roadmap's pages in a real browser: desk and phone, light and dark; points are picked by a click."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.home.test_views_browser import serious
from tests.strategy.roadmap.test_views import make_plan, plant, tell_twin  # noqa: F401 - a fixture

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PLACES = ["/strategy/roadmap/", "/strategy/roadmap/initiative/SECOND/"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_can_use_the_pages(page_as: Callable[..., Page], live_site: str, plant: None, theme: Any) -> None:  # noqa: F811
    tell_twin(make_plan())
    page = page_as("planner")
    complaints: list[str] = []
    page.on("console", lambda one: complaints.append(one.text) if one.type in ("error", "warning") else None)
    page.emulate_media(color_scheme=theme)
    found, wide = {}, {}
    for place in PLACES:
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(live_site + place)
            found[place, width] = serious(page)
            wide[place, width] = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert not {place: names for place, names in found.items() if names}
    assert not {place: more for place, more in wide.items() if more > 0}
    assert not complaints


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
