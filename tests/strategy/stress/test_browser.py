"""Stress tests in a real browser: no script error, nothing wider than the page, the heat map leads to its nodes."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page

from drumbeat.home import Plant
from drumbeat.strategy.list_stress_nodes import StressTerms
from drumbeat.strategy.run_stress import run_stress, save_stress
from tests.home.test_views_browser import serious


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_heat_map_leads_to_a_node(page_as: Callable[..., Page], live_site: str) -> None:
    """From the map to a supplier with its remedies, wide and narrow."""
    run = run_stress(Plant.demo(size="s").snapshot, only=["site", "supplier"])
    save_stress(run, StressTerms(), datetime(2026, 3, 2, tzinfo=UTC))
    page = page_as("planner")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{live_site}/strategy/stress/")
    assert serious(page) == []
    folder = os.environ.get("DRUMBEAT_SHOTS")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")
        if folder:
            page.screenshot(path=f"{folder}/stress-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.locator(".heat-node", has_text="Hudson").click()
    page.get_by_role("heading", name="What would cover it").wait_for()
    assert page.get_by_text("a year", exact=False).count()
    assert serious(page) == []
    if folder:
        page.screenshot(path=f"{folder}/node.png", full_page=True)
