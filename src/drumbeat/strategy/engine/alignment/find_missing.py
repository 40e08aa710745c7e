"""What a decision still lacks before it can be made, and which of its assumptions no longer stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from drumbeat.basics.findings import Finding, Findings


@dataclass(frozen=True, slots=True)
class Draft:
    """A decision as it stands before it is made: what `find_missing` looks at."""

    title: str
    options: int
    has_chosen: bool
    claim: str
    probability: float | None
    resolves_on: date | None
    premortem: str
    assumptions: int
    signed: Sequence[str]
    broken: Sequence[str] = ()


def find_missing(draft: Draft, today: date) -> Findings:
    """Say what the decision lacks: none of it can be told honestly once the outcome is known.

    Returns
    -------
    Findings
        Empty when it can be made.
    """
    findings = Findings()

    def lacks(column: str, rule: str, remedy: str, value: str = "") -> None:
        findings.add(Finding("decision", rule, remedy, None, column, value or draft.title))

    if draft.options < 2:
        lacks("options", "a decision is between two options at least", "Add the other, if only: do nothing")
    if not draft.has_chosen:
        lacks("chosen", "a decision chooses an option", "Choose one")
    if not draft.claim.strip():
        lacks("claim", "a decision says what will be seen if it is right", "Write it so that it can be told later")
    if draft.probability is None:
        lacks("probability", "a decision says how sure we are", "Enter 0 to 100 %")
    if draft.resolves_on is None:
        lacks("resolves_on", "a decision names the day on which it can be told", "Enter a day")
    elif draft.resolves_on <= today:
        lacks("resolves_on", "that day is still to come", "Enter a later day", draft.resolves_on.isoformat())
    if not draft.premortem.strip():
        lacks("premortem", "a pre-mortem was made", "Suppose that it has failed, and write down why")
    if not draft.assumptions:
        lacks("assumptions", "a decision names what it takes for granted", "Add an assumption with owner and expiry")
    if not draft.signed:
        lacks("signatures", "at least one function has signed", "Have the functions that it touches sign or dissent")
    for text in draft.broken:
        lacks("assumptions", "nothing that it takes for granted is broken", "Confirm it, change it, or remove it", text)
    return findings


@dataclass(frozen=True, slots=True)
class Watch:
    """An assumption and the value of the figure that watches it; None = no figure, or none measured."""

    expires_on: date
    value: float | None = None
    least: float | None = None
    most: float | None = None


def judge_assumption(watch: Watch, today: date) -> str:
    """Say why an assumption no longer stands; "" while it does."""
    if watch.value is not None:
        if watch.least is not None and watch.value < watch.least:
            return f"measured {watch.value:,.4g}, below {watch.least:,.4g}"
        if watch.most is not None and watch.value > watch.most:
            return f"measured {watch.value:,.4g}, above {watch.most:,.4g}"
    if watch.expires_on < today:
        return f"expired on {watch.expires_on.day} {watch.expires_on:%b %Y} without being looked at again"
    return ""
