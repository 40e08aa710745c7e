"""Changes of what is wanted when: a demand in two deliveries."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import polars as pl

from drumbeat.basics.findings import Finding, Findings
from drumbeat.data.change import Frames
from drumbeat.data.stored_change import StoredChange
from drumbeat.plant.changes import CODE_LENGTH, find_unknown

SECOND = "/2"
"""What the code of the second delivery ends in."""


@dataclass(frozen=True)
class SplitDemand(StoredChange):
    """Deliver a part of a demand when it is due and the rest later; all of it later where the part is nothing.

    Parameters
    ----------
    demand
        Code of the demand line.
    quantity
        Units that keep the due time, 0 or more, less than the whole.
    due_at
        When the rest is due, with a time zone.
    """

    demand: Annotated[str, "demand_line.code"]
    quantity: float
    due_at: datetime

    def check(self, frames: Frames) -> Findings:
        """Say what is wrong with the split on these frames."""
        findings = Findings()
        findings.extend(find_unknown(frames, "demand_line", self.demand, "demand"))
        place = "demand_line"
        if self.due_at.tzinfo is None:
            rule, remedy = "a moment has a time zone", "Write it in UTC, or with its offset"
            findings.add(Finding(place, rule, remedy, column="due_at", value=self.due_at.isoformat()))
        whole = frames[place].filter(pl.col("code") == self.demand)["quantity"].to_list()
        if whole and not (math.isfinite(self.quantity) and 0 <= self.quantity < whole[0]):
            rule, remedy = "the first delivery is less than the whole", f"Enter 0 or more, below {whole[0]:g}"
            findings.add(Finding(place, rule, remedy, column="quantity", value=str(self.quantity)))
        if self.quantity > 0 and self._second() in frames[place]["code"]:
            rule, remedy = "a demand is split once", "Split its second delivery instead"
            findings.add(Finding(place, rule, remedy, column="code", value=self._second()))
        return findings

    def apply_to(self, frames: Frames) -> dict[str, pl.DataFrame]:
        """Return the demand lines with the first delivery and the rest."""
        lines = frames["demand_line"]
        mine = pl.col("code") == self.demand
        later = pl.lit(self.due_at.astimezone(UTC)).cast(lines.schema["due_at"]).alias("due_at")
        if self.quantity <= 0:
            return {"demand_line": pl.concat([lines.filter(~mine), lines.filter(mine).with_columns(later)])}
        first = pl.when(mine).then(self.quantity).otherwise(pl.col("quantity")).alias("quantity")
        rest = lines.filter(mine).with_columns(
            (pl.col("quantity") - self.quantity).alias("quantity"), later, pl.lit(self._second()).alias("code")
        )
        return {"demand_line": pl.concat([lines.with_columns(first), rest])}

    def _second(self) -> str:
        return self.demand[: CODE_LENGTH - len(SECOND)] + SECOND
