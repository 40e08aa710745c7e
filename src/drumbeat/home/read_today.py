"""What the home page shows: whether the plan holds, what threatens it, and today's lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Avg, Count

from drumbeat.home.sight import Sight
from drumbeat.orders.models import Order
from drumbeat.people.models import Absence, PersonSkill
from drumbeat.planning.models import ActionMessage, PlannedOrder
from drumbeat.plant.models import Resource
from drumbeat.scheduling.models import ScheduledOrder, ScheduledTask
from drumbeat.scheduling.tell_waits import main_reason
from drumbeat.strategy.models import Weakness
from drumbeat.twin.models import OrderConfidence, Threat
from drumbeat.twin.tell_causes import tell_cause

SAFE = 0.9
"""Probability on time from which an order counts as safe."""

URGENCY = ("short", "expedite", "split", "defer", "cancel")


@dataclass(frozen=True)
class Verdict:
    """Whether the plan holds, for the orders in sight.

    Parameters
    ----------
    share, low, high
        Expected share of orders on time and its 95 % interval.
    all_on_time
        Probability that every order is on time; None where only some sites are in sight.
    dots
        (x, y, kind) of 100 dots, one in a hundred orders each, column by column: "yes", "maybe" (inside the
        interval) or "no".
    """

    share: float
    low: float
    high: float
    all_on_time: float | None
    dots: list[tuple[int, int, str]]


def read_verdict(sight: Sight) -> Verdict | None:
    """Say how many orders will be on time; None before anything was simulated."""
    simulation = sight.simulation
    if simulation is None:
        return None
    if sight.sites is None:
        share, low, high = (
            simulation.expected_on_time,
            simulation.expected_on_time_low,
            simulation.expected_on_time_high,
        )
        chance: float | None = simulation.probability_all
    else:
        # The mean of the orders' own bounds: wider than the interval of the mean, never narrower.
        means = sight.orders(OrderConfidence.objects.filter(simulation=simulation)).aggregate(
            share=Avg("probability"), low=Avg("probability_low"), high=Avg("probability_high")
        )
        if means["share"] is None:
            return None
        share, low, high, chance = means["share"], means["low"], means["high"], None
    sure, possible = round(100 * low), round(100 * high)
    kinds = ["yes"] * sure + ["maybe"] * max(0, possible - sure) + ["no"] * (100 - max(sure, possible))
    dots = [(10 * (index // 5), 10 * (index % 5), kind) for index, kind in enumerate(kinds[:100])]
    return Verdict(share, low, high, chance, dots)


def read_threats(sight: Sight, most: int = 3) -> list[dict[str, Any]]:
    """List what threatens the plan most, in words, with the width of its bar in percent."""
    if sight.simulation is None:
        return []
    found = list(Threat.objects.filter(simulation=sight.simulation, loss_high__gt=0).order_by("rank"))
    names = {code: (name or code, site) for code, name, site in Resource.objects.values_list("code", "name", "site_id")}
    if sight.sites is not None:
        found = [one for one in found if one.subject not in names or names[one.subject][1] in sight.sites]
    found = found[:most]
    largest = max((one.loss_high for one in found), default=0) or 1
    return [
        {
            "threat": one,
            "words": tell_cause(one.kind, names.get(one.subject, (one.subject,))[0]),
            "orders": 100 * one.loss,
            "low": 100 * one.loss_low,
            "high": 100 * one.loss_high,
            "places": 1 if one.loss_high - one.loss_low >= 0.002 else 2,  # an interval keeps its width on paper
            "width": round(max(1.5, 100 * max(0.0, one.loss) / largest), 2),
            "from": round(max(0.0, 100 * one.loss_low / largest), 2),
            "to": round(100 * one.loss_high / largest, 2),
        }
        for one in found
    ]


def read_risks(sight: Sight, most: int = 8) -> dict[str, Any]:
    """List the orders that are late on paper or not safe, the least sure first, and count them."""
    if sight.schedule is None:
        return {"rows": [], "num_late": 0, "num_unsafe": 0}
    scheduled = sight.orders(ScheduledOrder.objects.filter(schedule=sight.schedule))
    late = scheduled.filter(late_seconds__gt=0)
    unsafe = OrderConfidence.objects.none()
    if sight.simulation is not None:
        unsafe = sight.orders(
            OrderConfidence.objects.filter(simulation=sight.simulation, due_at__isnull=False, probability__lt=SAFE)
        )
    rows = {one.order: one for one in unsafe.order_by("probability", "due_at")[:most]}
    wanted = list(rows) or list(late.order_by("-late_seconds").values_list("order", flat=True)[:most])
    details = {one.order: one for one in scheduled.filter(order__in=wanted)}
    return {
        "rows": [
            {"order": details[code], "sure": rows.get(code), "why": main_reason(details[code].waits)}
            for code in wanted
            if code in details
        ],
        "num_late": late.count(),
        "num_unsafe": unsafe.count(),
    }


def read_dispatch(sight: Sight, *, machines: int = 18, tasks: int = 3) -> list[dict[str, Any]]:
    """List what runs and what comes next today, by machine; the fullest machines only."""
    if sight.schedule is None:
        return []
    resources = sight.at_sites(Resource.objects.all()).in_bulk()
    found: dict[str, list[ScheduledTask]] = {}
    due = ScheduledTask.objects.filter(
        schedule=sight.schedule, ends_at__gt=sight.now, starts_at__lt=end_of_day(sight)
    ).order_by("starts_at", "task")
    for task in due:
        if task.resource in resources:
            found.setdefault(task.resource, []).append(task)
    fullest = sorted(found, key=lambda code: (-len(found[code]), code))[:machines]
    late = set(
        ScheduledOrder.objects.filter(
            schedule=sight.schedule,
            late_seconds__gt=0,
            order__in={task.order for rows in found.values() for task in rows},
        ).values_list("order", flat=True)
    )
    return [
        {
            "resource": resources[code],
            "tasks": [{"task": one, "is_late": one.order in late} for one in found[code][:tasks]],
            "more": max(0, len(found[code]) - tasks),
        }
        for code in sorted(fullest)
    ]


def read_actions(sight: Sight, most: int = 6) -> dict[str, Any]:
    """List the planner's most urgent messages, and count them by kind."""
    if sight.plan is None:
        return {"rows": [], "counts": []}
    messages = sight.at_sites(ActionMessage.objects.filter(plan=sight.plan, held_back=""))
    counts = dict(messages.values_list("kind").annotate(Count("pk")))
    rows: list[ActionMessage] = []
    for kind in URGENCY:
        if len(rows) < most:
            rows += messages.filter(kind=kind).order_by("to_at", "subject")[: most - len(rows)]
    subjects = [row.subject for row in rows]
    known = set(Order.objects.filter(code__in=subjects).values_list("code", flat=True))
    known |= set(PlannedOrder.objects.filter(plan=sight.plan, code__in=subjects).values_list("code", flat=True))
    for row in rows:
        row.is_order = row.subject in known  # type: ignore[attr-defined]
    return {"rows": rows, "counts": [(kind, counts[kind]) for kind in (*URGENCY, "new") if counts.get(kind)]}


def read_absences(sight: Sight, most: int = 8) -> list[dict[str, Any]]:
    """List who is away today, and what they can do."""
    away = sight.at_sites(
        Absence.objects.filter(starts_at__lt=end_of_day(sight), ends_at__gt=sight.now), "person__site"
    )
    rows = list(away.select_related("person").order_by("person__name", "person")[:most])
    skills: dict[str, list[str]] = {}
    for person, skill, name in PersonSkill.objects.filter(person__in=[row.person_id for row in rows]).values_list(
        "person_id", "skill_id", "skill__name"
    ):
        skills.setdefault(person, []).append(name or skill)
    return [{"absence": row, "skills": skills.get(row.person_id, [])} for row in rows]


def read_weaknesses(sight: Sight, most: int | None = None) -> list[Weakness]:
    """List the weaknesses of the newest search, the worst first."""
    newest = Weakness.objects.order_by("-found_at").values_list("found_at", flat=True).first()
    rows = Weakness.objects.filter(found_at=newest).order_by("rank")
    if sight.sites is not None:
        rows = rows.filter(site__in=[*sight.sites, ""])
    return list(rows[:most] if most else rows)


def end_of_day(sight: Sight) -> datetime:
    """Midnight after the moment of the run, at the site."""
    local = sight.now.astimezone(ZoneInfo(sight.zone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
