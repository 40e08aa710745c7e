"""More, or less, stock of an item at a site."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drumbeat.basics.findings import InputError
from drumbeat.data.snapshot import Snapshot
from drumbeat.inventory.changes import AddStock

PLANT = {
    "site": pl.DataFrame({"code": ["N", "S"]}),
    "item": pl.DataFrame({"code": ["I"]}),
    "stock": pl.DataFrame({"item": ["I"], "site": ["N"], "quantity": [4.0], "safety_stock": [1.0]}),
}
AS_OF = datetime(2026, 3, 2, 5, tzinfo=UTC)


def quantity(snapshot: Snapshot, site: str) -> float:
    return float(snapshot["stock"].filter(pl.col("site") == site)["quantity"].sum())


@given(st.floats(min_value=-4, max_value=1e6).filter(lambda number: number != 0))
def test_stock_is_what_was_there_and_what_came(amount: float) -> None:
    changed = Snapshot.of(PLANT, AS_OF).apply([AddStock("I", "N", amount)])
    assert quantity(changed, "N") == 4.0 + amount
    assert changed["stock"]["safety_stock"].to_list() == [1.0]


def test_stock_at_a_new_site_gets_a_row() -> None:
    changed = Snapshot.of(PLANT, AS_OF).apply([AddStock("I", "S", 2.5), AddStock("I", "S", 1.0)])
    assert (quantity(changed, "N"), quantity(changed, "S"), changed["stock"].height) == (4.0, 3.5, 2)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (AddStock("X", "N", 1), "the item exists"),
        (AddStock("I", "X", 1), "the site exists"),
        (AddStock("I", "N", 0), "other than zero"),
        (AddStock("I", "N", float("inf")), "other than zero"),
        (AddStock("I", "N", -4.5), "no more is taken off"),
        (AddStock("I", "S", -1), "no more is taken off"),
    ],
)
def test_findings_name_what_is_wrong(change: AddStock, rule: str) -> None:
    with pytest.raises(InputError, match=rule):
        Snapshot.of(PLANT, AS_OF).apply([change])
