"""Changes of what is wanted when: another demand, more or less of one, a demand in two deliveries."""

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


def _find_bad_amount(quantity: float, least: str, *, may_be_nothing: bool) -> list[Finding]:
    if math.isfinite(quantity) and (quantity > 0 or (may_be_nothing and quantity == 0)):
        return []
    return [Finding("demand_line", f"a quantity is {least}", "Enter a number", column="quantity", value=str(quantity))]


MOST_LOTS = 100_000
"""Orders that one demand may beget of one item."""
MOST_LEVELS = 100
"""Levels of bills that are read; more only where an item goes into itself, which planning refuses by name."""


def find_too_many_lots(frames: Frames, item: str, quantity: float) -> list[Finding]:
    """Find a demand that would take more lots of its item, or of what goes into that, than anybody can plan."""
    limits = frames["item"].filter(pl.col("lot_maximum") > 0).select("code", "lot_maximum")
    if not limits.height or not math.isfinite(quantity):
        return []
    over = (
        _explode(frames["bill_line"], item, quantity)
        .join(limits, on="code")
        .filter(pl.col("units") > MOST_LOTS * pl.col("lot_maximum"))
    )
    named = ["its item" if code == item else f"its component {code}" for code in over["code"].sort()[:5]]
    rule, remedy = f"a demand takes at most {MOST_LOTS:,} lots of ", "Enter a smaller quantity, or a larger lot_maximum"
    return [Finding("demand_line", rule + one, remedy, column="quantity", value=f"{quantity:g}") for one in named]


def _explode(bills: pl.DataFrame, item: str, quantity: float) -> pl.DataFrame:
    """Units that a quantity of an item takes of it and of all that goes into it, by their bills: code, units."""
    lines = bills.select(code="item", component="component", per=pl.col("quantity_per") / (1 - pl.col("scrap")))
    level = pl.DataFrame({"code": [item], "units": [float(quantity)]})
    found = [level]
    while level.height and len(found) < MOST_LEVELS:
        taken = level.join(lines, on="code").select(code="component", units=pl.col("units") * pl.col("per"))
        level = taken.group_by("code").agg(pl.col("units").sum())
        found.append(level)
    return pl.concat(found).group_by("code").agg(pl.col("units").sum())


def _find_bad_moment(moment: datetime) -> list[Finding]:
    if moment.tzinfo is not None:
        return []
    rule, remedy = "a moment has a time zone", "Write it in UTC, or with its offset"
    return [Finding("demand_line", rule, remedy, column="due_at", value=moment.isoformat())]


@dataclass(frozen=True)
class AddDemand(StoredChange):
    """Take one more order of a customer.

    Parameters
    ----------
    item, site
        What is wanted, and which site delivers it.
    quantity
        Units, above 0.
    due_at
        When it is wanted, with a time zone.
    priority
        Importance, above 0: 2 counts twice as much as 1.
    demand
        Code of the new demand line.
    """

    item: str
    site: str
    quantity: float
    due_at: datetime
    priority: float = 1.0
    demand: str = "NEW-DEMAND"

    def check(self, frames: Frames) -> Findings:
        """Say what is wrong with the demand on these frames."""
        findings = Findings()
        findings.extend(find_unknown(frames, "item", self.item, "item"))
        findings.extend(find_unknown(frames, "site", self.site, "site"))
        findings.extend(_find_bad_amount(self.quantity, "above 0", may_be_nothing=False))
        findings.extend(find_too_many_lots(frames, self.item, self.quantity))
        findings.extend(_find_bad_moment(self.due_at))
        if not (math.isfinite(self.priority) and self.priority > 0):
            rule, remedy = "a priority is above zero", "Enter a number above 0"
            findings.add(Finding("demand_line", rule, remedy, column="priority", value=str(self.priority)))
        if self.demand in frames["demand_line"]["code"] or not 0 < len(self.demand) <= CODE_LENGTH:
            rule, remedy = "a new demand line has a code of its own", f"Enter another, at most {CODE_LENGTH} characters"
            findings.add(Finding("demand_line", rule, remedy, column="code", value=self.demand[:CODE_LENGTH]))
        return findings

    def apply_to(self, frames: Frames) -> dict[str, pl.DataFrame]:
        """Return the demand lines with this one."""
        lines = frames["demand_line"]
        row = {
            "code": self.demand, "item": self.item, "site": self.site, "quantity": float(self.quantity),
            "due_at": self.due_at.astimezone(UTC), "priority": float(self.priority), "kind": "order", "state": "open",
        }  # fmt: skip
        added = pl.DataFrame([row], schema={name: lines.schema[name] for name in row})
        return {"demand_line": pl.concat([lines, added], how="diagonal")}


@dataclass(frozen=True)
class ChangeDemand(StoredChange):
    """Have a customer's order moved, made larger or smaller, or cancelled; what is None stays as it is.

    Parameters
    ----------
    demand
        Code of the demand line.
    quantity
        Units, 0 or more; 0 = it is cancelled.
    due_at
        When it is wanted, with a time zone.
    """

    demand: Annotated[str, "demand_line.code"]
    quantity: float | None = None
    due_at: datetime | None = None

    def check(self, frames: Frames) -> Findings:
        """Say what is wrong with the change on these frames."""
        findings = Findings()
        findings.extend(find_unknown(frames, "demand_line", self.demand, "demand"))
        if self.quantity is None and self.due_at is None:
            rule, remedy = "a change of a demand changes something", "Give a quantity or a due time"
            findings.add(Finding("demand_line", rule, remedy, value=self.demand))
        if self.quantity is not None:
            findings.extend(_find_bad_amount(self.quantity, "0 or more", may_be_nothing=True))
            for item in frames["demand_line"].filter(pl.col("code") == self.demand)["item"]:
                findings.extend(find_too_many_lots(frames, item, self.quantity))
        if self.due_at is not None:
            findings.extend(_find_bad_moment(self.due_at))
        state = frames["demand_line"].filter(pl.col("code") == self.demand)["state"].cast(pl.String).to_list()
        if state and state[0] != "open":
            rule, remedy = "a demand that changes is open", "Drop the change"
            findings.add(Finding("demand_line", rule, remedy, column="state", value=state[0]))
        return findings

    def apply_to(self, frames: Frames) -> dict[str, pl.DataFrame]:
        """Return the demand lines with this one changed, or without it where nothing is wanted any more."""
        lines = frames["demand_line"]
        mine = pl.col("code") == self.demand
        if self.quantity == 0:
            return {"demand_line": lines.filter(~mine)}
        changed = {}
        if self.quantity is not None:
            changed["quantity"] = pl.when(mine).then(float(self.quantity)).otherwise(pl.col("quantity"))
        if self.due_at is not None:
            moment = pl.lit(self.due_at.astimezone(UTC)).cast(lines.schema["due_at"])
            changed["due_at"] = pl.when(mine).then(moment).otherwise(pl.col("due_at"))
        return {"demand_line": lines.with_columns(**changed)}
