"""A line by itself in a real browser: it is asked for, and everybody can use the page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from drumbeat.web.models import Job
from tests.home.test_views_browser import quiet_page  # noqa: F401 - a fixture
from tests.judge_page import serious
from tests.twin.test_lines_site import job, line  # noqa: F401 - fixtures

# ruff: noqa: F811 - fixtures bear their names

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db]


def test_a_line_is_studied_again_with_other_places(quiet_page: Page, live_site: str, job: Job) -> None:
    page = quiet_page
    page.goto(f"{live_site}/twin/")
    with page.expect_navigation():
        page.get_by_role("link", name="A line by itself").click()
    expect(page.get_by_role("heading", name="The line R")).to_be_visible()
    page.get_by_text("The same in figures").click()
    table = page.get_by_role("region", name="Output by places", exact=True)
    expect(table.get_by_role("row")).to_have_count(1 + len(job.result["study"]["by_places"]))
    page.get_by_label("Places before R/20").fill("4")
    with page.expect_navigation():
        page.get_by_role("button", name="Study").click()
    expect(page.get_by_role("heading", name="Study the line R")).to_be_visible()
    assert Job.objects.get(state="waiting").arguments["set_places"] == {"R/20": 4}
    assert page.complaints == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_can_use_the_page(quiet_page: Page, live_site: str, job: Job, theme: str) -> None:
    page = quiet_page
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{live_site}/twin/line/")
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
    assert serious(page) == []
    assert page.complaints == []  # type: ignore[attr-defined]
