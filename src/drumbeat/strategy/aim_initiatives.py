"""Compile which machines the initiatives under way or proposed change."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from drumbeat.data.snapshot import Snapshot
from drumbeat.strategy.engine.problem import no_initiatives

ADDING = ("plant.AddMachine", "plant.ChangeRate")
"""Changes that add capacity at a machine."""


def list_initiatives(snapshot: Snapshot) -> pl.DataFrame:
    """Return initiatives as `drumbeat.strategy.engine.problem.Problem` describes them; no rows where there are none."""
    schema = no_initiatives().schema
    live = snapshot["initiative"].filter(pl.col("state").cast(pl.String).is_in(["proposed", "committed"]))
    if not live.height:
        return pl.DataFrame(schema=schema)
    costs = (
        snapshot["initiative_cost"].group_by("initiative").agg(pl.col("amount").cast(pl.Float64).sum().alias("cost"))
    )
    places = dict(snapshot["resource"].select("code", "site").iter_rows())
    rows: list[dict[str, Any]] = []
    told = live.join(costs, left_on="code", right_on="initiative", how="left").sort("code")
    changes = snapshot["initiative_change"].sort("initiative", "position")
    for row in told.iter_rows(named=True):
        for text in changes.filter(pl.col("initiative") == row["code"])["change"]:
            machine, adds = _machine_of(text)
            if machine is not None:
                rows.append({
                    "initiative": row["code"], "site": row["site"] or places.get(machine), "resource": machine,
                    "adds_capacity": adds, "starts_on": row["earliest_start"], "cost": row["cost"],
                    "currency": row["currency"], "state": str(row["state"]),
                })  # fmt: skip
    return pl.DataFrame(rows, schema=schema)


def _machine_of(text: str) -> tuple[str | None, bool]:
    """The machine that a stored change is about, and whether it adds capacity there."""
    try:
        change = json.loads(text)
    except json.JSONDecodeError:  # the check of the data says so
        return None, False
    if not isinstance(change, dict):
        return None, False
    kind = str(change.get("kind", ""))
    machine = change.get("like") if kind == "plant.AddMachine" else change.get("resource")
    slower = kind == "plant.ChangeRate" and float(change.get("factor", 1.0) or 1.0) <= 1.0
    return (str(machine) if machine else None), kind in ADDING and not slower
