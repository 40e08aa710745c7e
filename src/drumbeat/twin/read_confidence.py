"""What the confidence page shows: how sure the schedule is, what it would gain, which dates can be promised."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db.models import Avg, QuerySet

from drumbeat.plant.models import Resource
from drumbeat.scheduling.models import Schedule, ScheduledOrder
from drumbeat.scheduling.sight import orders_in_sight
from drumbeat.twin.models import OrderConfidence, Simulation, Threat, Validation
from drumbeat.twin.put_right import tell_stored
from drumbeat.twin.tell_causes import tell_cause

KEPT_SECONDS = 3600

FEWEST_TOLD = 10
"""Resolved predictions of a band from which it is told in a sentence."""


@dataclass(frozen=True)
class Seen:
    """A simulation as one user sees it: `sites` None = all of it."""

    simulation: Simulation
    schedule: Schedule | None
    sites: set[str] | None

    @property
    def orders(self) -> QuerySet[OrderConfidence]:
        """The orders in sight that have a due date."""
        rows = OrderConfidence.objects.filter(simulation=self.simulation, due_at__isnull=False)
        if self.sites is None or self.schedule is None:
            return rows
        return rows.filter(order__in=orders_in_sight(self.schedule, self.sites).values("order"))


def find_simulation(sites: set[str] | None) -> Seen | None:
    """The newest simulation; None before the first."""
    simulation = Simulation.objects.first()
    if simulation is None:
        return None
    return Seen(simulation, Schedule.objects.filter(pk=simulation.schedule_id).first(), sites)


def read_share(seen: Seen) -> dict[str, Any]:
    """Expected share of orders on time with its interval, the probability that all are, and the share on paper."""
    simulation = seen.simulation
    rows = ScheduledOrder.objects.none() if seen.schedule is None else orders_in_sight(seen.schedule, seen.sites)
    due = rows.filter(due_at__isnull=False)
    num, num_late = due.count(), due.filter(late_seconds__gt=0).count()
    lost = len(simulation.summary.get("unscheduled", [])) if seen.sites is None else 0
    paper = (num - num_late) / num if num else 1.0
    if seen.sites is None:
        share = simulation.expected_on_time, simulation.expected_on_time_low, simulation.expected_on_time_high
    else:
        # The mean of the orders' own bounds: wider than the interval of the mean, never narrower.
        means = seen.orders.aggregate(a=Avg("probability"), b=Avg("probability_low"), c=Avg("probability_high"))
        values = [1.0 if means[name] is None else float(means[name]) for name in "abc"]
        share = values[0], values[1], values[2]
    return {
        "share": share[0], "low": share[1], "high": share[2], "paper": max(paper, 0.0), "num_due": num, "lost": lost,
        "played": simulation.summary.get("played_on_time") if seen.sites is None else None,
        "correction": simulation.summary.get("correction") or {},
        "told": tell_stored(simulation.summary.get("correction")),
        "all": simulation.probability_all if seen.sites is None else None,
        "all_low": simulation.summary.get("probability_all_low", 0.0),
        "all_high": simulation.summary.get("probability_all_high", 1.0),
    }  # fmt: skip


def draw_waterfall(seen: Seen, share: dict[str, Any], most: int = 8) -> list[dict[str, Any]]:
    """Steps from today's share of orders on time to that on paper: what each threat alone costs, and what is left.

    Each threat is measured alone; together they cost less, or more, than the sum: that is the step before the last.
    Left and width are percent of the scale from the lowest point to 100 %.
    """
    if seen.sites is not None:
        return []
    threats = list(Threat.objects.filter(simulation=seen.simulation, loss__gt=0).order_by("rank")[:most])
    names = dict(Resource.objects.exclude(name="").values_list("code", "name"))
    # Threats were measured on what was played: so is what they are taken from.
    at = share["share"] if share.get("played") is None else share["played"]
    words = "As played" if share["correction"].get("is_applied") else "As it is"
    steps: list[tuple[str, float, float, str, Threat | None]] = [(words, 0.0, at, "now", None)]
    for one in threats:
        cause = tell_cause(one.kind, names.get(one.subject, one.subject))
        steps.append((f"Without {cause[0].lower()}{cause[1:]}", at, one.loss, "gain", one))
        at += one.loss
    rest = share["paper"] - at
    if abs(rest) >= 5e-4:
        steps.append(("All else, and what they do together", at, rest, "gain" if rest > 0 else "overlap", None))
    steps.append(("If nothing went otherwise", 0.0, share["paper"], "paper", None))
    lowest = min(0.98, steps[0][2], share["paper"])
    # Bars that only differ near their ends begin where the difference shows.
    floor = max(0.0, 1.15 * lowest - 0.15 - 0.02)
    top = max(1.0, at)

    def place(value: float) -> float:
        return float(round(100 * (max(value, floor) - floor) / (top - floor), 2))

    return [
        {
            "words": words, "kind": kind, "threat": threat, "value": 100 * size,
            "left": 0.0 if kind in ("now", "paper") else min(place(low), place(low + size)),
            "width": max(0.4, place(size) if kind in ("now", "paper") else abs(place(low + size) - place(low))),
        }
        for words, low, size, kind, threat in steps
    ]  # fmt: skip


def read_buffers(seen: Seen) -> dict[str, float]:
    """How long after their planned ends the orders' promise dates and due dates lie, on average, in seconds.

    Of a simulation it stays what it is: it is counted once and kept.
    """
    who = "*" if seen.sites is None else "|".join(sorted(seen.sites))
    key = f"buffers:{seen.simulation.pk}:{hashlib.sha256(who.encode()).hexdigest()[:16]}"
    found: dict[str, float] | None = cache.get(key)
    if found is not None:
        return found
    found = {}
    rows = list(seen.orders.values_list("planned_end", "p50_end", "p80_end", "p95_end", "due_at"))
    for place, name in enumerate(("p50", "p80", "p95", "slack"), 1):
        gaps = [(row[place] - row[0]).total_seconds() for row in rows]
        found[name] = sum(gaps) / len(gaps) if gaps else 0.0
    cache.set(key, found, KEPT_SECONDS)
    return found


def read_history(most: int = 12) -> dict[str, Any]:
    """The latest validation as a curve and in words, and the ones before it."""
    rows = list(Validation.objects.all()[:most])
    if not rows:
        return {"latest": None, "rows": [], "play": None}
    latest = rows[0]
    curve = latest.summary.get("curve", [])
    points = [
        point | {
            "x": round(10 + 200 * point["said"], 1), "y": round(210 - 200 * point["held"], 1),
            "top": round(210 - 200 * point["held_high"], 1), "foot": round(210 - 200 * point["held_low"], 1),
            "size": round(3 + min(6, point["count"] ** 0.5 / 4), 1), "count": int(point["count"]),
        }
        for point in curve
    ]  # fmt: skip
    told = [point for point in points if point["count"] >= FEWEST_TOLD]
    return {"latest": latest, "rows": rows, "points": points, "told": told, "play": read_trust(rows),
            "correction": tell_stored(latest.summary.get("correction"))}  # fmt: skip


def read_trust(rows: Sequence[Validation]) -> dict[str, Any] | None:
    """The newest judgement of plays without a schedule, as `PlayValidation.as_json` tells it; None before the first."""
    return next((row.summary["play"] for row in rows if row.summary.get("play")), None)
