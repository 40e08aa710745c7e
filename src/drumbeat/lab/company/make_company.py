"""Make the demo company: a made-up enterprise of two plants and a studio, with stories hidden in it."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from drumbeat.basics.findings import Finding, InputError
from drumbeat.data.snapshot import Snapshot
from drumbeat.lab.company.catalogue import GROUPS, OPERATIONS
from drumbeat.lab.company.luck import Luck
from drumbeat.lab.company.make_care import make_care, make_quality
from drumbeat.lab.company.make_finance import make_finance
from drumbeat.lab.company.make_history import make_history, make_machine_shifts
from drumbeat.lab.company.make_initiatives import make_initiatives
from drumbeat.lab.company.make_items import make_bought, make_items, make_parts, make_routings, make_variants
from drumbeat.lab.company.make_market import make_market
from drumbeat.lab.company.make_people import make_people
from drumbeat.lab.company.make_plants import make_plants
from drumbeat.lab.company.make_programme import make_programme
from drumbeat.lab.company.make_promises import make_promises
from drumbeat.lab.company.make_studio import make_studio
from drumbeat.lab.company.make_supply import make_supply
from drumbeat.lab.company.size import AS_OF, SIZES

Frames = dict[str, pl.DataFrame]


def make_company(size: str = "s", seed: int = 1) -> Snapshot:
    """Make the demo company.

    Parameters
    ----------
    size
        "s" (some 60 orders), "m" (1,000 orders), "l" (70,000 tasks) or "xl" (1,000,000 tasks).
    seed
        Any whole number; another seed is other luck with the same stories at the same places.

    Returns
    -------
    Snapshot
        The company as of 2026-03-02 05:00 UTC; equal arguments give equal data.

    Raises
    ------
    InputError
        When there is no such size.
    """
    if size not in SIZES:
        rule = f"a size is one of {', '.join(SIZES)}"
        raise InputError(Finding("demo company", rule, "Choose one of them", column="size", value=size))
    extent, luck = SIZES[size], Luck(seed)
    variants = make_variants(extent)
    parts, bought = make_parts(variants), make_bought(variants)
    frames: Frames = {}
    _add(frames, make_plants(extent))
    _add(frames, make_items(parts, bought))
    _add(frames, make_routings(parts))
    _add(frames, make_people(extent, luck))
    programme = make_programme(extent, variants, parts, luck)
    _add(frames, programme.frames)
    _add(frames, make_supply(extent, programme, bought, parts, luck))
    _add(frames, make_market(extent, variants, luck))
    shifts = make_machine_shifts(extent)
    history, output = make_history(shifts, _recorded_operations(parts), frames, luck)
    _add(frames, make_care(extent, frames["resource"], shifts, history["machine_event"], luck))
    _add(frames, make_quality(extent, history["production_report"], luck))
    _add(frames, history)
    _add(frames, make_finance(extent, output, luck))
    _add(frames, make_studio(extent, luck))
    _add(frames, make_promises())
    frames["booking"] = _bookings()
    _add(frames, _planners_rules())
    _add(frames, make_initiatives(frames["operation"]))
    return Snapshot.of(frames, AS_OF)


def _add(frames: Frames, more: Frames) -> None:
    """Put tables in, below what is there already; columns that a table does not give take their default."""
    for name, frame in more.items():
        whole = Snapshot.of({name: frame}, AS_OF)[name]
        frames[name] = pl.concat([frames[name], whole]) if name in frames else whole


def _recorded_operations(parts: pl.DataFrame) -> pl.DataFrame:
    """List the operations that machines report on, by group and cell."""
    groups = {group.prefix: group for group in GROUPS}
    steps = pl.DataFrame(
        [
            {
                "prefix": prefix,
                "step": 10 * (place + 1),
                "group": group,
                "capability": groups[group].capability,
                "run_minutes": float(run),
                "operation_yield": float(share),
            }
            for prefix, operations in OPERATIONS.items()
            for place, (group, _, run, share) in enumerate(operations)
        ]
    )
    return parts.join(steps, on="prefix", how="inner", maintain_order="left_right").select(
        "group",
        "cell",
        pl.format("R-{}/{}", "code", "step").alias("operation"),
        pl.col("code").alias("item"),
        "run_minutes",
        "operation_yield",
        "price",
    )


def _planners_rules() -> Frames:
    """The new seal kit may stand in for the old one, and orders of the thick bar are not moved for a day or two."""
    substitute = {"item": ["SEAL-A"], "substitute": ["SEAL-B"]}
    rule = {"code": ["BAR-STEADY"], "item": ["BAR-35"], "least_move_days": [2.0]}
    return {"substitute": pl.DataFrame(substitute), "stability_rule": pl.DataFrame(rule)}


def _bookings() -> pl.DataFrame:
    """Two times when a machine is taken: a calibration in Aalen, a visit in Grand Rapids."""
    rows = [
        ("K-1", "AA-TEST-02", AS_OF + timedelta(days=2, hours=3), AS_OF + timedelta(days=2, hours=7), "Calibration"),
        (
            "K-2",
            "GR-ROBOT-02",
            AS_OF + timedelta(days=3, hours=9),
            AS_OF + timedelta(days=3, hours=11),
            "Customer visit",
        ),
    ]
    return pl.DataFrame(rows, schema=["code", "resource", "starts_at", "ends_at", "reason"], orient="row")
