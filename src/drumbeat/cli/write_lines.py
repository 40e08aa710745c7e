"""Lines of text on a terminal: wrapped at words under a hanging indent, rows of figures in columns, bars."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

MOST_COLUMNS = 100
"""Wider lines are hard to read, however wide the window is."""


def open_console() -> Console:
    """Return the console, no wider than `MOST_COLUMNS`; without colours where its output goes to a file."""
    console = Console(highlight=False)
    console.width = min(console.width, MOST_COLUMNS)
    return console


def print_item(console: Console, told: str | Text, *, mark: str = "", indent: int = 2, style: str = "") -> None:
    """Print a text behind a mark, wrapped at words; its further lines begin below its first word.

    Parameters
    ----------
    console, told
        Where, and what; empty lines in it stay.
    mark
        What stands before the first line: "1.", "agrees", ...
    indent
        Spaces before the mark.
    style
        Of a plain text.
    """
    text = told if isinstance(told, Text) else Text(told, style=style)
    start = f"{' ' * indent}{mark} " if mark else " " * indent
    lines = text.wrap(console, max(console.width - len(start), 10))
    for place, line in enumerate(lines):
        line.rstrip()
        before = start if not place else " " * len(start)
        console.print(Text(before if line.plain or not place else "").append_text(line), soft_wrap=True)


def as_sentence(text: str) -> str:
    """Return a text with a capital at its beginning and one full stop at its end."""
    told = text.strip().rstrip(".")
    return f"{told[:1].upper()}{told[1:]}."


def tell_percent(share: float) -> str:
    """Say a share as people do: "70 %"."""
    return f"{100 * share:.0f} %"


def print_heading(console: Console, title: str) -> None:
    """Print a heading, with an empty line before it."""
    console.print()
    print_item(console, Text(title, style="bold"), indent=0)


def print_rows(console: Console, rows: Sequence[Sequence[str | Text]], *, indent: int = 2) -> None:
    """Print rows in columns: the first to the left, the others to the right; the first row is the head.

    Columns are as wide as what stands in them; leave away columns before, where they do not fit.
    """
    told = [[cell if isinstance(cell, Text) else Text(cell) for cell in row] for row in rows]
    widths = [max(len(row[at]) for row in told) for at in range(len(told[0]))]
    for place, row in enumerate(told):
        line = Text(" " * indent)
        for at, (cell, width) in enumerate(zip(row, widths, strict=True)):
            space = " " * (width - len(cell))
            line.append_text(Text.assemble(cell, space) if at == 0 else Text.assemble("  ", space, cell))
        line.rstrip()
        if place == 0:
            line.stylize("dim")
        console.print(line, soft_wrap=True)


def draw_bar(share: float, width: int, colour: str) -> Text:
    """Draw a share between 0 and 1 as a bar of so many characters."""
    filled = round(min(max(share, 0.0), 1.0) * width)
    return Text.assemble(("━" * filled, colour), ("─" * (width - filled), "dim"))
