"""What planners do to a forecast: change it for a reason, and take a change back."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from drumbeat.basics.findings import Finding, Findings, InputError
from drumbeat.demand.compile_edits import MOST
from drumbeat.demand.models import Customer, ForecastEdit, ItemFamily
from drumbeat.plant.models import Item, Site


@dataclass(frozen=True)
class Cell:
    """What an edit is about; what is empty is not narrowed.

    Parameters
    ----------
    item, family, site, customer
        Codes, and the name of a family.
    """

    item: str = ""
    family: str = ""
    site: str = ""
    customer: str = ""

    def __str__(self) -> str:
        parts = (self.item, self.family and f"family {self.family}", self.site and f"at {self.site}",
                 self.customer and f"for {self.customer}")  # fmt: skip
        told = " ".join(part for part in parts if part) or "everything"
        return told if self.item else told[:1].upper() + told[1:]


def edits_of(cell: Cell) -> Any:
    """Edits of exactly this cell that count, the oldest first."""
    return ForecastEdit.objects.filter(
        item=cell.item or None, family=cell.family, site=cell.site or None, customer=cell.customer or None,
        withdrawn_at=None,
    ).order_by("made_at", "code")  # fmt: skip


def edit_forecast(
    cell: Cell,
    *,
    kind: str,
    amount: float,
    starts_on: date,
    ends_on: date,
    reason: str,
    author: str,
    made_at: datetime,
    unit: str = "",
    seen: set[str] | None = None,
) -> ForecastEdit:
    """Store an edit, unless somebody else has edited the same cell meanwhile.

    Parameters
    ----------
    cell
        What it is about.
    kind, amount, unit
        "percent", "delta" or "absolute", and how much; see `drumbeat.demand.compile_edits`.
    starts_on, ends_on
        First and last day.
    reason, author, made_at
        Why, who, when.
    seen
        Codes of the edits of this cell and these days that the author saw; None = do not ask.

    Raises
    ------
    InputError
        With everything that is wrong, or with what another author has entered meanwhile.
    """
    findings = _check_cell(cell)
    row = ForecastEdit(
        code=f"EDIT-{made_at:%Y%m%d}-{secrets.token_hex(4)}", item_id=cell.item or None, family=cell.family,
        site_id=cell.site or None, customer_id=cell.customer or None, starts_on=starts_on, ends_on=ends_on, kind=kind,
        amount=amount, unit=unit, reason=reason.strip(), author=author, made_at=made_at,
    )  # fmt: skip
    if not findings.has_errors:
        try:
            row.full_clean()
        except ValidationError as error:
            for column, said in error.message_dict.items():
                for text in said:
                    _add(findings, text.rstrip("."), "Correct it and save again", column, str(getattr(row, column, "")))
    if not abs(amount) <= MOST:
        _add(findings, f"an amount is a number of at most {MOST:.0e}", "Enter one", "amount", f"{amount:g}")
    if kind == "absolute" and amount < 0:
        _add(findings, "what is wanted in all is 0 or more", "Enter 0 or more", "amount", f"{amount:g}")
    findings.raise_on_errors()
    with transaction.atomic():
        if seen is not None:
            _check_unseen(edits_of(cell).filter(starts_on__lte=ends_on, ends_on__gte=starts_on), seen)
        row.save(force_insert=True)
    return row


def _check_unseen(rows: Any, seen: set[str]) -> None:
    for other in rows.exclude(code__in=seen):
        sign = {"percent": " %", "delta": " more", "absolute": " in all"}[other.kind]
        rule = f"this was edited by {other.author or 'somebody'} at {other.made_at:%H:%M} UTC: {other.amount:g}{sign}"
        remedy = f"Yours was not saved. Their reason: {other.reason}. Look at it, then decide"
        raise InputError(Finding("forecast_edit", rule, remedy, value=other.code))


def _check_cell(cell: Cell) -> Findings:
    findings = Findings()
    for name, code, model in (
        ("item", cell.item, Item),
        ("site", cell.site, Site),
        ("customer", cell.customer, Customer),
    ):
        if code and not model.objects.filter(pk=code).exists():
            _add(findings, f"the {name} is in the data", "Choose one of the data", name, code)
    if cell.family:
        members = ItemFamily.objects.filter(family=cell.family)
        if not members.exists():
            _add(findings, "a family has items", "Enter its items in item_family first", "family", cell.family)
        elif cell.item and not members.filter(item=cell.item).exists():
            _add(findings, f"item {cell.item} is in the family", "Leave one of the two empty", "family", cell.family)
    return findings


def _add(findings: Findings, rule: str, remedy: str, column: str, value: str) -> None:
    findings.add(Finding("forecast_edit", rule, remedy, column=column, value=value))


def withdraw_edit(edit: ForecastEdit, moment: datetime) -> None:
    """Take an edit back; it stays on file, and is scored for the periods in which it counted."""
    ForecastEdit.objects.filter(pk=edit.pk, withdrawn_at=None).update(withdrawn_at=moment)
