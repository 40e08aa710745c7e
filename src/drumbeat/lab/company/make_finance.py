"""The demo company's money: cost centres, weekly budgets and what was spent and earned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl

from drumbeat.lab.company.catalogue import AALEN, RAPIDS, STORY_OVERTIME, STUDIO
from drumbeat.lab.company.luck import Luck
from drumbeat.lab.company.size import HISTORY_START, HISTORY_WEEKS, Size

Frames = dict[str, pl.DataFrame]
HOURS_A_WEEK = 37.5
OVERTIME_FACTOR = 1.5
STRUCTURAL_WEEKS = 16
"""For so many weeks the story's cost centre has worked overtime every week."""


@dataclass(frozen=True, slots=True)
class Centre:
    """A cost centre: people and weekly money in one cell."""

    code: str
    name: str
    site: str
    people: int
    wage: float
    maintenance: float
    material: float
    earns: bool


CENTRES = (
    Centre("AA-MACHINING", "Machining", AALEN, 24, 41, 2600, 21000, False),
    Centre("AA-WELDING", "Welding shop", AALEN, 7, 44, 420, 4200, False),
    Centre("AA-ASSEMBLY", "Pump assembly and test", AALEN, 14, 34, 650, 44000, True),
    Centre("AA-PLANTCARE", "Maintenance", AALEN, 6, 46, 1900, 0, False),
    Centre("GR-PANEL", "Panel shop", RAPIDS, 14, 34, 3100, 24000, False),
    Centre("GR-FRAME", "Frame shop", RAPIDS, 16, 36, 2200, 17000, False),
    Centre("GR-ASSEMBLY", "Desk assembly", RAPIDS, 14, 34, 600, 12000, True),
    Centre("GR-PLANTCARE", "Maintenance", RAPIDS, 6, 43, 1700, 0, False),
    Centre("BK-SHOOT", "Shoots", STUDIO, 9, 48, 300, 4000, False),
    Centre("BK-POST", "Post-production", STUDIO, 8, 46, 250, 800, False),
)


HOLDING = (
    ("AALEN", 0.16, "Controlling 2026: capital 8 %, space and handling 5 %, loss 3 %"),
    ("RAPIDS", 0.19, "Controlling 2026: capital 9 %, space and handling 6 %, loss 4 %"),
)


def make_finance(size: Size, output: pl.DataFrame, luck: Luck) -> Frames:
    """Make cost centres, budgets and actuals of 26 weeks.

    Parameters
    ----------
    size, luck
        How big the company is, and its luck.
    output
        Value delivered by the recorded cells: columns `site`, `week`, `value`.
    """
    value = {(row["site"], row["week"]): row["value"] for row in output.to_dicts()}
    budget: list[dict[str, object]] = []
    actual: list[dict[str, object]] = []
    for centre in CENTRES:
        cells = size.cells if centre.site != STUDIO else max(1, size.projects // 6)
        hours = centre.people * HOURS_A_WEEK * cells
        share = _overtime_share(centre, luck)
        noise = {
            name: luck.normal(f"{centre.code}/{name}", HISTORY_WEEKS, 1.0, 0.03)
            for name in ("labour", "care", "material")
        }
        growth = np.linspace(0.96, 1.08, HISTORY_WEEKS) if centre.site == RAPIDS else np.ones(HISTORY_WEEKS)
        care_cut = np.ones(HISTORY_WEEKS)
        if centre.code == "GR-PANEL":
            care_cut[-13:] = 0.62  # what is put off is not spent
        for week in range(HISTORY_WEEKS):
            day = (HISTORY_START + timedelta(weeks=week)).date()
            worked = round(hours * noise["labour"][week], 1)
            extra = round(worked * share[week], 1)
            spent = {
                "labour": (worked * centre.wage, worked),
                "overtime": (extra * centre.wage * OVERTIME_FACTOR, extra),
                "maintenance": (centre.maintenance * cells * noise["care"][week] * care_cut[week], None),
                "material": (centre.material * cells * noise["material"][week] * growth[week], None),
            }
            planned = {
                "labour": (hours * centre.wage, hours),
                "overtime": (0.03 * hours * centre.wage * OVERTIME_FACTOR, round(0.03 * hours, 1)),
                "maintenance": (centre.maintenance * cells, None),
                "material": (centre.material * cells, None),
            }
            if centre.earns:
                factor = size.cells / size.recorded_cells
                spent["revenue"] = (value.get((centre.site, week), 0.0) * factor, None)
                first = [value.get((centre.site, early), 0.0) for early in range(8)]
                planned["revenue"] = (sum(first) / len(first) * factor, None)
            for rows, amounts in ((actual, spent), (budget, planned)):
                for account, (amount, hour) in amounts.items():
                    rows.append(
                        {
                            "cost_centre": centre.code,
                            "period_start": day,
                            "account": account,
                            "amount": round(amount, 2),
                            "hours": hour,
                        }
                    )
    return {
        "cost_centre": pl.DataFrame(
            [(centre.code, centre.name, centre.site) for centre in CENTRES], ["code", "name", "site"], orient="row"
        ),
        "budget_line": pl.DataFrame(budget, infer_schema_length=None),
        "actual": pl.DataFrame(actual, infer_schema_length=None),
        "holding_rate": pl.DataFrame(HOLDING, schema=["site", "rate", "source"], orient="row"),
    }


def _overtime_share(centre: Centre, luck: Luck) -> np.ndarray:
    """Share of overtime in the normal hours, by week: now and then a little, at the story's centre for good."""
    share = luck.uniform(f"{centre.code}/overtime", HISTORY_WEEKS, 0.01, 0.045)
    if centre.code == STORY_OVERTIME:
        share[-STRUCTURAL_WEEKS:] = luck.uniform("overtime/structural", STRUCTURAL_WEEKS, 0.115, 0.165)
    return share
