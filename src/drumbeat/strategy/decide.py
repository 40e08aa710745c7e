"""What people do with decisions: write them down, sign or dissent, decide, watch what they took for granted, learn."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from drumbeat.basics.findings import Finding, Findings, InputError
from drumbeat.strategy.engine.alignment.find_missing import Draft, Watch, find_missing, judge_assumption
from drumbeat.strategy.models import Assumption, Decision, DecisionEvent, DecisionOption, Signature
from drumbeat.twin.engine.validate.score import Score, score_probabilities

STEM = 80
WATCHED = {
    "oee": "OEE",
    "on_time": "On-time delivery",
    "first_pass_yield": "First-pass yield",
    "schedule_variance": "Schedule variance (days)",
    "maintenance_compliance": "Maintenance compliance",
    "overtime_share": "Overtime share",
    "cost_to_budget": "Cost against budget",
}
"""Figures of the scorecard that may watch an assumption, by key; shares are 0 to 1."""
Measure = Callable[[str, str], float | None]
"""Value of a figure of the scorecard by key and scope; None where none was measured."""


def note_event(decision: Decision, author: str, text: str, now: datetime) -> None:
    """Write down what happened to a decision."""
    DecisionEvent.objects.create(decision=decision, at=now, author=author, text=text[:500])


def open_decision(title: str, author: str, now: datetime, question: str = "") -> Decision:
    """Write down a question that is to be decided.

    Returns
    -------
    Decision
        Stored, with a code made of its title.

    Raises
    ------
    InputError
        When the title is empty or longer than 200 characters.
    """
    title = title.strip()
    if not 1 <= len(title) <= 200:
        rule = "a decision has a title of 1 to 200 characters"
        raise InputError(Finding("decision", rule, "Enter a shorter one" if title else "Enter one", column="title"))
    stem = slugify(title)[:STEM] or "decision"
    for number in range(1, 10_000):
        code = stem if number == 1 else f"{stem}-{number}"
        try:
            with transaction.atomic():
                decision = Decision.objects.create(
                    code=code, title=title, question=question.strip()[:4000], author=author, created_at=now,
                    changed_at=now,
                )  # fmt: skip
                note_event(decision, author, "Written down", now)
                return decision
        except IntegrityError:
            continue
    raise InputError(Finding("decision", "its title is not used thousands of times", "Choose another", value=title))


def take_fingerprint(decision: Decision) -> str:
    """Fingerprint of what is signed: question, options, choice, claim, probability, pre-mortem and assumptions.

    Whether an assumption still holds is no part of it.
    """
    options = decision.options.order_by("pk").values_list(
        "name", "note", "what_if", "cost", "value_low", "value_mid", "value_high"
    )
    assumed = decision.assumptions.order_by("pk").values_list("text", "owner", "figure", "scope", "least", "most")
    text = [
        decision.title, decision.question, decision.claim, decision.probability, str(decision.resolves_on),
        decision.premortem, decision.chosen.name if decision.chosen else "", list(options), list(assumed),
    ]  # fmt: skip
    return hashlib.blake2b(json.dumps(text, default=str).encode(), digest_size=16).hexdigest()


def list_standing(decision: Decision) -> dict[str, tuple[Signature, bool]]:
    """The last signature of each function, and whether it is of the text as it stands now."""
    fingerprint = take_fingerprint(decision)
    return {one.function: (one, one.fingerprint == fingerprint) for one in decision.signatures.order_by("pk")}


@transaction.atomic
def sign(decision: Decision, function: str, author: str, agrees: bool, reason: str, now: datetime) -> Signature:
    """Sign for a function, or dissent with a reason; what was signed before stays on record.

    Raises
    ------
    InputError
        When a dissent has no reason.
    """
    if not agrees and not reason.strip():
        rule, remedy = "who does not agree says why", "Enter the reason: it is kept with the decision"
        raise InputError(Finding("signature", rule, remedy, column="reason", value=function))
    row = Signature.objects.create(
        decision=decision, function=function, author=author, agrees=agrees, reason=reason.strip()[:1000],
        signed_at=now, fingerprint=take_fingerprint(decision),
    )  # fmt: skip
    what = "signed" if agrees else "does not agree"
    note_event(decision, author, f"{row.get_function_display()} {what}", now)
    return row


def list_lacks(decision: Decision, today: date) -> Findings:
    """Say what the decision still lacks before it can be made; empty when nothing."""
    standing = list_standing(decision)
    return find_missing(
        Draft(
            title=decision.title,
            options=decision.options.count(),
            has_chosen=decision.chosen_id is not None,
            claim=decision.claim,
            probability=decision.probability,
            resolves_on=decision.resolves_on,
            premortem=decision.premortem,
            assumptions=decision.assumptions.count(),
            signed=[function for function, (_, is_current) in standing.items() if is_current],
            broken=list(decision.assumptions.filter(state=Assumption.State.BROKEN).values_list("text", flat=True)),
        ),
        today,
    )


@transaction.atomic
def decide(decision: Decision, author: str, now: datetime) -> Decision:
    """Make the decision with the option that is chosen.

    Raises
    ------
    InputError
        With all that it lacks, or when it was made already.
    """
    decision = Decision.objects.select_for_update().get(pk=decision.pk)
    if decision.state in (Decision.State.DECIDED, Decision.State.RESOLVED):
        rule, remedy = "a decision is made once", "Break an assumption to reopen it, or write down a new one"
        raise InputError(Finding("decision", rule, remedy, value=decision.title))
    list_lacks(decision, now.date()).raise_on_errors()
    decision.state, decision.decided_at, decision.decided_by = Decision.State.DECIDED, now, author
    decision.changed_at = now
    decision.save()
    note_event(decision, author, f"Decided: {decision.chosen}, {decision.probability:.0%} sure", now)
    return decision


@transaction.atomic
def break_assumption(assumption: Assumption, why: str, author: str, now: datetime) -> None:
    """Say that an assumption no longer stands; a decision that was made on it is open again."""
    assumption.state, assumption.note, assumption.looked_at = Assumption.State.BROKEN, why[:1000], now
    assumption.save()
    decision = assumption.decision
    note_event(decision, author, f"Broken: {assumption.text} ({why})", now)
    if decision.state == Decision.State.DECIDED:
        decision.state, decision.changed_at = Decision.State.REOPENED, now
        decision.save()
        note_event(decision, author, "Reopened", now)


@transaction.atomic
def confirm_assumption(assumption: Assumption, expires_on: date, author: str, now: datetime) -> None:
    """Say that somebody looked and the assumption stands until a later day.

    Raises
    ------
    InputError
        When that day is not to come.
    """
    if expires_on <= now.date():
        rule = "an assumption is confirmed until a day to come"
        raise InputError(Finding("assumption", rule, "Enter a later day", None, "expires_on", expires_on.isoformat()))
    assumption.state, assumption.note = Assumption.State.HOLDS, ""
    assumption.expires_on, assumption.looked_at = expires_on, now
    assumption.save()
    note_event(assumption.decision, author, f"Still holds: {assumption.text}", now)


def watch_assumptions(measure: Measure, now: datetime, author: str = "Drumbeat") -> list[Assumption]:
    """Look at every assumption of the decisions that were made; break those that no longer stand.

    Parameters
    ----------
    measure
        Gives the value of a figure of the scorecard.
    now
        Moment of the look.

    Returns
    -------
    list
        Those that broke now; their decisions are open again.
    """
    found = []
    rows = Assumption.objects.filter(
        state=Assumption.State.HOLDS, decision__state__in=[Decision.State.DECIDED, Decision.State.REOPENED]
    )
    for one in rows.select_related("decision"):
        value = measure(one.figure, one.scope) if one.figure else None
        why = judge_assumption(Watch(one.expires_on, value, one.least, one.most), now.date())
        if why:
            break_assumption(one, why, author, now)
            found.append(one)
    return found


@transaction.atomic
def resolve(decision: Decision, came_true: bool, outcome: str, author: str, now: datetime) -> Decision:
    """Write down whether the claim of a decision came true: it is scored from then on.

    Raises
    ------
    InputError
        When it was never made.
    """
    if decision.decided_at is None:
        rule, remedy = "only a decision that was made can be judged", "Decide first"
        raise InputError(Finding("decision", rule, remedy, value=decision.title))
    decision.came_true, decision.outcome, decision.resolved_at = came_true, outcome.strip()[:4000], now
    decision.state, decision.changed_at = Decision.State.RESOLVED, now
    decision.save()
    said = "came true" if came_true else "did not come true"
    note_event(decision, author, f"Resolved: {said}, was held {decision.probability:.0%} sure", now)
    return decision


def score_decisions() -> Score | None:
    """Score the probabilities that were stated against what came of the decisions; None before any was resolved."""
    rows = list(
        Decision.objects.filter(state=Decision.State.RESOLVED)
        .exclude(probability=None)
        .values_list("probability", "came_true")
    )
    return score_probabilities([one for one, _ in rows], [bool(two) for _, two in rows]) if rows else None


@transaction.atomic
def save_option(decision: Decision, values: Mapping[str, Any], now: datetime) -> DecisionOption:
    """Add an option, or change the one of that name.

    Raises
    ------
    InputError
        When its name is empty, or P10, P50 and P90 do not rise.
    """
    findings = Findings()
    name = str(values.get("name", "")).strip()[:120]
    if not name:
        findings.add(Finding("option", "an option has a name", "Enter one", column="name"))
    rising = [values[key] for key in ("value_low", "value_mid", "value_high") if values.get(key) is not None]
    if rising != sorted(rising):
        told = " / ".join(f"{value:,.6g}" for value in rising)
        findings.add(Finding("option", "P10, P50 and P90 rise", "Enter the lowest first", None, "value", told))
    findings.raise_on_errors()
    row, _ = DecisionOption.objects.update_or_create(
        decision=decision, name=name, defaults={key: value for key, value in values.items() if key != "name"}
    )
    Decision.objects.filter(pk=decision.pk).update(changed_at=now)
    return row


def add_assumption(
    decision: Decision,
    text: str,
    expires_on: date | None,
    now: datetime,
    *,
    owner: str = "",
    figure: str = "",
    scope: str = "",
    least: float | None = None,
    most: float | None = None,
) -> Assumption:
    """Write down what a decision takes for granted.

    Raises
    ------
    InputError
        When it has no text, no owner, no day to come, or bounds without a figure or that exclude everything.
    """
    findings = Findings()

    def lacks(column: str, rule: str, remedy: str, value: str = "") -> None:
        findings.add(Finding("assumption", rule, remedy, None, column, value))

    if not text.strip():
        lacks("text", "an assumption says what is taken for granted", "Enter it")
    if not owner:
        lacks("owner", "an assumption has an owner", "Name who will notice when it breaks")
    if expires_on is None or expires_on <= now.date():
        lacks("expires_on", "an assumption expires on a day to come", "Enter one", str(expires_on or ""))
    if figure and figure not in WATCHED:
        lacks("figure", "the figure is one of the scorecard", f"Choose one of {', '.join(WATCHED)}", figure)
    if figure and least is None and most is None:
        lacks("least", "a figure that watches has a bound", "Enter the least or the most that it may be", figure)
    if (least is not None or most is not None) and not figure:
        lacks("figure", "bounds are of a figure of the scorecard", "Name it, or leave the bounds empty")
    if least is not None and most is not None and least > most:
        lacks("least", "its least is not above its most", "Swap them", f"{least:g} > {most:g}")
    findings.raise_on_errors()
    return Assumption.objects.create(
        decision=decision, text=text.strip()[:300], owner=owner, expires_on=expires_on, figure=figure, scope=scope,
        least=least, most=most,
    )  # fmt: skip


def tell_changed(decision: Decision) -> Finding:
    """What to say to whoever saves a text that somebody else has changed meanwhile."""
    rule = "nobody else has changed the decision since it was opened"
    return Finding("decision", rule, "Look at what changed, then enter yours again", value=decision.title)


def tell_bad_criterion(name: str, most: int) -> Finding:
    """What to say of a criterion that cannot be kept."""
    rule = f"a decision has up to {most} criteria, each with a name"
    return Finding("criterion", rule, "Name it, or join some", column="name", value=name)


def tell_unknown_function(name: str) -> Finding:
    """What to say of a function that there is not."""
    return Finding("function", "the function exists", "Choose one of the list", column="function", value=name[:40])
