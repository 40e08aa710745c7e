"""The pages in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from drumbeat.accounts.actions import ensure_user
from drumbeat.accounts.models import User
from drumbeat.data import browse
from drumbeat.plant.models import Item, Line, Site
from tests.judge_page import Judge

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def plant(transactional_db: None) -> None:
    Site.objects.create(code="NORTH")
    Line.objects.create(code="L1", site_id="NORTH")
    Item.objects.bulk_create(Item(code=f"I-{n:03}", name=f"Part {n}", cost=n % 7) for n in range(120))


def test_sign_in_and_the_theme_that_is_remembered(page: Page, live_site: str, plant: None) -> None:
    ensure_user("ann", "a drum beats at dawn", "planner")
    page.goto(f"{live_site}/data/")
    page.get_by_label("Name").fill("ann")
    page.get_by_label("Password").fill("a drum beats at dawn")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Data", exact=True)).to_be_visible()
    page.get_by_role("button", name="Account").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.goto(f"{live_site}/data/item/")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_search_edit_in_the_panel_and_see_the_row_change(
    page_as: Callable[..., Page], live_site: str, plant: None
) -> None:
    page = page_as("planner")
    page.goto(f"{live_site}/data/item/")
    page.keyboard.press("/")
    page.keyboard.type("Part 77")
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    page.get_by_role("link", name="I-077").click()
    panel = page.locator("#panel")
    expect(panel).to_be_visible()
    panel.get_by_label("Lot minimum").fill("-3")
    panel.get_by_role("button", name="Save").click()
    expect(panel.get_by_text("greater than or equal to 0")).to_be_visible()
    panel.get_by_label("Lot minimum").fill("5")
    panel.get_by_label("Name").fill("Part 77 renamed")
    panel.get_by_role("button", name="Save").click()
    expect(panel).to_be_hidden()
    expect(page.get_by_text("Part 77 renamed").first).to_be_visible()
    assert Item.objects.get(pk="I-077").lot_minimum == 5


def test_links_are_real_and_rows_answer_to_the_keyboard(
    page_as: Callable[..., Page], live_site: str, plant: None
) -> None:
    page = page_as("viewer")
    page.goto(f"{live_site}/data/item/")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="I-000").click(modifiers=["ControlOrMeta"])
    opened.value.wait_for_load_state()
    assert "/data/item/row/?key=I-000" in opened.value.url
    expect(page.locator("#panel")).to_be_hidden()
    page.bring_to_front()
    page.get_by_role("link", name="I-000").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("link", name="I-001")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#panel")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()


def test_references_are_suggested(page_as: Callable[..., Page], live_site: str, plant: None) -> None:
    page = page_as("planner")
    page.goto(f"{live_site}/data/resource/add/")
    page.get_by_label("Site").fill("NOR")
    expect(page.locator("#codes-site option")).to_have_count(1)


def test_pages_are_accessible_and_fit(
    page_as: Callable[..., Page], live_site: str, plant: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browse, "ROWS_PER_PAGE", 8)  # axe takes its time for every row, and rows are alike
    judge = Judge(page_as("admin"))
    forms = ["/data/item/add/", "/data/line/row/?key=L1", "/data/load/"]
    users = ["/users/", f"/users/{User.objects.get().pk}/", "/users/audit/"]
    judge.visit(live_site, ["/data/", "/data/item/", *forms, "/jobs/", *users], narrow=True)
    assert judge.wrong == []


def test_a_file_is_chosen_and_sent(
    page_as: Callable[..., Page], live_site: str, plant: None, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    page = page_as("manager")
    page.goto(f"{live_site}/data/load/")
    page.locator("input[type=file]").set_input_files(
        {"name": "site.csv", "mimeType": "text/csv", "buffer": b"code\nX\n"}
    )
    expect(page.locator("#chosen")).to_contain_text("site.csv")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("Waiting for a free worker")).to_be_visible()
