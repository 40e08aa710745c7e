"""Tell in words what an order's time went into: the binding chain of its schedule, last stretch first."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

PLAIN = {
    "run": ("work", "Being worked on"),
    "setup": ("setup", "Being set up"),
    "cleaning": ("setup", "Being cleaned"),
    "calendar": ("closed", "Closed hours"),
    "release": ("release", "Not released yet"),
    "fixed": ("other", "Its start was fixed"),
    "lag": ("other", "Time between operations"),
    "turn": ("queue", "Waiting for its turn"),
}
KINDS = {
    "work": "Work", "setup": "Setup", "queue": "Waiting for a resource", "material": "Waiting for material",
    "closed": "Closed hours", "release": "Not released", "other": "Between operations",
}  # fmt: skip
"""What an order's time can go into, for people."""

_NAMED = re.compile(
    r"^(machine|resource|material|worker|setup crew|tank|batch) (.+?)(?: (?:behind order|from|full until order) (.+))?$"
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of an order's time.

    Parameters
    ----------
    kind
        One of `KINDS`.
    words
        What happens in it, for people.
    order
        Code of the order that is in the way; "" for none.
    seconds
        How long.
    share
        Part of the order's whole time, 0 to 1.
    """

    kind: str
    words: str
    order: str
    seconds: float
    share: float

    @property
    def label(self) -> str:
        """Its kind for people."""
        return KINDS[self.kind]

    @property
    def percent(self) -> float:
        """Its share in percent, for a style sheet."""
        return round(100 * self.share, 3)


def tell_waits(waits: Iterable[dict[str, Any]]) -> list[Stretch]:
    """Tell an order's waits from the first to the last; empty when nothing is known."""
    rows = [(str(wait.get("cause", "")), float(wait.get("seconds") or 0)) for wait in waits]
    total = sum(seconds for _, seconds in rows) or 1.0
    return [_tell(cause, seconds, seconds / total) for cause, seconds in reversed(rows)]


def sum_up(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Add up stretches of one cause, the longest first."""
    totals: dict[tuple[str, str, str], tuple[float, float]] = {}
    for one in stretches:
        key = (one.kind, one.words, one.order)
        seconds, share = totals.get(key, (0.0, 0.0))
        totals[key] = (seconds + one.seconds, share + one.share)
    summed = [Stretch(*key, *value) for key, value in totals.items()]
    return sorted(summed, key=lambda one: -one.seconds)


def main_reason(waits: Iterable[dict[str, Any]]) -> Stretch | None:
    """Return what an order waits for longest, work and setup aside; None when it only works."""
    summed = [one for one in sum_up(tell_waits(waits)) if one.kind not in ("work", "setup")]
    return summed[0] if summed else None


def _tell(cause: str, seconds: float, share: float) -> Stretch:
    if cause in PLAIN:
        return Stretch(*PLAIN[cause], "", seconds, share)
    found = _NAMED.match(cause)
    if not found:
        return Stretch("other", cause.capitalize() or "Unknown", "", seconds, share)
    kind, subject, other = found.groups()
    if kind == "material":
        is_order = (other or "").startswith("order ")
        source = "" if is_order or not other else f", until {other} brings it"
        words = f"Material {subject}{source}" + (", made by" if is_order else "")
        return Stretch("material", words, (other or "").removeprefix("order ") if is_order else "", seconds, share)
    if kind == "batch":
        return Stretch("queue", "Waiting for its batch, with", subject.removeprefix("with order "), seconds, share)
    if kind == "tank":
        return Stretch(
            "queue", f"{subject} is full" + (", until it goes into" if other else ""), other or "", seconds, share
        )
    skill, at, site = subject.partition(" @ ")
    words = f"{skill} at {site}: nobody is free" if at else f"{subject} is busy"
    return Stretch(
        "queue", words + ("; busy with" if at and other else " with" if other else ""), other or "", seconds, share
    )
