"""Numbers that a move cannot do without, out of a form."""

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
