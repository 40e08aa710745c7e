"""Photograph the site with the demo company: `python docs/make_screenshots.py` writes docs/images/*.png.

A temporary installation is made, the company is loaded and run in it, and headless Chromium looks at it, light and
dark, on a desk and on a phone. Needs Debian's chromium; takes a few minutes.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.web.serve_site import ARGUMENTS, CHROMIUM, open_home, serve_site, sign_in_cookie  # noqa: E402

IMAGES = ROOT / "docs" / "images"
MOST_BYTES = 3_000_000
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}

WRONG_ORDERS = """code,site,item,quantity,due_at,priority,state
W-900001,AALEN,TP-110,40,2026-03-12T16:00:00Z,1,firm
W-900002,AALEN,TP-11O,25,2026-03-12T16:00:00Z,1,firm
W-900003,ALLEN,TP-120,-5,2026-03-13T16:00:00Z,1,firm
W-900004,AALEN,TP-130,12,31.02.2026,1,firm
W-900005,AALEN,TP-130,12,2026-03-16T16:00:00Z,1,soon
W-900001,AALEN,TP-140,60,2026-03-17T16:00:00Z,0,firm
"""
"""Orders as people send them: an O for a 0, a town misspelt, a day that does not exist, an order twice."""


def make_site() -> None:
    """Store the demo company and run it."""
    from django.conf import settings
    from django.utils import timezone

    from drumbeat.data.actions import load
    from drumbeat.home.report import write_report
    from drumbeat.home.run import run_all, save_run
    from drumbeat.lab.company import make_company

    snapshot = make_company(size="s")
    load(snapshot)
    run = run_all(snapshot)
    created_at = timezone.now()
    numbers = save_run(run, created_at)
    write_report(run, settings.HOME / "reports" / f"run-{numbers['schedule']}.html", created_at)


def find_order() -> str:
    """Code of an order with a story: the least sure one of several tasks."""
    from django.db.models import Count

    from drumbeat.scheduling.models import ScheduledTask
    from drumbeat.twin.models import OrderConfidence

    long = ScheduledTask.objects.values("order").annotate(steps=Count("pk")).filter(steps__gte=3).values("order")
    return (
        OrderConfidence.objects.filter(order__in=long, due_at__isnull=False).order_by("probability", "order")[0].order
    )


def upload_wrong_orders(page: Any, address: str, folder: Path) -> str:
    """Send a file with mistakes through the page, have it checked, and return where its findings are."""
    from drumbeat.web.do_job import do_job
    from drumbeat.web.worker import claim_job

    path = folder / "order.csv"
    path.write_text(WRONG_ORDERS, encoding="utf-8")
    page.goto(f"{address}/data/load/")
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Check").click()
    page.wait_for_load_state()
    job = claim_job()
    assert job is not None, "the upload put no work in the queue"
    do_job(job.pk)
    return f"/data/load/{job.arguments['token']}/"


def photograph(page: Any, address: str, target: Path) -> None:
    """Open a page, wait until it has come to rest, and store what a window shows of it."""
    page.goto(address)
    page.wait_for_load_state("networkidle")
    if page.locator("[data-board-root]").count():
        page.locator("[data-board-root][data-ready]").wait_for()
    page.wait_for_timeout(600)
    page.screenshot(path=target)


def main() -> None:
    """Make every picture."""
    from playwright.sync_api import sync_playwright

    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        open_home(Path(home))
        make_site()
        with serve_site() as address, sync_playwright() as play:
            browser = play.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            cookie = {"name": "sessionid", "value": sign_in_cookie(), "url": address}
            context = browser.new_context(viewport=DESK)
            context.add_cookies([cookie])
            findings = upload_wrong_orders(context.new_page(), address, Path(home))
            pages = {
                "home": "/", "board": "/board/", "order": f"/orders/{find_order()}/", "data": "/data/operation/",
                "findings": findings,
            }  # fmt: skip
            for theme in ("light", "dark"):
                context = browser.new_context(viewport=DESK, color_scheme=theme)
                context.add_cookies([cookie])
                page = context.new_page()
                for name, path in pages.items():
                    photograph(page, address + path, IMAGES / f"{name}-{theme}.png")
            context = browser.new_context(viewport=PHONE, is_mobile=True, has_touch=True, device_scale_factor=2)
            context.add_cookies([cookie])
            for name in ("home", "board"):
                photograph(context.new_page(), address + pages[name], IMAGES / f"{name}-phone.png")
            browser.close()
    total = sum(path.stat().st_size for path in IMAGES.glob("*.png"))
    print(f"{len(list(IMAGES.glob('*.png')))} pictures, {total / 1e6:.2f} MB in {IMAGES.relative_to(ROOT)}")
    assert total < MOST_BYTES, "the pictures are too large for a repository"


if __name__ == "__main__":
    main()
