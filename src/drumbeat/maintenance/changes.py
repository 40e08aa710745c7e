"""Changes of reliability: a machine that fails less often, or is repaired sooner."""

from __future__ import annotations

import math
from dataclasses import dataclass

import polars as pl

from drumbeat.basics.findings import Finding, Findings
from drumbeat.data.change import Frames
from drumbeat.data.stored_change import StoredChange
from drumbeat.plant.changes import find_unknown


@dataclass(frozen=True)
class ChangeReliability(StoredChange):
    """Make a resource fail less or more often, and its repairs longer or shorter.

    Parameters
    ----------
    resource
        Code of the resource; all its failure modes change.
    life_factor
        New mean time between failures against the old one, > 0: 2 = half as many failures.
    repair_factor
        New mean time to repair against the old one, > 0: 0.5 = repaired in half the time.
    """

    resource: str
    life_factor: float = 1.0
    repair_factor: float = 1.0

    def check(self, frames: Frames) -> Findings:
        """Say what is wrong with the change on these frames."""
        findings = Findings()
        findings.extend(find_unknown(frames, "resource", self.resource, "resource"))
        for column, factor in (("life_factor", self.life_factor), ("repair_factor", self.repair_factor)):
            if not (math.isfinite(factor) and factor > 0):
                rule, remedy = "a factor is above zero", "Enter a number above 0, such as 1.5"
                findings.add(Finding("failure_mode", rule, remedy, column=column, value=str(factor)))
        if not findings.has_errors and not frames["failure_mode"].filter(pl.col("resource") == self.resource).height:
            rule, remedy = "a resource whose reliability changes has a failure mode", "Add it to failure_mode first"
            findings.add(Finding("failure_mode", rule, remedy, column="resource", value=self.resource))
        return findings

    def apply_to(self, frames: Frames) -> dict[str, pl.DataFrame]:
        """Return the failure modes with the new times."""
        mine = pl.col("resource") == self.resource
        changed = [
            pl.when(mine).then(pl.col(name) * factor).otherwise(pl.col(name)).alias(name)
            for name, factor in (("mean_hours", self.life_factor), ("repair_mean_hours", self.repair_factor))
        ]
        return {"failure_mode": frames["failure_mode"].with_columns(changed)}
