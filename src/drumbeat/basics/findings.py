"""Findings: what is wrong with an input, said so that its owner can mend it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Literal

Severity = Literal["error", "warning", "note"]

SHOWN_PER_RULE = 50
"""How many findings of one rule in one place are kept; the rest are only counted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken rule at one place.

    Parameters
    ----------
    place
        File, sheet or table, as the user knows it ("orders.csv", "Sheet Item", "task").
    rule
        The rule that is broken, as a sentence without a full stop.
    remedy
        What to do about it, as a sentence without a full stop.
    row
        Row as the user counts it (2 is the first row below a header); None for the whole place.
    column
        Column name; None when the rule joins several columns.
    value
        The offending value as text; None when there is none.
    severity
        "error" stops what was asked, "warning" and "note" do not.
    """

    place: str
    rule: str
    remedy: str
    row: int | None = None
    column: str | None = None
    value: str | None = None
    severity: Severity = "error"

    def __str__(self) -> str:
        where = self.place
        if self.row is not None:
            where += f", row {self.row}"
        if self.column is not None:
            where += f", column {self.column}"
        shown = "" if self.value is None else f" (found {self.value!r})"
        return f"{where}: {self.rule}{shown}. {self.remedy}."


@dataclass(slots=True)
class Findings:
    """A collection of findings, capped by place and rule, with the true counts.

    Examples
    --------
    >>> found = Findings()
    >>> found.add(Finding("item.csv", "a lot size is above zero", "Enter 1 or more", 3, "lot_minimum", "0"))
    >>> found.has_errors, found.count
    (True, 1)
    """

    shown: list[Finding] = field(default_factory=list)
    counts: dict[tuple[str, str, str], int] = field(default_factory=dict)

    def add(self, finding: Finding, *, times: int = 1) -> None:
        """Add one finding; `times` counts further rows that break the same rule but are not shown."""
        key = (finding.place, finding.rule, finding.severity)
        seen = self.counts.get(key, 0)
        self.counts[key] = seen + times
        if seen < SHOWN_PER_RULE:
            self.shown.append(finding)

    def extend(self, findings: Iterable[Finding]) -> None:
        """Add several findings."""
        for finding in findings:
            self.add(finding)

    def merge(self, other: Findings) -> None:
        """Take over another collection, its counts included."""
        self.shown.extend(other.shown)
        for key, times in other.counts.items():
            self.counts[key] = self.counts.get(key, 0) + times

    @property
    def count(self) -> int:
        """All findings, shown or not."""
        return sum(self.counts.values())

    @property
    def num_errors(self) -> int:
        """Findings of severity "error", shown or not."""
        return sum(times for key, times in self.counts.items() if key[2] == "error")

    @property
    def has_errors(self) -> bool:
        """Whether anything stops what was asked."""
        return self.num_errors > 0

    def raise_on_errors(self) -> None:
        """Raise `InputError` when there is any error."""
        if self.has_errors:
            raise InputError(self)

    def as_json(self) -> dict[str, object]:
        """A JSON-ready form: `errors`, `total` and the shown findings."""
        return {
            "errors": self.num_errors,
            "total": self.count,
            "findings": [asdict(finding) for finding in self.shown],
        }

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.shown)

    def __len__(self) -> int:
        return len(self.shown)

    def __bool__(self) -> bool:
        return bool(self.shown)


class InputError(ValueError):
    """Input that breaks at least one rule; carries all its findings.

    A single finding may be passed instead of a collection.
    """

    def __init__(self, findings: Findings | Finding) -> None:
        if isinstance(findings, Finding):
            collected = Findings()
            collected.add(findings)
            findings = collected
        self.findings = findings
        first = "\n".join(str(finding) for finding in findings.shown[:5])
        more = findings.count - min(5, len(findings.shown))
        super().__init__(first + (f"\n... and {more} more findings" if more > 0 else ""))
