"""Pages of what-ifs in a real browser: for everybody, on desks and phones, by day and by night."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from drumbeat.data.snapshot import Snapshot
from drumbeat.data.what_if import open_what_if
from drumbeat.twin import jobs
from tests.judge_page import serious
from tests.twin.compare_plant import SECOND_PRESS, SLOWER, WRONG
from tests.twin.test_compare import stored, today  # noqa: F401 - fixtures

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def compared(stored: Snapshot) -> str:  # noqa: F811
    """Three what-ifs and their comparison; its address."""
    for name, changes in (("Second press", [SECOND_PRESS]), ("Slow", [SLOWER]), ("Wrong", [WRONG])):
        open_what_if(name, changes, note="Quote of May", origin="/plan/late/")
    arguments = {"codes": ["second-press", "slow", "wrong"], "site": "", "replications": 50}
    return str(jobs.compare_job(arguments, lambda fraction, message: None)["url"])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_can_use_the_pages(page_as: Callable[..., Page], live_site: str, compared: str, theme: Any) -> None:
    page = page_as("planner")
    page.emulate_media(color_scheme=theme)
    found, wide = {}, {}
    places = ["/what-if/", "/what-if/second-press/", "/what-if/slow/change/?kind=plant.AddShift", compared]
    for place in places:
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(live_site + place)
            page.wait_for_load_state("networkidle")
            found |= {f"{place} {width}": broken} if (broken := serious(page)) else {}
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                wide[place] = width
    assert not found
    assert not wide


def test_a_what_if_is_made_by_hand(page_as: Callable[..., Page], live_site: str, stored: Snapshot) -> None:  # noqa: F811
    page = page_as("planner")
    page.goto(live_site + "/what-if/")
    page.get_by_label("Name").fill("Faster press")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Faster press")
    page.get_by_label("Add a change").select_option("plant.ChangeRate")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_label("Factor").fill("1.5")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("Change rate: factor 1.5")).to_be_visible()
    expect(page.get_by_text("a rate belongs to an operation or a machine")).to_be_visible()
