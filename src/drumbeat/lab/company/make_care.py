"""The demo company's maintenance and quality: how machines fail, what care they had, what was measured and found."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

from drumbeat.lab.company.catalogue import GROUPS
from drumbeat.lab.company.luck import Luck
from drumbeat.lab.company.size import AS_OF, HISTORY_START, HISTORY_WEEKS, Size
from drumbeat.lab.company.weigh_market import CARE_MINUTES, CARE_WEEKS

Frames = dict[str, pl.DataFrame]
DIMENSIONS = (
    ("HS", "BORE", "Bore diameter", "mm", 52.000, 0.030, 0.0085),
    ("SH", "SEAT", "Bearing seat diameter", "mm", 30.008, 0.012, 0.0031),
    ("WF", "SQUARE", "Frame diagonal difference", "mm", 0.0, 1.5, 0.40),
    ("CF", "FILM", "Film thickness", "um", 75.0, 15.0, 4.2),
)
"""Part, characteristic, name, unit, target, tolerance, spread."""


def make_care(size: Size, machines: pl.DataFrame, shifts: pl.DataFrame, events: pl.DataFrame, luck: Luck) -> Frames:
    """Make failure modes, maintenance plans and maintenance orders.

    Parameters
    ----------
    size, luck
        How big the company is, and its luck.
    machines
        Table `resource`.
    shifts
        Machine shifts of `make_machine_shifts`; those with `is_care` give the preventive orders.
    events
        Machine events; each breakdown gives a corrective order.
    """
    groups = pl.DataFrame(
        [
            {
                "group": group.prefix,
                "fails": float(group.fails_hours),
                "repair": float(group.repair_hours),
                "skill": f"{group.prefix[:2]}-CARE",
            }
            for group in GROUPS
        ]
    )
    owned = machines.select(
        pl.col("code").alias("resource"), pl.col("code").str.replace(r"-\d+$", "").alias("group"), "name"
    ).join(groups, on="group", how="inner", maintain_order="left")
    wears = owned["group"].is_in(["AA-TURN", "AA-MILL", "GR-ROUTE", "GR-EDGE", "GR-COAT"])
    modes = owned.select(
        pl.format("F-{}", "resource").alias("code"),
        pl.format("{} breaks down", "name").alias("name"),
        "resource",
        pl.lit("busy").alias("clock"),
        pl.when(wears).then(pl.lit("weibull")).otherwise(pl.lit("exponential")).alias("distribution"),
        # What the records of the last weeks show: the machines whose care was put off fail more than twice as often.
        pl.when(pl.col("resource").str.contains(r"^GR-(ROUTE-0[123]|EDGE-0[12])$"))
        .then(pl.col("fails") / 2.4)
        .otherwise("fails")
        .alias("mean_hours"),
        pl.when(wears).then(1.6).otherwise(1.0).alias("shape"),
        pl.lit("lognormal").alias("repair_distribution"),
        pl.col("repair").alias("repair_mean_hours"),
        pl.lit(0.6).alias("repair_shape"),
    )
    plans = owned.select(
        pl.format("C-{}", "resource").alias("code"),
        pl.format("Four-weekly care of {}", "name").alias("name"),
        "resource",
        "skill",
        pl.lit(7.0 * CARE_WEEKS).alias("interval_days"),
        pl.lit(float(CARE_MINUTES)).alias("duration_minutes"),
    )
    orders = pl.concat([_past_care(shifts, luck), _repairs(events), _next_care(size, owned)], how="diagonal_relaxed")
    return {
        "failure_mode": modes,
        "maintenance_plan": plans,
        "maintenance_order": orders.with_columns(
            code=pl.format("X-{}", (pl.int_range(0, pl.len()) + 10001).cast(pl.String))
        ),
    }


def _past_care(shifts: pl.DataFrame, luck: Luck) -> pl.DataFrame:
    due = shifts.filter("is_care")
    days = pl.lit(pl.Series(luck.whole("care/due", due.height, 0, 2)))
    end = pl.col("starts_at") + pl.duration(minutes=CARE_MINUTES)
    # Of what is put off, the older part is marked as deferred; the newer is simply open and overdue.
    is_old = pl.col("week") < HISTORY_WEEKS - 4
    state = (
        pl.when(~pl.col("is_put_off"))
        .then(pl.lit("done"))
        .when(is_old)
        .then(pl.lit("deferred"))
        .otherwise(pl.lit("open"))
    )
    return due.with_columns(state=state).select(
        "resource",
        pl.format("C-{}", "resource").alias("plan"),
        pl.lit("preventive").alias("kind"),
        pl.when(pl.col("is_put_off")).then(pl.col("starts_at")).otherwise(end + pl.duration(days=days)).alias("due_at"),
        pl.when(pl.col("state") == "done").then(pl.col("starts_at")).alias("starts_at"),
        pl.when(pl.col("state") == "done").then(end).alias("ends_at"),
        pl.lit(2.0 * CARE_MINUTES / 60.0).alias("crew_hours"),
        pl.when(pl.col("state") == "done").then(140).otherwise(0).alias("cost"),
        "state",
    )


def _repairs(events: pl.DataFrame) -> pl.DataFrame:
    return events.filter(pl.col("state") == "down").select(
        "resource",
        pl.lit("corrective").alias("kind"),
        pl.col("starts_at").alias("due_at"),
        "starts_at",
        "ends_at",
        ((pl.col("ends_at") - pl.col("starts_at")).dt.total_minutes() / 60.0).alias("crew_hours"),
        (60 + (pl.col("ends_at") - pl.col("starts_at")).dt.total_minutes() * 2).alias("cost"),
        pl.lit("done").alias("state"),
    )


def _next_care(size: Size, owned: pl.DataFrame) -> pl.DataFrame:
    """Care that falls due in the coming weeks."""
    weeks = pl.DataFrame({"week": range(size.demand_weeks)}, schema={"week": pl.Int64})
    place = pl.col("resource").str.extract(r"(\d+)$").cast(pl.Int64) - 1
    return (
        owned.join(weeks, how="cross")
        .filter((pl.col("week") + HISTORY_WEEKS + place) % CARE_WEEKS == 0)
        .select(
            "resource",
            pl.format("C-{}", "resource").alias("plan"),
            pl.lit("preventive").alias("kind"),
            (pl.lit(AS_OF) + pl.duration(days=7 * pl.col("week") + 4, hours=9)).alias("due_at"),
            pl.lit(2.0 * CARE_MINUTES / 60.0).alias("crew_hours"),
            pl.lit(0).alias("cost"),
            pl.lit("open").alias("state"),
        )
    )


def make_quality(size: Size, reports: pl.DataFrame, luck: Luck) -> Frames:
    """Make characteristics, samples of 26 weeks (five a day) and nonconformances."""
    characteristics, samples = [], []
    days = [day for day in range(7 * HISTORY_WEEKS) if day % 7 < 5]
    for cell in range(1, size.recorded_cells + 1):
        for part, code, name, unit, target, tolerance, spread in DIMENSIONS:
            item = f"{part}-{cell * 100 + 10}"
            key = f"{item}/{code}"
            characteristics.append(
                {
                    "code": key,
                    "name": f"{name} of {item}",
                    "item": item,
                    "operation": f"R-{item}/10",
                    "unit": unit,
                    "target": target,
                    "lower": target - tolerance,
                    "upper": target + tolerance,
                }
            )
            values = luck.normal(f"sample/{key}", 5 * len(days), target, spread)
            samples.append(
                pl.DataFrame({"value": np.round(values, 4), "place": np.arange(5 * len(days))}).select(
                    pl.lit(key).alias("characteristic"),
                    (
                        pl.lit(HISTORY_START)
                        + pl.duration(
                            days=(pl.col("place") // 5).replace_strict(dict(enumerate(days))),
                            hours=10,
                            minutes=3 * (pl.col("place") % 5),
                        )
                    ).alias("taken_at"),
                    (pl.col("place") // 5 + 1).alias("subgroup"),
                    "value",
                )
            )
    drawn = pl.concat(samples).with_columns(
        code=pl.format("S-{}", (pl.int_range(0, pl.len()) + 1).cast(pl.String).str.zfill(6))
    )
    return {
        "characteristic": pl.DataFrame(characteristics),
        "sample": drawn,
        "nonconformance": _nonconformances(reports, luck),
    }


def _nonconformances(reports: pl.DataFrame, luck: Luck) -> pl.DataFrame:
    """Make one for each report with much scrap, and a few complaints of customers."""
    much = reports.filter(pl.col("scrap") >= 4)
    height = much.height
    causes = {0: "tool wear", 1: "material flaw", 2: "wrong setting", 3: "handling damage", 4: "drawing misread"}
    draw = pl.Series(luck.uniform("nonconformance", height))
    return much.select(
        pl.format("N-{}", (pl.int_range(0, pl.len()) + 1).cast(pl.String).str.zfill(5)).alias("code"),
        "item",
        "order",
        "resource",
        pl.col("ends_at").alias("found_at"),
        pl.when(draw < 0.06)
        .then(pl.lit("customer"))
        .when(draw < 0.25)
        .then(pl.lit("final"))
        .otherwise(pl.lit("process"))
        .alias("stage"),
        pl.col("scrap").alias("quantity"),
        pl.Series(luck.whole("nonconformance/cause", height, 0, 4)).replace_strict(causes).alias("cause"),
        (pl.col("scrap") * 35).round(0).alias("cost"),
        pl.when(pl.col("ends_at") < AS_OF - timedelta(days=21))
        .then(pl.lit("closed"))
        .otherwise(pl.lit("open"))
        .alias("state"),
    )
