"""The demo company's market: what was wanted in past weeks, and what sales did or will do to raise it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import polars as pl

from drumbeat.lab.company.catalogue import FAMILIES
from drumbeat.lab.company.luck import Luck
from drumbeat.lab.company.size import HISTORY_WEEKS, Size

Frames = dict[str, pl.DataFrame]
LAST_MONDAY = date(2026, 2, 23)
GROWTH = {"TP": 0.03, "LC": 0.08, "DK": 0.06, "SD": 0.14, "CB": 0.02}
"""Growth of demand a year, by family."""
NAMES = {"TP": "Transfer pumps", "LC": "Lift columns", "DK": "Desks", "SD": "Standing desks", "CB": "Cabinets"}
"""Families as sales and finance speak of them."""

PROMOTIONS = (
    ("SPRING-25", "Spring office refit", "DK-110", date(2025, 3, 17), date(2025, 4, 13), 1.35),
    ("SCHOOL-25", "Back to school", "DK-120", date(2025, 8, 4), date(2025, 8, 31), 1.45),
    ("BLACK-25", "Black Friday week", "SD-120", date(2025, 11, 24), date(2025, 12, 7), 1.60),
    ("FAIR-26", "Trade fair offer", "SD-110", date(2026, 1, 12), date(2026, 1, 25), 1.30),
    ("SPRING-26", "Spring office refit", "DK-120", date(2026, 3, 16), date(2026, 4, 12), 1.35),
    ("CARE-26", "Care homes programme", "CB-120", date(2026, 4, 6), date(2026, 5, 3), 1.20),
)


PRICES = (
    ("DK-110/24", "DK-110", date(2024, 1, 1), 375.0),
    ("DK-110/26", "DK-110", date(2026, 1, 5), 389.0),
)
EDITS = (
    {"code": "EDIT-20260226-1", "family": "Desks", "item": None, "starts_on": date(2026, 3, 9),
     "ends_on": date(2026, 4, 5), "kind": "percent", "amount": 15.0, "reason": "University tender",
     "made_at": datetime(2026, 2, 26, 9, 0, tzinfo=UTC)},
    {"code": "EDIT-20260227-1", "family": "", "item": "CB-110", "starts_on": date(2026, 3, 2),
     "ends_on": date(2026, 3, 29), "kind": "delta", "amount": -40.0, "reason": "Customer lost",
     "made_at": datetime(2026, 2, 27, 15, 0, tzinfo=UTC)},
)  # fmt: skip
"""What the demand planner has changed, and why."""
FINANCE_MONTHS = 6
"""Months of finance's plan, which still believes in last year's growth twice over."""


def make_market(size: Size, variants: pl.DataFrame, luck: Luck) -> Frames:
    """Make weekly demand of the products, the promotions behind its peaks, the families, and finance's plan of them."""
    num_weeks = 104 if size.cells <= 10 else HISTORY_WEEKS
    rates = pl.DataFrame(
        [
            {"family": one.prefix, "rate": one.lots_per_week * one.lot / one.variants, "growth": GROWTH[one.prefix]}
            for one in FAMILIES
        ]
    )
    weeks = pl.DataFrame({"ago": range(num_weeks)}, schema={"ago": pl.Int64})
    frame = (
        variants.join(rates, on="family", how="left", maintain_order="left")
        .join(weeks, how="cross")
        .with_columns(
            item=pl.format("{}-{}", "family", "number"),
            period_start=pl.lit(LAST_MONDAY) - pl.duration(weeks="ago"),
            uplift=pl.lit(1.0),
        )
    )
    for _, _, item, first, last, uplift in PROMOTIONS:
        inside = (pl.col("item") == item) & pl.col("period_start").is_between(first, last)
        frame = frame.with_columns(uplift=pl.when(inside).then(uplift).otherwise("uplift"))
    noise = np.exp(luck.normal("market/noise", frame.height, 0.0, 0.14))
    season = 1.0 + 0.10 * np.sin(2.0 * np.pi * (frame["period_start"].dt.ordinal_day().to_numpy() - 60) / 365.0)
    trend = 1.0 - frame["growth"].to_numpy() * frame["ago"].to_numpy() / 52.0
    wanted = frame["rate"].to_numpy() * season * trend * noise * frame["uplift"].to_numpy()
    return {
        "demand_history": frame.select("item", "site", "period_start", pl.Series("quantity", np.round(wanted))),
        "promotion": pl.DataFrame(
            PROMOTIONS, schema=["code", "name", "item", "starts_on", "ends_on", "uplift"], orient="row"
        ).with_columns(site=pl.lit("RAPIDS")),
        "item_family": frame.select("item", "family").unique(maintain_order=True).with_columns(_name_families()),
        "volume_plan": _plan_of_finance(frame),
        "plan_gap": pl.DataFrame(
            {"family": ["Desks"], "period_start": [date(2026, 4, 1)], "owner": ["Head of planning"]}
        ),
        "sales_price": pl.DataFrame(PRICES, schema=["code", "item", "starts_on", "price"], orient="row"),
        "forecast_edit": pl.DataFrame(EDITS, infer_schema_length=None).with_columns(author=pl.lit("Demand planner")),
    }


def _name_families() -> pl.Expr:
    return pl.col("family").replace_strict(NAMES, return_dtype=pl.String)


def _plan_of_finance(frame: pl.DataFrame) -> pl.DataFrame:
    monthly = frame.unique(["item", "site"], maintain_order=True).group_by("family", maintain_order=True)
    totals = monthly.agg((pl.col("rate") * (1.0 + 2.0 * pl.col("growth")) * 365.0 / 84.0).sum().alias("quantity"))
    months = pl.DataFrame({"period_start": [date(2026, 3 + month, 1) for month in range(FINANCE_MONTHS)]})
    return totals.join(months, how="cross").select(
        pl.lit("finance").alias("party"), _name_families(), "period_start", (pl.col("quantity") / 10).round() * 10,
        pl.lit("Controlling").alias("author"),
    )  # fmt: skip
