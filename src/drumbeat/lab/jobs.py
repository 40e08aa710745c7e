"""Debriefs as background jobs of the site: the same luck is played many times over."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from drumbeat.accounts.models import User
from drumbeat.basics.progress import Progress
from drumbeat.web.jobs import job


@job("lab-debrief", title="Debrief a game of the Decision Lab")
def debrief_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Make the debrief of the game `arguments["game"]` for the user `arguments["user"]`, and store it."""
    from drumbeat.lab.actions import read_debrief

    user = User.objects.get(pk=arguments["user"])
    told = read_debrief(user, int(arguments["game"]), timezone.now(), progress=progress)
    assert told is not None
    return {"game": arguments["game"], "value": told["value"], "url": f"/lab/games/{arguments['game']}/debrief/"}
