"""Decisions and alignment in a real browser: for everybody, desk and phone, light and dark."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from drumbeat.strategy import decide
from drumbeat.strategy.models import Criterion, FunctionPlan
from tests.home.test_views_browser import serious

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_can_use_the_pages(page_as: Callable[..., Page], live_site: str, theme: Any) -> None:
    now = timezone.now()
    made = decide.open_decision("Second press, or a second shift?", "ann", now, "The first is full.")
    for name in ("Press", "Shift"):
        decide.save_option(made, {"name": name, "cost": 1e5}, now)
    for name in ("Money", "Resilience"):
        Criterion.objects.create(decision=made, name=name)
    decide.add_assumption(made, "Crews stay", now.date() + timedelta(days=30), now, owner="Hana")
    decide.sign(made, "finance", "fay", True, "", now)
    for function, value in (("hr", 140.0), ("finance", 112.0)):
        FunctionPlan.objects.create(subject="Headcount", period_start=date(2026, 4, 1), function=function, value=value)
    page = page_as("manager")
    page.emulate_media(color_scheme=theme)
    found, wide = {}, {}
    for place in ("/strategy/decisions/", f"/strategy/decisions/{made.code}/", "/strategy/alignment/"):
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(live_site + place)
        page.wait_for_load_state("networkidle")
        found[place] = serious(page)
        page.set_viewport_size({"width": 390, "height": 844})
        wide[place] = page.evaluate("document.documentElement.scrollWidth")
    assert {place: said for place, said in found.items() if said} == {}
    assert {place: width for place, width in wide.items() if width > 390} == {}
    page.set_viewport_size({"width": 1280, "height": 800})
    page.get_by_role("link", name="Headcount").click()
    page.get_by_label("Who closes the gap").fill("Hana")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("table")).to_contain_text("Hana")
