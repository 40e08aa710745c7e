"""Changes of inventory: more, or less, of an item at a site."""

from __future__ import annotations

import math
from dataclasses import dataclass

import polars as pl

from drumbeat.basics.findings import Finding, Findings
from drumbeat.data.change import Frames
from drumbeat.data.stored_change import StoredChange
from drumbeat.plant.changes import find_unknown


@dataclass(frozen=True)
class AddStock(StoredChange):
    """Add usable stock of an item at a site.

    Parameters
    ----------
    item, site
        Codes.
    quantity
        Units to add, in the item's unit; negative takes off, at most what is there.
    """

    item: str
    site: str
    quantity: float

    def check(self, frames: Frames) -> Findings:
        """Say what is wrong with the stock on these frames."""
        findings = Findings()
        for table, code in (("item", self.item), ("site", self.site)):
            findings.extend(find_unknown(frames, table, code, table))
        if not math.isfinite(self.quantity) or self.quantity == 0:
            rule, remedy = "a quantity is a number other than zero", "Enter how many units to add"
            findings.add(Finding("stock", rule, remedy, column="quantity", value=str(self.quantity)))
        elif self.quantity < 0:
            there = float(frames["stock"].filter(self._rows())["quantity"].sum())
            if there + self.quantity < 0:
                rule, remedy = "no more is taken off than there is", f"Take off {there:g} at most"
                findings.add(Finding("stock", rule, remedy, column="quantity", value=str(self.quantity)))
        return findings

    def apply_to(self, frames: Frames) -> dict[str, pl.DataFrame]:
        """Return the stock with the quantity added."""
        stock = frames["stock"]
        if stock.filter(self._rows()).height:
            more = pl.when(self._rows()).then(pl.col("quantity") + self.quantity).otherwise(pl.col("quantity"))
            return {"stock": stock.with_columns(more.alias("quantity"))}
        given = {"item": self.item, "site": self.site, "quantity": self.quantity}
        row = pl.DataFrame({name: [given.get(name)] for name in stock.columns}, schema=stock.schema)
        return {"stock": pl.concat([stock, row])}

    def _rows(self) -> pl.Expr:
        return (pl.col("item") == self.item) & (pl.col("site") == self.site)
