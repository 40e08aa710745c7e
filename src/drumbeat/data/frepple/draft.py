"""The draft: the tables while they are being filled from frePPLe's records."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from drumbeat.data.frepple.read_records import Book, Row
from drumbeat.data.schema import schemas


@dataclass
class Draft:
    """Rows by table, and what every builder needs to know.

    Parameters
    ----------
    book
        The records read.
    as_of
        "Now" of the file.
    rows
        Rows by table, each under its key, so that nothing comes twice.
    sites
        Codes of the sites.
    made_at, needed_at
        Sites at which an item is made, and at which it is wanted, kept or used; by item.
    made_to_order
        Items whose batches are not mixed.
    batches
        Item and batch, by the code of the item that the batch becomes.
    """

    book: Book
    as_of: datetime
    rows: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = field(default_factory=dict)
    sites: list[str] = field(default_factory=list)
    made_at: dict[str, set[str]] = field(default_factory=dict)
    needed_at: dict[str, set[str]] = field(default_factory=dict)
    made_to_order: set[str] = field(default_factory=set)
    batches: dict[str, tuple[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rows = self.book["item"]
        kinds = {row.text("name"): row.text("type").lower().replace("-", " ").replace("_", " ") for row in rows}
        self.made_to_order = {name for name, kind in kinds.items() if kind == "make to order"}

    def add(self, table: str, **values: Any) -> bool:
        """Add a row; whether its key was new. A key that is already there is left as it is."""
        key = tuple(values.get(column) for column in schemas()[table].key)
        rows = self.rows.setdefault(table, {})
        if key in rows:
            return False
        rows[key] = values
        return True

    def has(self, table: str, *key: Any) -> bool:
        """Whether the table has a row of that key."""
        return key in self.rows.get(table, {})

    def need(self, item: str, site: str) -> None:
        """Remember that an item is wanted, kept or used at a site."""
        self.needed_at.setdefault(item, set()).add(site)

    def item_of(self, item: str, batch: str) -> str:
        """Code of the item that a batch is kept as: the item itself unless it is made to order and a batch is named."""
        if not batch or item not in self.made_to_order:
            return item
        code = f"{item} [{batch}]"
        self.batches.setdefault(code, (item, batch))
        return code

    def site_of(self, row: Row, column: str = "location") -> str:
        """Site that a record names; the first site when it names none.

        A name that is no site is a finding at the record.
        """
        name = row.text(column)
        if not name:
            return self.sites[0]
        if name not in self.sites:
            row.wrong(column, "it is one of the locations", "Add the location, or correct the name")
            return self.sites[0]
        return name

    def frames(self) -> dict[str, pl.DataFrame]:
        """Return the tables as frames of exactly their schema."""
        return {name: _frame(name, list(self.rows[name].values())) for name in schemas() if self.rows.get(name)}


def _frame(table: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    columns = []
    for column in schemas()[table].columns:
        values = [row.get(column.name, column.default) for row in rows]
        if isinstance(column.dtype, pl.Decimal):
            columns.append(pl.Series(column.name, values, dtype=pl.Float64, strict=False).cast(column.dtype))
        else:
            columns.append(pl.Series(column.name, values, dtype=column.dtype, strict=False))
    return pl.DataFrame(columns)


def importance(row: Row) -> float:
    """Turn a frePPLe priority (lower comes first) into an importance (2 counts twice as much as 1).

    Priority 1, the usual one, gives 1; priority 0 gives 2; 3 gives a half; 10 gives 0.1818.
    """
    priority = row.amount("priority", 10.0)
    return max(round(2 / (1 + priority), 4), 0.0001) if priority >= 0 else 2 - priority
