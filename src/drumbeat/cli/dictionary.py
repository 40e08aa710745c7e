"""`drumbeat dictionary`: the data dictionary, written from the tables' own declarations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from drumbeat.cli.show import start_django


def dictionary(
    path: Annotated[Path, typer.Argument(help="Markdown file to write")] = Path("data-dictionary.md"),
) -> int:
    """Write the data dictionary: every table and column with its type, unit, choices and rules."""
    start_django()
    from drumbeat.data.write_dictionary import write_dictionary

    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(write_dictionary(), encoding="utf-8")
    Console().print(f"Written to {path}")
    return 0
