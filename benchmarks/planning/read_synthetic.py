"""Read a synthetic plant (raw materials, subassemblies, products, machines, demands) into a snapshot."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time
from pathlib import Path

import polars as pl

from drumbeat.data.snapshot import Snapshot

SITE = "PLANT"


def read_synthetic(path: Path) -> Snapshot:
    """Make a snapshot of a JSON file of raws, subs, products, resources and demands; all times are UTC."""
    data = json.loads(path.read_text(encoding="utf-8"))
    as_of = datetime.fromisoformat(data["current"]).replace(tzinfo=UTC)
    made = [(row, [row["res"]], [row["min_per"]]) for row in data["subs"]]
    made += [(row, row["res"], row["min_per"]) for row in data["products"]]
    items = [{"code": row["name"], "kind": "buy"} for row in data["raws"]]
    items += [{"code": row["name"], "kind": "make", "lot_multiple": float(row["lot"])} for row, *_ in made]
    every = [*data["raws"], *data["subs"], *data["products"]]
    operations = [
        {"code": f"{row['name']}/{step}", "routing": row["name"], "sequence": step, "run_minutes": minutes[step]}
        for row, machines, minutes in made
        for step in range(len(machines))
    ]
    frames = {
        "company": [{"code": "SYNTHETIC", "as_of": as_of}],
        "site": [{"code": SITE, "time_zone": "UTC"}],
        "calendar": [{"code": "SHIFT"}],
        "calendar_shift": [
            {"calendar": "SHIFT", "weekday": day, "start": time(8), "end": time(17)}
            for day in ("mon", "tue", "wed", "thu", "fri")
        ],
        "resource": [{"code": code, "site": SITE, "calendar": "SHIFT"} for code in data["resources"]],
        "item": items,
        "stock": [{"item": row["name"], "site": SITE, "quantity": float(row["onhand"])} for row in every],
        "routing": [{"code": row["name"], "item": row["name"], "site": SITE} for row, *_ in made],
        "operation": operations,
        "operation_resource": [
            {"operation": f"{row['name']}/{step}", "resource": machine}
            for row, machines, _ in made
            for step, machine in enumerate(machines)
        ],
        "bill_line": [
            {"item": row["name"], "component": component, "quantity_per": float(count)}
            for row, *_ in made
            for component, count in row["bom"]
        ],
        "supplier": [{"code": "SUPPLIER"}],
        "supply_term": [
            {"supplier": "SUPPLIER", "item": row["name"], "site": SITE, "order_minimum": float(row["moq"]),
             "lead_time_days": float(row["lead"])}
            for row in data["raws"]
        ],
        "demand_line": [
            {"code": row["name"], "item": row["item"], "site": SITE, "quantity": float(row["qty"]),
             "due_at": datetime.fromisoformat(row["due"]).replace(tzinfo=UTC), "priority": float(row["prio"])}
            for row in data["demands"]
        ],
    }  # fmt: skip
    return Snapshot.of({name: pl.DataFrame(rows) for name, rows in frames.items()}, as_of)
