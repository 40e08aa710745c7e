"""Decisions and alignment in a real browser: for everybody, desk and phone, light and dark."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from drumbeat.strategy import decide
from drumbeat.strategy.models import Criterion, FunctionPlan
from tests.judge_page import Judge

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_everybody_can_use_the_pages(page_as: Callable[..., Page], live_site: str) -> None:
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
    judge = Judge(page)
    judge.visit(live_site, ["/strategy/decisions/", f"/strategy/decisions/{made.code}/", "/strategy/alignment/"])
    assert judge.wrong == []
    page.get_by_role("link", name="Headcount").click()
    page.get_by_label("Who closes the gap").fill("Hana")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("table")).to_contain_text("Hana")
