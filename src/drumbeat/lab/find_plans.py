"""Plans for a scenario's debrief: shipped with it, found before, or searched for now."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from drumbeat.basics.progress import Progress, silent
from drumbeat.lab.engine.search_plans import PlanTable, search_plans
from drumbeat.lab.find_scenario import parse

SHIPPED_PLANS = Path(__file__).resolve().parent / "scenarios" / "plans.json"
QUICK_LUCKS, QUICK_SWEEPS = 2, 1
"""Effort of a search while somebody waits for the debrief."""


def fingerprint_of(text: str) -> str:
    """Return the fingerprint of a scenario's text."""
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def plans_to_json(table: PlanTable) -> dict[str, Any]:
    """Return a table of plans as plain values."""
    purchases = {str(at): list(codes) for at, codes in table.purchases.items()}
    plans = {name: dict(plan) for name, plan in table.plans.items()}
    return {"plans": plans, "purchases": purchases, "values": dict(table.values)}


def plans_from_json(data: dict[str, Any]) -> PlanTable:
    """Read back what `plans_to_json` gave."""
    purchases = {int(at): tuple(codes) for at, codes in data["purchases"].items()}
    return PlanTable(data["plans"], purchases, data["values"])


@cache
def read_shipped_plans() -> dict[str, PlanTable]:
    """Return the plans that are shipped, by the fingerprint of their scenario."""
    if not SHIPPED_PLANS.is_file():
        return {}
    told = json.loads(SHIPPED_PLANS.read_text(encoding="utf-8"))
    return {one["fingerprint"]: plans_from_json(one) for one in told.values()}


def find_plans(text: str, progress: Progress = silent) -> PlanTable:
    """Return plans for a scenario: the shipped ones, or found now with little effort; nothing is stored."""
    shipped = read_shipped_plans().get(fingerprint_of(text))
    if shipped is not None:
        return shipped
    return search_plans(parse(text), lucks=QUICK_LUCKS, sweeps=QUICK_SWEEPS, progress=progress)


def find_stored_plans(text: str, now: datetime, progress: Progress = silent) -> PlanTable:
    """Return plans for a scenario as `find_plans` does; what had to be searched for is stored for the next time."""
    from drumbeat.lab.models import StoredPlans

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
