"""`drumbeat stock`: how much to keep of what, where service is at risk, and what lies there too long."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from drumbeat.cli.read_source import read_source
from drumbeat.cli.show import open_database, progress_bar, show_findings, start_django

if TYPE_CHECKING:
    from drumbeat.planning.set_policies import PolicyRun

SHOWN = 20
"""Rows on the terminal; all are in the workbook and in the JSON."""


def stock(
    path: Annotated[
        Path | None, typer.Argument(help="Folder, workbook, or frePPLe fixture; empty = the database, and it is kept")
    ] = None,
    fill: Annotated[
        tuple[float, float, float], typer.Option(help="Share of demand met from stock, for classes A, B and C")
    ] = (0.98, 0.95, 0.90),
    history: Annotated[int, typer.Option(min=4, help="Weeks of the past that demand is measured on")] = 52,
    order_cost: Annotated[float, typer.Option(min=0.01, help="Money for an order or a setup")] = 50.0,
    policy: Annotated[
        tuple[str, str, str],
        typer.Option(help="How classes A, B and C are ordered: sQ a fixed lot, sS up to a level, RS at each review"),
    ] = ("sQ", "sQ", "sQ"),
    review_weeks: Annotated[float, typer.Option(min=0.1, max=52, help="Weeks between reviews, for sS and RS")] = 1.0,
    multi_echelon: Annotated[
        bool, typer.Option("--multi-echelon", help="Place safety stock over all levels of bills and transfers")
    ] = False,
    service: Annotated[
        float, typer.Option(min=0.501, max=0.9999, help="Multi-echelon: share of the time that stock is laid out for")
    ] = 0.95,
    promise_days: Annotated[int, typer.Option(min=0, help="Multi-echelon: days that customers wait")] = 0,
    xlsx: Annotated[Path | None, typer.Option(help="Write the policies to this workbook")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the policies as JSON")] = False,
) -> None:
    """Set reorder points, lots and safety stock from measured demand and lead times; find excess and obsolete stock."""
    start_django() if path else open_database()
    from django.utils import timezone

    from drumbeat.data.write_sheets import write_sheets
    from drumbeat.planning.actions import save_policies
    from drumbeat.planning.set_policies import POLICIES, PolicyTerms, set_policies

    if multi_echelon:
        place_levels(path, service, promise_days, history, xlsx, as_json)
        return
    if not all(0 < share < 1 for share in fill):
        raise typer.BadParameter("a fill rate lies between 0 and 1, both excluded", param_hint="--fill")
    if not set(policy) <= set(POLICIES):
        raise typer.BadParameter(f"a policy is one of {', '.join(POLICIES)}", param_hint="--policy")
    terms = PolicyTerms(
        *fill, history_weeks=history, order_cost=order_cost, review_weeks=review_weeks,
        policy_a=policy[0], policy_b=policy[1], policy_c=policy[2],
    )  # fmt: skip
    with progress_bar("Reviewing stock") as progress:
        progress(0.0, "reading")
        run = set_policies(read_source(path), terms)
    stored = save_policies(run, terms, timezone.now()) if path is None else None
    if xlsx:
        write_sheets(xlsx, {"stock": run.rows})
    if as_json:
        typer.echo(run.rows.write_json())
        return
    console = Console()
    print_policies(run, console)
    if stored:
        console.print(f"\nKept as {stored}.", highlight=False)
    if xlsx:
        console.print(f"\nWorkbook: [bold]{xlsx}[/]", soft_wrap=True)


def _say_orders(row: dict[str, Any]) -> str:
    """How an item is ordered, in a few characters."""
    if row["policy"] == "RS":
        return f"to {row['up_to']:,.0f}"
    if row["policy"] == "sS":
        return f"at {row['reorder_at']:,.0f} to {row['up_to']:,.0f}"
    return f"at {row['reorder_at']:,.0f}: {row['lot']:,.0f}"


def place_levels(
    path: Path | None, service: float, promise_days: int, history: int, xlsx: Path | None, as_json: bool
) -> None:
    """Place safety stock over all levels; print where it is kept and what that saves."""
    from django.utils import timezone

    from drumbeat.data.write_sheets import write_sheets
    from drumbeat.planning.actions import save_placement
    from drumbeat.planning.place_over_levels import PlacementTerms, place_over_levels

    terms = PlacementTerms(service, promise_days, history)
    with progress_bar("Placing stock") as progress:
        progress(0.0, "reading")
        run = place_over_levels(read_source(path), terms)
    stored = save_placement(run, terms, timezone.now()) if path is None else None
    if xlsx:
        write_sheets(xlsx, {"placement": run.rows})
    if as_json:
        typer.echo(run.rows.write_json())
        return
    console = Console()
    show_findings(run.findings)
    if run.rows.is_empty():
        console.print("Nothing went out in the past that was measured: there is no stock to place.")
        return
    console.print(
        f"[bold]Safety stock worth {run.money:,.0f}[/], against {run.money_alone:,.0f} with each item on its own: "
        f"{run.money_alone - run.money:,.0f} less{', proven' if run.is_optimal else ''}",
        highlight=False,
    )
    heads = ("Item", "Site", "Lead", "Waits", "Promises", "Covers", "Safety", "alone", "Today")
    table = Table(*heads, caption="days; units")
    for column in table.columns[2:]:
        column.justify = "right"
    names = ["lead_days", "inbound_days", "service_days", "net_days", "safety", "safety_alone", "safety_now"]
    for row in run.rows.head(SHOWN).iter_rows(named=True):
        table.add_row(row["item"], row["site"], *(f"{row[name]:,.0f}" for name in names))
    console.print(table)
    if run.rows.height > SHOWN:
        console.print(f"... and {run.rows.height - SHOWN:,} more", highlight=False)
    if stored:
        console.print(f"\nKept as {stored}.", highlight=False)


def print_policies(run: PolicyRun, console: Console) -> None:
    """Print the dearest differences, and what excess is worth in all."""
    show_findings(run.findings)
    if run.rows.is_empty():
        console.print("Nothing is stocked or wanted.")
        return
    money = run.rows["excess_money"].sum(), run.rows["obsolete_money"].sum()
    console.print(
        f"[bold]{run.rows.height:,} items at sites[/]; excess stock worth {money[0]:,.0f}, obsolete {money[1]:,.0f}"
    )
    table = Table("Item", "Site", "Class", "Safety now", "wanted", "Fill now", "Orders")
    for column in table.columns[3:]:
        column.justify = "right"
    for column in (table.columns[0], table.columns[1], table.columns[6]):
        column.no_wrap = True
    for row in run.rows.head(SHOWN).iter_rows(named=True):
        table.add_row(
            row["item"], row["site"], row["stock_class"], f"{row['safety_now']:,.0f}", f"{row['safety']:,.0f}",
            f"{row['fill_now']:.0%}", _say_orders(row),
        )  # fmt: skip
    console.print(table)
    if run.rows.height > SHOWN:
        console.print(f"... and {run.rows.height - SHOWN:,} more", highlight=False)
