"""Numbers and days out of a form, with a finding where they are none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from math import isfinite

from drumbeat.basics.findings import Finding, InputError

MOST = 1e15


def read_number(form: Mapping[str, str], name: str, *, low: float = -MOST, high: float = MOST) -> float | None:
    """Read a number; None where the field is empty.

    Raises
    ------
    InputError
        When it is no number between `low` and `high`.
    """
    text = form.get(name, "").strip().replace(",", ".").replace("\u202f", "").replace(" ", "")
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    # A third and a ninth come back from a form rounded.
    if not isfinite(value) or not low - 1e-9 <= value <= high + 1e-9:
        rule = "it is a number" if abs(low) == high == MOST else f"it is a number from {low:.4g} to {high:.4g}"
        raise InputError(Finding("form", rule, "Correct it; nothing was saved", None, name, text[:40]))
    return value


def read_day(form: Mapping[str, str], name: str) -> date | None:
    """Read a day; None where the field is empty.

    Raises
    ------
    InputError
        When it is no day such as 2026-03-31.
    """
    text = form.get(name, "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        remedy = "Correct it; nothing was saved"
        raise InputError(Finding("form", "it is a day such as 2026-03-31", remedy, None, name, text[:40])) from None
