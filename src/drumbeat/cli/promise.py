"""`drumbeat promise`: when can a new order be delivered, and what decides that?"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from drumbeat.cli.read_source import read_source
from drumbeat.cli.show import open_database, progress_bar, start_django


def promise(
    item: Annotated[str, typer.Argument(help="Code of the item")],
    quantity: Annotated[float, typer.Argument(help="Units wanted")],
    wanted: Annotated[datetime, typer.Argument(help="When the customer wants it, e.g. 2026-12-01")],
    path: Annotated[
        Path | None, typer.Argument(help="Folder, workbook, or frePPLe fixture; empty = the database")
    ] = None,
    site: Annotated[str | None, typer.Option(help="Site that delivers; needed where there are several")] = None,
) -> None:
    """Say when a new order can be delivered while all others keep their places: material and capacity at once."""
    start_django() if path else open_database()
    from drumbeat.basics.findings import Finding, InputError
    from drumbeat.scheduling.promise import promise as ask
    from drumbeat.scheduling.save_finite import Kept, recall_finite

    with progress_bar("Promising") as progress:
        progress(0.0, "reading")
        snapshot = read_source(path)
        sites = snapshot["site"]["code"].to_list()
        if site is None and len(sites) != 1:
            raise InputError(
                Finding("site", "a promise names the site that delivers", f"Add --site, one of {', '.join(sites)}")
            )
        kept = recall_finite(snapshot) if path is None else Kept()
        answer = ask(snapshot, item, site or sites[0], quantity, wanted.replace(tzinfo=UTC), progress, *kept)
    console = Console()
    if answer.delivered_at is None:
        console.print(f"{quantity:g} {item} can never be delivered as things stand: {answer.reason}", highlight=False)
        raise typer.Exit(1)
    late = answer.delivered_at - answer.wanted_at
    verdict = "on time" if late.total_seconds() <= 0 else f"{late.total_seconds() / 86_400:,.1f} days late"
    console.print(
        f"[bold]{quantity:g} {item}[/]: {answer.delivered_at:%a %Y-%m-%d %H:%M} UTC, {verdict}", highlight=False
    )
    console.print(f"What decides it: {answer.reason}", highlight=False)
    console.print(f"All other demands keep their places ({answer.plan.num_late:,} of them late).", highlight=False)
