"""The noun of strategy: a weakness, with what shows it, what it may cost, and what would prove it wrong."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Weakness:
    """One hidden weakness of the production system.

    Parameters
    ----------
    kind
        One of `drumbeat.strategy.engine.thresholds.KINDS`, e.g. "maintenance backlog".
    site, subject
        Code of the site ("" = the enterprise), and of what is weak: a machine, skill, supplier, cost centre.
    headline
        It in one sentence.
    metric
        What was measured, with its unit.
    value, low, high
        Measured value and its 95 % interval (None where it is a count, not an estimate).
    threshold, threshold_source
        Value from which it counts as a weakness, and why that value.
    evidence
        Rows behind it, each a dict of plain values with `table` and `key`; the ones that weigh most first, capped.
    num_evidence
        How many rows there are.
    remedy
        What to do.
    disproof
        What would prove the alert wrong.
    hours_at_risk
        Machine or labour hours that it puts at risk over the next 13 weeks; how, says `risk_basis`.
    money_at_risk
        Contribution or cost at risk over the next 13 weeks in `currency`; 0 where no money is known.
    rank
        1 = the most at risk; 0 before ranking.
    remedies
        Ways to close it as changes that can be opened as a what-if: name, and changes as plain values.
    by_twin
        What it will cost if it is left, as the twin plays it (`TwinCost.as_json`); empty = not played.
    """

    kind: str
    site: str
    subject: str
    headline: str
    metric: str
    value: float
    low: float | None
    high: float | None
    threshold: float
    threshold_source: str
    evidence: tuple[dict[str, Any], ...]
    num_evidence: int
    remedy: str
    disproof: str
    hours_at_risk: float = 0.0
    money_at_risk: float = 0.0
    risk_basis: str = ""
    currency: str = ""
    rank: int = 0
    remedies: tuple[dict[str, Any], ...] = ()
    by_twin: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready form."""
        plain = {"evidence": [dict(row) for row in self.evidence], "remedies": [dict(one) for one in self.remedies]}
        return {**asdict(self), **plain}
