"""Plans for a scenario: shipped with it, or searched for now; and how they are kept as plain values."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from drumbeat.basics.progress import Progress, silent
from drumbeat.lab.engine.search_plans import PlanTable, search_plans
from drumbeat.lab.read_scenario import check_text

SHIPPED_PLANS = Path(__file__).resolve().parent / "scenarios" / "plans.json"
QUICK_LUCKS, QUICK_SWEEPS = 3, 1
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
    scenario, findings = check_text(text, "scenario")
    findings.raise_on_errors()
    assert scenario is not None
    return search_plans(scenario, lucks=QUICK_LUCKS, sweeps=QUICK_SWEEPS, progress=progress)
