"""Whether everybody can use a page in a real browser: by day and by night, at a desk and on a phone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Request, expect

WIDTHS = (1280, 390)
AXE = Axe()
AXE_OPTIONS: dict[str, Any] = {"resultTypes": ["violations"]}
"""What axe found in order is not described node by node: that takes longer than finding it."""
COLOUR_RULES = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
"""Of all rules those that look at colours: the others say the same of a page by night as by day."""
LEVELS = {"wcag2a", "wcag2aa", "wcag21a", "wcag21aa"}
STEP_MILLISECONDS = 20
MOST_STEPS = 3000


def serious(page: Page, *, colours_alone: bool = False) -> list[str]:
    """Violations that axe finds on a page: of WCAG 2.1, levels A and AA, and all that are serious or critical."""
    found = AXE.run(page, options=AXE_OPTIONS | (COLOUR_RULES if colours_alone else {})).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]}"
        for one in found
        if one["impact"] in ("serious", "critical") or LEVELS & set(one["tags"])
    ]


class Judge:
    """Looks at pages one after another with one browser page, and keeps what is wrong with them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.wrong: list[str] = []
        self._coming: set[Request] = set()
        page.emulate_media(reduced_motion="reduce")
        page.on("console", self._hear)
        page.on("request", self._begin)
        page.on("requestfinished", self._end)
        page.on("requestfailed", self._end)

    def _hear(self, said: Any) -> None:
        if said.type in ("error", "warning"):
            self.wrong.append(f"{self.page.url} says: {said.text}")

    def _begin(self, request: Request) -> None:
        self._coming.add(request)

    def _end(self, request: Request) -> None:
        self._coming.discard(request)

    def settle(self) -> None:
        """Wait until the page has loaded, nothing more is on its way to it, and it has been painted."""
        self.page.wait_for_load_state("load")
        for _ in range(MOST_STEPS):
            self.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
            if not self._coming:
                return
            self.page.wait_for_timeout(STEP_MILLISECONDS)
        raise AssertionError(f"{self.page.url} still waits for {[one.url for one in self._coming]}")

    def look(self, *, narrow: bool = False) -> None:
        """Judge the open page at a desk, by day and by night, and its width on a phone.

        With `narrow` it is opened on the phone once more, and axe judges it there too.
        """
        self.settle()
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 844})
            if narrow and width != WIDTHS[0]:
                self.page.reload()
                self.settle()
            over = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            self.wrong += [f"{self.page.url} is {over} pixels wider than {width}"] if over > 0 else []
            if width == WIDTHS[0] or narrow:
                for theme in ("light", "dark"):
                    self.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
                    expect(self.page.locator("html")).to_have_attribute("data-bs-theme", theme)
                    found = serious(self.page, colours_alone=theme == "dark")
                    self.wrong += [f"{self.page.url} {width} {theme}: {said}" for said in found]
        self.page.emulate_media(color_scheme="light")
        self.page.set_viewport_size({"width": WIDTHS[0], "height": 844})

    def visit(self, site: str, addresses: Iterable[str], *, narrow: bool = False) -> None:
        """Open and judge pages."""
        for address in addresses:
            self.page.goto(site + address)
            self.look(narrow=narrow)
