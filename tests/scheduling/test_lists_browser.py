"""The pages beside the board in a real browser: everybody can use them, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect

from drumbeat.scheduling.models import ScheduledTask
from tests.judge_page import serious
from tests.scheduling.test_views_lists import schedules  # noqa: F401 - a fixture

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_can_use_the_pages(
    page_as: Callable[..., Page],
    live_site: str,
    schedules: Any,  # noqa: F811
    theme: Any,
) -> None:
    cache.clear()
    _, new = schedules
    machine = ScheduledTask.objects.get(schedule=new, setup_note="RED to BLUE").resource
    page = page_as("viewer")
    complaints: list[str] = []
    page.on("console", lambda one: complaints.append(one.text) if one.type in ("error", "warning") else None)
    page.emulate_media(color_scheme=theme)
    found, wide = {}, {}
    for address in ("late", "lists", f"lists/{{}}/{machine}", "compare"):
        place = f"/board/{address.format(new.pk) if '{}' in address else f'{address}/{new.pk}'}/"
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(live_site + place)
        page.wait_for_load_state("networkidle")
        found[place] = serious(page)
        page.set_viewport_size({"width": 390, "height": 844})
        wide[place] = page.evaluate("document.documentElement.scrollWidth")
    assert {place: said for place, said in found.items() if said} == {}
    assert max(wide.values()) <= 390, wide
    assert complaints == []


def test_from_the_board_to_a_machines_list(
    page_as: Callable[..., Page],
    live_site: str,
    schedules: Any,  # noqa: F811
) -> None:
    cache.clear()
    page = page_as("viewer")
    page.goto(f"{live_site}/board/")
    page.get_by_role("link", name="Dispatch lists").click()
    page.get_by_placeholder("Machine").fill("TURN")
    expect(page.locator(".machine-links li")).to_have_count(2)
    page.get_by_role("link", name="Turn 1 north").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Turn 1 north")
    with page.expect_download() as download:
        page.get_by_role("link", name="iCalendar").click()
    assert download.value.suggested_filename == "N-TURN-01.ics"
