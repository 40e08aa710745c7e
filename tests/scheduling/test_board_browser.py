"""The board in a real browser: it draws, zooms, pans, tells its story, and can be walked by keyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from benchmarks.web.make_board import make_schedule
from django.core.cache import cache
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STATE = """() => {
  const {from, to, drawn, marks} = document.querySelector('[data-board-root]').dataset;
  return {from: +from, to: +to, drawn: +drawn, marks: +marks};
}"""
BAR = """() => {
  const {scene, canvas} = document.querySelector('[data-board-root]').board;
  const box = canvas.getBoundingClientRect();
  for (let bar = 0; bar < scene.schedule.size; bar++) {
    const band = scene.layout.band(bar), y = band.top - scene.view.top + 48;
    const x = scene.view.x(scene.schedule.start[bar]);
    const width = scene.view.x(scene.schedule.end[bar]) - x;
    if (width > 12 && x > scene.view.gutter + 4 && x + width < scene.view.width && y > 90 && y < scene.view.height - 40)
      return {x: box.x + x + width / 2, y: box.y + y + band.height / 2,
        order: scene.schedule.orders.code[scene.schedule.order[bar]]};
  }
}"""


@pytest.fixture
def board(page_as: Callable[..., Page], live_site: str) -> Iterator[Page]:
    """The board with 10,000 bars; anything that its console complains about fails the test."""
    cache.clear()
    make_schedule(10_000, num_machines=60)
    page = page_as("viewer")
    complaints: list[str] = []
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
    )
    page.goto(f"{live_site}/board/")
    expect(page.locator("[data-board-root][data-ready]")).to_be_visible()
    yield page
    assert complaints == []


def test_ten_thousand_bars_are_drawn_zoomed_panned_told_and_opened(board: Page, live_site: str) -> None:
    """One trip, because storing 10,000 bars takes longer than looking at them."""
    assert board.evaluate("document.querySelector('[data-board-root]').board.scene.schedule.size") == 10_000
    start = board.evaluate(STATE)
    assert start["drawn"] > 100
    is_blank = """() => { const canvas = document.querySelector('.board-canvas');
      const data = canvas.getContext('2d').getImageData(220, 60, canvas.width - 220, canvas.height - 60).data;
      return new Set(new Uint32Array(data.buffer)).size < 8; }"""
    assert not board.evaluate(is_blank)

    board.get_by_role("button", name="All", exact=True).click()
    board.wait_for_timeout(400)
    whole = board.evaluate(STATE)
    assert whole["to"] - whole["from"] > 2 * (start["to"] - start["from"])
    assert whole["marks"] < whole["drawn"], "bars thinner than a pixel are merged"

    canvas = board.locator(".board-canvas")
    box = canvas.bounding_box()
    assert box
    middle = (box["x"] + box["width"] * 0.6, box["y"] + 200)
    board.mouse.move(*middle)
    board.keyboard.down("Control")
    for _ in range(6):
        board.mouse.wheel(0, -200)
    board.keyboard.up("Control")
    board.wait_for_timeout(150)
    near = board.evaluate(STATE)
    assert near["to"] - near["from"] < 0.3 * (whole["to"] - whole["from"])
    board.mouse.down()
    board.mouse.move(middle[0] - 200, middle[1], steps=4)
    board.mouse.up()
    board.wait_for_timeout(150)
    panned = board.evaluate(STATE)
    assert panned["from"] > near["from"]
    assert panned["to"] - panned["from"] == pytest.approx(near["to"] - near["from"], rel=0.01)

    board.get_by_role("button", name="Now", exact=True).click()
    board.get_by_role("button", name="Day", exact=True).click()
    board.wait_for_timeout(500)
    bar = board.evaluate(BAR)
    board.mouse.move(bar["x"], bar["y"])
    tip = board.locator(".board-tip")
    expect(tip).to_contain_text(bar["order"])
    expect(tip).to_contain_text("Operation")
    expect(tip).to_contain_text("Waits for")
    board.mouse.click(bar["x"], bar["y"])
    panel = board.locator(".board-panel")
    expect(panel.get_by_role("heading", name=bar["order"])).to_be_visible()
    panel.get_by_role("link", name="Open the order").click()
    expect(board).to_have_url(f"{live_site}/orders/{bar['order']}/")
    expect(board.get_by_role("heading", level=1)).to_contain_text(bar["order"])


def test_the_keyboard_and_the_search_reach_every_bar(board: Page) -> None:
    canvas = board.locator(".board-canvas")
    canvas.focus()
    start = board.evaluate(STATE)
    board.keyboard.press("ArrowRight")
    board.wait_for_timeout(100)
    assert board.evaluate(STATE)["from"] > start["from"]
    board.keyboard.press("+")
    board.wait_for_timeout(100)
    closer = board.evaluate(STATE)
    assert closer["to"] - closer["from"] < start["to"] - start["from"]
    live = board.locator("[data-spoken]")
    board.keyboard.press("Enter")
    expect(live).to_contain_text("Order W-")
    first = live.inner_text()
    board.keyboard.press("ArrowRight")
    expect(live).not_to_have_text(first)
    board.keyboard.press("ArrowDown")
    board.keyboard.press("Enter")
    expect(board.locator(".board-panel")).to_be_visible()
    board.keyboard.press("Escape")
    expect(board.locator(".board-panel")).to_be_hidden()

    board.keyboard.press("/")
    board.keyboard.type("W-00100")
    expect(board.locator("[data-found]")).to_have_text("6 tasks")
    board.keyboard.press("Enter")
    expect(board.locator(".board-panel")).to_contain_text("W-00100")
    board.locator("[data-only-rows]").check()
    rows = "document.querySelector('[data-board-root]').board.scene.layout.strips.filter((one) => one.row >= 0).length"
    assert board.evaluate(rows) <= 6
    colours = "document.querySelector('[data-board-root]').board.scene.fills[0]"
    before = board.evaluate(colours)
    board.get_by_label("State").check(force=True)
    assert board.evaluate(colours) != before
    expect(board.locator("[data-legend]")).to_contain_text("released")


def test_a_broken_schedule_is_told(page_as: Callable[..., Page], live_site: str, db: Any) -> None:
    make_schedule(60, num_machines=12)
    page = page_as("viewer")
    page.context.route("**/board/data/**", lambda route: route.fulfill(status=503, body="away"))
    page.goto(f"{live_site}/board/", wait_until="domcontentloaded")
    expect(page.locator("[data-message]")).to_contain_text("could not be drawn")
