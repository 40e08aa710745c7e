"""What an inspection of a problem reports, and to whom."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from drumbeat.basics.arrays import Bools
from drumbeat.basics.findings import SHOWN_PER_RULE, Finding, Findings, Severity
from drumbeat.scheduling.engine.problem import Problem


@dataclass
class Inspection:
    """A problem under inspection."""

    problem: Problem
    findings: Findings = field(default_factory=Findings)

    @property
    def has_errors(self) -> bool:
        """Whether anything was found that stops what was asked."""
        return self.findings.has_errors

    def report(
        self, place: str, rule: str, remedy: str, values: object, bad: Bools, severity: Severity = "error"
    ) -> None:
        """Report a broken rule for each bad row: the first ones with their value, the rest by number."""
        if not bad.any():
            return
        rows = np.flatnonzero(bad)
        for row in rows[:SHOWN_PER_RULE].tolist():
            value = str(values[row])  # type: ignore[index]
            self.findings.add(Finding(place, rule, remedy, value=value, severity=severity))
        if len(rows) > SHOWN_PER_RULE:
            self.findings.add(Finding(place, rule, remedy, severity=severity), times=len(rows) - SHOWN_PER_RULE)


def is_outside(index: NDArray[np.integer], low: int, size: int) -> Bools:
    """Return whether each index is below `low` or not below `size`."""
    result: Bools = (index < low) | (index >= size)
    return result
