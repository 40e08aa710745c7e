"""Enter what sales, finance and production plan of a family in a month, who closes the gap, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from drumbeat.basics.findings import Finding, Findings, InputError
from drumbeat.demand.models import Party, PlanComment, PlanGap, VolumePlan

MOST_QUANTITY = 1e15
MOST_LETTERS = {"family": 60, "owner": 150, "comment": 1000}


def enter_plans(
    family: str, month: date, plans: Mapping[str, float | None], *, author: str, owner: str | None = None,
    comment: str = "", seen: Mapping[str, float | None] | None = None,
) -> None:  # fmt: skip
    """Keep all that is entered, or nothing where any of it is wrong.

    Parameters
    ----------
    family, month
        Which line; any day of the month.
    plans
        Units in the month by party; None takes what a party entered back, a party that is not named keeps its plan.
    author
        Who enters it.
    owner
        Who closes the gap; "" = nobody, None = as before.
    comment
        What is said of it; "" = nothing.
    seen
        What the author knew the parties to have entered, None = nothing; a plan that has changed since is not
        overwritten. None = do not ask.

    Raises
    ------
    InputError
        With all that is wrong.
    """
    family, comment, owner = family.strip(), comment.strip(), None if owner is None else owner.strip()
    key: dict[str, Any] = {"family": family, "period_start": month.replace(day=1)}
    with transaction.atomic():
        rows = {row.party: row for row in VolumePlan.objects.select_for_update().filter(**key)}
        before = {party: row.quantity for party, row in rows.items()}
        found = _check(plans, {"family": family, "owner": owner or "", "comment": comment})
        found.merge(_check_seen(plans, before, seen))
        found.raise_on_errors()
        for party, quantity in plans.items():
            if quantity is None and party in rows:
                rows[party].delete()
            elif quantity is not None and before.get(party) != quantity:
                values = {"quantity": quantity, "author": author}
                VolumePlan.objects.update_or_create(party=party, **key, defaults=values)
        if owner:
            PlanGap.objects.update_or_create(**key, defaults={"owner": owner})
        elif owner == "":
            PlanGap.objects.filter(**key).delete()
        if comment:
            PlanComment.objects.create(**key, author=author, made_at=timezone.now(), text=comment)


def read_quantity(party: str, text: str) -> float | None:
    """Read what somebody typed as a party's plan; empty = None.

    Raises
    ------
    InputError
        When it is no number.
    """
    if not text.strip():
        return None
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        raise InputError(_wrong(party, text.strip()[:30])) from None


def _wrong(party: str, value: Any) -> Finding:
    rule = f"the plan of {party} is a number from 0 to {MOST_QUANTITY:g}"
    return Finding("volume_plan", rule, "Enter units in the month", value=value)


def _check(plans: Mapping[str, float | None], texts: Mapping[str, str]) -> Findings:
    found = Findings()
    if not texts["family"]:
        found.add(Finding("volume_plan", "a plan is of a family", "Enter the family's name"))
    for name, text in texts.items():
        if len(text) > MOST_LETTERS[name] or not "".join(text.split()).isprintable():
            rule = f"{name} has at most {MOST_LETTERS[name]} letters, all printable"
            found.add(Finding("volume_plan", rule, "Shorten or retype it", value=text[:40]))
    for party, quantity in plans.items():
        if party not in Party.values:
            rule = f"a party is one of {', '.join(Party.values)}"
            found.add(Finding("volume_plan", rule, "Name one of them", value=party))
        elif quantity is not None and not 0 <= quantity <= MOST_QUANTITY:
            found.add(_wrong(party, quantity))
    return found


def _check_seen(
    plans: Mapping[str, float | None], before: Mapping[str, float], seen: Mapping[str, float | None] | None
) -> Findings:
    found = Findings()
    for party, quantity in plans.items() if seen is not None else ():
        assert seen is not None
        now = before.get(party)
        if now not in (seen.get(party), quantity):
            rule = f"nobody has changed the plan of {party} since you looked"
            value = "nothing" if now is None else f"{now:g}"
            found.add(Finding("volume_plan", rule, "Look at it again, then change it", value=value))
    return found
