"""The confidence page and a replication in a real browser: scrubbed, played, and open to everybody."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from drumbeat.twin.models import OrderConfidence, Replay, Simulation
from tests.home.test_views import plant, run  # noqa: F401 - fixtures
from tests.home.test_views_browser import quiet_page  # noqa: F401 - a fixture
from tests.judge_page import serious
from tests.twin.test_confidence import day, judge  # noqa: F401 - as above
from tests.twin.test_put_right import wrong_by

# ruff: noqa: F811 - fixtures bear their names

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db]


def test_a_replication_is_scrubbed_and_played(quiet_page: Page, live_site: str, day: Replay) -> None:
    page = quiet_page
    page.goto(f"{live_site}/twin/replay/{day.simulation_id}/bad/")
    expect(page.locator("[data-scrub][data-ready]")).to_be_visible(timeout=120_000)
    told = page.locator("[data-told]")
    expect(told).to_contain_text("0 of 2 orders done, 0 late")
    page.get_by_role("button", name="Mon 2 Mar 08:00").click()
    expect(told).to_contain_text("0 late · 1 down")
    expect(page.locator("[data-events] li.is-now")).to_have_count(2)
    page.locator("[data-time]").fill(str(18 * 3600))
    expect(told).to_contain_text("2 of 2 orders done, 1 late · 0 down")
    page.locator("[data-time]").fill("0")
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(told).to_contain_text("2 of 2 orders done", timeout=120_000)
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    assert page.complaints == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_can_use_the_pages(
    quiet_page: Page,
    live_site: str,
    day: Replay,
    theme: str,
) -> None:
    judge()
    shown = {"correction": wrong_by(+30).as_json(), "played_on_time": 0.4}
    Simulation.objects.filter(pk=day.simulation_id).update(summary=day.simulation.summary | shown)
    OrderConfidence.objects.filter(simulation=day.simulation_id).update(played=0.4)
    page = quiet_page
    page.emulate_media(color_scheme=theme)
    for address in ("/twin/", f"/twin/replay/{day.simulation_id}/bad/"):
        page.goto(live_site + address)
        page.wait_for_load_state("networkidle")
        assert serious(page) == [], address
    assert page.complaints == []  # type: ignore[attr-defined]
