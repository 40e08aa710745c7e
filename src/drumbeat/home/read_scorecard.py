"""The scorecard of what a user may see, kept for some minutes: it takes seconds to measure."""

from __future__ import annotations

from django.core.cache import cache

from drumbeat.data.snapshot import Snapshot
from drumbeat.home.sight import Sight
from drumbeat.kpis.actions import Scorecard, measure_scorecard
from drumbeat.plant.models import Resource

KEPT_SECONDS = 600


def read_scorecard(sight: Sight) -> Scorecard | None:
    """Return the scorecard of the sites in sight; None before any resource is there."""
    who = "*" if sight.sites is None else "|".join(sorted(sight.sites))
    key = f"scorecard:{sight.schedule.pk if sight.schedule else 0}:{abs(hash(who))}"
    card: Scorecard | None = cache.get(key)
    if card is None and Resource.objects.exists():
        snapshot = Snapshot.read_database()
        if sight.sites is not None:
            snapshot = snapshot.sites(sorted(sight.sites))
        card = measure_scorecard(snapshot)
        cache.set(key, card, KEPT_SECONDS)
    return card


def shown_levels(sight: Sight) -> tuple[str, ...]:
    """Return the levels that the user may see: enterprise and regions hold sites of others."""
    return ("enterprise", "region", "site", "line", "cost centre") if sight.sites is None else (
        "site", "line", "cost centre",
    )  # fmt: skip
