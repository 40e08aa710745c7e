"""Changes of people: somebody who is away for a time, or learns another skill."""

from __future__ import annotations

import math
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


@dataclass(frozen=True)
class TrainPerson(StoredChange):
    """Have a person learn a skill, or a higher level of it: cross-training.

    Parameters
    ----------
    person, skill
        Codes.
    level
        1 learns, 2 works alone, 3 teaches.
    starts_at
        Moment from whose day on the person has the skill; None = now.
    cost
        Money that the training costs once, in the currency of the site; it is told with the change, no table holds it.
    """

    person: Annotated[str, "person.code"]
    skill: Annotated[str, "skill.code"]
    level: Annotated[int, "person_skill.level"] = 2
    starts_at: datetime | None = None
    cost: float = 0.0

    def check(self, frames: Frames) -> Findings:
        """Say what is wrong with the training on these frames."""
        findings, place = Findings(), "person_skill"
        for table, code in (("person", self.person), ("skill", self.skill)):
            findings.extend(find_unknown(frames, table, code, table))
        if not 1 <= self.level <= 3:
            rule, remedy = "a level is 1, 2 or 3", "Enter 2 for somebody who works alone"
            findings.add(Finding(place, rule, remedy, column="level", value=str(self.level)))
        if not (math.isfinite(self.cost) and self.cost >= 0):
            findings.add(Finding(place, "a cost is 0 or more", "Enter 0 or more", column="cost", value=str(self.cost)))
        if self.starts_at is not None and self.starts_at.tzinfo is None:
            rule, remedy = "a moment has a time zone", "Write it in UTC, or with its offset"
            findings.add(Finding(place, rule, remedy, column="starts_at", value=self.starts_at.isoformat()))
        held = frames[place].filter(self._rows() & (pl.col("level") >= self.level))
        if held.filter(pl.col("certified_from").is_null() & pl.col("certified_until").is_null()).height:
            rule, remedy = "who is trained does not have the skill at that level for good", "Choose somebody else"
            findings.add(Finding(place, rule, remedy, column="skill", value=f"{self.person} {self.skill}"))
        return findings

    def apply_to(self, frames: Frames) -> dict[str, pl.DataFrame]:
        """Return the skills of people with this one; it takes the place of what the person had of it."""
        skills = frames["person_skill"]
        start = self.starts_at.astimezone(UTC).date() if self.starts_at else None
        row = {"person": self.person, "skill": self.skill, "level": self.level, "certified_from": start}
        given = pl.DataFrame({name: [row.get(name)] for name in skills.columns}, schema=skills.schema)
        return {"person_skill": pl.concat([skills.filter(~self._rows()), given])}

    def _rows(self) -> pl.Expr:
        return (pl.col("person") == self.person) & (pl.col("skill") == self.skill)
