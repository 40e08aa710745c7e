"""Stress tests in a real browser: no script error, nothing wider than the page, the heat map leads to its nodes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page

from drumbeat.strategy.list_stress_nodes import StressTerms
from drumbeat.strategy.run_stress import run_stress, save_stress
from tests.demo_company import demo_company
from tests.judge_page import Judge


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_heat_map_leads_to_a_node(page_as: Callable[..., Page], live_site: str) -> None:
    """From the map to a supplier with its remedies, wide and narrow."""
    run = run_stress(demo_company(), only=["site", "supplier"])
    save_stress(run, StressTerms(), datetime(2026, 3, 2, tzinfo=UTC))
    page = page_as("planner")
    judge = Judge(page)
    page.goto(f"{live_site}/strategy/stress/")
    judge.look()
    page.locator(".heat-node", has_text="Hudson").click()
    page.get_by_role("heading", name="What would cover it").wait_for()
    assert page.get_by_text("a year", exact=False).count()
    judge.look()
    assert judge.wrong == []
