"""What the market asks of the demo company's machines: minutes of each operation, setups, and the time that is left."""

from __future__ import annotations

import numpy as np
import polars as pl

from drumbeat.lab.company.catalogue import FAMILIES, GROUPS, OPERATIONS, PARTS

SHIFT_MINUTES = 480
CARE_WEEKS = 4
CARE_MINUTES = 120
SHIFTS_OF = {"2SHIFT": ("EARLY", "LATE"), "3SHIFT": ("EARLY", "LATE", "NIGHT")}

PACE = (0.84, 0.99)
"""Standard over actual run time lies between."""

HAND_WORK, HAND_PACE = ("AA-ASM", "GR-ASM"), 0.08
"""Benches whose standards are right: people work so much nearer to them."""

SETUPS_A_SHIFT = 0.55


def weigh_operations(operations: pl.DataFrame) -> pl.DataFrame:
    """Add to each operation the minutes a week that its machines run for it, as the market wants its product."""
    weekly = pl.DataFrame(
        [
            {"prefix": part.prefix, "weekly": one.lots_per_week * one.lot / one.variants * _units_of(part.prefix)}
            for part in PARTS
            for one in FAMILIES
            if one.prefix == part.family
        ]
    )
    pace = sum(PACE) / 2 + pl.when(pl.col("group").is_in(HAND_WORK)).then(HAND_PACE).otherwise(0.0)
    return (
        operations.with_columns(prefix=pl.col("item").str.head(2))
        .join(weekly, on="prefix", how="left", maintain_order="left")
        .with_columns(minutes=pl.col("weekly") * pl.col("run_minutes") / pace / pl.col("operation_yield"))
    )


def _units_of(prefix: str) -> int:
    """How many of a part one product takes, through all levels."""
    parts = {part.prefix: part for part in PARTS}
    units, part = 1, parts[prefix]
    while part.parent is not None:
        units *= part.per_product
        part = parts[part.parent]
    return units


def find_waits(operations: pl.DataFrame) -> dict[str, float]:
    """Share of a machine's time, setups and stops left out, in which it waits for work: what the market leaves."""
    wanted = weigh_operations(operations).filter(pl.col("cell") == 1).group_by("group").agg(pl.col("minutes").sum())
    needed = dict(wanted.iter_rows())
    setups = find_setups()
    found = {}
    for group in GROUPS:
        num_shifts = 5 * len(SHIFTS_OF[group.calendar[3:]])
        setup = SETUPS_A_SHIFT * 1.1 * (setups[group.prefix] + 20 * (group.matrix is not None))
        down = 7.0 / group.fails_hours * 60.0 * group.repair_hours
        left = SHIFT_MINUTES - setup - down - CARE_MINUTES / (CARE_WEEKS * num_shifts)
        share = needed.get(group.prefix, 0.0) / (group.count * num_shifts * left)
        found[group.prefix] = float(np.clip(1.0 - share, 0.04, 0.75))
    return found


def find_setups() -> dict[str, float]:
    """Mean standard minutes of a setup by machine group."""
    found: dict[str, list[float]] = {}
    for steps in OPERATIONS.values():
        for group, setup, _, _ in steps:
            found.setdefault(group, []).append(setup)
    return {group: float(np.mean(minutes)) for group, minutes in found.items()}
