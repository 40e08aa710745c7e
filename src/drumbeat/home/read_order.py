"""Everything about one order on one page: its path, why it ends when it does, its material, whom it serves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q

from drumbeat.demand.models import DemandLine
from drumbeat.home.sight import Sight
from drumbeat.inventory.models import Stock
from drumbeat.orders.models import Order
from drumbeat.planning.models import ActionMessage, PlannedOrder
from drumbeat.plant.models import BillLine, Item, Operation, Resource
from drumbeat.scheduling.models import Schedule, ScheduledOrder, ScheduledTask
from drumbeat.scheduling.tell_waits import KINDS, main_reason, sum_up, tell_waits
from drumbeat.twin.models import OrderConfidence


def find_order(sight: Sight, code: str, schedule: Schedule | None = None) -> dict[str, Any] | None:
    """Return what is known of an order in a schedule (default: the newest); None when nothing may be seen of it."""
    schedule = schedule or sight.schedule
    scheduled = sight.orders(ScheduledOrder.objects.filter(schedule=schedule, order=code)).first() if schedule else None
    stored = sight.at_sites(Order.objects.filter(code=code)).select_related("site", "item").first()
    planned = sight.at_sites(PlannedOrder.objects.filter(plan=sight.plan, code=code)).first() if sight.plan else None
    known: Any = scheduled or stored or planned
    if known is None:
        return None
    item_code = (scheduled and scheduled.item) or (stored and stored.item_id) or (planned and planned.item) or ""
    site = (stored and stored.site_id) or (planned and planned.site) or ""
    confidence = (
        OrderConfidence.objects.filter(simulation=sight.simulation, order=code).first() if sight.simulation else None
    )
    due_at = (scheduled and scheduled.due_at) or (stored and stored.due_at) or (planned and planned.due_at) or None
    tasks = read_tasks(schedule, code)
    waits = scheduled.waits if scheduled else []
    stretches = tell_waits(waits)
    return {
        "code": code,
        "scheduled": scheduled,
        "stored": stored,
        "planned": planned,
        "schedule": schedule,
        "site": site,
        "item": Item.objects.filter(code=item_code).first(),
        "item_code": item_code,
        "quantity": known.quantity,
        "due_at": due_at,
        "ends_at": scheduled.ends_at if scheduled else None,
        "late_seconds": scheduled.late_seconds if scheduled else 0,
        "slack_seconds": _slack(scheduled.ends_at if scheduled else None, due_at),
        "confidence": confidence,
        "state": stored.get_state_display() if stored else "Planned",
        "tasks": tasks,
        "stretches": stretches,
        "reasons": sum_up(stretches),
        "kinds": [(kind, label) for kind, label in KINDS.items() if any(one.kind == kind for one in stretches)],
        "why": main_reason(waits),
    }


def _slack(ends_at: datetime | None, due_at: datetime | None) -> float | None:
    return (due_at - ends_at).total_seconds() if ends_at and due_at else None


def read_tasks(schedule: Schedule | None, code: str) -> list[dict[str, Any]]:
    """List an order's tasks in time, with names for people and the wait before each."""
    if schedule is None:
        return []
    tasks = list(ScheduledTask.objects.filter(schedule=schedule, order=code).order_by("starts_at", "ends_at", "task"))
    machines = dict(Resource.objects.filter(code__in={one.resource for one in tasks}).values_list("code", "name"))
    names = dict(Operation.objects.filter(code__in={one.operation for one in tasks}).values_list("code", "name"))
    rows, free = [], None
    for task in tasks:
        rows.append({
            "task": task,
            "name": names.get(task.operation) or task.operation or task.task,
            "machine": machines.get(task.resource) or task.resource,
            "others": [one for one in _split(task.resources) if one != task.resource],
            "wait": max(0.0, (task.starts_at - free).total_seconds()) if free else 0.0,
            "seconds": (task.ends_at - task.starts_at).total_seconds(),
            "start_unix": int(task.starts_at.timestamp()),
            "end_unix": int(task.ends_at.timestamp()),
        })  # fmt: skip
        free = max(free, task.ends_at) if free else task.ends_at
    return rows


def _split(resources: str) -> list[str]:
    return [one.strip() for one in resources.replace(";", ",").split(",") if one.strip()]


def draw_path(order: dict[str, Any], now: datetime) -> dict[str, Any] | None:
    """Place an order's tasks on a line of time, in percent of its width; None without tasks."""
    if not order["tasks"]:
        return None
    confidence, due_at = order["confidence"], order["due_at"]
    moments = [now, *(row["task"].ends_at for row in order["tasks"]), *([due_at] if due_at else [])]
    if confidence is not None:
        moments.append(confidence.p95_end)
    first = min(now, order["tasks"][0]["task"].starts_at)
    span = max((max(moments) - first).total_seconds(), 3600.0) * 1.03

    def place(moment: datetime) -> float:
        return float(round(100 * (moment - first).total_seconds() / span, 3))

    bars: list[dict[str, Any]] = []
    free = place(now)
    for row in order["tasks"]:
        task = row["task"]
        left, right = place(task.starts_at), place(task.ends_at)
        bars.append(
            row
            | {
                "left": left,
                "width": max(0.3, round(right - left, 3)),
                "setup": round(100 * min(1.0, task.setup_seconds / max(1.0, row["seconds"])), 2),
                "wait_left": free if free < left else None,
                "wait_width": round(max(0.0, left - free), 3),
            }
        )
        free = max(free, right)
    sure = None
    if confidence is not None:
        sure = {
            "p50": place(confidence.p50_end), "p80": place(confidence.p80_end), "p95": place(confidence.p95_end),
            "width": round(place(confidence.p95_end) - place(confidence.p50_end), 3),
        }  # fmt: skip
    return {
        "bars": bars,
        "due": place(due_at) if due_at else None,
        "now": place(now),
        "sure": sure,
        "from": first,
        "to": max(moments),
    }


def read_supply(sight: Sight, order: dict[str, Any]) -> list[dict[str, Any]]:
    """List what goes into an order's item: stock at its site, and what the plan makes, buys or moves of it by then."""
    lines = list(BillLine.objects.filter(item=order["item_code"]).select_related("component").order_by("position"))
    components = [line.component.code for line in lines]
    stock = dict(Stock.objects.filter(item__in=components, site=order["site"]).values_list("item_id", "quantity"))
    supply: dict[str, list[PlannedOrder]] = {}
    if sight.plan is not None:
        coming = PlannedOrder.objects.filter(plan=sight.plan, item__in=components, site=order["site"]).order_by(
            "due_at", "code"
        )
        for one in coming:
            if len(supply.setdefault(one.item, [])) < 3:
                supply[one.item].append(one)
    return [
        {
            "line": line,
            "need": order["quantity"] * line.quantity_per / (1 - line.scrap),
            "stock": stock.get(line.component.code, 0.0),
            "coming": supply.get(line.component.code, []),
        }
        for line in lines
    ]


def read_demands(sight: Sight, order: dict[str, Any]) -> list[DemandLine]:
    """List the demands that an order is made for."""
    wanted = Q(order=order["code"])
    if order["planned"] and order["planned"].demand:
        wanted |= Q(code=order["planned"].demand)
    return list(sight.at_sites(DemandLine.objects.filter(wanted)).select_related("customer").order_by("due_at")[:20])


def read_messages(sight: Sight, code: str) -> list[ActionMessage]:
    """List the planner's messages about an order."""
    if sight.plan is None:
        return []
    return list(ActionMessage.objects.filter(plan=sight.plan, subject=code, held_back="").order_by("pk")[:10])
