"""Numbers and words that a move needs, out of a form."""

from __future__ import annotations

from collections.abc import Mapping

from drumbeat.basics.findings import Finding, InputError
from drumbeat.strategy.read_form import read_number as read_any


def read_number(form: Mapping[str, str], name: str, what: str) -> float:
    """Read a number that has to be there.

    Raises
    ------
    InputError
        When it is missing, or none.
    """
    value = read_any(form, name)
    if value is None:
        raise InputError(Finding("form", f"{what} is a number", "Enter one", column=name))
    return value


def read_words(form: Mapping[str, str], name: str, most: int) -> str:
    """Read a text of at most so many characters; "" where it is missing."""
    return clean_words(form.get(name, ""), most)


def clean_words(text: str, most: int) -> str:
    """Return a text as it can be stored: PostgreSQL takes no zero character."""
    return text.replace("\x00", "").strip()[:most]


def read_round(form: Mapping[str, str]) -> int | None:
    """Return the round that the page showed from which the form came; None where it does not say."""
    text = form.get("round", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None
