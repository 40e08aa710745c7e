"""The main navigation, on every page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from drumbeat.web.models import Job

ENTRIES = [
    ("/", "Home", "home"),
    ("/board/", "Board", "board"),
    ("/orders/", "Orders", "orders"),
    ("/plan/load/", "Plan", "plan"),
    ("/demand/", "Demand", "demand"),
    ("/strategy/roadmap/", "Strategy", "strategy"),
    ("/lab/", "Lab", "lab"),
    ("/what-if/", "What-if", "what-if"),
    ("/data/", "Data", "data"),
    ("/jobs/", "Jobs", "jobs"),
]
"""Address, label and icon of each entry; an entry is current on every page of its first folder."""


@dataclass(frozen=True)
class Entry:
    """One entry of the navigation."""

    address: str
    label: str
    icon: str
    is_current: bool
    badge: str = ""
    badge_help: str = ""


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Give templates the navigation: a context processor."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"navigation": []}
    running = Job.objects.filter(user=user, state__in=[Job.State.WAITING, Job.State.RUNNING]).count()
    entries = []
    for address, label, icon in ENTRIES:
        room = "/" + address.split("/")[1]
        is_current = request.path == "/" if address == "/" else request.path.startswith(room + "/")
        badge = str(running) if address == "/jobs/" and running else ""
        entries.append(Entry(address, label, icon, is_current, badge, f"{running} of your jobs under way"))
    return {"navigation": entries}
