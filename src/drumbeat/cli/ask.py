"""Ask at the terminal: what cannot be read is told, with what to type instead, and asked again."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from rich.console import Console
from rich.text import Text

from drumbeat.cli.write_lines import print_item

T = TypeVar("T")
THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")


def ask(console: Console, question: str, read: Callable[[str], T]) -> T:
    """Ask until the answer can be read.

    Parameters
    ----------
    console, question
        Where, and what.
    read
        Makes a value of what was typed; raises ValueError with what to type instead.
    """
    while True:
        console.print(Text(f"{question}: ", style="bold"), end="", soft_wrap=True)
        typed = console.input().strip()
        try:
            return read(typed)
        except ValueError as error:
            print_item(console, str(error), style="red")


def read_place(typed: str, num: int, closed: Mapping[int, str], *, enter: str = "") -> int:
    """Read the number of a row, from 1; 0 where Enter was pressed.

    Parameters
    ----------
    typed, num
        What was typed, and how many rows there are.
    closed
        Rows that cannot be taken, with why.
    enter
        What Enter means; "" = it means nothing.

    Raises
    ------
    ValueError
        When it is no such number.
    """
    if not typed and enter:
        return 0
    end = f", or press Enter {enter}" if enter else ""
    place = int(typed) if typed.isascii() and typed.isdigit() else 0
    if not 1 <= place <= num:
        raise ValueError(f"Type a number from 1 to {num}{end}.")
    if place in closed:
        raise ValueError(f"Not this one: {closed[place]}.")
    return place


def read_places(typed: str, num: int) -> list[int]:
    """Read the numbers of rows, with spaces or commas between; none where Enter was pressed.

    Raises
    ------
    ValueError
        When one of them is no such number.
    """
    told = f"from 1 to {num} " if num else ""
    words = typed.replace(",", " ").split()
    wrong = [one for one in words if not (one.isascii() and one.isdigit() and 1 <= int(one) <= num)]
    if wrong:
        what = f"Type numbers {told}with spaces between" if num else "There is nothing to cite"
        raise ValueError(f"{what}, or press Enter for the report alone; “{wrong[0]}” is none of them.")
    return sorted({int(one) for one in words})


def read_percent(typed: str) -> float:
    """Read a probability that was typed in percent; returns it between 0 and 1.

    Raises
    ------
    ValueError
        When it is no number from 0 to 100, or looks like a share of one.
    """
    number = read_amount(typed.removesuffix("%"), None)
    if not 0.0 <= number <= 100.0:
        raise ValueError("Type a number from 0 to 100, such as 70.")
    if 0.0 < number < 1.0:
        raise ValueError(f"In percent, please: {100 * number:g} rather than {typed}.")
    return number / 100.0


def read_amount(typed: str, default: float | None) -> float:
    """Read a number; thousands may have commas or spaces between them, and the comma may be the decimal sign.

    Parameters
    ----------
    typed
        What was typed.
    default
        What Enter means; None = it means nothing.

    Raises
    ------
    ValueError
        When it is no number.
    """
    text = typed.strip().removesuffix("%").replace(" ", "").replace("\u00a0", "").replace("_", "")
    if not text and default is not None:
        return default
    text = text.replace(",", "") if THOUSANDS.fullmatch(text) else text.replace(",", ".")
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError("Type a number, such as 70 or 12,500.")
    return number
