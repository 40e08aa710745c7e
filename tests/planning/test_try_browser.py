"""Promises and trials of a change in a real browser: asked and answered without leaving the page, for everybody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect

from drumbeat.data.snapshot import Snapshot
from tests.judge_page import Judge
from tests.planning.small_company import on
from tests.planning.test_try_changes import stored  # noqa: F401 - a fixture

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_planner_asks_and_is_answered(
    page_as: Callable[..., Page], live_site: str, stored: Snapshot  # noqa: F811
) -> None:  # fmt: skip
    cache.clear()
    page = page_as("planner")
    judge = Judge(page)
    for place, answer in (("/plan/try/", "Planned again"), ("/plan/promise/", "Can be delivered")):
        page.goto(live_site + place)
        page.get_by_label("Item").fill("LENS")
        page.get_by_label("Quantity").fill("2")
        page.get_by_label("Wanted by").fill((on(0) + timedelta(days=3)).date().isoformat())
        page.locator("main form button[type=submit]").first.click()
        expect(page.get_by_text(answer)).to_be_visible()
        judge.look()
    assert judge.wrong == []
