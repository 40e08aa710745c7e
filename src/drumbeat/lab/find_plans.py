"""Plans for a scenario's debrief: shipped with it, found before and stored, or searched for now."""

from __future__ import annotations

from datetime import datetime

from drumbeat.basics.progress import Progress, silent
from drumbeat.lab.engine.search_plans import PlanTable
from drumbeat.lab.models import StoredPlans
from drumbeat.lab.plans import find_plans, fingerprint_of, plans_from_json, plans_to_json, read_shipped_plans


def find_stored_plans(text: str, now: datetime, progress: Progress = silent) -> PlanTable:
    """Return plans for a scenario as `find_plans` does; what had to be searched for is stored for the next time."""
    fingerprint = fingerprint_of(text)
    kept = StoredPlans.objects.filter(fingerprint=fingerprint).first()
    if kept is not None:
        return plans_from_json(kept.data)
    table = find_plans(text, progress)
    if fingerprint not in read_shipped_plans():
        StoredPlans.objects.get_or_create(
            fingerprint=fingerprint, defaults={"data": plans_to_json(table), "made_at": now}
        )
    return table


def is_search_needed(text: str) -> bool:
    """Say whether plans for a scenario are neither shipped nor stored: a search takes most of a debrief's time."""
    fingerprint = fingerprint_of(text)
    return fingerprint not in read_shipped_plans() and not StoredPlans.objects.filter(fingerprint=fingerprint).exists()
