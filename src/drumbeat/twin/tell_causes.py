"""What threatens a schedule, in words."""

from __future__ import annotations

CAUSES = {
    "breakdown": "Breakdowns of {}", "absence": "Absence of people for {}", "supplier": "Late deliveries from {}",
    "scrap": "Scrap at {}", "run time": "Run times that vary at {}",
}  # fmt: skip


def tell_cause(kind: str, name: str) -> str:
    """Name a cause: "Breakdowns of Mill 1"."""
    return CAUSES.get(kind, kind.capitalize() + " of {}").format(name)
