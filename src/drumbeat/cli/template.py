"""`drumbeat template`: the blank workbook."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from drumbeat.basics.findings import Finding, InputError
from drumbeat.cli.show import start_django


def template(
    path: Annotated[Path, typer.Argument(help="Workbook to write")] = Path("drumbeat-template.xlsx"),
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there")] = False,
) -> int:
    """Write the blank workbook: a sheet a table, with units, choices, help and an example row."""
    if path.exists() and not force:
        rule = "the template does not replace a file"
        raise InputError(Finding(str(path), rule, "Name another file, or add --force"))
    start_django()
    from drumbeat.data.write_template import write_template

    write_template(path)
    Console().print(f"Written to {path}: fill in the sheets that you need, then run drumbeat load {path}")
    return 0
