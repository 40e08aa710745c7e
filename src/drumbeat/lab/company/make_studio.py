"""The demo company's studio: rooms, people and talent, and the films that are being made."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from drumbeat.lab.company.catalogue import CUSTOMERS, STUDIO
from drumbeat.lab.company.luck import Luck
from drumbeat.lab.company.size import AS_OF, Size

Frames = dict[str, pl.DataFrame]
PROJECTS_A_UNIT = 6

RESOURCES = (
    ("BK-STAGE", "Stage", "room", "Shooting stage", 1, 95, False),
    ("BK-EDIT", "Edit suite", "room", "Editing", 2, 38, False),
    ("BK-GRADE", "Grading suite", "room", "Colour grading", 2, 45, False),
    ("BK-MIX", "Sound suite", "room", "Sound mixing", 2, 42, False),
    ("BK-DIR", "Director", "person", "Directing", 2, 85, False),
    ("BK-DES", "Designer", "person", "Design", 2, 52, False),
    ("BK-PRO", "Producer", "person", "Producing", 2, 55, False),
    ("BK-TAL", "Talent", "person", "Talent", 2, 120, True),
)
"""Code, name, kind, capability, number in a unit, cost an hour, paid while waiting."""

STEPS = (
    (10, "Brief and treatment", "Directing", 8, ()),
    (20, "Storyboard", "Design", 14, ((10, "FS", 0),)),
    (30, "Casting", "Producing", 10, ((10, "FS", 0),)),
    (40, "Set design", "Design", 16, ((20, "FS", 0),)),
    (50, "First shoot day", "Shooting stage", 9, ((30, "FS", 0), (40, "FS", 0))),
    (55, "Talent, first day", "Talent", 9, ((50, "SS", 0),)),
    (60, "Second shoot day", "Shooting stage", 9, ((50, "FS", 0),)),
    (65, "Talent, second day", "Talent", 9, ((60, "SS", 0),)),
    (70, "Offline edit", "Editing", 22, ((60, "FS", 0),)),
    (80, "Colour grade", "Colour grading", 8, ((70, "FS", 0),)),
    (90, "Sound mix", "Sound mixing", 10, ((70, "SS", 12),)),
    (100, "Client review", "Producing", 4, ((80, "FS", 12), (90, "FS", 0))),
    (110, "Delivery", "Producing", 2, ((100, "FS", 24),)),
)
"""Sequence, name, capability, hours, predecessors (sequence, kind, lag in hours)."""

FILMS = ("brand film", "product launch", "how-to series", "recruiting film", "trade fair loop")
STUDIO_CUSTOMERS = CUSTOMERS[STUDIO]


def make_studio(size: Size, luck: Luck) -> Frames:
    """Make the studio's resources, and its projects with tasks, links and gates."""
    orders, tasks, links, gates = [], [], [], []
    stages = luck.whole("studio/stage", size.projects, 0, 6)
    slack = luck.whole("studio/slack", size.projects, 3, 9)
    films = luck.whole("studio/film", size.projects, 0, len(FILMS) - 1)
    for number in range(size.projects):
        order = f"B-{number + 2601}"
        done = int(stages[number])
        customer = STUDIO_CUSTOMERS[number % len(STUDIO_CUSTOMERS)]
        # Some 17 working days from brief to delivery, less what is done, plus a few days of air.
        days_left = int((13 - done) * 1.9) + int(slack[number])
        orders.append(
            {
                "code": order,
                "name": f"{customer}, {FILMS[films[number]]}",
                "kind": "project",
                "site": STUDIO,
                "quantity": 1.0,
                "release_at": AS_OF - timedelta(days=20 if done else 1),
                "due_at": AS_OF + timedelta(days=days_left, hours=12),
                "priority": 1.0,
                "state": "started" if done else "released",
            }
        )
        for place, (step, name, capability, hours, before) in enumerate(STEPS):
            tasks.append(_task(order, step, name, capability, hours, place < done))
            links += [
                {
                    "predecessor": f"{order}/{old}",
                    "successor": f"{order}/{step}",
                    "kind": kind,
                    "lag_minutes": 60.0 * lag,
                }
                for old, kind, lag in before
            ]
        gates += _gates(order, customer, done)
    return {
        "resource": _resources(size),
        "customer": pl.DataFrame(
            [
                {"code": f"BK-C{place + 1}", "name": name, "region": "EMEA", "priority": 1.0}
                for place, name in enumerate(STUDIO_CUSTOMERS)
            ]
        ),
        "order": pl.DataFrame(orders),
        "task": pl.DataFrame(tasks, infer_schema_length=None),
        "link": pl.DataFrame(links),
        "gate": pl.DataFrame(gates, infer_schema_length=None),
    }


def _resources(size: Size) -> pl.DataFrame:
    units = -(-size.projects // PROJECTS_A_UNIT)
    rows = [
        {
            "code": f"{code}-{number:02d}",
            "name": f"{name} {number}",
            "site": STUDIO,
            "kind": kind,
            "capability": capability,
            "calendar": "BK-DAY",
            "cost_per_hour": cost,
            "is_paid_when_idle": paid,
        }
        for code, name, kind, capability, count, cost, paid in RESOURCES
        for number in range(1, units * count + 1)
    ]
    return pl.DataFrame(rows)


def _task(order: str, step: int, name: str, capability: str, hours: int, is_done: bool) -> dict[str, object]:
    end = AS_OF - timedelta(days=3) if is_done else None
    return {
        "code": f"{order}/{step}",
        "name": name,
        "order": order,
        "sequence": step,
        "capability": capability,
        "quantity": 1.0,
        "setup_minutes": 0.0,
        "run_minutes": 60.0 * hours,
        "starts_at": end - timedelta(hours=hours) if end else None,
        "ends_at": end,
        "state": "done" if is_done else "open",
    }


def _gates(order: str, customer: str, done: int) -> list[dict[str, object]]:
    """The client approves the set before the shoot, and the film before it is delivered."""
    approved = done > 4
    return [
        {
            "code": f"{order}/SET",
            "order": order,
            "task": f"{order}/50",
            "kind": "approval",
            "decider": customer,
            "due_at": AS_OF - timedelta(days=4) if approved else AS_OF + timedelta(days=6),
            "decided_at": AS_OF - timedelta(days=4) if approved else None,
            "decision": "passed" if approved else "open",
        },
        {
            "code": f"{order}/FILM",
            "order": order,
            "task": f"{order}/110",
            "kind": "approval",
            "decider": customer,
            "due_at": AS_OF + timedelta(days=16),
            "decided_at": None,
            "decision": "open",
        },
    ]
