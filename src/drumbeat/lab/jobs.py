"""Debriefs, and scenarios of one's own plant, as background jobs of the site."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from drumbeat.accounts.models import User
from drumbeat.basics.progress import Progress
from drumbeat.web.jobs import enqueue, job


@job("lab-debrief", title="Debrief a game of the Decision Lab")
def debrief_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Make the debrief of the game `arguments["game"]` for the user `arguments["user"]`, and store it.

    What comes out says where it is, not what: managers see the jobs of others.
    """
    from drumbeat.lab.actions import read_debrief

    user = User.objects.get(pk=arguments["user"])
    read_debrief(user, int(arguments["game"]), timezone.now(), progress=progress, cores=0)
    return {"game": arguments["game"], "url": f"/lab/games/{arguments['game']}/debrief/"}


@job("lab-own", title="Make a scenario of your own plant")
def own_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Make a scenario of the site `arguments["site"]` for the user `arguments["user"]`, store it, and begin a game.

    Plans for its debrief are searched for in the background meanwhile.
    """
    from drumbeat.lab.actions_scenario import make_own

    user = User.objects.get(pk=arguments["user"])
    game = make_own(user, str(arguments["site"]), timezone.now(), progress=progress)
    enqueue("lab-plans", {"game": game.pk}, None)
    return {"scenario": game.scenario, "url": f"/lab/games/{game.pk}/"}


@job("lab-plans", title="Search for good play of a scenario")
def plans_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Find the plans that a debrief of the game `arguments["game"]` will compare with, and store them."""
    from drumbeat.lab.find_plans import find_stored_plans
    from drumbeat.lab.models import Game

    game = Game.objects.get(pk=arguments["game"])
    find_stored_plans(game.text, timezone.now(), progress)
    return {"scenario": game.scenario}
