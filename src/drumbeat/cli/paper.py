"""`drumbeat paper`: the board paper."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from drumbeat.cli.show import open_database


def paper(
    decision: Annotated[
        str, typer.Argument(help="Code of the decision; empty = the newest that is open, or the situation alone")
    ] = "",
    out: Annotated[Path, typer.Option(help="PDF to write")] = Path("board-paper.pdf"),
    author: Annotated[str, typer.Option(help="Who signs for it")] = "",
) -> None:
    """The board paper as PDF: situation, weaknesses, options, roadmap, risks, who agreed; an appendix with the rest."""
    open_database()
    from django.utils import timezone

    from drumbeat.strategy.write_paper import find_decision, write_paper

    found = find_decision(decision)
    out.write_bytes(write_paper(found, timezone.now(), author))
    about = f"on: {found.title}" if found else "on the situation; no decision is open"
    Console().print(f"Written: {out}, {about}", highlight=False)
