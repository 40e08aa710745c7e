"""The Lab in a real browser: a scenario from the lobby to the debrief as a player, a cohort as its facilitator."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from drumbeat.lab.jobs import debrief_job
from drumbeat.lab.models import Cohort, Game
from drumbeat.web.models import Job
from tests.judge_page import serious

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ROUNDS = 7


def look_at(page: Page) -> None:
    """Nothing serious for people with screen readers, and nothing wider than a phone."""
    assert serious(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1280, "height": 800})


def press(page: Page, button: Locator) -> None:
    """Press a button that sends a form and wait for the page that answers, so that nothing is still on its way."""
    with page.expect_navigation():
        button.click()


def play_round(page: Page) -> None:
    """Choose the first open option, defend it with what is filled in, live the period."""
    option = page.locator("input[name=option]:not([disabled])").first
    if option.count():
        option.check()
        page.locator("#probability-range").fill("65")
        expect(page.locator("#probability")).to_have_value("65")
        press(page, page.get_by_role("button", name="Decide"))
        press(page, page.get_by_role("button", name="Defend it"))
        page.get_by_text("By which rules").first.click()
    press(page, page.get_by_role("button", name="Live the"))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_scenario_from_the_lobby_to_the_debrief(
    page_as: Callable[..., Page], live_site: str, theme: str, tmp_path: object
) -> None:
    page = page_as("viewer")
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.goto(f"{live_site}/lab/")
    look_at(page)
    press(page, page.get_by_role("button", name="Play The record quarter"))
    expect(page.get_by_role("heading", name="Where you are")).to_be_visible()
    press(page, page.get_by_role("button", name="Buy Have the overdue work"))
    expect(page.locator(".found").first).to_contain_text("hours are overdue")
    look_at(page)
    page.get_by_role("link", name="The plant", exact=True).click()
    expect(page.get_by_role("heading", name="Where the hours of the machines went")).to_be_visible()
    look_at(page)
    page.get_by_role("link", name="The call").click()
    expect(page.get_by_role("button", name="Decide")).to_be_visible()
    if theme == "dark":
        page.locator("input[name=option]").nth(1).check()
        page.locator("#probability").fill("80")
        page.locator("#pre-mortem").fill("The press broke")
        page.goto(f"{live_site}/lab/")  # the window is closed in the middle of a round
        page.goto(f"{live_site}/lab/games/{Game.objects.get().pk}/")
        expect(page.locator("#pre-mortem")).to_have_value("The press broke")
        expect(page.locator("#probability-range")).to_have_value("80")
        expect(page.locator("input[name=option]").nth(1)).to_be_checked()
        press(page, page.get_by_role("button", name="Decide"))
        assert page.evaluate("Object.keys(localStorage).filter((one) => one.includes('decide'))") == []
        return  # one full play is enough
    for _ in range(ROUNDS):
        play_round(page)
        page.reload()  # whoever closes the browser loses nothing
    expect(page.get_by_role("link", name="To the debrief")).to_be_visible()
    game = Game.objects.get()
    page.get_by_role("link", name="To the debrief").click()
    page.wait_for_url("**/jobs/*/")
    debrief_job(Job.objects.get(kind="lab-debrief").arguments, lambda share, words="": None)  # type: ignore[arg-type]
    page.goto(f"{live_site}/lab/games/{game.pk}/debrief/")
    expect(page.get_by_role("heading", name="What was hidden")).to_be_visible()
    look_at(page)


def test_a_facilitator_runs_a_cohort(page_as: Callable[..., Page], live_site: str) -> None:
    page = page_as("planner")
    page.goto(f"{live_site}/lab/cohorts/")
    page.get_by_label("Name").fill("Autumn")
    page.get_by_label("Teams, one a line").fill("Anvil\nFurnace")
    press(page, page.get_by_role("button", name="Gather it"))
    expect(page.get_by_role("heading", name="Autumn")).to_be_visible()
    cohort = Cohort.objects.get()
    page.goto(f"{live_site}/lab/")
    page.get_by_label("code").fill(cohort.code)
    press(page, page.get_by_role("button", name="Join"))
    page.goto(f"{live_site}/lab/cohorts/{cohort.pk}/")
    page.locator("select[name=team]").first.select_option("Anvil")
    press(page, page.get_by_role("button", name="Keep").first)
    press(page, page.get_by_role("button", name="Pause"))
    expect(page.get_by_text("Paused: nobody can move.").first).to_be_visible()
    press(page, page.get_by_role("button", name="Go on"))
    page.get_by_label("What the players are told").fill("A press cracks")
    page.get_by_label("How much").fill("0.5")
    press(page, page.get_by_role("button", name="Let it happen"))
    expect(page.get_by_text("It happens in 2 games")).to_be_visible()
    look_at(page)
    page.get_by_role("button", name="Open debriefs").click()
    expect(page.get_by_role("button", name="Close debriefs")).to_be_visible()
    for address, heading in ((f"cohorts/{cohort.pk}/compare/", "Side by side"), ("scenarios/", "Own scenarios")):
        page.goto(f"{live_site}/lab/{address}")
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        look_at(page)
    page.goto(f"{live_site}/lab/cohorts/{cohort.pk}/")
    page.get_by_role("link", name="Anvil").first.click()
    page.get_by_label("What would you do, and why?").fill("Count first")
    press(page, page.locator("#notes").get_by_role("button", name="Keep"))
    expect(page.locator("#notes")).to_contain_text("Count first")
