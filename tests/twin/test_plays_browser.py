"""The weeks ahead in a real browser: machines are found and sorted, and everybody can use the page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from drumbeat.twin.models import FloorPlay
from drumbeat.twin.play_floor import FloorRun
from tests.home.test_views_browser import quiet_page  # noqa: F401 - a fixture
from tests.judge_page import serious
from tests.twin.test_plays import play, run  # noqa: F401 - fixtures

# ruff: noqa: F811 - fixtures bear their names

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db]


def test_machines_are_found_and_a_play_is_started(
    quiet_page: Page, live_site: str, play: FloorPlay, run: FloorRun
) -> None:
    page = quiet_page
    page.goto(f"{live_site}/twin/weeks/")
    table = page.get_by_role("region", name="Machines")
    expect(table.get_by_role("row")).to_have_count(1 + run.compiled.machines.height)
    page.get_by_label("Find machines").fill("saw")
    expect(table.get_by_role("row")).to_have_count(2)
    page.get_by_role("navigation", name="Sorted by").get_by_role("link", name="Breakdowns").click()
    expect(page.get_by_role("link", name="Breakdowns")).to_have_attribute("aria-current", "true")
    expect(table.get_by_role("row")).to_have_count(2)
    page.get_by_text("The same in figures").click()
    expect(page.get_by_role("region", name="Output by week").get_by_role("row")).to_have_count(4)
    page.get_by_label("Weeks ahead").fill("2")
    with page.expect_navigation():
        page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("heading", name="Play the plant 2 weeks ahead")).to_be_visible()
    assert page.complaints == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_can_use_the_page(quiet_page: Page, live_site: str, play: FloorPlay, theme: str) -> None:
    page = quiet_page
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{live_site}/twin/weeks/")
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
    assert serious(page) == []
    assert page.complaints == []  # type: ignore[attr-defined]
