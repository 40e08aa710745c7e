"""Changes of people: somebody who is away for a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import polars as pl

from drumbeat.basics.findings import Finding, Findings
from drumbeat.data.change import Frames
from drumbeat.data.stored_change import StoredChange
from drumbeat.plant.changes import find_unknown


@dataclass(frozen=True)
class AddAbsence(StoredChange):
    """Have a person away for a time.

    Parameters
    ----------
    person
        Code of the person.
    starts_at, ends_at
        Moments with a time zone; the end is after the start.
    reason
        Why.
    """

    person: Annotated[str, "person.code"]
    starts_at: datetime
    ends_at: datetime
    reason: Annotated[str, "absence.reason"] = "other"

    def check(self, frames: Frames) -> Findings:
        """Say what is wrong with the absence on these frames."""
        findings = Findings()
        findings.extend(find_unknown(frames, "person", self.person, "person"))
        for column, moment in (("starts_at", self.starts_at), ("ends_at", self.ends_at)):
            if moment.tzinfo is None:
                rule, remedy = "a moment has a time zone", "Write it in UTC, or with its offset"
                findings.add(Finding("absence", rule, remedy, column=column, value=moment.isoformat()))
        if findings.has_errors:
            return findings
        if self.ends_at <= self.starts_at:
            rule, remedy = "an absence ends after it starts", "Enter a later end"
            findings.add(Finding("absence", rule, remedy, column="ends_at", value=self.ends_at.isoformat()))
        start = self.starts_at.astimezone(UTC)
        if frames["absence"].filter((pl.col("person") == self.person) & (pl.col("starts_at") == start)).height:
            rule, remedy = "a person has one absence from a moment on", "Choose another start, or drop the change"
            findings.add(Finding("absence", rule, remedy, column="starts_at", value=self.starts_at.isoformat()))
        return findings

    def apply_to(self, frames: Frames) -> dict[str, pl.DataFrame]:
        """Return the absences with this one."""
        absences = frames["absence"]
        row = {
            "person": self.person, "starts_at": self.starts_at.astimezone(UTC), "ends_at": self.ends_at.astimezone(UTC),
            "reason": self.reason,
        }  # fmt: skip
        given = pl.DataFrame({name: [row.get(name)] for name in absences.columns}, schema=absences.schema)
        return {"absence": pl.concat([absences, given])}
