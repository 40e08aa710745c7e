"""What the demo company's functions promised, what became of it, and what each of them puts first."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from drumbeat.lab.company.catalogue import AALEN, RAPIDS
from drumbeat.lab.company.size import AS_OF

Frames = dict[str, pl.DataFrame]
TODAY = AS_OF.date()

PAST = (
    ("Second shift at the welding shop", "production", AALEN, 0.9, 30, 31, 40000, 39500, 90000, 96000),
    ("New coolant system of the lathes", "engineering", AALEN, 0.8, 34, 29, 60000, 58000, 30000, 34000),
    ("Kanban for purchased parts", "procurement", AALEN, 0.85, 40, 41, 15000, 14500, 50000, 52000),
    ("Quick-change clamps on the routers", "engineering", RAPIDS, 0.9, 44, 40, 22000, 30500, 60000, 41000),
    ("Training of four painters", "hr", RAPIDS, 0.7, 48, 49, 18000, 17200, 25000, 26000),
    ("Vision check before packing", "quality", RAPIDS, 0.8, 52, 44, 70000, 88000, 90000, 61000),
    ("Frame contract with a second foundry", "procurement", AALEN, 0.75, 56, None, 5000, 9000, 120000, 0),
    ("Cut of overtime in assembly", "production", AALEN, 0.9, 60, None, None, None, 80000, -20000),
    ("Lower stock of desk tops", "sales", RAPIDS, 0.6, 64, 65, None, None, 200000, 215000),
    ("Closing of the old paint store", "finance", RAPIDS, 0.95, 68, 69, 9000, 8800, 15000, 15500),
    ("Test bench for lift columns", "engineering", AALEN, 0.8, 72, 66, 150000, 171000, 110000, 118000),
    ("Absence below four percent", "hr", AALEN, 0.7, 78, 79, None, None, 60000, 63000),
    ("Weekly release of the schedule", "production", RAPIDS, 0.9, 84, 85, None, None, 30000, 31000),
    ("Price list for spare parts", "sales", AALEN, 0.85, 90, 91, 4000, 3900, 45000, 30000),
)
"""What, who, where, stated probability, weeks ago that it was due, weeks ago that it was done (None = never), budget,
cost, benefit, gain. Due 34 and done 29 weeks ago is five weeks late."""

AHEAD = (
    ("Second coating booth", "engineering", RAPIDS, 0.8, 26, 480000, 390000),
    ("Catch up on care of routers and edge banders", "maintenance", RAPIDS, 0.9, 10, 25000, 140000),
    ("Two more certified welders on nights", "hr", AALEN, 0.85, 18, 30000, 70000),
    ("Second source of housing castings", "procurement", AALEN, 0.7, 30, 45000, 160000),
    ("Assembly without structural overtime", "production", AALEN, 0.75, 16, None, 85000),
)
"""What, who, where, stated probability, weeks until it is due, budget, benefit."""

PRIORITIES = ("On-time delivery", "Unit cost", "Maintenance caught up", "New coating booth", "Second foundry")
RANKS = {
    "production": (1, 3, 2, 4, 5),
    "maintenance": (3, 5, 1, 2, 4),
    "procurement": (2, 3, 5, 4, 1),
    "finance": (3, 1, 4, 5, 2),
    "sales": (1, 4, 5, 2, 3),
}
"""By function, the rank that it gives each priority."""

RATES = (("GBP", 1.17, "Treasury, February 2026"), ("USD", 0.92, "Treasury, February 2026"))
TARGETS = (
    ("rolled_yield", 0.97, "Annual quality goals 2026"),
    ("overtime_share", 0.08, "Works agreement of January 2026"),
)


PLANS: list[tuple[str, str, dict[str, tuple[float, float, float]]]] = [
    ("Headcount", "people", {"hr": (131, 133, 134), "production": (138, 144, 146), "finance": (128, 128, 128)}),
    ("Machine hours in overtime", "h", {"production": (420, 460, 500), "finance": (200, 200, 200)}),
    ("Pumps shipped", "pieces", {"sales": (5400, 5900, 6300), "production": (5150, 5300, 5300),
                                 "finance": (5200, 5500, 5800)}),
    ("Spend on housings", "EUR", {"procurement": (310_000, 316_000, 322_000), "finance": (300_000, 300_000, 300_000)}),
]  # fmt: skip
"""What functions plan for the quarters ahead, and do not tell each other: subject, unit, and values by function."""


def make_promises() -> Frames:
    """Make commitments, rankings, targets and exchange rates: the same at every size and with every seed."""
    return {
        "commitment": pl.DataFrame([*_past(), *_ahead()], infer_schema_length=None),
        "priority_rating": pl.DataFrame(
            [
                {"function": function, "priority": priority, "rated_on": date(2026, 1, 15), "rank": float(rank)}
                for function, ranks in RANKS.items()
                for priority, rank in zip(PRIORITIES, ranks, strict=True)
            ]
        ),
        "function_plan": pl.DataFrame(
            [
                {
                    "subject": subject,
                    "period_start": date(2026, month, 1),
                    "function": function,
                    "value": value,
                    "unit": unit,
                }
                for subject, unit, plans in PLANS
                for function, values in plans.items()
                for month, value in zip((4, 7, 10), values, strict=True)
            ]
        ),
        "kpi_target": pl.DataFrame(TARGETS, schema=["kpi", "value", "source"], orient="row"),
        "exchange_rate": pl.DataFrame(RATES, schema=["currency", "rate", "source"], orient="row"),
    }


def _past() -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for number, (name, function, site, chance, due, done, budget, cost, benefit, gained) in enumerate(PAST, 1):
        due_on = TODAY - timedelta(weeks=due)
        rows.append({
            "code": f"PROMISE-{number:02d}", "name": name, "function": function, "site": site, "probability": chance,
            "made_on": due_on - timedelta(weeks=20), "due_on": due_on,
            "done_on": TODAY - timedelta(weeks=done) if done is not None else None,
            "budget": budget, "cost": cost, "benefit": benefit, "gained": gained,
            "resolved_on": TODAY - timedelta(weeks=min(due, due if done is None else done) - 4),
        })  # fmt: skip
    return rows


def _ahead() -> list[dict[str, object]]:
    return [
        {
            "code": f"PROMISE-{len(PAST) + number:02d}", "name": name, "function": function, "site": site,
            "probability": chance, "made_on": date(2026, 1, 19), "due_on": TODAY + timedelta(weeks=due),
            "budget": budget, "benefit": benefit,
        }
        for number, (name, function, site, chance, due, budget, benefit) in enumerate(AHEAD, 1)
    ]  # fmt: skip
