"""What the board paper says of a stored roadmap."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from drumbeat.strategy.models import RoadmapPlan


@dataclass(frozen=True)
class Brief:
    """A roadmap in words and rows: initiatives with start and cost, the cash curve, what staging is worth, and why."""

    rows: list[list[str]] = field(default_factory=list)
    curve: list[dict[str, Any]] = field(default_factory=list)
    most: str = ""
    least: str = ""
    currency: str = ""
    staging: str = ""
    why: list[str] = field(default_factory=list)
    risks: list[str] = field(default_factory=list)
    method: list[str] = field(default_factory=list)


def brief_roadmap(plan: RoadmapPlan | None) -> Brief:
    """Tell a stored roadmap; empty where none has been made."""
    if plan is None:
        return Brief()
    return Brief()
