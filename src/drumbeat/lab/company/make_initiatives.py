"""What the demo company could do: a dozen initiatives, what there is to spend on them, and how demand may go on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from drumbeat.lab.company.catalogue import AALEN, RAPIDS, STORY_FOUNDRY

Frames = dict[str, pl.DataFrame]
Change = dict[str, object]


@dataclass(frozen=True, slots=True)
class Idea:
    """An initiative: `costs` = month and amount, `gates` = month, probability and criterion."""

    code: str
    name: str
    kind: str
    function: str
    site: str
    weeks: float
    ramp: float
    engineering: float
    costs: tuple[tuple[int, float], ...]
    changes: tuple[Change, ...] = ()
    saving: float = 0.0
    running: float = 0.0
    success: float = 0.95
    effect: tuple[float, float, float] = (0.7, 1.0, 1.1)
    spread: float = 0.15
    gates: tuple[tuple[int, float, str], ...] = ()
    requires: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    downtime: tuple[str, float] | None = None
    earliest: date | None = None


def _add(code: str, like: str) -> Change:
    return {"kind": "plant.AddMachine", "code": code, "like": like}


def _faster(resource: str, factor: float) -> Change:
    return {"kind": "plant.ChangeRate", "resource": resource, "factor": factor}


def _surer(resource: str, life: float, repair: float = 1.0) -> Change:
    return {
        "kind": "maintenance.ChangeReliability", "resource": resource, "life_factor": life, "repair_factor": repair,
    }  # fmt: skip


def _shift(calendar: str, weekday: str) -> Change:
    return {"kind": "plant.AddShift", "calendar": calendar, "weekday": weekday, "start": "06:00:00", "end": "14:00:00"}


def _train(person: str, skill: str) -> Change:
    return {"kind": "people.TrainPerson", "person": person, "skill": skill, "level": 2}


def _source(item: str) -> Change:
    return {
        "kind": "sourcing.AddSource", "source": "GUSS-REMS", "item": item, "site": AALEN, "price": 64.5,
        "lead_time_days": 24.0, "lead_time_spread_days": 2.5,
    }  # fmt: skip


IDEAS = (
    Idea("AA-BENCHES", "Two more pump assembly benches", "debottleneck", "production", AALEN, 10, 6, 3,
         ((1, 18000), (2, 28000)), (_add("AA-ASM-N1", "AA-ASM-01"), _add("AA-ASM-N2", "AA-ASM-01")), running=172000,
         effect=(0.8, 1.0, 1.05)),
    Idea("AA-JAWS", "Quick-change jaws on both turning centres", "debottleneck", "engineering", AALEN, 8, 4, 4,
         ((1, 14000), (2, 10000)), (_faster("AA-TURN-01", 1.07), _faster("AA-TURN-02", 1.07)),
         effect=(0.5, 1.0, 1.3), downtime=("AA-TURN-01", 24)),
    Idea("AA-TURN-3", "A third turning centre", "capex", "engineering", AALEN, 26, 8, 10,
         ((1, 62000), (4, 155000), (6, 93000)), (_add("AA-TURN-N1", "AA-TURN-01"),), running=118000,
         gates=((3, 0.9, "Sample shafts within 8 micrometres at the maker's"),), requires=("AA-JAWS",)),
    Idea("AA-TURN-CARE", "Vibration monitoring of the turning centres", "reliability", "maintenance", AALEN, 10, 12, 3,
         ((1, 22000), (2, 16000)), (_surer("AA-TURN-01", 1.6, 0.8), _surer("AA-TURN-02", 1.6, 0.8)),
         effect=(0.3, 0.9, 1.2), success=0.9),
    Idea("AA-SATURDAY", "Saturday shift in saw, grinding, assembly and test", "labour", "hr", AALEN, 6, 4, 0,
         ((1, 9000),), (_shift("AA-2SHIFT", "sat"),), running=296000, effect=(0.75, 0.9, 1.0)),
    Idea("AA-CASTING", "A second foundry for housings", "resilience", "procurement", AALEN, 22, 0, 4,
         ((1, 20000), (3, 35000)), tuple(_source(f"CH-1{size}0") for size in range(1, 5)),
         saving=68000, effect=(0.2, 0.9, 2.2), success=0.85,
         gates=((3, 0.8, f"First samples as good as those of {STORY_FOUNDRY}"),)),
    Idea("AA-WELD-TRAIN", "Cross-train four welders for the night", "labour", "hr", AALEN, 14, 8, 0,
         ((1, 9000), (2, 9000), (3, 9000)), tuple(_train(f"AA-P005{n}", "AA-TIG") for n in range(2, 6)),
         saving=33000, effect=(0.6, 1.0, 1.2)),
    Idea("AA-MILL-YIELD", "Probing on the machining centres", "quality", "quality", AALEN, 12, 8, 5,
         ((1, 12000), (2, 17000)), effect=(0.4, 0.9, 1.1), success=0.9),
    Idea("GR-COAT-QUICK", "Quick-change cartridges on the old coating line", "debottleneck", "engineering", RAPIDS, 12,
         4, 5, ((1, 24000), (3, 40000)), (_faster("GR-COAT-01", 1.12),), effect=(0.6, 1.0, 1.1),
         downtime=("GR-COAT-01", 40)),
    Idea("GR-COAT-2", "A second coating line", "new_line", "engineering", RAPIDS, 39, 12, 16,
         ((1, 70000), (5, 330000), (8, 380000)), (_add("GR-COAT-N1", "GR-COAT-01"),), running=205000,
         gates=((4, 0.85, "Permit for the extraction of air"),), excludes=("GR-COAT-OUT",)),
    Idea("GR-COAT-OUT", "Coating peaks bought outside", "outsourcing", "procurement", RAPIDS, 8, 4, 2, ((1, 12000),),
         (_faster("GR-COAT-01", 1.25),), running=248000, effect=(0.7, 0.9, 1.0)),
    Idea("GR-PANEL-CARE", "Catch up care of routers and edge banders", "reliability", "maintenance", RAPIDS, 9, 8, 2,
         ((1, 30000), (2, 22000)), (_surer("GR-ROUTE-01", 1.5), _surer("GR-ROUTE-02", 1.5), _surer("GR-ROUTE-03", 1.5),
         _surer("GR-EDGE-01", 1.6), _surer("GR-EDGE-02", 1.6)), effect=(0.6, 1.0, 1.2), downtime=("GR-ROUTE-01", 16)),
    Idea("GR-STATIONS", "Two more desk assembly stations", "debottleneck", "production", RAPIDS, 9, 4, 2,
         ((1, 15000), (2, 16000)), (_add("GR-ASM-N1", "GR-ASM-01"), _add("GR-ASM-N2", "GR-ASM-01")), running=148000,
         effect=(0.8, 1.0, 1.05)),
    Idea("GR-ANNEX", "An annex: assembly and packing for half as much again", "new_site", "finance", RAPIDS, 52, 26, 24,
         ((1, 90000), (6, 620000), (11, 540000)), (_add("GR-ASM-N3", "GR-ASM-01"), _add("GR-ASM-N4", "GR-ASM-01"),
         _add("GR-PACK-N1", "GR-PACK-01"), _add("GR-ROUTE-N1", "GR-ROUTE-01")), running=310000,
         gates=((5, 0.8, "Building permit, and orders for 2027 above this year's"),), requires=("GR-STATIONS",),
         earliest=date(2026, 9, 1)),
)  # fmt: skip

OUTLOOKS = (
    ("STEADY", "Steady", None, date(2027, 1, 1), 0.5, 1.0),
    ("HIGH", "High", None, date(2027, 1, 1), 0.28, 1.15),
    ("LOW", "Low", None, date(2027, 1, 1), 0.22, 0.85),
    ("STEADY-UP", "Steady, then up", "STEADY", date(2028, 1, 1), 0.5, 1.08),
    ("STEADY-ON", "Steady on", "STEADY", date(2028, 1, 1), 0.5, 0.98),
    ("HIGH-UP", "High and higher", "HIGH", date(2028, 1, 1), 0.6, 1.28),
    ("HIGH-BACK", "High, then back", "HIGH", date(2028, 1, 1), 0.4, 1.04),
    ("LOW-BACK", "Low, then back", "LOW", date(2028, 1, 1), 0.5, 0.97),
    ("LOW-DOWN", "Low and lower", "LOW", date(2028, 1, 1), 0.5, 0.74),
)
"""Code, name, after, first day, probability, demand against today's."""

BUDGETS = tuple(
    (date(year, month, 1), "all", amount)
    for year, amounts in ((2026, (210000, 260000)), (2027, (320000, 320000)), (2028, (300000, 300000)))
    for month, amount in zip((1, 7), amounts, strict=True)
) + tuple((date(year, 1, 1), "maintenance", 110000) for year in (2026, 2027, 2028))


def make_initiatives(operations: pl.DataFrame) -> Frames:
    """Make the initiatives of the demo company, with costs, gates, links, budgets and outlooks.

    Parameters
    ----------
    operations
        Columns `code`, `capability`, `operation_yield`: probing raises the yield of milling.
    """
    milled = operations.filter((pl.col("capability") == "Milling") & (pl.col("operation_yield") < 1)).sort("code")
    probed = tuple(
        {"kind": "plant.ChangeYield", "operation": code, "operation_yield": 0.997} for code in milled["code"].head(40)
    )
    changes = [
        (idea.code, 10 * (number + 1), json.dumps(change))
        for idea in IDEAS
        for number, change in enumerate(probed if idea.code == "AA-MILL-YIELD" else idea.changes)
    ]
    links = [(idea.code, other, "requires") for idea in IDEAS for other in idea.requires]
    links += [(idea.code, other, "excludes") for idea in IDEAS for other in idea.excludes]
    return {
        "initiative": pl.DataFrame([_row(idea) for idea in IDEAS], infer_schema_length=None),
        "initiative_change": _frame(changes, "initiative", "position", "change"),
        "initiative_cost": _frame(
            [(idea.code, month, idea.function, amount) for idea in IDEAS for month, amount in idea.costs],
            "initiative", "month", "function", "amount",
        ),
        "initiative_link": _frame(links, "initiative", "other", "kind"),
        "stage_gate": _frame(
            [(f"{idea.code}/{number}", "Gate", idea.code, month, chance, criterion)
             for idea in IDEAS for number, (month, chance, criterion) in enumerate(idea.gates, 1)],
            "code", "name", "initiative", "month", "pass_probability", "criterion",
        ),
        "improvement_budget": _frame(BUDGETS, "period_start", "function", "amount").with_columns(
            pl.lit("EUR").alias("currency")
        ),
        "absorption": _frame([(date(2026, 1, 1), 4.0, 4)], "valid_from", "engineering_weeks_per_month", "most_at_once"),
        "demand_outlook": _frame(OUTLOOKS, "code", "name", "after", "starts_on", "probability", "demand_factor"),
    }  # fmt: skip


def _frame(rows: Any, *columns: str) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=list(columns), orient="row", infer_schema_length=None)


def _row(idea: Idea) -> dict[str, object]:
    low, likely, high = idea.effect
    return {
        "code": idea.code, "name": idea.name, "kind": idea.kind, "function": idea.function, "site": idea.site,
        "earliest_start": idea.earliest, "duration_weeks": float(idea.weeks), "ramp_weeks": float(idea.ramp),
        "engineering_weeks": float(idea.engineering), "saving_per_year": idea.saving,
        "running_cost_per_year": idea.running, "success_probability": idea.success, "effect_low": low,
        "effect_likely": likely, "effect_high": high, "cost_spread": idea.spread,
        "downtime_resource": idea.downtime[0] if idea.downtime else None,
        "downtime_hours": float(idea.downtime[1]) if idea.downtime else 0.0,
    }  # fmt: skip
