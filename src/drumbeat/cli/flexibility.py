"""`drumbeat flexibility`: which machine should be qualified for what else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from drumbeat.cli.read_source import read_source
from drumbeat.cli.show import open_database, progress_bar, start_django


def flexibility(
    path: Annotated[
        Path | None, typer.Argument(help="Folder, workbook, or frePPLe fixture (.json); empty = the database")
    ] = None,
    growth: Annotated[float, typer.Option(help="What demand is multiplied by, above 0")] = 1.0,
    spread: Annotated[float, typer.Option(help="Spread of demand over its mean, where no past tells it")] = 0.4,
    draws: Annotated[int, typer.Option(help="Times that demand is drawn, 2 to 10,000")] = 100,
    links: Annotated[int, typer.Option(help="Links proposed for each group at most, 0 to 50")] = 5,
    seed: Annotated[int, typer.Option(help="Seed of all luck")] = 1,
    save: Annotated[bool, typer.Option(help="Keep it in the database, for the page")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print all of it as JSON")] = False,
) -> None:
    """Which machine should be qualified for what else: work covered today, by one chain, with all links."""
    open_database() if save or not path else start_django()
    from django.utils import timezone

    from drumbeat.strategy.study_flexibility import FlexibilityTerms, save_study, study_flexibility

    terms = FlexibilityTerms(spread=spread, growth=growth, draws=draws, links=links, seed=seed)
    with progress_bar("Flexibility") as progress:
        study = study_flexibility(read_source(path), terms, progress)
    if save:
        save_study(study, timezone.now())
    if as_json:
        typer.echo(json.dumps(study, indent=2))
        return
    print_flexibility(study, Console())


def print_flexibility(study: dict[str, Any], console: Console) -> None:
    """Print what is covered, group by group, then the links worth having, with what each adds."""
    if not study["groups"]:
        console.print("No machines of one capability share work: there is nothing to link.")
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("group", overflow="fold")
    for heading in ("today", "one chain", "all links", "links"):
        table.add_column(heading, justify="right", no_wrap=True)
    for group in study["groups"]:
        covered = group["covered"]
        shares = (f"{covered[name]['share']:.1%}" for name in ("today", "chain", "full"))
        table.add_row(_name(group), *shares, f"{group['num_links']} of {group['num_full']}")
    console.print("\n[bold]Work covered[/], of what demand may ask")
    console.print(table, highlight=False)
    worth = [group for group in study["groups"] if group["links"]]
    if not worth:
        console.print("\nNo further link covers more: the machines can do each other's work, or there is room enough.")
    for group in worth:
        console.print(f"\n[bold]{_name(group)}[/]: links worth having, one after the other", highlight=False)
        for link in group["links"]:
            what = link["operation"] or link["item"]
            console.print(
                f"    {link['resource']} for {what}: {link['gain']:,.1f} h a week "
                f"({link['low']:,.1f} to {link['high']:,.1f}), {link['share']:.0%} of what all links bring",
                markup=False, highlight=False,
            )  # fmt: skip


def _name(group: dict[str, Any]) -> str:
    return f"{group['name']} at {group['site']}" if group["site"] else str(group["name"])
