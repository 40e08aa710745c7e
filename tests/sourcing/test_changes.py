"""Dual sourcing: another supplier of an item, with its terms, in plans and stress tests."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from drumbeat.data.snapshot import Snapshot
from drumbeat.data.stored_change import restore_change
from drumbeat.sourcing.changes import AddSource

AS_OF = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def shop() -> Snapshot:
    """ACME alone delivers castings."""
    rows: dict[str, list[dict[str, Any]]] = {
        "site": [{"code": "N"}, {"code": "S"}],
        "item": [{"code": "CASTING"}, {"code": "SCREW"}],
        "supplier": [{"code": "ACME"}],
        "supply_term": [
            {"supplier": "ACME", "item": "CASTING", "site": "N", "price": Decimal(50), "lead_time_days": 14.0}
        ],
    }
    return Snapshot.of({name: pl.DataFrame(data) for name, data in rows.items()}, AS_OF)


def test_a_new_supplier_comes_with_its_terms(shop: Snapshot) -> None:
    changed = shop.apply([AddSource("BETA", "CASTING", "N", 55.25, 21.0, 3.0, 10.0, 200.0, cost=4000.0)])
    assert changed["supplier"]["code"].to_list() == ["ACME", "BETA"]
    row = changed["supply_term"].filter(pl.col("supplier") == "BETA").row(0, named=True)
    assert (row["price"], row["lead_time_days"], row["priority"]) == (Decimal("55.2500"), 21.0, 2)
    assert (row["capacity_per_week"], row["order_minimum"], row["quantity_from"]) == (200.0, 10.0, 0.0)
    supplier = changed["supplier"].row(1, named=True)
    assert (supplier["truck_kg"], supplier["truck_cost"], supplier["delivery_days"]) == (0.0, 0, ""), "as by default"
    again = changed.apply([AddSource("BETA", "SCREW", "S", 0.1, 5.0)])
    assert again["supplier"].height == 2, "it is there already"
    assert again["supply_term"].height == 3


def test_a_source_is_stored_and_refused_where_it_makes_no_sense(shop: Snapshot) -> None:
    change = AddSource("BETA", "CASTING", "N", 55.0, 21.0, capacity_per_week=None)
    assert restore_change(json.loads(json.dumps(change.to_json()))) == change
    for wrong, rule in (
        (AddSource("BETA", "NUT", "N", 1.0, 1.0), "the item exists"),
        (AddSource("BETA", "CASTING", "X", 1.0, 1.0), "the site exists"),
        (AddSource(" BETA", "CASTING", "N", 1.0, 1.0), "no space at its ends"),
        (AddSource("BETA", "CASTING", "N", -1.0, 1.0), "price is 0 or more"),
        (AddSource("BETA", "CASTING", "N", 1.0, float("nan")), "lead_time_days is 0 or more"),
        (AddSource("BETA", "CASTING", "N", 1.0, 1.0, priority=0), "a priority is 1 or more"),
        (AddSource("ACME", "CASTING", "N", 1.0, 1.0), "does not deliver the item"),
    ):
        assert any(rule in one.rule for one in wrong.check(shop.frames)), rule
