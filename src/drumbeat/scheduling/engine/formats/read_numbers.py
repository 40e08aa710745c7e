"""Read the whole numbers of an instance, whatever its lines."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Int64s
from drumbeat.basics.findings import Finding, InputError


def refuse(name: str, rule: str, value: object = None) -> InputError:
    """Make the error that says which rule of its format an instance breaks."""
    shown = None if value is None else str(value)
    return InputError(Finding(name, rule, "Check that this is the right format", value=shown))


def read_numbers(text: str, name: str) -> Int64s:
    """Read all words of a text as whole numbers, in their order.

    Raises
    ------
    InputError
        Where a word is not a whole number.
    """
    words = text.split()
    try:
        return np.array(words, dtype=np.int64)
    except (ValueError, OverflowError):
        wrong = next(word for word in words if not word.lstrip("+-").isdigit() or len(word) > 18)
        raise refuse(name, "every word of an instance is a whole number", wrong[:60]) from None


def check_table(name: str, table: Int64s, size: int, what: str) -> Int64s:
    """Return the first `size` numbers of a table when they are there and none is negative; refuse it otherwise."""
    if len(table) < size:
        raise refuse(name, f"there are {size} {what}", len(table))
    if size and table[:size].min() < 0:
        raise refuse(name, f"{what} are 0 or more", int(table[:size].min()))
    return table[:size]
