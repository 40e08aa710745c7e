"""The demand pages in a real browser: everybody can use them, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from drumbeat.demand.models import ForecastEdit
from tests.demand.test_pages import market  # noqa: F401 - a fixture
from tests.judge_page import Judge, serious

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PLACES = ("/demand/", "/demand/series/?item=PUMP&site=NORTH", "/demand/series/?family=PUMPS", "/demand/value/",
          "/demand/balance/")  # fmt: skip


def test_everybody_can_use_the_pages(page_as: Callable[..., Page], live_site: str, market: Any) -> None:  # noqa: F811
    judge = Judge(page_as("planner"))
    judge.visit(live_site, PLACES)
    assert judge.wrong == []


def test_a_figure_is_changed_in_its_place(
    page_as: Callable[..., Page],
    live_site: str,
    market: Any,  # noqa: F811
) -> None:
    page = page_as("planner")
    page.goto(f"{live_site}/demand/")
    page.get_by_role("link", name="PUMP", exact=True).first.click()
    expect(page.locator("#demand-chart canvas").first).to_be_visible()
    page.locator(".edit-cell").nth(1).click()
    row = page.locator(".edit-row")
    expect(row.get_by_label("Amount")).to_be_focused()
    row.get_by_label("Amount").fill("345")
    row.get_by_label("Why").fill("tender")
    assert serious(page) == []
    row.get_by_role("button", name="Save").click()
    expect(page.locator(".notice-success")).to_be_visible()
    expect(page.locator(".edit-cell").nth(1)).to_contain_text("345")
    assert ForecastEdit.objects.get().reason == "tender"
    page.get_by_role("link", name="Edit several periods").click()
    expect(page.get_by_label("First day")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("Nobody has changed this forecast.")).to_be_visible()
